"""The networks of the chapter and how they are trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eshikaku import nn
from eshikaku.models import training
from eshikaku.tasks import digits

Array = NDArray[Any]

KINDS = {"CNN": "cnn", "全結合": "dense"}


def network(kind: str, seed: int) -> nn.Sequential:
    """A small CNN, or a dense network with about as many parameters; logits of 10 classes."""
    rng = np.random.default_rng([seed, 1])
    if kind == "dense":
        layers: list[nn.Layer] = [
            nn.Flatten(),
            nn.Affine(784, 12, rng, dtype=np.float32),
            nn.ReLU(),
            nn.Affine(12, 10, rng, dtype=np.float32),
        ]
    else:
        layers = [
            nn.Conv2d(1, 8, 5, rng, stride=2, dtype=np.float32),  # (N, 8, 12, 12)
            nn.ReLU(),
            nn.Conv2d(8, 16, 5, rng, stride=2, dtype=np.float32),  # (N, 16, 4, 4)
            nn.ReLU(),
            nn.Flatten(),
            nn.Affine(256, 10, rng, dtype=np.float32),
        ]
    return nn.Sequential(*layers)


def pictures(seed: int = 0, shift: int = 0) -> tuple[Array, Array, Array, Array]:
    """(train (4000, 1, 28, 28), labels, test (1000, 1, 28, 28), labels); the test moved right."""
    data = digits.mnist(seed)
    train, test = data.train.reshape(-1, 1, 28, 28), data.test.reshape(-1, 1, 28, 28)
    return train, data.train_labels, np.roll(test, shift, axis=3), data.test_labels


def accuracy(net: nn.Layer, x: Array, t: Array) -> float:
    """The share of images whose largest logit is the right class."""
    with net.evaluation():
        return float(np.mean(net.forward(x).argmax(axis=1) == t))


def train(
    net: nn.Layer, x: Array, t: Array, updates: int, seed: int, lr: float = 0.003, size: int = 50
) -> Iterator[tuple[float, float]]:
    """Adam on batches drawn anew; after each update, the loss and accuracy its batch had before."""
    rng = np.random.default_rng([seed, 2])
    chosen = (rng.integers(0, len(x), size) for _ in range(updates))
    batches = ((x[rows], t[rows]) for rows in chosen)
    right: list[float] = []

    def watched() -> Iterator[training.Step]:
        for step in training.train(net, nn.SoftmaxCrossEntropy(), nn.Adam(lr), batches):
            right.append(float(np.mean(step.y.argmax(axis=1) == step.target)))
            yield step

    for loss in training.after_updates(watched()):
        yield float(loss), right[-1]


def trained_on_pixels(kind: str, order: Array, images: int = 4000, updates: int = 300) -> float:
    """Test accuracy of a network that sees the 784 pixels of every image in this order."""
    x, t, x_test, t_test = pictures()
    ordered = [v.reshape(-1, 784)[:, order].reshape(-1, 1, 28, 28) for v in (x[:images], x_test)]
    net = network(kind, seed=0)
    for _ in train(net, ordered[0], t[:images], updates, seed=0):
        pass
    return accuracy(net, ordered[1], t_test)
