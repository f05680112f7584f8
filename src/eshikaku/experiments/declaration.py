"""How a chapter declares an experiment: controls, a pure run, a drawing, a prediction.

    def run(settings: Settings, report: Report) -> Result: ...
    def draw(figure: Figure, runs: Sequence[Run]) -> None: ...

``run`` is pure: it depends on ``settings`` alone (a seed is a setting), touches no widget
and no global state. A training calls ``report(done, total, partial)`` now and then; the
call draws, shows the progress and raises :class:`Stopped` when the learner pressed 停止.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Settings = Mapping[str, Any]


class Stopped(Exception):  # noqa: N818 - not an error: the learner asked for it
    """Raised by ``report`` inside a run that was told to stop; never catch it in a run."""


class Report(Protocol):
    def __call__(self, done: int, total: int, partial: Result | None = None) -> None: ...


@dataclass
class Result:
    """What a run found.

    Attributes:
        data: named arrays or numbers that ``draw`` reads.
        summary: name → number or short text, shown under the figure and in the run list.
        diverged: set by the run, or by the engine where ``data`` holds a NaN or an infinity;
            shown as 「発散しました」: a result, not a crash.
    """

    data: dict[str, Any]
    summary: dict[str, Any] = field(default_factory=dict)
    diverged: bool = False


@dataclass(frozen=True)
class Run:
    """One finished (or growing) run as ``draw`` sees it."""

    settings: Settings
    result: Result
    label: str  # what differs from the defaults, for the legend: 「学習率=0.5」
    style: Mapping[str, Any]  # color, linestyle, marker: pass on as keywords to plot()
    current: bool  # the newest run; the others are the overlaid history


@dataclass(frozen=True)
class Control:
    """A control: ``name`` is its key in the settings, ``label`` its Japanese name."""

    name: str
    label: str
    default: Any
    unit: str = ""
    help: str = ""

    def sweep(self) -> tuple[Any, ...]:
        """Values a generated test tries: both ends and the default at least."""
        raise NotImplementedError


@dataclass(frozen=True)
class Slider(Control):
    """A number between ``low`` and ``high``; ``log=True`` moves in powers (step = factor's log10)."""

    low: float = 0.0
    high: float = 1.0
    step: float = 0.1
    log: bool = False
    integer: bool = False

    def sweep(self) -> tuple[Any, ...]:
        return tuple(dict.fromkeys((self.low, self.default, self.high)))


@dataclass(frozen=True)
class Choice(Control):
    """One of several values: ``options`` maps the Japanese label to the value."""

    options: Mapping[str, Any] = field(default_factory=dict)

    def sweep(self) -> tuple[Any, ...]:
        return tuple(self.options.values())


@dataclass(frozen=True)
class Toggle(Control):
    """On or off."""

    def sweep(self) -> tuple[Any, ...]:
        return (False, True)


@dataclass(frozen=True)
class Text(Control):
    """Free text (the learner's own input); ``examples`` are swept by the tests."""

    examples: Sequence[str] = ()
    max_length: int = 80

    def sweep(self) -> tuple[Any, ...]:
        return (self.default, "", *self.examples)


@dataclass(frozen=True)
class Prediction:
    """What is asked around a named change from the defaults.

    Attributes:
        change: settings that differ from the defaults, e.g. ``{"steps": 100}``.
        ask: id of the bank item asked before the first run (kept, never counted wrong).
        reason: id of the bank item asked after it: the reason, among near ones.
    """

    change: Mapping[str, Any]
    ask: str
    reason: str | None = None


@dataclass(frozen=True)
class Experiment:
    """A declared experiment; calling it shows it (see :mod:`eshikaku.experiments.show`).

    Attributes:
        name: unique in its chapter, kebab-case; key of its events (``rnn/binary-addition``).
        title: Japanese, says what to look at.
        controls: in the order they are shown.
        run: pure function of the settings.
        draw: draws the runs, newest last, on an empty Figure.
        alt: Japanese alternative text of the figure for a finished run.
        look_for: one or two sentences above the figure: what to look at.
        seen: Markdown, folded until the learner has run and answered: what was to be seen.
        live: forward pass only: every moved slider runs at once (≤ 100 ms); no run button.
        overlay: whether earlier runs are kept and drawn together.
        full: settings of the long version behind its own button, with its minutes.
        figsize: inches.
    """

    name: str
    title: str
    controls: tuple[Control, ...]
    run: Callable[[Settings, Report], Result]
    draw: Callable[[Figure, Sequence[Run]], None]
    alt: Callable[[Run], str]
    look_for: str
    seen: str
    prediction: Prediction | None = None
    live: bool = False
    overlay: bool = True
    full: Mapping[str, Any] | None = None
    full_minutes: float = 0.0
    figsize: tuple[float, float] = (7.2, 3.6)

    def defaults(self) -> dict[str, Any]:
        """The settings of the known starting point."""
        return {c.name: c.default for c in self.controls}

    def __call__(self) -> None:
        """Show the experiment in the notebook."""
        from eshikaku.experiments.show import show

        show(self)
