"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.attention.experiments.aligning import alignment
from eshikaku.chapters.attention.experiments.gnmt import depth
from eshikaku.chapters.attention.experiments.leaking import leak
from eshikaku.chapters.attention.experiments.lengths import length
from eshikaku.chapters.attention.experiments.looking import lookup
from eshikaku.chapters.attention.experiments.scaling import scaling
from eshikaku.chapters.attention.experiments.zero_shot import zero_shot

__all__ = ["alignment", "depth", "leak", "length", "lookup", "scaling", "zero_shot"]
