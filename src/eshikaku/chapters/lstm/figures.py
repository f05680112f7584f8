"""The drawings of the chapter's text and questions; each function returns a Figure."""

import numpy as np

from eshikaku import plot
from eshikaku.plot import Edge, Node


def cell_diagram(letters=False):
    """One LSTM step: the cell's line on top, the four slices below, the hidden state at the right.

    Args:
        letters: P, Q, R instead of the names of the forget, output and input gate.
    """
    c = plot.COLORS
    names = ("P", "R", "Q") if letters else ("忘却 $f_t$", "入力 $i_t$", "出力 $o_t$")
    nodes = {
        "c0": Node(0, 2.6, "$c_{t-1}$", "text", c["cell"]),
        "keep": Node(1.6, 2.6, "×", "op", c["forget"]),
        "add": Node(3.9, 2.6, "+", "op", c["cell"]),
        "c1": Node(8.4, 2.6, "$c_t$", "text", c["cell"]),
        "write": Node(3.9, 1.5, "×", "op", c["input"]),
        "tanh": Node(5.9, 1.9, "tanh", "value", c["cell"]),
        "read": Node(7.2, 1.1, "×", "op", c["output"]),
        "h1": Node(8.4, 1.1, "$h_t$", "text", c["hidden"]),
        "f": Node(1.6, 0.2, names[0], "value", c["forget"]),
        "i": Node(3.0, 0.2, names[1], "value", c["input"]),
        "g": Node(4.6, 0.2, "候補 $g_t$", "value", c["candidate"]),
        "o": Node(6.4, 0.2, names[2], "value", c["output"]),
        "in": Node(4.0, -1.1, "$x_t,\\ h_{t-1}$", "state"),
    }
    edges = [
        Edge("c0", "keep", color=c["cell"]),
        Edge("keep", "add", color=c["cell"]),
        Edge("add", "c1", color=c["cell"]),
        Edge("f", "keep", color=c["forget"]),
        Edge("i", "write", color=c["input"]),
        Edge("g", "write", color=c["candidate"]),
        Edge("write", "add", color=c["input"]),
        Edge("add", "tanh", color=c["cell"]),
        Edge("tanh", "read", color=c["cell"]),
        Edge("o", "read", color=c["output"]),
        Edge("read", "h1"),
        *(Edge("in", name, color=c["grey"]) for name in "figo"),
    ]
    figure = plot.figure((7.2, 3.3))
    plot.graph(_whole(figure), nodes, edges)
    return figure


def solved_fraction(rows, seeds):
    """Solved networks against T, a line for each setting.

    Args:
        rows: of the stored table: setting, length, solved.
        seeds: networks of each setting.
    """
    figure = plot.figure((7.0, 3.0))
    ax = figure.subplots()
    settings = list(dict.fromkeys(row["setting"] for row in rows))
    lengths = sorted({row["length"] for row in rows})
    for k, name in enumerate(settings):
        solved = {row["length"]: row["solved"] / seeds for row in rows if row["setting"] == name}
        x = np.arange(len(lengths)) + 0.06 * (k - (len(settings) - 1) / 2)  # no line on another
        style = {**plot.STYLES[k], "markevery": 1, "markersize": 7}
        label = name.replace("b_f=", "$b_f$=").replace("b_i=", "$b_i$=")
        ax.plot(x, [solved[n] for n in lengths], **style, linewidth=1.8, label=label)
    ax.set_xticks(range(len(lengths)), [str(n) for n in lengths])
    ax.set(
        title=f"どの長さまで解けるか（{seeds}個の種のうち）",
        xlabel="系列の長さ T",
        ylabel="解けた割合",
        ylim=(-0.04, 1.06),
    )
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    figure.subplots_adjust(left=0.08, right=0.62, bottom=0.17)
    return figure


def _whole(figure):
    """Axes that fill the figure: for drawings without ticks."""
    return figure.add_axes((0.01, 0.01, 0.98, 0.98))
