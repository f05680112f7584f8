"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.attention.experiments.aligning import alignment
from eshikaku.chapters.attention.experiments.leaking import leak
from eshikaku.chapters.attention.experiments.lengths import length
from eshikaku.chapters.attention.experiments.looking import lookup
from eshikaku.chapters.attention.experiments.scaling import scaling

__all__ = ["alignment", "leak", "length", "lookup", "scaling"]
