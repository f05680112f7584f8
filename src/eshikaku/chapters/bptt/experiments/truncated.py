"""Truncated BPTT: what the cut loses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eshikaku import nn
from eshikaku.chapters.bptt.recurrent import echo
from eshikaku.experiments.declaration import (
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
HIDDEN, BATCH, WINDOW, UPDATES = 32, 16, 20, 500


def run(settings: Settings, report: Report) -> Result:
    """Learn to repeat the bit of `delay` steps ago; the backward pass is cut every `length`."""
    delay, length = settings["delay"], settings["length"]
    updates = settings.get("updates", UPDATES)
    rng = np.random.default_rng(settings["seed"])
    # a small W_h: hardly an echo before training, so what is remembered was learnt on the way
    rnn = nn.RNN(1, HIDDEN, rng, init_h=nn.xavier(gain=0.2), dtype=np.float32)
    out = nn.Affine(HIDDEN, 1, rng, dtype=np.float32)
    loss_fn, optimiser = nn.BCEWithLogits(), nn.Adam(0.005)
    params, grads = {**rnn.params, **out.params}, {**rnn.grads, **out.grads}
    x, target = echo(rng, WINDOW * updates, BATCH, delay)
    state = None
    losses: list[float] = []

    for k in range(updates):
        window = slice(k * WINDOW, (k + 1) * WINDOW)
        losses.append(0.0)

        def dloss(h: Array, steps: slice, target: Array = target[window]) -> Array:
            y = target[steps]
            losses[-1] += loss_fn(out(h), y) * len(y) / WINDOW
            return out.backward(loss_fn.backward(len(y) / WINDOW))

        rnn.zero_grad()
        out.zero_grad()
        _, state = nn.truncated_bptt(rnn, x[window], dloss, length, state)
        nn.clip_by_norm(grads, 1.0)
        optimiser.update(params, grads)
        if k % 10 == 0:
            report(k, updates, Result({"loss": np.array(losses)}))
    last = float(np.mean(losses[-20:]))
    return Result({"loss": np.array(losses)}, {"最後の損失": last, "1回に戻る時刻の数": length})


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Learning curves, with the loss of who guesses."""
    from eshikaku import plot

    ax = figure.subplots()
    ax.axhline(np.log(2), color=plot.COLORS["grey"], linewidth=1, linestyle=":")
    # placed in the figure's own units: it stays inside while the curve grows
    place = ax.get_yaxis_transform()
    text = "五分五分と答えたとき ln 2"
    ax.text(0.99, 0.66, text, color=plot.COLORS["grey"], transform=place, ha="right", va="top")
    for run_ in runs:
        plot.loss_curve(ax, run_.result.data["loss"], smooth=5, label=run_.label, **run_.style)
    ax.set(title="損失は ln 2 から離れるか", xlabel="更新回数", ylabel="損失", ylim=(-0.02, 0.85))
    ax.legend(loc="center right")


def alt(run_: Run) -> str:
    """Whether it learnt."""
    settings, loss = run_.settings, run_.result.data["loss"]
    return (
        f"学習曲線。{settings['delay']}時刻前を答える課題を区間{settings['length']}で学び、"
        f"最後の損失は{np.mean(loss[-20:]):.2f}。"
    )


truncation = Experiment(
    name="truncation",
    title="打ち切りBPTT：区間より前は学べるか",
    controls=(
        Slider("length", "区間の長さ", 20, low=1, high=20, step=1, integer=True, unit="時刻"),
        Slider("delay", "何時刻前を答えるか", 5, low=1, high=10, step=1, integer=True, unit="時刻"),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "数時刻前の入力（±1）をそのまま答える課題です。状態は切れ目を越えて渡り、"
        "勾配だけが区間の先頭で止まります。"
    ),
    seen=r"""
区間20と6では損失がほぼ0になります。
区間4では、500回目には $\ln2=0.69$ の近くに戻ります（乱数の種0、1、2のどれでも）。
5時刻前を答えるには、正解の時刻と手がかりの時刻の6時刻が同じ区間に入る必要があります。
区間4では、$h_{t-5}$ に手がかりを書き込むための勾配が1つも計算されません。

途中で損失が一度、0.15〜0.3まで下がります。
状態は切れ目を越えて渡るので、$W_h$ に偶然残った記憶を出力層が読めるためです。
手がかりを書き込む向きの勾配はないので、続けると失われます。
""",
    prediction=Prediction(
        {"length": 4}, ask="bptt-truncation-predict-01", reason="bptt-truncation-reason-01"
    ),
)
