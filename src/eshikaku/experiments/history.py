"""The runs of an experiment that are kept for comparison."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eshikaku.experiments import controls
from eshikaku.experiments.declaration import Experiment, Result, Run

MOST_RUNS = 8
"""Runs kept for one experiment: as many as there are line styles."""


@dataclass
class Kept:
    """A finished, stopped or growing run."""

    id: int
    settings: Mapping[str, Any]
    result: Result
    label: str
    style: int  # index into plot.STYLES: stays when other runs are deleted
    seconds: float = 0.0
    stopped: bool = False

    def seen(self, current: bool) -> Run:
        """As ``draw`` sees it."""
        from eshikaku.plot import STYLES

        style = STYLES[self.style % len(STYLES)]
        return Run(self.settings, self.result, controls.short(self.label), style, current)


class History:
    """Kept runs, newest last; the same settings are kept once.

    Threads may ask for it and change it at once; :attr:`runs` is replaced, never changed.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.runs: list[Kept] = []
        self._next = 1
        self._lock = threading.Lock()

    def new(self, settings: Mapping[str, Any], result: Result) -> Kept:
        """A run with an id, a label and a line style of its own, not kept yet."""
        label = controls.label(self.experiment, settings)
        with self._lock:
            self._next += 1
            return Kept(self._next, settings, result, label, self._style(settings))

    def keep(self, run: Kept) -> None:
        """Add it as the newest; one with the same settings goes, and the oldest of too many."""
        with self._lock:
            others = [kept for kept in self.runs if kept.settings != run.settings]
            self.runs = [*others, run][-MOST_RUNS:]

    def delete(self, id: int | None) -> None:
        """Forget one run, or all."""
        with self._lock:
            self.runs = [kept for kept in self.runs if id is not None and kept.id != id]

    def seen(self, overlay: bool, newest: Kept | None = None) -> list[Run]:
        """What ``draw`` gets: the kept runs and ``newest`` last, or the last one alone.

        An experiment without overlay is always drawn alone; its kept runs are compared by
        their numbers in the run list.
        """
        shown = list(self.runs)
        if newest is not None:
            others = [kept for kept in shown if kept.settings != newest.settings]
            shown = [*others, newest][-MOST_RUNS:]
        if not (overlay and self.experiment.overlay):
            shown = shown[-1:]
        return [kept.seen(current=kept is shown[-1]) for kept in shown]

    def _style(self, settings: Mapping[str, Any]) -> int:
        """That of the run it will replace, else the first free one, else that of the oldest."""
        same = [kept.style for kept in self.runs if kept.settings == settings]
        used = {kept.style for kept in self.runs}
        free = [i for i in range(MOST_RUNS) if i not in used]
        return [*same, *free, *(kept.style for kept in self.runs)][0]


def row(kept: Kept, current: bool, deletable: bool) -> dict[str, Any]:
    """A line of the run list, for the page."""
    style = kept.seen(current).style
    mark = "発散" if kept.result.diverged else "停止" if kept.stopped else ""
    return {
        "id": kept.id,
        "label": kept.label,
        "summary": [[name, controls.number(v)] for name, v in kept.result.summary.items()],
        "seconds": f"{kept.seconds:.1f}" if kept.seconds else "",
        "mark": mark,
        "current": current,
        "deletable": deletable,
        "color": style["color"],
        "dash": _dash(style["linestyle"]),
    }


def _dash(linestyle: Any) -> str:
    """A matplotlib line style as an SVG dash pattern."""
    named = {"-": "", "--": "7 3", "-.": "7 3 2 3", ":": "2 3"}
    if isinstance(linestyle, str):
        return named[linestyle]
    return " ".join(f"{2 * length:g}" for length in linestyle[1])
