"""The drawings that stand in questions; each function returns a Figure."""

from eshikaku import plot
from eshikaku.plot import Edge, Node


def search_tree_quiz():
    """Two words to choose: the likeliest first word does not lead to the likeliest pair."""
    figure = plot.figure((8.4, 4.8))
    ax = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    first = {"A": 0.45, "B": 0.35, "C": 0.2}
    second = {"A": (0.25, 0.4, 0.35), "B": (0.15, 0.2, 0.65), "C": (0.7, 0.2, 0.1)}
    nodes, edges = {"BOS": Node(0, 0, "BOS", "state")}, []
    for n, (word, p) in enumerate(first.items()):
        y = 2.7 * (1 - n)
        nodes[word] = Node(3.4, y, word, "value")
        edges.append(Edge("BOS", word))
        nodes["p" + word] = Node(
            1.9 if n else 1.72, 0.55 * y + 0.34 + 0.06 * abs(n - 1), f"{p:g}", "text"
        )
        for m, (end, q) in enumerate(zip("XYZ", second[word], strict=True)):
            nodes[word + end] = Node(7.4, y + 0.84 * (1 - m), end, "value")
            edges.append(Edge(word, word + end, f"{q:g}", at=0.72))
    plot.graph(ax, nodes, edges)
    return figure
