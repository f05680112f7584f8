"""Words and what stands around them: pairs, contexts, counts; PPMI and SVD (LSI).

Windows end where the sentence ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def pairs(sentences: Sequence[Array], window: int) -> tuple[Array, Array]:
    """All (word in the middle, word around it) with a distance of 1 … window: (M,), (M,)."""
    words, number = _flat(sentences)
    centres, around = [], []
    for distance in range(1, window + 1):
        left = np.flatnonzero(number[distance:] == number[:-distance])
        centres += [words[left], words[left + distance]]
        around += [words[left + distance], words[left]]
    return np.concatenate(centres), np.concatenate(around)


def contexts(sentences: Sequence[Array], window: int) -> tuple[Array, Array]:
    """Words around (M, 2 window), 0 beyond the ends of the sentence, and words in the middle (M,).

    Columns: the farthest word on the left … the nearest, the nearest on the right … the farthest.
    Words that stand alone have no context and are left out.
    """
    words, number = _flat(sentences)
    M = len(words)
    around = np.zeros((M, 2 * window), words.dtype)
    for distance in range(1, min(window, M - 1) + 1):
        left = np.flatnonzero(number[distance:] == number[:-distance])
        around[left, window - 1 + distance] = words[left + distance]
        around[left + distance, window - distance] = words[left]
    some = around.any(axis=1)
    return around[some], words[some]


def cooccurrence(sentences: Sequence[Array], vocabulary_size: int, window: int) -> Array:
    """C_ij = how often word j stands within `window` words of word i: (V, V), symmetric."""
    centres, around = pairs(sentences, window)
    V = vocabulary_size
    return np.bincount(centres * V + around, minlength=V * V).reshape(V, V).astype(float)


def ppmi(counts: Array) -> Array:
    """max(0, log₂ (P(i, j) / (P(i) P(j)))) = max(0, log₂ (C_ij S / (S_i S_j))); 0 where C_ij = 0.

    Args:
        counts: (V, V), with sums S_i of the rows, S_j of the columns and S of all.
    """
    total, rows = counts.sum(), counts.sum(axis=1, keepdims=True)
    columns = counts.sum(axis=0, keepdims=True)
    found = np.zeros(counts.shape)
    where = counts > 0
    expected = rows * columns / total
    np.log2(np.divide(counts, expected, where=where, out=found), where=where, out=found)
    return np.maximum(found, 0, out=found)


def svd_vectors(matrix: Array, size: int) -> Array:
    """The rows of U_D Σ_D: (V, M) → (V, D), the best approximation of rank D (Eckart & Young).

    On a matrix of words × documents this is LSI (Deerwester et al. 1990). The sign of each axis is
    free; here the element of the largest magnitude is positive.
    """
    U, sigma, _ = np.linalg.svd(matrix, full_matrices=False)
    vectors = U[:, :size] * sigma[:size]
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return vectors * np.where(signs == 0, 1, signs)


def unit(vectors: Array) -> Array:
    """Rows of length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths == 0, 1, lengths)


def nearest(
    vectors: Array, query: Array, count: int = 5, exclude: Sequence[int] = ()
) -> list[tuple[int, float]]:
    """The words whose vectors have the largest cosine with `query` (D,): (id, cosine).

    The padding word 0 and those of `exclude` are left out.
    """
    cosines = unit(vectors) @ unit(np.asarray(query))
    cosines[[0, *exclude]] = -np.inf
    order = np.argsort(-cosines, kind="stable")[:count]
    return [(int(k), float(cosines[k])) for k in order if np.isfinite(cosines[k])]


def analogies(vectors: Array, first: Array, second: Array, *, exclude: bool = True) -> Array:
    """Which analogies second_i − first_i + first_j = second_j hold, for all i ≠ j: (P (P−1),).

    The answer is the word of the largest cosine (3CosAdd on unit vectors, Mikolov et al. 2013c),
    among all words but the three of the question (`exclude`) and the padding.
    """
    v = unit(vectors)
    found = []
    for i, answers in _answers(v, np.asarray(first), np.asarray(second), exclude):
        others = np.arange(len(first)) != i
        found.append((answers == second)[others])
    return np.concatenate(found)


def _answers(v: Array, first: Array, second: Array, exclude: bool) -> Iterator[tuple[int, Array]]:
    rows = np.arange(len(first))
    for i in range(len(first)):
        scores = (v[second[i]] - v[first[i]] + v[first]) @ v.T  # (P, V)
        scores[:, 0] = -np.inf
        if exclude:
            scores[:, [first[i], second[i]]] = -np.inf
            scores[rows, first] = -np.inf
        yield i, scores.argmax(axis=1)


def _flat(sentences: Sequence[Array]) -> tuple[Array, Array]:
    """All words in a row, and the number of the sentence of each."""
    lengths = [len(sentence) for sentence in sentences]
    return np.concatenate(sentences), np.repeat(np.arange(len(sentences)), lengths)
