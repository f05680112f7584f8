"""What the generated tests ask of every chapter's experiments."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from eshikaku import course
from eshikaku.experiments import controls
from eshikaku.experiments.declaration import BadSetting, Experiment, Result, Run
from eshikaku.experiments.execution import execute
from eshikaku.experiments.history import History
from eshikaku.experiments.painter import build
from eshikaku.plot.theme import drawing

COMBINATIONS = 2  # random settings besides the ends of each control


def all_experiments() -> list[Experiment]:
    """Every chapter's experiments."""
    return [x for chapter in course.chapters() for x in chapter.experiments().values()]


def swept(experiment: Experiment) -> Iterator[dict[str, Any]]:
    """The defaults, every control at its ends (one at a time), and random combinations.

    All but the defaults in the experiment's ``short`` form where it has one.
    """
    defaults, short = experiment.defaults(), experiment.short or {}
    yield defaults
    for control in experiment.controls:
        for value in control.sweep():
            if value != control.default:
                yield {**defaults, control.name: value, **short}
    rng = np.random.default_rng(len(experiment.name))
    for _ in range(COMBINATIONS):
        ends = {c.name: c.sweep()[rng.integers(len(c.sweep()))] for c in experiment.controls}
        yield {**ends, **short}


def cases() -> list[tuple[Experiment, dict[str, Any]]]:
    """All experiments with all their swept settings."""
    return [(x, settings) for x in all_experiments() for settings in swept(x)]


def named(case: tuple[Experiment, Mapping[str, Any]]) -> str:
    """A test's name for a case."""
    experiment, settings = case
    defaults = experiment.defaults()
    differ = [f"{k}={v}" for k, v in settings.items() if v != defaults.get(k)]
    return f"{experiment.key}[{','.join(differ) or 'defaults'}]"


def japanese(text: str) -> bool:
    """Whether the text holds a Japanese letter."""
    return any("CJK" in (n := unicodedata.name(c, "")) or "KANA" in n for c in text)


def runs_of(experiment: Experiment, *results: tuple[Mapping[str, Any], Result]) -> list[Run]:
    """Runs as ``draw`` gets them, newest last."""
    history = History(experiment)
    for settings, result in results:
        history.keep(history.new(settings, result))
    return history.seen(overlay=True)


def drawn_badly(experiment: Experiment, runs: Sequence[Run]) -> list[str]:
    """What is wrong with the figure of these runs: warnings, clipped or small text."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    faults: list[str] = []
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        figure = build(experiment, runs)
        canvas = FigureCanvasAgg(figure)
        with drawing():
            canvas.draw()
    faults += [f"{w.category.__name__}: {w.message}" for w in said]
    page, undrawn = figure.bbox.padded(1.5), _undrawn(figure)
    for text in figure.findobj(Text):
        if not text.get_text().strip() or not text.get_visible() or text in undrawn:
            continue
        if text.get_fontsize() < 10:
            faults.append(f"{text.get_text()!r} has {text.get_fontsize()} pt; at least 10")
        box = text.get_window_extent(canvas.get_renderer())
        if not (
            page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
        ):
            faults.append(f"{text.get_text()!r} leaves the figure")
    for ax in figure.axes:
        if ax.axison and not (ax.get_title() or ax.get_xlabel() or ax.get_ylabel()):
            faults.append("axes without title and labels")
    return faults


def _undrawn(figure: Any) -> set[Any]:
    """Tick labels outside the limits, and those of hidden axes: they exist without being drawn."""
    undrawn: set[Any] = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            ticks = set(axis.get_major_ticks()) | set(axis.get_minor_ticks())
            shown = set(axis._update_ticks()) if ax.get_visible() and ax.axison else set()
            undrawn |= {label for tick in ticks - shown for label in (tick.label1, tick.label2)}
    return undrawn


def same(one: Any, other: Any) -> bool:
    """Whether two results hold the same, NaN equal to NaN."""
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray | np.generic | float):
        return bool(
            np.array_equal(
                np.asarray(one), np.asarray(other), equal_nan=np.asarray(one).dtype.kind in "fc"
            )
        )
    return bool(one == other)


_results: dict[str, Result | None] = {}


def result_of(experiment: Experiment, settings: Mapping[str, Any]) -> Result | None:
    """As :func:`run_or_refusal`, once for equal settings."""
    known = f"{experiment.key} {settings}"
    if known not in _results:
        _results[known] = run_or_refusal(experiment, settings)
    return _results[known]


def run_or_refusal(experiment: Experiment, settings: Mapping[str, Any]) -> Result | None:
    """The result, or ``None`` where a text was refused in Japanese."""
    checked = controls.settings_at(experiment, controls.positions(experiment, settings))
    longer = {k: v for k, v in settings.items() if k not in checked}  # of ``short``
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return execute(experiment, {**checked, **longer})
        except BadSetting as refusal:
            assert japanese(str(refusal)), refusal
            return None
