"""The networks that the chapter trains: one recurrent layer, then one dense layer.

Several of them, each with its own seed, are trained at once (`nn.stack_settings`): what is said of
a setting is said of three seeds, not of one.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from eshikaku import nn
from eshikaku.models import training
from eshikaku.models.heads import ManyToOne
from eshikaku.nn import Array
from eshikaku.tasks import memory

OPEN = 50.0  # σ(50) is exactly 1 in float32 and float64, and so its slope exactly 0


def hold_open(lstm: nn.LSTM, gates: str) -> None:
    """Take gates out: they are 1 for ever (no weights, bias 50, and hence no gradient)."""
    for name in gates:
        views = lstm.gate(name)
        for view in views.values():
            view[...] = 0
        views["b"][...] = OPEN


def recaller(
    kind: str, seed: int, *, hidden: int = 16, forget_bias: float = 1.0, input_bias: float = 0.0
) -> ManyToOne:
    """A network for `memory.recall`: kind is "LSTM" or "RNN" (tanh; it has no gates)."""
    rng, size = np.random.default_rng(seed), memory.CLASSES + memory.DISTRACTORS
    recurrent: nn.Layer
    if kind == "LSTM":
        recurrent = nn.LSTM(
            size,
            hidden,
            rng,
            forget_bias=forget_bias,
            input_bias=input_bias,
            dtype=np.float32,
        )
    else:
        recurrent = nn.RNN(size, hidden, rng, dtype=np.float32)
    return ManyToOne(recurrent, nn.Affine(hidden, memory.CLASSES, rng, dtype=np.float32))


def clip_each(grads: dict[str, Array], max_norm: float) -> None:
    """`nn.clip_by_norm` for S networks in one: each by its own norm.  grads: (S, …)."""
    squares = sum(np.sum(np.square(g), axis=tuple(range(1, g.ndim))) for g in grads.values())
    factor = np.minimum(1, max_norm / np.maximum(np.sqrt(squares), 1e-12))
    for g in grads.values():
        g *= factor.reshape(-1, *[1] * (g.ndim - 1)).astype(g.dtype)


def train(
    nets: Sequence[nn.Layer],
    batch: Callable[[], tuple[Array, Array]],
    loss: nn.Layer,
    lr: float,
    updates: int,
) -> Iterator[tuple[nn.Layer, Array, Array, Array]]:
    """Adam, gradients clipped at norm 1 for each network.

    Args:
        nets: S networks of the same shapes.
        batch: gives x (T, S, N, D) and targets with the axis S before N.
        loss: a mean over every axis but S.

    Yields: before each update the S networks in one, their y, the targets, and S losses.
    """
    net = nn.stack_settings(list(nets))
    batches = (batch() for _ in range(updates))
    steps = training.train(
        net, loss, nn.Adam(lr), batches, clip=lambda grads: clip_each(grads, 1.0)
    )
    for step in steps:
        yield net, step.y, step.target, step.loss


def recall_batches(
    seeds: Sequence[int], length: int, size: int = 32
) -> Callable[[], tuple[Array, Array]]:
    """Fresh batches of `memory.recall`, another stream for each seed: x (T, S, N, D), t (S, N)."""
    rngs = [np.random.default_rng([seed, length]) for seed in seeds]

    def batch() -> tuple[Array, Array]:
        pairs = [memory.recall(rng, size, length) for rng in rngs]
        return np.stack([x for x, _ in pairs], axis=1), np.stack([t for _, t in pairs])

    return batch


def train_recall(
    kind: str,
    length: int,
    updates: int,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    lr: float = 0.02,
    hidden: int = 16,
    forget_bias: float = 1.0,
    input_bias: float = 0.0,
) -> Iterator[Array]:
    """Train one network for each seed on recall over `length` steps.

    Yields: before each update the share of right answers in its batch, (S,).
    """
    biases = {"forget_bias": forget_bias, "input_bias": input_bias}
    nets = [recaller(kind, seed, hidden=hidden, **biases) for seed in seeds]
    loss = nn.SoftmaxCrossEntropy(axis=(1,))
    steps = train(nets, recall_batches(seeds, length), loss, lr, updates)
    for _, y, t, _ in steps:
        yield (y.argmax(-1) == t).mean(-1)


SOLVED = 0.99  # right answers …
WINDOW = 10  # … in the last batches, that is 320 sequences


def solved_at(accuracy: Array) -> Array:
    """The first update after which the last 10 batches were right to 99 %; NaN where never.

    Args:
        accuracy: (updates, S).
    """
    found = np.full(accuracy.shape[1], np.nan)
    for k in range(WINDOW, len(accuracy) + 1):
        good = accuracy[k - WINDOW : k].mean(0) >= SOLVED
        found = np.where(np.isnan(found) & good, k, found)
    return found
