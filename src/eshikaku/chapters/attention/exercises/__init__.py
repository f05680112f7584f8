"""The graded exercises: scaled dot product (blanks), a misplaced mask (bug), backward (write)."""

from eshikaku.chapters.attention.exercises.backward import BACKWARD
from eshikaku.chapters.attention.exercises.forward import FORWARD
from eshikaku.chapters.attention.exercises.mask import MASK

__all__ = ["BACKWARD", "FORWARD", "MASK"]
