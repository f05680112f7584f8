"""Products of a plain convolution and of its depthwise separable substitute."""

import numpy as np

from eshikaku import nn, plot
from eshikaku.experiments import (
    Experiment,
    Prediction,
    Result,
    Slider,
)
from eshikaku.models import costs

M_MAX = 256


def products(C: int, M: int, K: int, H: int) -> tuple[int, int, int]:
    """MACs of the plain, the depthwise and the pointwise convolution, stride 1, same size."""
    rng = np.random.default_rng(0)
    plain = nn.Conv2d(C, M, K, rng, bias=False)
    depthwise = nn.Conv2d(C, C, K, rng, groups=C, bias=False)
    pointwise = nn.Conv2d(C, M, 1, rng, bias=False)
    narrow, wide = (1, C, H, H), (1, M, H, H)
    return (
        costs.macs(plain, narrow, wide),
        costs.macs(depthwise, narrow, narrow),
        costs.macs(pointwise, narrow, wide),
    )


def run(settings, report):
    """The three counts and their ratio."""
    C, M, K, H = (int(settings[name]) for name in ("C", "M", "K", "H"))
    plain, depthwise, pointwise = products(C, M, K, H)
    ratio = (depthwise + pointwise) / plain
    return Result(
        {
            "depthwise": depthwise / plain,
            "pointwise": pointwise / plain,
            "plain": plain,
            "M": M,
            "K": K,
        },
        {
            "通常の積和": plain,
            "depthwise": depthwise,
            "pointwise": pointwise,
            "比": float(ratio),
            "何分の1か": float(1 / ratio),
        },
    )


def draw(figure, runs):
    """Shares of the plain convolution's products; the ratio over M."""
    data = runs[-1].result.data
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    names = ["分けた", "通常"]
    deep, point = plot.COLORS["cell"], plot.COLORS["forget"]
    left.barh(names, [data["depthwise"], 1], color=[deep, plot.COLORS["grey"]])
    left.barh(names[:1], [data["pointwise"]], left=[data["depthwise"]], hatch="//", color=point)
    left.text(1.02, 0.22, "■ depthwise", color=deep, ha="right")
    left.text(1.02, -0.12, "▨ pointwise", color=point, ha="right")
    left.set(
        title="積和はどれだけ減るか",
        xlabel=f"通常の畳み込み（{data['plain'] / 1e4:,.0f}万回）を1とした積和",
        ylabel="構造",
        xlim=(0, 1.05),
    )
    channels = np.arange(4, M_MAX + 1)
    right.plot(channels, 1 / channels + 1 / data["K"] ** 2, color=plot.COLORS["hidden"])
    right.plot([data["M"]], [data["depthwise"] + data["pointwise"]], "o", color=plot.COLORS["cell"])
    right.set(
        title="比は $1/M+1/K^2$",
        xlabel="出力チャネル M",
        ylabel="比",
        xlim=(0, M_MAX + 4),
        ylim=(0, 0.5),
    )
    figure.subplots_adjust(left=0.09, right=0.98, bottom=0.18, top=0.88, wspace=0.25)


def alt(run_):
    """The ratio."""
    return (
        "通常の畳み込みと、depthwiseとpointwiseに分けたものの積和の棒グラフと、"
        f"出力チャネルに対する比の曲線。比は{run_.result.summary['比']:.3f}。"
    )


cost = Experiment(
    name="cost",
    title="積和を数える：通常の畳み込みとdepthwise separable",
    controls=(
        Slider("C", "入力チャネル C", 64, low=4, high=256, step=4, integer=True),
        Slider("M", "出力チャネル M", 128, low=8, high=M_MAX, step=8, integer=True),
        Slider("K", "カーネルの一辺 K", 3, low=3, high=7, step=2, integer=True),
        Slider("H", "特徴マップの一辺", 28, low=7, high=56, step=7, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for="4つのスライダーのうち、比を変えるものと変えないものを見分けます。",
    seen=r"""
$C$ と特徴マップの大きさを変えても、比は変わりません。分子と分母の両方に掛かっています。
$M$ を大きくすると $1/K^2$ に近づきます。計算の大部分はpointwiseです。
$M=8$ では、depthwiseの分が目立ち、約1/4.2にしかなりません。
""",
    prediction=Prediction.of("cnn-models-cost", {"M": 8}, "worse"),
    live=True,
    overlay=False,
    figsize=(8.6, 2.9),
)
