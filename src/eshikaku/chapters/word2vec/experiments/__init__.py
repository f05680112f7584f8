"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.word2vec.experiments.counting import counting
from eshikaku.chapters.word2vec.experiments.explorer import explorer
from eshikaku.chapters.word2vec.experiments.models import models
from eshikaku.chapters.word2vec.experiments.ngrams import ngrams
from eshikaku.chapters.word2vec.experiments.power import power
from eshikaku.chapters.word2vec.experiments.window import window

__all__ = ["counting", "explorer", "models", "ngrams", "power", "window"]
