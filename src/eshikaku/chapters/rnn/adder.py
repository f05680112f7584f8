"""The network that the chapter trains: an RNN that reads two digits a step and writes one."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.models import training
from eshikaku.models.heads import ManyToMany
from eshikaku.nn import Array
from eshikaku.tasks.addition import binary_addition, carries

SAMPLES = 10_000  # sums in one training
BATCH = 16
BITS = 8

INITIALISERS: dict[str, Callable[[float], nn.Initialiser]] = {
    "normal": nn.normal,
    "xavier": lambda std: nn.xavier(),
    "he": lambda std: nn.he(),
}


class Adder(ManyToMany):
    """x (T, N, 2) → h (T, N, H) → logits of the digits (T, N, 1)."""

    def __init__(
        self,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        nonlinearity: str = "tanh",
        init: nn.Initialiser | None = None,
    ) -> None:
        options: dict[str, Any] = {"init": init, "dtype": np.float32}
        super().__init__(
            nn.RNN(2, hidden_size, rng, nonlinearity=nonlinearity, **options),
            nn.Affine(hidden_size, 1, rng, **options),
        )


def initialiser(name: str, std: float) -> nn.Initialiser:
    """`normal` with that standard deviation, `xavier` or `he`."""
    return INITIALISERS[name](std)


def batches(
    seed: int, bits: int = BITS, samples: int = SAMPLES, batch: int = BATCH
) -> Iterator[tuple[Array, Array]]:
    """Fresh sums, each seen once: x (T, N, 2) and digits (T, N, 1)."""
    x, t = binary_addition(np.random.default_rng([seed, bits]), samples, bits)
    for i in range(0, samples - batch + 1, batch):
        yield x[:, i : i + batch], t[:, i : i + batch]


def train(
    net: nn.Layer, lr: float, data: Iterator[tuple[Array, Array]] | list[tuple[Array, Array]]
) -> Iterator[float]:
    """One SGD update for each batch; yields the loss before the update, the mean over T and N."""
    for step in training.train(net, nn.BCEWithLogits(), nn.SGD(lr), data):
        yield step.loss


def right(net: nn.Layer, x: Array, t: Array) -> Array:
    """Which digits are right: (T, N) booleans."""
    with net.evaluation():
        return ((net(x) > 0) == (t > 0.5))[..., 0]


def held_out(count: int = 500, bits: int = BITS) -> tuple[Array, Array]:
    """Sums that no training sees (another seed): x (T, N, 2), t (T, N, 1)."""
    return binary_addition(np.random.default_rng([2026, bits]), count, bits)


def hand_made() -> Adder:
    """Three ReLU units whose weights are written down, not trained: they add without error.

    With s = a + b + carry, h = (ReLU(s), ReLU(s−1), ReLU(s−2)); the digit is h₁ − 2h₂ + 2h₃, the
    next carry h₂ − h₃.
    """
    net = Adder(3, np.random.default_rng(0), nonlinearity="relu")
    net.load(
        {
            "rnn.W_x": np.ones((2, 3)),
            "rnn.W_h": np.array([[0, 0, 0], [1, 1, 1], [-1, -1, -1]]),
            "rnn.b_h": np.array([0, -1, -2]),
            "out.W": np.array([[1], [-2], [2]]),
            "out.b": np.array([-0.5]),  # a logit is positive where the digit is 1
        }
    )
    return net


@lru_cache(maxsize=4)
def trained(seed: int = 0) -> Adder:
    """A trained adder: tanh, 16 units, Xavier, learning rate 1 (about 0.2 s, then remembered)."""
    net = Adder(16, np.random.default_rng(seed))
    for _ in train(net, 1.0, batches(seed)):
        pass
    return net


def carry_correlation(net: Adder, x: Array) -> Array:
    """Correlation of each hidden unit with the carry that leaves its step: (H,)."""
    carry = carries(x[..., 0], x[..., 1]).ravel()
    with net.evaluation():
        h, _ = net.rnn(x)
    h = h.reshape(-1, h.shape[-1])
    spread = h.std(axis=0) * carry.std()
    covariance = ((h - h.mean(axis=0)) * (carry - carry.mean())[:, None]).mean(axis=0)
    return np.divide(covariance, spread, out=np.zeros_like(covariance), where=spread > 0)
