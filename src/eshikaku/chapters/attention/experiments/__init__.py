"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.attention.experiments.alignment import alignment
from eshikaku.chapters.attention.experiments.gnmt_depth import depth
from eshikaku.chapters.attention.experiments.leak import leak
from eshikaku.chapters.attention.experiments.length import length
from eshikaku.chapters.attention.experiments.lookup import lookup
from eshikaku.chapters.attention.experiments.scaling import scaling
from eshikaku.chapters.attention.experiments.zero_shot import zero_shot

__all__ = ["alignment", "depth", "leak", "length", "lookup", "scaling", "zero_shot"]
