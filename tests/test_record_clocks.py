"""Clocks that were wrong, and summer time: what was recorded later counts as later."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.record_makers import NOW, POSIX, answered, state_of

from eshikaku.record import schedule, transfer
from eshikaku.record.events import Event
from eshikaku.record.moments import local_now
from eshikaku.record.store import Store

YEAR = 365.0


def at(days: float, kind: str, id: str, **more: object) -> Event:
    moment = datetime(2026, 1, 1, 3, tzinfo=UTC) + timedelta(days=days)
    return Event(kind, id, time=moment.isoformat(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("ahead", [0.2, 3.0, YEAR])
def test_a_question_wrong_at_a_future_time_comes_back(ahead: float) -> None:
    """Dated past or future by now: the wrong answer is of its evening, and due again."""
    history = [answered(days=1), answered(days=2 + ahead, status="wrong"), answered("rnn-b-01")]
    card = schedule.cards(state_of(*history), NOW, None)["rnn-a-01"]
    assert card.due <= NOW.date()
    again = state_of(*history, answered(days=3))
    assert [a.status for a in again.question("rnn-a-01").attempts][-1] == "correct"
    times = [a.time for a in again.question("rnn-a-01").attempts]
    assert times == sorted(times)
    assert times[-1] == answered(days=3).moment


def test_at_the_head_of_the_record_too() -> None:
    history = [answered(days=YEAR, status="wrong"), answered("rnn-b-01", days=1)]
    card = schedule.cards(state_of(*history), NOW, None)["rnn-a-01"]
    assert card.due <= NOW.date()


@pytest.mark.parametrize("first", [YEAR, 0.5])
def test_the_later_plan_mark_run_and_answer_win(first: float) -> None:
    state = state_of(
        at(first, "plan", "plan", extra={"weekday": 10}),
        at(first, "part", "rnn/A", status="done"),
        at(first, "run", "lstm.gates", extra={"settings": {"lr": 1.0}}),
        at(first, "check", "rnn-step", status="passed", answer="old"),
        answered(days=first, answer="A", extra={"fade": "alone"}),
        at(0.1, "plan", "plan", extra={"weekday": 20}),
        at(0.1, "part", "rnn/A", status="open"),
        at(0.1, "run", "lstm.gates", extra={"settings": {"lr": 0.1}}),
        at(0.1, "check", "rnn-step", status="failed", answer="new"),
        answered(days=0.1, answer="B", status="wrong", extra={"fade": "alone"}),
    )
    assert state.plan.weekday == 20
    assert state.plan.since == at(0.1, "plan", "plan").moment
    assert state.parts["rnn/A"].status == "open"
    assert state.runs["lstm.gates"].settings == {"lr": 0.1}
    assert (state.exercises["rnn-step"].source, state.exercises["rnn-step"].status) == (
        "new",
        "failed",
    )
    assert state.answers["rnn-a-01"].answer == "B"
    assert state.question("rnn-a-01").fade == "faded"
    assert [q.id for q in state.weak()] == ["rnn-a-01"]


def test_the_learner_is_told() -> None:
    store = Store()
    assert store.append(Event("run", "x"))
    assert store.problems == []
    future = datetime.now(UTC) + timedelta(days=YEAR)
    store.append(Event("run", "x", time=future.isoformat()))
    store.append(Event("run", "x"))
    [problem] = store.problems
    assert (problem.kind, problem.count) == ("clock", 1)
    assert f"{future.astimezone().year}年" in problem.message and "時計" in problem.message


def test_an_import_from_a_fast_clock_is_outranked_by_what_comes_later(tmp_path: Path) -> None:
    store, other = Store(), Store(tmp_path / "other.jsonl")
    now = datetime.now(UTC)
    store.append(Event("plan", "plan", time=(now - timedelta(days=3)).isoformat()))
    for n in (366, 367):
        later = (now + timedelta(days=n)).isoformat()
        other.append(Event("plan", "plan", time=later, extra={"weekday": n - 360}))
    transfer.import_record(store, transfer.export_record(other, tmp_path))
    assert store.state().plan.weekday == 7, "the other record keeps its own order"
    store.append(Event("plan", "plan", extra={"weekday": 40}))
    assert store.state().plan.weekday == 40
    assert Store().state().plan.weekday == 40


def test_an_older_record_that_is_imported_stands_before_what_is_newer(tmp_path: Path) -> None:
    store, other = Store(), Store(tmp_path / "other.jsonl")
    other.append(at(0, "plan", "plan", extra={"weekday": 10}))
    other.append(at(2, "plan", "plan", extra={"weekday": 30}))
    store.append(at(1, "plan", "plan", extra={"weekday": 20, "weekend": 5}))
    store.append(at(3, "plan", "plan", extra={"weekend": 6}))
    transfer.import_record(store, transfer.export_record(other, tmp_path))
    assert [e.extra.get("weekday") for e in store.events()] == [10, 20, 30, None]
    assert (store.state().plan.weekday, store.state().plan.weekend) == (30, 6)
    transfer.import_record(other, transfer.export_record(store, tmp_path / "back.jsonl"))
    assert other.events() == store.events()


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@POSIX
@pytest.mark.parametrize("month", [1, 7])
def test_the_day_of_an_answer_is_the_day_it_had_then(berlin: None, month: int) -> None:
    """23:30 is of its day in winter and in summer, seen in either."""
    from zoneinfo import ZoneInfo

    evening = datetime(2025, month, 10, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    state = state_of(Event("answer", "q", time=evening.astimezone(UTC).isoformat(), status="wrong"))
    due = set()
    for seen in (1, 7):
        now = local_now().replace(year=2027, month=seen, day=20, hour=12)
        due.add(schedule.cards(state, now, None)["q"].due)
        schedule._remembered.clear()
    assert due == {date(2025, month, 11)}
