"""Chapter 05: from one sequence to another (encoder–decoder, seq2seq)."""

from eshikaku.chapters.seq2seq.experiments import *  # noqa: F403
from eshikaku.models import translators as translators  # the text's cells say `translators.…`
