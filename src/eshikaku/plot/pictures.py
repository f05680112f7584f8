"""Rows of small pictures in one image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

Array = NDArray[Any]

SHADES = 4  # steps from paper to ink: small pictures stay legible, a notebook stays small


def tiled(rows: Sequence[Array], gap: int = 1) -> Array:
    """Rows of pictures (n, side²) → one picture, light lines between them."""
    side = round(rows[0].shape[1] ** 0.5)
    step = side + gap
    n = max(len(row) for row in rows)
    sheet = np.full((len(rows) * step - gap, n * step - gap), 0.5)
    for r, row in enumerate(rows):
        for c, picture in enumerate(np.asarray(row).reshape(-1, side, side)):
            sheet[r * step : r * step + side, c * step : c * step + side] = picture
    return sheet


def show_rows(
    ax: Axes, rows: Sequence[Array], names: Sequence[str], shades: int = SHADES
) -> AxesImage:
    """The rows, each with its name on the left (or none at all), in so many steps of grey."""
    sheet = tiled(rows)
    shaded = np.round(np.clip(sheet, 0, 1) * shades) / shades
    drawn = ax.imshow(shaded, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    ax.grid(False)
    ax.set_xticks([])
    step = sheet.shape[0] / len(rows)
    if names:
        ax.set_yticks([(r + 0.5) * step - 0.5 for r in range(len(rows))], names)
    else:
        ax.set_yticks([])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return drawn
