"""The networks of the chapter: digits at 14×14, with and without normalisation and shortcuts."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eshikaku import nn
from eshikaku.models import training
from eshikaku.models.convnets import Builder
from eshikaku.tasks import digits

Array = NDArray[Any]

NORMS = {"なし": "none", "BatchNorm": "batch", "LayerNorm": "layer", "GroupNorm（4組）": "group"}


@lru_cache(maxsize=4)
def pictures(seed: int = 0) -> tuple[Array, Array, Array, Array]:
    """(train (4000, 1, 14, 14), labels, test (1000, 1, 14, 14), labels): means of 2×2 pixels."""
    data = digits.mnist(seed)
    train, test = (
        x.reshape(-1, 1, 14, 2, 14, 2).mean(axis=(3, 5), dtype=np.float32)
        for x in (data.train, data.test)
    )
    return train, data.train_labels, test, data.test_labels


def deep(depth: int, residual: bool, seed: int, width: int = 8) -> nn.Sequential:
    """`depth` layers with weights: one conv, (depth − 2) / 2 blocks of two with BN, one dense."""
    make = Builder(np.random.default_rng([seed, 1]))
    layers = [*make.conv_norm(1, width, 3, 2), nn.ReLU()]  # (N, width, 7, 7)
    for _ in range((depth - 2) // 2):
        layers += make.basic(width, width, 1, residual)
    return nn.Sequential(*layers, *make.head(width, 10))


def normalisation(kind: str, channels: int, places: tuple[int, ...] = ()) -> list[nn.Layer]:
    """The layer of that kind for (N, channels, *places); none for "none"."""
    if kind == "none":
        return []
    if kind == "layer":
        return [nn.LayerNorm((channels, *places), dtype=np.float32)]
    if kind == "group":
        return [nn.GroupNorm(4, channels, dtype=np.float32)]
    norm = nn.BatchNorm2d if places else nn.BatchNorm1d
    return [norm(channels, dtype=np.float32)]


def dense(norm: str, seed: int, hidden: int = 64) -> nn.Sequential:
    """196 – hidden – hidden – 10, a normalisation before each ReLU."""
    rng = np.random.default_rng([seed, 1])
    layers: list[nn.Layer] = [nn.Flatten()]
    size = 196
    for _ in range(2):
        layers += [nn.Affine(size, hidden, rng, init=nn.he(), dtype=np.float32)]
        layers += [*normalisation(norm, hidden), nn.ReLU()]
        size = hidden
    return nn.Sequential(*layers, nn.Affine(hidden, 10, rng, dtype=np.float32))


def convolutional(norm: str, seed: int, gain: float = 1.0) -> nn.Sequential:
    """Six 3×3 convolutions, weights He × gain, a normalisation before each ReLU, one dense."""
    rng = np.random.default_rng([seed, 1])
    layers: list[nn.Layer] = []
    C, side = 1, 14
    for M, stride in ((16, 1), (16, 1), (32, 2), (32, 1), (32, 2), (32, 1)):
        layers.append(
            nn.Conv2d(
                C, M, 3, rng, stride=stride, padding=1, init=nn.he(gain=gain), dtype=np.float32
            )
        )
        side = (side - 1) // stride + 1
        layers += [*normalisation(norm, M, (side, side)), nn.ReLU()]
        C = M
    out = nn.Affine(C * side * side, 10, rng, init=nn.he(gain=gain), dtype=np.float32)
    return nn.Sequential(*layers, nn.Flatten(), out)


def spreads(net: nn.Sequential, x: Array) -> list[float]:
    """Standard deviation after each ReLU, in training mode."""
    found = []
    for layer in net.layers:
        x = layer.forward(x)
        if isinstance(layer, nn.ReLU):
            found.append(float(x.std()))
    return found


def accuracy(net: nn.Layer, x: Array, t: Array) -> float:
    """The share of images whose largest logit is the right class, in evaluation mode."""
    with net.evaluation():
        return float(np.mean(net.forward(x).argmax(axis=1) == t))


def train(
    net: nn.Layer, optimiser: nn.Optimiser, updates: int, seed: int, size: int = 64
) -> Iterator[tuple[float, float]]:
    """Batches drawn without repetition within an epoch; loss and accuracy before each update."""
    x, t, _, _ = pictures(seed)
    rng = np.random.default_rng([seed, 2])
    batches = ((x[rows], t[rows]) for rows in _rows(rng, len(x), size, updates))
    for step in training.train(net, nn.SoftmaxCrossEntropy(), optimiser, batches):
        yield float(step.loss), float(np.mean(step.y.argmax(axis=1) == step.target))


def _rows(rng: np.random.Generator, count: int, size: int, updates: int) -> Iterator[Array]:
    done = 0
    while done < updates:
        order = rng.permutation(count)
        for start in range(0, count - size + 1, size):
            if done == updates:
                return
            yield order[start : start + size]
            done += 1


def seconds(
    layers: Mapping[str, Callable[[Any], Any]], x: Any, times: int = 30
) -> dict[str, float]:
    """Median time of each layer's call, taken in turns so that a busy machine slows all alike."""
    found: dict[str, list[float]] = {name: [] for name in layers}
    for _ in range(times):
        for name, layer in layers.items():
            begin = time.perf_counter()
            layer(x)
            found[name].append(time.perf_counter() - begin)
    return {name: float(np.median(values)) for name, values in found.items()}


def accuracy_in_batches(net: nn.Layer, x: Array, t: Array, size: int) -> float:
    """The same with the statistics of each batch, as in training; the network stays as it is."""
    copied = copy.deepcopy(net)
    right = [copied.forward(x[k : k + size]).argmax(1) == t[k : k + size]
             for k in range(0, len(x) - size + 1, size)]  # fmt: skip
    return float(np.mean(right))
