"""Exercise attention-backward: write the backward pass of scaled dot-product attention."""

import numpy as np

from eshikaku.chapters.attention.exercises.forward import attention
from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, gradients, standard
from eshikaku.exercises.inputs import Draw, Spec


def attention_backward(dc, q, k, v, a):
    """dc = ∂L/∂c: (N, L, M)、重み a: (N, L, T) → dq (N, L, D), dk (N, T, D), dv (N, T, M)"""
    dv = a.transpose(0, 2, 1) @ dc  # (N, T, M)
    da = dc @ v.transpose(0, 2, 1)  # (N, L, T)
    de = a * (da - (da * a).sum(axis=-1, keepdims=True))  # (N, L, T)  softmaxの逆伝播
    ds = de / q.shape[-1] ** 0.5  # (N, L, T)  内積 q kᵀ の勾配
    return ds @ k, ds.transpose(0, 2, 1) @ q, dv  # (N, L, D), (N, T, D)


def alt_backward_einsum(dc, q, k, v, a):
    da = np.einsum("nlm,ntm->nlt", dc, v)
    de = a * da - a * np.einsum("nlt,nlt->nl", a, da)[..., None]
    de = de / np.sqrt(q.shape[2])
    dq, dk = np.einsum("nlt,ntd->nld", de, k), np.einsum("nlt,nld->ntd", de, q)
    return dq, dk, np.einsum("nlt,nlm->ntm", a, dc)


def alt_backward_jacobian(dc, q, k, v, a):
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for n in range(len(q)):
        for i in range(q.shape[1]):
            w = a[n, i]
            jacobian = np.diag(w) - np.outer(w, w)
            de = jacobian @ (v[n] @ dc[n, i]) / q.shape[2] ** 0.5
            dq[n, i] = de @ k[n]
            dk[n] += np.outer(de, q[n, i])
            dv[n] += np.outer(w, dc[n, i])
    return dq, dk, dv


def _weights(a):
    return attention(a["q"], a["k"], a["v"])[1]


ALL = arrays(dc="N L M", q="N L D", k="N T D", v="N T M", a=derived(_weights))
INPUTS = ALL.only("dc", "q", "k", "v", "a")


def _with_a_large_score(shape, last):
    """Normal draws whose last column is constant: all scores are larger by the same amount."""

    def sample(d: Draw):
        x = d.rng.normal(size=d.shape(shape))
        x[..., -1] = last * x.shape[-1] ** 0.5
        return x.astype(d.dtype)

    return Spec(sample, frozenset(shape.split()))


LARGE = ALL.with_specs(  # softmax without the shift overflows at 709
    q=_with_a_large_score("N L D", 30.0), k=_with_a_large_score("N T D", 30.0)
).only(*INPUTS.names)


def loss(dc, q, k, v, a):
    """A loss whose gradient at the context is dc."""
    return np.sum(dc * attention(q, k, v)[0])


BACKWARD = Exercise(
    id="attention-backward",
    title="Attentionの逆伝播を書く",
    level=3,
    minutes=8,
    statement=r"""
$e=qk^\top/\sqrt D,\ \alpha=\mathrm{softmax}(e),\ c=\alpha v$ の逆伝播を書いてください。
順伝播で求めた重み $\alpha$ が `a` で渡されます。

`dq` $(N,L,D)$、`dk` $(N,T,D)$、`dv` $(N,T,M)$ を、この順に返します。
最後の2軸の転置は `x.transpose(0, 2, 1)` です。
""",
    reference=attention_backward,
    alternatives=[alt_backward_einsum, alt_backward_jacobian],
    wrongs=[
        Edit(
            "a * (da - (da * a).sum(axis=-1, keepdims=True))",
            "da",
            "softmaxの逆伝播がありません。de = a * (da − Σ da·a) です。",
        ),
        Edit(
            "a * (da - (da * a).sum(axis=-1, keepdims=True))",
            "a * da",
            "a * da だけでは、ほかの重みを通る項が抜けます。Σ_t a_t da_t を引きます。",
        ),
        Edit(
            "a * (da - (da * a).sum(axis=-1, keepdims=True))",
            "a * (1 - a) * da",
            "a(1−a) はシグモイドの微分です。softmaxでは、1つのスコアがすべての重みを変えます。",
        ),
        Edit(
            "(da * a).sum", "da.sum", "引くのは da の和ではなく、重み付きの和 Σ_t a_t da_t です。"
        ),
        Edit(
            "axis=-1",
            "axis=1",
            "和を取る軸が違います。softmaxはキーの方向（最後の軸）に取りました。",
        ),
        Edit("de / q.shape[-1] ** 0.5", "de", "√D で割るのを忘れています。順伝播で割った数です。"),
        Edit(
            "ds.transpose",
            "de.transpose",
            "dk が √D で割られていません。q と k の内積全体を割ったので、両方に掛かります。",
        ),
        Edit(
            "@ q, dv",
            "@ q, dv / q.shape[-1] ** 0.5",
            "dv は √D で割りません。値はスコアの外にあります。",
        ),
        Edit(
            "    dv = a.",
            "    e = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5\n"
            "    a = np.exp(e) / np.exp(e).sum(axis=-1, keepdims=True)\n"
            "    dv = a.",
            "softmaxを計算し直していて、大きなスコアで exp があふれます。渡された a を使います。",
        ),
    ],
    checks=[
        *standard(
            INPUTS,
            returns=("dq", "dk", "dv"),
            scales=(),
            cases={"スコアが大きいとき": LARGE, "L = T のとき": INPUTS.with_sizes(L=4, T=4)},
        ),
        gradients(ALL, loss, wrt=("q", "k", "v")),
    ],
    hints=[
        "後ろから順に。c = a v から、dv と da が行列積で出ます。",
        "softmaxの逆伝播は de = a * (da − (da * a).sum(axis=-1, keepdims=True)) です。",
        "e = q kᵀ / √D なので、dq = de k / √D、dk = deᵀ q / √D です。",
    ],
    syllabus=("3.5.iii", "3.2.ii"),
)
