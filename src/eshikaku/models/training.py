"""One training loop for everything that answers with logits, and the batches it is fed with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.models.decoding import greedy, log_probabilities, right
from eshikaku.models.seq2seq import Writer
from eshikaku.nn.functions import Array
from eshikaku.tasks.vocabulary import PAD, shifted, trimmed


def train(
    model: nn.Layer,
    batches: Iterable[tuple[Any, ...]],
    *,
    lr: float | Callable[[int], float] = 0.005,
    clip: float = 1.0,
    loss: nn.Layer | None = None,
) -> Iterator[float]:
    """One update with Adam for each batch; yields the batch's loss before its update.

    Args:
        model: `forward(*inputs)` gives logits, `backward(dlogits)` the gradients.
        batches: tuples (*inputs, target), for a sequence pair (source, target_in, target).
        lr: the learning rate, or a function of the number of updates done so far.
        clip: the largest norm of all gradients together.
        loss: cross-entropy that leaves PAD out, unless given.
    """
    loss = nn.SoftmaxCrossEntropy(ignore_index=PAD) if loss is None else loss
    optimiser = nn.Adam()
    for step, (*inputs, target) in enumerate(batches):
        value = loss.forward(model.forward(*inputs), target)
        model.zero_grad()
        model.backward(loss.backward())
        nn.clip_by_norm(model.grads, clip)
        optimiser.lr = lr(step) if callable(lr) else lr
        optimiser.update(model.params, model.grads)
        yield value


def falling(lr: float, updates: int, warm: int = 20) -> Callable[[int], float]:
    """A learning rate that rises for `warm` updates and then falls in a straight line to 0."""
    return lambda step: lr * min((step + 1) / warm, (updates - step) / updates)


def columns(
    rng: np.random.Generator, updates: int, size: int, *arrays: Array
) -> Iterator[tuple[Array, ...]]:
    """`size` columns of each array (T, N) at a time; all of them once, in a new order, again."""
    count, order = arrays[0].shape[1], np.empty(0, np.int64)
    for _ in range(updates):
        if len(order) < size:
            order = np.concatenate(
                [order, *(rng.permutation(count) for _ in range(-(-size // count)))]
            )
        chosen, order = order[:size], order[size:]
        yield tuple(array[:, chosen] for array in arrays)


def forced(pairs: Iterable[tuple[Array, ...]]) -> Iterator[tuple[Array, Array, Array]]:
    """(source, target) → (source, target_in, target) with teacher forcing: BOS + target[:-1].

    Steps that are padding in every column are left out.
    """
    for source, target in pairs:
        source, target = trimmed(source), trimmed(target)
        yield source, shifted(target), target


def partly_forced(
    model: Writer, pairs: Iterable[tuple[Array, ...]], ratio: float, rng: np.random.Generator
) -> Iterator[tuple[Array, Array, Array]]:
    """The same with a teacher-forcing ratio: each input token is the target's with probability
    `ratio`, otherwise the model's own last choice (scheduled sampling, Bengio et al. 2015).

    The choice (argmax) has no gradient, so it can be made beforehand: the tokens are chosen step by
    step, then the update runs over them as over any input.
    """
    for source, target in pairs:
        source, target = trimmed(source), trimmed(target)
        inputs = shifted(target)
        if ratio < 1:
            _replace(model, source, inputs, rng.random(inputs.shape) >= ratio)
        yield source, inputs, target


def _replace(model: Writer, source: Array, inputs: Array, own: Array) -> None:
    """Overwrite inputs[t] by the model's choice at step t − 1 where own[t]; BOS and PAD stay."""
    state = model.start(source)
    for t in range(len(inputs) - 1):
        logits, state = model.step(inputs[t], state)
        choice = log_probabilities(logits).argmax(axis=-1)
        replaced = own[t + 1] & (inputs[t + 1] != PAD)
        inputs[t + 1] = np.where(replaced, choice, inputs[t + 1])


def accuracy(model: Writer, source: Array, target: Array, limit: int | None = None) -> float:
    """The share of texts whose greedy answer is right from the first token to EOS."""
    written = greedy(model, source, len(target) if limit is None else limit)
    return float(right(written, target).mean())
