"""A WaveNet learns five vowels: what the receptive field decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eshikaku.chapters.wavenet import networks
from eshikaku.experiments import (
    SEED,
    Curve,
    Curves,
    Prediction,
    Run,
    Settings,
    Slider,
    Summary,
    training,
)
from eshikaku.models.autoregressive import mu_law_inverse
from eshikaku.tasks import vowels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GIVEN, DRAWN = 300, 400  # values of a real vowel, then values that the network draws
TEST = 1000  # the seed of the sounds of the test


def run(settings: Settings, curve: Curve) -> Summary:
    """Train on pieces of the vowels; bits on vowels it has not heard; then go on from an /a/."""
    seed = settings["seed"]
    test = networks.voices(TEST, 1200)
    net = networks.wavenet(networks.doubling(settings["layers"]), seed)
    pieces = networks.crops(networks.voices(seed, times=4), curve.updates, seed)

    def spoken() -> Any:
        rng = np.random.default_rng([seed, 6])
        return networks.speak(net, test[:1, :GIVEN], DRAWN, rng)[0]

    curve.show(start=test[0, :GIVEN], spoken=spoken)
    for loss in networks.train(net, pieces, curve.updates, lr=0.02):
        curve.add(loss)
        curve.every(50, test=lambda: networks.bits(net, test))
    return {
        "テスト（ビット／サンプル）": networks.bits(net, test),
        "受容野（サンプル）": net.receptive_field,
        "受容野（ミリ秒）": net.receptive_field / vowels.RATE * 1000,
        "パラメータ数": net.size,
    }


def waves(ax: Axes, runs: Sequence[Run]) -> None:
    """The end of the given /a/ and what the newest network makes of it."""
    from eshikaku import plot

    data = runs[-1].result.data
    before, after = (mu_law_inverse(data[k], networks.LEVELS) for k in ("start", "spoken"))
    time = np.arange(-200, len(after)) / vowels.RATE * 1000
    ax.plot(
        time[:201], [*before[-200:], after[0]], color=plot.COLORS["truth"], label="与えた「あ」"
    )
    ax.plot(time[200:], after, color=plot.COLORS["prediction"], linestyle="--", label="続きの生成")
    ax.set(
        title="山の間隔は続くか（最新の設定）",
        xlabel="時間（ミリ秒）",
        ylabel="振幅",
        ylim=(-1.45, 1.05),
    )
    ax.legend(loc="lower right", ncols=2)


voice = training(
    name="voice",
    title="母音を学ぶWaveNet：受容野は足りるか",
    controls=(
        Slider("layers", "層の数（膨張率1, 2, 4, …）", 8, low=1, high=8, step=1, integer=True),
        SEED,
    ),
    run=run,
    updates=200,
    what="1サンプルあたりの損失",
    panels=(
        Curves(
            "1サンプルに何ビット要るか",
            ylabel="ビット（10回の平均）",
            smooth=10,
            levels=[(6.0, "でたらめに答える（64段）")],
            axes={"ylim": (1, 6.3)},
        ),
        waves,
    ),
    look_for="左は、次の64段のどれかを当てるのに要るビット数です。右は、与えた「あ」の続きです。",
    seen=r"""
声の高さは約125 Hzなので、声帯の1周期は $8000/125=64$ サンプルです。
8層の受容野は256サンプルで、4周期を見ます。3層では8サンプルで、1周期の中のどこにいるかが分かりません。
そのため損失が下がりきらず、続きの波形は周期を保てません。
""",
    prediction=Prediction(
        {"layers": 3},
        ask="wavenet-voice-predict-01",
        reason="wavenet-voice-reason-01",
        came_true="up",
    ),
    short={"updates": 10},
    full={"updates": 1500},
    full_minutes=2,
    figsize=(8.6, 3.4),
)
