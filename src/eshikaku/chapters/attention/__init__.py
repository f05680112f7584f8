"""Chapter 07: attention, by hand, in sequence-to-sequence models, with masks."""

from eshikaku.chapters.attention.experiments import *  # noqa: F403
from eshikaku.models import interpreters as interpreters  # the text's cells say `interpreters.…`
