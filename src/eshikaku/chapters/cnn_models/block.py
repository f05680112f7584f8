"""A feature map (N, C, H·W) as boxes one can turn, and which of its values share one mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eshikaku import plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[Any]

ELEVATION = np.deg2rad(24.0)
SPACING = 2.6  # from one image to the next, in edges of a value


def sharing(kind: str, shape: tuple[int, int, int], n: int, c: int, groups: int = 1) -> Array:
    """Which values of (N, C, P) are averaged together with those of image n, channel c.

    Args:
        kind: ``batch``, ``layer``, ``instance`` or ``group``.
        shape: (N, C, P), P = H · W places.
        groups: G, for ``group``; it divides C.
    """
    N, C, _ = shape
    images, channels = np.arange(N) == n, np.arange(C) == c
    if kind == "batch":
        images = np.ones(N, bool)
    elif kind == "layer":
        channels = np.ones(C, bool)
    elif kind == "group":
        size = C // groups
        channels = np.arange(C) // size == c // size
    return np.broadcast_to((images[:, None] & channels)[:, :, None], shape)


def _project(points: Array, turn: float) -> Array:
    """(…, 3) along C, H·W, N → (…, 2) on the page, turned about the upright axis by degrees."""
    angle = np.deg2rad(turn)
    x, y, z = np.moveaxis(points, -1, 0)
    across = x * np.cos(angle) + z * np.sin(angle)
    away = z * np.cos(angle) - x * np.sin(angle)
    return np.stack([across, y * np.cos(ELEVATION) + away * np.sin(ELEVATION)], axis=-1)


def _faces(lit: Array, turn: float) -> tuple[Array, Array]:
    """Squares (F, 4, 3) that can be seen, far ones first, and whether each is lit (F,)."""
    N, C, P = lit.shape
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float)
    squares, shown = [], []

    def add(places: Array, axes: tuple[int, int], colour: Array) -> None:
        square = np.zeros((len(places), 4, 3))
        square += places[:, None]
        square[:, :, axes[0]] += corners[:, 0]
        square[:, :, axes[1]] += corners[:, 1]
        squares.append(square)
        shown.append(colour.ravel())

    side = C - 1 if turn > 0 else 0
    for n in range(N - 1, -1, -1):
        z = n * SPACING - N * SPACING / 2
        c, p = (a.ravel() for a in np.meshgrid(np.arange(C), np.arange(P), indexing="ij"))
        rows, columns = np.arange(P), np.arange(C)
        x = np.full(P, C / 2 if turn > 0 else -C / 2)
        add(np.stack([x, rows - P / 2, np.full(P, z)], 1), (2, 1), lit[n, side])
        top = np.stack([columns - C / 2, np.full(C, P / 2), np.full(C, z)], 1)
        add(top, (0, 2), lit[n, :, -1])
        add(np.stack([c - C / 2, p - P / 2, np.full(len(c), z)], 1), (0, 1), lit[n])
    return np.concatenate(squares), np.concatenate(shown)


def draw_block(ax: Axes, lit: Array, turn: float, title: str) -> None:
    """Draw the boxes of all images, one behind the other; lit values in colour."""
    from matplotlib.collections import PolyCollection

    N, C, P = lit.shape
    squares, shown = _faces(lit, turn)
    colours = np.where(shown, plot.COLORS["cell"], "#eef1f5")
    ax.add_collection(
        PolyCollection(
            list(_project(squares, turn)), facecolors=list(colours), edgecolors="#7a8794", lw=0.6
        )
    )
    depth, front = N * SPACING / 2, -N * SPACING / 2
    outer = C / 2 + 0.6 if turn > 0 else -C / 2 - 0.6
    for words, where, align in (
        ("C（チャネル）", (0, -P / 2 - 1.6, front), "center"),
        ("N（画像）", (outer, -P / 2 - 0.4, depth / 3), "left" if turn > 0 else "right"),
        ("H·W（位置）", (-outer, 0, front), "right" if turn > 0 else "left"),
    ):
        x, y = _project(np.array(where, float), turn)
        ax.text(x, y, words, ha=align, va="center")
    reach = P / 2 * np.cos(ELEVATION) + (C / 2 + depth) * np.sin(ELEVATION)
    ax.set(title=title, xticks=[], yticks=[], aspect="equal")
    ax.set(xlim=(-9.5, 9.5), ylim=(-reach - 1.4, reach + 0.2))
    ax.spines[:].set_visible(False)
    ax.grid(False)
