"""How far each part is: done, skipped, begun or open; whether it was learned; what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from eshikaku.questions import bank
from eshikaku.record.events import Event
from eshikaku.record.state import PartRecord, State
from eshikaku.study.outline import Outline, outline

DONE, SKIPPED, BEGUN, OPEN = "done", "skipped", "begun", "open"
LEARNED = 0.8  # share of the questions of a part that are right, unaided, once it is learned
AGAIN = 2  # minutes to read up on a question and to answer it once more
BY_CHECK = "飛ばせる?"  # how the evidence of a passed skip check begins


@dataclass(frozen=True)
class PartProgress:
    """One part and how far it is.

    A part is done when each of its questions was answered (right or wrong) and each of its
    exercises solved, or when it was marked; a mark is the learner's word and counts. Done
    (一通り) is not learned (身についた): that takes right answers.

    Attributes:
        answered, questions: its questions; the items of a group count one each.
        secure: those right at the last answer, without help.
        solved, exercises: its graded exercises.
        finished: when it was done or skipped.
        evidence: why it counts as done, where a skip check or a mark says so.
    """

    outline: Outline
    status: str
    answered: int
    questions: int
    solved: int
    exercises: int
    finished: datetime | None = None
    evidence: str = ""
    secure: int = 0

    @property
    def learned(self) -> bool:
        """Done, with its exercises solved and most of its questions right; or its check passed."""
        if not self.settled:
            return False
        if self.evidence.startswith(BY_CHECK):
            return True
        enough = self.secure >= LEARNED * self.questions and self.solved == self.exercises
        return enough and bool(self.questions or self.exercises)

    @property
    def settled(self) -> bool:
        return self.status in (DONE, SKIPPED)

    @property
    def share(self) -> float:
        """What is behind the learner, in 0…1."""
        if self.settled:
            return 1.0
        total = self.questions + self.exercises
        return (self.answered + self.solved) / total if total else 0.0

    @property
    def minutes_left(self) -> int:
        """What is left to read and to do for the first time."""
        return round(self.outline.part.minutes * (1 - self.share))

    @property
    def minutes_again(self) -> int:
        """What is left to do once more: answered, but wrong or with help."""
        return 0 if self.learned else AGAIN * (self.answered - self.secure)


def progress(state: State, outlines: Iterable[Outline]) -> list[PartProgress]:
    """The progress of each part, in the order given.

    Raises:
        UnknownQuestion: a source shows a question that no bank has.
    """
    return [_one(state, found) for found in outlines]


def mark(key: str, status: str, evidence: str = "") -> Event:
    """The event that marks a part ``done``, ``skipped`` or ``open`` again.

    Raises:
        CourseError: there is no such part.
        ValueError: another status.
    """
    if status not in (DONE, SKIPPED, OPEN):
        raise ValueError(f"status is done, skipped or open, not {status!r}")
    extra = {"evidence": evidence} if evidence else {}
    return Event("part", outline(key).key, status=status, extra=extra)


def _one(state: State, found: Outline) -> PartProgress:
    ids = [q.id for id in found.questions for q in bank.question(id).answerable]
    records = [state.question(id) for id in ids]
    met = [record.attempts for record in records]
    solved = [state.exercises[id].solved_at for id in found.exercises if id in state.exercises]
    times = [a[0].time for a in met if a] + [time for time in solved if time is not None]
    answered = sum(bool(a) for a in met)
    done = [time for time in solved if time is not None]
    complete = bool(ids or found.exercises) and (
        answered == len(ids) and len(done) == len(found.exercises)
    )
    mark = state.parts.get(found.key)
    status, finished = _status(mark, complete, times)
    return PartProgress(
        found,
        status,
        answered=answered,
        questions=len(ids),
        solved=len(done),
        exercises=len(found.exercises),
        finished=finished,
        evidence=mark.evidence if mark and status in (DONE, SKIPPED) else "",
        secure=sum(record.secure for record in records),
    )


def _status(
    mark: PartRecord | None, complete: bool, times: list[datetime]
) -> tuple[str, datetime | None]:
    if mark is not None and mark.status in (DONE, SKIPPED):
        return mark.status, mark.time
    if complete and mark is None:
        return DONE, max(times)
    return (BEGUN if times else OPEN), None
