"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.cnn_models.experiments.axes import axes
from eshikaku.chapters.cnn_models.experiments.batch import batch
from eshikaku.chapters.cnn_models.experiments.cost import cost
from eshikaku.chapters.cnn_models.experiments.deep import deep
from eshikaku.chapters.cnn_models.experiments.tolerance import tolerance

__all__ = ["axes", "batch", "cost", "deep", "tolerance"]
