"""Charts that many chapters draw: learning curves and heat maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D
    from numpy.typing import ArrayLike


def smoothed(values: np.ndarray, window: int) -> np.ndarray:
    """Moving mean over the last ``window`` values (fewer at the start), same length."""
    import numpy as np

    total = np.cumsum(np.concatenate(([0.0], values)))
    last = np.arange(1, len(values) + 1)
    first = np.maximum(last - window, 0)
    return (total[last] - total[first]) / (last - first)


def loss_curve(
    ax: Axes,
    losses: ArrayLike,
    steps: ArrayLike | None = None,
    *,
    label: str | None = None,
    smooth: int = 0,
    **style: Any,
) -> Line2D:
    """Draw a learning curve; where it leaves the finite numbers it ends in a cross.

    Args:
        losses: ``(n,)``; drawn up to the first NaN or infinity.
        steps: ``(n,)`` x values; 1 … n when omitted.
        smooth: window of the moving mean; 0 or 1 draws the values themselves.
        style: colour, linestyle, marker … (``Run.style``).
    """
    import numpy as np

    y = np.asarray(losses, dtype=float).ravel()
    x = np.arange(1, len(y) + 1) if steps is None else np.asarray(steps, dtype=float).ravel()
    if x.shape != y.shape:
        raise ValueError(f"loss_curve: {len(y)} losses but {len(x)} steps")
    bad = np.flatnonzero(~np.isfinite(y))
    end = int(bad[0]) if bad.size else len(y)
    x, y = x[:end], y[:end]
    if smooth > 1:
        y = smoothed(y, smooth)
    (line,) = ax.plot(x, y, label=label, **style)
    if bad.size and end:
        ax.plot(x[-1:], y[-1:], "x", color=line.get_color(), markersize=11, markeredgewidth=2.5)
    return line


def mark_cut(ax: Axes, x: ArrayLike, y: ArrayLike, color: str, most: int = 8) -> None:
    """Triangles at the upper and lower edge where a line leaves the axes: what is cut is told.

    Args:
        x, y: ``(n,)``; call it when the limits of the axes are set.
        most: triangles at one edge.
    """
    import numpy as np

    low, high = sorted(ax.get_ylim())
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    for outside, edge, marker in ((y > high, high, "^"), (y < low, low, "v")):
        at = np.flatnonzero(outside)
        at = at[np.linspace(0, len(at) - 1, min(most, len(at))).astype(int)]
        if len(at):
            style: dict[str, Any] = {
                "marker": marker,
                "linestyle": "none",
                "color": color,
                "clip_on": False,
            }
            ax.plot(x[at], np.full(len(at), edge), **style, markersize=8, zorder=3)


def heatmap(
    ax: Axes,
    matrix: ArrayLike,
    *,
    xlabel: str = "",
    ylabel: str = "",
    center: float | None = None,
    limits: tuple[float, float] | None = None,
    label: str = "",
    annotate: bool = False,
    xticks: Sequence[str] | None = None,
    yticks: Sequence[str] | None = None,
    colorbar: bool | Axes = True,
) -> AxesImage:
    """Draw a matrix as colours, row 0 on top.

    Args:
        matrix: ``(rows, columns)``.
        center: value drawn white (a diverging map); otherwise the map is sequential.
        limits: smallest and largest value of the colours; from the data when omitted.
        label: name of the quantity, beside the colour bar.
        annotate: write each value into its cell (2 significant digits).
        xticks, yticks: names of the columns and rows; their numbers when omitted.
        colorbar: whether to draw one, or the axes to draw it in (which a live experiment keeps
            from picture to picture: making axes takes longer than filling them).
    """
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    values = np.asarray(matrix, dtype=float)
    finite = values[np.isfinite(values)]
    low, high = limits or ((finite.min(), finite.max()) if finite.size else (0.0, 1.0))
    if center is not None:
        reach = max(abs(high - center), abs(low - center)) or 1.0
        low, high = center - reach, center + reach
    drawn = ax.imshow(
        values,
        aspect="auto",
        interpolation="nearest",
        cmap="cividis" if center is None else "PuOr_r",
        vmin=low,
        vmax=high if high > low else low + 1.0,
    )
    ax.grid(False)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    for axis, names in ((ax.xaxis, xticks), (ax.yaxis, yticks)):
        if names is None:
            axis.set_major_locator(MaxNLocator(integer=True, nbins=9, min_n_ticks=1))
        else:
            axis.set_ticks(range(len(names)), names)
    if annotate:
        for (row, column), value in np.ndenumerate(values):
            red, green, blue, _ = drawn.cmap(drawn.norm(value))
            bright = 0.299 * red + 0.587 * green + 0.114 * blue > 0.55
            ax.text(
                column,
                row,
                f"{value:.2g}",
                ha="center",
                va="center",
                color="black" if bright or not np.isfinite(value) else "white",
            )
    if colorbar is True:
        colorbar = _beside(ax, label)
    if colorbar:
        _bar(drawn, colorbar, label)
    return drawn


def _bar(drawn: AxesImage, axes: Axes, label: str) -> None:
    """The colour bar of an image in its axes; one that is there and shows the same stays."""
    kept = getattr(axes, "_colorbar", None)
    if kept is None:
        axes.figure.colorbar(drawn, cax=axes, label=label)
    elif (drawn.cmap.name, drawn.get_clim()) != (kept.cmap.name, kept.mappable.get_clim()):
        kept.update_normal(drawn)
        kept.set_label(label)


def _beside(ax: Axes, label: str) -> Axes:
    """Axes for a colour bar within the room of ``ax``, its numbers and label included."""
    figure = ax.figure
    box = ax.get_position()
    inch = 1.0 / figure.get_figwidth()  # type: ignore[union-attr]
    room = (0.62 + (0.25 if label else 0.0)) * inch
    ax.set_position((box.x0, box.y0, box.width - room, box.height))
    return figure.add_axes((box.x1 - room + 0.08 * inch, box.y0, 0.13 * inch, box.height))
