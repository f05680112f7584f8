"""The whole record as one file, to keep or to carry to another machine.

The file is JSON lines: a header with the number of events, then the lines of the record as
they are. A record merges by uuid, so importing twice changes nothing.
"""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from pathlib import Path

from eshikaku.record.events import VERSION, Event, EventError, utc_now
from eshikaku.record.files import reason, write_whole
from eshikaku.record.locking import LockTimeout
from eshikaku.record.store import Store

SUFFIX = ".eshikaku.jsonl"


class TransferError(Exception):
    """The file can't be written or is no record; the message is Japanese."""


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes:
        added: events that were new.
        known: events that were already in the record.
        problems: Japanese lines about what could not be read.
    """

    added: int
    known: int
    problems: tuple[str, ...] = ()


def export_record(store: Store, path: Path | str) -> Path:
    """Write every event of the record into one new file and return its path.

    A folder given as ``path`` gets ``record.eshikaku.jsonl``. An existing file is replaced
    only when the new one is complete.

    Raises:
        TransferError: the file can't be written.
    """
    target = Path(path).expanduser()
    if target.is_dir():
        target = target / f"record{SUFFIX}"
    lines = store.lines().values()
    header = {"eshikaku": "record", "v": VERSION, "exported": utc_now(), "events": len(lines)}
    try:
        write_whole(target, (line + b"\n" for line in (json.dumps(header).encode(), *lines)))
    except OSError as error:
        raise TransferError(f"{target} に書き出せません：{reason(error)}") from error
    return target


def import_record(store: Store, path: Path | str) -> Imported:
    """Merge a file written by :func:`export_record` (or a ``record.jsonl``) into the record.

    Raises:
        TransferError: the file can't be read or holds no event, or the record can't be written.
    """
    source = Path(path).expanduser()
    try:
        raw = source.read_bytes()
    except OSError as error:
        raise TransferError(f"{source} を読めません：{_unreadable(error)}") from error
    return import_bytes(store, raw, str(source))


def import_bytes(store: Store, raw: bytes, name: str) -> Imported:
    """Merge the content of such a file; ``name`` is what a message calls it.

    Raises:
        TransferError: it holds no event, or the record can't be written (nothing is merged).
    """
    declared, lines, problems = _parse(raw)
    if declared is None and not lines:
        raise TransferError(f"{name} は eshikaku の記録ではありません。何も取り込んでいません。")
    found = len(lines) + len(problems)
    if declared is not None and declared != found:
        problems.append(f"ファイルには{declared}件あるはずですが、{found}件しかありません。")
    try:
        added = store.merge(lines.values())
    except LockTimeout as error:
        text = "ほかのプログラムが記録のファイルを使っています。何も取り込んでいません。"
        raise TransferError(f"{name} を取り込めません：{text}") from error
    except OSError as error:
        text = f"{reason(error)}記録（{store.path}）は元のままで、何も取り込んでいません。"
        raise TransferError(f"{name} を取り込めません：{text}") from error
    return Imported(added, len(lines) - added, tuple(problems))


def _parse(raw: bytes) -> tuple[int | None, dict[str, tuple[Event, bytes]], list[str]]:
    """The declared number of events, each event with its line by uuid, and what is unreadable."""
    declared: int | None = None
    lines: dict[str, tuple[Event, bytes]] = {}
    problems: list[str] = []
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # saved by an editor
        raw = raw.decode("utf-16", errors="replace").encode()
    for number, line in enumerate(raw.removeprefix(codecs.BOM_UTF8).split(b"\n"), 1):
        line = line.rstrip(b"\r")
        if not line.strip():
            continue
        header = _header(line) if number == 1 else None
        if header is not None:
            declared = header
            continue
        try:
            event = Event.from_line(line)
            lines.setdefault(event.uuid, (event, line))
        except EventError as error:
            problems.append(f"{number}行目は読めないため飛ばしました（{error}）。")
    return declared, lines, problems


def _header(line: bytes) -> int | None:
    try:
        data = json.loads(line)
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("eshikaku") != "record":
        return None
    count = data.get("events")
    return count if isinstance(count, int) else None


def _unreadable(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "ファイルがありません。"
    if isinstance(error, IsADirectoryError):
        return "フォルダーです。ファイルを指定してください。"
    return reason(error)
