"""Counts → PPMI → SVD: a map of the words and the neighbours of one, from counting alone."""

from collections.abc import Sequence

import numpy as np

from eshikaku import plot
from eshikaku.chapters.word2vec import vectors
from eshikaku.experiments import BadSetting, Choice, Experiment, Prediction, Result, Slider, Text
from eshikaku.models import windows
from eshikaku.tasks import facts

KINDS = ("国", "首都", "言語", "通貨", "曜日")
NEAR = 6


def run(settings, report):
    """The vectors of all words, from one matrix, window and number of dimensions."""
    text, size = vectors.corpus(), settings["size"]
    index = text.index()
    word = settings["word"]
    if word not in index or not index[word]:
        raise BadSetting(f"語彙にない語です：{word or '（空）'}。国、首都、通貨などを入れます。")
    empty = Result({"map": np.zeros((0, 2)), "near": [], "cosines": np.zeros(0)})
    report(0, 5, empty)
    vectors.counts(settings["window"])
    report(1, 5, empty)
    found = vectors.reduced(settings["window"], settings["matrix"] == "ppmi", size)
    report(2, 5, empty)
    near = windows.nearest(found, found[index[word]], NEAR, exclude=[index[word]])
    shown = [index[w] for kind in KINDS for w in facts.kinds()[kind]]
    kind, country = vectors.company(found, text)
    report(3, 5, empty)
    right = vectors.accuracy(found, text)
    report(4, 5, empty)
    return Result(
        {
            "map": vectors.plane(found[shown]),
            "near": [text.words[k] for k, _ in near],
            "cosines": np.array([c for _, c in near]),
        },
        {
            f"「{word}」に最も近い語": text.words[near[0][0]],
            "類推の正解率（首都）": right,
            "首都の近傍5語：ほかの首都": kind,
            "首都の近傍5語：自国の語": country,
        },
    )


def draw(figure, runs):
    """Left: plane of the kinds. Right: cosines of the nearest words."""
    data = runs[-1].result.data
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    start = 0
    for kind, style in zip(KINDS, plot.STYLES, strict=False):
        words = facts.kinds()[kind]
        points = data["map"][start : start + len(words)]
        start += len(words)
        left.plot(
            *points.T, style["marker"], color=style["color"], markersize=4, alpha=0.75, label=kind
        )
    left.set(title="同じ種類の語は集まるか", xlabel="第1主成分", ylabel="第2主成分")
    left.legend(loc="best", handletextpad=0.1, borderpad=0.3)
    plot_near(right, data["near"], data["cosines"], runs[-1].settings["word"])
    figure.subplots_adjust(left=0.125, right=0.98, top=0.9, bottom=0.15, wspace=0.12)


def plot_near(ax, words: Sequence[str], cosines: np.ndarray, of: str) -> None:
    """Bars with their words on them, the nearest on top."""
    at = np.arange(len(words))[::-1]
    ax.barh(at, cosines, 0.7, color=plot.COLORS["weight"], alpha=0.6)
    low = min(0.0, *cosines, 0.0)
    for y, word in zip(at, words, strict=True):
        ax.text(low + 0.02, y, word, va="center")
    title = f"「{of}」に近い語" if len(of) <= 20 else "入れた式に近い語"
    ax.set(title=title, xlabel="コサイン類似度", xlim=(low, 1.02), yticks=[])
    ax.grid(axis="y", visible=False)


def alt(run_):
    """The nearest words."""
    near = "、".join(run_.result.data["near"][:3])
    return (
        f"数えて作った単語ベクトルの散布図と近い語の棒。{run_.settings['word']}に近いのは{near}。"
    )


counting = Experiment(
    name="counting",
    title="数えて作るベクトル：同じ種類の語は集まるか",
    controls=(
        Choice("matrix", "行列", "ppmi", options={"PPMI": "ppmi", "共起の数": "counts"}),
        Slider("window", "窓の幅", 5, low=1, high=8, step=1, integer=True, unit="語"),
        Slider("size", "SVDで残す次元", 50, low=2, high=100, step=2, integer=True),
        Text("word", "調べる語", "パリ", help="国、首都、言語、通貨、曜日、月など",
             examples=("日本", "月曜日", "ユーロ"), refused=("カピバラ",), max_length=20),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "左は語を2次元に置いた図（SVDのベクトルの主成分）、右は調べる語に近い語です。"
        "行列、窓の幅、次元で何が近くなるかを見ます。"
    ),
    seen=r"""
PPMI、窓5、50次元では、種類ごとに集まり、類推（首都）もほぼ全問解けます。ニューラルネットワークは使っていません。

窓を1にすると、パリとほかの首都のコサイン類似度は、ほとんど1になります。隣の1語は「は」「の」「で」などで、
どの首都でも同じだからです。類推は1%ほどしか解けません。

行列を「共起の数」のまま2次元にすると、軸のほとんどを「の」「は」などの多い語が決めます。
PPMIは、多い語と偶然並んだ分を差し引きます。
""",
    prediction=Prediction.of("word2vec-counting", {"window": 1}, "one"),
    overlay=False,
    figsize=(8.6, 3.9),
)  # fmt: skip
