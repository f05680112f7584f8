"""n-gram models: order, smoothing and size of the text against perplexity."""

from functools import lru_cache
from typing import Any

import numpy as np

from eshikaku.experiments import Choice, Experiment, Prediction, Result, Slider, saying
from eshikaku.models.ngram import NGram, perplexity
from eshikaku.tasks import facts, texts

ORDERS = (1, 2, 3, 4, 5)
CHOICES = {"0（なし）": 0.0, "0.001": 0.001, "0.01": 0.01, "0.1": 0.1, "1（ラプラス）": 1.0,
           "10": 10.0}  # fmt: skip
CHECKED = 400  # sentences of training on which the model is also measured


@lru_cache(maxsize=5)
def text(seed: int) -> tuple[tuple[Any, ...], tuple[Any, ...], int]:
    """Sentences of training and of test as ids, and V (words that can be predicted)."""
    train, test = facts.split(np.random.default_rng([seed, 9]))
    whole = texts.corpus([*train, *test])
    index = whole.index()
    return texts.encode(train, index), texts.encode(test, index), len(whole.words) - 1


def run(settings, report):
    """Perplexity of every order on sentences of training and of test."""
    train, test, V = text(settings["seed"])
    used = train[: max(1, len(train) * settings["share"] // 100)]
    inside: list[float] = []
    outside: list[float] = []
    zeros: list[float] = []

    def so_far():
        known = np.arange(1, len(outside) + 1)
        return Result(
            {
                "orders": known,
                "train": np.array(inside),
                "test": np.array(outside),
                "zeros": np.array(zeros),
            }
        )

    for n in ORDERS:
        report(n - 1, len(ORDERS), so_far)
        model = NGram(n, V, settings["k"]).count(used)
        inside.append(model.perplexity(used[:CHECKED]))
        found = model.log_probabilities(test)
        zeros.append(float(np.mean(np.isinf(found))))
        # a perplexity of ∞ is no fault of the run: it is drawn at the top as what it is
        outside.append(perplexity(found) if not zeros[-1] else -1.0)
    result = so_far()
    finite = [(p, n) for n, p in zip(ORDERS, outside, strict=True) if p > 0]
    best = min(finite, default=None)
    result.summary = {
        "テストで最小": f"{best[0]:.1f}（n={best[1]}）" if best else "すべて∞",
        "n=2 のテスト": f"{outside[1]:.1f}" if outside[1] > 0 else "∞",
        "n=3 のテスト": f"{outside[2]:.1f}" if outside[2] > 0 else "∞",
        "n=3 で確率0の語": f"{zeros[2]:.1%}",
        "語彙 V": V,
        "学習の文": len(used),
    }
    return result


def draw(figure, runs):
    """Perplexity over n: solid for test, thin for training; ∞ at the top edge."""
    top = 1000
    ax = figure.subplots()
    for run_ in runs:
        data = run_.result.data
        style = {**run_.style, "markevery": 1}
        test = np.where(data["test"] > 0, data["test"], np.nan)
        ax.plot(data["orders"], test, label=run_.label, **style)
        thin = {**style, "linewidth": 1, "alpha": 0.6, "marker": ""}
        ax.plot(data["orders"], data["train"], **thin)
        for n in data["orders"][data["test"] < 0]:
            ax.plot(n, top * 0.72, marker="^", color=run_.style["color"], markersize=7)
            ax.annotate("∞", (n, top * 0.72), (8, -4), textcoords="offset points", fontsize=12)
    ax.set(
        title="テストのパープレキシティが最小になる n はどれか",
        xlabel="n（見る語数 + 1）",
        ylabel="パープレキシティ",
        yscale="log",
        ylim=(1.5, top),
        xticks=ORDERS,
        xlim=(0.8, 5.2),
    )
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    figure.subplots_adjust(left=0.08, right=0.73, top=0.9, bottom=0.14)


ngrams = Experiment(
    name="ngrams",
    title="n-gram：長く見るほど当たるか",
    controls=(
        Choice("k", "足す数 k", 0.01, options=CHOICES),
        Slider("share", "学習に使う文", 100, low=5, high=100, step=5, integer=True, unit="%"),
        Slider("seed", "乱数の種", 0, low=0, high=4, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "nとパープレキシティの折れ線（縦は対数）。{label}では、テストの最小が{テストで最小}。"
    ),
    look_for=(
        "同じ型の文でも、国と型の組がテストにしかない文で測ります。"
        "太い線がテスト、細い線が学習した文です。▲と∞は、確率0の語があることを表します。"
    ),
    seen=r"""
学習した文のパープレキシティは、$n=3$ まで大きく下がります。テストの文では $n=2$ が最小で、
その先は上がります。
長い文脈ほど、学習に一度も出なかった組が増えるためです。

ラプラス平滑化（$k=1$）にすると、テストの最小は20から32に悪くなります。$V=494$ 語のすべてに
1を足すので、10回しか出ていない文脈では、確率の98%が足した分に渡ります。$k$ は小さい値から選びます。

$k=0$ では、$n\ge2$ のテストがすべて∞です。確率0の語が1つでもあれば、$\ln 0=-\infty$ だからです。
学習に使う文を5%（194文）に減らすと、最小は $n=2$ のまま、20から40ほどに上がります。
""",
    prediction=Prediction.of("word2vec-ngrams", {"k": 1.0}, "up"),
    figsize=(8.4, 3.5),
)
