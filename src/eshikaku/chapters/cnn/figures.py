"""Figures of the chapter's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eshikaku import plot
from eshikaku.chapters.cnn import images

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def filters_and_maps(kernels: images.Array, maps: images.Array) -> Figure:
    """Kernels (M, K, K) above, the feature map of each (M, OH, OW) below."""
    fig = plot.figure(figsize=(8.0, 2.4))
    axes = fig.subplots(2, len(kernels))
    reach = float(np.abs(kernels).max())
    for column, (kernel, found) in enumerate(zip(kernels, maps, strict=True)):
        axes[0, column].imshow(kernel, cmap="PuOr_r", vmin=-reach, vmax=reach)
        images.bare(axes[0, column], f"{column + 1}")
        axes[1, column].imshow(found, cmap="gray", vmin=0, vmax=float(maps.max()))
        images.bare(axes[1, column], "")
    axes[0, 0].set_ylabel("カーネル")
    axes[1, 0].set_ylabel("マップ")
    fig.subplots_adjust(left=0.05, right=0.99, bottom=0.02, top=0.88, wspace=0.1, hspace=0.08)
    return fig
