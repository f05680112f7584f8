"""The one training loop, and the batches that networks which write are fed with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.models.decoding import greedy, log_probabilities, right
from eshikaku.models.seq2seq import Writer
from eshikaku.nn.functions import Array
from eshikaku.tasks.vocabulary import PAD, shifted, trimmed


@dataclass(frozen=True)
class Step:
    """One batch of a training, before its update: the loss, what the network said, the target."""

    loss: Any
    y: Any
    target: Any


def train(
    net: nn.Layer,
    loss: nn.Layer,
    optimiser: nn.Optimiser,
    batches: Iterable[tuple[Any, ...]],
    *,
    clip: float | Callable[[Any], object] | None = None,
    lr: Callable[[int], float] | None = None,
) -> Iterator[Step]:
    """Forward, loss, backward, clipping, update: once for each batch.

    Args:
        net: `forward(*inputs)` gives y; of several outputs, the first is compared with the target
            and the others follow it: `loss.forward(y, target, *others)`.
        batches: tuples (*inputs, target).
        clip: the largest norm of all gradients together, or what is done to them (in place).
        lr: the learning rate for the number of updates done so far; the optimiser's own if None.

    Yields: each batch's `Step` *before* its update. (`after_updates` tells it after.)
    """
    for done, (*inputs, target) in enumerate(batches):
        y = net.forward(*inputs)
        first, *others = y if isinstance(y, tuple) else (y,)
        yield Step(loss.forward(first, target, *others), y, target)
        gradients = loss.backward()
        net.zero_grad()
        net.backward(*(gradients if isinstance(gradients, tuple) else (gradients,)))
        if callable(clip):
            clip(net.grads)
        elif clip is not None:
            nn.clip_by_norm(net.grads, clip)
        if lr is not None:
            optimiser.lr = lr(done)
        optimiser.update(net.params, net.grads)


def after_updates(steps: Iterable[Step]) -> Iterator[float]:
    """The losses of a training, each told when its update is done (for looking at the network)."""
    before: Step | None = None
    for step in steps:
        if before is not None:
            yield before.loss
        before = step
    if before is not None:
        yield before.loss


def train_writer(
    model: nn.Layer,
    batches: Iterable[tuple[Any, ...]],
    *,
    lr: float | Callable[[int], float] = 0.005,
    clip: float = 1.0,
) -> Iterator[float]:
    """Adam on the cross-entropy of every token but PAD; yields each batch's loss after its update.

    Args:
        batches: tuples (*inputs, target), for a sequence pair (source, target_in, target).
        lr: the learning rate, or a function of the number of updates done so far.
    """
    schedule = lr if callable(lr) else None
    optimiser = nn.Adam(0.0 if callable(lr) else lr)
    loss = nn.SoftmaxCrossEntropy(ignore_index=PAD)
    return after_updates(train(model, loss, optimiser, batches, clip=clip, lr=schedule))


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
