"""Exercise word2vec-perplexity: perplexity from the probabilities a model gave."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, holds, labels, probabilities, standard


def perplexity(p, words):
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


INPUTS = arrays(p=probabilities("M V"), words=labels("M", below="V")).with_sizes(M=(4, 8))


def between_one_and_worst(found, p, words):
    """At least 1, and at most what the worst word alone would give."""
    given = _given(p, words)
    return bool(1 / given.max() - 1e-9 <= found <= 1 / given.min() + 1e-9)


PERPLEXITY = Exercise(
    id="word2vec-perplexity",
    title="パープレキシティを書く",
    level=1,
    minutes=4,
    statement=r"""
モデルが各位置で出した確率 `p` $(M,V)$ と、実際に出た語 `words` $(M,)$ から、
パープレキシティを計算してください。

$$
\mathrm{PPL}=\exp\Bigl(-\frac1M\sum_{m=1}^{M}\ln p_{m,w_m}\Bigr)
$$
""",
    reference=perplexity,
    alternatives=[alt_perplexity_base_two, alt_perplexity_geometric_mean],
    wrongs=[
        Edit(
            "np.exp(-np.mean(np.log(given)))",
            "-np.mean(np.log(given))",
            "交差エントロピーで止まっています。exp を取るとパープレキシティです。",
        ),
        Edit("np.mean", "np.sum", "対数を足したままです。語数 M で割って平均にします。"),
        Edit("-np.mean", "np.mean", "符号が逆です。1より小さい値になっていませんか。"),
        Edit(
            "np.exp(-np.mean(np.log(given)))",
            "1 / np.mean(given)",
            "確率の算術平均の逆数です。対数を平均します（幾何平均）。",
        ),
        Edit(
            "np.exp(-np.mean(np.log(given)))",
            "np.mean(1 / given)",
            "1/確率 の算術平均です。対数を平均します（幾何平均）。",
        ),
        Edit(
            "np.exp(-np.mean(np.log(given)))",
            "2 ** -np.mean(np.log(given))",
            "自然対数なのに2のべき乗にしました。対数と指数の底をそろえます。",
        ),
        Edit(
            "np.exp(-np.mean(np.log(given)))",
            "np.exp(-np.mean(np.sum(p * np.log(p), axis=1)))",
            "予測の分布のエントロピーです。正解の語に与えた確率だけを使います。",
        ),
        Edit(
            "p[np.arange(len(words)), words]",
            "p.max(axis=1)",
            "最大の確率を使いました。正解の語の確率を取り出します。",
        ),
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
    syllabus=("2.1.xi", "4.4.i"),
)
