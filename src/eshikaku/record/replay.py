"""From events to :class:`~eshikaku.record.state.State`.

Nothing derived is ever stored: whoever wants to know where the learner stands replays the
events. Replay accepts any events in any order, twice or not, of this version or a later one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from eshikaku import course
from eshikaku.record.events import Event
from eshikaku.record.state import (
    Attempt,
    ExerciseRecord,
    PartRecord,
    Plan,
    QuestionRecord,
    RunRecord,
    State,
)

_SHOWN = ("study", "skip", "recall", "predict")  # what stands in a chapter, not in a session


def replay(events: Iterable[Event], now: datetime | None = None) -> State:
    """The state after ``events``.

    Args:
        now: aware, by default the present; what a wrong clock dated later counts as now.
    """
    unique = {event.uuid: event for event in events}
    builder = _Builder(now or datetime.now(UTC))
    ordered = sorted(unique.values(), key=lambda e: e.order)
    for event in ordered:
        builder.take(event)
    return builder.state(ordered)


class _Builder:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.attempts: dict[str, list[Attempt]] = {}
        self.exercises: dict[str, ExerciseRecord] = {}
        self.runs: dict[str, RunRecord] = {}
        self.parts: dict[str, PartRecord] = {}
        self.plan = Plan()
        self.disagreements: list[Event] = []

    def take(self, event: Event) -> None:
        match event.kind:
            case "answer":
                self.attempts.setdefault(event.id, []).append(self._attempt(event))
            case "check" | "hint" | "solution":
                old = self.exercises.get(event.id) or ExerciseRecord(event.id)
                self.exercises[event.id] = _exercise(old, event, self._time(event))
            case "run":
                settings = event.extra.get("settings")
                self.runs[event.id] = RunRecord(
                    event.id,
                    runs=(self.runs[event.id].runs if event.id in self.runs else 0) + 1,
                    settings=settings if isinstance(settings, dict) else {},
                )
            case "part":
                self.parts[event.id] = PartRecord(
                    event.id, event.status, self._time(event), str(event.extra.get("evidence", ""))
                )
            case "plan":
                self.plan = _plan(self.plan, event, self._time(event))
            case "disagree":
                self.disagreements.append(event)

    def state(self, events: list[Event]) -> State:
        return State(
            questions={id: _question(id, found) for id, found in self.attempts.items()},
            answers={id: _shown(found) for id, found in self.attempts.items()},
            exercises=self.exercises,
            runs=self.runs,
            parts=self.parts,
            plan=self.plan,
            disagreements=tuple(self.disagreements),
            events=len(events),
            learner=events[0].uuid if events else "",
        )

    def _time(self, event: Event) -> datetime:
        return min(event.moment, self.now)

    def _attempt(self, event: Event) -> Attempt:
        fade = event.extra.get("fade")
        return Attempt(
            uuid=event.uuid,
            time=self._time(event),
            rev=event.rev,
            seed=event.seed,
            mode=event.mode,
            status=event.status,
            score=event.score,
            seconds=event.seconds,
            hints=event.hints,
            confidence=event.confidence,
            answer=event.answer,
            fade=fade if fade in course.FADES else None,
        )


def _question(id: str, attempts: list[Attempt]) -> QuestionRecord:
    """Only the newest revision counts: an older one asked something else.

    An ``unanswered`` counts like a wrong one: the page asks once more before it sends one, so
    it means "I don't know".
    """
    newest = max(attempt.rev for attempt in attempts)
    current = [a for a in attempts if a.rev == newest]
    return QuestionRecord(
        id,
        attempts=tuple(a for a in current if a.mode != "predict"),
        predictions=tuple(a for a in current if a.mode == "predict"),
    )


def _shown(attempts: list[Attempt]) -> Attempt:
    """The answer to show again in a chapter: the newest to the standard showing, if any."""
    shown = [a for a in attempts if a.seed == 0 and a.mode in _SHOWN]
    return (shown or attempts)[-1]


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
