"""Which earlier pixels reach one output of stacked masked convolutions, and which never do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eshikaku.experiments import (
    Choice,
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[Any]
SIDE = 11
FUTURE, HIDDEN, SEEN, HERE = range(4)


def masked(kernel: int, kind: str) -> list[tuple[int, int]]:
    """Steps (rows, columns) from a pixel to those its masked convolution sees."""
    reach = range(-(kernel // 2), kernel // 2 + 1)
    before = [(u, v) for u in reach for v in reach if (u, v) < (0, 0)]
    return before + ([(0, 0)] if kind == "B" else [])


def moved(places: Array, steps: Iterable[tuple[int, int]]) -> Array:
    """All pixels inside the image that are one of these steps away from a marked one."""
    found = np.zeros_like(places)
    for i, j in np.argwhere(places):
        for u, v in steps:
            if 0 <= i + u < len(places) and 0 <= j + v < len(places):
                found[i + u, j + v] = True
    return found


def seen_by(row: int, column: int, layers: int, kernel: int, stacks: int) -> Array:
    """The pixels that the output at (row, column) depends on, (SIDE, SIDE) bool.

    One stack: mask A, then B. Two (van den Oord et al. 2016c): the vertical sees whole rows
    above, the horizontal its own row to the left and, in each layer, the vertical at its place.
    """
    here = np.zeros((SIDE, SIDE), bool)
    here[row, column] = True
    if stacks == 1:
        for layer in range(layers, 0, -1):
            here = moved(here, masked(kernel, "A" if layer == 1 else "B"))
        return here
    reach = range(-(kernel // 2), kernel // 2 + 1)
    horizontal, vertical = here, np.zeros_like(here)
    for layer in range(layers, 0, -1):
        vertical = vertical | horizontal  # the horizontal reads the vertical of its layer
        last = -1 if layer == 1 else 0
        rows = range(-(kernel // 2), last + 1)
        vertical = moved(vertical, [(u, v) for u in rows for v in reach])
        horizontal = moved(horizontal, [(0, v) for v in range(-(kernel // 2), last + 1)])
    return horizontal | vertical


def run(settings: Settings, report: Report) -> Result:
    """Each pixel is to come, seen, or earlier and not seen."""
    row, column = settings["row"], settings["column"]
    seen = seen_by(row, column, settings["layers"], settings["kernel"], settings["stacks"])
    order = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    kinds = np.where(seen, SEEN, np.where(order < order[row, column], HIDDEN, FUTURE))
    assert not seen[order >= order[row, column]].any()
    kinds[row, column] = HERE
    return Result(
        {"kinds": kinds},
        {"前の画素": int(order[row, column]), "見えない前の画素": int((kinds == HIDDEN).sum())},
    )


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """The image as coloured squares, named below."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    from eshikaku import plot

    kinds = runs[-1].result.data["kinds"]
    colors = ["#ececec", "#e0a39a", "#9cc3e6", plot.COLORS["truth"]]
    ax = figure.subplots()
    ax.pcolormesh(
        np.arange(SIDE + 1) - 0.5,
        np.arange(SIDE + 1) - 0.5,
        kinds,
        cmap=ListedColormap(colors),
        vmin=-0.5,
        vmax=3.5,
        edgecolors="white",
        linewidth=1.5,
    )
    for i, j in np.argwhere(kinds == HIDDEN):
        ax.text(j, i, "×", ha="center", va="center", fontsize=11)
    ax.set_aspect("equal")
    ax.set_xticks(np.arange(SIDE))
    ax.set_yticks(np.arange(SIDE))
    ax.grid(False)
    ax.set(
        title="前の画素のうち、見えないのはどこか",
        xlabel="列 j",
        ylabel="行 i",
        ylim=(SIDE - 0.5, -0.5),
    )
    names = {HERE: "予測する画素", SEEN: "見える", HIDDEN: "× 見えない前の画素", FUTURE: "後の画素"}
    patches = [Patch(facecolor=colors[kind], label=name) for kind, name in names.items()]
    ax.legend(handles=patches, loc="center left", bbox_to_anchor=(1.04, 0.5))
    figure.subplots_adjust(left=0.02, right=0.72, bottom=0.13, top=0.92)


def alt(run_: Run) -> str:
    """How many are hidden."""
    found = run_.result.summary
    return (
        f"{SIDE}×{SIDE}の画像。予測する画素より前の{found['前の画素']}画素のうち、"
        f"見えないのは{found['見えない前の画素']}画素。"
    )


blind_spot = Experiment(
    name="blind_spot",
    title="盲点：マスク付き畳み込みを重ねても見えない画素",
    controls=(
        Slider("layers", "層の数", 3, low=1, high=10, step=1, integer=True),
        Choice("kernel", "カーネルの一辺", 3, options={"3": 3, "5": 5}),
        Choice("stacks", "積み重ね", 1, options={"1つ（PixelCNN）": 1, "縦と横の2つ": 2}),
        Slider("row", "予測する行 i", 6, low=0, high=10, step=1, integer=True),
        Slider("column", "予測する列 j", 4, low=0, high=10, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for="×は、先に決まっているのに予測に使えない画素です。層を増やすと、×がどこに残るかを見ます。",
    seen=r"""
層を増やすと、左と上の画素はすべて見えるようになります。右上には、三角形の×が残ります。これが盲点です。
3×3のマスクで1行上がるとき、右へは1列しか進めません。同じ行で右へは進めません。
そのため $r$ 行上では、列 $j+r$ までしか見えません。

縦と横の2つに分けると、縦の積み重ねが上の行を左右とも広げるので、層が足りれば盲点はなくなります。
""",
    prediction=Prediction(
        {"layers": 10},
        ask="wavenet-blind-predict-01",
        reason="wavenet-blind-reason-01",
        came_true="corner",
    ),
    live=True,
    overlay=False,
    figsize=(7.2, 4.2),
)
