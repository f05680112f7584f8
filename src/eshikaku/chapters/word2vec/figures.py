"""The drawings of the chapter's text; each function returns a Figure."""

from eshikaku import plot
from eshikaku.chapters.word2vec.quiz_figures import analogy_quiz, architectures_quiz, power_quiz
from eshikaku.plot import Edge, Node

__all__ = ["analogy_quiz", "architectures", "architectures_quiz", "methods", "power_quiz"]


def architectures():
    """CBOW and skip-gram side by side, with the table of each side."""
    figure = plot.figure((8.4, 3.4))
    around = ("の", "首都", "で", "ユーロ")
    for left, title, skips in (
        (0.0, "CBOW：周り → 中心", False),
        (0.5, "skip-gram：中心 → 周り", True),
    ):
        ax = figure.add_axes((left + 0.01, 0.03, 0.48, 0.84))
        many, one = (3.6, 0.0) if skips else (0.0, 3.6)
        nodes = {word: Node(many, 3.0 - k, word, "value") for k, word in enumerate(around)}
        nodes["h"] = Node(1.8, 1.5, "$h$", "state")
        nodes["centre"] = Node(one, 1.5, "パリ", "value", plot.COLORS["good"])
        read = ["centre"] if skips else list(around)
        told = list(around) if skips else ["centre"]
        edges = [Edge(k, "h") for k in read] + [Edge("h", k) for k in told]
        nodes["in"] = Node(0.9, -0.45, "$W_{in}$", "text", plot.COLORS["input"])
        nodes["out"] = Node(2.7, -0.45, "$W_{out}$", "text", plot.COLORS["output"])
        plot.graph(ax, nodes, edges, margin=0.5)
        ax.set_title(title)
    return figure


def methods(rows):
    """Analogies of every method of the stored table, one dot for each seed.

    Args:
        rows: dictionaries with "method", and "accuracy" and "not_excluded" (a number a seed).
    """
    figure = plot.figure((8.2, 3.9))
    ax = figure.subplots()
    for kind, label, style in (
        ("accuracy", "入れた語を除く", plot.STYLES[0]),
        ("not_excluded", "除かない", plot.STYLES[1]),
    ):
        places = [k for k, row in enumerate(rows) for _ in row[kind]]
        values = [value for row in rows for value in row[kind]]
        ax.plot(values, [len(rows) - 1 - k for k in places], linestyle="none", alpha=0.8,
                color=style["color"], marker=style["marker"], label=label)  # fmt: skip
    ax.set_yticks(range(len(rows))[::-1], [row["method"] for row in rows])
    ax.set(title="首都の類推の正解率（点は種ごと）", xlabel="正解率", xlim=(-0.02, 1.04))
    ax.legend(loc="lower left")
    figure.subplots_adjust(left=0.37, right=0.97, top=0.9, bottom=0.13)
    return figure
