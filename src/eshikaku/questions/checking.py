"""Grading: the same rules as ``eshikaku.js``, tested against one file of vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """What an answer is worth.

    Attributes:
        status: ``correct`` | ``wrong`` | ``partial`` | ``unanswered`` | ``self``.
        score: 0 … 1.
        feedback: Markdown in Japanese: what to look at, never just "wrong".
        parts: one dict per hole, block, pair or step:
            ``{"key": …, "status": "correct"|"wrong"|"unanswered", "why": …}``.
    """

    status: str
    score: float
    feedback: str = ""
    parts: tuple[dict[str, Any], ...] = ()
