"""The drawings of the chapter's questions; `figures` hands them on, where the bank looks."""

import numpy as np

from eshikaku import plot
from eshikaku.plot import Edge, Node

_INPUT = ("私", "は", "昨日", "魚", "を", "食べた")
_OUTPUT = ("I", "ate", "fish", "yesterday")
_ALIGNED = (0, 5, 3, 2)  # the input each output looks at most


def alignment() -> np.ndarray:
    """Weights (4, 6) of an invented translation: softmax, so each row adds up to 1."""
    scores = np.zeros((len(_OUTPUT), len(_INPUT)))
    scores[0, 1] = scores[1, 4] = scores[2, 4] = 1.0  # the particles beside the word get a little
    scores[range(len(_OUTPUT)), _ALIGNED] = 3.2
    weights = np.exp(scores)
    return weights / weights.sum(axis=1, keepdims=True)


def alignment_quiz():
    """The weights of a Japanese sentence translated into English."""
    figure = plot.figure((6.6, 3.6))
    figure.subplots_adjust(left=0.17, bottom=0.17, right=0.98)
    ax = figure.subplots()
    plot.heatmap(
        ax, alignment(), xticks=_INPUT, yticks=_OUTPUT, limits=(0, 1),
        xlabel="入力の語（キー）", ylabel="出力の語（クエリ）", label="重み",
    )  # fmt: skip
    ax.set_title("出力の各時刻の、入力への重み")
    return figure


def mask_quiz():
    """Three masks of self-attention over 6 places, named P, Q, R; black: not seen."""
    place = np.arange(6)
    masks = {
        "P": np.broadcast_to(place >= 4, (6, 6)),
        "Q": place[None, :] > place[:, None],
        "R": np.eye(6, dtype=bool),
    }
    figure = plot.figure((8.4, 3.0))
    axes = figure.subplots(1, 3)
    ticks = [str(n + 1) for n in place]
    for ax, (name, hidden) in zip(axes, masks.items(), strict=True):
        ax.pcolormesh(hidden, cmap="Greys", vmin=0, vmax=1.15, edgecolors="0.6", linewidth=0.6)
        ax.invert_yaxis()
        ax.set_aspect("equal")
        ax.set_xticks(place + 0.5, ticks)
        ax.set_yticks(place + 0.5, ticks)
        ax.set(title=name, xlabel="キーの位置")
    axes[0].set_ylabel("クエリの位置")
    return figure


def flow_quiz():
    """One step of the decoders of Bahdanau et al. (P) and Luong et al. (Q), without names."""
    figure = plot.figure((9.2, 3.4))
    for left, name in ((0.0, "P"), (0.5, "Q")):
        ax = figure.add_axes((left + 0.01, 0.02, 0.48, 0.86))
        nodes = {
            "old": Node(0, 0, "$s_{i-1}$", "state"),
            "new": Node(2.2, 0, "$s_i$", "state"),
            "h": Node(0, 2, r"$h_1,\dots,h_T$", "value"),
            "c": Node(1.5, 2, "$c_i$", "value", plot.COLORS["prediction"]),
        }
        edges = [Edge("old", "new"), Edge("h", "c")]
        if name == "P":
            nodes["y"] = Node(4.2, 0, "$y_i$", "value")
            edges += [Edge("old", "c", "スコア"), Edge("c", "new"), Edge("new", "y")]
        else:
            nodes["mix"] = Node(3.2, 1, r"$\tilde{s}_i$", "state")
            nodes["y"] = Node(4.2, 1, "$y_i$", "value")
            edges += [Edge("new", "c", "スコア"), Edge("c", "mix"), Edge("new", "mix")]
            edges.append(Edge("mix", "y"))
        plot.graph(ax, nodes, edges)
        ax.set_title(name)
    return figure
