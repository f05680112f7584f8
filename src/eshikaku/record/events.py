"""One event of the record: what it holds, and its line of JSON.

An event is a fact about something the learner did. It is written once and never changed;
everything else (:mod:`eshikaku.record.replay`) is computed from the events.
"""

from __future__ import annotations

import json
import math
import uuid as uuids
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from eshikaku.course import MODES

VERSION = 1

KINDS = frozenset(
    {
        "answer",  # a question
        "run",  # an experiment
        "check",  # an exercise; ``answer`` is the source text
        "hint",
        "solution",
        "plan",  # exam date, minutes, route, switches (in ``extra``)
        "part",  # a part marked; ``status`` is done, skipped or open
        "disagree",  # the page's verdict was not Python's
    }
)
CONFIDENCE = frozenset({None, "sure", "unsure"})


class EventError(ValueError):
    """The data are no event; the message (Japanese) says which field and why."""


def utc_now() -> str:
    """The present as UTC ISO 8601 text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def new_uuid() -> str:
    return str(uuids.uuid4())


@dataclass(frozen=True)
class Event:
    """One line of the record.

    Attributes:
        kind: one of :data:`KINDS`; ``id`` names the question, experiment, exercise or part.
        time: UTC, ISO 8601.
        answer: the raw answer as the page sent it (JSON), or an exercise's source text.
        status: correct, wrong, partial, unanswered, self; passed, failed, untouched, error,
            grader-error; done, skipped, open.
        extra: what only some kinds have (settings of a run, a plan's fields, a fading level).

    Raises:
        EventError: a field has a value that the record does not allow.
    """

    kind: str
    id: str
    uuid: str = field(default_factory=new_uuid)
    v: int = VERSION
    time: str = field(default_factory=utc_now)
    rev: int = 1
    seed: int = 0
    mode: str = "study"
    answer: Any = None
    status: str = ""
    score: float = 0.0
    seconds: float = 0.0
    hints: int = 0
    confidence: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("kind", "id", "uuid", "time", "mode", "status"):
            _require(isinstance(getattr(self, name), str), name, "文字列ではありません")
        _require(bool(self.uuid), "uuid", "空です")
        _require(bool(self.kind), "kind", "空です")
        _require(self.mode in MODES, "mode", f"{self.mode!r} は使えません")
        _require(
            _is_confidence(self.confidence), "confidence", "sure・unsure・null のどれでもありません"
        )
        for name in ("v", "rev", "seed", "hints"):
            value = getattr(self, name)
            _require(_is_int(value) and value >= 0, name, "0以上の整数ではありません")
        for name in ("score", "seconds"):
            value = getattr(self, name)
            _require(_is_number(value), name, "有限の数ではありません")
            object.__setattr__(self, name, float(value))
        _require(isinstance(self.extra, Mapping), "extra", "オブジェクトではありません")
        self.moment  # noqa: B018  raises where the time is none

    @cached_property
    def moment(self) -> datetime:
        """``time`` as an aware datetime in UTC."""
        return _moment(self.time)

    def to_line(self) -> bytes:
        """The event as one line of UTF-8 JSON without the newline.

        Raises:
            EventError: the answer or ``extra`` can't be written as JSON.
        """
        data = {f.name: getattr(self, f.name) for f in fields(self)} | {"extra": dict(self.extra)}
        try:
            text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise EventError(f"記録できない値が含まれています：{error}") from error
        try:
            return text.encode()
        except UnicodeEncodeError:  # half of a surrogate pair, as a page may send
            return json.dumps(data, allow_nan=False, separators=(",", ":")).encode()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Event:
        """An event from JSON data; fields of a later version are left out.

        Raises:
            EventError: a required field is missing or a value is not allowed.
        """
        if not isinstance(data, Mapping):
            raise EventError("JSONのオブジェクトではありません")
        if type(data) is dict and (plain := _plain_event(data)) is not None:
            return plain
        missing = [name for name in ("kind", "id", "uuid", "time") if name not in data]
        if missing:
            raise EventError(f"項目がありません：{'、'.join(missing)}")
        return cls(**{name: data[name] for name in _NAMES if name in data})

    @classmethod
    def from_line(cls, line: bytes) -> Event:
        """An event from a line of the record.

        Raises:
            EventError: the line is torn, no UTF-8, no JSON or no event.
        """
        try:
            data = json.loads(line.decode())
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise EventError("JSONとして読めません") from error
        return cls.from_dict(data)


_NAMES = frozenset(f.name for f in fields(Event))
_TYPES = {
    **dict.fromkeys(("kind", "id", "uuid", "time", "mode", "status"), str),
    **dict.fromkeys(("v", "rev", "seed", "hints"), int),
    **dict.fromkeys(("score", "seconds"), float),
    "extra": dict,
}
_typed = itemgetter(*_TYPES)
_FOUND = tuple(_TYPES.values())


def _plain_event(data: dict[str, Any]) -> Event | None:
    """The event, where every field is plainly right; else the constructor looks closer.

    A few looks instead of sixteen: a long record is read in half of the time.
    """
    if (
        data.keys() != _NAMES
        or tuple(map(type, _typed(data))) != _FOUND
        or data["mode"] not in MODES
        or (data["confidence"] is not None and data["confidence"] not in ("sure", "unsure"))
        or not (data["kind"] and data["uuid"])
        or data["v"] < 0
        or data["rev"] < 0
        or data["seed"] < 0
        or data["hints"] < 0
        or not math.isfinite(data["score"] + data["seconds"])
    ):
        return None
    event = object.__new__(Event)
    held = event.__dict__
    held.update(data)
    held["moment"] = _moment(data["time"])
    return event


def _moment(time: str) -> datetime:
    try:
        moment = datetime.fromisoformat(time)
        if moment.tzinfo is UTC:
            return moment
        _require(moment.tzinfo is not None, "time", "時間帯がありません")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        if isinstance(error, EventError):
            raise
        raise EventError(f"time：{time!r} は日時ではありません") from error


def _require(ok: bool, name: str, why: str) -> None:
    if not ok:
        raise EventError(f"{name}：{why}")


def _is_confidence(confidence: object) -> bool:
    return confidence is None or (isinstance(confidence, str) and confidence in CONFIDENCE)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
