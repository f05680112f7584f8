"""Element-wise functions and softmax; each derivative is written through the *output*.

A layer keeps its output anyway, so f'(a) is expressed by y = f(a): σ' = y(1 − y), tanh' = 1 − y².
With `out` a function writes into that array: in a loop over time, new arrays cost more than the
arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def sigmoid(x: Array, out: Array | None = None) -> Array:
    """σ(x) = 1 / (1 + e^{−x}), values in (0, 1).

    For very negative x, e^{−x} overflows to inf and 1/inf = 0 is the right answer, so the
    overflow is silenced instead of being avoided by a case distinction.
    """
    with np.errstate(over="ignore"):
        if out is None:
            return 1 / (1 + np.exp(np.negative(x)))
        if out is not x:
            out[...] = x
        return sigmoid_in_loop(out)


def sigmoid_in_loop(x: Array) -> Array:
    """x ← σ(x) in place, for loops that silence the overflow of e^{−x} once, outside."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)


def dsigmoid(y: Array) -> Array:
    """σ'(x) = y (1 − y) for y = σ(x); at most 1/4, at x = 0."""
    return y * (1 - y)


def tanh(x: Array, out: Array | None = None) -> Array:
    """tanh(x) = (e^x − e^{−x}) / (e^x + e^{−x}), values in (−1, 1)."""
    return np.tanh(x, out=out)


def dtanh(y: Array) -> Array:
    """tanh'(x) = 1 − y² for y = tanh(x); at most 1, at x = 0."""
    return 1 - y * y


def relu(x: Array, out: Array | None = None) -> Array:
    """ReLU(x) = max(x, 0)."""
    return np.maximum(x, 0, out=out)


def drelu(y: Array) -> Array:
    """ReLU'(x) = 1 where y > 0, else 0 (0 is taken at the kink, as in PyTorch)."""
    return (y > 0).astype(y.dtype)


def hard_sigmoid(x: Array, out: Array | None = None) -> Array:
    """Piecewise linear σ: clip(x/6 + 1/2, 0, 1), the form of PyTorch and Keras 3.

    Keras 2 used clip(0.2 x + 0.5, 0, 1).
    """
    return np.clip(np.divide(x, 6) + 0.5, 0, 1, out=out)


def dhard_sigmoid(y: Array) -> Array:
    """1/6 on the slope (0 < y < 1), 0 on both flat ends."""
    return ((y > 0) & (y < 1)).astype(y.dtype) / 6


def softmax(x: Array, axis: int = -1) -> Array:
    """softmax(x)_k = e^{x_k} / Σ_j e^{x_j}; the maximum is taken off first (same value, no inf)."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def dsoftmax(y: Array, dy: Array, axis: int = -1) -> Array:
    """dL/dx = y ⊙ (dy − Σ_j dy_j y_j) for y = softmax(x)."""
    return y * (dy - np.sum(dy * y, axis=axis, keepdims=True))


def log_softmax(x: Array, axis: int = -1) -> Array:
    """log softmax(x)_k = x_k − log Σ_j e^{x_j}."""
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def dlog_softmax(y: Array, dy: Array, axis: int = -1) -> Array:
    """dL/dx = dy − e^y Σ_j dy_j for y = log softmax(x)."""
    return dy - np.exp(y) * np.sum(dy, axis=axis, keepdims=True)


@dataclass(frozen=True)
class Activation:
    """An activation f(x, out=None) and its derivative df(y) through the output y = f(x)."""

    name: str
    f: Callable[..., Array]
    df: Callable[[Array], Array]


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid, dsigmoid),
        Activation("tanh", tanh, dtanh),
        Activation("relu", relu, drelu),
        Activation("identity", np.positive, np.ones_like),
        Activation("hard_sigmoid", hard_sigmoid, dhard_sigmoid),
    )
}


def activation(name: str | Activation) -> Activation:
    """The activation of that name (an Activation is handed back as it is).

    Raises: ValueError naming the known ones.
    """
    if isinstance(name, Activation):
        return name
    if name not in ACTIVATIONS:
        known = "、".join(ACTIVATIONS)
        raise ValueError(f"活性化関数 {name!r} はありません。使えるもの: {known}")
    return ACTIVATIONS[name]
