"""The experiments of the chapter, in the order of the text."""

from eshikaku.chapters.cnn.experiments.checkerboard import checkerboard
from eshikaku.chapters.cnn.experiments.digits import digits
from eshikaku.chapters.cnn.experiments.gabor import gabor
from eshikaku.chapters.cnn.experiments.kernel import kernel
from eshikaku.chapters.cnn.experiments.output_size import output_size
from eshikaku.chapters.cnn.experiments.receptive_field import receptive_field
from eshikaku.chapters.cnn.experiments.shift import shift

__all__ = [
    "checkerboard",
    "digits",
    "gabor",
    "kernel",
    "output_size",
    "receptive_field",
    "shift",
]
