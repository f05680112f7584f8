"""Figures of the chapter's questions and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eshikaku import plot
from eshikaku.chapters.cnn_models import block

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _quiz(kind: str, groups: int = 1) -> Figure:
    fig = plot.figure(figsize=(5.6, 3.4))
    lit = block.sharing(kind, (3, 6, 4), 0, 0, groups)
    block.draw_block(fig.subplots(), lit, -38, "色の付いた値が、1つの平均を共有する")
    fig.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.9)
    return fig


def group_quiz() -> Figure:
    """Group normalisation of 6 channels in 3 groups."""
    return _quiz("group", 3)


def batch_quiz() -> Figure:
    """Batch normalisation: one channel of all images."""
    return _quiz("batch")


def block_quiz() -> Figure:
    """A residual block with two names left out."""
    return _block(("3×3畳み込み", "BN", "ReLU", "3×3畳み込み", "BN", "（あ）", "（い）"), 5)


def residual_block() -> Figure:
    """The same block with all its names."""
    return _block(("3×3畳み込み", "BN", "ReLU", "3×3畳み込み", "BN", "＋", "ReLU"), 5)


def _block(names: tuple[str, ...], joined: int) -> Figure:
    """Boxes from left to right; an arc from x to the box `joined`."""
    fig = plot.figure(figsize=(9.0, 2.3))
    ax = fig.subplots()
    centres = [1.0 + 1.45 * k for k in range(len(names))]
    arrow = {"arrowstyle": "->", "color": plot.COLORS["grey"], "lw": 1.6}
    ends = [-0.35, *centres, centres[-1] + 1.3]
    for k in range(len(ends) - 1):
        start = ends[k] + (0.15 if k == 0 else 0.62)
        stop = ends[k + 1] - (0.15 if k == len(names) else 0.62)
        ax.annotate("", (stop, 0), (start, 0), arrowprops=arrow)
    for name, x in zip(names, centres, strict=True):
        box = {"boxstyle": "round,pad=0.3", "fc": "#eef1f5", "ec": plot.COLORS["hidden"]}
        ax.text(x, 0, name, ha="center", va="center", bbox=box, fontsize=10)
    ax.text(ends[0], 0, "x", ha="center", va="center")
    ax.text(ends[-1], 0, "y", ha="center", va="center")
    skip = {**arrow, "color": plot.COLORS["cell"], "connectionstyle": "arc3,rad=-0.25"}
    ax.annotate("", (centres[joined], 0.3), (ends[0], 0.16), arrowprops=skip)
    ax.text(
        centres[2], 1.1, "ショートカット（恒等写像）", ha="center", color=plot.COLORS["cell"]
    )  # fmt: skip
    ax.set(
        title="Residual Block", xticks=[], yticks=[], xlim=(-0.8, ends[-1] + 0.5), ylim=(-0.6, 1.4)
    )
    ax.axis("off")
    fig.subplots_adjust(left=0.01, right=0.99, bottom=0.02, top=0.88)
    return fig
