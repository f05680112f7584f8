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
    return _block(("3×3\n畳み込み", "BN", "ReLU", "3×3\n畳み込み", "BN", "（あ）", "（い）"), 5)


def residual_block() -> Figure:
    """The same block with all its names."""
    return _block(("3×3\n畳み込み", "BN", "ReLU", "3×3\n畳み込み", "BN", "＋", "ReLU"), 5)


def _block(names: tuple[str, ...], joined: int) -> Figure:
    """Boxes from left to right; an arc from x to the box `joined`."""
    from matplotlib.patches import FancyBboxPatch

    fig = plot.figure(figsize=(9.0, 2.3))
    ax = fig.subplots()
    centres = [1.1 + 1.75 * k for k in range(len(names))]
    arrow = {"arrowstyle": "->", "color": plot.COLORS["grey"], "lw": 1.6}
    half = 0.62
    for name, x in zip(names, centres, strict=True):
        ax.add_patch(
            FancyBboxPatch(
                (x - half, -0.28), 2 * half, 0.56, "round,pad=0.05", fc="#eef1f5",
                ec=plot.COLORS["grey"],
            )
        )  # fmt: skip
        ax.text(x, 0, name, ha="center", va="center", fontsize=10)
    last = centres[-1] + half
    starts = [-0.15, *(x + half + 0.06 for x in centres)]
    stops = [*(x - half - 0.06 for x in centres), last + 0.55]
    for start, stop in zip(starts, stops, strict=True):
        ax.annotate("", (stop, 0), (start, 0), arrowprops=arrow)
    ax.text(-0.3, 0, "x", ha="center", va="center")
    ax.text(last + 0.7, 0, "y", ha="center", va="center")
    skip = {**arrow, "color": plot.COLORS["cell"], "connectionstyle": "arc3,rad=-0.2"}
    ax.annotate("", (centres[joined], 0.38), (-0.3, 0.16), arrowprops=skip)
    ax.text(centres[2], 1.12, "ショートカット（恒等写像）", ha="center", color=plot.COLORS["cell"])
    ax.set(title="Residual Block", xlim=(-0.6, last + 1.0), ylim=(-0.5, 1.5))
    ax.axis("off")
    fig.subplots_adjust(left=0.01, right=0.99, bottom=0.02, top=0.88)
    return fig
