"""The record: nothing is lost, nothing is counted twice, everything can be replayed."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eshikaku import record
from eshikaku.record import schedule, transfer
from eshikaku.record import store as stores
from eshikaku.record.events import KINDS, MODES, Event, EventError
from eshikaku.record.replay import replay
from eshikaku.record.state import Attempt, QuestionRecord, Score, scores
from eshikaku.record.store import Store

JST = timezone(timedelta(hours=9))
NOW = datetime(2027, 1, 10, 21, 0, tzinfo=JST)
POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and limits")


def answered(
    id: str = "rnn-a-01", status: str = "correct", days: float = 0.0, **more: Any
) -> Event:
    """An answer ``days`` after 1 January 2027, noon in Japan."""
    moment = datetime(2027, 1, 1, 12, tzinfo=JST) + timedelta(days=days)
    score = {"correct": 1.0}.get(status, 0.0)
    return Event(
        "answer",
        id,
        time=moment.astimezone(UTC).isoformat(),
        status=status,
        **({"score": score, "confidence": "sure", "seconds": 40.0} | more),
    )


def state_of(*events: Event) -> Any:
    return replay(events, NOW)


# -- events -------------------------------------------------------------------------------------


def test_event_survives_its_line() -> None:
    event = answered(answer={"text": "忘却ゲート\n\u2028", "rubric": [True]}, seed=2**53 - 1)
    assert Event.from_line(event.to_line()) == event
    assert b"\n" not in event.to_line()
    assert "忘却ゲート".encode() in event.to_line()  # readable in an editor


def test_half_a_surrogate_pair_is_kept() -> None:
    event = answered(answer="\ud83d")
    assert Event.from_line(event.to_line()) == event


def test_fields_of_a_later_version_are_left_out() -> None:
    data = json.loads(answered().to_line()) | {"v": 2, "mood": "calm"}
    assert Event.from_dict(data).v == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time": "yesterday"}, "time"),
        ({"time": "2027-01-01T00:00:00"}, "time"),
        ({"score": float("nan")}, "score"),
        ({"score": 10**400}, "score"),
        ({"seconds": "40"}, "seconds"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"mode": "dream"}, "mode"),
        ({"confidence": "very"}, "confidence"),
        ({"confidence": []}, "confidence"),
        ({"uuid": ""}, "uuid"),
        ({"id": 7}, "id"),
        ({"extra": []}, "extra"),
    ],
)
def test_a_bad_field_is_named(change: dict[str, Any], field: str) -> None:
    data = json.loads(answered().to_line()) | change
    with pytest.raises(EventError, match=field):
        Event.from_dict(data)


def test_missing_fields_are_named() -> None:
    with pytest.raises(EventError, match="uuid、time"):
        Event.from_dict({"kind": "run", "id": "x"})


# -- the file -----------------------------------------------------------------------------------


def test_home_follows_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert record.home() == home
    monkeypatch.delenv("ESHIKAKU_HOME")
    assert record.home().name == "eshikaku"


def test_append_and_read_back(home: Path) -> None:
    store = Store()
    first, second = answered(days=1), answered(days=0)
    assert store.append(first)
    assert store.append(second)
    assert not store.append(first)
    assert store.path == home / "record.jsonl"
    assert Store().events() == [second, first]  # oldest first
    assert store.path.read_bytes().count(b"\n") == 2
    assert store.problems == []


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(EventError, match="kind"):
        Store().append(Event("anwser", "x"))


def test_reading_is_incremental() -> None:
    store, other = Store(), Store()
    store.append(answered())
    other.append(answered(id="rnn-b-01"))
    assert len(store.events()) == 2
    parsed: list[bytes] = []
    take = store._reader._take
    store._reader._take = lambda line: (parsed.append(line), take(line))[1]  # type: ignore[assignment]
    other.append(answered(id="rnn-c-01"))
    assert len(store.events()) == 3
    assert len(parsed) == 1


def test_a_replaced_file_is_read_anew() -> None:
    store = Store()
    store.append(answered())
    assert len(store.events()) == 1
    store.path.unlink()
    assert store.events() == []
    event = answered(id="rnn-new-01")
    assert store.append(event)
    assert store.events() == [event]


def test_torn_last_line_is_reported_and_the_next_append_starts_anew() -> None:
    store = Store()
    kept, torn, later = answered(days=0), answered(days=1), answered(days=2)
    store.append(kept)
    with store.path.open("ab") as file:
        file.write(torn.to_line()[:50])
    fresh = Store()
    assert fresh.events() == [kept]
    assert [(p.kind, p.line) for p in fresh.problems] == [("torn", 2)]
    before = fresh.path.read_bytes()
    assert fresh.append(later)
    assert fresh.path.read_bytes().startswith(before)  # nothing is rewritten
    assert Store().events() == [kept, later]
    assert [(p.kind, p.line) for p in fresh.problems] == [("corrupt", 2)]


def test_a_last_line_without_its_newline_counts() -> None:
    store = Store()
    store.append(answered(days=0))
    whole = answered(days=1)
    with store.path.open("ab") as file:
        file.write(whole.to_line())
    fresh = Store()
    assert whole in fresh.events()
    assert fresh.problems == []
    assert not fresh.append(whole)
    assert fresh.append(answered(days=2))
    assert len(Store().events()) == 3


def test_corrupt_lines_in_the_middle_are_reported_and_kept() -> None:
    store = Store()
    store.append(answered(days=0))
    with store.path.open("ab") as file:
        file.write(b"\x00\x00\xff\xfe\n" + b'{"kind": "answer"}\n' + b"[" * 5000 + b"\n\n")
    store.append(answered(days=1))
    fresh = Store()
    assert len(fresh.events()) == 2
    assert [(p.kind, p.line) for p in fresh.problems] == [("corrupt", n) for n in (2, 3, 4)]
    assert "2行目" in fresh.problems[0].message
    assert b"\x00\x00\xff\xfe\n" in fresh.path.read_bytes()


def test_an_unwritable_place_loses_nothing(home: Path) -> None:
    """Also for root, whom permissions do not stop: a file stands where the folder should be."""
    blocked = home / "data"
    blocked.write_text("a file")
    store = Store(blocked / "record.jsonl")
    first, second = answered(days=0), answered(days=1)
    assert store.append(first)
    assert not store.append(first)
    assert store.pending == 1
    [problem] = store.problems
    assert problem.kind == "unsaved"
    assert "保存できません" in problem.message
    assert str(store.path) in problem.message
    assert store.events() == [first]
    blocked.unlink()
    assert store.append(second)
    assert store.pending == 0
    assert store.problems == []
    assert Store(store.path).events() == [first, second]


def test_flush_writes_what_waits(home: Path) -> None:
    blocked = home / "data"
    blocked.write_text("a file")
    store = Store(blocked / "record.jsonl")
    store.append(answered())
    assert not store.flush()
    blocked.unlink()
    assert store.flush()
    assert len(Store(store.path).events()) == 1


@POSIX
def test_a_full_disk_in_the_middle_of_a_line_loses_nothing(home: Path) -> None:
    """A real short write: the limit on file size lets through a part of the second line."""
    code = textwrap.dedent(
        """
        import resource, signal, sys
        from eshikaku.record.events import Event
        from eshikaku.record.store import Store
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        store = Store()
        store.append(Event("run", "first"))
        size = store.path.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, resource.RLIM_INFINITY))
        store.append(Event("run", "second"))
        assert store.path.stat().st_size == size + 40, store.path.stat()
        assert store.pending == 1
        assert [p.kind for p in store.problems] == ["torn", "unsaved"], store.problems
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        store.append(Event("run", "third"))
        assert store.pending == 0
        assert [p.kind for p in store.problems] == ["corrupt"], store.problems
        """
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert [e.id for e in Store().events()] == ["first", "second", "third"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_each_refusal_of_the_system_has_words(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(stores, "_append", refuse)
        store.append(answered())
    [problem] = store.problems
    assert problem.message.count("。") >= 3
    assert store.append(answered(id="rnn-b-01"))
    assert len(Store().events()) == 2


def test_a_record_locked_for_long_keeps_the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    monkeypatch.setattr(stores, "LOCK_SECONDS", 0.1)
    store = Store()
    with FileLock(f"{store.path}.lock"):
        assert store.append(answered())
        assert "ほかのプログラム" in store.problems[0].message
    assert store.flush()
    assert len(Store().events()) == 1


def test_an_unreadable_record_is_reported(home: Path) -> None:
    (home / "record.jsonl").mkdir()
    store = Store()
    assert store.events() == []
    assert "フォルダー" in store.problems[0].message


WRITER = """
import sys
from eshikaku.record.events import Event
from eshikaku.record.store import Store
store = Store()
print("ready", flush=True)
n = 0
while len(sys.argv) < 3 or n < int(sys.argv[2]):
    store.append(Event("run", f"{sys.argv[1]}-{n}", extra={"fill": "字" * 2000}))
    print(n, flush=True)
    n += 1
