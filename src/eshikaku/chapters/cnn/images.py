"""Images the chapter looks at, and how they are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eshikaku.tasks import digits, photos

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]


def stripes(height: int = 60, width: int = 90, period: float = 12.0) -> Array:
    """Slanted stripes, (height, width) in 0 … 1."""
    i, j = np.mgrid[:height, :width]
    return 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * (j + 0.5 * i) / period)).astype(np.float32)


def image(name: str) -> Array:
    """``photo``, ``digit`` or ``stripes``: a grey image in 0 … 1."""
    if name == "photo":
        return photos.china()
    if name == "stripes":
        return stripes()
    return digit(7)


def digit(number: int) -> Array:
    """The first test picture of a digit, (28, 28)."""
    data = digits.mnist()
    return data.test[np.flatnonzero(data.test_labels == number)[0]].reshape(28, 28)


def correlate(x: Array, kernel: Array) -> Array:
    """Σ_{u,v} w_{uv} x_{i+u, j+v} at every place where the kernel fits, stride 1."""
    seen = np.lib.stride_tricks.sliding_window_view(x, kernel.shape)
    return np.einsum("ijuv,uv->ij", seen, kernel)


def bare(ax: Axes, title: str) -> None:
    """An axis that shows a picture: no ticks, no grid."""
    ax.set_title(title)
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
