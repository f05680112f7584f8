"""Pictures of an experiment: sharp ones, and drafts that follow each other fast.

Most of the time of a redraw goes into axes, ticks and their text. A draft takes the axes of
the draft before and empties them, and where the frame of one (limits, ticks, labels, place)
was drawn lately it takes its pixels; only what stands inside the axes is drawn. What a draft might
get wrong (a tick style set under one setting alone) lasts until the slider rests: then the
sharp picture is drawn from nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eshikaku.experiments.declaration import Experiment, Run

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    _Pixels = tuple[tuple[slice, slice], Any]

SHARP = 1.5
"""Pixels of a sharp picture for one CSS pixel; a draft has one."""

FRAMES = 48
"""Frames of axes whose pixels an experiment keeps: a slider that is dragged to and fro, through
positions with ticks of their own, meets them again."""


def build(experiment: Experiment, runs: Sequence[Run]) -> Figure:
    """The experiment's figure of these runs, newest last."""
    from eshikaku import plot
    from eshikaku.plot.theme import drawing

    with drawing():
        figure = plot.figure(experiment.figsize)
        experiment.draw(figure, runs)
        return figure


class Painter:
    """Draws the pictures of one experiment."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._figure: Any = None  # of the drafts
        self._frames: OrderedDict[Any, _Pixels] = OrderedDict()  # by look, the latest last

    def sharp(self, runs: Sequence[Run]) -> bytes:
        """A PNG drawn from nothing."""
        from eshikaku import plot

        return plot.png(build(self.experiment, runs), SHARP)

    def draft(self, runs: Sequence[Run]) -> bytes:
        """A PNG as fast as can be."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        from eshikaku import plot
        from eshikaku.plot.theme import apply, drawing

        with drawing():
            if self._figure is None:
                apply()
                self._figure = _draft_figure_class()(figsize=self.experiment.figsize)
                FigureCanvasAgg(self._figure)
            figure = self._figure
            figure.empty()
            try:
                self.experiment.draw(figure, runs)
                if figure.get_layout_engine() is not None:  # it moves the frame while drawing
                    self._figure = None
                    return plot.png(figure, 1.0)
                return self._draw(figure)
            except BaseException:
                self._figure = None
                raise

    def _draw(self, figure: Figure) -> bytes:
        import numpy as np

        from eshikaku.plot.show import encode

        canvas: Any = figure.canvas  # one for all drafts: its renderer knows the texts measured
        renderer = canvas.get_renderer()
        pixels = np.asarray(canvas.buffer_rgba())
        inside = [artist for artist in _inside(figure) if artist.get_visible()]
        frames = [
            self._frame((place, _look(ax, renderer)), figure, ax, pixels)
            for place, ax in enumerate(figure.axes)
        ]
        renderer.clear()
        figure.patch.draw(renderer)
        for where, frame in frames:
            np.minimum(pixels[where], frame, out=pixels[where])  # dark lines on light paper
        for artist in sorted(inside, key=lambda a: a.get_zorder()):
            artist.draw(renderer)
        return encode(bytes(canvas.buffer_rgba()), canvas.get_width_height(), level=1)

    def _frame(self, key: Any, figure: Figure, ax: Axes, pixels: Any) -> _Pixels:
        """The pixels of these axes without content: kept ones, or drawn now."""
        found = self._frames.pop(key, None)
        if found is None:
            renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
            renderer.clear()
            figure.patch.draw(renderer)
            paper = pixels[0, 0].copy()
            _draw_frame(ax, renderer)
            where = _box(pixels, paper)
            found = where, pixels[where].copy()
        self._frames[key] = found
        while len(self._frames) > FRAMES:
            self._frames.popitem(last=False)
        return found


def _draw_frame(ax: Axes, renderer: Any) -> None:
    """Draw the axes without what is in them."""
    frame = _frame_of(ax)
    hidden = [c for c in ax.get_children() if c not in frame and c.get_visible()]
    for artist in hidden:
        artist.set_visible(False)
    ax.draw(renderer)
    for artist in hidden:
        artist.set_visible(True)


def _box(pixels: Any, paper: Any) -> tuple[slice, slice]:
    """The smallest box outside which all pixels are paper."""
    import numpy as np

    inked = (pixels != paper).any(axis=2)
    sides = []
    for axis in (1, 0):
        found = np.flatnonzero(inked.any(axis=axis))
        sides.append(slice(found[0], found[-1] + 1) if len(found) else slice(0))
    return sides[0], sides[1]


