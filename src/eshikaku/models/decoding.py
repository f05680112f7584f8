"""From a trained model to an answer: greedy, beam search, sampling.

Everything here runs over a `seq2seq.Writer` (`start`, `step`). PAD and BOS are never answers:
their probability is taken as 0 and the rest sums to 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from eshikaku.models.seq2seq import State, Writer, rows
from eshikaku.nn.functions import Array, log_softmax
from eshikaku.tasks.vocabulary import BOS, EOS, PAD, shifted

Choice = Callable[[Array], Array]  # log p (N, V) → ids (N,)


class Hypothesis(NamedTuple):
    """One answer of beam search.

    Attributes:
        ids: the tokens, EOS included where the answer is finished.
        log_probability: Σ_t log p(y_t | y_<t, x), natural logarithm.
        score: log_probability / |y|^α, by which the beam orders; |y| counts EOS.
    """

    ids: tuple[int, ...]
    log_probability: float
    score: float


def log_probabilities(logits: Array, temperature: float = 1.0) -> Array:
    """log softmax(logits / τ) over what may be answered: PAD and BOS get −∞.  (N, V) → (N, V).

    Raises:
        ValueError: τ ≤ 0.
    """
    if temperature <= 0:
        raise ValueError(f"温度は正の数です。受け取った値：{temperature}")
    allowed = np.array(logits, np.float64)
    allowed[..., [PAD, BOS]] = -np.inf
    return log_softmax(allowed / temperature)


def greedy(model: Writer, source: Any, limit: int) -> Array:
    """The most probable token at every step, until EOS or `limit` tokens.

    source: whatever `model.start` reads, such as ids (T, N) → ids (T', N), PAD after EOS.
    """
    return _write(model, model.start(source), limit, lambda log_p: log_p.argmax(axis=-1))


def sample(
    model: Writer,
    source: Any,
    limit: int,
    rng: np.random.Generator,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
) -> Array:
    """Draws every token from softmax(logits / τ), or from the k most probable ones alone.

    τ → 0 and k = 1 are greedy; τ → ∞ draws evenly.  → ids (T', N), PAD after EOS.

    Raises:
        ValueError: τ ≤ 0 or k < 1.
    """

    def draw(log_p: Array) -> Array:
        p = top(np.exp(log_p), top_k)
        edges = np.cumsum(p, axis=-1)
        lot = rng.random((len(p), 1)) * edges[:, -1:]
        return (edges <= lot).sum(axis=-1).clip(max=p.shape[-1] - 1)

    return _write(model, model.start(source), limit, draw, temperature)


def top(p: Array, k: int | None) -> Array:
    """The k largest probabilities of each row, made to sum to 1; the others 0.  (N, V) → (N, V).

    Raises:
        ValueError: k < 1.
    """
    if k is None:
        return p
    if k < 1:
        raise ValueError(f"top-k の k は1以上です。受け取った値：{k}")
    order = np.argsort(-p, axis=-1, kind="stable")
    kept = np.zeros_like(p)
    best = order[..., :k]
    np.put_along_axis(kept, best, np.take_along_axis(p, best, -1), -1)
    return kept / kept.sum(axis=-1, keepdims=True)


def beam(
    model: Writer, source: Any, width: int, limit: int, *, alpha: float = 0.0
) -> list[list[Hypothesis]]:
    """Beam search: of all answers begun, only the `width` best are carried on.

    At each step every unfinished hypothesis is continued by every token; finished ones (EOS) stay
    as they are and keep their place; of all of these the `width` with the best score remain. The
    search ends when all of them are finished, or after `limit` tokens. Width 1 is greedy; a width
    of at least the number of all answers up to `limit` finds the best of them.

    alpha: score = log p / |y|^α. 0 compares log p itself, which prefers short answers; 1 compares
    the mean log p of a token.

    Returns:
        for each row of `source` its hypotheses, best score first.

    Raises:
        ValueError: width < 1.

    Source: Graves (2012), Sutskever et al. (2014).
    """
    if width < 1:
        raise ValueError(f"ビーム幅は1以上です。受け取った値：{width}")
    state = model.start(source)
    N = _count(state)
    state = rows(state, np.repeat(np.arange(N), width))  # row n · width + k: hypothesis k of n
    log_p = np.full((N, width), -np.inf)
    log_p[:, 0] = 0.0  # at the beginning there is one hypothesis only
    ids = np.full((limit, N, width), PAD)
    length = np.zeros((N, width))
    last, done = np.full(N * width, BOS), np.zeros((N, width), bool)
    for t in range(limit):
        logits, state = model.step(last, state)
        step = log_probabilities(logits).reshape(N, width, -1)
        V = step.shape[-1]
        step[done] = -np.inf  # a finished one has one continuation: nothing more
        step[done, PAD] = 0.0
        total = log_p[..., None] + step  # (N, width, V)
        longer = length + ~done
        score = (total / longer[..., None] ** alpha).reshape(N, -1)
        best = np.argsort(-score, axis=-1, kind="stable")[:, :width]
        parent, token = best // V, best % V  # (N, width)
        log_p = np.take_along_axis(total.reshape(N, -1), best, -1)
        ids = np.take_along_axis(ids, parent[None], -1)
        ids[t] = token
        length = np.take_along_axis(longer, parent, -1)
        done = np.take_along_axis(done, parent, -1) | (token == EOS)
        state = rows(state, (np.arange(N)[:, None] * width + parent).ravel())
        last = token.ravel()
        if np.all(done | np.isneginf(log_p)):
            break
    return [_hypotheses(ids[:, n], log_p[n], length[n], alpha) for n in range(N)]


def best(found: list[list[Hypothesis]]) -> Array:
    """The first hypothesis of each row as ids (T', N), PAD at the end."""
    T = max(len(hypotheses[0].ids) for hypotheses in found)
    return np.array([[*h[0].ids, *[PAD] * (T - len(h[0].ids))] for h in found], np.int64).T


def log_likelihood(model: Writer, source: Any, target: Array) -> Array:
    """log p(target | source) = Σ_t log p(y_t | y_<t, x): target (T', N) ending in EOS → (N,)."""
    state, total = model.start(source), np.zeros(target.shape[1])
    for last, wanted in zip(shifted(target), target, strict=True):
        logits, state = model.step(last, state)
        log_p = np.take_along_axis(log_probabilities(logits), wanted[:, None], -1)[:, 0]
        total += np.where(wanted == PAD, 0.0, log_p)
    return total


def right(ids: Array, target: Array) -> Array:
    """Which answers are right from the first token to EOS: ids and target (T, N) → (N,) booleans.

    What stands behind the target's EOS does not count.
    """
    T = max(len(ids), len(target))
    a, b = (np.pad(x, ((0, T - len(x)), (0, 0)), constant_values=PAD) for x in (ids, target))
    return np.all((a == b) | (b == PAD), axis=0)


def edit_distance(a: Sequence[Any], b: Sequence[Any]) -> int:
    """The fewest insertions, deletions and replacements that turn a into b (Levenshtein 1966).

    Summed over texts and divided by the length of the right ones it is the character error rate.
    """
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def _write(
    model: Writer, state: State, limit: int, choose: Choice, temperature: float = 1.0
) -> Array:
    """One token of every row at a time, until all have written EOS or `limit` is reached."""
    last = np.full(_count(state), BOS)
    done = np.zeros(len(last), bool)
    written = []
    for _ in range(limit):
        logits, state = model.step(last, state)
        last = np.where(done, PAD, choose(log_probabilities(logits, temperature)))
        written.append(last)
        done |= last == EOS
        if done.all():
            break
    return np.array(written, np.int64).reshape(-1, len(done))


def _count(state: State) -> int:
    """N, the number of rows of a state."""
    while isinstance(state, tuple):
        state = next(part for part in state if part is not None)
    return len(state)


def _hypotheses(ids: Array, log_p: Array, length: Array, alpha: float) -> list[Hypothesis]:
    """ids: (limit, width) of one row → its hypotheses; places never filled are left out."""
    return [
        Hypothesis(
            tuple(int(i) for i in ids[: int(length[k]), k]),
            float(log_p[k]),
            float(log_p[k] / length[k] ** alpha),
        )
        for k in range(len(log_p))
        if log_p[k] > -np.inf
    ]
