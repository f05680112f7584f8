"""Where the kernel stands: padding, stride, dilation, and the pixels no window sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eshikaku.experiments import (
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
    """The places of the kernel along one side; none where it is wider than the padded input."""
    size, kernel = settings["size"], settings["kernel"]
    stride, padding, dilation = settings["stride"], settings["padding"], settings["dilation"]
    covered = dilation * (kernel - 1) + 1
    room = size + 2 * padding - covered
    count = room // stride + 1 if room >= 0 else 0
    starts = np.arange(count) * stride - padding  # (OW,)
    seen = starts[:, None] + np.arange(kernel) * dilation  # (OW, K)
    unseen = sorted(set(range(size)) - set(seen.ravel().tolist()))
    summary = {
        "出力の一辺": count if count else "置けません",
        "カーネルが覆う幅": covered,
        "どの窓にも入らない画素": len(unseen),
    }
    return Result(
        {"seen": seen, "unseen": np.array(unseen, int), "size": size, "padding": padding}, summary
    )


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Top row: the padded input. Below: one row for each place of the kernel."""
    from eshikaku import plot

    data = runs[-1].result.data
    size, padding, seen = data["size"], data["padding"], data["seen"]
    ax = figure.subplots()
    columns = np.arange(-padding, size + padding)
    inside = (columns >= 0) & (columns < size)
    grey, blue = plot.COLORS["grey"], plot.COLORS["hidden"]
    ax.scatter(columns[inside], np.zeros(inside.sum()), marker="s", s=90, color=blue, label="画素")
    if padding:
        outside = columns[~inside]
        ax.scatter(
            outside,
            np.zeros(len(outside)),
            marker="s",
            s=90,
            facecolor="none",
            edgecolor=grey,
            label="パディング（0）",
        )
    if len(data["unseen"]):
        ax.scatter(
            data["unseen"],
            np.zeros(len(data["unseen"])),
            marker="x",
            s=90,
            color=plot.COLORS["bad"],
            label="見られない画素",
            zorder=3,
        )
    for row, places in enumerate(seen, start=1):
        ax.plot(places[[0, -1]], (row, row), color=grey, linewidth=1)
        ax.scatter(places, np.full(len(places), row), s=45, color=plot.COLORS["output"])
    ax.set(
        title="カーネルは何か所に置けるか",
        xlabel="入力の位置",
        ylabel="出力の番号",
        xlim=(-padding - 1.5, size + padding + 0.5),
        ylim=(max(len(seen), 3) + 0.7, -0.7),
    )
    ax.set_yticks(range(1, len(seen) + 1), [str(k) for k in range(1, len(seen) + 1)])
    if len(seen) > 10:
        ax.set_yticks([1, len(seen)], ["1", str(len(seen))])
    if not len(seen):
        ax.text(
            size / 2, 2, "カーネルの覆う幅が、パディングした入力より大きくて置けません", ha="center"
        )
    ax.legend(loc="lower left")
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.15, top=0.9)


def alt(run_: Run) -> str:
    """The output size and what is left over."""
    found = run_.result.summary
    return (
        "1列の入力と、その上に置かれたカーネルの位置。"
        f"出力の一辺は{found['出力の一辺']}、どの窓にも入らない画素は"
        f"{found['どの窓にも入らない画素']}個。"
    )


output_size = Experiment(
    name="output_size",
    title="出力の大きさ：カーネルは何か所に置けるか",
    controls=(
        Slider("size", "入力の一辺 I", 10, low=5, high=16, step=1, integer=True),
        Slider("kernel", "カーネルの一辺 K", 3, low=1, high=5, step=1, integer=True),
        Slider("stride", "ストライド S", 1, low=1, high=4, step=1, integer=True),
        Slider("padding", "パディング P", 0, low=0, high=3, step=1, integer=True),
        Slider("dilation", "膨張率 D", 1, low=1, high=3, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for="上の行が入力、下の各行が1か所分のカーネルです。×の画素は、どの窓にも入りません。",
    seen=r"""
$I=10$、$K=3$ では8か所に置けます。
$S=2$ にすると、動ける7画素を2で割って切り捨て、始めの1か所を足した4か所です。
右端の1画素は、どの窓にも入りません。$\lfloor\cdot\rfloor$ の切り捨ては、この画素を捨てることです。

膨張率を上げると、カーネルの要素の間が空き、覆う幅が $D(K-1)+1$ になります。重みの数は変わりません。
""",
    prediction=Prediction.of("cnn-stride", {"stride": 2}, "four"),
    live=True,
    overlay=False,
    figsize=(7.6, 3.8),
)
