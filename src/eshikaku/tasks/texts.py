"""A corpus: sentences of words, and the same as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Sentence = tuple[str, ...]

PAD = "〈空〉"
"""Id 0: what stands outside a sentence (padding of a window, start of an n-gram)."""


@dataclass(frozen=True)
class Corpus:
    """Sentences as words and as numbers.

    Attributes:
        sentences: the words of each sentence.
        ids: the same as numbers, one array (length,) a sentence.
        words: the vocabulary by id, `PAD` first, then the most frequent word.
        counts: how often each word occurs, (V,); 0 for `PAD`.
        real: False where a generated text stands in for one that is not installed.
        message: what to tell the learner in that case.
    """

    sentences: tuple[Sentence, ...]
    ids: tuple[Array, ...]
    words: tuple[str, ...]
    counts: Array
    real: bool = True
    message: str = ""

    @property
    def tokens(self) -> int:
        """Number of words in the text."""
        return int(self.counts.sum())

    def index(self) -> dict[str, int]:
        """Word → id."""
        return {word: k for k, word in enumerate(self.words)}


def corpus(
    sentences: Sequence[Sentence],
    *,
    at_least: int = 1,
    real: bool = True,
    message: str = "",
) -> Corpus:
    """Number the words, the most frequent first (ties in order of appearance).

    Words that occur less than `at_least` times are taken out of the text, as in word2vec.
    """
    often = Counter(word for sentence in sentences for word in sentence)
    vocabulary = (PAD, *(word for word, n in often.most_common() if n >= at_least))
    number_of = {word: k for k, word in enumerate(vocabulary)}
    kept = tuple(tuple(w for w in sentence if w in number_of) for sentence in sentences)
    ids = encode(kept, number_of)
    counts = np.bincount(np.concatenate(ids), minlength=len(vocabulary))
    return Corpus(kept, ids, vocabulary, counts, real, message)


def encode(sentences: Iterable[Sentence], number_of: dict[str, int]) -> tuple[Array, ...]:
    """Words → ids, one array a sentence.

    Raises: KeyError naming a word that has no number.
    """
    return tuple(np.array([number_of[w] for w in s], dtype=np.intp) for s in sentences)
