"""The two tasks of the chapter and the small network that is trained on them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.models import training
from eshikaku.models.heads import ManyToOne
from eshikaku.nn import Array

SYMBOLS = 4
CHANCE = 1 / SYMBOLS


def recall(rng: np.random.Generator, steps: int, count: int) -> tuple[Array, Array]:
    """Name the first symbol after `steps` steps of noise.

    Returns: x (T, N, 5): at t = 1 a one-hot symbol, then N(0, 1) in the last component;
    target (N,), the symbol's number 0 … 3.
    """
    x = np.zeros((steps, count, SYMBOLS + 1), np.float32)
    target = rng.integers(SYMBOLS, size=count)
    x[0, np.arange(count), target] = 1
    x[1:, :, SYMBOLS] = rng.normal(size=(steps - 1, count))
    return x, target


def echo(rng: np.random.Generator, steps: int, count: int, delay: int) -> tuple[Array, Array]:
    """Repeat what was read `delay` steps ago: x_t = ±1, target 0/1, both (T, N, 1).

    The first `delay` targets belong to inputs that were never shown.
    """
    bits = rng.integers(0, 2, (steps + delay, count, 1)).astype(np.float32)
    return 2 * bits[delay:] - 1, bits[:steps]


def share_right(net: nn.Layer, steps: int, count: int) -> float:
    """Share of right answers of a network on sequences that it was not trained on."""
    x, target = recall(np.random.default_rng(2026), steps, count)
    with net.evaluation():
        return float((net(x).argmax(-1) == target).mean())


class Recall(ManyToOne):
    """x (T, N, 5) → logits (N, 4) from the last state."""

    rnn: nn.RNN

    def __init__(
        self,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        nonlinearity: str = "tanh",
        init_h: nn.Initialiser | None = None,
    ) -> None:
        options: dict[str, Any] = {"nonlinearity": nonlinearity, "init_h": init_h}
        super().__init__(
            nn.RNN(SYMBOLS + 1, hidden_size, rng, **options, dtype=np.float32),
            nn.Affine(hidden_size, SYMBOLS, rng, dtype=np.float32),
        )

    def accuracy(self, steps: int, count: int = 200) -> float:
        """Share of right answers on sequences that were not trained on."""
        return share_right(self, steps, count)


class LongRecall(ManyToOne):
    """:class:`Recall` with a way round the steps: ``skip`` (over k steps) or ``leaky`` (α).

    x (T, N, 5) → logits (N, 4) from the last output.
    """

    KINDS = ("rnn", "skip", "leaky")

    def __init__(self, kind: str, rng: np.random.Generator, *, skip: int, alpha: float) -> None:
        sizes: dict[str, Any] = {"input_size": SYMBOLS + 1, "hidden_size": 32, "rng": rng}
        sizes |= {"init_h": nn.xavier(gain=0.7), "dtype": np.float32}
        rnn = {
            "rnn": lambda: nn.RNN(**sizes),
            "skip": lambda: nn.SkipRNN(**sizes, skip=skip),
            "leaky": lambda: nn.LeakyRNN(**sizes, alpha=alpha),
        }[kind]()
        super().__init__(rnn, nn.Affine(32, SYMBOLS, rng, dtype=np.float32))

    def accuracy(self, steps: int, count: int = 200) -> float:
        """Share of right answers on sequences that were not trained on."""
        return share_right(self, steps, count)


def train(
    net: Recall | LongRecall,
    steps: int,
    updates: int,
    rng: np.random.Generator,
    *,
    optimiser: nn.Optimiser | None = None,
    clip: str = "norm",
    limit: float = 1.0,
    batch: int = 32,
) -> Iterator[float]:
    """Train on fresh sequences; yields the loss before each update and ends where it is NaN.

    `clip`: "norm", "value" or "none".
    """
    ways: dict[str, Any] = {
        "norm": limit,
        "value": lambda grads: nn.clip_by_value(grads, limit),
        "none": None,
    }
    batches = (recall(rng, steps, batch) for _ in range(updates))
    loss, optimiser = nn.SoftmaxCrossEntropy(), optimiser or nn.Adam(0.003)
    with np.errstate(all="ignore"):
        for step in training.train(net, loss, optimiser, batches, clip=ways[clip]):
            yield step.loss
            if not np.isfinite(step.loss):
                return


def state_gradients(
    W_h: Array,
    steps: int,
    nonlinearity: str,
    *,
    noise: float = 1.0,
    count: int = 8,
    seed: int = 0,
) -> Array:
    """|dL/dh_t| for t = 0 … T of h_t = f(n_t + h_{t−1} W_h), where |dL/dh_T| = 1.

    n_t is N(0, noise²). The geometric mean over `count` sequences, each with its own direction
    of dL/dh_T, is returned.

    Args:
        W_h: (..., H, H), any number of settings at once.

    Returns: (..., T + 1).
    """
    f = nn.activation(nonlinearity)
    rng = np.random.default_rng(seed)
    H = W_h.shape[-1]
    inputs = noise * rng.normal(size=(steps, count, H))
    g = rng.normal(size=(count, H))
    g = np.broadcast_to(g / np.linalg.norm(g, axis=-1, keepdims=True), (*W_h.shape[:-2], count, H))
    h = np.zeros_like(g)
    slopes = []
    for n_t in inputs:
        h = f.f(n_t + h @ W_h)
        slopes.append(f.df(h))
    back = np.swapaxes(W_h, -1, -2)
    squares = [np.sum(g * g, axis=-1)]
    for slope in reversed(slopes):
        g = (g * slope) @ back  # dL/dh_{t−1} = (dL/dh_t ⊙ f'(a_t)) W_hᵀ
        squares.append(np.einsum("...h,...h->...", g, g))
    squares.reverse()
    floor = np.maximum(np.stack(squares, axis=-1), 1e-300)  # (..., N, T + 1)
    return np.exp(0.5 * np.log(floor).mean(axis=-2))
