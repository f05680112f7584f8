"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.gru.experiments.conventions import conventions
from eshikaku.chapters.gru.experiments.gates import gates
from eshikaku.chapters.gru.experiments.memory import memory
from eshikaku.chapters.gru.experiments.reviews import reviews

__all__ = ["conventions", "gates", "memory", "reviews"]
