"""From events to :class:`~eshikaku.record.state.State`.

Nothing derived is ever stored: whoever wants to know where the learner stands replays the
events. Replay accepts any events, twice or not, of this version or a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from eshikaku import course
from eshikaku.record.events import Event
from eshikaku.record.moments import Moments
from eshikaku.record.state import (
    Attempt,
    ExerciseRecord,
    PartRecord,
    Plan,
    QuestionRecord,
    RunRecord,
    State,
)

T = TypeVar("T")
_SHOWN = ("study", "skip", "recall", "predict")  # what stands in a chapter, not in a session


def replay(events: Iterable[Event], now: datetime | None = None) -> State:
    """The state after ``events``, in the order in which they were recorded.

    Args:
        events: an event that comes again (same uuid) counts once, where it stood first.
        now: aware, by default the present (see :class:`Replay`).
    """
    unique: dict[str, Event] = {}
    for event in events:
        unique.setdefault(event.uuid, event)
    return Replay().state(list(unique.values()), now)


class Replay:
    """Replays a growing record: what was replayed before is not replayed again.

    What was recorded later counts as later, whatever the clock said: a computer whose clock was
    ahead for an evening (a dual boot, an import from a fast clock) would otherwise outrank
    everything after it. Where a moment matters (which day was it?), an event from the future
    counts as recorded right after the one before it.
    """

    def __init__(self) -> None:
        self._taken: list[Event] = []
        self._builder: _Builder | None = None

    def state(self, events: list[Event], now: datetime | None = None) -> State:
        """The state after ``events``, each of another uuid, in the order of the record.

        Usually ``events`` begins with those of the call before, and only the rest is taken;
        another order (a merged record, a file restored from a copy) is replayed anew.
        """
        now = now or datetime.now(UTC)
        known = len(self._taken)
        if self._builder is None or not self._builder.goes_on(now) or events[:known] != self._taken:
            self._builder, known = _Builder(Moments(events, now)), 0
        for event in events[known:]:
            self._builder.take(event)
        self._taken = events
        return self._builder.state(events)


class _Builder:
    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self.answers: dict[str, list[tuple[Event, datetime]]] = {}
        self.exercises: dict[str, ExerciseRecord] = {}
        self.runs: dict[str, RunRecord] = {}
        self.parts: dict[str, PartRecord] = {}
        self.plan = Plan()
        self.disagreements: list[Event] = []
        self._made: dict[str, tuple[int, QuestionRecord]] = {}

    def goes_on(self, now: datetime) -> bool:
        """Whether further events can be taken at ``now``."""
        return self.moments.hold(now)

    def take(self, event: Event) -> None:
        time = self.moments.of(event)
        match event.kind:
            case "answer":
                self.answers.setdefault(event.id, []).append((event, time))
            case "check" | "hint" | "solution":
                old = self.exercises.get(event.id) or ExerciseRecord(event.id)
                self.exercises[event.id] = _exercise(old, event, time)
            case "run":
                settings = event.extra.get("settings")
                self.runs[event.id] = RunRecord(
                    event.id,
                    runs=(self.runs[event.id].runs if event.id in self.runs else 0) + 1,
                    settings=settings if isinstance(settings, dict) else {},
                )
            case "part":
                self.parts[event.id] = PartRecord(
                    event.id, event.status, time, str(event.extra.get("evidence", ""))
                )
            case "plan":
                self.plan = _plan(self.plan, event, time)
            case "disagree":
                self.disagreements.append(event)

    def state(self, events: list[Event]) -> State:
        """The state by now; what is taken later does not change it."""
        counts = {id: len(found) for id, found in self.answers.items()}
        return State(
            questions=_Made(counts, self._question),
            answers=_Made(counts, lambda id, count: _shown(self.answers[id][:count])),
            exercises=dict(self.exercises),
            runs=dict(self.runs),
            parts=dict(self.parts),
            plan=self.plan,
            disagreements=tuple(self.disagreements),
            events=len(events),
            learner=events[0].uuid if events else "",
        )

    def _question(self, id: str, count: int) -> QuestionRecord:
        made, record = self._made.get(id, (0, None))
        if record is None or made != count:
            record = _question(id, self.answers[id][:count])
            self._made[id] = (count, record)
        return record


class _Made(Mapping[str, T]):
    """Values that are made when asked for: a page with one question needs one record of many."""

    def __init__(self, counts: Mapping[str, int], make: Callable[[str, int], T]) -> None:
        self._counts = counts
        self._make = make

    def __getitem__(self, id: str) -> T:
        return self._make(id, self._counts[id])

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __repr__(self) -> str:
        return repr(dict(self))


def _attempt(event: Event, time: datetime) -> Attempt:
    fade = event.extra.get("fade")
    return Attempt(
        event.uuid,
        time,
        event.rev,
        event.seed,
        event.mode,
        event.status,
        event.score,
        event.seconds,
        event.hints,
        event.confidence,
        event.answer,
        fade if fade in course.FADES else None,
    )


def _question(id: str, answers: list[tuple[Event, datetime]]) -> QuestionRecord:
    """Only the newest revision counts: an older one asked something else.

    No attempt is dated after one that was recorded later: the clock was ahead then. An
    ``unanswered`` counts like a wrong one: the page asks once more before it sends one, so it
    means "I don't know".
    """
    newest = max(event.rev for event, _ in answers)
    current: list[Attempt] = []
    least: datetime | None = None
    for event, time in reversed(answers):
        if event.rev == newest:
            least = time if least is None else min(time, least)
            current.append(_attempt(event, least))
    current.reverse()
    return QuestionRecord(
        id,
        attempts=tuple(a for a in current if a.mode != "predict"),
        predictions=tuple(a for a in current if a.mode == "predict"),
    )


def _shown(answers: list[tuple[Event, datetime]]) -> Attempt:
    """The answer to show again in a chapter: the newest to the standard showing, if any."""
    standard = ((e, t) for e, t in reversed(answers) if e.seed == 0 and e.mode in _SHOWN)
    return _attempt(*next(standard, answers[-1]))


def _exercise(old: ExerciseRecord, event: Event, time: datetime) -> ExerciseRecord:
    if event.kind == "hint":
        return replace(old, hints=old.hints + 1)
    if event.kind == "solution":
        return replace(old, solution_seen=True)
    source = event.answer if isinstance(event.answer, str) else ""
    passed = event.status == "passed"
    return replace(
        old,
        checks=old.checks + 1,
        status=event.status,
        source=source,
        solved_at=old.solved_at or (time if passed else None),
        solved_source=source if passed else old.solved_source,
    )


def _plan(old: Plan, event: Event, time: datetime) -> Plan:
    """The plan with the fields this event names; what is malformed leaves the old value."""
    changes: dict[str, Any] = {}
    for name, value in event.extra.items():
        match name:
            case "exam_date":
                if value is None:
                    changes[name] = None
                elif (day := _date(value)) is not None:
                    changes[name] = day
            case "weekday" | "weekend":
                if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1440:
                    changes[name] = value
            case "route":
                if isinstance(value, str):
                    changes[name] = value
            case "hide_advanced":
                if isinstance(value, bool):
                    changes[name] = value
    return replace(old, **changes, since=time) if changes else old


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
