"""What the record means against the bank: labels, weights, times, scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median

from eshikaku import course
from eshikaku.questions import bank, syllabus
from eshikaku.questions.model import Question
from eshikaku.record.state import Score, State, scores

SECONDS = {"numeric": 100.0, "blank": 90.0, "order": 90.0, "match": 90.0, "text": 120.0}
USUAL = 70.0  # the exam's pace is 69 s a question
LONGEST = 600.0  # who left the screen open did not think that long
ADVANCED_WEIGHT = 0.3


@dataclass(frozen=True)
class Coverage:
    """How much of the exam the bank asks about now.

    Attributes:
        asked, missing: the items in scope with and without a question.
        questions: how many of the mock exam's questions fall to ``asked``; ``of``: all of them.
    """

    asked: tuple[syllabus.Item, ...]
    missing: tuple[syllabus.Item, ...]
    questions: int
    of: int


@dataclass(frozen=True)
class Knowledge:
    """The bank as it concerns one learner.

    Attributes:
        questions: what is answered and counted, by id: items of groups, no pointers to
            exercises, no predictions.
        hide_advanced: 発展 weighs nothing.
    """

    questions: Mapping[str, Question]
    ledger: syllabus.Syllabus
    hide_advanced: bool = False

    def current(self, state: State) -> State:
        """The state without questions that are gone or have been rewritten since."""
        kept = {
            id: record
            for id, record in state.questions.items()
            if id in self.questions
            and (not record.attempts or record.attempts[-1].rev == self.questions[id].rev)
        }
        return replace(state, questions=kept)

    def weight(self, id: str) -> float:
        """How many questions of the mock exam fall to the question's syllabus item.

        An item gets its area's share; 発展 weighs less, and nothing when it is hidden.
        """
        question = self.questions[id]
        if self.hide_advanced and self.advanced(question):
            return 0.0
        found = [self._items[i] for i in question.syllabus if i in self._items]
        weight = max(found, default=ADVANCED_WEIGHT)
        return min(weight, ADVANCED_WEIGHT) if self.advanced(question) else weight

    def drawn(self, id: str) -> bool:
        """Whether review and 思い出す may ask a question, a group whole.

        Not what leans on an experiment, and nothing that weighs nothing.
        """
        items = bank.question(id).answerable
        return all(q.id in self.questions and q.standalone for q in items) and any(
            self.weight(q.id) > 0 for q in items
        )

    def pace(self, state: State, id: str) -> float:
        """How long the learner usually takes for a question, a group whole, in seconds."""
        return sum(self.seconds(state, q.id) for q in bank.question(id).answerable)

    def advanced(self, question: Question) -> bool:
        return question.scope == course.ADVANCED

    def item_weight(self, item: str) -> float:
        """The same for an item of the syllabus; 0 where the exam does not ask it."""
        return self._items.get(item, 0.0)

    def coverage(self) -> Coverage:
        """What the bank covers of the exam, 発展 left aside."""
        found = {id for q in self.questions.values() if not self.advanced(q) for id in q.syllabus}
        items = [item for item in self.ledger.items if item.in_scope]
        asked = tuple(item for item in items if item.id in found)
        return Coverage(
            asked,
            tuple(item for item in items if item.id not in found),
            round(sum(self.item_weight(item.id) for item in asked)),
            sum(area.mock for area in self.ledger.areas),
        )

    @cached_property
    def _items(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for area in self.ledger.areas:
            asked = [item for item in area.items if item.in_scope]
            found |= {item.id: area.mock / len(asked) for item in asked}
            found |= {item.id: ADVANCED_WEIGHT for item in area.items if not item.in_scope}
        return found

    def seconds(self, state: State, id: str) -> float:
        """How long the learner usually takes for a question."""
        times = [a.seconds for a in state.question(id).attempts if a.seconds > 0]
        usual = SECONDS.get(self.questions[id].type, USUAL)
        return min(median(times), LONGEST) if times else usual

    def by_item(self) -> dict[str, tuple[str, ...]]:
        """Syllabus items of each question, for :func:`eshikaku.record.state.scores`."""
        return {id: q.syllabus for id, q in self._shown.items()}

    def by_area(self) -> dict[str, tuple[str, ...]]:
        area = {item.id: item.area for item in self.ledger.items}
        return {
            id: tuple(sorted({area[i] for i in q.syllabus if i in area}))
            for id, q in self._shown.items()
        }

    def by_skill(self) -> dict[str, tuple[str, ...]]:
        return {id: (q.skill,) for id, q in self._shown.items()}

    def scores(self, state: State, labels: Mapping[str, tuple[str, ...]]) -> dict[str, Score]:
        return scores(self.current(state), labels)

    @cached_property
    def _shown(self) -> dict[str, Question]:
        hidden = self.hide_advanced
        return {id: q for id, q in self.questions.items() if not (hidden and self.advanced(q))}


def knowledge(hide_advanced: bool = False) -> Knowledge:
    """The whole bank. Raises BankError where a file is broken."""
    counted = {
        question.id: question
        for whole in bank.all_questions()
        for question in whole.answerable
        if question.type != "code" and not question.prediction
    }
    return Knowledge(counted, syllabus.load(), hide_advanced)