def _frame_of(ax: Axes) -> set[Artist]:
    """The artists that make the frame of the axes."""
    titles = (ax.title, ax._left_title, ax._right_title)  # type: ignore[attr-defined]
    return {ax.patch, ax.xaxis, ax.yaxis, *titles, *ax.spines.values()}


def _inside(figure: Figure) -> Iterator[Artist]:
    """What is drawn on top of the frames: content of the axes, texts and legends of the figure."""
    yield from (c for c in figure.get_children() if c not in (*figure.axes, figure.patch))
    for ax in figure.axes:
        if ax.get_visible():
            frame = _frame_of(ax)
            yield from (c for c in ax.get_children() if c not in frame)


def _look(ax: Axes, renderer: Any) -> tuple[Any, ...]:
    """All that decides how the frame of the axes looks."""
    locate = ax.get_axes_locator()
    ax.apply_aspect(None if locate is None else locate(ax, renderer))
    sides = []
    for axis in (ax.xaxis, ax.yaxis):
        ticks = axis.get_majorticklocs()
        sides.append(
            (
                axis.get_visible(),
                axis.get_scale(),
                axis.get_label_text(),
                tuple(ticks),
                tuple(axis.get_major_formatter().format_ticks(list(ticks))),
                tuple(axis.get_minorticklocs()),
            )
        )
    return (
        ax.get_visible(),
        ax.get_position().bounds,
        ax.get_xlim(),
        ax.get_ylim(),
        ax.axison,
        ax.get_facecolor(),
        tuple(ax.get_title(place) for place in ("left", "center", "right")),
        tuple(sides),
        tuple((s.get_visible(), s.get_edgecolor()) for s in ax.spines.values()),
    )


@lru_cache(maxsize=1)
def _draft_figure_class() -> type:
    from matplotlib.figure import Figure

    class DraftFigure(Figure):
        """A figure whose ``subplots`` gives the axes of the drawing before, emptied."""

        _asked: Any = None  # the arguments of subplots
        _made: Any = None  # what it gave

        def empty(self) -> None:
            """Take everything out but the axes that ``subplots`` made."""
            made = [] if self._made is None else list(_axes(self._made))
            if self.subfigs or any(a.have_units() for ax in made for a in (ax.xaxis, ax.yaxis)):
                self.clear()
                self._made, made = None, []
            for child in list(self.get_children()):
                if child is not self.patch and child not in made:
                    child.remove()
            for ax in made:
                _empty(ax)

        def subplots(self, *args: Any, **keywords: Any) -> Any:
            if self._made is not None and self._asked == (args, keywords):
                return self._made
            for ax in list(self.axes):
                ax.remove()
            self._asked = (args, keywords)
            self._made = super().subplots(*args, **keywords)
            return self._made

    return DraftFigure


def _axes(made: Any) -> Iterator[Axes]:
    """The axes in what ``subplots`` gave: one, or an array of them."""
    import numpy as np

    yield from np.atleast_1d(made).ravel()


def _empty(ax: Axes) -> None:
    """As ``ax.clear()``, which takes as long as making it anew, but for ticks and spines.

    A colour bar stays: ``plot.heatmap`` goes on with it.
    """
    from matplotlib import rcParams
    from matplotlib.transforms import Bbox

    if hasattr(ax, "_colorbar"):
        return
    frame = _frame_of(ax)
    for child in list(ax.get_children()):
        if child not in frame:
            child.remove()
    ax.containers.clear()
    ax.set_prop_cycle(rcParams["axes.prop_cycle"])
    for title in (ax.title, ax._left_title, ax._right_title):  # type: ignore[attr-defined]
        title.set_text("")
    ax.set(xlabel="", ylabel="", aspect="auto", xscale="linear", yscale="linear")
    ax.set_axis_on()
    ax.dataLim.set(Bbox.null())
    ax.ignore_existing_data_limits = True
    ax.set(xlim=(0, 1), ylim=(0, 1), autoscale_on=True)
    place = ax.get_subplotspec()
    if place is not None:
        ax.set_position(place.get_position(ax.get_figure(root=True)))  # type: ignore[arg-type]
