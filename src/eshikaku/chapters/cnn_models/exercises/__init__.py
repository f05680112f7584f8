"""The graded exercises: separable (blanks), batchnorm (write), residual (bug)."""

from eshikaku.chapters.cnn_models.exercises.batchnorm import BATCHNORM
from eshikaku.chapters.cnn_models.exercises.residual import RESIDUAL
from eshikaku.chapters.cnn_models.exercises.separable import SEPARABLE

__all__ = ["BATCHNORM", "RESIDUAL", "SEPARABLE"]
