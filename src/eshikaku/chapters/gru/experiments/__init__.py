"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.gru.experiments.forms import conventions
from eshikaku.chapters.gru.experiments.memory import memory
from eshikaku.chapters.gru.experiments.reading import reviews
from eshikaku.chapters.gru.experiments.unit import gates

__all__ = ["conventions", "gates", "memory", "reviews"]
