"""Events for tests of the record, and a fixed evening on which they are read."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from eshikaku.record.events import Event
from eshikaku.record.replay import replay

JST = timezone(timedelta(hours=9))
NOW = datetime(2026, 1, 10, 21, 0, tzinfo=JST)
POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and limits")


def answered(
    id: str = "rnn-a-01", status: str = "correct", days: float = 0.0, **more: Any
) -> Event:
    """An answer ``days`` after 1 January 2026, noon in Japan."""
    moment = datetime(2026, 1, 1, 12, tzinfo=JST) + timedelta(days=days)
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
