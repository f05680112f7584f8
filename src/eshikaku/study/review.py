"""What to answer now: today's reviews, the warm-up of a chapter, the numbers they show.

Everything is a pure function of the state and the time; a group is asked whole, as in the exam.
The bank holds twice as many questions as the chapters show: those of parts that are done come
up here, some new ones a day, so that each is met once and then comes back like the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from eshikaku import course
from eshikaku.questions import bank, parameters
from eshikaku.questions.model import Question
from eshikaku.questions.parameters import Instance
from eshikaku.record import schedule
from eshikaku.record.schedule import Card, Queue
from eshikaku.record.state import Attempt, State
from eshikaku.study import calendar, outline, progress
from eshikaku.study.knowledge import LONGEST, Knowledge
from eshikaku.study.outline import Outline

WARM_UP = 3
NEW_A_DAY = 10
NEW_SHARE = 0.25  # of the day's minutes, kept for new questions even where more is due


@dataclass(frozen=True)
class Choice:
    """What to answer today, by id; groups whole.

    Attributes:
        queue: what comes back; its cards are named like the questions shown.
        new: ids met for the first time.
        seconds: what both are expected to take.
        minutes: the limit; ``spent``: minutes of today's reviews so far.
    """

    queue: Queue
    new: tuple[str, ...]
    seconds: float
    minutes: float
    spent: float = 0.0

    @property
    def ids(self) -> tuple[str, ...]:
        return (*(card.id for card in self.queue.today), *self.new)


@dataclass(frozen=True)
class Review:
    """Today's reviews: a choice and its questions, to show in mode ``review`` in this order."""

    choice: Choice
    instances: tuple[Instance, ...]

    @property
    def count(self) -> int:
        return len(self.instances)


@dataclass(frozen=True)
class WarmUp:
    """Three questions from earlier chapters, or why there are none."""

    instances: tuple[Instance, ...]
    note: str = ""


def review(state: State, now: datetime, known: Knowledge, minutes: int | None = None) -> Review:
    """Today's reviews, drawn anew."""
    found = choose(state, now, known, minutes)
    return Review(found, tuple(anew(state, bank.question(id)) for id in found.ids))


def choose(state: State, now: datetime, known: Knowledge, minutes: int | None = None) -> Choice:
    """What comes back today, then new questions, within the day's minutes.

    Args:
        minutes: a session of its own; by default what is left of the plan's minutes today, and
            of the day's new questions.
    """
    current = known.current(state)
    seconds, number, fresh_day = 60.0 * (minutes or 0), len(known.questions), True
    spent, met = _reviewed(current, now)
    if minutes is None:
        seconds = max(60 * calendar.review_minutes(state.plan, now.date()) - spent, 0.0)
        number, fresh_day = max(NEW_A_DAY - met, 0), not spent
    longest = math.inf if seconds and fresh_day else seconds  # a long group has its day as well
    costs = {id: known.pace(current, id) for id in unmet(current, known)[:number]}
    new = _fitting(costs, seconds * NEW_SHARE, longest)
    queue = due(current, now, known, (seconds - sum(costs[id] for id in new)) / 60)
    if queue.dropped and not (queue.today or new) and fresh_day and seconds:
        first, *others = queue.dropped
        queue = Queue((first,), tuple(others), known.pace(current, first.id))
    left = seconds - queue.seconds - sum(costs[id] for id in new)
    new += _fitting({id: cost for id, cost in costs.items() if id not in new}, left)
    total = queue.seconds + sum(costs[id] for id in new)
    return Choice(queue, tuple(new), total, seconds / 60, spent / 60)


def _fitting(costs: Mapping[str, float], seconds: float, longest: float = 0.0) -> list[str]:
    """What fits into ``seconds``, in order; the first one may take up to ``longest``."""
    taken: list[str] = []
    spent = 0.0
    for id, cost in costs.items():
        if spent + cost <= (seconds if taken else max(seconds, longest)):
            taken.append(id)
            spent += cost
    return taken


