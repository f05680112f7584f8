"""Gradient check: the hand-written backward against central differences, in float64."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from eshikaku.nn.functions import Array
from eshikaku.nn.layer import Layer

TOLERANCE = 1e-7
ROUNDING = 4e-15  # of a loss of size 1: some tens of float64's 1.1e-16


@dataclass(frozen=True)
class GradientReport:
    """Worst error for each named gradient (see `gradient_error`); ∞ where there is none."""

    errors: dict[str, float]

    @property
    def name(self) -> str:
        """The gradient that is worst."""
        return max(self.errors, key=lambda name: self.errors[name])

    @property
    def worst(self) -> float:
        return self.errors[self.name]

    def ok(self, tolerance: float = TOLERANCE) -> bool:
        """Is every gradient right?  NaN is wrong."""
        return all(error <= tolerance for error in self.errors.values())

    def __str__(self) -> str:
        lines = [f"{name:<12} {error:.1e}" for name, error in self.errors.items()]
        return "\n".join([*lines, "合格" if self.ok() else f"不合格: {self.name}"])


def relative_error(a: Array, b: Array) -> float:
    """max |a − b| / max(|a|, |b|) over the whole array; 0 where both are 0."""
    scale = max(float(np.max(np.abs(a), initial=0)), float(np.max(np.abs(b), initial=0)))
    if not np.isfinite(scale):
        return float("nan")
    return float(np.max(np.abs(a - b), initial=0)) / scale if scale else 0.0


def gradient_error(gradient: Array | None, numeric: Array, resolution: float = 0.0) -> float:
    """max_i |g_i − n_i| / max(|g_i|, |n_i|, floor): each element is judged by its own scale.

    Below the floor, a difference quotient knows an element less exactly than to `TOLERANCE`:
    floor = resolution / TOLERANCE, at least max |n| / 1000 (the quotient's O(h²)), at most
    max |n|. ∞ without a gradient, or for one of another shape.
    """
    if gradient is None or np.shape(gradient) != numeric.shape:
        return float("inf")
    size = np.maximum(np.abs(gradient), np.abs(numeric))
    if not np.all(np.isfinite(size)):
        return float("nan")
    largest = float(np.max(size, initial=0))
    if not largest:
        return 0.0
    floor = min(max(largest / 1000, resolution / TOLERANCE), largest)
    return float(np.max(np.abs(gradient - numeric) / np.maximum(size, floor)))


def numerical_gradient(f: Callable[[], float], x: Array, h: float = 1e-5) -> Array:
    """∂f/∂x_i ≈ (f(x + h e_i) − f(x − h e_i)) / 2h for every element of x.

    x is changed in place and put back; f takes no argument and reads x. Error O(h²).

    Raises: ValueError unless x is float64 (in float32 the difference drowns in rounding).
    """
    if x.dtype != np.float64:
        raise ValueError(f"勾配確認は float64 で行います。受け取った dtype: {x.dtype}")
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f()
        x[i] = kept - h
        below = f()
        x[i] = kept
        gradient[i] = (above - below) / (2 * h)
    return gradient


def compare_gradients(
    loss: Callable[[], float],
    params: Mapping[str, Array],
    grads: Mapping[str, Array | None],
    h: float = 1e-5,
    size: float | None = None,
) -> GradientReport:
    """Central differences of `loss()` with respect to each of `params`, against `grads`.

    `size` is that of the numbers the loss is made of (for its rounding), |loss()| unless given.
    """
    resolution = ROUNDING * (1 + (abs(loss()) if size is None else size)) / h
    return GradientReport(
        {
            name: gradient_error(grads.get(name), numerical_gradient(loss, p, h), resolution)
            for name, p in params.items()
        }
    )


def gradient_check(
    layer: Layer,
    *inputs: Any,
    seed: int = 0,
    h: float = 1e-5,
    constants: Collection[int] = (),
) -> GradientReport:
    """All gradients of a layer, of its inputs and its parameters, against central differences.

    The loss is L = Σ y ⊙ r with a fixed random r for each output (state included). A float64 copy
    of the layer is used; the layer itself stays as it is. Inputs: floating arrays (checked),
    tuples of them, None, integers or booleans (passed on, not checked). A floating input without
    a gradient is a failure, unless its number is in `constants` (the target of a loss, noise).
    A layer that draws anew in each forward, such as dropout with p > 0, cannot be checked.
    """
    layer = layer.astype(np.float64)
    inputs = _map(_as_float64, inputs)
    rng = np.random.default_rng(seed)
    start = layer.forward(*inputs)
    weights = _map(lambda y: rng.normal(size=np.shape(y)), start)
    start = [np.array(y) for y in _flat(start)]
    layer.forget()

    def loss() -> float:
        """L less its value at the start: outputs that don't move add no rounding."""
        y = layer.forward(*inputs)
        layer.forget()
        parts = zip(_flat(y), start, _flat(weights), strict=True)
        return sum(float(np.sum((a - before) * r)) for a, before, r in parts)

    layer.forward(*inputs)
    layer.zero_grad()
    dinputs = layer.backward(*(weights if isinstance(weights, tuple) else (weights,)))
    dinputs = dinputs if isinstance(dinputs, tuple) else (dinputs,)
    named: dict[str, Array] = dict(layer.params)
    grads: dict[str, Array | None] = dict(layer.grads)
    for i, (x, dx) in enumerate(zip_longest(inputs, dinputs)):
        parts, dparts = _flat(x) if _floating(x) and i not in constants else [], _flat(dx)
        if len(parts) != len(dparts):
            dparts = [None] * len(parts)
        for j, (part, dpart) in enumerate(zip(parts, dparts, strict=True)):
            name = f"input{i}" + (f".{j}" if isinstance(x, tuple) else "")
            named[name], grads[name] = part, dpart
    pairs = zip(start, _flat(weights), strict=True)
    size = sum(float(np.linalg.norm(y * r)) for y, r in pairs)
    return compare_gradients(loss, named, grads, h, size)


def _as_float64(x: Any) -> Any:
    if x is None or np.asarray(x).dtype.kind in "iub":
        return x
    return np.array(x, np.float64)


def _floating(x: Any) -> bool:
    return x is not None and all(np.issubdtype(part.dtype, np.floating) for part in _flat(x))


def _map(f: Callable[[Any], Any], value: Any) -> Any:
    return tuple(_map(f, part) for part in value) if isinstance(value, tuple) else f(value)


def _flat(value: Any) -> list[Any]:
    return [a for part in value for a in _flat(part)] if isinstance(value, tuple) else [value]
