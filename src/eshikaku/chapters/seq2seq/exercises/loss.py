"""Exercise seq2seq-loss: the decoder's input and the loss that leaves padding out."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, standard
from eshikaku.exercises.inputs import Draw, Spec


def shift_and_loss(target, logits):
    """target: (T, N)、EOSで終わり後ろはPAD。logits: (T, N, V) → デコーダの入力 (T, N)、損失"""
    PAD, BOS = 0, 1
    N = target.shape[1]
    decoder_in = np.concatenate([np.full((1, N), BOS), target[:-1]])  # (T, N)
    a = logits - logits.max(axis=-1, keepdims=True)  # (T, N, V)
    log_p = a - np.log(np.exp(a).sum(axis=-1, keepdims=True))  # (T, N, V)
    picked = np.take_along_axis(log_p, target[..., None], axis=-1)[..., 0]  # (T, N)
    counted = target != PAD  # (T, N)：損失に数える所が True
    return decoder_in, -(picked * counted).sum() / counted.sum()


def alt_shift_by_roll(target, logits):
    decoder_in = np.roll(target, 1, axis=0)
    decoder_in[0] = 1
    top = logits.max(axis=-1)
    log_sum = top + np.log(np.exp(logits - top[..., None]).sum(axis=-1))
    t, n = np.nonzero(target)
    return decoder_in, np.mean(log_sum[t, n] - logits[t, n, target[t, n]])


def alt_shift_by_loop(target, logits):
    T, N = target.shape
    decoder_in = np.ones_like(target)
    terms = []
    for t in range(T):
        for n in range(N):
            if t:
                decoder_in[t, n] = target[t - 1, n]
            if target[t, n]:
                a = logits[t, n] - logits[t, n].max()
                terms.append(np.log(np.exp(a).sum()) - a[target[t, n]])
    return decoder_in, np.array(terms).mean()


def _targets(d: Draw) -> np.ndarray:
    """Rows of different lengths, each ending in EOS; two or more have padding where N allows."""
    T, N, V = d.shape("T N V")
    ids = d.rng.integers(3, V, (T, N))
    for n in range(N):
        length = int(d.rng.integers(1, T, endpoint=True)) if n % 2 else max(T - 1, 1)
        ids[length - 1, n], ids[length:, n] = 2, 0
    return ids


TARGETS = Spec(_targets, frozenset("TNV"))
INPUTS = arrays(target=TARGETS, logits="T N V").with_sizes(V=(5, 8), T=(3, 6))

LOSS = Exercise(
    id="seq2seq-loss",
    title="デコーダの入力と、PADを除いた損失",
    level=1,
    minutes=5,
    statement=r"""
教師強制で学習するための2つを作ります。

1. **デコーダの入力**：先頭がBOS、その後ろは正解を1つずらしたもの。形は正解と同じ $(T,N)$ です。
2. **損失**：正解の文字の $-\log p$ を、**PADを除いた所だけ**で平均したもの。EOSは数えます。

PADは0、BOSは1、EOSは2です。空欄は3つあります。
""",
    reference=shift_and_loss,
    blanks=(
        "target[:-1]",
        "target != PAD",
        "counted.sum()",
    ),
    alternatives=[alt_shift_by_roll, alt_shift_by_loop],
    wrongs=[
        Edit(
            "target[:-1]",
            "target[1:]",
            "target[1:] を使っています。BOSの次の時刻に見せるのは、最初の文字 target[0] です。"
            "落とすのは最後の時刻です。",
        ),
        Edit(
            "counted.sum()",
            "target.size",
            "PADを除いたのは和だけで、割る数がPADも含む T×N です。短い文ほど損失が小さくなります。",
        ),
        Edit(
            "target != PAD",
            "target >= PAD",
            "PADの所も損失に入っています。PADを当てる練習をさせてしまいます。",
        ),
        Edit(
            "target != PAD",
            "target > 2",
            "EOSを数えていません。止まり方を学ばず、長さの上限まで書き続けます。",
        ),
        Edit(
            "target != PAD",
            "decoder_in != PAD",
            "数える所を、デコーダの入力で決めています。決めるのは正解（target）がPADかどうかです。",
        ),
        Edit("counted.sum()", "N", "文の数 N で割っています。PADでない文字の数で割ります。"),
        Edit(
            "-(picked * counted).sum() / counted.sum()",
            "-((picked * counted).sum(axis=0) / counted.sum(axis=0)).mean()",
            "文ごとに平均してから平均しています。ここでは全部の文字を同じ重みで平均します。",
        ),
        Edit(
            "np.concatenate([np.full((1, N), BOS), target[:-1]])",
            "target",
            "正解をずらさずに入力しています。当てる文字そのものを見せることになります。",
        ),
    ],
    checks=standard(INPUTS, returns=("decoder_in", "loss")),
    hints=[
        "デコーダの時刻 t の入力は、時刻 t−1 の正解です。時刻 T の正解を見せる相手はいません。",
        "counted は target != PAD です。割る数は、その True の数です。",
        "順に target[:-1]、target != PAD、counted.sum() です。",
    ],
    syllabus=("3.5.iii",),
    equivalent_mutants=[
        "picked = np.take_along_axis(log_p, target[..., None])[..., 0]  # axis=-1 is the default",
        "picked = np.take_along_axis(log_p, target[..., None], axis=-1)[..., -1]  # one element",
    ],
)
