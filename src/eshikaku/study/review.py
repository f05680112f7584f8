"""What to answer now: today's reviews, the warm-up of a chapter, the numbers they show.

Everything is a pure function of the state and the time; a group is reviewed whole, as the
exam asks it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from eshikaku import course
from eshikaku.questions import bank, parameters
from eshikaku.questions.model import Question
from eshikaku.questions.parameters import Instance
from eshikaku.record import schedule
from eshikaku.record.schedule import Card, Queue
from eshikaku.record.state import State
from eshikaku.study import calendar
from eshikaku.study.knowledge import Knowledge

WARM_UP = 3
_LONG = ("text", "group", "code", "order")  # not for a warm-up of three minutes


@dataclass(frozen=True)
class Review:
    """Today's reviews.

    Attributes:
        instances: to show in mode ``review``, one after another.
        queue: what they came from; its cards are named like the questions shown.
        minutes: the day's limit.
    """

    instances: tuple[Instance, ...]
    queue: Queue
    minutes: int

    @property
    def count(self) -> int:
        return len(self.instances)


@dataclass(frozen=True)
class WarmUp:
    """Three questions from earlier chapters, or why there are none."""

    instances: tuple[Instance, ...]
    note: str = ""


def review(state: State, now: datetime, known: Knowledge, minutes: int | None = None) -> Review:
    """Today's reviews, drawn anew, within the day's minutes (the plan's unless given)."""
    limit = calendar.review_minutes(state.plan, now.date()) if minutes is None else minutes
    queue = due(state, now, known, limit)
    shown = tuple(anew(state, bank.question(card.id)) for card in queue.today)
    return Review(shown, queue, limit)


def due(state: State, now: datetime, known: Knowledge, minutes: float) -> Queue:
    """The queue of today by question, groups whole."""
    current = known.current(state)
    cards = schedule.cards(current, now, state.plan.exam_date).values()
    members: dict[str, list[Card]] = {}
    for card in cards:
        members.setdefault(known.questions[card.id].seed_id, []).append(card)

    def total(id: str) -> float:
        return sum(known.seconds(current, q.id) for q in bank.question(id).answerable)

    return schedule.queue(
        [_joined(id, found) for id, found in members.items()],
        now,
        minutes,
        weight=lambda id: known.weight(members[id][0].id),
        seconds=total,
    )


def _joined(id: str, cards: list[Card]) -> Card:
    """The items of a group as one card: as due, as weak as its worst item."""
    worst = max(cards, key=lambda c: c.weakness)
    return replace(
        worst,
        id=id,
        due=min(c.due for c in cards),
        wrong_and_sure=any(c.wrong_and_sure for c in cards),
    )


def recall(state: State, now: datetime, known: Knowledge, chapter: str) -> WarmUp:
    """Three short questions from the chapters before ``chapter``.

    First what is due, then what is nearest to being forgotten, then what was never met: the
    latest earlier chapter first, in the order of its bank, with the numbers of the text.

    Raises:
        CourseError: there is no such chapter.
    """
    here = course.chapter(chapter)
    earlier = [c for c in course.chapters() if c.number < here.number and bank.bank_of(c).questions]
    if not earlier:
        return WarmUp((), "最初の章なので、思い出す問題はまだありません。次の章から3問ずつ出ます。")
    candidates = {
        question.id: question
        for found in reversed(earlier)
        for question in bank.bank_of(found).questions
        if question.id in known.questions
        and question.type not in _LONG
        and known.weight(question.id) > 0
    }
    current = known.current(state)
    cards = schedule.cards(current, now, state.plan.exam_date)
    met = [cards[id] for id in candidates if id in cards]
    met.sort(key=lambda c: (c.due > now.date(), -c.weakness * known.weight(c.id), c.id))
    new = [id for id, q in candidates.items() if id not in cards and not known.advanced(q)]
    ids = [c.id for c in met] + new
    return WarmUp(tuple(anew(state, candidates[id]) for id in ids[:WARM_UP]))


def anew(state: State, question: Question) -> Instance:
    """A question with other numbers than before, or the standard ones at the first meeting.

    Always alone: what comes back is to be remembered, so no example and no steps stand by.
    """
    met = any(_record(state, q.id) for q in question.answerable)
    return parameters.instance(question, next_seed(state, question) if met else 0)


def fade(state: State, question: Question) -> str:
    """How much help a chapter gives: by history, where there are steps to empty."""
    found = [q for q in question.answerable if q.blank_steps]
    return state.question(found[0].id).fade if found else "alone"


def next_seed(state: State, question: Question) -> int:
    """The seed of the learner's next variant; another one after every attempt."""
    attempts = sum(_record(state, q.id) for q in question.answerable)
    return parameters.variant_seed(question.id, question.rev, state.learner, attempts)


def _record(state: State, id: str) -> int:
    record = state.question(id)
    return len(record.attempts) + len(record.predictions)
