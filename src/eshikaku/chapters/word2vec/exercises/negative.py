"""Exercise word2vec-negative: loss and gradients of negative sampling for a batch."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, gradients, labels, standard


def negative_sampling(h, target, negatives, W_out):
    """h: (N, D)、target: (N,)、negatives: (N, K)、W_out: (V, D) → dh (N, D), dW_out (V, D)"""
    words = np.concatenate([target[:, None], negatives], axis=1)  # (N, 1+K)
    rows = W_out[words]  # (N, 1+K, D)
    u = np.sum(rows * h[:, None, :], axis=2)  # スコア (N, 1+K)
    du = 0.5 * (1 + np.tanh(0.5 * u))  # σ(u)
    du[:, 0] -= 1  # 正例は σ(u) − 1
    du /= len(h)  # 損失はバッチの平均
    dh = np.sum(du[:, :, None] * rows, axis=1)  # (N, D)
    dW_out = np.zeros_like(W_out)
    np.add.at(dW_out, words, du[:, :, None] * h[:, None, :])  # 同じ語にはすべて足す
    return dh, dW_out


def alt_negative_loops(h, target, negatives, W_out):
    dh, dW_out = np.zeros_like(h), np.zeros_like(W_out)
    for n in range(len(h)):
        labelled = [(target[n], 1.0), *((word, 0.0) for word in negatives[n])]
        for word, label in labelled:
            s = 0.5 * (1 + np.tanh(0.5 * (h[n] @ W_out[word])))
            dh[n] += (s - label) * W_out[word] / len(h)
            dW_out[word] += (s - label) * h[n] / len(h)
    return dh, dW_out


def alt_negative_apart(h, target, negatives, W_out):
    N, V = len(h), len(W_out)
    s = 0.5 + 0.5 * np.tanh((h @ W_out.T) / 2)  # 全語のスコアから作る (N, V)
    times = (negatives[:, :, None] == np.arange(V)).sum(axis=1)  # 負例に出た回数 (N, V)
    first = target[:, None] == np.arange(V)
    du = ((times * s + first * (s - 1)) / N).astype(h.dtype)
    return du @ W_out, du.T @ h


ALL = arrays(
    h="N D",
    target=labels("N", below="V"),
    drawn=labels("N K", below="V"),
    negatives=derived(lambda a: a["drawn"]),
    W_out="V D",
).with_sizes(N=(4, 7), V=(5, 8), K=(2, 4), D=(2, 4))
INPUTS = ALL.only("h", "target", "negatives", "W_out")


def loss(h, target, drawn, negatives, W_out):
    """Mean over n of −log σ(u_0) − Σ log σ(−u_k)."""
    positive = np.sum(h * W_out[target], axis=1)
    others = np.einsum("nd,nkd->nk", h, W_out[negatives])
    return (np.logaddexp(0, -positive).sum() + np.logaddexp(0, others).sum()) / len(h)


NEGATIVE = Exercise(
    id="word2vec-negative",
    title="ネガティブサンプリングの勾配を書く",
    level=2,
    minutes=9,
    statement=r"""
損失は、バッチの平均です。

$$
L=\frac1N\sum_n\Bigl[-\log\sigma(u_{n0})-\sum_{k=1}^{K}\log\sigma(-u_{nk})\Bigr],\qquad
u_{nk}=h_n\cdot W_{\mathrm{out}}[w_{nk}]
$$

$w_{n0}$ は正例 `target[n]`、$w_{nk}$ は負例 `negatives[n, k-1]` です。
`dh` $(N,D)$ と `dW_out` $(V,D)$ を、この順に返します。
負例どうし、正例と負例で、同じ語が重なることがあります。

$\sigma(u)$ は `0.5 * (1 + np.tanh(0.5 * u))` と書けます（大きな値でもあふれません）。
""",
    reference=negative_sampling,
    alternatives=[alt_negative_loops, alt_negative_apart],
    wrongs=[
        Edit("du /= len(h)", "du /= 1", "バッチの平均です。N で割っていません。"),
        Edit(
            "du[:, 0] -= 1",
            "du[:, 1:] *= -1; du[:, 0] -= 1",
            "負例の符号が逆です。負例のスコアを下げるので、勾配は +σ(u) です。",
        ),
        Edit(
            "du[:, 0] -= 1",
            "du -= 1",
            "全部を正例として扱っています。1 を引くのは正例の列だけです。",
        ),
        Edit(
            "du[:, 0] -= 1",
            "du[:, 1:] -= 1",
            "正例と負例が逆です。1 を引くのは0列目（正例）だけです。",
        ),
        Edit(
            "0.5 * (1 + np.tanh(0.5 * u))",
            "np.exp(u - np.logaddexp.reduce(u, axis=1, keepdims=True))",
            "softmaxになっています。ネガティブサンプリングは、語ごとの2値分類です。",
        ),
        Edit(
            "du /= len(h)",
            "du[:, 1:] /= negatives.shape[1]; du /= len(h)",
            "負例を K で割りました。負例は平均ではなく和です。",
        ),
        Edit(
            "du /= len(h)",
            "du /= du.size",
            "1+K 個の平均を取りました。語については和、平均はバッチだけです。",
        ),
        Edit(
            "np.add.at(dW_out, words, du[:, :, None] * h[:, None, :])",
            "dW_out[words] += du[:, :, None] * h[:, None, :]",
            "同じ語が重なると、dW_out[words] += … は1つしか足しません。np.add.at を使います。",
        ),
        Edit(
            "np.sum(du[:, :, None] * rows, axis=1)",
            "du[:, :1] * rows[:, 0]",
            "dh に負例の分が足りません。1+K 個の和です。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("dh", "dW_out"), ones=("N", "K"), scales=(10, 100)),
        gradients(ALL, loss, wrt=("h", "W_out")),
    ],
    hints=[
        "正例と負例を1つの配列 words (N, 1+K) にすると、式は1つで済みます。",
        "∂L/∂u は、正例が (σ(u) − 1)/N、負例が σ(u)/N です。",
        "dh は du と W_out の行の積の和、dW_out は du と h の積を np.add.at で足します。",
    ],
    syllabus=("4.4.i",),
)
