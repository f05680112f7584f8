"""The drawings of the chapter's text; each function returns a Figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eshikaku.chapters.attention.quiz_figures import alignment_quiz, flow_quiz, mask_quiz

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["alignment_quiz", "decoders", "flow_quiz", "mask_quiz", "masks", "shares"]


def decoders() -> Figure:
    """One step of both decoders: where the query comes from, where the context goes."""
    from eshikaku import plot
    from eshikaku.plot import Edge, Node

    color = plot.COLORS
    figure = plot.figure((9.4, 3.7))
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


def masks() -> Figure:
    """A padding mask and a causal mask over six places; black is not seen."""
    from eshikaku import plot

    place = np.arange(6)
    padded = np.broadcast_to(place < 2, (3, 6))
    given = {
        "空き（パディング）を隠す": (padded, ["空", "空", "5", "月", "3", "日"]),
        "未来を隠す（因果マスク）": (place[None, :] > place[:, None], [f"{k + 1}" for k in place]),
    }  # fmt: skip
    figure = plot.figure((8.2, 3.1))
    axes = figure.subplots(1, 2)
    for ax, (title, (hidden, names)) in zip(axes, given.items(), strict=True):
        rows = len(hidden)
        ax.pcolormesh(hidden, cmap="Greys", vmin=0, vmax=1.15, edgecolors="0.6", linewidth=0.6)
        ax.invert_yaxis()
        ax.set_aspect("equal")
        ax.set_xticks(place + 0.5, names)
        ax.set_yticks(np.arange(rows) + 0.5, [f"{k + 1}" for k in range(rows)])
        ax.grid(False)
        ax.set(title=title, xlabel="見られる側（キー）", ylabel="見る側（クエリ）")
    figure.subplots_adjust(left=0.07, right=0.98, top=0.88, bottom=0.17, wspace=0.25)
    return figure


def shares(rows: Sequence[Mapping[str, Any]], lengths: Sequence[int]) -> Figure:
    """The stored accuracy by length: a line for the mean, a dot for each seed.

    Args:
        rows: dictionaries with "model" and "share" (one list for each seed).
        lengths: of the sources, as many as each list has numbers.
    """
    from eshikaku import plot

    figure = plot.figure((8.4, 3.6))
    ax = figure.subplots()
    ax.axvspan(12.5, max(lengths) + 0.5, color=plot.COLORS["grey"], alpha=0.15)
    for row, style in zip(rows, plot.STYLES, strict=False):
        share = np.array(row["share"])  # (seeds, lengths)
        kept = {k: v for k, v in style.items() if k != "markevery"}
        ax.plot(lengths, share.mean(axis=0), label=row["model"], **kept)
        for one in share:
            ax.plot(lengths, one, ".", color=style["color"], alpha=0.5, markersize=5)
    ax.text(14, 1.07, "学習にない長さ", ha="center", va="bottom")
    ax.set(
        title="長さと正解率（線は3つの種の平均、点は種ごと）",
        xlabel="入力の長さ（桁）", ylabel="正解率（全桁が一致）",
        xlim=(0.5, max(lengths) + 0.5), ylim=(-0.03, 1.2),
        xticks=list(lengths), yticks=np.linspace(0, 1, 6),
    )  # fmt: skip
    ax.legend(loc="lower left")
    figure.subplots_adjust(left=0.08, right=0.98, top=0.9, bottom=0.15)
    return figure
