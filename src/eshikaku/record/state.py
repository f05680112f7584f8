"""What the record says about the learner: plain data, replayed from the events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from statistics import fmean
from typing import Any, NamedTuple

from eshikaku import course
from eshikaku.record.events import Event

_RECENT = 0.5  # weight of the newest attempt in the mastery


class Attempt(NamedTuple):
    """One answer to a question."""

    uuid: str
    time: datetime
    rev: int
    seed: int
    mode: str
    status: str
    score: float
    seconds: float
    hints: int
    confidence: str | None
    answer: Any
    fade: str | None = None

    @property
    def right(self) -> bool:
        """Wholly right; a self-scored text is right with every point of its rubric."""
        return self.status == "correct" or (self.status == "self" and self.score >= 1)

    @property
    def sure(self) -> bool:
        return self.confidence == "sure"

    @property
    def aided(self) -> bool:
        """Answered below an example, along the steps of a solution, or after a hint."""
        return bool(self.hints) or self.fade in ("worked", "faded")


@dataclass(frozen=True)
class QuestionRecord:
    """All attempts at one question in its newest revision, oldest first.

    Predictions are kept apart: they are never counted.
    """

    id: str
    attempts: tuple[Attempt, ...] = ()
    predictions: tuple[Attempt, ...] = ()

    @property
    def last(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    @cached_property
    def streak(self) -> int:
        """How many of the newest attempts were right in a row."""
        count = 0
        for attempt in reversed(self.attempts):
            if not attempt.right:
                break
            count += 1
        return count

    @cached_property
    def counted(self) -> tuple[Attempt, ...]:
        """The attempts that a score is made of: with help one can lose, but not win."""
        return tuple(a for a in self.attempts if not (a.aided and a.right))

    @cached_property
    def mastery(self) -> float:
        """Mean score in 0…1 in which each newer attempt counts as much as all older ones.

        0 where nothing counts yet.
        """
        if not self.counted:
            return 0.0
        first, *newer = self.counted
        mean = _score(first)
        for attempt in newer:
            mean += _RECENT * (_score(attempt) - mean)
        return mean

    @cached_property
    def secure(self) -> bool:
        """The newest attempt was right, without help."""
        return self.last is not None and self.last.right and not self.last.aided

    @cached_property
    def wrong_and_sure(self) -> bool:
        """The newest attempt was wrong though the learner was sure."""
        return self.last is not None and not self.last.right and self.last.sure

    @cached_property
    def weak(self) -> bool:
        """The newest attempt was not right, or fewer than about half of them were."""
        if self.last is None:
            return False
        return not self.last.right or (bool(self.counted) and self.mastery < 0.5)

    @cached_property
    def fade(self) -> str:
        """How much of the worked solution the next showing gives.

        First ``worked``, then ``faded``, then ``alone``; a wrong answer goes one level back from
        what was shown.
        """
        level = 0
        for attempt in self.attempts:
            if attempt.fade is not None:
                level = course.FADES.index(attempt.fade)
            level = min(max(level + (1 if attempt.right else -1), 0), len(course.FADES) - 1)
        return course.FADES[level]


@dataclass(frozen=True)
class ExerciseRecord:
    """What happened at one graded exercise."""

    id: str
    checks: int = 0
    hints: int = 0
    solution_seen: bool = False
    status: str = ""  # of the newest check
    source: str = ""  # of the newest check
    solved_at: datetime | None = None  # the first time
    solved_source: str = ""  # the newest source that passed

    @property
    def solved(self) -> bool:
        return self.solved_at is not None


@dataclass(frozen=True)
class RunRecord:
    """What happened at one experiment."""

    id: str
    runs: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)  # of the newest run


@dataclass(frozen=True)
class PartRecord:
    """How a part was marked last: ``done``, ``skipped`` or ``open`` again."""

    id: str
    status: str
    time: datetime
    evidence: str = ""


@dataclass(frozen=True)
class Plan:
    """What the learner said about time."""

    exam_date: date | None = None
    weekday: int | None = None  # minutes on Monday … Friday
    weekend: int | None = None
    route: str = ""
    hide_advanced: bool = False
    since: datetime | None = None  # when it was changed last

    @property
    def complete(self) -> bool:
        return None not in (self.exam_date, self.weekday, self.weekend) and bool(self.route)


@dataclass(frozen=True)
class State:
    """Everything replayed from the record."""

    questions: Mapping[str, QuestionRecord] = field(default_factory=dict)
    answers: Mapping[str, Attempt] = field(default_factory=dict)  # what the page shows again
    exercises: Mapping[str, ExerciseRecord] = field(default_factory=dict)
    runs: Mapping[str, RunRecord] = field(default_factory=dict)
    parts: Mapping[str, PartRecord] = field(default_factory=dict)
    plan: Plan = Plan()
    disagreements: tuple[Event, ...] = ()
    events: int = 0
    learner: str = ""  # the uuid of the first event: whose record it is

    def question(self, id: str) -> QuestionRecord:
        """The record of a question, empty where it was never met."""
        return self.questions.get(id) or QuestionRecord(id)

    def weak(self) -> list[QuestionRecord]:
        """Weak questions, wrong-and-sure first, then the least mastered."""
        found = [q for q in self.questions.values() if q.weak]
        return sorted(found, key=lambda q: (not q.wrong_and_sure, q.mastery, q.id))


@dataclass(frozen=True)
class Score:
    """How the questions under one label (a syllabus item, an area, a skill) stand.

    Attributes:
        total: questions under the label; ``answered``: those met at least once.
        mean: mean mastery in 0…1 of those with an attempt that counts, ``None`` without any.
    """

    total: int
    answered: int
    mean: float | None


def scores(state: State, labels: Mapping[str, tuple[str, ...]]) -> dict[str, Score]:
    """Scores by label; ``labels`` names the labels of every question of the bank."""
    total: dict[str, int] = {}
    answered: dict[str, int] = {}
    mastery: dict[str, list[float]] = {}
    for id, names in labels.items():
        record = state.questions.get(id)
        for name in names:
            total[name] = total.get(name, 0) + 1
            if record is not None and record.attempts:
                answered[name] = answered.get(name, 0) + 1
                if record.counted:
                    mastery.setdefault(name, []).append(record.mastery)
    return {
        name: Score(count, answered.get(name, 0), fmean(mastery[name]) if name in mastery else None)
        for name, count in total.items()
    }


def _score(attempt: Attempt) -> float:
    return 1.0 if attempt.right else min(max(attempt.score, 0.0), 1.0)
