"""The record as one file: carried to another machine, merged there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.record_makers import answered

from eshikaku.record import transfer
from eshikaku.record.store import Store

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
