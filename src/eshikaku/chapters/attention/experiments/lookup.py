"""Attention by hand: one query, three keys in a plane, the weights, and where the output lands."""

import numpy as np

from eshikaku import nn, plot
from eshikaku.experiments import Choice, Experiment, Prediction, Result, Slider, saying

KEYS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
VALUES = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
DIVIDE = {"√d_k で割る": True, "割らない": False}


def run(settings, report):
    """Scores, weights and output of one query."""
    query = np.array([[settings["q1"], settings["q2"]]])
    attend = nn.DotAttention(scaled=settings["scaled"])
    scaled = query / settings["tau"]
    output, weights = attend(scaled, KEYS, VALUES)
    scores = scaled[0] @ KEYS.T / (np.sqrt(2) if settings["scaled"] else 1)
    most = np.flatnonzero(weights[0] > weights.max() - 1e-9)
    return Result(
        {"query": query[0], "scores": scores, "weights": weights[0], "output": output[0]},
        {
            "重み α1": float(weights[0, 0]),
            "重み α2": float(weights[0, 1]),
            "重み α3": float(weights[0, 2]),
            "出力": f"({output[0, 0]:.3f}, {output[0, 1]:.3f})",
            "最も重いキー": "、".join(f"k{k + 1}" for k in most),
        },
    )


def draw(figure, runs):
    """Left: query and keys. Middle: weights. Right: values and output."""
    data, color = runs[-1].result.data, plot.COLORS
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 0.9, 1))
    marks = (color["input"], color["output"], color["candidate"])
    places = ((0.3, -0.4), (-0.45, 0.25), (0.4, 0.2))
    for k, (key, place) in enumerate(zip(KEYS, places, strict=True)):
        left.annotate(
            "", key, (0, 0), arrowprops={"arrowstyle": "-|>", "color": marks[k], "linewidth": 2}
        )
        left.text(*(key + place), f"$k_{k + 1}$", color=marks[k], ha="center", va="center")
    q = data["query"]
    left.plot([0, q[0]], [0, q[1]], color="black", linewidth=1.5, linestyle="--")
    left.plot(*q, "o", color="black", ms=7)
    shown = f"({q[0]:g}, {q[1]:g})".replace("-", "−")
    left.set(
        xlim=(-4.2, 4.2),
        ylim=(-4.2, 4.2),
        title="キーとクエリ（●）",
        xlabel="1番目の成分",
    )
    left.text(-4.0, 3.6, f"q = {shown}", va="center")  # not in the title: that is drawn anew
    middle.bar(range(3), data["weights"], color=marks, width=0.6)
    for k, (score, weight) in enumerate(zip(data["scores"], data["weights"], strict=True)):
        middle.text(k, weight + 0.02, f"{weight:.3f}", ha="center", va="bottom")
        middle.text(
            k, 1.22, f"{score:.2f}".replace("-", "−"), ha="center", va="center", color=color["grey"]
        )
    middle.text(-0.75, 1.22, "e", ha="center", va="center", color=color["grey"])
    middle.set(ylim=(0, 1.32), xlim=(-1, 2.6), title="重み（上の灰色はスコア e）")
    middle.set_xticks(range(3), [r"$\alpha_1$", r"$\alpha_2$", r"$\alpha_3$"])
    middle.set_yticks([0, 0.5, 1])
    right.fill(*VALUES.T, facecolor="#eeeeee", edgecolor="#bbbbbb")
    places = ((0.12, -0.22), (-0.22, 0.1), (0.1, 0.2))
    for k, (value, place) in enumerate(zip(VALUES, places, strict=True)):
        right.plot(*value, "s", color=marks[k], ms=8)
        right.text(*(value + place), f"$v_{k + 1}$", color=marks[k], ha="center", va="center")
    right.plot(*data["output"], "X", color=color["bad"], ms=11)
    right.set(xlim=(-0.5, 2.5), ylim=(-0.5, 2.5), title="出力（×）は値の重み付き平均")
    right.set_xlabel("1番目の成分")
    figure.subplots_adjust(left=0.05, right=0.985, top=0.9, bottom=0.15, wspace=0.2)


lookup = Experiment(
    name="lookup",
    title="手計算を動かす：クエリを動かすと、どこを見るか",
    controls=(
        Slider("q1", "クエリの1番目の成分", 1.0, low=-4, high=4, step=0.25),
        Slider("q2", "クエリの2番目の成分", 0.0, low=-4, high=4, step=0.25),
        Slider(
            "tau", "温度 τ（スコアをさらに τ で割る）", 1.0, low=0.1, high=10, step=0.1, log=True
        ),
        Choice("scaled", "内積を", True, options=DIVIDE),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "クエリと3つのキー、重みの棒、値の三角形の中の出力。{label}では重みが"
        "{重み α1:.2f}、{重み α2:.2f}、{重み α3:.2f}で、出力は{出力}。"
    ),
    look_for=(
        "左のクエリとキーの内積がスコア、中央の棒がその softmax、右の×が値の重み付き平均です。"
        "×が三角形のどこにあるかを見ます。"
    ),
    seen=r"""
温度を0.2にすると、スコアは5倍の $(3.54, 0, 3.54)$ になり、重みは $(0.49, 0.01, 0.49)$ です。
$k_1$ と $k_3$ のスコアは同じなので、温度をいくら下げても半分ずつです。
内積は角度だけでなく長さも見ます。$q$ と45°の $k_3$ は、$q$ と同じ向きの $k_1$ より
長さが $\sqrt2$ 倍なので、内積が等しくなります。

温度を10にすると、重みは $(0.34, 0.32, 0.34)$ に近づき、出力は三角形の重心に近づきます。
クエリを $(0,0)$ にすると、スコアはすべて0で、重みは $1/3$ ずつです。

重みは正で和が1なので、出力はいつも値の三角形の中にあります。どの値よりも大きくはなりません。
""",
    prediction=Prediction.of("attention-lookup", {"tau": 0.2}, "both"),
    live=True,
    overlay=False,
    figsize=(9.0, 3.2),
)
