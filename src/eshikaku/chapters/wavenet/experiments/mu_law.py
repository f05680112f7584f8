"""A quiet and a loud vowel in few levels: spaced evenly, or by the μ-law."""

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
from eshikaku.models import autoregressive
from eshikaku.tasks import vowels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 200  # values: 25 ms


def quantised(x: np.ndarray, method: str, levels: int) -> np.ndarray:
    """To one of Q levels and back."""
    if method == "mu":
        return autoregressive.mu_law_inverse(autoregressive.mu_law(x, levels), levels)
    return np.rint((x + 1) / 2 * (levels - 1)) / (levels - 1) * 2 - 1


def run(settings: Settings, report: Report) -> Result:
    """The signal, what is left of it, and the signal-to-noise ratio."""
    clean = vowels.vowel("あ", 2000, np.random.default_rng(0), noise=0.0)
    x = settings["volume"] * clean / np.abs(clean).max()
    y = quantised(x, settings["method"], 2 ** settings["bits"])
    ratio = 10 * np.log10(np.mean(x**2) / np.mean((x - y) ** 2))
    return Result(
        {"x": x[:SHOWN], "y": y[:SHOWN]},
        {
            "SN比（dB）": float(ratio),
            "段の数 Q": 2 ** settings["bits"],
            "この音が使う段": len(np.unique(y)),
        },
    )


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """The wave and its quantised copy, and the difference below."""
    from eshikaku import plot

    data = runs[-1].result.data
    top, low = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    time = np.arange(SHOWN) / vowels.RATE * 1000
    top.plot(time, data["x"], color=plot.COLORS["truth"], linestyle="--", label="元の波形")
    top.step(time, data["y"], where="mid", color=plot.COLORS["prediction"], label="量子化した波形")
    reach = 1.1 * max(float(np.abs(data["x"]).max()), float(np.abs(data["y"]).max()))
    top.set(title="段の間隔は、波形の細かさに足りるか", ylabel="振幅", ylim=(-reach, 1.5 * reach))
    top.legend(loc="upper right", ncols=2)
    low.plot(time, data["y"] - data["x"], color=plot.COLORS["loss"])
    low.set(xlabel="時間（ミリ秒）", ylabel="誤差", ylim=(-reach / 2, reach / 2))
    figure.subplots_adjust(left=0.13, right=0.98, bottom=0.14, top=0.91, hspace=0.12)


def alt(run_: Run) -> str:
    """The ratio."""
    found = run_.result.summary
    return (
        f"母音の波形と、{found['段の数 Q']}段に量子化した波形、その差。"
        f"SN比は{found['SN比（dB）']:.1f}デシベル。"
    )


mu_law = Experiment(
    name="mu_law",
    title="μ-law：小さい音を、少ない段で表す",
    controls=(
        Slider("volume", "音の大きさ（振幅の最大）", 0.05, low=0.02, high=1.0, step=0.01),
        Slider("bits", "ビット数（段の数は2のべき）", 6, low=4, high=10, step=1, integer=True),
        Choice("method", "段の置き方", "mu", options={"μ-law": "mu", "等間隔": "even"}),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for="下の段は、量子化した波形と元の波形の差です。表のSN比は、大きいほど元に近いことを表します。",
    seen=r"""
等間隔の64段では、振幅0.05の音が使うのは4段だけです。μ-lawは0の近くに段を多く置くので、同じ音に20段以上を使えます。
音を大きくして振幅を1にすると、SN比は等間隔の方が高くなります。μ-lawは、大きい音の細かさと引きかえに、小さい音を細かく表します。
""",
    prediction=Prediction(
        {"method": "even"},
        ask="wavenet-mulaw-predict-01",
        reason="wavenet-mulaw-reason-01",
        came_true="worse",
    ),
    live=True,
    overlay=False,
    figsize=(7.6, 3.8),
)
