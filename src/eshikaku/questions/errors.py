"""What goes wrong with a bank, said so that its author can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class BankError(Exception):
    """A bank that can't be used; names file, line, question, field and what is allowed."""

    def __init__(
        self,
        message: str,
        *,
        path: str | Path = "",
        line: int = 0,
        id: str = "",
        field: str = "",
    ) -> None:
        self.message = message
        self.path = str(path)
        self.line = line
        self.id = id
        self.field = field
        where = ":".join(str(x) for x in (self.path, line) if x)
        super().__init__(": ".join(x for x in (where, id, field, message) if x))


class UnknownQuestion(BankError):
    """A question id that no bank has; the message offers the nearest ones."""


def nearest(word: str, known: Iterable[str], n: int = 3) -> list[str]:
    """Up to ``n`` of ``known`` that look like ``word``, best first."""
    return difflib.get_close_matches(word, list(known), n=n, cutoff=0.5)


def suggestion(word: str, known: Iterable[str]) -> str:
    """``近いもの: …`` or an empty string."""
    near = nearest(word, known)
    return f"近いもの: {'、'.join(near)}。" if near else ""
