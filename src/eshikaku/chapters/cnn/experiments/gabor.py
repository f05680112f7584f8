"""A pair of Gabor filters: each follows the phase of a grating, their energy does not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

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

SIDE, PERIOD, WIDTH = 41, 10.0, 6.0
PHASES = np.arange(0, 360, 10)


def grating(angle: float, phase: float) -> images.Array:
    """A sinusoidal grating (SIDE, SIDE) whose stripes are turned by ``angle`` degrees."""
    i, j = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    turn = np.deg2rad(angle)
    along = j * np.cos(turn) + i * np.sin(turn)
    return np.cos(2 * np.pi * along / PERIOD - np.deg2rad(phase))


@lru_cache(maxsize=1)
def filters() -> tuple[images.Array, images.Array]:
    """The even and the odd filter for upright stripes, scaled to a response of about 1."""
    i, j = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    window = np.exp(-(i**2 + j**2) / (2 * WIDTH**2))
    even, odd = window * np.cos(2 * np.pi * j / PERIOD), window * np.sin(2 * np.pi * j / PERIOD)
    scale = float((even * grating(0, 0)).sum())
    return even / scale, odd / scale


def run(settings: Settings, report: Report) -> Result:
    """Responses of both filters at every phase; the summary at the chosen one."""
    even, odd = filters()
    seen = np.stack([grating(settings["angle"], float(p)) for p in PHASES])
    a, b = (np.einsum("pij,ij->p", seen, f) for f in (even, odd))
    at = int(settings["phase"]) // 10 % len(PHASES)
    energy = a**2 + b**2
    return Result(
        {"stimulus": seen[at], "a": a, "b": b, "energy": energy, "phase": settings["phase"]},
        {
            "偶関数のフィルター": float(a[at]),
            "奇関数のフィルター": float(b[at]),
            "2乗の和": float(energy[at]),
        },
    )


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Stimulus, even filter, and the responses over the phase."""
    from eshikaku import plot

    data = runs[-1].result.data
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 2.4))
    left.imshow(data["stimulus"], cmap="gray", vmin=-1, vmax=1)
    images.bare(left, "見せる縞")
    middle.imshow(filters()[0], cmap="PuOr_r", vmin=-0.012, vmax=0.012)
    images.bare(middle, "フィルター（偶）")
    for name, label, color, style in (
        ("a", "偶", plot.COLORS["cell"], "--"),
        ("b", "奇", plot.COLORS["gradient"], ":"),
        ("energy", "2乗の和", plot.COLORS["hidden"], "-"),
    ):
        right.plot(PHASES, data[name], style, color=color, label=label, linewidth=2)
    right.axvline(data["phase"], color=plot.COLORS["grey"], linewidth=1)
    right.set(
        title="位相で変わらないのはどれか",
        xlabel="縞の位相（度）",
        ylabel="応答",
        xlim=(0, 350),
        ylim=(-1.1, 1.4),
    )
    right.legend(loc="upper right", ncols=3)
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.17, top=0.88, wspace=0.25)


def alt(run_: Run) -> str:
    """The energy's range over all phases."""
    energy = run_.result.data["energy"]
    return (
        "縞の位相に対する、2枚のガボールフィルターの応答と、その2乗の和。"
        f"2乗の和は{energy.min():.2f}から{energy.max():.2f}。"
    )


gabor = Experiment(
    name="gabor",
    title="単純型と複雑型：縞をずらしても応じるのはどれか",
    controls=(
        Slider("phase", "縞の位相", 0, low=0, high=350, step=10, integer=True, unit="度"),
        Slider("angle", "縞の傾き", 0, low=0, high=90, step=5, integer=True, unit="度"),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for="位相を動かすと縞が横にずれます。3本の曲線のうち、平らなものを探します。",
    seen=r"""
1枚のフィルターの応答は、縞がずれると正負に振れます。位置を選ぶ単純型細胞にあたります。
位相が90°違う2枚の応答を2乗して足すと、$\cos^2+\sin^2=1$ のようにずれが消えます。
複雑型細胞にあたります。

縞を傾けると、どの応答も0に近づきます。位置のずれは許しても、向きは選びます。
""",
    prediction=Prediction.of("cnn-gabor", {"angle": 45}, "small"),
    live=True,
    overlay=False,
    figsize=(8.4, 2.9),
)
