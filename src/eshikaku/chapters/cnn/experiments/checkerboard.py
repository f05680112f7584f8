"""How often a transposed convolution writes on each pixel of its output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eshikaku import nn, plot
from eshikaku.chapters.cnn import images
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

SIDE = 8


def run(settings: Settings, report: Report) -> Result:
    """A transposed convolution of ones by ones: the count of kernels that meet in a pixel."""
    kernel, stride = settings["kernel"], settings["stride"]
    layer = nn.ConvTranspose2d(
        1, 1, kernel, np.random.default_rng(0), stride=stride, bias=False, init=ones
    )
    y = layer.forward(np.ones((1, 1, SIDE, SIDE)))[0, 0]
    edge = kernel
    inner = y[edge:-edge, edge:-edge]
    return Result(
        {"y": y, "inner": inner},
        {
            "出力の一辺": y.shape[0],
            "重なりの最小（端を除く）": int(inner.min()),
            "重なりの最大（端を除く）": int(inner.max()),
        },
    )


def ones(rng: np.random.Generator, shape: tuple[int, ...], *rest: object) -> images.Array:
    """An initialiser that ignores chance."""
    return np.ones(shape)


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """The counts as a picture and along the middle row."""
    y = runs[-1].result.data["y"]
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.5))
    left.imshow(y, cmap="cividis", vmin=0, interpolation="nearest")
    images.bare(left, "画素ごとの重なりの枚数")
    middle = y[y.shape[0] // 2]
    right.step(range(len(middle)), middle, where="mid", color=plot.COLORS["hidden"], linewidth=2)
    right.set(
        title="真ん中の行は平らか",
        xlabel="横の位置",
        ylabel="枚数",
        ylim=(0, max(middle.max() * 1.15, 2)),
        xlim=(0, len(middle) - 1),
    )
    figure.subplots_adjust(left=0.03, right=0.98, bottom=0.17, top=0.88, wspace=0.2)


def alt(run_: Run) -> str:
    """Smallest and largest count inside."""
    found = run_.result.summary
    return (
        "転置畳み込みの出力の画素ごとの、重なるカーネルの枚数。端を除いて"
        f"{found['重なりの最小（端を除く）']}から{found['重なりの最大（端を除く）']}。"
    )


checkerboard = Experiment(
    name="checkerboard",
    title="転置畳み込みの市松模様：重なりはそろうか",
    controls=(
        Slider("kernel", "カーネルの一辺 K", 3, low=2, high=6, step=1, integer=True),
        Slider("stride", "ストライド S", 2, low=1, high=3, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for="入力もカーネルも全部1にしました。出力の値は、その画素に重なるカーネルの枚数です。",
    seen=r"""
$K=3$、$S=2$ では、1枚、2枚、4枚の画素が市松に並びます。
カーネルがどんな値でも、このむらから学習が始まります。

$K=4$ にすると、端を除いてどこも4枚です。$K$ が $S$ で割り切れるとき、重なりの枚数がそろいます。
""",
    prediction=Prediction.of("cnn-checker", {"kernel": 4}, "even"),
    live=True,
    overlay=False,
    figsize=(8.0, 2.9),
)
