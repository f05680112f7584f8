"""Window and subsampling: are the neighbours of a word of its kind, or of its topic?"""

from dataclasses import replace
from itertools import islice

import numpy as np

from eshikaku import plot
from eshikaku.chapters.word2vec import vectors
from eshikaku.chapters.word2vec.experiments.counting import plot_near
from eshikaku.experiments import SEED, BadSetting, Choice, Prediction, Slider, Text, training
from eshikaku.models import windows
from eshikaku.models.word2vec import keep_probability
from eshikaku.models.word2vec_training import Recipe, model, train

UPDATES = 900
NEAR = 6
THRESHOLDS = {"なし": 0.0, "0.01": 1e-2, "0.003": 3e-3, "0.001": 1e-3, "0.0003": 3e-4}


def run(settings, curve):
    """Train the same number of updates whatever the window and the threshold."""
    text, seed, word = vectors.corpus(), settings["seed"], settings["word"]
    index = text.index()
    if word not in index or not index[word]:
        raise BadSetting(f"語彙にない語です：{word or '（空）'}。国、首都、通貨などを入れます。")
    threshold = settings["threshold"]
    keep = keep_probability(text.counts, threshold)
    recipe = Recipe(window=settings["window"], threshold=threshold, epochs=100)
    net = model(recipe, text, seed)
    W = net.params["W_in"]

    def near() -> list[tuple[str, float]]:
        found = windows.nearest(W, W[index[word]], NEAR, exclude=[index[word]])
        return [(text.words[k], cosine) for k, cosine in found]

    curve.show(near=near, company=lambda: vectors.company(W, text))
    for _ in islice(train(net, text, recipe, seed), curve.updates):
        curve.add()
    kind, country = vectors.company(W, text)
    no, city = index["の"], vectors.capitals(text)[1][0]
    return {
        f"「{word}」に最も近い語": near()[0][0],
        "首都の近傍5語：ほかの首都": float(kind),
        "首都の近傍5語：自国の語": float(country),
        "類推の正解率": vectors.accuracy(W, text),
        "残る語の割合": float((keep * text.counts).sum() / text.tokens),
        "「の」が残る確率": float(keep[no]),
        "「東京」が残る確率": float(keep[city]),
    }


def draw(figure, runs):
    """Left: who the neighbours of the capitals are, a bar a run. Right: neighbours of the word."""
    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
    for k, run_ in enumerate(runs):
        y, (kind, country) = len(runs) - 1 - k, run_.result.data["company"]
        names = ("ほかの首都", "自国の語", "その他") if k == 0 else ("", "", "")
        left.barh(y, kind, 0.45, color=plot.COLORS["good"], label=names[0])
        left.barh(y, country, 0.45, left=kind, color=plot.COLORS["bad"], label=names[1], hatch="//")
        rest = max(0.0, 1 - kind - country)
        left.barh(y, rest, 0.45, left=kind + country, color="#DDDDDD", label=names[2])
        left.text(0.0, y + 0.27, run_.label, va="bottom")
    left.set(title="首都に近い5語は何か", xlabel="割合", xlim=(0, 1.01), yticks=[])
    left.set_ylim(-0.4, len(runs) - 0.2 + 0.12 * len(runs))
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, frameon=False)
    left.grid(axis="y", visible=False)
    words, cosines = zip(*runs[-1].result.data["near"], strict=True)
    plot_near(right, words, np.array(cosines), runs[-1].settings["word"])
    figure.subplots_adjust(left=0.03, right=0.98, top=0.9, bottom=0.24, wspace=0.12)


def alt(run_):
    """The two shares."""
    kind, country = run_.result.data["company"]
    return (
        f"首都に近い5語の内訳の棒。{run_.label}では、ほかの首都が{kind:.0%}、自国の語が"
        f"{country:.0%}。{run_.settings['word']}に最も近いのは{run_.result.data['near'][0][0]}。"
    )


window = training(
    name="window",
    title="窓と間引き：近いのは同じ種類の語か、同じ話題の語か",
    controls=(
        Slider("window", "窓の幅", 5, low=1, high=8, step=1, integer=True, unit="語"),
        Choice("threshold", "間引きのしきい値 t", 1e-3, options=THRESHOLDS),
        Text(
            "word",
            "調べる語",
            "パリ",
            examples=("日本", "ユーロ"),
            refused=("カピバラ",),
            max_length=20,
        ),
        replace(SEED, high=4),
    ),
    run=run,
    updates=900,
    draw=draw,
    alt=alt,
    figsize=(8.6, 3.9),
    look_for=(
        "左は、120の首都それぞれに近い5語の内訳です。ほかの首都なら「同じ種類」、"
        "その国・通貨・言語なら「同じ話題」です。更新回数はどの設定でも900回です。"
    ),
    seen=r"""
間引きをやめると、首都に近い5語は**すべてほかの首都**になり、自国の語は消えます。900回の更新では、
類推もほとんど解けません（約3,100回まで続けると8割ほど解けます）。
「の」「は」「で」などが窓を埋め、どの首都も同じ語に囲まれるためです。首都どうしを区別する語（国、通貨、言語）は、
窓の外か、少数です。

間引くと、「の」は約9割が消え、残った語の距離が縮みます。同じ幅の窓に、もとの文では離れていた国や言語が入ります。
窓を1にすると、ほかの首都が増えます。

**狭い窓は同じ種類の語**（置き換えられる語）を、**広い窓は同じ話題の語**を近くに置きます。
""",
    prediction=Prediction.of("word2vec-window", {"threshold": 0.0}, "zero"),
    short={"updates": 60},
)
