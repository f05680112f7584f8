"""What a network costs: parameters and multiply–accumulates (MACs), layer by layer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from eshikaku import nn


@dataclass(frozen=True)
class Cost:
    """One layer in one forward pass of one sample.

    Attributes:
        name: where it stands, `3.body.0`; layer: the layer itself.
        input, output: shapes with N = 1.
        parameters: weights and biases, γ and β; no running statistics.
        macs: products of a weight with an input. Biases, normalisation, activations and pooling
            are left out, as is usual (they are no matrix products).
    """

    name: str
    layer: nn.Layer
    input: tuple[int, ...]
    output: tuple[int, ...]
    parameters: int
    macs: int


def costs(net: nn.Layer, shape: tuple[int, ...]) -> list[Cost]:
    """The cost of every layer with no layers inside, in the order in which they run.

    Args:
        net: takes and gives one array.
        shape: of one sample, without N: (C, H, W).
    """
    found: list[Cost] = []
    seen: set[int] = set()
    dtype = next((p.dtype for p in net.params.values()), np.dtype(np.float64))
    with net.evaluation(), _watched(net, found, seen):
        net.forward(np.zeros((1, *shape), dtype))
    return found


def total(net: nn.Layer, shape: tuple[int, ...]) -> tuple[int, int]:
    """(parameters, MACs) of one sample."""
    return net.size, sum(cost.macs for cost in costs(net, shape))


def macs(layer: nn.Layer, input: tuple[int, ...], output: tuple[int, ...]) -> int:
    """Products of weights with inputs, from input to output (with N).

    Convolution: each of the N · O · OH · OW outputs takes C / groups · kh · kw of them;
    transposed: each of the N · C · H · W inputs gives O / groups · kh · kw; dense: D each.
    """
    if isinstance(layer, nn.ConvTranspose2d):
        return math.prod(input) * layer.params["W"][0].size
    if isinstance(layer, nn.Conv1d | nn.Conv2d):
        return math.prod(output) * layer.params["W"][0].size
    if isinstance(layer, nn.Affine):
        return math.prod(output) * layer.input_size
    return 0


def receptive_field(layers: list[tuple[int, int, int]]) -> int:
    """How many inputs in a row one output sees after (kernel, stride, dilation) of each layer.

    r ← r + (k − 1) d · (product of the strides before)
    """
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * step
        step *= stride
    return field


@contextmanager
def _watched(net: nn.Layer, found: list[Cost], seen: set[int]) -> Iterator[None]:
    """While it lasts, every forward of an innermost layer adds its cost to `found`."""
    leaves = dict(_leaves(net, ""))

    def watch(name: str, layer: nn.Layer) -> None:
        inner = layer.forward

        def forward(x: Any) -> Any:
            y = inner(x)
            own = 0 if id(layer) in seen else layer.size  # shared weights count once
            seen.add(id(layer))
            shapes = np.shape(x), np.shape(y)
            found.append(Cost(name, layer, *shapes, own, macs(layer, *shapes)))
            return y

        layer.forward = forward  # type: ignore[method-assign]

    for name, layer in leaves.items():
        watch(name, layer)
    try:
        yield
    finally:
        for layer in leaves.values():
            del layer.forward  # the class's own again


def _leaves(layer: nn.Layer, name: str) -> Iterator[tuple[str, nn.Layer]]:
    if not layer.children:
        yield name or type(layer).__name__, layer
    for key, inner in layer.children.items():
        yield from _leaves(inner, f"{name}.{key}" if name else key)
