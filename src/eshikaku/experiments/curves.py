"""Trainings as experiments: a run adds numbers, the engine does the rest.

    def run(settings, curve):
        net = …
        for loss in train(net, curve.updates):
            curve.add(loss)                                   # one update is done
            curve.every(20, accuracy=lambda: measure(net))    # now and then: what takes time
        return {"最後の20回の損失": curve.last(20)}           # the summary

    memory = training(name=…, run=run, updates=250, panels=Curves("題", ylabel="損失"), …)

Progress, 停止, the growing picture, divergence, smoothing, legend, alternative text and the
long and short versions (``settings["updates"]``) need no line in a chapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eshikaku.experiments.declaration import (
    DeclarationError,
    Experiment,
    Report,
    Result,
    Run,
    Settings,
    Slider,
    number_text,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SEED = Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True)
"""The control that nearly every training has."""

MAIN = "y"
"""Name of the line that ``curve.add(value)`` adds to."""

FEW = 40
"""A line of at most so many points shows each of them by a marker."""

Summary = Mapping[str, Any]
"""What a run found, by name: numbers or short texts."""

Level = tuple[float, str]
Drawing = Callable[["Axes", Sequence[Run]], None]


class _Diverged(Exception):
    """A value that is not finite: the run ends here, and that is its result."""


class Curve:
    """What a training tells while it runs: points of lines, and other data to be drawn.

    Attributes:
        updates: how many updates there shall be (``settings["updates"]`` before the declared);
            a run that knows better sets it.
        done: how many were added.
    """

    def __init__(self, report: Report, updates: int) -> None:
        self.updates, self.done = updates, 0
        self._report = report
        self._x: dict[str, list[int]] = {}
        self._y: dict[str, list[Any]] = {}
        self._shown: dict[str, Any] = {}

    def add(self, value: Any = None, **values: Any) -> None:
        """One update is done; ``value`` is the next point of the main line, ``values`` of others.

        A value is a number, or one number for each of S networks trained side by side, (S,).
        Ends the run where the learner said 停止, and where a value is not finite.
        """
        self.done += 1
        if value is not None:
            values[MAIN] = value
        self.put(**values)
        if not all(np.isfinite(v).all() for v in values.values()):
            raise _Diverged
        # before the second update, what is measured after the first one is not known yet
        picture = self.result if self.done > 1 else None
        self._report(min(self.done, self.updates), self.updates, picture)

    def every(self, count: int, **measures: Callable[[], Any]) -> None:
        """After an ``add``: measure at updates 1, ``count``, 2 ``count``, … and at the last one."""
        if self.done == 1 or self.done % count == 0 or self.done == self.updates:
            self.put(**{name: measure() for name, measure in measures.items()})

    def put(self, **values: Any) -> None:
        """A point of each named line at the present update, instead of one that is there."""
        for name, value in values.items():
            x, y = self._x.setdefault(name, []), self._y.setdefault(name, [])
            if x and x[-1] == self.done:
                y[-1] = value
            else:
                x.append(self.done)
                y.append(value)

    def show(self, **data: Any) -> None:
        """Other data for the panels: values, or functions that are called when a picture is due."""
        self._shown.update(data)

    def values(self, line: str = MAIN) -> NDArray[Any]:
        """What was added to a line so far, (n,) or (n, S)."""
        return np.array(self._y.get(line, []), dtype=float)

    def last(self, count: int = 1, line: str = MAIN) -> float:
        """The mean of the last ``count`` values of a line; NaN where there are none."""
        values = self.values(line)[-count:]
        return float(values.mean()) if len(values) else float("nan")

    def reached(self, level: float, smooth: int = 1, line: str = MAIN) -> int | None:
        """The update at which the mean of ``smooth`` values first was at least ``level``."""
        from eshikaku.plot.charts import smoothed

        y = smoothed(self.values(line), smooth)
        found = np.flatnonzero(y[smooth - 1 :] >= level)
        return self._x[line][found[0] + smooth - 1] if len(found) else None

    def result(self) -> Result:
        """All that is known so far, as panels read it.

        ``data[line]`` (n,) or (n, S) and ``data["at"][line]`` (n,): values and their updates ·
        ``data["updates"]``: how many there shall be · ``data[name]``: what was shown.
        """
        shown = {name: v() if callable(v) else v for name, v in self._shown.items()}
        lines = {name: self.values(name) for name in self._y}
        at = {name: np.array(x) for name, x in self._x.items()}
        return Result({**lines, **shown, "at": at, "updates": self.updates})


@dataclass(frozen=True)
class Curves:
    """Axes with a line of each run, over its updates or over numbers of its own.

    Attributes:
        title: what to look at.
        ylabel: the quantity; what is smoothed says so: 「正解率（直近10回の平均）」.
        line: which line of the runs is drawn. Of S networks each is drawn thin, their mean on top.
        smooth: each point is the mean of so many values.
        levels: ``(value, name)`` of horizontal lines (chance, a baseline), named in the legend;
            or a function that gives them for the runs.
        percent: the value is read as a percentage in the alternative text.
        x: over what a line stands that is no training curve (the run shows its values), with
            ``xlabel``.
        axes: more for ``ax.set``: ``{"ylim": (0, 1.05), "yscale": "log"}``. What a limit cuts off
            is marked by a triangle at the edge.
        extra: draws more of the runs on the same axes.
    """

    title: str
    ylabel: str
    line: str = MAIN
    smooth: int = 1
    levels: Sequence[Level] | Callable[[Sequence[Run]], Iterable[Level]] = ()
    percent: bool = False
    x: Sequence[float] | NDArray[Any] | None = None
    xlabel: str = "更新回数"
    axes: Mapping[str, Any] = field(default_factory=dict)
    extra: Drawing | None = None

    def __call__(self, ax: Axes, runs: Sequence[Run]) -> None:
        """Draw them, newest last."""
        from eshikaku import plot
        from eshikaku.plot.charts import smoothed

        for run in runs:
            self._line(ax, run)
        levels = self.levels(runs) if callable(self.levels) else self.levels
        grey, dashes = plot.COLORS["baseline"], cycle((":", (0, (1, 3)), (0, (3, 3))))
        for (value, name), dash in zip(levels, dashes, strict=False):
            ax.axhline(value, linewidth=1.4, label=name, color=grey, linestyle=dash)
        if self.x is None:
            most = max(run.result.data["updates"] for run in runs)
            ax.set_xlim(0, 1.01 * most)
        ax.set(title=self.title, xlabel=self.xlabel, ylabel=self.ylabel, **self.axes)
        if self.extra is not None:  # it may set limits
            self.extra(ax, runs)
        for run in runs:
            y, x = self.values(run)
            if y.ndim == 1:
                plot.mark_cut(ax, x, smoothed(y, self.smooth), run.style["color"])

    def _line(self, ax: Axes, run: Run) -> None:
        from eshikaku import plot
        from eshikaku.plot.charts import smoothed

        y, x = self.values(run)
        style = dict(run.style)
        if y.ndim == 2:
            y = np.stack([smoothed(column, self.smooth) for column in y.T])
            thin = {k: v for k, v in style.items() if not k.startswith("mark")}
            ax.plot(x, y.T, **thin, linewidth=0.8, alpha=0.5)
            ax.plot(x, y.mean(axis=0), **thin, linewidth=2.2, label=run.label)
            return
        if len(y) <= FEW:
            style["markevery"] = 1
        plot.loss_curve(ax, y, x, label=run.label, smooth=self.smooth, **style)

    def values(self, run: Run) -> tuple[NDArray[Any], NDArray[Any]]:
        """Values of the line and where they stand; empty ones where it has no point yet."""
        data = run.result.data
        y = np.asarray(data.get(self.line, ()), dtype=float)
        x = data["at"].get(self.line, ()) if self.x is None else self.x[: len(y)]
        return y, np.asarray(x, dtype=float)

    def spoken(self, run: Run) -> str:
        """The last value as it is read."""
        y, _ = self.values(run)
        if not len(y):
            return "まだありません"
        last = float(np.mean(y[-self.smooth :]))
        return f"{last:.0%}" if self.percent and np.isfinite(last) else number_text(last)


def training(
    *,
    run: Callable[[Settings, Curve], Summary],
    updates: int | Callable[[Settings], int],
    panels: Curves | Drawing | Sequence[Curves | Drawing] = (),
    what: str = "",
    widths: Sequence[float] | None = None,
    draw: Callable[[Figure, Sequence[Run]], None] | None = None,
    alt: Callable[[Run], str] | None = None,
    figsize: tuple[float, float] = (7.6, 4.0),
    **declared: Any,
) -> Experiment:
    """An experiment whose run is a training.

    Args:
        run: trains, tells ``curve``, and returns the summary (name → number or short text).
        updates: how many updates a run makes, or a function of the settings.
        panels: the axes from left to right: :class:`Curves`, or functions ``(ax, runs)`` for
            what is no curve (they read ``run.result.data``, the newest run is the last).
        what: the quantity of the first curves for the alternative text: 「記憶課題の正解率」.
        widths: of the axes, relative to each other.
        draw: draws the whole figure instead of ``panels``.
        alt: the alternative text, where more is to be said than the last value.
        declared: everything else of an :class:`Experiment`.

    Raises:
        DeclarationError: there is nothing to draw, or nothing to say of it.
    """
    drawn = list(panels) if isinstance(panels, Sequence) else [panels]
    curves = [panel for panel in drawn if isinstance(panel, Curves)]
    if bool(drawn) == (draw is not None):
        raise DeclarationError(f"experiment {declared.get('name')!r}: needs panels or draw")
    if alt is None and not (curves and what):
        raise DeclarationError(f"experiment {declared.get('name')!r}: needs what or alt")

    def trained(settings: Settings, report: Report) -> Result:
        planned = updates(settings) if callable(updates) else updates
        curve = Curve(report, settings.get("updates", planned))
        report(0, curve.updates)
        try:
            summary = dict(run(settings, curve))
        except _Diverged:
            return Result({**curve.result().data}, {}, diverged=True)
        return Result(curve.result().data, summary)

    trained.__module__ = run.__module__  # tells whose experiment it is

    def panels_drawn(figure: Figure, runs: Sequence[Run]) -> None:
        figure.set_layout_engine("constrained")
        axes = np.atleast_1d(figure.subplots(1, len(drawn), width_ratios=widths))
        for ax, panel in zip(axes, drawn, strict=True):
            panel(ax, runs)
        _legend(figure, axes)

    def spoken(seen: Run) -> str:
        ends = [(c.ylabel, c.spoken(seen)) for c in curves if c.x is None]
        end = "最後に、" + "、".join(f"{name}は{last}" for name, last in ends)
        if len(ends) == 1:
            end = f"最後の値は{ends[0][1]}"
        return f"{what}の曲線。{seen.label}では{'発散した' if seen.result.diverged else end}。"

    return Experiment(
        run=trained, draw=draw or panels_drawn, alt=alt or spoken, figsize=figsize, **declared
    )


def _legend(figure: Figure, axes: Iterable[Axes]) -> None:
    """Names of lines, once, below the figure: on no line of it.

    Axes whose panel made a legend of its own are left out.
    """
    named: dict[str, Any] = {}
    for ax in axes:
        if ax.get_legend() is None:
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
                named.setdefault(label, handle)
    if named:
        columns = min(len(named), 3 if figure.get_figwidth() >= 8 else 2)
        figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=columns)