assert store.pending == 0
"""


@POSIX
@pytest.mark.parametrize("milliseconds", [3, 17, 40])
def test_kill_while_writing_loses_at_most_the_line_being_written(milliseconds: int) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, "k"], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"ready\n"
    assert writer.stdout.readline() == b"0\n"
    time.sleep(milliseconds / 1000)
    writer.send_signal(signal.SIGKILL)
    told = [0] + [int(line) for line in writer.stdout.read().split(b"\n")[:-1]]
    writer.wait()
    store = Store()
    found = {event.id for event in store.events()}
    assert found >= {f"k-{n}" for n in told}  # what was acknowledged is there
    assert len(found) <= len(told) + 1
    assert store.append(answered())  # the lock is free, the record goes on
    assert len(Store().events()) == len(found) + 1


def test_concurrent_writers_lose_nothing() -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, name, "15"], stdout=subprocess.DEVNULL)
        for name in "abc"
    ]
    assert [w.wait(timeout=60) for w in writers] == [0, 0, 0]
    store = Store()
    assert {e.id for e in store.events()} == {f"{w}-{n}" for w in "abc" for n in range(15)}
    assert store.problems == []


# -- export and import --------------------------------------------------------------------------


def test_export_and_import_as_one_file(tmp_path: Path) -> None:
    store, other = Store(), Store(tmp_path / "other" / "record.jsonl")
    shared = answered(days=0)
    for event in (shared, answered(days=1, answer="日本語")):
        store.append(event)
    for event in (shared, answered(days=2)):
        other.append(event)
    path = transfer.export_record(store, tmp_path)
    assert path == tmp_path / "record.eshikaku.jsonl"
    done = transfer.import_record(other, path)
    assert (done.added, done.known, done.problems) == (1, 1, ())
    again = transfer.import_record(other, path)
    assert (again.added, again.known) == (0, 2)
    assert len(other.events()) == 3
    assert list(tmp_path.glob("*.part")) == []


def test_a_cut_off_export_is_noticed(tmp_path: Path) -> None:
    store = Store()
    for n in range(3):
        store.append(answered(days=n))
    path = transfer.export_record(store, tmp_path / "a.jsonl")
    raw = path.read_bytes()
    path.write_bytes(raw[: raw.rindex(b'"kind"')])
    done = transfer.import_record(Store(tmp_path / "b.jsonl"), path)
    assert done.added == 2
    assert len(done.problems) == 1
    path.write_bytes(b"\n".join(raw.split(b"\n")[:2]) + b"\n")
    done = transfer.import_record(Store(tmp_path / "c.jsonl"), path)
    assert done.added == 1
    assert "3件あるはず" in done.problems[0]


def test_a_windows_editor_does_no_harm(tmp_path: Path) -> None:
    store = Store()
    store.append(answered())
    path = transfer.export_record(store, tmp_path / "a.jsonl")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    done = transfer.import_record(Store(tmp_path / "b.jsonl"), path)
    assert (done.added, done.problems) == (1, ())


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", b'{"cells": []}\n', b"[]", b"\xff" * 9])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    with pytest.raises(transfer.TransferError, match="記録ではありません"):
        transfer.import_record(Store(), path)
    assert Store().events() == []


def test_missing_and_unwritable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(transfer.TransferError, match="ファイルがありません"):
        transfer.import_record(Store(), tmp_path / "none")
    with pytest.raises(transfer.TransferError, match="フォルダーです"):
        transfer.import_record(Store(), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(transfer.TransferError, match="書き出せません"):
        transfer.export_record(Store(), tmp_path / "file" / "x.jsonl")


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
        "exam_date": st.sampled_from(["2027-02-20", "2027-02-30", "", None, 5]),
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
    time=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)).map(
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
def test_replay_of_any_prefix_in_any_order(events: list[Event], data: st.DataObject) -> None:
    prefix = events[: data.draw(st.integers(0, len(events)))]
    unique = list({e.uuid: e for e in prefix}.values())
    state = replay(prefix, NOW)
    assert state.events == len(unique)
    shuffled = data.draw(st.permutations(unique))
    assert replay([*shuffled, *shuffled], NOW) == state
    for exam in (None, date(2027, 1, 11), date(2027, 2, 20), date(2020, 1, 1)):
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


# -- replay -------------------------------------------------------------------------------------


def test_attempts_streak_and_mastery() -> None:
    state = state_of(
        answered(days=0, status="wrong"), answered(days=1), answered(days=2), answered("rnn-b-01")
    )
    question = state.question("rnn-a-01")
    assert [a.status for a in question.attempts] == ["wrong", "correct", "correct"]
    assert question.streak == 2
    assert question.mastery == pytest.approx(0.75)
    assert state.question("never").attempts == ()
    assert [q.id for q in state.weak()] == []


def test_with_help_one_can_lose_but_not_win() -> None:
    """Below an example, along given steps or after a hint: right is no proof, wrong is one."""
    for help in ({"extra": {"fade": "worked"}}, {"extra": {"fade": "faded"}}, {"hints": 1}):
        state = state_of(answered(days=0, **help))
        question = state.question("rnn-a-01")
        assert (question.mastery, question.counted, question.secure) == (0.0, (), False)
        assert scores(state, {"rnn-a-01": ("x",)}) == {"x": Score(1, 1, None)}
        assert state.weak() == []
        failed = state_of(answered(days=0, status="wrong", **help))
        assert scores(failed, {"rnn-a-01": ("x",)}) == {"x": Score(1, 1, 0.0)}
        later = state_of(answered(days=0, **help), answered(days=1)).question("rnn-a-01")
        assert (later.mastery, later.secure) == (1.0, True)


def test_weak_questions_begin_with_wrong_and_sure() -> None:
    state = state_of(
        answered("rnn-unsure-01", "wrong", confidence="unsure"),
        answered("rnn-sure-01", "wrong"),
        answered("rnn-half-01", "partial", score=0.5, confidence="unsure"),
        answered("rnn-right-01"),
    )
    assert [q.id for q in state.weak()] == ["rnn-sure-01", "rnn-unsure-01", "rnn-half-01"]


def test_predictions_are_kept_and_never_counted() -> None:
    state = state_of(
        answered(mode="predict", status="self", answer="b"),
        answered("rnn-b-01", "wrong", mode="predict"),
    )
    assert state.question("rnn-a-01").attempts == ()
    assert [a.answer for a in state.question("rnn-a-01").predictions] == ["b"]
    assert state.weak() == []
    assert schedule.cards(state, NOW, None) == {}
    labels = {"rnn-a-01": ("3.5.i",), "rnn-b-01": ("3.5.i",)}
    assert scores(state, labels) == {"3.5.i": Score(2, 0, None)}


def test_an_older_revision_asked_something_else() -> None:
    state = state_of(answered(days=0, rev=1, status="wrong"), answered(days=1, rev=2))
    assert [a.rev for a in state.question("rnn-a-01").attempts] == [2]


def test_the_standard_showing_is_what_the_page_shows_again() -> None:
    state = state_of(
        answered(days=0, answer="a", status="wrong"),
        answered(days=1, answer="b"),
        answered(days=2, answer="7", seed=99, mode="review"),
        answered("rnn-b-01", answer="5", seed=42),
    )
    assert state.answers["rnn-a-01"].answer == "b"
    assert state.answers["rnn-b-01"].seed == 42


def test_fading_goes_on_and_back() -> None:
    fades = []
    history: list[Event] = []
    for n, status in enumerate(["correct", "correct", "wrong", "wrong", "correct"]):
        shown = state_of(*history).question("rnn-a-01").fade
        fades.append(shown)
        history.append(answered(days=n, status=status, extra={"fade": shown}))
    assert fades == ["worked", "faded", "alone", "faded", "worked"]
    assert state_of(*history).question("rnn-a-01").fade == "faded"
    alone = answered(mode="skip", extra={"fade": "alone"})
    assert state_of(alone).question("rnn-a-01").fade == "alone"


def test_exercises_remember_the_last_source_and_that_they_were_solved() -> None:
    def checked(days: float, status: str, source: str) -> Event:
        time = (datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=days)).isoformat()
        return Event("check", "rnn-step", time=time, status=status, answer=source)

    state = state_of(
        Event("hint", "rnn-step"),
        checked(1, "failed", "one"),
        checked(2, "passed", "two"),
        checked(3, "error", "three"),
        Event("solution", "rnn-step"),
    )
    exercise = state.exercises["rnn-step"]
    assert (exercise.checks, exercise.hints, exercise.solution_seen) == (3, 1, True)
    assert (exercise.solved, exercise.solved_source) == (True, "two")
    assert (exercise.status, exercise.source) == ("error", "three")


def test_runs_parts_plan_and_disagreements() -> None:
    early, late = "2027-01-01T00:00:00+00:00", "2027-01-02T00:00:00+00:00"
    state = state_of(
        Event("run", "rnn/addition", time=early, extra={"settings": {"lr": 0.1}}),
        Event("run", "rnn/addition", time=late, extra={"settings": {"lr": 1.0}}),
        Event("part", "rnn/A", time=early, status="done", extra={"evidence": "4問"}),
        Event("part", "rnn/A", time=late, status="open"),
        Event("plan", "", time=early, extra={"exam_date": "2027-02-20", "weekday": 40}),
        Event(
            "plan", "", time=late, extra={"weekend": 120, "route": "8週間", "hide_advanced": True}
        ),
        Event("disagree", "rnn-a-01", extra={"page": "correct", "python": "wrong"}),
    )
    assert state.runs["rnn/addition"].runs == 2
    assert state.runs["rnn/addition"].settings == {"lr": 1.0}
    assert state.parts["rnn/A"].status == "open"
    assert state.plan.complete
    assert state.plan.exam_date == date(2027, 2, 20)
    assert (state.plan.weekday, state.plan.weekend, state.plan.hide_advanced) == (40, 120, True)
    assert [e.id for e in state.disagreements] == ["rnn-a-01"]
    assert state_of(Event("plan", "", extra={"exam_date": None})).plan.exam_date is None


def test_a_clock_that_was_wrong_does_not_reach_into_the_future() -> None:
    state = state_of(answered(days=5000))
    assert state.question("rnn-a-01").attempts[0].time == NOW


def test_scores_by_label() -> None:
    labels = {
        "rnn-a-01": ("3.5.i",),
        "rnn-b-01": ("3.5.i", "3.5.ii"),
        "rnn-c-01": ("3.5.ii",),
        "rnn-d-01": ("3.6.i",),
    }
    state = state_of(answered(), answered("rnn-b-01", "wrong"), answered("gone-01"))
    assert scores(state, labels) == {
        "3.5.i": Score(2, 2, 0.5),
        "3.5.ii": Score(2, 1, 0.0),
        "3.6.i": Score(1, 0, None),
    }


# -- schedule -----------------------------------------------------------------------------------


def attempt(status: str = "correct", **more: Any) -> Attempt:
    event = answered(status=status, **more)
    [found] = state_of(event).question(event.id).attempts
    return found


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"status": "wrong"}, "Again"),
        ({"status": "unanswered"}, "Again"),
        ({"status": "partial", "score": 0.9}, "Again"),
        ({"confidence": "unsure"}, "Hard"),
        ({"hints": 1}, "Hard"),
        ({"extra": {"fade": "worked"}}, "Hard"),
        ({}, "Good"),
        ({"confidence": None, "mode": "exam"}, "Good"),
        ({"status": "self", "score": 1.0}, "Good"),
        ({"status": "self", "score": 0.5}, "Hard"),
        ({"status": "self", "score": 0.2}, "Again"),
    ],
)
def test_rating(made: dict[str, Any], expected: str) -> None:
    assert schedule.rating(attempt(**made)).name == expected


def test_easy_needs_two_successes_and_half_the_usual_time() -> None:
    usual = [attempt(seconds=40.0), attempt(seconds=60.0)]  # median 50
    assert schedule.rating(attempt(seconds=25.0), usual).name == "Easy"
    assert schedule.rating(attempt(seconds=25.1), usual).name == "Good"
    assert schedule.rating(attempt(seconds=25.0), usual[:1]).name == "Good"
    assert schedule.rating(attempt(seconds=25.0, confidence="unsure"), usual).name == "Hard"
    assert schedule.rating(attempt(seconds=0.0), usual).name == "Good"
    broken = [*usual, attempt("wrong")]
    assert schedule.rating(attempt(seconds=5.0), broken).name == "Good"


def test_no_answer_comes_back_on_the_same_day() -> None:
    for status in ("correct", "wrong"):
        card = schedule.cards(state_of(answered(status=status)), NOW, None)["rnn-a-01"]
        assert card.due > date(2027, 1, 1)


def test_intervals_grow_and_a_lapse_shrinks_them() -> None:
    history: list[Event] = []
    gaps = []
    day = 0
    for status in ["correct", "correct", "correct", "wrong"]:
        history.append(answered(days=day, status=status))
        card = schedule.cards(replay(history, NOW + timedelta(400)), NOW, None)["rnn-a-01"]
        gaps.append((card.due - date(2027, 1, 1)).days - day)
        day += gaps[-1]
    assert gaps[0] < gaps[1] < gaps[2] > gaps[3]
    assert gaps[2] > 30


def test_the_exam_bounds_every_interval() -> None:
    """Everything comes back once more, on the day before the exam at the latest."""
    history = [answered(days=d) for d in (0, 2, 13)]
    now = NOW + timedelta(days=30)
    free = schedule.cards(replay(history, now), now, None)["rnn-a-01"]
    assert free.due > date(2027, 2, 20)
    for exam in (date(2027, 2, 20), date(2027, 1, 20), date(2027, 1, 16)):
        bound = schedule.cards(replay(history, now), now, exam)["rnn-a-01"]
        assert bound.due == exam - timedelta(days=1)
        assert bound.stability == free.stability
    eve = schedule.cards(replay(history, now), now, date(2027, 1, 15))["rnn-a-01"]
    assert eve.due == date(2027, 1, 15)  # an interval has at least a day
    past = schedule.cards(replay(history, now), now, date(2027, 1, 5))["rnn-a-01"]
    assert past.due == free.due


def test_the_next_morning_is_the_next_day() -> None:
    """21:00 and 7:00 are ten hours apart, but a night lies between them."""
    evening = Event("answer", "q", time="2027-01-01T12:00:00+00:00", status="correct", score=1.0)
    morning = Event("answer", "q", time="2027-01-01T22:00:00+00:00", status="correct", score=1.0)
    again = Event("answer", "q", time="2027-01-01T13:00:00+00:00", status="correct", score=1.0)
    night = schedule.cards(replay([evening, morning], NOW), NOW, None)["q"]
    once = schedule.cards(replay([evening, again], NOW), NOW, None)["q"]
    assert night.stability > once.stability
    assert night.due > date(2027, 1, 3)


def card(id: str, weakness: float = 0.5, due: int = 0, sure: bool = False) -> schedule.Card:
    return schedule.Card(id, NOW.date() + timedelta(days=due), 1.0, 0.9, weakness, sure)


def test_the_queue_keeps_to_the_minutes() -> None:
    cards = [
        card("tomorrow", due=1, weakness=1.0),
        card("weak", weakness=0.8),
        card("strong", weakness=0.1),
        card("sure", weakness=0.2, sure=True),
        card("overdue", weakness=0.7, due=-30),
        card("light", weakness=0.9),
        card("hidden", weakness=0.9),
    ]
    weights = {"light": 0.1, "hidden": 0.0}
    found = schedule.queue(
        cards, NOW, 3, weight=lambda id: weights.get(id, 1.0), seconds=lambda id: 60.0
    )
    assert [c.id for c in found.today] == ["sure", "weak", "overdue"]
    assert [c.id for c in found.dropped] == ["strong", "light"]
    assert found.seconds == 180
    assert schedule.queue(cards, NOW, 0).today == ()


def test_a_long_question_does_not_stop_the_short_ones() -> None:
    times = {"long": 600.0}
    cards = [card("long", 0.9), card("short", 0.1)]
    found = schedule.queue(cards, NOW, 2, seconds=lambda id: times.get(id, 60.0))
    assert [c.id for c in found.today] == ["short"]


def test_reviews_never_pile_up() -> None:
    """Whoever was away for a month meets no more than one day's minutes."""
    history = [answered(f"rnn-{n}-01", days=0) for n in range(200)]
    now = NOW + timedelta(days=30)
    cards = schedule.cards(replay(history, now), now, None).values()
    found = schedule.queue(cards, now, 15)
    assert len(found.today) == 15
    assert len(found.dropped) == 185


def test_mastery_of_an_empty_record_is_nothing() -> None:
    assert QuestionRecord("x").mastery == 0.0
    assert schedule.card(QuestionRecord("x"), NOW, None) is None
