"""The drawings of the chapter's text; each function returns a Figure."""

from eshikaku import plot
from eshikaku.chapters.seq2seq.quiz_figures import search_tree_quiz
from eshikaku.plot import Edge, Node

__all__ = ["lengths", "model", "search_tree_quiz"]


def model():
    """Encoder and decoder over time: c is the state at the beginning, and (dashed) seen always."""
    color = plot.COLORS
    figure = plot.figure((9.2, 3.4))
    ax = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    read, written = ["二", "十", "三"], ["2", "3", "〈終〉"]
    nodes, edges = {}, []
    for k, token in enumerate(read):
        nodes[f"x{k}"] = Node(k * 1.15, -1.3, token, "text", color["input"])
        nodes[f"h{k}"] = Node(k * 1.15, 0, f"$h_{k + 1}$", "state")
        edges.append(Edge(f"x{k}", f"h{k}"))
        if k:
            edges.append(Edge(f"h{k - 1}", f"h{k}"))
    nodes["c"] = Node(3.6, 0, "$c$", "value", color["cell"])
    edges.append(Edge("h2", "c"))
    for k, token in enumerate(written):
        at = 4.9 + k * 1.3
        last = "〈始〉" if k == 0 else written[k - 1]
        nodes[f"y{k}"] = Node(at, -1.3, last, "text", color["input"])
        nodes[f"s{k}"] = Node(at, 0, f"$s_{k + 1}$", "state")
        nodes[f"o{k}"] = Node(at, 1.3, token, "text", color["prediction"])
        edges += [Edge(f"y{k}", f"s{k}"), Edge(f"s{k}", f"o{k}")]
        edges.append(Edge("c" if k == 0 else f"s{k - 1}", f"s{k}"))
    plot.graph(ax, nodes, edges)
    ax.text(1.15, 1.3, "エンコーダ（読む）", ha="center", fontsize=11)
    ax.text(3.6, 0.62, "固定長", ha="center", fontsize=10.5, color=color["cell"])
    ax.text(3.75, 1.3, "デコーダ（書く）→", ha="center", fontsize=11)
    return figure


def lengths(places, rows):
    """Accuracy against length, the mean of the seeds.

    Args:
        places: the lengths, (L,).
        rows: dictionaries with "model" and "accuracy" (seeds, L).
    """
    import numpy as np

    figure = plot.figure((6.6, 2.8))
    ax = figure.subplots()
    for row, style in zip(rows, plot.STYLES, strict=False):
        found = np.array(row["accuracy"])
        ax.plot(places, found.mean(axis=0), **style, label=row["model"])
    ax.set(
        title="長さごとの正解率（3つの種の平均）",
        xlabel="入力の長さ（桁）",
        ylabel="正解率（全桁が一致）",
        ylim=(-0.03, 1.05),
    )
    ax.set_xticks(list(places))
    ax.grid(False)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.subplots_adjust(left=0.1, right=0.73, top=0.89, bottom=0.19)
    return figure
