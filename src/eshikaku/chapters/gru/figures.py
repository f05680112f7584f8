"""The drawings of the chapter's text; each function returns a Figure."""

from eshikaku import plot
from eshikaku.plot import Edge, Node


def cell():
    """One step of the GRU (keep, reset before the product) as a graph."""
    color = plot.COLORS
    figure = plot.figure((8.6, 3.6))
    ax = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    nodes = {
        "h0": Node(0, 2, "$h_{t-1}$", "state"),
        "x": Node(0, -1, "$x_t$", "text", color["input"]),
        "r": Node(1.6, 0.2, r"$r_t$ ($\sigma$)", "value", color["reset"]),
        "rh": Node(2.9, 1.1, "×", "op"),
        "n": Node(4.4, 0.2, r"$\tilde{h}_t$ (tanh)", "value", color["candidate"]),
        "z": Node(4.9, -1, r"$z_t$ ($\sigma$)", "value", color["update"]),
        "keep": Node(6.7, 2, "×", "op"),
        "write": Node(6.7, 0.2, "×", "op"),
        "sum": Node(7.8, 1.1, "+", "op"),
        "rest": Node(6.4, -0.6, "$1-z_t$", "text", color["update"]),
        "h1": Node(8.8, 1.1, "$h_t$", "state"),
    }
    edges = [
        Edge("h0", "r"), Edge("x", "r"), Edge("r", "rh"), Edge("h0", "rh"), Edge("rh", "n"),
        Edge("x", "n"), Edge("x", "z"), Edge("h0", "keep"), Edge("n", "write"),
        Edge("z", "keep", "$z_t$", color=color["update"], at=0.8),
        Edge("z", "write", color=color["update"]),
        Edge("keep", "sum"), Edge("write", "sum"), Edge("sum", "h1"),
    ]  # fmt: skip
    plot.graph(ax, nodes, edges)
    return figure


def accuracies(rows):
    """Accuracy of every network and task of the stored table, one dot for each seed.

    Args:
        rows: dictionaries with "task", "model" and "accuracy" (one number for each seed).
    """
    figure = plot.figure((9.6, 3.8))
    ax = figure.subplots()
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    models = list(dict.fromkeys(row["model"] for row in rows))
    for k, model in enumerate(models):
        style = {key: plot.STYLES[k][key] for key in ("color", "marker")}
        places, values = [], []
        for row in rows:
            if row["model"] == model:
                at = tasks.index(row["task"]) + (k - (len(models) - 1) / 2) * 0.16
                places += [at] * len(row["accuracy"])
                values += list(row["accuracy"])
        ax.plot(places, values, linestyle="none", label=model, alpha=0.8, **style)
    names = [task.replace("、", "\n").replace("（", "\n（") for task in tasks]
    ax.set_xticks(range(len(tasks)), names)
    ax.set(title="課題ごとの正解率（点は種ごと）", ylabel="正解率", ylim=(0, 1.05))
    ax.legend(loc="lower left", ncols=len(models))
    figure.subplots_adjust(left=0.07, right=0.98, bottom=0.18)
    return figure
