"""The graded exercises: a step (blanks), its backward, a peephole step (write), a bug."""

from eshikaku.chapters.lstm.exercises.backward import BACKWARD
from eshikaku.chapters.lstm.exercises.peephole import PEEPHOLE
from eshikaku.chapters.lstm.exercises.sequence import SEQUENCE
from eshikaku.chapters.lstm.exercises.step import STEP

__all__ = ["BACKWARD", "PEEPHOLE", "SEQUENCE", "STEP"]
