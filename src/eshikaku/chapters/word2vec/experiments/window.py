"""Window and subsampling: are the neighbours of a word of its kind, or of its topic?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eshikaku.chapters.word2vec import vectors
from eshikaku.experiments.declaration import (
    BadSetting,
    Choice,
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
    Text,
)
from eshikaku.models import windows
from eshikaku.models.word2vec import keep_probability
from eshikaku.models.word2vec_training import Recipe, model, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UPDATES = 900
NEAR = 6
THRESHOLDS = {"なし": 0.0, "0.01": 1e-2, "0.003": 3e-3, "0.001": 1e-3, "0.0003": 3e-4}


def run(settings: Settings, report: Report) -> Result:
    """Train the same number of updates whatever the window and the threshold."""
    text, seed, word = vectors.corpus(), settings["seed"], settings["word"]
    index = text.index()
    if word not in index or not index[word]:
        raise BadSetting(f"語彙にない語です：{word or '（空）'}。国、首都、通貨などを入れます。")
    threshold = settings["threshold"]
    keep = keep_probability(text.counts, threshold)
    recipe = Recipe(window=settings["window"], threshold=threshold, epochs=100)
    net, updates = model(recipe, text, seed), settings.get("updates", UPDATES)
    W = net.params["W_in"]

    def so_far() -> Result:
        near = windows.nearest(W, W[index[word]], NEAR, exclude=[index[word]])
        kind, country = vectors.company(W, text)
        return Result(
            {
                "near": [text.words[k] for k, _ in near],
                "cosines": np.array([c for _, c in near]),
                "company": np.array([kind, country]),
            }
        )

    for done, _ in enumerate(train(net, text, recipe, seed), 1):
        if done % 4 == 0:
            report(done, updates, so_far)
        if done >= updates:
            break
    result = so_far()
    no, city = index["の"], vectors.capitals(text)[1][0]
    result.summary = {
        f"「{word}」に最も近い語": result.data["near"][0],
        "首都の近傍5語：ほかの首都": float(result.data["company"][0]),
        "首都の近傍5語：自国の語": float(result.data["company"][1]),
        "類推の正解率": vectors.accuracy(W, text),
        "残る語の割合": float((keep * text.counts).sum() / text.tokens),
        "「の」が残る確率": float(keep[no]),
        "「東京」が残る確率": float(keep[city]),
    }
    return result


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Left: who the neighbours of capitals are, a pair of bars a run. Right: those of the word."""
    from eshikaku import plot
    from eshikaku.chapters.word2vec.experiments.counting import plot_near

    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
    width = 0.8 / len(runs)
    for k, run_ in enumerate(runs):
        at = np.arange(2) + (k - (len(runs) - 1) / 2) * width
        left.bar(at, run_.result.data["company"], width * 0.92, color=run_.style["color"],
                 label=run_.label)  # fmt: skip
    left.set_xticks([0, 1], ["ほかの首都\n（同じ種類）", "自国の語\n（同じ話題）"])
    left.set(title="首都に近い5語は何か", ylabel="割合", ylim=(0, 1.02))
    left.legend(loc="upper right")
    left.grid(axis="x", visible=False)
    data = runs[-1].result.data
    plot_near(right, data["near"], data["cosines"], runs[-1].settings["word"])
    right.title.set_color(plot.COLORS["hidden"])
    figure.subplots_adjust(left=0.08, right=0.98, top=0.9, bottom=0.17, wspace=0.5)


def alt(run_: Run) -> str:
    """The two shares."""
    kind, country = run_.result.data["company"]
    return (
        f"首都に近い5語の内訳の棒。{run_.label}では、ほかの首都が{kind:.0%}、自国の語が"
        f"{country:.0%}。{run_.settings['word']}に最も近いのは{run_.result.data['near'][0]}。"
    )


window = Experiment(
    name="window",
    title="窓と間引き：近いのは同じ種類の語か、同じ話題の語か",
    controls=(
        Slider("window", "窓の幅", 5, low=1, high=8, step=1, integer=True, unit="語"),
        Choice("threshold", "間引きのしきい値 t", 1e-3, options=THRESHOLDS),
        Text("word", "調べる語", "パリ", examples=("日本", "ユーロ"), max_length=20),
        Slider("seed", "乱数の種", 0, low=0, high=4, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "左は、119の首都それぞれに近い5語の内訳です。ほかの首都なら「同じ種類」、"
        "その国・通貨・言語なら「同じ話題」です。更新回数はどの設定でも900回です。"
    ),
    seen="",
    prediction=Prediction(
        {"threshold": 0.0}, ask="word2vec-window-predict-01", reason="word2vec-window-reason-01"
    ),
    short={"updates": 60},
    figsize=(9.2, 4.2),
)
