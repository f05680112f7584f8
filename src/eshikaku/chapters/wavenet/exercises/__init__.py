"""The graded exercises: causal (blanks), mask (write), bits (bug)."""

from eshikaku.chapters.wavenet.exercises.bits import BITS
from eshikaku.chapters.wavenet.exercises.causal import CAUSAL
from eshikaku.chapters.wavenet.exercises.mask import MASK

__all__ = ["BITS", "CAUSAL", "MASK"]
