"""Text ↔ ids: one table of tokens for each language, with three ids that every table begins with.

Sequence pairs stand time-major, as everything here: (T, N), one column a text.

* Sources are filled with `PAD` at the *front*: the last step is always a real token.
* Targets are filled with `PAD` at the *back* and end in `EOS`.
* The decoder's input is `BOS` and the target without its last step: see `shifted`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PAD, BOS, EOS = 0, 1, 2
SPECIAL = ("〈空き〉", "〈始〉", "〈終〉")  # how PAD, BOS and EOS are shown


class Vocabulary:
    """Tokens and their ids: `SPECIAL` first (0, 1, 2), then the given ones in their order.

    Args:
        tokens: the tokens, each once.
        separator: what stands between two tokens in a text; "" takes every character for a token.

    Raises:
        ValueError: a token stands twice, is empty, or is one of `SPECIAL`.
    """

    def __init__(self, tokens: Iterable[str], separator: str = "") -> None:
        self.tokens = (*SPECIAL, *tokens)
        self.separator = separator
        self.ids = {token: k for k, token in enumerate(self.tokens)}
        if len(self.ids) != len(self.tokens) or "" in self.ids:
            raise ValueError("語彙に、重なる語か空の語があります。")

    @classmethod
    def of(cls, texts: Iterable[str], separator: str = "") -> Vocabulary:
        """All tokens of these texts, sorted."""
        found = {token for text in texts for token in _split(text, separator)}
        return cls(sorted(found), separator)

    def __len__(self) -> int:
        """V, the special ids counted."""
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self.ids

    def split(self, text: str) -> list[str]:
        """Tokenise: the characters, or what stands between separators."""
        return _split(text, self.separator)

    def encode(self, text: str) -> list[int]:
        """The ids of a text's tokens, without BOS and EOS.

        Raises:
            ValueError: a token that is not in the table (named in the message).
        """
        tokens = self.split(text)
        unknown = dict.fromkeys(t for t in tokens if t not in self.ids or t in SPECIAL)
        if unknown:
            raise ValueError(f"語彙にない文字や語があります：{'、'.join(unknown)}")
        return [self.ids[token] for token in tokens]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of these ids up to EOS; PAD and BOS are left out."""
        shown: list[str] = []
        for k in ids:
            if k == EOS:
                break
            if k not in (PAD, BOS):
                shown.append(self.tokens[int(k)])
        return self.separator.join(shown)

    def sources(self, texts: Sequence[str], length: int | None = None) -> Array:
        """Texts → ids (T, N), filled with PAD at the front; T = `length` or the longest text.

        Raises:
            ValueError: an unknown token, or a text longer than `length`.
        """
        rows = [self.encode(text) for text in texts]
        T = _length(rows, length)
        return (
            np.array([[PAD] * (T - len(row)) + row for row in rows], np.int64)
            .reshape(len(rows), T)
            .T
        )

    def targets(self, texts: Sequence[str], length: int | None = None) -> Array:
        """Texts → ids (T, N) ending in EOS, filled with PAD at the back; T counts EOS.

        Raises:
            ValueError: an unknown token, or a text longer than `length` − 1.
        """
        rows = [[*self.encode(text), EOS] for text in texts]
        T = _length(rows, length)
        return (
            np.array([row + [PAD] * (T - len(row)) for row in rows], np.int64)
            .reshape(len(rows), T)
            .T
        )

    def texts(self, ids: Array) -> list[str]:
        """ids (T, N) → N texts."""
        return [self.decode(column) for column in np.asarray(ids).T.tolist()]


def shifted(target: Array) -> Array:
    """The decoder's input for teacher forcing: BOS, then target[:-1].  (T, N) → (T, N)."""
    return np.concatenate([np.full_like(target[:1], BOS), target[:-1]])


def trimmed(ids: Array) -> Array:
    """ids (T, N) without the steps at either end where every column is PAD: less to compute."""
    full = np.flatnonzero((ids != PAD).any(axis=1))
    return ids[full[0] : full[-1] + 1] if len(full) else ids[:0]


def _split(text: str, separator: str) -> list[str]:
    return [t for t in text.split(separator) if t] if separator else list(text)


def _length(rows: list[list[int]], length: int | None) -> int:
    longest = max(map(len, rows), default=0)
    if length is not None and longest > length:
        raise ValueError(f"長さは{length}までです。受け取った長さ：{longest}")
    return longest if length is None else length
