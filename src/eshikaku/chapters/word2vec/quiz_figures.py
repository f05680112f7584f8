"""The drawings of the chapter's questions; `figures` hands them on, where the bank looks."""

import numpy as np

from eshikaku import plot
from eshikaku.plot import Edge, Node


def architectures_quiz():
    """CBOW and skip-gram without their names: P and Q."""
    figure = plot.figure((8.8, 3.6))
    around = {"a": "$w_{t-2}$", "b": "$w_{t-1}$", "c": "$w_{t+1}$", "d": "$w_{t+2}$"}
    height = dict(zip(around, (3.0, 2.0, 1.0, 0.0), strict=True))
    for left, name, reverse in ((0.01, "P", False), (0.51, "Q", True)):
        ax = figure.add_axes((left, 0.02, 0.48, 0.86))
        x = {"many": 2.6, "hidden": 1.3, "one": 0.0} if reverse else {
            "many": 0.0, "hidden": 1.3, "one": 2.6
        }  # fmt: skip
        nodes = {k: Node(x["many"], height[k], text, "value") for k, text in around.items()}
        nodes["h"] = Node(x["hidden"], 1.5, "$h$", "state")
        nodes["t"] = Node(x["one"], 1.5, "$w_t$", "value")
        edges = [Edge("h", k) if reverse else Edge(k, "h") for k in around]
        edges.append(Edge("t", "h") if reverse else Edge("h", "t"))
        plot.graph(ax, nodes, edges)
        ax.set_title(name)
    return figure


def analogy_quiz():
    """A map of words: 日本, 東京, フランス and four candidates."""
    words = {"日本": (1.0, 1.0), "東京": (1.3, 3.0), "フランス": (3.0, 0.6)}
    candidates = {"P": (3.3, 2.6), "Q": (5.0, 1.2), "R": (1.6, 3.4), "S": (2.7, -1.4)}
    figure = plot.figure((6.4, 4.4))
    ax = figure.subplots()
    for name, (x, y) in words.items():
        ax.plot(x, y, "o", color=plot.COLORS["truth"])
        ax.annotate(name, (x, y), xytext=(8, -5), textcoords="offset points")
    for name, (x, y) in candidates.items():
        ax.plot(x, y, "s", color=plot.COLORS["prediction"])
        ax.annotate(name, (x, y), xytext=(8, -5), textcoords="offset points")
    style = {"arrowstyle": "-|>", "color": plot.COLORS["grey"], "shrinkA": 6, "shrinkB": 6}
    ax.annotate("", words["東京"], xytext=words["日本"], arrowprops=style)
    ax.set(xlim=(0, 6), ylim=(-2, 4.2), xlabel="第1軸", ylabel="第2軸")
    ax.set_title("単語のベクトルの地図（四角は候補）")
    ax.set_aspect("equal")
    return figure


def power_quiz():
    """Probability of a negative by rank for count^α with α = 0, 0.75, 1, named P, Q, R."""
    rank = np.arange(1, 21)
    counts = 10_000 / rank**1.2
    figure = plot.figure((6.8, 3.6))
    ax = figure.subplots()
    for k, (name, power) in enumerate((("P", 0.0), ("Q", 0.75), ("R", 1.0))):
        weights = counts**power
        ax.semilogy(rank, weights / weights.sum(), label=name, **plot.STYLES[k])
    ax.set(xlabel="頻度の順位", ylabel="選ばれる確率", xticks=[1, 5, 10, 15, 20])
    ax.set_title("負例に選ばれる確率")
    ax.legend()
    return figure
