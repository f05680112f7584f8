"""Length generalisation: the same weights at more steps than were trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eshikaku import nn
from eshikaku.chapters.rnn import adder
from eshikaku.chapters.rnn.experiments.addition import ACTIVATIONS
from eshikaku.experiments.declaration import (
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
LENGTHS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
PASSED = range(7)  # places that a carry has been handed through
# where each activation learns, as the grid view shows
GOOD: dict[str, tuple[nn.Initialiser, float]] = {
    "tanh": (nn.xavier(), 1.0),
    "sigmoid": (nn.normal(1.0), 3.0),
    "relu": (nn.xavier(), 0.3),
}


def run(settings: Settings, report: Report) -> Result:
    """10 000 sums of `bits` digits; then sums of other lengths with the same weights."""
    init, lr = GOOD[settings["activation"]]
    net = adder.Adder(
        16,
        np.random.default_rng(settings["seed"]),
        nonlinearity=settings["activation"],
        init=init,
    )
    total = adder.SAMPLES // adder.BATCH
    losses: list[float] = []

    def so_far() -> Result:
        return _result(net, losses, 100)

    for loss in adder.train(net, lr, adder.batches(settings["seed"], settings["bits"])):
        losses.append(loss)
        if len(losses) % 20 == 1:
            report(len(losses) - 1, total, so_far)
    return _result(net, losses, 300)


def _result(net: adder.Adder, losses: list[float], count: int) -> Result:
    """All digits right at each length, on `count` sums of each."""
    words = [adder.right(net, *adder.held_out(count, n)).all(axis=0).mean() for n in LENGTHS]
    right = dict(zip(LENGTHS, map(float, words), strict=True))
    return Result(
        {"words": np.array(words), "passed": by_places_passed(net, count)},
        {
            "最後の損失": float(np.mean(losses[-20:])),
            **{f"{n}桁すべて正解": right[n] for n in (8, 12, 64)},
        },
    )


def by_places_passed(net: adder.Adder, count: int) -> Array:
    """Share of right digits after k places in a row that hand a carry through (a_t ≠ b_t)."""
    x, t = adder.held_out(count, 32)
    correct = adder.right(net, x, t)
    handed = x[..., 0] != x[..., 1]
    run_length = np.zeros(correct.shape, int)
    for step in range(1, len(x)):
        run_length[step] = np.where(handed[step - 1], run_length[step - 1] + 1, 0)
    return np.array([correct[run_length == k].mean() for k in PASSED])


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Left: all digits right against the number of digits. Right: against places passed."""
    from eshikaku import plot

    left, right = figure.subplots(1, 2)
    for run_ in runs:
        style = {**run_.style, "markevery": 1}
        left.plot(LENGTHS, run_.result.data["words"], label=run_.label, **style)
        right.plot(PASSED, run_.result.data["passed"], label=run_.label, **style)
    left.set(
        title="学習より長い和を解けるか",
        xlabel="テストの桁数",
        ylabel="すべての桁が正解の割合",
        ylim=(-0.04, 1.06),
    )
    left.set_xscale("log", base=2)
    left.set_xticks([2, 4, 8, 16, 32, 64], ["2", "4", "8", "16", "32", "64"])
    right.axhline(0.5, color=plot.COLORS["grey"], linewidth=1, linestyle=":")
    right.set(
        title="どの桁で間違えるか（32桁の和）",
        xlabel="直前に a≠b の桁が続いた数",
        ylabel="その桁の正解率",
        ylim=(0.4, 1.04),
    )
    right.legend(loc="center right")


def alt(run_: Run) -> str:
    """How far the trained weights carry."""
    found = run_.result.summary
    return (
        f"テストの桁数と全桁正解率の図。{run_.settings['bits']}桁で学習したネットワークは、"
        f"8桁で{found['8桁すべて正解']:.0%}、12桁で{found['12桁すべて正解']:.0%}、"
        f"64桁で{found['64桁すべて正解']:.0%}。"
    )


length = Experiment(
    name="length",
    title="学習より長い系列で使う",
    controls=(
        Slider("bits", "学習に使う桁数", 8, low=2, high=12, step=1, integer=True, unit="桁"),
        Choice("activation", "隠れ層の活性化関数", "tanh", options=ACTIVATIONS),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "8桁で学習した重みを、そのまま2〜64桁に使います。左は全桁正解の割合、"
        "右は32桁の和で、$a\\ne b$ の桁が続いた直後の正解率です。"
    ),
    seen=r"""
8桁で学習したネットワークは64桁でも全問正解します。
重みの形に $T$ は入らないので、何も変えずに長い系列を読めます。

3桁で学習したネットワークは、3桁では全問正解でも、12桁では2〜3割しか全桁正解しません。
右の図が理由を示します。$a_t\ne b_t$ の桁は、来た繰り上がりをそのまま次へ渡します。
3桁の和では、渡す桁は多くて1桁です。ネットワークは短いあいだ覚えることしか学ばず、続くほど当たらなくなり、3桁続くとほぼ五分五分です。
8桁では6桁まで続くので、消えない状態を作る必要がありました。

「どんな長さでも動く」ことと「どんな長さでも正しい」ことは別です。後者は学習データに何が入っていたかで決まります。
""",
    prediction=Prediction({"bits": 3}, ask="rnn-length-predict-01", reason="rnn-length-reason-01"),
    figsize=(8.4, 3.3),
)
