"""word2vec (Mikolov et al. 2013a, b): CBOW, skip-gram, full softmax and negative sampling.

Every word has two vectors: a row of W_in (V, D), used where the word is read, and a row of
W_out (V, D), used where it is predicted; 2VD parameters, no bias. Texts that write W_out as
(D, V) mean the transpose of ours: u = h W_outᵀ.

    skip-gram:  h = W_in[centre]                 (N, D)   one word around is predicted from h
    CBOW:       h = mean of W_in[words around]   (N, D)   the word in the middle is predicted
    scores:     u = h W_outᵀ                     (N, V)   for all words (full softmax)
                u_nk = h_n · W_out[words_nk]     (N, K)   for a few words (negative sampling)

`SoftmaxCrossEntropy` takes the scores of all words, `NegativeSampling` those of a few.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from eshikaku import nn
from eshikaku.nn.layer import shaped

Array = NDArray[Any]


def add_rows(grad: Array, ids: Array, rows: Array) -> None:
    """grad[id] += row for every pair, also for ids that repeat: ids (M,), rows (M, D).

    The same sums as `np.add.at(grad, ids, rows)`, in less time. With many rows for each word, one
    count of weighted ids for each column; with a large vocabulary, the rows are sorted by their id
    and each run of equal ids is summed. (`grad[ids] += rows` would keep one row of a repeated id.)
    """
    if len(grad) <= len(ids):
        for column in range(grad.shape[1]):
            grad[:, column] += np.bincount(ids, rows[:, column], minlength=len(grad))
    elif len(ids):
        order = np.argsort(ids, kind="stable")
        ids = ids[order]
        starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))
        grad[ids[starts]] += np.add.reduceat(rows[order], starts, axis=0, dtype=np.float64)


class Word2vec(nn.Layer):
    """What CBOW and skip-gram share: two tables, and scores as products of their rows.

    Start as in the authors' program: W_in uniform in ±1/(2D), W_out = 0.

    Args:
        vocabulary_size: V, with the padding word 0.
        embedding_size: D.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        rng: np.random.Generator,
        *,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        shape = (vocabulary_size, embedding_size)
        bound = 0.5 / embedding_size
        self.parameter("W_in", rng.uniform(-bound, bound, shape).astype(dtype))
        self.parameter("W_out", np.zeros(shape, dtype))

    def hidden(self, x: Array) -> Array:
        """The vector h (N, D) from which words are predicted."""
        raise NotImplementedError

    def _back_to_rows(self, x: Array, dh: Array) -> tuple[Array, Array]:
        """Which rows of W_in made h, and dL/d of each of them: (M,), (M, D)."""
        raise NotImplementedError

    def forward(self, x: Array, words: Array | None = None) -> Array:
        """Scores of words given x.

        Args:
            x: ids of what is read (see `hidden`).
            words: ids to be scored: (N, K), each row its own, or (S,), the same for all rows;
                None for the whole vocabulary.

        Returns:
            (N, V), (N, K) or (N, S).

        Raises: IndexError for ids outside 0 … V−1, ValueError for another shape.
        """
        W_out = self.params["W_out"]
        x = self._checked(x)
        h = self.hidden(x)
        if words is not None:
            words = self._checked(words)
            if words.ndim > 2 or (words.ndim == 2 and len(words) != len(h)):
                raise ValueError(
                    f"words の形は ({len(h)}, K) か (S,) です。受け取った形: {words.shape}"
                )
        self.push(x, h, words)
        if words is None:
            return h @ W_out.T  # (N, V)
        if words.ndim == 1:
            return h @ W_out[words].T  # (N, S)
        return np.einsum("nkd,nd->nk", W_out[words], h)

    def backward(self, du: Array) -> None:
        """dL/du, in the shape of the scores; ids have no gradient.

        dL/dh = du W_out (of the scored words), dL/dW_out[word] adds up du_nk h_n over all places
        where the word was scored, and dL/dh goes to the rows of W_in that made h.
        """
        x, h, words = self.pop()
        W_out, dW_out = self.params["W_out"], self.grads["W_out"]
        scored = (len(W_out),) if words is None else words.shape[-1:]
        du = shaped(du, (len(h), *scored), h.dtype, "du")
        if words is None:
            dh = du @ W_out  # (N, D)
            dW_out += du.T @ h
        elif words.ndim == 1:
            dh = du @ W_out[words]
            add_rows(dW_out, words, du.T @ h)
        else:
            dh = np.einsum("nk,nkd->nd", du, W_out[words])
            rows = du[:, :, None] * h[:, None, :]  # (N, K, D)
            add_rows(dW_out, words.ravel(), rows.reshape(-1, h.shape[1]))
        add_rows(self.grads["W_in"], *self._back_to_rows(x, dh))

    def _checked(self, ids: Array) -> Array:
        ids = np.asarray(ids)
        if not np.issubdtype(ids.dtype, np.integer):
            raise TypeError(f"id は整数です。受け取った dtype: {ids.dtype}")
        V = len(self.params["W_in"])
        if ids.size and (ids.min() < 0 or ids.max() >= V):
            raise IndexError(f"id は 0〜{V - 1} です。受け取った範囲: {ids.min()}〜{ids.max()}")
        return ids


