"""How a chapter declares an experiment: controls, a pure run, a drawing, a prediction.

    def run(settings: Settings, report: Report) -> Result: ...
    def draw(figure: Figure, runs: Sequence[Run]) -> None: ...

``run`` is pure: it depends on ``settings`` alone (a seed is a setting), touches no widget
and no global state. A training calls ``report(done, total, partial)`` now and then; the
call draws, shows the progress and raises :class:`Stopped` when the learner pressed 停止.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Settings = Mapping[str, Any]

MOST_POSITIONS = 400
"""More positions than this can't be told apart on a slider."""


class Stopped(Exception):
    """Raised by ``report`` inside a run that was told to stop; never catch it in a run."""


class BadSetting(ValueError):
    """The learner's own input can't be used; the message (Japanese) says why and what can."""


class DeclarationError(ValueError):
    """An experiment is declared wrongly; the message names it and what is allowed."""


def number_text(number: float, digits: int = 3) -> str:
    """A number as it is read: ``0.01``, ``−3.2``, ``6.02×10²³``, ``∞``, ``NaN``."""
    shown = f"{number:.{digits}g}".replace("nan", "NaN").replace("inf", "∞")
    mantissa, exponential, power = shown.partition("e")
    if exponential:
        raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        shown = f"10{raised}" if mantissa == "1" else f"{mantissa}×10{raised}"
    return shown.replace("-", "−")


class Report(Protocol):
    """``report(done, total, partial)``: at least every 50 ms, so that 停止 works at once.

    ``partial`` is what is known so far (same keys as at the end), or a function that gives
    it: called only when a picture is due.
    """

    def __call__(
        self, done: int, total: int, partial: Result | Callable[[], Result] | None = None
    ) -> None: ...


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
    label: str  # what differs from the defaults, for the legend: 「学習率=0.5 ほか2項目」
    style: Mapping[str, Any]  # color, linestyle, marker …: pass on as keywords to plot()
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

    def text(self, value: Any) -> str:
        """The value as the learner reads it."""
        return str(value)

    def fault(self) -> str:
        """What is wrong with this declaration; empty when nothing is."""
        return ""


@dataclass(frozen=True)
class Slider(Control):
    """A number between ``low`` and ``high``.

    ``log=True`` moves in powers: ``step`` is in decades (0.5 is a factor of 3.16) and the
    values are rounded to two significant digits, so that what is shown is what is computed.
    ``integer=True`` gives ints. The default is always one of the positions.
    """

    low: float = 0.0
    high: float = 1.0
    step: float = 0.1
    log: bool = False
    integer: bool = False

    def values(self) -> tuple[Any, ...]:
        """All positions, in order: the grid from ``low``, with ``high`` and the default."""
        if self.log:
            count = math.floor(math.log10(self.high / self.low) / self.step + 1e-9)
            grid = [float(f"{self.low * 10 ** (self.step * i):.1e}") for i in range(count + 1)]
        else:
            count = math.floor((self.high - self.low) / self.step + 1e-9)
            grid = [float(f"{self.low + self.step * i:.10g}") for i in range(count + 1)]
        numbers = [*grid, self.low, self.high, self.default]
        return tuple(sorted({round(v) if self.integer else float(v) for v in numbers}))

    def sweep(self) -> tuple[Any, ...]:
        values = self.values()
        return tuple(dict.fromkeys((values[0], self.default, values[-1])))

    def text(self, value: Any) -> str:
        gap = " " if self.unit and self.unit[0].isascii() and self.unit != "%" else ""
        return f"{number_text(value, 6)}{gap}{self.unit}"

    def fault(self) -> str:
        if not self.low < self.high or self.step <= 0:
            return f"needs low < high and step > 0, not {self.low}, {self.high}, {self.step}"
        if self.log and self.low <= 0:
            return f"log needs low > 0, not {self.low}"
        if not self.low <= self.default <= self.high:
            return f"default {self.default} lies outside {self.low} … {self.high}"
        if self.integer and self.default != int(self.default):
            return f"default {self.default} is no integer"
        if len(self.values()) > MOST_POSITIONS:
            return f"has {len(self.values())} positions; at most {MOST_POSITIONS} (larger step)"
        return ""


@dataclass(frozen=True)
class Choice(Control):
    """One of several values: ``options`` maps the Japanese label to the value."""

    options: Mapping[str, Any] = field(default_factory=dict)

    def sweep(self) -> tuple[Any, ...]:
        return tuple(self.options.values())

    def text(self, value: Any) -> str:
        return next((label for label, v in self.options.items() if v == value), str(value))

    def fault(self) -> str:
        if self.default not in self.options.values():
            return f"default {self.default!r} is none of {list(self.options.values())}"
        return ""


@dataclass(frozen=True)
class Toggle(Control):
    """On or off."""

    def sweep(self) -> tuple[Any, ...]:
        return (False, True)

    def text(self, value: Any) -> str:
        return "あり" if value else "なし"

    def fault(self) -> str:
        return "" if isinstance(self.default, bool) else f"default {self.default!r} is no bool"


@dataclass(frozen=True)
class Text(Control):
    """Free text (the learner's own input).

    ``examples`` are shown under the field, and every one is accepted; ``refused`` are texts that
    a learner may well type and ``run`` refuses with a :class:`BadSetting`. The tests try both.
    Where a refusal names examples (例：「…」), they are accepted too.
    """

    examples: Sequence[str] = ()
    refused: Sequence[str] = ()
    max_length: int = 80

    def sweep(self) -> tuple[Any, ...]:
        return (self.default, "", *self.examples, *self.refused)

    def text(self, value: Any) -> str:
        shown = value if len(value) <= 16 else value[:15] + "…"
        return f"「{shown}」"

    def fault(self) -> str:
        return "" if len(self.default) <= self.max_length else "default is longer than max_length"


