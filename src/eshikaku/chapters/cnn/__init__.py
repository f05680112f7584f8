"""Chapter 12: 畳み込み."""

from eshikaku.chapters.cnn.experiments import (
    checkerboard,
    digits,
    gabor,
    kernel,
    output_size,
    receptive_field,
    shift,
)

__all__ = [
    "checkerboard",
    "digits",
    "gabor",
    "kernel",
    "output_size",
    "receptive_field",
    "shift",
]