class SkipGram(Word2vec):
    """x: ids (N,) of the word in the middle; a word around it is predicted (Mikolov 2013a)."""

    def hidden(self, x: Array) -> Array:
        """h = W_in[x]: (N,) → (N, D)."""
        if x.ndim != 1:
            raise ValueError(f"x の形は (N,) です。受け取った形: {x.shape}")
        return self.params["W_in"][x]

    def _back_to_rows(self, x: Array, dh: Array) -> tuple[Array, Array]:
        return x, dh


class CBOW(Word2vec):
    """x: ids (N, C) of the words around, 0 where there is none (Mikolov 2013a).

    The figure of the paper says SUM; its text, the authors' program, PyTorch's `EmbeddingBag`
    and this class take the mean.
    """

    def hidden(self, x: Array) -> Array:
        """h = mean of W_in[x] over the words that are there: (N, C) → (N, D)."""
        if x.ndim != 2:
            raise ValueError(f"x の形は (N, C) です。受け取った形: {x.shape}")
        weights = self._weights(x)
        return np.einsum("nc,ncd->nd", weights, self.params["W_in"][x])

    def _weights(self, x: Array) -> Array:
        """1 / (number of words that are there) for these, 0 for padding: (N, C)."""
        there = x != 0
        dtype = self.params["W_in"].dtype
        return there / np.maximum(there.sum(axis=1, keepdims=True), 1).astype(dtype)

    def _back_to_rows(self, x: Array, dh: Array) -> tuple[Array, Array]:
        rows = self._weights(x)[:, :, None] * dh[:, None, :]  # (N, C, D)
        return x.ravel(), rows.reshape(-1, dh.shape[1])


class NegativeSampling(nn.Layer):
    """L = mean over n of −log σ(u_n0) − w Σ_{k≥1} log σ(−u_nk)  (Mikolov et al. 2013b, eq. 4).

    The first score of each row is that of the word that stood there, the others those of sampled
    words. dL/du_n0 = (σ(u_n0) − 1) / N, dL/du_nk = w σ(u_nk) / N: binary cross-entropy with the
    labels 1, 0, …, 0, summed over a row, averaged over rows.

    Args:
        weight: w; 1 for K words of one's own, K / S where S words are shared by the batch.
    """

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, u: Array) -> float:
        """u: (N, 1 + K) → loss."""
        sign = np.ones(u.shape[1], u.dtype)
        sign[0] = -1
        factor = np.full(u.shape[1], self.weight, u.dtype)
        factor[0] = 1
        terms = np.logaddexp(0, sign * u) * factor  # −log σ(−s u) = log(1 + e^{s u})
        self.push(sign * factor * nn.sigmoid(sign * u) / len(u))
        return float(terms.sum() / len(u))

    def backward(self, dout: float = 1.0) -> Array:
        """dL/du (N, 1 + K), times dout."""
        (du,) = self.pop()
        return du * np.asarray(dout, du.dtype)


class Sampler:
    """Draws words with probability ∝ count^power (0.75 in Mikolov et al. 2013b).

    A word that never occurs (the padding) is never drawn, whatever the power.
    """

    def __init__(self, counts: Array, power: float = 0.75) -> None:
        counts = np.asarray(counts, float)
        if not counts.any() or (counts < 0).any():
            raise ValueError("counts は0以上で、少なくとも1つは正です。")
        with np.errstate(divide="ignore"):
            weights = np.where(counts > 0, counts**power, 0.0)
        self.probabilities = weights / weights.sum()  # (V,)
        self._upto = np.cumsum(self.probabilities)
        self._upto[-1] = 1.0  # rounding must not leave a gap above the last word
        self._last = int(np.flatnonzero(counts)[-1])

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Independent draws: the inverse of the cumulative probability, by bisection."""
        drawn = np.searchsorted(self._upto, rng.random(shape), side="right")
        return np.minimum(drawn, self._last)


def keep_probability(counts: Array, threshold: float) -> Array:
    """Share of the places of each word that subsampling keeps: min(1, √(t / f)), (V,).

    Mikolov et al. 2013b, eq. 5, with f = count / all. Their program uses
    √(t / f) + t / f instead, which keeps a little more. A threshold of 0 keeps all.
    """
    if threshold <= 0:
        return np.ones(len(counts))
    share = np.asarray(counts) / np.sum(counts)
    return np.minimum(1, np.sqrt(threshold / np.maximum(share, 1e-300)))
