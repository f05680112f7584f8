"""Truncated BPTT: what the cut loses."""

import numpy as np

from eshikaku import nn
from eshikaku.chapters.bptt.recurrent import echo
from eshikaku.experiments import SEED, Curves, Prediction, Slider, training
from eshikaku.nn import Array

HIDDEN, BATCH, WINDOW = 32, 16, 20


def run(settings, curve):
    """Learn to repeat the bit of `delay` steps ago; the backward pass is cut every `length`."""
    rng = np.random.default_rng(settings["seed"])
    # a small W_h: hardly an echo before training, so what is remembered was learnt on the way
    rnn = nn.RNN(1, HIDDEN, rng, init_h=nn.xavier(gain=0.2), dtype=np.float32)
    out = nn.Affine(HIDDEN, 1, rng, dtype=np.float32)
    loss_fn, optimiser = nn.BCEWithLogits(), nn.Adam(0.005)
    params, grads = {**rnn.params, **out.params}, {**rnn.grads, **out.grads}
    x, target = echo(rng, WINDOW * curve.updates, BATCH, settings["delay"])
    state = None

    for k in range(curve.updates):
        window = slice(k * WINDOW, (k + 1) * WINDOW)
        losses: list[float] = []

        def dloss(
            h: Array, steps: slice, target: Array = target[window], losses: list[float] = losses
        ) -> Array:
            y = target[steps]
            losses.append(loss_fn(out(h), y) * len(y) / WINDOW)
            return out.backward(loss_fn.backward(len(y) / WINDOW))

        rnn.zero_grad()
        out.zero_grad()
        _, state = nn.truncated_bptt(rnn, x[window], dloss, settings["length"], state)
        nn.clip_by_norm(grads, 1.0)
        optimiser.update(params, grads)
        curve.add(sum(losses))
    return {"最後の損失": curve.last(20), "1回に戻る時刻の数": settings["length"]}


truncation = training(
    name="truncation",
    title="打ち切りBPTT：区間より前は学べるか",
    controls=(
        Slider("length", "区間の長さ", 20, low=1, high=20, step=1, integer=True, unit="時刻"),
        Slider("delay", "何時刻前を答えるか", 5, low=1, high=10, step=1, integer=True, unit="時刻"),
        SEED,
    ),
    run=run,
    updates=500,
    what="過去の入力を答える課題の損失",
    panels=Curves(
        "損失は ln 2 から離れるか",
        ylabel="損失（5回の平均）",
        smooth=5,
        levels=[(float(np.log(2)), "ln 2（五分五分と答える）")],
        axes={"ylim": (-0.02, 1.0)},
    ),
    short={"updates": 60},
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
    prediction=Prediction.of("bptt-truncation", {"length": 4}, "stay"),
)
