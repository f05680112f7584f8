"""Exercise wavenet-bits: find the bug in the bits per dimension."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, standard
from eshikaku.exercises.inputs import labels

INPUTS = arrays(logits="N T Q", x=labels("N T", below="Q"))


def bits_per_value(logits, x):
    """logits: (N, T, Q)、x: (N, T) 正解の値 0〜Q-1 → 1つの値あたりの負の対数尤度（ビット）"""
    top = logits.max(axis=-1, keepdims=True)  # (N, T, 1)
    total = np.exp(logits - top).sum(axis=-1, keepdims=True)  # (N, T, 1)
    logp = logits - top - np.log(total)  # (N, T, Q)
    chosen = np.take_along_axis(logp, x[:, :, None], axis=-1)  # (N, T, 1)
    return -chosen.mean() / np.log(2)


def alt_bits_loop(logits, x):
    total = 0.0
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            a = logits[n, t] - logits[n, t].max()
            total += np.log2(np.exp(a).sum()) - a[x[n, t]] / np.log(2)
    return total / x.size


def alt_bits_onehot(logits, x):
    a = logits - logits.max(axis=-1, keepdims=True)
    nats = np.log(np.exp(a).sum(axis=-1)) - (a * np.eye(a.shape[-1])[x]).sum(axis=-1)
    return np.mean(nats) / np.log(2)


BITS = Exercise(
    id="wavenet-bits",
    title="1つの値あたりのビット数",
    level=2,
    minutes=4,
    statement=r"""
自己回帰モデルのロジットから、1つの値あたりの負の対数尤度（ビット）を求めます。

$$
-\frac1{NT}\sum_{n,t}\log_2p(x_{n,t}\mid x_{n,1},\dots,x_{n,t-1})
$$

$Q=2$ でどのロジットも0なら1になるはずですが、なりません。
見つけて直してください。
""",
    reference=bits_per_value,
    bug=Edit(
        "sum(axis=-1, keepdims=True)",
        "sum(axis=1, keepdims=True)",
        "時刻の軸で正規化しています。確率の和が1になるのは、値の軸（最後の軸）です。",
    ),
    alternatives=[alt_bits_loop, alt_bits_onehot],
    wrongs=[
        Edit("chosen.mean() / np.log(2)", "chosen.mean()", "natのままです。ln 2 で割ります。"),
        Edit(
            "chosen.mean() / np.log(2)",
            "chosen.mean() * np.log(2)",
            "ln 2 を掛けています。1ビットは ln 2 natなので、割ります。",
        ),
        Edit("return -chosen", "return chosen", "符号が逆です。負の対数尤度です。"),
        Edit(
            "chosen.mean()",
            "chosen.sum(axis=1).mean()",
            "系列ごとの和の平均です。時刻の数でも割ります。",
        ),
        Edit(
            "logp = logits - top - np.log(total)",
            "logp = logits - top - total",
            "正規化の項は、指数の和の対数です。",
        ),
    ],
    checks=standard(INPUTS, returns=("ビット数",), ones=("N", "T")),
    hints=[
        "softmaxの確率は、どの軸で足すと1になりますか。",
        "logits の軸は（系列, 時刻, 値）の順です。",
        "sum(axis=-1, keepdims=True) です。",
    ],
    syllabus=("4.6.i",),
)
