"""The drawings of the chapter's text; each function returns a Figure."""

import numpy as np

from eshikaku import plot
from eshikaku.chapters.attention.quiz_figures import alignment_quiz, flow_quiz, mask_quiz
from eshikaku.plot import Edge, Node

__all__ = ["alignment_quiz", "decoders", "flow_quiz", "mask_quiz", "masks"]


def decoders():
    """One step of both decoders: where the query comes from, where the context goes."""
    color = plot.COLORS
    figure = plot.figure((8.6, 3.3))
    for left, name in (
        (0.0, "Bahdanau：前の状態で見てから進む"),
        (0.5, "Luong：進んでから今の状態で見る"),
    ):
        ax = figure.add_axes((left + 0.01, 0.02, 0.48, 0.86))
        nodes = {
            "old": Node(0, 0, "$s_{i-1}$", "state"),
            "e": Node(2.1, -1.2, "前の語", "text", color["input"]),
            "gru": Node(2.1, 0, "GRU", "op"),
            "new": Node(3.6, 0, "$s_i$", "state"),
            "h": Node(0, 2.3, r"$h_1,\dots,h_T$"),
            "c": Node(2.1, 2.3, "$c_i$", "value", color["prediction"]),
        }
        edges = [
            Edge("old", "gru"), Edge("e", "gru", color=color["input"]), Edge("gru", "new"),
            Edge("h", "c", color=color["prediction"]),
        ]  # fmt: skip
        if name.startswith("B"):
            nodes["y"] = Node(5.1, 0, "$y_i$", "text")
            edges += [
                Edge("old", "c", "クエリ", color=color["gradient"], at=0.4),
                Edge("c", "gru", color=color["prediction"]),
                Edge("c", "y", color=color["prediction"]), Edge("new", "y"),
            ]  # fmt: skip
        else:
            nodes["mix"] = Node(4.3, 1.6, r"$\tilde{s}_i$", "state")
            nodes["y"] = Node(5.3, 0.9, "$y_i$", "text")
            edges += [
                Edge("new", "c", "クエリ", color=color["gradient"], at=0.4),
                Edge("c", "mix", color=color["prediction"]),
                Edge("new", "mix"), Edge("mix", "y"),
            ]  # fmt: skip
        plot.graph(ax, nodes, edges)
        ax.set_title(name)
    return figure


def masks():
    """A padding mask and a causal mask over six places; black is not seen."""
    place = np.arange(6)
    given = {
        "空き（パディング）を隠す": (
            np.broadcast_to(place < 2, (3, 6)), ["空", "空", "5", "月", "3", "日"]
        ),
        "未来を隠す（因果マスク）": (place > place[:, None], [f"{k + 1}" for k in place]),
    }  # fmt: skip
    figure = plot.figure((8.2, 3.1))
    for ax, (title, (hidden, names)) in zip(figure.subplots(1, 2), given.items(), strict=True):
        rows = np.arange(len(hidden))
        ax.pcolormesh(hidden, cmap="Greys", vmin=0, vmax=1.15, edgecolors="0.6", linewidth=0.6)
        ax.invert_yaxis()
        ax.set_aspect("equal")
        ax.set_xticks(place + 0.5, names)
        ax.set_yticks(rows + 0.5, [f"{k + 1}" for k in rows])
        ax.grid(False)
        ax.set(title=title, xlabel="見られる側（キー）", ylabel="見る側（クエリ）")
    figure.subplots_adjust(left=0.07, right=0.98, top=0.88, bottom=0.17, wspace=0.25)
    return figure
