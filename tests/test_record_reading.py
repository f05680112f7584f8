"""Reading the record: only what is new, in whatever encoding an editor left it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.record_makers import NOW, answered
from tests.test_record_properties import EVENTS, MANY

from eshikaku.record import transfer
from eshikaku.record.events import KINDS, Event
from eshikaku.record.replay import Replay, replay
from eshikaku.record.store import Store

ENCODINGS = {
    "utf-8-sig": "UTF-8（BOM付き）",
    "utf-16": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-16-le": "UTF-16",
}


def record(path: Path, *events: Event) -> Store:
    store = Store(path)
    for event in events:
        store.append(event)
    return store


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_record_that_an_editor_saved_loses_nothing(
    tmp_path: Path, encoding: str, newline: str, end: str
) -> None:
    path = tmp_path / "record.jsonl"
    told = [answered(days=n, answer=f"《{n}》笊") for n in range(50)]
    record(path, *told)
    text = path.read_text(encoding="utf-8").rstrip("\n").replace("\n", newline)
    content = (text + end.replace("\n", newline)).encode(encoding)
    path.write_bytes(content)
    store = Store(path)
    assert store.events() == told
    [problem] = store.problems
    assert problem.kind == "encoding" and ENCODINGS[encoding] in problem.message
    assert "50件" in problem.message
    more = [answered(days=n) for n in (60, 61)]
    for event in more:
        assert store.append(event)
        assert not store.append(event)
    assert path.read_bytes().startswith(content), "nothing is rewritten"
    for reader in (store, Store(path)):
        assert reader.events() == [*told, *more]
        assert [p.kind for p in reader.problems] == ["encoding"]
    new = Store(tmp_path / "new.jsonl")
    transfer.import_record(new, transfer.export_record(store, tmp_path))
    assert (new.events(), new.problems) == ([*told, *more], [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_saved_by_an_editor_while_a_kernel_has_it_open(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "record.jsonl"
    told = [answered(days=n) for n in range(5)]
    store = record(path, *told)
    assert len(store.events()) == 5
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    assert store.events() == told


def test_an_export_that_an_editor_saved_is_imported(tmp_path: Path) -> None:
    store = record(tmp_path / "a.jsonl", answered(), answered(days=1))
    path = transfer.export_record(store, tmp_path)
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    done = transfer.import_record(Store(tmp_path / "b.jsonl"), path)
    assert (done.added, done.problems) == (2, ())


def test_many_broken_lines_are_one_message(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    lines = [b"{" if n % 3 else answered(days=n / 100).to_line() for n in range(3000)]
    path.write_bytes(b"\n".join(lines) + b"\n")
    store = Store(path)
    assert len(store.events()) == 1000
    [problem] = store.problems
    assert (problem.kind, problem.line, problem.count) == ("corrupt", 2, 2000)
    assert "2・3・5・6・8行目など2000行" in problem.message


def test_what_was_replayed_is_not_replayed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eshikaku.record import replay as room

    path = tmp_path / "record.jsonl"
    mine, other = record(path, *(answered(days=n / 10) for n in range(30))), Store(path)
    assert mine.state(NOW).events == 30
    taken: list[Event] = []
    take = room._Builder.take
    monkeypatch.setattr(
        room._Builder, "take", lambda self, event: (taken.append(event), take(self, event))[1]
    )
    assert mine.state(NOW).events == 30
    assert taken == []
    news = answered("rnn-b-01", days=4)
    other.append(news)
    before = mine.state(NOW)
    assert (before.events, taken) == (31, [news])
    mine.append(answered(days=5, status="wrong"))
    after = mine.state(NOW)
    assert len(taken) == 2
    assert len(before.question("rnn-a-01").attempts) == 30, "a state does not change later"
    assert len(after.question("rnn-a-01").attempts) == 31


@MANY
@given(st.lists(EVENTS, max_size=14, unique_by=lambda e: e.uuid), st.data())
def test_replay_in_pieces_is_replay_at_once(events: list[Event], data: st.DataObject) -> None:
    growing = Replay()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=4)))
    for cut in [*cuts, len(events)]:
        assert growing.state(events[:cut], NOW) == replay(events[:cut], NOW)
    shuffled = data.draw(st.permutations(events))
    assert growing.state(shuffled, NOW) == replay(shuffled, NOW)


@MANY
@given(st.lists(st.tuples(st.booleans(), EVENTS.filter(lambda e: e.kind in KINDS)), max_size=12))
def test_two_kernels_see_one_record(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[bool, Event]]
) -> None:
    path = tmp_path_factory.mktemp("two") / "record.jsonl"
    one, two = Store(path), Store(path)
    for first, event in events:
        (one if first else two).append(event)
        assert one.state(NOW) == two.state(NOW)
    fresh = Store(path)
    assert fresh.state(NOW) == one.state(NOW)
    assert fresh.events() == one.events()
