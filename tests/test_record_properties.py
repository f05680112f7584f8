"""What holds for any events and any bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.record_makers import NOW, answered

from eshikaku.record import schedule, transfer
from eshikaku.record.events import KINDS, MODES, Event
from eshikaku.record.replay import replay
from eshikaku.record.store import Store

# -- properties ---------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
PLANS = st.fixed_dictionaries(
    {},
    optional={
        "exam_date": st.sampled_from(["2026-02-20", "2026-02-30", "", None, 5]),
        "weekday": JSON,
        "weekend": st.integers(-5, 2000),
        "route": JSON,
        "hide_advanced": JSON,
        "settings": JSON,
        "fade": JSON,
        "evidence": JSON,
    },
)
EVENTS = st.builds(
    Event,
    kind=st.sampled_from([*sorted(KINDS), "of-a-later-version"]),
    id=st.sampled_from(["rnn-a-01", "rnn-b-01", "rnn/A", ""]),
    uuid=st.sampled_from([f"u{n}" for n in range(12)]),
    time=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)).map(
        datetime.isoformat
    ),
    rev=st.integers(0, 3),
    seed=st.integers(0, 2**53),
    mode=st.sampled_from(sorted(MODES)),
    answer=JSON,
    status=st.sampled_from(["correct", "wrong", "partial", "self", "unanswered", "passed", "?"]),
    score=st.floats(-2, 2),
    seconds=st.floats(0, 1e6),
    hints=st.integers(0, 5),
    confidence=st.sampled_from([None, "sure", "unsure"]),
    extra=PLANS,
)
MANY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@MANY
@given(st.lists(EVENTS, max_size=14), st.data())
def test_replay_of_any_prefix(events: list[Event], data: st.DataObject) -> None:
    prefix = events[: data.draw(st.integers(0, len(events)))]
    state = replay(prefix, NOW)
    assert state.events == len({e.uuid for e in prefix})
    assert replay([*prefix, *prefix], NOW) == state
    for exam in (None, date(2026, 1, 11), date(2026, 2, 20), date(2020, 1, 1)):
        for card in schedule.cards(state, NOW, exam).values():
            assert 0 <= card.retrievability <= 1
            assert 0 <= card.weakness <= 1
    assert all(e.kind == "disagree" for e in state.disagreements)
    assert all(a.mode != "predict" for q in state.questions.values() for a in q.attempts)


@MANY
@given(st.lists(EVENTS.filter(lambda e: e.kind in KINDS), max_size=10))
def test_import_after_export_is_the_identity(
    tmp_path_factory: pytest.TempPathFactory, events: list[Event]
) -> None:
    folder = tmp_path_factory.mktemp("transfer")
    store, other = Store(folder / "a.jsonl"), Store(folder / "b.jsonl")
    for event in events:
        store.append(event)
    done = transfer.import_record(other, transfer.export_record(store, folder / "x.jsonl"))
    assert done.added == len({e.uuid for e in events})
    assert done.problems == ()
    assert other.lines() == store.lines()
    assert Store(folder / "b.jsonl").events() == store.events()


@MANY
@given(st.binary(max_size=300), st.lists(st.binary(max_size=60), max_size=4))
def test_any_bytes_are_a_record_one_can_go_on_with(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "record.jsonl"
    path.write_bytes(head + b"\n".join(lines))
    before = path.read_bytes()
    event = answered()
    assert Store(path).append(event)
    assert Store(path).events() == [event]
    assert path.read_bytes().startswith(before)