@dataclass(frozen=True)
class Cells(Control):
    """A board one paints: every cell holds one of ``levels``.

    ``levels`` maps what a cell shows (one or two characters) to its value; a click or the space
    key goes to the next level, a drag paints, a digit key picks a level by its place. The value is
    a tuple of rows, as the default is.
    """

    levels: Mapping[str, Any] = field(default_factory=dict)

    def sweep(self) -> tuple[Any, ...]:
        columns, rows = len(self.default[0]), len(self.default)
        plain = [((v,) * columns,) * rows for v in self.levels.values()]
        return tuple(dict.fromkeys((self.default, *plain)))

    def text(self, value: Any) -> str:
        pairs = zip(value, self.default, strict=True)
        changed = sum(a != b for one, other in pairs for a, b in zip(one, other, strict=True))
        return f"{changed}ますを変更" if changed else "初めの盤面"

    def fault(self) -> str:
        if not self.default or len({len(row) for row in self.default}) != 1:
            return "default is no rectangle"
        strange = {v for row in self.default for v in row} - set(self.levels.values())
        return f"default holds {strange}, none of {list(self.levels.values())}" if strange else ""


@dataclass(frozen=True)
class Prediction:
    """What is asked around a named change from the defaults.

    Attributes:
        change: settings that differ from the defaults, e.g. ``{"steps": 100}``.
        ask: id of the bank item asked before the first run (kept, never counted wrong).
        reason: id of the bank item asked after it: the reason, among near ones.
        came_true: key of ``ask``'s option that the change shows; told after the run, to those
            who predicted.
    """

    change: Mapping[str, Any]
    ask: str
    reason: str | None = None
    came_true: str | None = None

    @classmethod
    def of(cls, items: str, change: Mapping[str, Any], came_true: str | None = None) -> Prediction:
        """Asks ``<items>-predict-01`` before, ``<items>-reason-01`` after the change."""
        return cls(change, f"{items}-predict-01", f"{items}-reason-01", came_true)


class _Known(dict[str, Any]):
    """Settings and findings of a run by name; texts take any format."""

    def __init__(self, run: Run) -> None:
        found = {"label": run.label, **run.settings, **run.result.summary}
        super().__init__({k: _Said(v) if isinstance(v, str) else v for k, v in found.items()})
        self._missing = _Said("発散" if run.result.diverged else "測定中")

    def __missing__(self, name: str) -> str:
        return self._missing


class _Said(str):
    def __format__(self, spec: str) -> str:
        return str(self)


def saying(template: str) -> Callable[[Run], str]:
    """An alternative text: ``saying("…の折れ線。{label}では正解率が{正解率:.0%}。")``.

    Names are ``label``, settings and entries of the summary; what is not known yet is 「測定中」.
    """
    return lambda run: template.format_map(_Known(run))


@dataclass(frozen=True)
class Experiment:
    """A declared experiment; calling it shows it (see :mod:`eshikaku.experiments.show`).

    Attributes:
        name: unique in its chapter, kebab-case; see :attr:`key`.
        title: Japanese, says what to look at.
        controls: in the order they are shown.
        run: pure function of the settings.
        draw: draws the runs, newest last, on an empty Figure.
        alt: Japanese alternative text of the figure for a finished run.
        look_for: one or two sentences above the figure: what to look at.
        seen: Markdown, folded until the learner has run and answered: what was to be seen.
        live: forward pass only: every moved slider runs at once (≤ 100 ms); no run button.
        overlay: whether earlier runs are kept and drawn together.
        full: settings of the long version behind its own button, with its minutes; keys that
            are no controls are allowed (``settings.get("updates", 3000)``).
        short: settings that make a run short (``{"updates": 30}``, read like those of ``full``):
            the generated sweep runs every control's ends with them; worth it from a second on.
        figsize: inches of 100 CSS pixels.

    Raises:
        DeclarationError: a control, the prediction or ``full`` does not fit the rest.
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
    short: Mapping[str, Any] | None = None
    figsize: tuple[float, float] = (7.2, 3.6)

    def __post_init__(self) -> None:
        names = [c.name for c in self.controls]
        faults = [f"control {c.name}: {c.fault()}" for c in self.controls if c.fault()]
        faults += [f"two controls named {n}" for n in dict.fromkeys(names) if names.count(n) > 1]
        if self.prediction is not None:
            defaults = self.defaults()
            for name, value in self.prediction.change.items():
                if name not in defaults:
                    faults.append(f"prediction changes {name!r}, but the controls are {names}")
                elif value == defaults[name]:
                    faults.append(f"prediction sets {name} to its default {value!r}")
        if self.full is not None and self.full_minutes <= 0:
            faults.append("full needs full_minutes > 0")
        if faults:
            raise DeclarationError(f"experiment {self.name!r}: " + "; ".join(faults))

    @property
    def key(self) -> str:
        """Key of its events and runs: ``rnn/binary-addition`` (chapter's stem and name)."""
        parts = getattr(self.run, "__module__", "").split(".")
        return f"{parts[2]}/{self.name}" if parts[:2] == ["eshikaku", "chapters"] else self.name

    def defaults(self) -> dict[str, Any]:
        """The settings of the known starting point."""
        return {c.name: c.default for c in self.controls}

    def __call__(self) -> None:
        """Show the experiment in the notebook."""
        from eshikaku.experiments.show import show

        show(self)
