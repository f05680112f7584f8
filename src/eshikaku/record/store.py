"""The file of the record: one JSON line an event, appended and never rewritten.

Several kernels may write at once: a lock is held for the one append only, and each append
is synced to the disk. A line torn by a crash stays where it is and is reported; the next
append starts on a new line. An event that can't be written is kept in memory and written
with the next one.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from eshikaku.record import home
from eshikaku.record.events import KINDS, Event, EventError

FILE_NAME = "record.jsonl"
LOCK_SECONDS = 5.0

TORN = "torn"
CORRUPT = "corrupt"
UNSAVED = "unsaved"


@dataclass(frozen=True)
class Problem:
    """Something about the record that the learner should know.

    Attributes:
        kind: ``torn`` (the last line was cut off), ``corrupt`` (a line in the middle can't be
            read), ``unsaved`` (events wait in memory because the file can't be written).
        line: the line's number from 1; 0 for ``unsaved``.
        message: Japanese, with what is lost and what to do.
    """

    kind: str
    line: int
    message: str


class _Reader:
    """Reads what was added to a file since the last time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reset()

    def reset(self) -> None:
        self.inode = 0
        self.offset = 0  # behind the last complete line that was read
        self.lines = 0
        self.events: dict[str, Event] = {}
        self.raw: dict[str, bytes] = {}
        self.corrupt: list[Problem] = []
        self.tail = b""  # what stands after the last newline

    def read(self) -> None:
        """Raises OSError where the file is there but can't be read."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self.inode or status.st_size < self.offset:
                    self.reset()  # another file: removed, or restored from a copy
                    self.inode = status.st_ino
                file.seek(self.offset)
                data = file.read()
        except FileNotFoundError:
            self.reset()
            return
        *lines, self.tail = data.split(b"\n")
        self.offset += len(data) - len(self.tail)
        for line in lines:
            self.lines += 1
            if line.strip():
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            event = Event.from_line(line)
        except EventError as error:
            self.corrupt.append(
                Problem(
                    CORRUPT,
                    self.lines,
                    f"記録の{self.lines}行目は読めないため飛ばしました（{error}）。"
                    "行はファイルに残してあり、ほかの記録に影響はありません。",
                )
            )
            return
        self.events.setdefault(event.uuid, event)
        self.raw.setdefault(event.uuid, line)

    def last(self) -> Event | None:
        """The event in the tail: complete but for its newline, or ``None``."""
        try:
            return Event.from_line(self.tail)
        except EventError:
            return None


class Store:
    """The learner's record on the disk, and what could not be written yet.

    Args:
        path: the file; by default ``record.jsonl`` in :func:`eshikaku.record.home`.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = Path(path) if path is not None else home() / FILE_NAME
        self._reader = _Reader(self.path)
        self._pending: dict[str, bytes] = {}
        self._failure = ""
        self._unreadable = ""
        self._thread_lock = threading.RLock()

    def append(self, event: Event) -> bool:
        """Write one event; ``False`` when its uuid is already there.

        The event is never lost: where the file can't be written it waits in memory
        (:attr:`pending`, :attr:`problems`) and goes out with the next append.

        Raises:
            EventError: the event is of an unknown kind or can't be written as JSON.
        """
        if event.kind not in KINDS:
            raise EventError(f"kind：{event.kind!r} は使えません（{'、'.join(sorted(KINDS))}）")
        return bool(self._add({event.uuid: event.to_line()}))

    def flush(self) -> bool:
        """Try again to write what waits in memory; ``True`` when nothing waits any more."""
        if self._pending:
            self._add({})
        return not self._pending

    def events(self) -> list[Event]:
        """Every readable event once, oldest first; what waits in memory is among them."""
        with self._thread_lock:
            self._read()
            found = dict(self._reader.events)
            last = self._reader.last()
            if last is not None:
                found.setdefault(last.uuid, last)
            for uuid, line in self._pending.items():
                found.setdefault(uuid, Event.from_line(line))
            return sorted(found.values(), key=lambda event: event.order)

    @property
    def pending(self) -> int:
        """How many events wait in memory."""
        return len(self._pending)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the record now; empty when all is well."""
        with self._thread_lock:
            self._read()
            found = list(self._reader.corrupt)
            if self._reader.tail.strip() and self._reader.last() is None:
                found.append(
                    Problem(
                        TORN,
                        self._reader.lines + 1,
                        f"記録の最後の行（{self._reader.lines + 1}行目）が途中で切れています。"
                        "失われたのはこの1件だけです。次の記録は新しい行から書きます。",
                    )
                )
            if self._pending or self._unreadable:
                found.append(Problem(UNSAVED, 0, self._failure or self._unreadable))
            return found

    def lines(self) -> dict[str, bytes]:
        """Each readable event's line as it stands in the record, by uuid."""
        with self._thread_lock:
            self._read()
            found = dict(self._reader.raw)
            last = self._reader.last()
            if last is not None:
                found.setdefault(last.uuid, self._reader.tail)
            return found | {u: line for u, line in self._pending.items() if u not in found}

    def merge(self, lines: Iterable[tuple[str, bytes]]) -> int:
        """Add lines of another record (uuid, line) in one append; returns how many were new."""
        return self._add(dict(lines))

    def _read(self) -> None:
        try:
            self._reader.read()
            self._unreadable = ""
        except OSError as error:
            self._unreadable = f"記録を読めません（{self.path}）：{reason(error)}"

    def _add(self, lines: dict[str, bytes]) -> int:
        from filelock import FileLock, Timeout

        with self._thread_lock:
            waiting = self._pending
            wanted = waiting | {u: line for u, line in lines.items() if u not in waiting}
            new = 0
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS):
                    self._reader.read()
                    there = self._known()
                    new = sum(u not in there and u not in waiting for u in lines)
                    fresh = [line for u, line in wanted.items() if u not in there]
                    if fresh:
                        _append(self.path, fresh, newline_first=bool(self._reader.tail))
            except Timeout:
                self._keep(wanted, "ほかのプログラムが記録のファイルを使っています。")
            except OSError as error:
                self._keep(wanted, reason(error))
            else:
                self._pending = {}
                self._failure = ""
                return new
            known = self._known()
            return sum(u not in known and u not in waiting for u in lines)

    def _known(self) -> set[str]:
        last = self._reader.last()
        return set(self._reader.events) | ({last.uuid} if last else set())

    def _keep(self, lines: dict[str, bytes], why: str) -> None:
        known = self._known()
        self._pending = {u: line for u, line in lines.items() if u not in known}
        self._failure = (
            f"記録を保存できません（{self.path}）：{why}"
            f"{len(self._pending)}件はメモリーにあり、次に記録するときに書きます。"
            "それまでカーネルを終了しないでください。"
        )


