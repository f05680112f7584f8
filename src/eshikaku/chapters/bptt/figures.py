"""The drawings of the chapter's text and questions; each function returns a Figure."""

import numpy as np

from eshikaku import nn, plot
from eshikaku.chapters.bptt.recurrent import state_gradients
from eshikaku.plot import Edge, Node


def square_of_sum():
    """z = t², t = x + y as a computation graph: values forward, derivatives backward."""
    figure = plot.figure((8.2, 3.0))
    nodes = {
        "x": Node(0, 1, "$x=2$", "text", plot.COLORS["input"]),
        "y": Node(0, -1, "$y=1$", "text", plot.COLORS["input"]),
        "plus": Node(2, 0, "＋", "op"),
        "square": Node(4.4, 0, "２乗", "op"),
        "z": Node(6.8, 0, "$z=9$", "text", plot.COLORS["output"]),
    }
    edges = [
        Edge("x", "plus"),
        Edge("y", "plus"),
        Edge("plus", "square", "$t=3$"),
        Edge("square", "z"),
        Edge("z", "square", "$1$", back=True, bend=-0.35),
        Edge("square", "plus", "$2t=6$", back=True, bend=-0.35),
        Edge("plus", "x", "$6$", back=True, bend=0.3),
        Edge("plus", "y", "$6$", back=True, bend=-0.3),
    ]
    plot.graph(_whole(figure), nodes, edges)
    return figure


def step_graph():
    """One step of an RNN as a computation graph: where h_t goes, and from where dL/dh_t comes."""
    figure = plot.figure((9.0, 3.7))
    nodes = {
        "before": Node(0, 0, "$h_{t-1}$", "state"),
        "W_h": Node(1.9, 0, r"$\times W_h$", "op"),
        "x": Node(0, -1.7, "$x_t$", "text", plot.COLORS["input"]),
        "W_x": Node(1.9, -1.7, r"$\times W_x$", "op"),
        "sum": Node(3.7, 0, "$+b_h$", "op"),
        "f": Node(5.4, 0, "$f$", "op"),
        "h": Node(6.9, 0, "$h_t$", "state"),
        "out": Node(6.9, 1.9, "$L_t$", "text", plot.COLORS["output"]),
        "next": Node(9.0, 0, "$h_{t+1}$", "state"),
    }
    edges = [
        Edge("before", "W_h"),
        Edge("W_h", "sum"),
        Edge("x", "W_x"),
        Edge("W_x", "sum"),
        Edge("sum", "f", "$a_t$"),
        Edge("f", "h"),
        Edge("h", "out"),
        Edge("h", "next"),
        Edge("out", "h", r"$\epsilon_t W_y^\top$", back=True, bend=-0.45),
        Edge("next", "h", r"$\delta_{t+1}W_h^\top$", back=True, bend=-0.35),
        Edge("f", "sum", r"$\delta_t$", back=True, bend=-0.45),
        Edge("W_h", "before", r"$\delta_t W_h^\top$", back=True, bend=-0.35),
    ]
    plot.graph(_whole(figure), nodes, edges)
    return figure


def cut_graph(steps=6, length=3):
    """Truncated BPTT: the state crosses the cut, the gradient does not."""
    figure = plot.figure((9.0, 2.3))
    nodes = {f"h{t}": Node(1.5 * t, 0, f"$h_{t + 1}$", "state") for t in range(steps)}
    edges = [Edge(f"h{t}", f"h{t + 1}") for t in range(steps - 1)]
    edges += [
        Edge(f"h{t + 1}", f"h{t}", back=True, bend=-0.5)
        for t in range(steps - 1)
        if (t + 1) % length
    ]
    ax = _whole(figure)
    plot.graph(ax, nodes, edges, margin=0.75)
    for t in range(length, steps, length):
        x = 1.5 * t - 0.75
        ax.plot([x, x], [-0.75, 0.75], color=plot.COLORS["bad"], linestyle=":", linewidth=2)
        ax.text(x, 0.85, "勾配はここで止まる", ha="center", color=plot.COLORS["bad"])
    return figure


def slopes():
    """The derivatives of sigmoid, tanh and ReLU."""
    figure = plot.figure((7.2, 3.2))
    ax = figure.subplots()
    a = np.linspace(-5, 5, 401)
    for k, (name, label) in enumerate(
        (("sigmoid", "$\\sigma'$（最大 1/4）"), ("tanh", "$\\tanh'$（最大 1）"), ("relu", "ReLU'"))
    ):
        f = nn.activation(name)
        ax.plot(a, f.df(f.f(a.copy())), label=label, **plot.STYLES[k])
    ax.axhline(0.25, color=plot.COLORS["grey"], linewidth=1, linestyle=":")
    ax.set(title="傾きの最大値：シグモイドは1/4", xlabel="a", ylabel="傾き", ylim=(-0.04, 1.1))
    ax.legend(loc="center right")
    return figure


def contributions(sizes, labels):
    """‖h_{t−1}ᵀ δ_t‖, the share of each step in dL/dW_h, on a log scale.

    Args:
        sizes: (lines, T).
    """
    figure = plot.figure((7.2, 3.2))
    ax = figure.subplots()
    for k, (values, label) in enumerate(zip(sizes, labels, strict=True)):
        t = np.arange(2, len(values) + 2)
        ax.semilogy(t, values, label=label, **{**plot.STYLES[k], "markevery": 6})
    ax.set(
        title="遠い時刻は勾配の和に入っているか",
        xlabel="時刻 t",
        ylabel=r"$\|h_{t-1}^\top\delta_t\|$",
    )
    ax.legend()
    figure.subplots_adjust(left=0.14)
    return figure


def gradient_heatmap_quiz():
    """|dL/dh_t| of a linear RNN with W_h = r Q for r = 0.9, 1.0, 1.1, named P, Q, R."""
    figure = plot.figure((7.2, 3.4))
    ax = figure.subplots()
    Q = nn.orthogonal()(np.random.default_rng(0), (8, 8))
    for k, (name, r) in enumerate((("P", 0.9), ("Q", 1.0), ("R", 1.1))):
        size = state_gradients(r * Q, 50, "identity")
        ax.semilogy(size, label=name, **plot.STYLES[k])
    ax.set(
        title="最後の時刻の損失を、各時刻の状態で微分した大きさ",
        xlabel="時刻 t",
        ylabel="$|dL/dh_t|$",
    )
    ax.legend(loc="upper right")
    return figure


def _whole(figure):
    """Axes that fill the figure: for drawings without ticks."""
    return figure.add_axes((0.01, 0.01, 0.98, 0.98))
