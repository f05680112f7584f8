"""One drawing theme for the whole course: figures, colours, and drawings chapters share.

    fig = plot.figure()
    ax = fig.subplots()
    plot.loss_curve(ax, losses, label="学習", **plot.STYLES[0])
    plot.show(fig, alt="学習曲線。損失は…")

Figures are plain :class:`matplotlib.figure.Figure` objects; nothing here touches ``pyplot``.
"""

from eshikaku.plot.charts import heatmap, loss_curve, mark_cut
from eshikaku.plot.diagrams import Edge, Node, graph, unrolled
from eshikaku.plot.pictures import show_rows, tiled
from eshikaku.plot.show import html, png, show
from eshikaku.plot.table import Table, percents
from eshikaku.plot.theme import COLORS, STYLES, MissingFont, figure

__all__ = [
    "COLORS",
    "STYLES",
    "Edge",
    "MissingFont",
    "Node",
    "Table",
    "figure",
    "graph",
    "heatmap",
    "html",
    "loss_curve",
    "mark_cut",
    "percents",
    "png",
    "show",
    "show_rows",
    "tiled",
    "unrolled",
]
