"""Exercise word2vec-sampler: find the bug that keeps rare words from ever being drawn."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, standard, uniform


def draw_negatives(counts, r):
    """counts: 出現回数 (V,)、r: 0〜1の一様乱数 (N, K) → 負例のid (N, K)"""
    p = counts / counts.sum()  # 出現の割合 (V,)
    p = p**0.75  # (V,)
    upto = np.cumsum(p / p.sum())  # 和が1になるように割ってから足し上げる (V,)
    return np.searchsorted(upto, r, side="right")  # (N, K)


def alt_draw_scaled_random(counts, r):
    upto = np.cumsum(counts**0.75)
    return np.searchsorted(upto, r * upto[-1], side="right")


def alt_draw_by_comparing(counts, r):
    p = counts**0.75 / np.sum(counts**0.75)
    return (r[..., None] >= np.cumsum(p)).sum(axis=-1)


def _counts(a):
    """Numbers like those of words: few frequent ones, many rare ones, all at least 1."""
    return np.round(np.exp(2 * np.abs(a["noise"]))).astype(a["noise"].dtype)


ALL = arrays(noise="V", counts=derived(_counts), r=uniform("N K", 0, 1)).with_sizes(
    V=(9, 14), N=(20, 30), K=(4, 8)
)
INPUTS = ALL.only("counts", "r")

SAMPLER = Exercise(
    id="word2vec-sampler",
    title="まれな語が引かれない負例を直す",
    level=2,
    minutes=4,
    statement=r"""
負例を、出現回数の0.75乗に比例する確率で引く関数です。エラーは出ません。
ところが、10万回引いても、末尾の語が一度も現れません。誤りを1か所だけ直してください。

`r` は0以上1未満の一様乱数です。足し上げた確率の列のどこに入るかで、語を決めます。
""",
    reference=draw_negatives,
    bug=Edit(
        "np.cumsum(p / p.sum())  # 和が1になるように割ってから足し上げる (V,)",
        "np.cumsum(p)  # 先頭から足し上げた確率 (V,)",
        "0.75乗すると和が1を超えます。乱数は1未満なので、末尾の語に届きません。",
    ),
    alternatives=[alt_draw_scaled_random, alt_draw_by_comparing],
    wrongs=[
        Edit(
            "    p = p**0.75  # (V,)\n",
            "",
            "0.75乗がなくなりました。乗じてから、和が1になるように割ります。",
        ),
        Edit("p**0.75", "p ** (1 / 0.75)", "指数が 1/0.75 です。多い語がさらに引かれます。"),
        Edit(
            "p**0.75",
            "np.ones_like(p)",
            "どの語も同じ確率になりました。回数の0.75乗に比例させます。",
        ),
        Edit(
            'side="right")',
            'side="right") + 1',
            "idが1つずれています。searchsortedの値がそのままidです。",
        ),
        Edit(
            "p**0.75",
            "p * 0.75 + 0.25 * p.mean()",
            "0.75乗ではなく、平均との重み付きの和になっています。",
        ),
        Edit(
            {"    p = p**0.75  # (V,)\n": "", "np.cumsum(p / p.sum())": "np.cumsum(p) ** 0.75"},
            message="足し上げてから0.75乗しました。語ごとに0.75乗してから足し上げます。",
        ),
    ],
    checks=standard(INPUTS, returns=("id",), ones=("N", "K"), scales=(), float32=False),
    hints=[
        "counts = [81, 16, 1] で、p の和を計算してください。",
        "確率の和は1でなければなりません。0.75乗の後で割り直します。",
        "upto = np.cumsum(p / p.sum()) です。",
    ],
    syllabus=("4.4.i",),
    equivalent_mutants=[
        "p = counts * counts.sum()  # a common factor goes in p / p.sum()",
        "p = counts  # the same",
        "p = counts / counts.mean()  # the same",
        "return np.searchsorted(upto, r)  # another side where r equals a sum: never drawn",
    ],
)
