"""「この部は飛ばせる?」 and the placement that adds these checks up.

A skip check is four questions at the head of a part. Whoever gets all of them right and is
sure of each has the part marked as done. A wrong answer shows the explanation, so only the
first answer of a day counts: who wants to try again does so on another day.

Placement is nothing of its own: it is the skip checks taken so far, in any order and on any
day, by area of the syllabus.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from eshikaku.questions.syllabus import Syllabus
from eshikaku.record.events import Event
from eshikaku.record.moments import local_day
from eshikaku.record.state import Attempt, State
from eshikaku.study import progress
from eshikaku.study.outline import Outline

PASSED, FAILED, PARTLY, UNTRIED = "passed", "failed", "partly", "untried"


@dataclass(frozen=True)
class SkipResult:
    """How a part's skip check stands: by question, the first answer of its newest day.

    Attributes:
        right: answers that were right and sure; ``unsure``: right without being sure.
    """

    outline: Outline
    asked: int
    answered: int
    right: int
    unsure: int
    day: date | None = None  # of the newest answer

    @property
    def status(self) -> str:
        if not self.answered:
            return UNTRIED
        if self.right == self.asked:
            return PASSED
        return FAILED if self.answered > self.right else PARTLY

    @property
    def evidence(self) -> str:
        """What the check showed, in Japanese: 「4問中3問に自信をもって正解」."""
        text = f"{self.asked}問中{self.right}問に自信をもって正解"
        return text + (f"、{self.unsure}問は自信なしで正解" if self.unsure else "")


@dataclass(frozen=True)
class AreaPlacement:
    """The skip checks of the parts that belong to one mid area of the syllabus."""

    title: str
    results: tuple[SkipResult, ...]

    @property
    def skippable(self) -> tuple[SkipResult, ...]:
        return tuple(r for r in self.results if r.status == PASSED)


def skip_result(
    state: State, now: datetime, outline: Outline, ids: Sequence[str] | None = None
) -> SkipResult:
    """The result of a part's check; ``ids`` are its questions, by default those of the source."""
    asked = tuple(ids if ids is not None else outline.skip)
    newest = [attempt for id in asked if (attempt := _counting(state, now, id)) is not None]
    right = [a for a in newest if a.right]
    return SkipResult(
        outline,
        asked=len(asked),
        answered=len(newest),
        right=sum(a.sure for a in right),
        unsure=sum(not a.sure for a in right),
        day=max((_day(a, now) for a in newest), default=None),
    )


def _counting(state: State, now: datetime, id: str) -> Attempt | None:
    attempts = [a for a in state.question(id).attempts if a.mode == "skip"]
    return next((a for a in attempts if _day(a, now) == _day(attempts[-1], now)), None)


def _day(attempt: Attempt, now: datetime) -> date:
    return local_day(attempt.time, now)


def settled(state: State, now: datetime, question: str, outlines: Iterable[Outline]) -> list[Event]:
    """The part events that follow from an answer to ``question`` in a skip check."""
    events = []
    for outline in outlines:
        if question not in outline.skip or outline.key in _marked(state):
            continue
        result = skip_result(state, now, outline)
        if result.status == PASSED:
            evidence = f"{progress.BY_CHECK}：{result.evidence}"
            events.append(progress.mark(outline.key, progress.DONE, evidence))
    return events


def _marked(state: State) -> set[str]:
    return {key for key, mark in state.parts.items() if mark.status != progress.OPEN}


def placement(
    state: State, now: datetime, outlines: Iterable[Outline], ledger: Syllabus
) -> list[AreaPlacement]:
    """Every part's check by the mid area of its first syllabus item, in the syllabus's order."""
    mids = {item.id: item.mid for item in ledger.items}
    titles = {mid.id: f"{mid.id}　{mid.title}" for mid in ledger.mids}
    found: dict[str, list[SkipResult]] = {}
    for outline in outlines:
        if outline.skip:
            mid = next((mids[i] for i in outline.syllabus if i in mids), "")
            found.setdefault(mid, []).append(skip_result(state, now, outline))
    order = [*titles, ""]
    return [
        AreaPlacement(titles.get(mid, "そのほか"), tuple(found[mid]))
        for mid in sorted(found, key=order.index)
    ]
