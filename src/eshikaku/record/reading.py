"""Reading the record's file: what was added since the last time, line by line."""

from __future__ import annotations

import codecs
import gc
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from eshikaku.record.events import Event, EventError

TORN = "torn"
CORRUPT = "corrupt"
ENCODING = "encoding"
CLOCK = "clock"
UNSAVED = "unsaved"

_HEAD = 64  # bytes by which a file is known again
_OURS = b'\n{"kind":"'  # how a line of ours begins that follows another encoding
_UTF16 = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"{\x00": "utf-16-le",
    b"\x00{": "utf-16-be",
}
_AT_ONCE = 1000  # lines
_LONG = 2**20  # bytes that are worth a pause of the collector
_NAMED = 5  # corrupt lines named one by one


@dataclass(frozen=True)
class Problem:
    """Something about the record that the learner should know.

    Attributes:
        kind: ``torn`` (the last line was cut off), ``corrupt`` (lines in the middle can't be
            read), ``encoding`` (an editor saved the file in another one), ``clock`` (events are
            dated in the future), ``unsaved`` (events wait in memory because the file can't be
            written).
        line: the number of the (first) line from 1; 0 where it is about none.
        message: Japanese, with what is lost and what to do.
        count: how many lines or events it is about.
    """

    kind: str
    line: int
    message: str
    count: int = 1


class Reader:
    """Reads what was added to a file since the last time.

    Attributes:
        events, raw: each readable event and its line (UTF-8) by uuid, in the file's order.
        unread: lines that can't be read, by the uuid of the event before them.
        corrupt: (number, why) of these lines.
        encoding: what an editor saved the file in; empty where it is ours.
        recent: events dated since yesterday, or later than now.
        tail: what stands after the last newline.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reset()

    def reset(self) -> None:
        self.inode = 0
        self.head = b""  # how the file began
        self.offset = 0  # behind the last complete line that was read
        self.lines = 0
        self.events: dict[str, Event] = {}
        self.raw: dict[str, bytes] = {}
        self.unread: dict[str, list[bytes]] = {}
        self.corrupt: list[tuple[int, EventError]] = []
        self.encoding = ""
        self.tail = b""
        self.utf16_end = 0
        self.recent: list[Event] = []
        self._newest = ""  # uuid
        self._yesterday = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()

    def read(self) -> None:
        """Raises OSError where the file is there but can't be read."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                head = file.read(_HEAD)
                if (
                    status.st_ino != self.inode
                    or status.st_size < self.offset
                    or not head.startswith(self.head)
                ):  # another file: removed, restored from a copy, saved by an editor
                    self.reset()
                    self.inode = status.st_ino
                self.head = head
                file.seek(self.offset)
                data = file.read()
        except FileNotFoundError:
            self.reset()
            return
        with _collector_paused(len(data) > _LONG):
            if self.offset == 0:
                data = self._take_foreign(data)
            *lines, self.tail = data.split(b"\n")
            self.offset += len(data) - len(self.tail)
            self._take_all(lines)

    @property
    def newline_first(self) -> bool:
        """Whether what is appended must begin on a new line."""
        return bool(self.tail) or 0 < self.utf16_end == self.offset

    def last(self) -> Event | None:
        """The event in the tail: complete but for its newline, or ``None``."""
        if not self.tail:
            return None
        try:
            return Event.from_line(self.tail)
        except EventError:
            return None

    def _take_foreign(self, data: bytes) -> bytes:
        """Take what an editor of Windows saved in its own encoding; returns what we appended."""
        if data.startswith(codecs.BOM_UTF8):
            self.encoding = "UTF-8（BOM付き）"
            self.offset = len(codecs.BOM_UTF8)
            return data[self.offset :]
        codec = next((c for start, c in _UTF16.items() if data.startswith(start)), "")
        if not codec:
            return data
        self.encoding = "UTF-16"
        ours = data.find(_OURS)
        self.offset = self.utf16_end = ours if ours >= 0 else len(data)
        text = data[: self.offset].decode(codec, errors="replace")
        self._take_all([line.encode() for line in text.split("\n")])
        return data[self.offset :]

    def _take_all(self, lines: list[bytes]) -> None:
        for start in range(0, len(lines), _AT_ONCE):
            some = lines[start : start + _AT_ONCE]
            for line, data in zip(some, _parsed(some), strict=True):
                self.lines += 1
                if data is not None or (line and not line.isspace()):
                    self._take(line, data)

    def _take(self, line: bytes, data: Any = None) -> None:
        try:
            event = Event.from_line(line) if data is None else Event.from_dict(data)
        except EventError as error:
            self.corrupt.append((self.lines, error))
            self.unread.setdefault(self._newest, []).append(line)
            return
        uuid = event.uuid
        if uuid not in self.events:
            self.events[uuid] = event
            self.raw[uuid] = line
            self._newest = uuid
            if event.time > self._yesterday:
                self.recent.append(event)

    def problems(self) -> list[Problem]:
        """What stands in the file that should not: one message each, however many lines."""
        found = []
        last = self.last()
        if self.encoding:
            count = len(self.events) + (last is not None)
            text = (
                f"記録のファイルが、{self.encoding}で保存し直されています（エディターで開いて"
                f"保存したときに起こります）。{count}件はそのまま読めました。"
                "このファイルは、エディターで保存しないでください。"
            )
            found.append(Problem(ENCODING, 0, text, count))
        if self.corrupt:
            found.append(_corrupt(self.corrupt))
        if self.tail.strip() and last is None:
            number = self.lines + 1
            text = (
                f"記録の最後の行（{number}行目）が途中で切れています。"
                "失われたのはこの1件だけです。次の記録は新しい行から書きます。"
            )
            found.append(Problem(TORN, number, text))
        return found


def _parsed(lines: list[bytes]) -> list[Any]:
    """The data of many lines in one go (a third faster); ``None``: look at each line alone."""
    try:
        found = json.loads(b"[" + b",".join(lines) + b"]")
    except (ValueError, RecursionError):
        found = []
    return found if len(found) == len(lines) else [None] * len(lines)


def _corrupt(lines: list[tuple[int, EventError]]) -> Problem:
    first, error = lines[0]
    named = "・".join(str(number) for number, _ in lines[:_NAMED])
    which = f"{named}行目" + (f"など{len(lines)}行" if len(lines) > _NAMED else "")
    text = (
        f"記録の{which}は読めないため飛ばしました（{error}）。"
        "行はファイルに残してあり、ほかの記録に影響はありません。"
    )
    return Problem(CORRUPT, first, text, len(lines))


@contextmanager
def _collector_paused(wanted: bool) -> Iterator[None]:
    """Without the garbage collector, which would walk the many new objects over and over.

    They all stay for as long as the kernel lives, so that it need not look at them later either.
    """
    paused = wanted and gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.freeze()
            gc.enable()
