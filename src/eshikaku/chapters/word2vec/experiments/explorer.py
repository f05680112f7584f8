"""Neighbours and analogies of trained vectors: the learner types words."""

import numpy as np

from eshikaku import plot
from eshikaku.chapters.word2vec import vectors
from eshikaku.chapters.word2vec.experiments.counting import plot_near
from eshikaku.experiments import (
    BadSetting,
    Choice,
    Experiment,
    Prediction,
    Result,
    Slider,
    Text,
    Toggle,
)
from eshikaku.models import windows

DEFAULT = "東京 - 日本 + フランス"
NEAR = 7
EMPTY = {"near": [], "cosines": np.zeros(0), "named": [], "points": np.zeros((0, 2))}


def run(settings, report):
    """Train (once for each text and seed), then look the query up."""
    name, seed, updates = settings["text"], settings["seed"], settings.get("updates")
    report(0, 1, Result(dict(EMPTY)))  # reading a long text takes seconds
    text, _ = vectors.source_of(name)
    try:
        terms = vectors.parse(settings["query"], text.index())
    except ValueError as error:
        raise BadSetting(str(error)) from error
    for done, total in vectors.learning(name, seed, updates):
        if done % 5 == 0:
            report(done, total, Result(dict(EMPTY)))
    net = vectors.learned(name, seed, updates)
    return answer(net, text, terms, settings["exclude"], report)


def answer(net, text, terms, exclude, report):
    """Nearest words and a plane through the words of the query and the nearest."""
    W = net.params["W_in"]
    for step in range(5):  # a model that is kept reports nothing else
        report(step, 5, Result(dict(EMPTY)))
    asked = [k for _, k in terms]
    query = vectors.combine(W, terms)
    near = windows.nearest(W, query, NEAR, exclude=asked if exclude else ())
    shown = list(dict.fromkeys([*asked, *(k for k, _ in near)]))
    summary = {
        "最も近い語": text.words[near[0][0]],
        "コサイン類似度": near[0][1],
    }
    if text is vectors.corpus():
        summary["首都の類推の正解率（全組）"] = vectors.accuracy(W, text, exclude=exclude)
    if text.message:
        summary["注意"] = text.message
    return Result(
        {
            "near": [text.words[k] for k, _ in near],
            "cosines": np.array([c for _, c in near]),
            "named": [text.words[k] for k in shown],
            "asked": len(set(asked)),
            "points": vectors.plane(W[shown]),
        },
        summary,
    )


def draw(figure, runs):
    """Left: the nearest words. Right: the words of the query and the nearest in a plane."""
    data = runs[-1].result.data
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    if not data["near"]:
        left.set(title="学習しています", xlabel="コサイン類似度", yticks=[])
        right.set(title="語の配置（主成分）", xlabel="第1主成分", ylabel="第2主成分")
        figure.subplots_adjust(left=0.03, right=0.98, top=0.9, bottom=0.15, wspace=0.22)
        return
    query = " ".join(runs[-1].settings["query"].split())
    plot_near(left, data["near"], data["cosines"], query)
    points, asked = data["points"], data["asked"]
    for part, color, marker, label in (
        (slice(asked, None), plot.COLORS["grey"], "o", "近い語"),
        (slice(0, asked), plot.COLORS["bad"], "s", "入れた語"),
    ):
        right.plot(*points[part].T, marker, color=color, label=label, markersize=5)
    right.margins(0.16, 0.12)
    middle = (points[:, 0].min() + points[:, 0].max()) / 2
    height = np.ptp(right.get_ylim())
    for k, y in zip(np.argsort(points[:, 1]), apart(points[:, 1], 0.065 * height), strict=True):
        x, side = points[k, 0], -1 if points[k, 0] > middle else 1
        color = plot.COLORS["bad"] if k < asked else plot.COLORS["hidden"]
        at = (x + side * 0.03 * np.ptp(right.get_xlim()), y)
        right.plot((x, at[0]), (points[k, 1], y), color=plot.COLORS["grey"], linewidth=0.8)
        right.text(
            *at,
            data["named"][k],
            ha="right" if side < 0 else "left",
            va="center",
            color=color,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
        )
    right.set(title="語の配置（主成分）", xlabel="第1主成分", ylabel="第2主成分")
    right.legend(loc="best")
    figure.subplots_adjust(left=0.03, right=0.98, top=0.9, bottom=0.15, wspace=0.22)


def apart(heights: np.ndarray, gap: float) -> np.ndarray:
    """The heights in rising order, moved so that neighbours are at least `gap` apart."""
    found = np.sort(heights)
    for k in range(1, len(found)):
        found[k] = max(found[k], found[k - 1] + gap)
    return found - (found.mean() - np.mean(heights))


def alt(run_):
    """The answer."""
    near = "、".join(run_.result.data["near"][:3]) or "まだありません"
    return f"「{run_.settings['query']}」に近い語の棒と、語の配置の散布図。近いのは{near}。"


explorer = Experiment(
    name="explorer",
    title="近い語と類推：東京 − 日本 + フランスは何か",
    controls=(
        Text("query", "語または式", DEFAULT, help="語を + と - でつなぎます。",
             examples=("ユーロ", "英語 - イギリス + フランス"), refused=("カピバラ",),
             max_length=60),
        Toggle("exclude", "入れた語を答えから除く", True),
        Choice("text", "学習する文", "facts",
               options={"事実の文（日本語）": "facts", "英文（実データ、数分）": "english"}),
        Slider("seed", "乱数の種", 0, low=0, high=4, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "skip-gramを一度学習し（約1秒）、入れた式のベクトルに近い語を並べます。"
        "同じ種なら、2回目からは学習しません。"
    ),
    seen=r"""
「東京 − 日本 + フランス」に最も近いのはパリです。120か国の全組（14,280問）でも、9割ほどが
当たります。

入れた語を除かないと、正解率は93%から75%に下がります。外れた問の7割以上では、最も近い語が、
足した国そのものです。論文の類推の正解率は、入れた語を除いて測った値です。
引き算と足し算だけで答えの語にぴったり届くのではなく、答えは**入れた語の近く**にあります。

どの問いにもうまく答えるわけではありません。「東アジア - 日本 + ドイツ」は西ヨーロッパを返しますが、
「日本語 - 日本 + フランス」はドイツ語を返しました（種0〜2とも）。文の型が国ごとに同じなので、
首都の類推は成り立つように作られています。
""",
    prediction=Prediction.of("word2vec-explorer", {"exclude": False}, "some"),
    full={"text": "english", "query": "king - man + woman"},
    full_minutes=3,
    short={"updates": 40},
    overlay=False,
    figsize=(8.6, 3.9),
)  # fmt: skip
