"""The way of an answer: from the page's event to the record, and back to the page.

The page grades for the eye; here the raw answer is graded again, and only this verdict is
recorded. A disagreement is our fault: it is recorded as such and shown on the dashboard.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from eshikaku.questions import bank, grading, parameters
from eshikaku.record.events import Event, EventError
from eshikaku.record.moments import local_now
from eshikaku.record.state import State
from eshikaku.record.store import Store
from eshikaku.study import outline, placement, review

_UNGRADED = ("predict", "exam")  # where the page holds no key
_NAMESPACE = uuid.UUID("5f0c9a2e-6f0b-4c57-9d57-6f1f3f2f6a11")


class NotSaved(Exception):
    """The record can't be written now; the page keeps its event and sends it again."""


def record_event(store: Store, event: Mapping[str, Any]) -> dict[str, Any]:
    """Grade and record what the page sent; returns Python's verdict.

    Args:
        event: as in :class:`~eshikaku.record.events.Event`; ``status`` and ``score`` are the
            page's. An event that is already recorded changes nothing.

    Returns:
        ``{status, score}``; empty for events without a verdict, and where the
        question was rewritten after the page was loaded (kept in the record, never counted).

    Raises:
        EventError: the page sent no event. UnknownQuestion, BankError: it can't be graded.
        NotSaved: the record can't be written (the event waits in memory besides).
    """
    given = Event.from_dict(event)
    if given.kind == "disagree":
        return _disagreed(store, given)
    if given.kind != "answer":
        raise EventError(f"kind：{given.kind!r} はページから受け取りません")
    question = bank.question(given.id)
    if question.rev != given.rev:
        store.append(Event.from_dict({**event, "status": "", "score": 0.0}))
        _saved(store)
        return {}
    fade = given.extra.get("fade")
    shown = parameters.instance(question, given.seed, fade if fade in parameters.FADES else None)
    verdict = grading.grade(shown, given.answer)
    graded = Event.from_dict({**event, "status": verdict.status, "score": verdict.score})
    new = store.append(graded)
    if new and given.mode not in _UNGRADED and given.status not in ("", verdict.status):
        _append_disagreement(store, given, verdict.status)
    if new and given.mode == "skip":
        _settle(store, given.id)
    _saved(store)
    return {"status": verdict.status, "score": verdict.score}


def history(state: State) -> dict[str, dict[str, Any]]:
    """Earlier answers for the page, by question id."""
    return {
        id: {
            "seed": answer.seed,
            "rev": answer.rev,
            "mode": answer.mode,
            "answer": answer.answer,
            "status": answer.status,
            "confidence": answer.confidence,
        }
        for id, answer in state.answers.items()
    }


def next_seed(state: State, id: str) -> int:
    """The seed of the learner's next variant of a question or group."""
    return review.next_seed(state, bank.question(id))


def _settle(store: Store, question: str) -> None:
    now = local_now()
    state = store.state(now)
    for mark in placement.settled(state, now, question, outline.outlines()):
        store.append(mark)


def _disagreed(store: Store, event: Event) -> dict[str, Any]:
    """The page noticed a disagreement: recorded once, whoever was first."""
    answer = str(event.extra.get("uuid", event.uuid))
    store.append(
        Event.from_dict({**_fields(event), "uuid": _disagreement_uuid(answer), "time": event.time})
    )
    _saved(store)
    return {}


def _append_disagreement(store: Store, event: Event, status: str) -> None:
    extra = {"uuid": event.uuid, "page": event.status, "python": status}
    fields = _fields(event) | {"extra": extra, "uuid": _disagreement_uuid(event.uuid)}
    store.append(Event.from_dict({**fields, "time": event.time}))


def _fields(event: Event) -> dict[str, Any]:
    names = ("id", "rev", "seed", "mode", "answer", "extra")
    return {"kind": "disagree", **{name: getattr(event, name) for name in names}}


def _disagreement_uuid(answer: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, answer))


def _saved(store: Store) -> None:
    if store.pending:
        raise NotSaved(store.problems[-1].message)
