"""Exercise word2vec-negative: loss and gradients of negative sampling for a batch."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Exercise, Wrong
from eshikaku.exercises.checks import arrays, derived, gradients, labels, standard


def negative_sampling(h, target, negatives, W_out):
    """h: (N, D)、target: (N,)、negatives: (N, K)、W_out: (V, D) → dh (N, D), dW_out (V, D)"""
    raise NotImplementedError("ここを書いてください")


def reference_negative_sampling(h, target, negatives, W_out):
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


def _with(h, target, negatives, W_out, *, wrong=""):
    words = np.concatenate([target[:, None], negatives], axis=1)
    rows = W_out[words]
    u = np.sum(rows * h[:, None, :], axis=2)
    du = 0.5 * (1 + np.tanh(0.5 * u))
    if wrong == "sign":
        du[:, 1:] *= -1
    if wrong == "all":
        du -= 1
    elif wrong == "flipped":
        du[:, 1:] -= 1
    elif wrong == "softmax":
        e = np.exp(u - u.max(axis=1, keepdims=True))
        du = e / e.sum(axis=1, keepdims=True)
        du[:, 0] -= 1
    else:
        du[:, 0] -= 1
    du = du.astype(h.dtype)
    if wrong == "mean_k":
        du[:, 1:] /= negatives.shape[1]
    if wrong == "count":
        du /= words.shape[1]
    if wrong != "sum":
        du /= len(h)
    dh = np.sum(du[:, :, None] * rows, axis=1)
    dW_out = np.zeros_like(W_out)
    given = du[:, :, None] * h[:, None, :]
    if wrong == "repeat":
        dW_out[words] += given
    else:
        np.add.at(dW_out, words, given)
    if wrong == "positive":
        dh = du[:, :1] * rows[:, 0]
    return dh, dW_out


def wrong_negative_sum(h, target, negatives, W_out):
    return _with(h, target, negatives, W_out, wrong="sum")


def wrong_negative_sign(h, target, negatives, W_out):
    return _with(h, target, negatives, W_out, wrong="sign")


def wrong_negative_all_positive(h, target, negatives, W_out):
    return _with(h, target, negatives, W_out, wrong="all")


def wrong_negative_flipped(h, target, negatives, W_out):
    return _with(h, target, negatives, W_out, wrong="flipped")


def wrong_negative_softmax(h, target, negatives, W_out):
    return _with(h, target, negatives, W_out, wrong="softmax")


def wrong_negative_mean_of_negatives(h, target, negatives, W_out):
    return _with(h, target, negatives, W_out, wrong="mean_k")


def wrong_negative_mean_of_all(h, target, negatives, W_out):
    return _with(h, target, negatives, W_out, wrong="count")


def wrong_negative_repeat(h, target, negatives, W_out):
    return _with(h, target, negatives, W_out, wrong="repeat")


def wrong_negative_dh_of_positive(h, target, negatives, W_out):
    return _with(h, target, negatives, W_out, wrong="positive")


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
    kind="write",
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
    starter=negative_sampling,
    reference=reference_negative_sampling,
    alternatives=[alt_negative_loops, alt_negative_apart],
    wrongs=[
        Wrong(wrong_negative_sum, "バッチの平均です。N で割っていません。"),
        Wrong(
            wrong_negative_sign,
            "負例の符号が逆です。負例のスコアを下げるので、勾配は +σ(u) です。",
        ),
        Wrong(
            wrong_negative_all_positive,
            "全部を正例として扱っています。1 を引くのは正例の列だけです。",
        ),
        Wrong(wrong_negative_flipped, "正例と負例が逆です。1 を引くのは0列目（正例）だけです。"),
        Wrong(
            wrong_negative_softmax,
            "softmaxになっています。ネガティブサンプリングは、語ごとの2値分類です。",
        ),
        Wrong(
            wrong_negative_mean_of_negatives,
            "負例を K で割りました。負例は平均ではなく和です。",
        ),
        Wrong(
            wrong_negative_mean_of_all,
            "1+K 個の平均を取りました。語については和、平均はバッチだけです。",
        ),
        Wrong(
            wrong_negative_repeat,
            "同じ語が重なると、dW_out[words] += … は1つしか足しません。np.add.at を使います。",
        ),
        Wrong(wrong_negative_dh_of_positive, "dh に負例の分が足りません。1+K 個の和です。"),
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
    inputs=INPUTS,
    syllabus=("4.4.i",),
)