def reason(error: OSError) -> str:
    """Why the system refused, in Japanese, with what the learner can do."""
    known = {
        errno.ENOSPC: "ディスクに空きがありません。不要なファイルを消してください。",
        errno.EDQUOT: "ディスクの割り当てを使い切りました。不要なファイルを消してください。",
        errno.EFBIG: "ファイルの大きさが上限に達しました。",
        errno.EACCES: "書き込みの権限がありません。フォルダーの権限を確かめてください。",
        errno.EPERM: "書き込みの権限がありません。フォルダーの権限を確かめてください。",
        errno.EROFS: "書き込み禁止の場所です。ESHIKAKU_HOME で別の場所を指定してください。",
        errno.EISDIR: "同じ名前のフォルダーがあります。",
        errno.ENOTDIR: "途中に、フォルダーでなくファイルがあります。",
        errno.EEXIST: "フォルダーと同じ名前のファイルがあります。",
    }
    return known.get(error.errno or 0, f"{error.strerror or error}。")


def _append(path: Path, lines: list[bytes], newline_first: bool) -> None:
    """Append whole lines and wait until the disk has them.

    Raises:
        OSError: nothing or only a part was written; the part stays as a torn line.
    """
    data = (b"\n" if newline_first else b"") + b"".join(line + b"\n" for line in lines)
    new = not path.exists()
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
