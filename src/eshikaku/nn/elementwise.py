"""Activations as layers, and what stands between convolutions and dense layers."""

from __future__ import annotations

import functools
import math

import numpy as np

from eshikaku.nn.functions import ACTIVATIONS, Array
from eshikaku.nn.layer import Layer, shaped


class _Function(Layer):
    """y = f(x) with f' written through y, as `ACTIVATIONS` has it."""

    name = ""

    def forward(self, x: Array) -> Array:
        """x → y of the same shape."""
        y = ACTIVATIONS[self.name].f(np.asarray(x))
        self.push(y)
        return y

    def backward(self, dy: Array) -> Array:
        """dx = dy f'(x)."""
        (y,) = self.pop()
        return shaped(dy, y.shape, y.dtype, "dy") * ACTIVATIONS[self.name].df(y)


class ReLU(_Function):
    """y = max(x, 0) (Nair & Hinton 2010); slope 0 at the kink, as in PyTorch."""

    name = "relu"


class Sigmoid(_Function):
    """y = 1 / (1 + e^{−x})."""

    name = "sigmoid"


class Tanh(_Function):
    """y = tanh(x)."""

    name = "tanh"


class LeakyReLU(Layer):
    """y = x where x > 0, else `negative_slope` · x (Maas et al. 2013): no unit is ever dead."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Array) -> Array:
        """x → y of the same shape."""
        x = np.asarray(x)
        slope = np.where(x > 0, 1, self.negative_slope).astype(x.dtype, copy=False)
        self.push(slope)
        return x * slope

    def backward(self, dy: Array) -> Array:
        """dx = dy where x > 0, else negative_slope · dy."""
        (slope,) = self.pop()
        return shaped(dy, slope.shape, slope.dtype, "dy") * slope


class GELU(Layer):
    """y = x Φ(x), Φ the distribution function of N(0, 1) (Hendrycks & Gimpel 2016).

    `approximate="tanh"`: Φ(x) ≈ ½ (1 + tanh(√(2/π) (x + 0.044715 x³))), as GPT-2 has it.
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f'approximate は "none" か "tanh" です。受け取った値: {approximate!r}')
        self.approximate = approximate

    def forward(self, x: Array) -> Array:
        """x → y of the same shape."""
        x = np.asarray(x)
        if self.approximate == "none":
            share = normal_cdf(x)
        else:
            c = x.dtype.type(math.sqrt(2 / math.pi))
            share = 0.5 * (1 + np.tanh(c * (x + x.dtype.type(0.044715) * x**3)))
        self.push(x, share)
        return x * share

    def backward(self, dy: Array) -> Array:
        """dx = dy (Φ(x) + x φ(x)), φ = Φ' the density; of the approximation, its own derivative."""
        x, share = self.pop()
        dy = shaped(dy, x.shape, x.dtype, "dy")
        if self.approximate == "none":
            slope = np.exp(-0.5 * x * x) * x.dtype.type(1 / math.sqrt(2 * math.pi))
        else:
            c = x.dtype.type(math.sqrt(2 / math.pi))
            slope = 2 * share * (1 - share) * c * (1 + x.dtype.type(3 * 0.044715) * x * x)
        return dy * (share + x * slope)


def normal_cdf(x: Array) -> Array:
    """Φ(x) = ½ (1 + erf(x / √2)), exact to rounding.

    NumPy has no erf. A table holds Φ and φ at the multiples of 1/64; from the nearest one, five
    terms of the Taylor series reach x (the sixth is below 10⁻¹⁵).
    """
    cdf, density = _normal_table()
    x = np.clip(x, -9, 9)
    k = np.rint(np.nan_to_num(x) * 64).astype(np.int32)
    a = (k / 64).astype(x.dtype)
    d = x - a
    a2 = a * a
    series = (a2 - 6) * a2 + 3  # φ⁗, φ‴, φ″, φ′ over φ, each with its power of d, from the inside
    series = series * d / 5 + (3 - a2) * a
    series = series * d / 4 + (a2 - 1)
    series = series * d / 3 - a
    series = series * d / 2 + 1
    k += 9 * 64
    return cdf.astype(x.dtype)[k] + density.astype(x.dtype)[k] * d * series


@functools.cache
def _normal_table() -> tuple[Array, Array]:
    points = np.arange(-9 * 64, 9 * 64 + 1) / 64
    cdf = np.array([0.5 * math.erfc(-p / math.sqrt(2)) for p in points])
    return cdf, np.exp(-0.5 * points**2) / math.sqrt(2 * math.pi)


class Flatten(Layer):
    """(N, C, H, W) → (N, C·H·W): what a dense layer takes."""

    def forward(self, x: Array) -> Array:
        """x (N, …) → (N, product of the others)."""
        x = np.asarray(x)
        self.push(x.shape, x.dtype)
        return x.reshape(len(x), -1)

    def backward(self, dy: Array) -> Array:
        """dx: the same numbers in the shape of x."""
        shape, dtype = self.pop()
        return shaped(dy, (shape[0], math.prod(shape[1:])), dtype, "dy").reshape(shape)


class Sequential(Layer):
    """Layers one after the other; each takes one array and gives one.

    params: `0.W`, `1.gamma`, …, numbered as in PyTorch's `Sequential`.
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__()
        self.layers = [self.child(str(k), layer) for k, layer in enumerate(layers)]

    def forward(self, x: Array) -> Array:
        """The output of the last layer."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Array) -> Array:
        """The gradient of the first layer's input."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> Layer:
        return self.layers[index]
