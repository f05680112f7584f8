"""Chapter 03: the gates of the LSTM (long short-term memory)."""

from eshikaku.chapters.lstm.experiments import *  # noqa: F403
from eshikaku.models import letters as letters  # the text's cells say `letters.…`