def _reviewed(state: State, now: datetime) -> tuple[float, int]:
    """Seconds of today's reviews, and how many questions were met in them for the first time."""
    seconds, met = 0.0, set()
    for id, record in state.questions.items():
        for n, attempt in enumerate(record.attempts):
            if attempt.mode == "review" and _day(attempt, now) == now.date():
                seconds += min(attempt.seconds, LONGEST)
                if n == 0:
                    met.add(bank.question(id).seed_id)
    return seconds, len(met)


def _day(attempt: Attempt, now: datetime) -> date:
    return attempt.time.astimezone(now.tzinfo).date()


def unmet(state: State, known: Knowledge) -> list[str]:
    """Questions never answered whose parts are done, in the order to ask: all chapters mixed."""
    outlines = outline.outlines()
    done = {p.outline.key for p in progress.progress(state, outlines) if p.settled}
    found = [
        question
        for question in bank.all_questions()
        if known.drawn(question.id)
        and not any(_record(state, q.id) for q in question.answerable)
        and all(part.key in done for part in _prepare(question, outlines))
    ]
    found.sort(key=lambda q: (-_weight(known, q.id), next_seed(state, q)))
    return [question.id for question in found]


def again(state: State, now: datetime, known: Knowledge) -> list[str]:
    """Questions whose newest answer is of today and not right, groups whole, newest last."""
    found: dict[str, datetime] = {}
    for id, record in known.current(state).questions.items():
        last, whole = record.last, known.questions[id].seed_id
        if last and not last.right and _day(last, now) == now.date() and known.drawn(whole):
            found[whole] = max(last.time, found.get(whole, last.time))
    return sorted(found, key=lambda id: (found[id], id))


def _prepare(question: Question, outlines: Sequence[Outline]) -> Sequence[Outline]:
    """The parts to be done before a question comes up; those of its chapter if it names none."""
    chapter = course.chapter(question.topic.replace("-", "_"))
    return outline.parts_of(question, outlines) or [
        o for o in outlines if o.chapter.name == chapter.name and not o.advanced
    ]


def due(state: State, now: datetime, known: Knowledge, minutes: float) -> Queue:
    """What comes back today, by question, groups whole."""
    current = known.current(state)
    return schedule.queue(
        _cards(state, now, known),
        now,
        minutes,
        weight=lambda id: _weight(known, id),
        seconds=lambda id: known.pace(current, id),
    )


def _cards(state: State, now: datetime, known: Knowledge) -> list[Card]:
    """The memory of each question that may be drawn and was met; a group's is one card."""
    members: dict[str, list[Card]] = {}
    for card in schedule.cards(known.current(state), now, state.plan.exam_date).values():
        id = known.questions[card.id].seed_id
        if known.drawn(id):
            members.setdefault(id, []).append(card)
    return [_joined(id, found) for id, found in members.items()]


def _weight(known: Knowledge, id: str) -> float:
    return known.weight(bank.question(id).answerable[0].id)


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
    """Three questions from the chapters before ``chapter``, or a group.

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
        if known.drawn(question.id)
    }
    cards = {card.id: card for card in _cards(state, now, known)}
    met = [cards[id] for id in candidates if id in cards]
    met.sort(key=lambda c: (c.due > now.date(), -c.weakness * _weight(known, c.id), c.id))
    new = [q for id, q in candidates.items() if id not in cards and not known.advanced(q)]
    asked = _first_items([candidates[c.id] for c in met] + new, WARM_UP)
    return WarmUp(tuple(anew(state, question) for question in asked))


def _first_items(questions: list[Question], number: int) -> Iterator[Question]:
    """The first questions with together at least ``number`` items, groups whole."""
    for question in questions:
        if number <= 0:
            return
        yield question
        number -= len(question.answerable)


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
