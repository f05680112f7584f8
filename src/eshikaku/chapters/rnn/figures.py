"""The drawings of the chapter's text and questions; each function returns a Figure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from eshikaku import plot
from eshikaku.plot import Edge, Node

if TYPE_CHECKING:
    pass


def autocorrelation(known, r, r_shuffled):
    """A series, and its autocorrelation beside that of the same values in random order.

    Args:
        known: the series.
        r, r_shuffled: autocorrelations for lags 0 … K of both orders, (K + 1,).
    """
    figure = plot.figure((7.2, 2.6))
    left, right = figure.subplots(1, 2, width_ratios=(4, 3))
    shown = slice(-160, None)  # enough to see the cycle
    left.plot(known.time[shown], known.values[shown], color=plot.COLORS["truth"], linewidth=1)
    left.set(title=known.name, xlabel=f"時刻（{known.unit}）")
    for values, name, style in (
        (r, "元の順", plot.STYLES[0]),
        (r_shuffled, "並べ替え", {**plot.STYLES[1], "color": plot.COLORS["baseline"]}),
    ):
        right.plot(values, label=name, **{**style, "markevery": 2})
    right.axhline(0, color=plot.COLORS["grey"], linewidth=1)
    right.set(title="何時刻前の値と似ているか", xlabel="ラグ k", ylabel="自己相関 $r_k$")
    right.set_ylim(-0.6, 1.08)
    right.legend(loc="upper right")
    figure.subplots_adjust(left=0.06, bottom=0.18, wspace=0.25)
    return figure


def unrolled(steps=4):
    """An RNN unrolled in time: the same three weights at every step."""
    figure = plot.figure((6.4, 2.8))
    plot.unrolled(_whole(figure), steps)
    return figure


def forms():
    """One-to-many, many-to-one, and the two kinds of many-to-many."""
    figure = plot.figure((8.4, 2.1))
    blank = ("", "", "")
    shapes: tuple[tuple[str, list[str], list[str | None]], ...] = (
        ("one-to-many", ["$x$", "", ""], ["$y_1$", "$y_2$", "$y_3$"]),
        ("many-to-one", ["$x_1$", "$x_2$", "$x_3$"], [None, None, "$y$"]),
        ("many-to-many（同じ長さ）", ["$x_1$", "$x_2$", "$x_3$"], ["$y_1$", "$y_2$", "$y_3$"]),
        ("many-to-many（系列変換）", ["$x_1$", "$x_2$", "", ""], [None, None, "$y_1$", "$y_2$"]),
    )
    axes = figure.subplots(1, 4, width_ratios=(3, 3, 3, 4))
    for ax, (title, inputs, outputs) in zip(axes, shapes, strict=True):
        hidden = [f"$h_{k + 1}$" for k in range(len(inputs))]
        plot.unrolled(
            ax,
            len(inputs),
            inputs=inputs,
            hidden=hidden,
            outputs=outputs,
            weights=blank,
            start=None,
        )
        ax.set_title(title)
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.0, top=0.88, wspace=0.08)
    return figure


def teacher_forcing():
    """The network in training (true values come in) beside the network in use (its own do)."""
    figure = plot.figure((7.6, 2.7))
    left, right = figure.subplots(1, 2)
    targets = [r"$\hat x_2$", r"$\hat x_3$", r"$\hat x_4$"]
    plot.unrolled(left, 3, outputs=targets, weights=("", "", ""))
    left.set_title("学習（教師強制）：入力は実測")
    plot.unrolled(
        right,
        3,
        inputs=["$x_1$", r"$\hat x_2$", r"$\hat x_3$"],
        outputs=targets,
        weights=("", "", ""),
        feedback=True,
    )
    right.set_title("使用（自走）：入力は自分の予測")
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.03, top=0.9, wspace=0.05)
    return figure


def bidirectional():
    """Two RNNs over the same inputs, one from each end; the outputs see both."""
    figure = plot.figure((6.4, 3.1))
    blue, orange = plot.COLORS["output"], plot.COLORS["candidate"]
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for t in range(4):
        x = 2.0 * t
        nodes[f"x{t}"] = Node(x, 0, f"$x_{t + 1}$", "text", plot.COLORS["input"])
        nodes[f"f{t}"] = Node(x - 0.35, 1, rf"$\overrightarrow{{h}}_{t + 1}$", "state", blue)
        nodes[f"b{t}"] = Node(x + 0.35, 2, rf"$\overleftarrow{{h}}_{t + 1}$", "state", orange)
        nodes[f"y{t}"] = Node(x, 3, f"$y_{t + 1}$", "text")
        edges += [Edge(f"x{t}", f"f{t}"), Edge(f"x{t}", f"b{t}")]
        edges += [Edge(f"f{t}", f"y{t}"), Edge(f"b{t}", f"y{t}")]
    edges += [Edge(f"f{t}", f"f{t + 1}", color=blue) for t in range(3)]
    edges += [Edge(f"b{t + 1}", f"b{t}", color=orange) for t in range(3)]
    plot.graph(_whole(figure), nodes, edges)
    return figure


def chain_and_tree(words=("赤い", "花", "が", "咲く")):
    """The same words composed one after the other, and along a balanced tree."""
    figure = plot.figure((7.2, 2.9))
    chain, tree = figure.subplots(1, 2)
    leaves = {f"w{k}": Node(1.5 * k, 0, w, "text") for k, w in enumerate(words)}
    steps = {
        "p1": Node(0.75, 1, "$p_1$", "state"),
        "p2": Node(1.9, 2, "$p_2$", "state"),
        "p3": Node(3.2, 3, "$p_3$", "state"),
    }
    edges = [("w0", "p1"), ("w1", "p1"), ("p1", "p2"), ("w2", "p2"), ("p2", "p3"), ("w3", "p3")]
    plot.graph(chain, {**leaves, **steps}, [Edge(*e) for e in edges])
    chain.set_title("鎖：語の数だけ深くなる")
    pairs = {
        "p1": Node(0.75, 1, "$p_1$", "state"),
        "p2": Node(3.75, 1, "$p_2$", "state"),
        "p3": Node(2.25, 2, "$p_3$", "state"),
    }
    edges = [("w0", "p1"), ("w1", "p1"), ("w2", "p2"), ("w3", "p2"), ("p1", "p3"), ("p2", "p3")]
    plot.graph(tree, {**leaves, **pairs}, [Edge(*e) for e in edges])
    tree.set_title("木：深さは $\\log_2$（語の数）")
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.03, top=0.9, wspace=0.05)
    return figure


def learning_rate_curves():
    """Three measured learning curves of the adder, named P, Q, R: too small, right, too large."""
    figure = plot.figure((6.0, 3.0))
    ax = figure.subplots()
    for k, (name, losses) in enumerate(_curves().items()):
        style = {key: v for key, v in plot.STYLES[k].items() if not key.startswith("mark")}
        means = np.array(losses[:600]).reshape(-1, 20).mean(axis=1)
        plot.loss_curve(ax, means, np.arange(20, 601, 20), label=name, **style)
    ax.set(title="学習率だけを変えた3回の学習", xlabel="更新回数", ylabel="損失", ylim=(0, 2.2))
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.02), ncols=3)
    return figure


@lru_cache(maxsize=1)
def _curves() -> dict[str, list[float]]:
    from eshikaku.chapters.rnn import adder

    curves = {}
    for name, lr in (("P", 0.03), ("Q", 1.0), ("R", 3.0)):
        net = adder.Adder(16, np.random.default_rng(0))
        curves[name] = list(adder.train(net, lr, adder.batches(0)))
    return curves


def _whole(figure):
    """Axes that fill the figure: for drawings without ticks."""
    return figure.add_axes((0.01, 0.01, 0.98, 0.98))
