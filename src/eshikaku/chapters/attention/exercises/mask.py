"""Exercise attention-mask: find the bug in an attention that is to leave padding out."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, holds, standard


def masked_attention(q, k, v, mask):
    """q: (N, L, D)、k: (N, T, D)、v: (N, T, M)、mask: (N, T) True が語 → 文脈 (N, L, M)"""
    e = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5  # (N, L, T)
    e = np.where(mask[:, None, :], e, -np.inf)  # 空き（PAD）のスコアを −∞ にする
    e = e - e.max(axis=-1, keepdims=True)
    a = np.exp(e) / np.exp(e).sum(axis=-1, keepdims=True)  # (N, L, T)
    return a @ v  # (N, L, M)


def alt_masked_added(q, k, v, mask):
    e = np.einsum("nld,ntd->nlt", q, k) / np.sqrt(q.shape[2])
    e = e + np.where(mask, 0.0, -np.inf)[:, None]
    p = np.exp(e - e.max(axis=2, keepdims=True))
    return p @ v / p.sum(axis=2, keepdims=True)


def alt_masked_by_choosing(q, k, v, mask):
    contexts = []
    for q_n, k_n, v_n, m in zip(q, k, v, mask, strict=True):
        e = q_n @ k_n[m].T / q_n.shape[1] ** 0.5
        p = np.exp(e - e.max(axis=1, keepdims=True))
        contexts.append((p / p.sum(axis=1, keepdims=True)) @ v_n[m])
    return np.stack(contexts)


def _mask(a):
    """Booleans (N, T), in each row at least one True and, where there is room, one False."""
    mask = a["m"] > 0
    mask[:, -1] = True
    mask[:, :1] = mask.shape[1] == 1
    return mask


INPUTS = arrays(
    q="N L D", k="N T D", v="N T M", m="N T", mask=derived(_mask)
).only("q", "k", "v", "mask")  # fmt: skip


MASKED = "    e = np.where(mask[:, None, :], e, -np.inf)  # 空き（PAD）のスコアを −∞ にする\n"


def padding_has_no_influence(context, q, k, v, mask):
    """The same as without the padded keys and values at all."""
    return np.allclose(context, alt_masked_by_choosing(q, k, v, mask))


MASK = Exercise(
    id="attention-mask",
    title="マスクの誤りを直す",
    level=2,
    minutes=5,
    statement=r"""
入力の左に空き（PAD）が詰めてあります。`mask` は語のある所が `True` です。
空きの重みは0になっているのに、空きを増やすと文脈の値が変わってしまいます。

どの文の文脈も、空きがないときと同じ値になるように直してください。どの行にも語が1つ以上あります。
""",
    reference=masked_attention,
    bug=Edit(
        {
            MASKED: "",
            "    return a @ v": "    a = a * mask[:, None, :]  # 空き（PAD）の重みを0にする\n"
            "    return a @ v",
        },
        message="softmaxの後で0にしています。分母に空きが残るので、重みの和が1になりません。",
    ),
    alternatives=[alt_masked_added, alt_masked_by_choosing],
    wrongs=[
        Edit(
            MASKED,
            "",
            "マスクが使われていません。",
        ),
        Edit(
            "e, -np.inf)",
            "-np.inf, e)",
            "マスクが逆です。True が語なので、False の所を −∞ にします。",
        ),
        Edit(
            "e, -np.inf)",
            "e, 0)",
            "スコアを0にしています。exp(0)=1 なので、空きにも重みが残ります。−∞ にします。",
        ),
        Edit(
            {
                MASKED: "",
                "a @ v": "a @ (v * mask[:, :, None]) / mask.sum(axis=1)[:, None, None]",
            },
            message="値を0にしても、分母に空きが残ります。スコアの側でマスクします。",
        ),
        Edit(
            {
                MASKED: "",
                "    return a @ v": "    a = a * mask[:, None, :]\n"
                "    a = a / np.maximum(a.sum(axis=-1, keepdims=True), 1e-12)\n"
                "    return a @ v",
            },
            message="割り直すと、ふだんは正しい値です。しかし空きのスコアがとても大きいと、語の重みが"
            "すべて0になり、和も0になります。softmaxの前に −∞ を置きます。",
        ),
        Edit(
            "np.where(mask[:, None, :], e, -np.inf)",
            "e - (~mask)[:, None, :]",
            "1を引いただけでは、重みは e 分の1になるだけです。−∞ を足します。",
        ),
        Edit("sum(axis=-1", "sum(axis=1", "softmaxは最後の軸（キーの方向）に取ります。"),
    ],
    checks=[
        *standard(
            INPUTS,
            returns=("context",),
            cases={"L = T のとき": INPUTS.with_sizes(L=4, T=4)},
        ),
        holds(
            INPUTS,
            padding_has_no_influence,
            name="空きを除いた値",
            expected="空きのキーと値を取り除いて計算した文脈に等しい",
            next_step="softmaxの分母に、空きのスコアが入っていないかを確かめてください。",
        ),
    ],
    hints=[
        "softmaxの分母は、どのスコアの和ですか。空きのスコアも入っていませんか。",
        "softmaxより前に、空きのスコアを −∞ にします。exp(−∞)=0 です。",
        "e = np.where(mask[:, None, :], e, -np.inf) を、最大値を引く前に置きます。",
    ],
    syllabus=("3.5.iii",),
)
