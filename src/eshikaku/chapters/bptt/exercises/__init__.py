"""The graded exercises: one step back (blanks), the whole BPTT (write), clipping (bug)."""

from eshikaku.chapters.bptt.exercises.backward import BACKWARD
from eshikaku.chapters.bptt.exercises.clip import CLIP
from eshikaku.chapters.bptt.exercises.step import STEP

__all__ = ["BACKWARD", "CLIP", "STEP"]
