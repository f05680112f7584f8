"""Drawings of networks: computation graphs with boxes and arrows, and an RNN unrolled in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from eshikaku.plot.theme import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text


@dataclass(frozen=True)
class Node:
    """A node of a diagram at ``(x, y)``, one unit from its neighbours.

    ``kind``: ``value`` (rounded box), ``op`` (circle), ``text`` (no frame), ``state`` (filled box).
    """

    x: float
    y: float
    text: str
    kind: str = "value"
    color: str = "#333333"


@dataclass(frozen=True)
class Edge:
    """An arrow; ``back=True`` is the gradient's way (dashed, bent, the gradient's colour).

    The label stands beside the arrow, ``at`` of the way along.
    """

    start: str
    end: str
    label: str = ""
    back: bool = False
    color: str = ""
    bend: float = 0.0
    at: float = 0.5


_FRAMES: dict[str, dict[str, Any]] = {
    "value": {"boxstyle": "round,pad=0.35", "facecolor": "white", "linewidth": 1.3},
    "op": {"boxstyle": "circle,pad=0.3", "facecolor": "#F0F0F0", "linewidth": 1.3},
    "state": {"boxstyle": "round,pad=0.45", "facecolor": "#E3EEF6", "linewidth": 1.3},
    "text": {"boxstyle": "square,pad=0.2", "facecolor": "none", "edgecolor": "none"},
}


def graph(
    ax: Axes,
    nodes: Mapping[str, Node],
    edges: Sequence[Edge | tuple[str, str]],
    *,
    fontsize: float = 12,
    margin: float = 0.4,
) -> dict[str, Text]:
    """Draw a computation graph: boxes, and arrows that end at their frames.

    Returns:
        The drawn text of each node, by its name.
    """
    drawn: dict[str, Text] = {}
    for name, node in nodes.items():
        if node.kind not in _FRAMES:
            raise ValueError(
                f"node {name!r}: kind is one of {', '.join(_FRAMES)}, not {node.kind!r}"
            )
        frame = {"edgecolor": node.color, **_FRAMES[node.kind]}
        drawn[name] = ax.text(
            node.x,
            node.y,
            node.text,
            ha="center",
            va="center",
            fontsize=fontsize,
            color=node.color,
            bbox=frame,
            zorder=2,  # before the arrows, which end at the frame just drawn
        )
    for edge in edges:
        _arrow(ax, nodes, drawn, edge if isinstance(edge, Edge) else Edge(*edge), fontsize)
    xs, ys = [n.x for n in nodes.values()], [n.y for n in nodes.values()]
    ax.margins(0)
    ax.update_datalim([(min(xs) - margin, min(ys) - margin), (max(xs) + margin, max(ys) + margin)])
    ax.autoscale_view()
    ax.set_aspect("equal", adjustable="datalim")  # arrows bend in the page's proportions
    ax.axis("off")
    return drawn


def _arrow(
    ax: Axes, nodes: Mapping[str, Node], drawn: Mapping[str, Text], edge: Edge, fontsize: float
) -> None:
    for name in (edge.start, edge.end):
        if name not in nodes:
            raise ValueError(f"edge {edge.start!r} → {edge.end!r}: no node {name!r}")
    a, b = nodes[edge.start], nodes[edge.end]
    color = edge.color or (COLORS["gradient"] if edge.back else "#333333")
    bend = edge.bend or (0.25 if edge.back else 0.0)
    ax.annotate(
        "",
        xy=(b.x, b.y),
        xytext=(a.x, a.y),
        arrowprops={
            "arrowstyle": "-|>",
            "color": color,
            "linewidth": 1.4,
            "linestyle": "--" if edge.back else "-",
            "connectionstyle": f"arc3,rad={bend}",
            "shrinkA": 1,
            "shrinkB": 1,
            "mutation_scale": 13,
            "patchA": drawn[edge.start].get_bbox_patch(),
            "patchB": drawn[edge.end].get_bbox_patch(),
        },
        zorder=3,
    )
    if edge.label:
        _label(ax, a, b, edge, bend, color, fontsize - 1)


def _label(
    ax: Axes, a: Node, b: Node, edge: Edge, bend: float, color: str, fontsize: float
) -> None:
    dx, dy = b.x - a.x, b.y - a.y
    # a bent arrow is furthest from the straight line, half the bend, in the middle
    off = 2 * bend * edge.at * (1 - edge.at)
    flat = abs(dx) >= abs(dy)
    below = flat and edge.back and bend * dx > 0
    ax.annotate(
        edge.label,
        (a.x + edge.at * dx + off * dy, a.y + edge.at * dy - off * dx),
        xytext=(0, -5 if below else 5) if flat else (5, 0),
        textcoords="offset points",
        ha="center" if flat else "left",
        va=("top" if below else "bottom") if flat else "center",
        fontsize=fontsize,
        color=color,
        zorder=4,
    )


def unrolled(
    ax: Axes,
    steps: int = 4,
    *,
    inputs: Sequence[str] | None = None,
    hidden: Sequence[str] | None = None,
    outputs: Sequence[str | None] | None = None,
    weights: tuple[str, str, str] = ("$W_x$", "$W_h$", "$W_y$"),
    start: str | None = "$h_0$",
    feedback: bool = False,
    reverse: bool = False,
) -> dict[str, Text]:
    """Draw an RNN unrolled over time: inputs below, states in a row, outputs above.

    Args:
        steps: number of time steps T.
        inputs, hidden, outputs: text of each step ($x_1$ … when omitted); ``None`` leaves one out.
        weights: text on the arrows input→state, state→state, state→output.
        start: text of the first state, or ``None`` for no arrow into the first step.
        feedback: each output is the next input (free running).
        reverse: the state goes from the last step to the first.
    """
    order = range(1, steps + 1)
    below = list(inputs) if inputs is not None else [f"$x_{{{t}}}$" for t in order]
    state = list(hidden) if hidden is not None else [f"$h_{{{t}}}$" for t in order]
    above = list(outputs) if outputs is not None else [f"$y_{{{t}}}$" for t in order]
    if not len(below) == len(state) == len(above) == steps:
        raise ValueError(f"unrolled: inputs, hidden and outputs need {steps} texts each")
    at = 0.3 if feedback else 0.5  # labels keep clear of the arrows that come back
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for t in range(steps):
        nodes[f"h{t}"] = Node(1.6 * t, 0, state[t], "state")
        if below[t]:
            nodes[f"x{t}"] = Node(1.6 * t, -1.2, below[t], "text", COLORS["input"])
            edges.append(Edge(f"x{t}", f"h{t}", weights[0]))
        if above[t]:
            nodes[f"y{t}"] = Node(1.6 * t, 1.2, str(above[t]), "text", COLORS["output"])
            edges.append(Edge(f"h{t}", f"y{t}", weights[2], at=at))
    times = list(range(steps))[:: -1 if reverse else 1]
    edges += [Edge(f"h{a}", f"h{b}", weights[1], at=at) for a, b in pairwise(times)]
    if start is not None:
        nodes["h_start"] = Node(1.6 * times[0] + (1.3 if reverse else -1.3), 0, start, "text")
        edges.append(Edge("h_start", f"h{times[0]}", weights[1]))
    if feedback:
        edges += [
            Edge(f"y{t}", f"x{t + 1}", color=COLORS["gradient"])
            for t in range(steps - 1)
            if f"y{t}" in nodes and f"x{t + 1}" in nodes
        ]
    return graph(ax, nodes, edges)
