"""Exercise wavenet-causal: complete a causal dilated convolution."""

import numpy as np

from eshikaku.exercises import Edit, Exercise, Wrong
from eshikaku.exercises.checks import arrays, constant, standard
from eshikaku.exercises.inputs import integer

INPUTS = arrays(
    x="N C L", W="O C K", b="O", d=integer(2, 3)
).with_sizes(N=(2, 3), C=(2, 4), O=(5, 6), K=(3, 4), L=(14, 18))  # fmt: skip


def causal_conv(x, W, b, d):
    """x: (N, C, L)、W: (O, C, K)、b: (O,)、d: 膨張率 → y: (N, O, L)"""
    K, L = W.shape[2], x.shape[2]
    padded = np.pad(x, ((0, 0), (0, 0), (d * (K - 1), 0)))  # 時間の軸の（前, 後ろ）
    y = b[:, None]  # (O, 1)
    for k in range(K):
        y = y + W[:, :, k] @ padded[:, :, k * d : k * d + L]  # (O, C) @ (N, C, L)
    return y


def alt_causal_by_time(x, W, b, d):
    N, _, L = x.shape
    _O, _, K = W.shape
    y = np.tile(b[None, :, None], (N, 1, L)).astype(x.dtype)
    for t in range(L):
        for k in range(K):
            s = t - d * (K - 1 - k)
            if s >= 0:
                y[:, :, t] += x[:, :, s] @ W[:, :, k].T
    return y


def alt_causal_einsum(x, W, b, d):
    K, L = W.shape[2], x.shape[2]
    before = np.zeros((*x.shape[:2], d * (K - 1)), x.dtype)
    padded = np.concatenate([before, x], axis=2)
    seen = np.stack([padded[:, :, k * d : k * d + L] for k in range(K)], axis=-1)
    return np.einsum("nclk,ock->nol", seen, W) + b[None, :, None]


def wrong_rolled(x, W, b, d):
    K = W.shape[2]
    y = b[:, None]
    for k in range(K):
        y = y + W[:, :, k] @ np.roll(x, d * (K - 1 - k), axis=2)
    return y


CAUSAL = Exercise(
    id="wavenet-causal",
    title="因果的な膨張畳み込み",
    level=2,
    minutes=4,
    statement=r"""
次の $y$ を計算してください。系列の前は0とします。

$$
y_{o,t}=b_o+\sum_{c}\sum_{k=0}^{K-1}w_{o,c,k}\,x_{c,\,t-d(K-1-k)}
$$

出力の長さは入力と同じ $L$ です。カーネルの最後の重み（$k=K-1$）が、いまの時刻 $t$ に掛かります。
""",
    reference=causal_conv,
    blanks=("(d * (K - 1), 0)", "k * d : k * d + L"),
    alternatives=[alt_causal_by_time, alt_causal_einsum],
    wrongs=[
        Edit(
            "(d * (K - 1), 0)",
            "(0, d * (K - 1))",
            "0が後ろに足されていて、未来を見ています。前だけに足します。",
        ),
        Edit(
            "(d * (K - 1), 0)",
            "(d * (K - 1) // 2, d * (K - 1) - d * (K - 1) // 2)",
            "0が両側に足されていて、未来を見ています。前だけに足します。",
        ),
        Edit(
            {"(d * (K - 1), 0)": "(K - 1, 0)", "k * d : k * d + L": "k : k + L"},
            message="膨張率 d が使われていません。",
        ),
        Edit(
            "k * d : k * d + L",
            "k : k + L",
            "カーネルの要素の間隔が1のままです。k 番目の窓は k * d から始まります。",
        ),
        Edit(
            "W[:, :, k] @",
            "W[:, :, K - 1 - k] @",
            "カーネルの順序が逆です。最後の重みが、いまの時刻に掛かります。",
        ),
        Edit(
            "y = b[:, None]",
            "y = np.zeros((len(b), 1))",
            "バイアス b が足されていません。",
        ),
        Wrong(
            wrong_rolled,
            "系列の終わりの値が、始めに回り込んでいます。前は0で埋めます。",
        ),
    ],
    checks=standard(
        INPUTS,
        returns=("y",),
        cases={"d = 1 のとき": INPUTS.with_specs(d=constant(1))},
        ones=("N", "C"),
    ),
    hints=[
        "時刻0の出力がいちばん前に見るのは、$d(K-1)$ 時刻前です。",
        "足す0は (d * (K - 1), 0)、つまり前だけです。",
        "k 番目の重みが見る窓は、padded の k * d から L 個です。",
    ],
    syllabus=("4.5.ii", "4.6.i"),
)
