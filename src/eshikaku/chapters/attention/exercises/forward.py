"""Exercise attention-forward: complete scaled dot-product attention."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, holds, standard


def attention(q, k, v):
    """q: (N, L, D)、k: (N, T, D)、v: (N, T, M) → 文脈 (N, L, M)、重み (N, L, T)"""
    e = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5  # (N, L, T)
    e = e - e.max(axis=-1, keepdims=True)  # あふれを防ぐ。softmaxの値は変わらない
    a = np.exp(e) / np.exp(e).sum(axis=-1, keepdims=True)  # (N, L, T)
    return a @ v, a


def alt_attention_einsum(q, k, v):
    e = np.einsum("nld,ntd->nlt", q, k) / np.sqrt(q.shape[2])
    p = np.exp(e - e.max(axis=2)[..., None])
    a = p / np.sum(p, axis=2)[..., None]
    return np.einsum("nlt,ntm->nlm", a, v), a


def alt_attention_rows(q, k, v):
    contexts, weights = [], []
    for q_n, k_n, v_n in zip(q, k, v, strict=True):
        e = (q_n * q_n.shape[1] ** -0.5) @ k_n.T
        p = np.exp(e - e.max(axis=1, keepdims=True))
        weights.append(p / p.sum(axis=1, keepdims=True))
        contexts.append(weights[-1] @ v_n)
    return np.stack(contexts), np.stack(weights)


INPUTS = arrays(q="N L D", k="N T D", v="N T M")


def weighted_mean(result, q, k, v):
    """Weights add up to 1 over the keys; no context lies outside the values."""
    context, a = result
    inside = (context <= v.max(axis=1, keepdims=True) + 1e-9) & (
        context >= v.min(axis=1, keepdims=True) - 1e-9
    )
    return bool(np.allclose(np.sum(a, axis=-1), 1) and inside.all())


FORWARD = Exercise(
    id="attention-forward",
    title="スケール付き内積のAttention",
    level=1,
    minutes=4,
    statement=r"""
3つの空欄を埋めてください。クエリが $L$ 個、キーと値が $T$ 個、行（バッチ）が $N$ 個あります。

$$e=\frac{qk^\top}{\sqrt{D}},\qquad\alpha=\mathrm{softmax}(e),\qquad c=\alpha v$$

softmaxはキーの方向（最後の軸）に取ります。
""",
    reference=attention,
    blanks=(
        "q.shape[-1] ** 0.5",
        "np.exp(e).sum(axis=-1, keepdims=True)",
        "a @ v",
    ),
    alternatives=[alt_attention_einsum, alt_attention_rows],
    wrongs=[
        Edit(" / q.shape[-1] ** 0.5", "", "内積を √D で割っていません。"),
        Edit("q.shape[-1] ** 0.5", "q.shape[-1]", "D で割っています。割るのはその平方根です。"),
        Edit(
            "q.shape[-1] ** 0.5",
            "k.shape[1] ** 0.5",
            "キーの数 T の平方根で割っています。割るのは、次元 D の平方根です。",
        ),
        Edit(
            "q.shape[-1] ** 0.5",
            "v.shape[-1] ** 0.5",
            "値の次元 M の平方根で割っています。内積を取るのは q と k なので、D の平方根です。",
        ),
        Edit(
            "sum(axis=-1",
            "sum(axis=1",
            "softmaxをクエリの方向（axis=1）に取っています。1つのクエリの重みの和が1です。",
        ),
        Edit(
            "sum(axis=-1",
            "sum(axis=0",
            "softmaxをバッチの方向（axis=0）に取っています。行どうしは無関係です。",
        ),
        Edit(
            "sum(axis=-1",
            "sum(axis=(1, 2)",
            "行の全体で和を取っています。クエリごとに（最後の軸で）和を取ります。",
        ),
        Edit(
            "return a @ v",
            "return e @ v",
            "文脈をスコア e から作っています。重み a と v の積です。",
        ),
        Edit(
            "return a @ v",
            "return a @ v / v.shape[1]",
            "重みの和は1なので、T で割る必要はありません。",
        ),
    ],
    checks=[
        *standard(
            INPUTS,
            returns=("context", "weights"),
            cases={"L = T のとき": INPUTS.with_sizes(L=4, T=4)},
        ),
        holds(
            INPUTS,
            weighted_mean,
            name="重み付き平均",
            expected="重みの和が1で、文脈は値の最小と最大の間にある",
            next_step="和を取る軸と、文脈に使う配列を確かめてください。",
        ),
    ],
    hints=[
        "1つ目は q の最後の軸の大きさの平方根です。q.shape[-1] が D です。",
        "2つ目は np.exp(e) の最後の軸の和です。割り算ができるように keepdims=True を付けます。",
        "q.shape[-1] ** 0.5、np.exp(e).sum(axis=-1, keepdims=True)、a @ v です。",
    ],
    syllabus=("3.5.iii",),
)
