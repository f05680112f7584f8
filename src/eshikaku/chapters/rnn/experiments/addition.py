"""Binary addition: what the state is for, and what it takes to learn it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eshikaku.chapters.rnn import adder
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

EVERY = 10  # updates between two looks at the held-out sums
ACTIVATIONS = {"tanh": "tanh", "sigmoid": "sigmoid", "ReLU": "relu"}
CONTROLS = (
    Choice(
        "init",
        "初期化",
        "normal",
        options={"正規分布": "normal", "Xavier": "xavier", "He": "he"},
        help="Xavierの分散は 2/(入力数+出力数)、Heの分散は 2/入力数",
    ),
    Slider(
        "std",
        "weight_init_std",
        0.32,
        help="重みの標準偏差。初期化が正規分布のときだけ効く",
        low=0.01,
        high=3.2,
        step=0.5,
        log=True,
    ),
    Slider("lr", "学習率", 1.0, low=0.01, high=10.0, step=0.5, log=True),
    Slider("hidden", "隠れ層の大きさ H", 16, low=1, high=64, step=1, integer=True, unit="個"),
    Choice("activation", "隠れ層の活性化関数", "tanh", options=ACTIVATIONS),
    Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
)


def run(settings: Settings, report: Report) -> Result:
    """10 000 sums in batches of 16, plain SGD; digits of held-out sums every 10 updates."""
    net = adder.Adder(
        settings["hidden"],
        np.random.default_rng(settings["seed"]),
        nonlinearity=settings["activation"],
        init=adder.initialiser(settings["init"], settings["std"]),
    )
    x, t = adder.held_out(300)
    losses: list[float] = []
    digits: list[float] = []
    total = adder.SAMPLES // adder.BATCH
    training = adder.train(net, settings["lr"], adder.batches(settings["seed"]))
    for step, loss in enumerate(training):
        losses.append(loss)
        if step % EVERY == 0:
            digits.append(float(adder.right(net, x, t).mean()))
            report(step, total, _result(losses, digits))
        if not np.isfinite(loss):
            break
    result = _result(losses, digits)
    if np.isfinite(losses[-1]):
        correct = adder.right(net, *adder.held_out())
        result.summary = {
            "最後の損失": float(np.mean(losses[-20:])),
            "桁の正解率": float(correct.mean()),
            "8桁すべて正解": float(correct.all(axis=0).mean()),
        }
    return result


def _result(losses: list[float], digits: list[float]) -> Result:
    steps = np.arange(len(digits)) * EVERY + 1
    return Result({"loss": np.array(losses), "digits": np.array(digits), "steps": steps})


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Loss on the left, share of right digits on the right; earlier runs stay."""
    from eshikaku import plot

    left, right = figure.subplots(1, 2)
    for run_ in runs:
        data: dict[str, Any] = run_.result.data
        plain = {k: v for k, v in run_.style.items() if not k.startswith("mark")}
        smooth = _smooth(data["loss"])
        plot.loss_curve(left, smooth, 10 * np.arange(len(smooth)) + 5, label=run_.label, **plain)
        right.plot(data["steps"], data["digits"], label=run_.label, **plain)
    left.axhline(np.log(2), color=plot.COLORS["grey"], linewidth=1, linestyle=":")
    left.annotate(
        "ln 2（五分五分と答えるネットワーク）",
        (adder.SAMPLES // adder.BATCH, np.log(2)),
        (0, 6),
        textcoords="offset points",
        ha="right",
    )
    left.set(title="損失が落ちる更新回数を見る", xlabel="更新回数", ylabel="損失（1桁あたり）")
    left.set_ylim(0, 2)
    right.set(title="見せていない和の桁の正解率", xlabel="更新回数", ylabel="正解率")
    right.set_ylim(0.4, 1.03)
    right.legend(loc="center right")


def _smooth(losses: Array) -> Array:
    """Means of ten updates each; the last ones, fewer than ten, are left out."""
    return losses[: len(losses) // 10 * 10].reshape(-1, 10).mean(axis=1)


def alt(run_: Run) -> str:
    """What the two curves show."""
    found = run_.result.summary
    if "桁の正解率" not in found:
        return f"学習曲線。{run_.label}では損失が有限でなくなり、学習が止まった。"
    return (
        f"学習曲線と桁の正解率。{run_.label}では最後の損失が{found['最後の損失']:.3f}、"
        f"見せていない和の桁の正解率が{found['桁の正解率']:.0%}。"
    )


binary_addition = Experiment(
    name="binary-addition",
    title="2進数の足し算：繰り上がりを覚えるか",
    controls=CONTROLS,
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "8桁の足し算を1万個、16個ずつ学びます。損失が落ちはじめる更新回数と、"
        "右の正解率が1になるかを見ます。"
    ),
    seen=r"""
標準偏差 0.32 では、100〜250回の更新で損失が落ち、桁の正解率が1になります。

0.01 では、625回の更新のあいだ損失は $\ln 2 = 0.693$ から動きません。
$h_t \approx 0$ なので、$W_y$ の勾配（$h_t$ に比例）も、
$W_x, W_h$ の勾配（$W_y$ に比例）もほぼ0です。
よい標準偏差は $1/\sqrt{H}=0.25$ の前後で、Xavierはこれを $H$ から決めます。
$H=64$ では0.32は大きすぎ（$1/\sqrt{64}=0.125$）、損失はXavierの10倍前後か、それ以上で終わります。

3.2 では反対に $|a_t|$ が大きく、$\tanh$ の出力は $\pm1$ に張りつきます。
損失は乱れたまま下がりません。
""",
    prediction=Prediction(
        {"std": 0.01}, ask="rnn-addition-predict-01", reason="rnn-addition-reason-01"
    ),
    figsize=(8.4, 3.3),
)
