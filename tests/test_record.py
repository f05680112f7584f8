"""The record: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from tests.record_makers import POSIX, answered

from eshikaku import record
from eshikaku.record import store as stores
from eshikaku.record.events import Event, EventError
from eshikaku.record.store import Store

# -- events -------------------------------------------------------------------------------------


def test_event_survives_its_line() -> None:
    event = answered(answer={"text": "忘却ゲート\n\u2027", "rubric": [True]}, seed=2**53 - 1)
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
        ({"time": "2026-01-01T00:00:00"}, "time"),
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
    first, second = answered(days=0), answered(days=1)
    assert store.append(first)
    assert store.append(second)
    assert not store.append(first)
    assert store.path == home / "record.jsonl"
    assert Store().events() == [first, second]
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
    store._reader._take = lambda line, data: (parsed.append(line), take(line, data))[1]  # type: ignore[assignment]
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
    [problem] = fresh.problems
    assert (problem.kind, problem.line, problem.count) == ("corrupt", 2, 3)
    assert "2・3・4行目" in problem.message
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
