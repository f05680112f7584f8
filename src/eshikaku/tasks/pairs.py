"""Pairs of texts, as sequence models are trained on: what is read and what is to be written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eshikaku.tasks.vocabulary import Vocabulary

Array = NDArray[Any]

TEST_SHARE = 10  # one key in ten is kept for the test


@dataclass(frozen=True)
class Pairs:
    """Source and target texts with their vocabularies.

    Attributes:
        sources, targets: N texts each.
        source_words, target_words: the vocabularies.
        source_length, target_length: T and T' (EOS counted) of the ids, the same for every batch.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    source_words: Vocabulary
    target_words: Vocabulary
    source_length: int
    target_length: int

    def __len__(self) -> int:
        """N, the number of pairs."""
        return len(self.sources)

    @cached_property
    def source(self) -> Array:
        """ids (T, N), PAD in front."""
        return self.source_words.sources(self.sources, self.source_length)

    @cached_property
    def target(self) -> Array:
        """ids (T', N), ending in EOS, PAD behind."""
        return self.target_words.targets(self.targets, self.target_length)

    def read(self, text: str) -> Array:
        """A text of one's own → ids (T, 1).

        Raises:
            ValueError: a character that is not in the vocabulary, or too many of them.
        """
        return self.source_words.sources([text], self.source_length)


def kept_for_test(key: int) -> bool:
    """Does this key (a date, a number) belong to the test?  One in ten, scattered evenly."""
    return (key * 2654435761 >> 16) % TEST_SHARE == 0


def check(n: int, part: str) -> None:
    """Raises: ValueError for n < 1 or a part that is not "train" or "test"."""
    if n < 1 or part not in ("train", "test"):
        raise ValueError(f'n は1以上、part は "train" か "test" です：{n}, {part!r}')


def draw(rng: np.random.Generator, low: int, high: int, part: str) -> int:
    """A number in low … high that belongs to this part.

    Raises:
        ValueError: there is none.
    """
    wanted = part == "test"
    if high - low < 1000 and not any(kept_for_test(k) == wanted for k in range(low, high + 1)):
        raise ValueError(f"{low}〜{high} に {part} の数がありません。")
    while True:
        k = int(rng.integers(low, high, endpoint=True))
        if kept_for_test(k) == wanted:
            return k
