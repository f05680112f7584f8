"""When a question comes back: FSRS with the exam in view.

FSRS's defaults bring a right answer back after ten minutes, then after 7, 32 and 118 days:
wrong for the weeks before an exam. So there are no steps within a day, no interval reaches
past the day before the exam, and what is forgotten most and asked most comes first when a
day's minutes are few. Everything here is a pure function; nothing is random.

Source: J. Ye et al., A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition
Scheduling (KDD 2022); the package ``fsrs``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import TYPE_CHECKING

from eshikaku.record.state import Attempt, QuestionRecord, State

if TYPE_CHECKING:
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
    from fsrs import Rating

    if not attempt.right:
        half = attempt.status == "self" and attempt.score >= 0.5
        return Rating.Hard if half else Rating.Again
    if attempt.confidence == "unsure" or attempt.hints or attempt.fade == "worked":
        return Rating.Hard
    before = list(earlier)
    successes = QuestionRecord("", tuple(before)).streak
    times = [a.seconds for a in before if a.seconds > 0]
    quick = bool(times) and 0 < attempt.seconds <= QUICK * median(times)
    if attempt.sure and successes >= EASY_AFTER and quick:
        return Rating.Easy
    return Rating.Good


def card(record: QuestionRecord, now: datetime, exam: date | None) -> Card | None:
    """The memory of one question; ``None`` where it was never answered.

    Args:
        now: aware; its time zone says where one day ends.
        exam: the day of the exam; intervals end on the day before it.
    """
    from fsrs import Card as Memory

    if not record.attempts:
        return None
    memory = Memory(card_id=1, due=now)
    for index, attempt in enumerate(record.attempts):
        day = _local(attempt.time, now)
        scheduler = _scheduler(exam, day)
        memory, _ = scheduler.review_card(
            memory, rating(attempt, record.attempts[:index]), _midnight(day)
        )
    recall = float(scheduler.get_card_retrievability(memory, _midnight(now.date())))
    return Card(
        id=record.id,
        due=memory.due.date(),
        stability=float(memory.stability),
        retrievability=recall,
        weakness=1 - recall * record.mastery,
        wrong_and_sure=record.wrong_and_sure,
    )


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
    from fsrs import Scheduler

    left = (exam - day).days if exam is not None else 0
    return Scheduler(
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=max(left - 1, 1) if left > 0 else FREE_INTERVAL,
        enable_fuzzing=False,
    )


def _midnight(day: date) -> datetime:
    """The learner's day as FSRS sees it: next morning is one day later, not nine hours."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _local(moment: datetime, now: datetime) -> date:
    return moment.astimezone(now.tzinfo).date()
