"""The cone of inputs that one output sees, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

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


def layers(settings: Settings) -> list[tuple[int, int, int]]:
    """(kernel, stride, dilation) of each layer, from the input on."""
    growing = settings["growth"] == "double"
    return [
        (settings["kernel"], settings["stride"], 2**k if growing else 1)
        for k in range(settings["layers"])
    ]


def run(settings: Settings, report: Report) -> Result:
    """Positions that the middle output sees in every layer, in pixels of the input."""
    field, jump = 1, 1
    seen = [np.array([0])]  # the output, then layer by layer down to the input, in its own places
    stack = layers(settings)
    for kernel, stride, dilation in reversed(stack):
        places = seen[-1][:, None] * stride + np.arange(kernel) * dilation
        seen.append(np.unique(places))
    jumps = [1]
    for kernel, stride, dilation in stack:
        field += (kernel - 1) * dilation * jump
        jump *= stride
        jumps.append(jump)
    rows = [places * j for places, j in zip(reversed(seen), jumps, strict=True)]
    return Result(
        {"rows": rows, "field": field, "stack": stack},
        {
            "受容野": field,
            "実際に見る画素": len(rows[0]),
            "重み（層あたり）": settings["kernel"],
        },
    )


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """One row of dots a layer, the input at the bottom."""
    from eshikaku import plot

    data = runs[-1].result.data
    ax = figure.subplots()
    middle = (data["field"] - 1) / 2
    for level, places in enumerate(data["rows"]):
        centred = places - (places[0] + places[-1]) / 2
        color = plot.COLORS["hidden"] if level else plot.COLORS["truth"]
        ax.scatter(centred, np.full(len(places), level), s=26, color=color)
        ax.plot((centred[0], centred[-1]), (level, level), color=plot.COLORS["grey"], linewidth=1)
    depth = len(data["stack"])
    ax.set_yticks(range(depth + 1), ["入力", *(f"{k}層目" for k in range(1, depth + 1))])
    reach = max(middle * 1.08, 8)
    ax.set(
        title="いちばん上の1つは、入力を何画素見るか",
        xlabel="入力での位置（画素）",
        xlim=(-reach, reach),
        ylim=(-0.5, depth + 0.5),
        ylabel="層",
    )
    figure.subplots_adjust(left=0.12, right=0.98, bottom=0.15, top=0.9)


def alt(run_: Run) -> str:
    """The receptive field."""
    return f"層ごとに見る範囲が広がる図。受容野は{run_.result.summary['受容野']}画素。"


receptive_field = Experiment(
    name="receptive_field",
    title="受容野：1つの出力は入力を何画素見るか",
    controls=(
        Slider("layers", "層の数", 3, low=1, high=5, step=1, integer=True),
        Slider("kernel", "カーネルの一辺 K", 3, low=2, high=5, step=1, integer=True),
        Slider("stride", "各層のストライド S", 1, low=1, high=2, step=1, integer=True),
        Choice("growth", "膨張率", "one", options={"どの層も1": "one", "1, 2, 4, …": "double"}),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for="下の行が入力です。いちばん上の1つの出力から、見ている位置をたどります。",
    seen=r"""
膨張率1、ストライド1では、層を1つ足すごとに $K-1$ 画素ずつ広がります。
膨張率を1, 2, 4, …と倍にすると、重みの数は同じまま、層の数に対して指数的に広がります。

ストライド2でも広がりますが、特徴マップが小さくなります。膨張率は大きさを保ったまま広げます。
""",
    prediction=Prediction.of("cnn-field", {"growth": "double"}, "fifteen"),
    live=True,
    overlay=False,
    figsize=(7.6, 3.2),
)
