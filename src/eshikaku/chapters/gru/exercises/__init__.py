"""The graded exercises: one step (blanks), its backward (write), a misplaced reset (bug)."""

from eshikaku.chapters.gru.exercises.backward import BACKWARD
from eshikaku.chapters.gru.exercises.sequence import SEQUENCE
from eshikaku.chapters.gru.exercises.step import STEP

__all__ = ["BACKWARD", "SEQUENCE", "STEP"]
