"""The power of the counts with which negatives are drawn."""

from dataclasses import replace

import numpy as np

from eshikaku import plot
from eshikaku.chapters.word2vec import vectors
from eshikaku.experiments import SEED, Curves, Prediction, Slider, saying, training
from eshikaku.models.word2vec import Sampler
from eshikaku.models.word2vec_training import Recipe, model
from eshikaku.tasks import facts


def run(settings, curve):
    """Train with negatives ∝ count^power; scores of a frequent and of a rare word."""
    text, seed = vectors.corpus(), settings["seed"]
    recipe = Recipe(power=settings["power"], negatives=settings["negatives"])
    drawn = Sampler(text.counts, recipe.power).probabilities[1:]
    curve.show(drawn=drawn)
    net = model(recipe, text, seed)
    vectors.train_with_analogies(net, recipe, seed, curve, settings.get("updates"))
    no, cities = text.index()["の"], vectors.capitals(text)[1]
    names = [text.index()[w] for words in facts.kinds().values() for w in words]
    W_in, W_out = net.params["W_in"], net.params["W_out"]
    between = W_in[cities] @ W_out[cities].T
    others = ~np.eye(len(cities), dtype=bool)
    return {
        "類推の正解率": curve.last(line="accuracy"),
        "「の」を引く確率": float(drawn[no - 1]),
        "首都1語を引く確率": float(drawn[cities[0] - 1]),
        "名詞と「の」のスコア": float(np.mean(W_in[names] @ W_out[no])),
        "別の首都どうしのスコア": float(between[others].mean()),
    }


def draw_probabilities(ax, runs):
    """Probability of each word to be drawn."""
    ax.set(title="負例として引く確率", xlabel="出現回数の順位", ylabel="確率")
    ax.set(xscale="log", yscale="log", ylim=(1e-6, 0.6))
    for run_ in runs:
        drawn = run_.result.data["drawn"]
        rank = np.arange(1, len(drawn) + 1)
        label = f"{run_.settings['power']:g}乗"
        ax.plot(rank, drawn, label=label, **{**run_.style, "marker": ""})
        plot.mark_cut(ax, rank, drawn, run_.style["color"], most=2)
    ax.legend(loc="lower left")


power = training(
    name="power",
    title="負例の引き方：出現回数の何乗に比例させるか",
    controls=(
        Slider("power", "出現回数に付ける指数", 0.75, low=0, high=1.5, step=0.25),
        Slider("negatives", "負例の数 K", 5, low=1, high=15, step=1, integer=True),
        replace(SEED, high=4),
    ),
    run=run,
    updates=1,
    panels=(
        draw_probabilities,
        Curves(
            "類推は解けるようになるか",
            ylabel="類推の正解率",
            line="accuracy",
            axes={"ylim": (-0.03, 1.03)},
        ),
    ),
    alt=saying(
        "左は出現回数の順位ごとの引く確率、右は類推の正解率。{label}では「の」を引く確率が"
        "{「の」を引く確率:.3f}、正解率が{類推の正解率:.0%}。"
    ),
    figsize=(8.4, 3.8),
    look_for=(
        "左は、出現回数の順に並べた各語が負例に引かれる確率です（両軸とも対数）。"
        "0乗は一様、1乗は出現回数どおりです。右は学習中の類推の正解率です。"
    ),
    seen=r"""
0乗（一様）にすると、3エポックの正解率は0.87から0.66に下がります。「の」はほとんどの文に出るのに、負例には
ほかの語と同じ割合でしか引かれません。名詞と「の」のスコアは約 $-2$ から $+1$ に上がり、
ベクトルの差が「の」を当てることに使われます。

1.5乗にすると、負例はほぼ「の」「。」などに限られ、首都は引かれません。別の首都どうしのスコアは
約 $-4$ から $+1$ に上がり、首都が区別されなくなります。

この文では0.5〜0.75乗が最良です。0.75は、Mikolovらが実験で選んだ値で、式から導かれたものではありません。
""",
    prediction=Prediction.of("word2vec-power", {"power": 0.0}, "low"),
    short={"updates": 60},
)
