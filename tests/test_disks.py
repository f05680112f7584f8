"""Disks that are full, read-only or without locks: whole or not at all, and said in Japanese."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.record_makers import POSIX, answered
from tests.test_workspace import edit, source_of
from tests.tiny_course import make

from eshikaku import cli, course
from eshikaku.record import files, locking, transfer
from eshikaku.record.events import Event
from eshikaku.record.store import Store
from eshikaku.workspace import copies, doctor

REFUSALS = [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EIO]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` but locks."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "lock" not in path.name and ".held" not in path.name
    }


@pytest.fixture(params=[(step, n) for step in ("write", "fsync", "replace") for n in REFUSALS[:2]])
def refusing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Call it, and the disk refuses: at the first byte, at the sync, or at the swap."""
    step, number = request.param

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    def start() -> None:
        if step == "write":
            monkeypatch.setattr(files.os, "open", refuse)
        else:
            monkeypatch.setattr(files.os, step, refuse)

    yield start
    monkeypatch.undo()


def exported(tmp_path: Path, events: int = 30) -> Path:
    other = Store(tmp_path / "other" / "record.jsonl")
    for n in range(events):
        other.append(answered(days=n / 10))
    return transfer.export_record(other, tmp_path / "theirs.jsonl")


def test_import_is_whole_or_not_at_all(
    home: Path, tmp_path: Path, refusing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = exported(tmp_path)
    Store().append(answered("rnn-b-01"))
    before = tree(home)
    refusing()
    assert cli.main(["import", str(file)]) == 1
    said = capsys.readouterr()
    assert "何も取り込んでいません" in said.err and "Errno" not in said.err and said.out == ""
    assert tree(home) == before


def test_export_leaves_what_was_there(
    home: Path, tmp_path: Path, refusing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    Store().append(answered())
    place = tmp_path / "out"
    place.mkdir()
    (place / "x.jsonl").write_text("older")
    refusing()
    assert cli.main(["export", str(place / "x.jsonl")]) == 1
    assert "書き出せません" in capsys.readouterr().err
    assert tree(place) == {"x.jsonl": b"older"}


def test_reset_takes_nothing_away(
    root: Path, refusing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    copies.sync()
    here = root / "work" / "91_tiny.ipynb"
    edit(here, source="x = 'mine'")
    make(root, "91_tiny", "x = 2")
    copies.sync()
    before = notebooks(root)
    refusing()
    assert cli.main(["reset", "91"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("エラー: ") and "Errno" not in said
    assert notebooks(root) == before


def notebooks(root: Path) -> dict[str, bytes]:
    """The learner's folder without signatures and folders of Jupyter."""
    return {name: raw for name, raw in tree(root / "work").items() if "jupyter/" not in name}


def test_reset_twice_in_a_second_keeps_both(root: Path) -> None:
    copies.sync()
    here = root / "work" / "91_tiny.ipynb"
    kept = []
    for mine in ("'a'", "'b'", "'c'"):
        edit(here, source=mine)
        kept.append(copies.reset("91")[1])
    assert [source_of(path) for path in kept if path] == ["'a'", "'b'", "'c'"]


def test_reset_without_hard_links(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies.sync()
    here = root / "work" / "91_tiny.ipynb"
    edit(here, source="mine")

    def no_links(*_: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(copies.os, "link", no_links)
    _, backup = copies.reset("91")
    assert backup is not None and source_of(backup) == "mine" and source_of(here) == "x = 1"


def test_a_start_with_nothing_new_writes_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies.sync()
    monkeypatch.setattr(files, "write_draft", _refuse)  # full: what is there can be opened
    assert copies.sync() == []


def test_a_start_that_cannot_copy_says_why(
    root: Path, refusing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    refusing()
    assert cli.main(["lab", "--no-browser"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("エラー: ") and "Errno" not in said and "doctor" in said
    assert not list((root / "work").rglob("*.tmp"))


@POSIX
@pytest.mark.parametrize("command", ["import", "export"])
def test_a_real_limit(home: Path, tmp_path: Path, command: str) -> None:
    """A real short write, not a pretended one."""
    file = exported(tmp_path, 300)
    Store().append(answered("rnn-b-01"))
    before = tree(home)
    target = str(file) if command == "import" else str(tmp_path / "out" / "x.jsonl")
    (tmp_path / "out").mkdir()
    limit = 3000 if command == "import" else 100
    code = textwrap.dedent(
        f"""
        import resource, signal, sys
        from eshikaku import cli
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        sys.exit(cli.main([{command!r}, {target!r}]))
        """
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "上限" in run.stderr
    assert tree(home) == before
    assert list((tmp_path / "out").iterdir()) == []


IMPORTER = """
import sys
from eshikaku.record import transfer
from eshikaku.record.store import Store
print("ready", flush=True)
transfer.import_record(Store(), sys.argv[1])
print("done", flush=True)
"""


@POSIX
@pytest.mark.parametrize("milliseconds", [0, 5, 15, 30, 60, 120])
def test_kill_while_importing_leaves_the_old_record_or_the_new_one(
    home: Path, tmp_path: Path, milliseconds: int
) -> None:
    file = exported(tmp_path, 400)
    mine = answered("rnn-b-01")
    Store().append(mine)
    run = subprocess.Popen([sys.executable, "-c", IMPORTER, str(file)], stdout=subprocess.PIPE)
    assert run.stdout is not None and run.stdout.readline() == b"ready\n"
    time.sleep(milliseconds / 1000)
    run.send_signal(signal.SIGKILL)
    done = b"done" in run.stdout.read()
    run.wait()
    store = Store()
    assert len(store.events()) in ({401} if done else {1, 401})
    assert mine in store.events() and store.problems == []
    assert transfer.import_record(store, file).added in (0, 400)  # the lock is free
    assert len(Store().events()) == 401
    assert [p.name for p in home.iterdir() if p.suffix == files.SUFFIX] == []


@pytest.fixture(params=[errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def no_locks(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file system that refuses to lock."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: Any) -> None:
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_without_locks_everything_is_recorded(no_locks: None, tmp_path: Path) -> None:
    store = Store()
    assert store.append(answered())
    assert (store.pending, store.problems) == (0, [])
    assert transfer.import_record(store, exported(tmp_path)).added == 30
    assert len(Store().events()) == 31


def test_without_locks_the_copies_are_made_and_reset(no_locks: None, root: Path) -> None:
    copies.sync()
    edit(root / "work" / "91_tiny.ipynb", source="mine")
    assert copies.reset("91")[1] is not None


def test_without_locks_the_doctor_says_so(no_locks: None, root: Path) -> None:
    for found in (doctor.record(), doctor.work()):
        assert found.mark == doctor.HINT and "ロックがありません" in found.said
        assert "ESHIKAKU_" in found.mend


def test_with_locks_the_doctor_is_content(root: Path) -> None:
    assert doctor.record().mark == doctor.work().mark == doctor.GOOD


def test_without_locks_one_waits_for_the_other(no_locks: None, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locking.locked(path, 1):
        begun = time.monotonic()
        with pytest.raises(locking.LockTimeout), locking.locked(path, 0.2):
            pass
        assert time.monotonic() - begun >= 0.2
    with locking.locked(path, 0.2):
        pass


def test_a_lock_that_a_killed_program_left_is_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(fcntl, "flock", _no_lock)
    left = tmp_path / "lock.held"
    left.write_text("4711\nanother-machine\n")
    with pytest.raises(locking.LockTimeout), locking.locked(tmp_path / "lock", 0.1):
        pass
    old = time.time() - locking.STALE_SECONDS - 1
    os.utime(left, (old, old))
    with locking.locked(tmp_path / "lock", 0.1):
        pass


NO_LOCKS = """
import errno, fcntl, sys
def refuse(*_):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = fcntl.lockf = refuse
from eshikaku.record.events import Event
from eshikaku.record.store import Store
store = Store()
for n in range(int(sys.argv[2])):
    store.append(Event("run", f"{sys.argv[1]}-{n}", extra={"fill": "字" * 2000}))
assert store.flush()
"""


@POSIX
def test_without_locks_two_kernels_lose_nothing() -> None:
    writers = [subprocess.Popen([sys.executable, "-c", NO_LOCKS, name, "15"]) for name in "abc"]
    assert [w.wait(timeout=120) for w in writers] == [0, 0, 0]
    store = Store()
    assert {e.id for e in store.events()} == {f"{w}-{n}" for w in "abc" for n in range(15)}
    assert store.problems == []


def test_a_locked_folder_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def busy(*_: Any, **__: Any) -> Any:
        raise locking.LockTimeout("held")

    copies.sync()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(copies, "locked", busy)
        with pytest.raises(course.CourseError, match="使っています"):
            copies.sync()


def test_an_event_waits_where_nothing_can_be_written(refusing: Any) -> None:
    store = Store()
    store.append(answered())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("eshikaku.record.store.os.open", _refuse)
        store.append(Event("run", "x"))
        assert store.pending == 1
    assert store.flush()


def _refuse(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _no_lock(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOLCK, "No locks available")


def test_without_locks_jupyter_keeps_its_databases_on_this_computer(
    no_locks: None, root: Path
) -> None:
    for folder in copies.jupyter_folders().values():
        assert not folder.is_relative_to(root)
        assert folder.is_relative_to(tempfile.gettempdir())
        assert copies._digest(str(root / "work").encode())[:16] in str(folder)


def test_signatures_that_are_gone_are_made_again(root: Path) -> None:
    import nbformat
    from nbformat.sign import NotebookNotary

    copies.sync()
    edited = root / "work" / "00_home.ipynb"
    edit(edited, output="<script>")
    data = copies.jupyter_folders()["JUPYTER_DATA_DIR"]
    (data / copies._SIGNATURES).unlink()
    copies.sync()
    notary = NotebookNotary(data_dir=str(data))
    try:
        here = root / "work" / "91_tiny.ipynb"
        assert notary.check_signature(nbformat.read(here, as_version=4))
        assert not notary.check_signature(nbformat.read(edited, as_version=4))
    finally:
        notary.store.close()
