"""The file of the record: one JSON line an event, in the order in which they were recorded.

Several kernels may write at once: a lock is held for the one append only, and each append
is synced to the disk. A line torn by a crash stays where it is and is reported; the next
append starts on a new line. An event that can't be written is kept in memory and written
with the next one. Only an import rewrites the file, and then whole or not at all.
"""

from __future__ import annotations

import heapq
import os
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from eshikaku.record import home
from eshikaku.record.events import KINDS, Event, EventError
from eshikaku.record.files import reason, sync_folder, write_whole
from eshikaku.record.locking import LockTimeout, locked
from eshikaku.record.moments import LEEWAY, Moments
from eshikaku.record.reading import CLOCK, UNSAVED, Problem, Reader
from eshikaku.record.replay import Replay
from eshikaku.record.state import State

FILE_NAME = "record.jsonl"
LOCK_SECONDS = 5.0


class Store:
    """The learner's record on the disk, and what could not be written yet.

    Args:
        path: the file; by default ``record.jsonl`` in :func:`eshikaku.record.home`.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = Path(path) if path is not None else home() / FILE_NAME
        self._reader = Reader(self.path)
        self._replay = Replay()
        self._pending: dict[str, tuple[Event, bytes]] = {}
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
        line = event.to_line()
        with self._thread_lock:
            new = event.uuid not in self._pending
            self._pending.setdefault(event.uuid, (event, line))
            return self._write(event.uuid) and new

    def flush(self) -> bool:
        """Try again to write what waits in memory; ``True`` when nothing waits any more."""
        with self._thread_lock:
            if self._pending:
                self._write()
            return not self._pending

    def events(self) -> list[Event]:
        """Every readable event once, as recorded; what waits in memory comes last."""
        with self._thread_lock:
            self._read()
            found = list(self._reader.events.values())
            last = self._reader.last()
            if last is not None and last.uuid not in self._reader.events:
                found.append(last)
            return found + [e for uuid, (e, _) in self._pending.items() if not self._has(uuid)]

    def state(self, now: datetime | None = None) -> State:
        """Where the learner stands; only what is new since the last call is read and replayed.

        Args:
            now: aware, by default the present.
        """
        with self._thread_lock:
            return self._replay.state(self.events(), now)

    @property
    def pending(self) -> int:
        """How many events wait in memory."""
        return len(self._pending)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the record now; empty when all is well."""
        with self._thread_lock:
            self._read()
            found = self._reader.problems()
            ahead = _ahead(event.moment for event in self._reader.recent)
            if ahead is not None:
                found.append(ahead)
            if self._pending or self._unreadable:
                text = self._failure or self._unreadable
                found.append(Problem(UNSAVED, 0, text, len(self._pending)))
            return found

    def lines(self) -> dict[str, bytes]:
        """Each readable event's line as it stands in the record, by uuid."""
        with self._thread_lock:
            self._read()
            return {uuid: line.rstrip(b"\r") for uuid, (_, line) in self._all().items()}

    def merge(self, events: Iterable[tuple[Event, bytes]]) -> int:
        """Merge another record, in the order in which that one holds its events.

        The two are joined by time, each keeping its own order, into one new file that takes the
        place of the old one: whole, or not at all. Lines that can't be read stay in it.

        Args:
            events: each with its line.

        Returns:
            How many were new.

        Raises:
            OSError: nothing was changed. LockTimeout: another program is writing for long.
        """
        with self._thread_lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked(f"{self.path}.lock", LOCK_SECONDS):
                self._reader.read()
                own = self._all()
                theirs = {e.uuid: (e, line) for e, line in events if e.uuid not in own}
                if not theirs:
                    return 0
                after = {u: lines for u, lines in self._reader.unread.items() if u}
                chunks = [line + b"\n" for line in self._reader.unread.get("", [])]
                for event, line in _joined(own.values(), theirs.values()):
                    chunks.append(line + b"\n")
                    chunks += [unread + b"\n" for unread in after.get(event.uuid, ())]
                if self._reader.tail.strip() and self._reader.last() is None:
                    chunks.append(self._reader.tail + b"\n")
                write_whole(self.path, chunks, mode=0o600)
                self._settled()
                return len(theirs)

    def _all(self) -> dict[str, tuple[Event, bytes]]:
        """Every event with its line, as recorded; what waits in memory comes last."""
        reader = self._reader
        found = {uuid: (event, reader.raw[uuid]) for uuid, event in reader.events.items()}
        last = reader.last()
        if last is not None:
            found.setdefault(last.uuid, (last, reader.tail))
        return found | {u: waiting for u, waiting in self._pending.items() if u not in found}

    def _read(self) -> None:
        try:
            self._reader.read()
            self._unreadable = ""
        except OSError as error:
            self._unreadable = f"記録を読めません（{self.path}）：{reason(error)}"

    def _write(self, uuid: str = "") -> bool:
        """Append what waits in memory; whether ``uuid`` was not in the file before."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked(f"{self.path}.lock", LOCK_SECONDS):
                self._reader.read()
                new = not self._has(uuid)
                fresh = [line for u, (_, line) in self._pending.items() if not self._has(u)]
                if fresh:
                    _append(self.path, fresh, self._reader.newline_first)
        except LockTimeout:
            self._failed("ほかのプログラムが記録のファイルを使っています。")
        except OSError as error:
            self._failed(reason(error))
        else:
            self._settled()
            return new
        return not self._has(uuid)

    def _has(self, uuid: str) -> bool:
        """Whether the file has the event."""
        if uuid in self._reader.events:
            return True
        last = self._reader.last()
        return last is not None and last.uuid == uuid

    def _settled(self) -> None:
        self._pending = {}
        self._failure = ""

    def _failed(self, why: str) -> None:
        self._pending = {u: waiting for u, waiting in self._pending.items() if not self._has(u)}
        self._failure = (
            f"記録を保存できません（{self.path}）：{why}"
            f"{len(self._pending)}件はメモリーにあり、次に記録するときに書きます。"
            "それまでカーネルを終了しないでください。"
        )


def _joined(
    own: Iterable[tuple[Event, bytes]], theirs: Iterable[tuple[Event, bytes]]
) -> Iterator[tuple[Event, bytes]]:
    """Two records as one: by time, and neither loses its own order."""
    now = datetime.now(UTC)

    def keyed(record: list[tuple[Event, bytes]]) -> Iterator[tuple[datetime, Event, bytes]]:
        moments = Moments([event for event, _ in record], now)
        for event, line in record:
            moment = moments.of(event)
            yield moments.latest or moment, event, line

    joined = heapq.merge(keyed(list(own)), keyed(list(theirs)), key=lambda found: found[0])
    return ((event, line) for _, event, line in joined)


def _ahead(moments: Iterable[datetime]) -> Problem | None:
    """What to say about events from the future."""
    limit = datetime.now(UTC) + LEEWAY
    ahead = [moment for moment in moments if moment > limit]
    if not ahead:
        return None
    day = max(ahead).astimezone().date()
    text = (
        f"記録のうち{len(ahead)}件の日時が、いまより先です（最も先は{day.year}年{day.month}月"
        f"{day.day}日）。時計が進んでいたときの記録として、前後の記録の日時で数えます。"
        "失われたものはありません。コンピューターの時計を確かめてください。"
    )
    return Problem(CLOCK, 0, text, len(ahead))


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
    if new:
        sync_folder(path.parent)
