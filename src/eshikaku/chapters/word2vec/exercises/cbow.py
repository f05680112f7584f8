"""Exercise word2vec-cbow-backward: find the bug, which shows where a word repeats."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, gradients, labels, standard


def cbow_backward(du, x, W_in, W_out):
    """du = ∂L/∂u: (N, V)、x: 周りの語のid (N, C) → dW_in (V, D), dW_out (V, D)"""
    C = x.shape[1]  # 周りの語の数
    h = W_in[x].mean(axis=1)  # (N, D)
    dW_out = du.T @ h  # (V, N) @ (N, D) → (V, D)
    dh = du @ W_out  # (N, V) @ (V, D) → (N, D)
    dW_in = np.zeros_like(W_in)  # (V, D)
    for c in range(C):
        np.add.at(dW_in, x[:, c], dh / C)  # 同じidの行には、すべて足す
    return dW_in, dW_out


def alt_cbow_loops(du, x, W_in, W_out):
    N, C = x.shape
    dh, dW_in = du @ W_out, np.zeros_like(W_in)
    for n in range(N):
        for c in range(C):
            dW_in[x[n, c]] += dh[n] / C
    return dW_in, du.T @ W_in[x].mean(axis=1)


def alt_cbow_onehot(du, x, W_in, W_out):
    V = len(W_in)
    share = (x[:, :, None] == np.arange(V)).mean(axis=1).astype(W_in.dtype)  # (N, V)
    return share.T @ (du @ W_out), du.T @ (share @ W_in)


def alt_cbow_sorted(du, x, W_in, W_out):
    C = x.shape[1]
    ids, rows = x.ravel(), np.repeat(du @ W_out / C, C, axis=0)
    dW_in = np.zeros_like(W_in)
    for word in np.unique(ids):
        dW_in[word] = rows[ids == word].sum(axis=0)
    return dW_in, du.T @ (W_in[x].sum(axis=1) / C)


ALL = arrays(
    du="N V",
    x=labels("N C", below="V"),
    W_in="V D",
    W_out="V D",
).with_sizes(N=(6, 9), V=(4, 6), C=(2, 4))


def loss(du, x, W_in, W_out):
    """A loss whose gradient at u is du."""
    return np.sum(du * (W_in[x].mean(axis=1) @ W_out.T))


CBOW_BACKWARD = Exercise(
    id="word2vec-cbow-backward",
    title="CBOWの逆伝播の誤りを直す",
    level=2,
    minutes=5,
    statement=r"""
CBOWの逆伝播です。$h_n=\frac1C\sum_c W_{\mathrm{in}}[x_{nc}]$、$u=hW_{\mathrm{out}}^\top$ で、
`du` $=\partial L/\partial u$ が渡されます。

形は合い、エラーも出ません。バッチの中で語が重ならなければ、値も合います。ところが学習は進みません。
誤りを1か所だけ直してください。
""",
    reference=cbow_backward,
    bug=Edit(
        "np.add.at(dW_in, x[:, c], dh / C)  # 同じidの行には、すべて足す",
        "dW_in[x[:, c]] += dh / C  # c番目の語の行へ (N, D)",
        "同じidが2回あるとき、dW[ids] += … は最後の1つしか足しません。np.add.at を使います。",
    ),
    alternatives=[alt_cbow_loops, alt_cbow_onehot, alt_cbow_sorted],
    wrongs=[
        Edit("dh / C)", "dh)", "平均の 1/C が抜けました。h は C 語の平均です。"),
        Edit(
            "dh / C)",
            "dh / x.size)",
            "バッチの大きさ N でも割りました。N で割るなら、du の中で割ってあります。",
        ),
        Edit("range(C)", "range(1)", "1つ目の語の行にしか勾配が届いていません。"),
        Edit(
            "np.add.at(dW_in, x[:, c], dh / C)",
            "dW_in[x[:, c]] = dh / C",
            "足さずに代入しています。重なった語の勾配は和です。",
        ),
        Edit(
            "    for c in range(C):\n        np.add.at(dW_in, x[:, c], dh / C)",
            "    dW_in[x] += (dh / C)[:, None, :]",
            "まとめて書いても同じ誤りです。重なったidのうち1つしか足されません。",
        ),
        Edit(
            "W_in[x].mean(axis=1)",
            "W_in[x].sum(axis=1)",
            "dW_out に掛ける h は、和ではなく平均です。",
        ),
    ],
    checks=[
        *standard(ALL, returns=("dW_in", "dW_out"), ones=("N", "C")),
        gradients(ALL, loss, wrt=("W_in", "W_out")),
    ],
    hints=[
        "x = [[1, 2], [1, 3]] で、語1の行に何回足されるかを数えてください。",
        "NumPyの a[ids] += b は、a[ids] = a[ids] + b です。同じidの書き込みは上書きされます。",
        "np.add.at(dW_in, x[:, c], dh / C) です。",
    ],
    syllabus=("4.4.i", "3.2.ii"),
)
