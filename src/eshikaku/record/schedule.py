"""When a question comes back: FSRS with the exam in view.

FSRS's defaults bring a right answer back after ten minutes, then after 7, 32 and 118 days:
wrong for the weeks before an exam. So there are no steps within a day, no interval reaches
past the day before the exam, and what is forgotten most and asked most comes first when a
day's minutes are few. Everything here is a pure function; nothing is random.

Source: J. Ye et al., A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition
Scheduling (KDD 2022); the package ``fsrs``.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from eshikaku.record.moments import local_days
from eshikaku.record.state import Attempt, QuestionRecord, State

if TYPE_CHECKING:
    from fsrs import Card as Memory
    from fsrs import Rating, Scheduler

QUICK = 0.5  # share of the usual time within which a sure answer is easy
EASY_AFTER = 2  # successes before an answer can be easy
FREE_INTERVAL = 36500  # days, where no exam bounds it


@dataclass(frozen=True)
class Card:
    """What is known about the memory of one question.

    Attributes:
        due: the learner's local day on which the question comes back.
        retrievability: chance in 0…1 to recall it now.
        weakness: 1 − retrievability × mastery: chance to fail it now.
    """

    id: str
    due: date
    stability: float
    retrievability: float
    weakness: float
    wrong_and_sure: bool


@dataclass(frozen=True)
class Queue:
    """Today's reviews within the daily limit.

    Attributes:
        today: in the order to ask.
        dropped: due, but beyond the day's minutes; they are no debt and compete anew tomorrow.
        seconds: what ``today`` is expected to take.
    """

    today: tuple[Card, ...]
    dropped: tuple[Card, ...]
    seconds: float


def rating(attempt: Attempt, earlier: Iterable[Attempt] = ()) -> Rating:
    """FSRS's rating of an attempt.

    Not right → Again; right but unsure, with a hint or beside a worked solution → Hard; right
    → Good; right, sure and within half the usual time after two successes → Easy. A
    self-scored text with at least half of its points is Hard.

    Args:
        earlier: the attempts before this one; the median of their seconds is the usual time.
    """
    before = _Before()
    for attempt_before in earlier:
        before.add(attempt_before)
    return before.rate(attempt)


class _Before:
    """What the attempts so far say about the next one."""

    def __init__(self) -> None:
        from fsrs import Rating

        self.ratings = Rating
        self.successes = 0  # in a row, at the end
        self.times: list[float] = []  # sorted

    def add(self, attempt: Attempt) -> None:
        self.successes = self.successes + 1 if attempt.right else 0
        if attempt.seconds > 0:
            insort(self.times, attempt.seconds)

    def rate(self, attempt: Attempt) -> Rating:
        """See :func:`rating`."""
        if not attempt.right:
            half = attempt.status == "self" and attempt.score >= 0.5
            return self.ratings.Hard if half else self.ratings.Again
        if attempt.confidence == "unsure" or attempt.hints or attempt.fade == "worked":
            return self.ratings.Hard
        easy = attempt.sure and self.successes >= EASY_AFTER and self.times
        if easy and 0 < attempt.seconds <= QUICK * self._usual():
            return self.ratings.Easy
        return self.ratings.Good

    def _usual(self) -> float:
        """The median of the seconds."""
        middle = len(self.times) // 2
        return (self.times[middle] + self.times[-middle - 1]) / 2


def card(record: QuestionRecord, now: datetime, exam: date | None) -> Card | None:
    """The memory of one question; ``None`` where it was never answered.

    Args:
        now: aware; its time zone says where one day ends.
        exam: the day of the exam; intervals end on the day before it.
    """
    if not record.attempts:
        return None
    memory = _memory(record, now, exam)
    recall = float(_unbounded().get_card_retrievability(memory, _midnight(now.date())))
    return Card(
        id=record.id,
        due=memory.due.date(),
        stability=float(memory.stability or 0.0),
        retrievability=recall,
        weakness=1 - recall * record.mastery,
        wrong_and_sure=record.wrong_and_sure,
    )


@dataclass(frozen=True)
class _Remembered:
    """The memory after some attempts, to go on from when there are more."""

    attempts: tuple[Attempt, ...]
    zone: tzinfo | None
    exam: date | None
    memory: Memory
    before: _Before


_remembered: dict[str, _Remembered] = {}  # by question


def _memory(record: QuestionRecord, now: datetime, exam: date | None) -> Memory:
    """FSRS's memory after all attempts; those of the last call are not reviewed again."""
    from fsrs import Card as Memory

    old = _remembered.pop(record.id, None)  # an interrupt in between leaves nothing half done
    if old is None or old.zone != now.tzinfo or old.exam != exam or not _begins(record, old):
        memory, before, done = Memory(card_id=1, due=now), _Before(), 0
    else:
        memory, before, done = old.memory, old.before, len(old.attempts)
    day_of = local_days(now)
    for attempt in record.attempts[done:]:
        day = day_of(attempt.time)
        scheduler = _scheduler(exam, day)
        memory, _ = scheduler.review_card(memory, before.rate(attempt), _midnight(day))
        before.add(attempt)
    _remembered[record.id] = _Remembered(record.attempts, now.tzinfo, exam, memory, before)
    return memory


def _begins(record: QuestionRecord, old: _Remembered) -> bool:
    """Whether the attempts begin with those that are remembered."""
    return old.attempts is record.attempts or record.attempts[: len(old.attempts)] == old.attempts


def cards(state: State, now: datetime, exam: date | None) -> dict[str, Card]:
    """The memory of every question that was answered."""
    found = (card(record, now, exam) for record in state.questions.values())
    return {c.id: c for c in found if c is not None}


def queue(
    cards: Iterable[Card],
    now: datetime,
    minutes: float,
    weight: Callable[[str], float] = lambda id: 1.0,
    seconds: Callable[[str], float] = lambda id: 60.0,
) -> Queue:
    """What to review on the day of ``now``.

    Wrong-and-sure comes first, then by weakness × weight; what does not fit into ``minutes``
    is dropped for today.

    Args:
        weight: how much the exam asks of a question's syllabus item; 0 leaves it out.
        seconds: how long the question is expected to take.
    """
    today = now.date()
    due = [c for c in cards if c.due <= today and weight(c.id) > 0]
    due.sort(key=lambda c: (not c.wrong_and_sure, -c.weakness * weight(c.id), c.id))
    taken: list[Card] = []
    dropped: list[Card] = []
    spent = 0.0
    for item in due:
        cost = max(seconds(item.id), 0.0)
        if spent + cost <= minutes * 60:
            taken.append(item)
            spent += cost
        else:
            dropped.append(item)
    return Queue(tuple(taken), tuple(dropped), spent)


def _scheduler(exam: date | None, day: date) -> Scheduler:
    """The scheduler of a review on ``day``: its longest interval ends the day before the exam."""
    left = (exam - day).days if exam is not None else 0
    return _bounded(max(left - 1, 1)) if left > 0 else _unbounded()


@lru_cache(maxsize=1024)
def _bounded(days: int) -> Scheduler:
    from fsrs import Scheduler

    return Scheduler(
        learning_steps=(), relearning_steps=(), maximum_interval=days, enable_fuzzing=False
    )


def _unbounded() -> Scheduler:
    return _bounded(FREE_INTERVAL)


def _midnight(day: date) -> datetime:
    """The learner's day as FSRS sees it: next morning is one day later, not nine hours."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
