"""The graded exercises: one step (blanks), the loss over time (write), both directions (bug)."""

from eshikaku.chapters.rnn.exercises.bidirectional import BIDIRECTIONAL
from eshikaku.chapters.rnn.exercises.loss import LOSS
from eshikaku.chapters.rnn.exercises.step import STEP

__all__ = ["BIDIRECTIONAL", "LOSS", "STEP"]
