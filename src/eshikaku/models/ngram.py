"""n-gram models: the next word from the n − 1 words before it, by counting; perplexity."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class NGram:
    """P(w | c) = (count(c, w) + k) / (count(c) + k V), with c the n − 1 words before w.

    k = 0 is the maximum-likelihood estimate count(c, w) / count(c), k = 1 Laplace's rule (add-one).
    A context that never occurred has 1/V for every word when k > 0 and no estimate when k = 0
    (here: probability 0). Each sentence starts with n − 1 paddings (id 0), which are predicted
    never; V counts the words that can be predicted.

    Args:
        n: order; 1 (unigram) looks at no word before.
        vocabulary_size: V, without the padding.
        k: what is added to every count.
    """

    def __init__(self, n: int, vocabulary_size: int, k: float = 0.0) -> None:
        if n < 1 or vocabulary_size < 1 or k < 0:
            raise ValueError(
                f"n と語彙は1以上、k は0以上です。受け取った値: {n}、{vocabulary_size}、{k}"
            )
        self.n, self.V, self.k = n, vocabulary_size, k
        self.counts: Counter[tuple[int, ...]] = Counter()  # of n-grams
        self.contexts: Counter[tuple[int, ...]] = Counter()  # of their first n − 1 words

    def count(self, sentences: Iterable[Sequence[int] | Array]) -> NGram:
        """Count the n-grams of sentences of ids."""
        for gram in self._grams(sentences):
            self.counts[gram] += 1
            self.contexts[gram[:-1]] += 1
        return self

    def probability(self, word: int, before: Sequence[int] = ()) -> float:
        """P(word | the last n − 1 of `before`), filled with paddings at the front."""
        padded = (*(0,) * (self.n - 1), *before)
        return self._probability((*padded[len(before) :], word))

    def log_probabilities(self, sentences: Iterable[Sequence[int] | Array]) -> Array:
        """ln P of every word of the sentences, in order; −∞ where the model says 0."""
        found = (self._probability(gram) for gram in self._grams(sentences))
        return np.array([math.log(p) if p > 0 else -math.inf for p in found])

    def perplexity(self, sentences: Iterable[Sequence[int] | Array]) -> float:
        """exp(−mean ln P) over all words: ∞ as soon as one word has probability 0."""
        return perplexity(self.log_probabilities(sentences))

    def _probability(self, gram: tuple[int, ...]) -> float:
        below = self.contexts[gram[:-1]] + self.k * self.V
        return (self.counts[gram] + self.k) / below if below else 0.0

    def _grams(self, sentences: Iterable[Sequence[int] | Array]) -> Iterable[tuple[int, ...]]:
        for sentence in sentences:
            words = [0] * (self.n - 1) + [int(w) for w in sentence]
            for end in range(self.n, len(words) + 1):
                yield tuple(words[end - self.n : end])


def perplexity(log_probabilities: Array) -> float:
    """exp(−mean ln P): the geometric mean of 1/P, the number of equally likely words.

    The same for every base, as long as the exponential has the base of the logarithm.
    """
    if len(log_probabilities) == 0:
        raise ValueError("語が1つもありません。")
    with np.errstate(over="ignore"):
        return float(np.exp(-np.mean(log_probabilities)))
