"""Exercise word2vec-perplexity: perplexity from the probabilities a model gave."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Exercise, Wrong
from eshikaku.exercises.checks import arrays, holds, labels, probabilities, standard


def perplexity(p, words):
    """p: 各位置の予測 (M, V)、words: 正解のid (M,) → パープレキシティ（1つの数）"""
    raise NotImplementedError("ここを書いてください")


def reference_perplexity(p, words):
    """p: 各位置の予測 (M, V)、words: 正解のid (M,) → パープレキシティ（1つの数）"""
    given = p[np.arange(len(words)), words]  # 正解に与えた確率 (M,)
    return np.exp(-np.mean(np.log(given)))  # 1/確率 の幾何平均


def alt_perplexity_base_two(p, words):
    given = np.take_along_axis(p, words[:, None], axis=1)[:, 0]
    return 2 ** np.mean(np.log2(1 / given))


def alt_perplexity_geometric_mean(p, words):
    return np.prod([p[k, word] ** (-1 / len(words)) for k, word in enumerate(words)])


def _given(p, words):
    return p[np.arange(len(words)), words]


def wrong_perplexity_no_exp(p, words):
    return -np.mean(np.log(_given(p, words)))


def wrong_perplexity_sum(p, words):
    return np.exp(-np.sum(np.log(_given(p, words))))


def wrong_perplexity_no_sign(p, words):
    return np.exp(np.mean(np.log(_given(p, words))))


def wrong_perplexity_of_mean(p, words):
    return 1 / np.mean(_given(p, words))


def wrong_perplexity_mean_of_inverse(p, words):
    return np.mean(1 / _given(p, words))


def wrong_perplexity_mixed_bases(p, words):
    return 2 ** -np.mean(np.log(_given(p, words)))


def wrong_perplexity_entropy(p, words):
    return np.exp(-np.mean(np.sum(p * np.log(p), axis=1)))


def wrong_perplexity_largest(p, words):
    return np.exp(-np.mean(np.log(p.max(axis=1))))


INPUTS = arrays(p=probabilities("M V"), words=labels("M", below="V")).with_sizes(M=(4, 8))


def between_one_and_worst(found, p, words):
    """At least 1, and at most what the worst word alone would give."""
    given = _given(p, words)
    return bool(1 / given.max() - 1e-9 <= found <= 1 / given.min() + 1e-9)


PERPLEXITY = Exercise(
    id="word2vec-perplexity",
    title="パープレキシティを書く",
    kind="write",
    level=1,
    minutes=4,
    statement=r"""
モデルが各位置で出した確率 `p` $(M,V)$ と、実際に出た語 `words` $(M,)$ から、
パープレキシティを計算してください。

$$
\mathrm{PPL}=\exp\Bigl(-\frac1M\sum_{m=1}^{M}\ln p_{m,w_m}\Bigr)
$$
""",
    starter=perplexity,
    reference=reference_perplexity,
    alternatives=[alt_perplexity_base_two, alt_perplexity_geometric_mean],
    wrongs=[
        Wrong(
            wrong_perplexity_no_exp,
            "交差エントロピーで止まっています。exp を取るとパープレキシティです。",
        ),
        Wrong(wrong_perplexity_sum, "対数を足したままです。語数 M で割って平均にします。"),
        Wrong(wrong_perplexity_no_sign, "符号が逆です。1より小さい値になっていませんか。"),
        Wrong(
            wrong_perplexity_of_mean,
            "確率の算術平均の逆数です。対数を平均します（幾何平均）。",
        ),
        Wrong(
            wrong_perplexity_mean_of_inverse,
            "1/確率 の算術平均です。対数を平均します（幾何平均）。",
        ),
        Wrong(
            wrong_perplexity_mixed_bases,
            "自然対数なのに2のべき乗にしました。対数と指数の底をそろえます。",
        ),
        Wrong(
            wrong_perplexity_entropy,
            "予測の分布のエントロピーです。正解の語に与えた確率だけを使います。",
        ),
        Wrong(wrong_perplexity_largest, "最大の確率を使いました。正解の語の確率を取り出します。"),
    ],
    checks=[
        *standard(INPUTS, returns=("PPL",), ones=("M",), scales=()),
        holds(
            INPUTS,
            between_one_and_worst,
            name="値の範囲",
            expected="最もよく当てた語の 1/p と、最も外した語の 1/p の間",
            next_step="1/確率 の幾何平均になっているかを見てください。",
        ),
    ],
    hints=[
        "p[np.arange(len(words)), words] で、正解の語の確率 (M,) が取り出せます。",
        "対数の平均に負号を付けて、exp を取ります。",
    ],
    inputs=INPUTS,
    syllabus=("2.1.xi", "4.4.i"),
)
