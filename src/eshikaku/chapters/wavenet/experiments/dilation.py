"""The inputs that one output of a causal stack sees, drawn as a tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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


def run(settings: Settings, report: Report) -> Result:
    """Places (how far back) that the last output sees in each layer, and the lines to them."""
    kernel, doubling = settings["kernel"], settings["growth"] == "double"
    dilations = [2**k if doubling else 1 for k in range(settings["layers"])]
    rows, lines = [[0]], []
    for level, d in reversed(list(enumerate(dilations, 1))):
        pairs = [(p, p + d * u) for p in rows[-1] for u in range(kernel)]
        lines += [(-a, level, -b, level - 1) for a, b in pairs]
        rows.append(sorted({b for _, b in pairs}))
    rows.reverse()
    field = 1 + (kernel - 1) * sum(dilations)
    return Result(
        {"rows": rows, "lines": lines, "dilations": dilations, "field": field},
        {"受容野": field, "重み（1チャネル、全層）": kernel * len(dilations)},
    )


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Time to the right; the input at the bottom."""
    from eshikaku import plot

    data = runs[-1].result.data
    ax = figure.subplots()
    for x0, y0, x1, y1 in data["lines"]:
        ax.plot((x0, x1), (y0, y1), color=plot.COLORS["grey"], linewidth=0.8, zorder=1)
    for level, places in enumerate(data["rows"]):
        color = plot.COLORS["hidden"] if level else plot.COLORS["truth"]
        ax.scatter([-p for p in places], [level] * len(places), s=22, color=color, zorder=2)
    names = [f"{k}層（膨張率{d}）" for k, d in enumerate(data["dilations"], 1)]
    ax.set_yticks(range(len(names) + 1), ["入力", *names])
    reach = max(data["field"] - 1, 8)
    ax.set(
        title="いまの出力は、何時刻前までの入力を見るか",
        xlabel="時刻（いまを0とする）",
        ylabel="層",
        xlim=(-1.04 * reach, 0.04 * reach),
        ylim=(-0.4, len(names) + 0.4),
    )
    figure.subplots_adjust(left=0.2, right=0.98, bottom=0.16, top=0.9)


def alt(run_: Run) -> str:
    """The receptive field."""
    data = run_.result.data
    return (
        f"膨張率{data['dilations']}の因果畳み込みの木。"
        f"いちばん右上の出力から線をたどると、入力{data['field']}個に届く。右（未来）へ伸びる線はない。"
    )


dilation = Experiment(
    name="dilation",
    title="膨張率と受容野：何時刻前まで見えるか",
    controls=(
        Slider("layers", "層の数", 4, low=1, high=6, step=1, integer=True),
        Slider("kernel", "カーネルの幅 K", 2, low=2, high=3, step=1, integer=True),
        Choice("growth", "膨張率", "one", options={"どの層も1": "one", "1, 2, 4, …": "double"}),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for="右上の1つの出力から、線をたどります。線は、左（過去）と真下（いま）にだけ伸びます。",
    seen=r"""
膨張率がどの層も1なら、受容野は1層ごとに $K-1$ しか広がりません。$K=2$、4層で5です。
膨張率を1, 2, 4, 8にすると、同じ重みの数で $1+(1+2+4+8)=16$ になります。
入力のどの時刻にも、線がちょうど1本届きます（$K=2$ のとき）。間の抜けはありません。
""",
    prediction=Prediction(
        {"growth": "double"},
        ask="wavenet-dilation-predict-01",
        reason="wavenet-dilation-reason-01",
        came_true="sixteen",
    ),
    live=True,
    overlay=False,
    figsize=(7.6, 3.4),
)
