"""Initial weights. An initialiser is a function (rng, shape) → float64 array.

`shape` is (..., fan_in, fan_out): weights stand on the right, x @ W with W: (D, H).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eshikaku.nn.functions import Array

Initialiser = Callable[[np.random.Generator, tuple[int, ...]], Array]


def zeros() -> Initialiser:
    """All 0."""
    return lambda rng, shape: np.zeros(shape)


def normal(std: float = 0.01) -> Initialiser:
    """N(0, std²), whatever the shape."""
    return lambda rng, shape: rng.normal(0, std, shape)


def uniform(bound: float) -> Initialiser:
    """U(−bound, bound). PyTorch's recurrent layers use bound = 1/√H."""
    return lambda rng, shape: rng.uniform(-bound, bound, shape)


def xavier(distribution: str = "normal", gain: float = 1.0) -> Initialiser:
    """Variance gain² · 2 / (fan_in + fan_out) (Glorot & Bengio 2010), for sigmoid and tanh.

    `distribution`: "normal" → N(0, σ²); "uniform" → U(−√3 σ, √3 σ).
    Some texts use 1 / fan_in under the same name; for a square W_h both are 1 / H.
    """
    return _scaled(distribution, lambda fan_in, fan_out: gain * np.sqrt(2 / (fan_in + fan_out)))


def he(distribution: str = "normal", gain: float = 1.0) -> Initialiser:
    """Variance gain² · 2 / fan_in (He et al. 2015), for ReLU."""
    return _scaled(distribution, lambda fan_in, fan_out: gain * np.sqrt(2 / fan_in))


def orthogonal(gain: float = 1.0) -> Initialiser:
    """gain · Q with orthonormal rows or columns (Saxe et al. 2014): all singular values = gain."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        rows, columns = shape[-2:]
        tall = (*shape[:-2], max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(rng.normal(size=tall))
        # QR is unique only up to the signs of R's diagonal; this makes Q uniformly distributed.
        q *= np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
        return gain * (q if rows >= columns else np.swapaxes(q, -1, -2))

    return draw


def identity(scale: float = 1.0) -> Initialiser:
    """scale · I (Le et al. 2015, IRNN: the start at which a ReLU network copies its state)."""
    return lambda rng, shape: np.broadcast_to(scale * np.eye(shape[-2], shape[-1]), shape).copy()


def per_gate(
    init: Initialiser, rng: np.random.Generator, shape: tuple[int, int], gates: int
) -> Array:
    """Packed weights (fan_in, gates · fan_out): each gate is drawn with its own fan_out."""
    return np.concatenate([init(rng, shape) for _ in range(gates)], axis=-1)


def chrono_biases(rng: np.random.Generator, hidden_size: int, longest: int) -> tuple[Array, Array]:
    """(forget bias, input bias) of an LSTM: b_f = ln u with u ~ U(1, T_max − 1), b_i = −b_f.

    f = σ(ln u) = u / (1 + u) forgets over about u steps, so the units' memories cover all spans
    up to T_max = `longest` (Tallec & Ollivier 2018). Each is (H,).
    """
    if longest < 3:
        raise ValueError(f"longest は3以上です。受け取った値: {longest}")
    forget = np.log(rng.uniform(1, longest - 1, hidden_size))
    return forget, -forget


def _scaled(distribution: str, std: Callable[[int, int], float]) -> Initialiser:
    if distribution == "normal":
        return lambda rng, shape: rng.normal(0, std(*shape[-2:]), shape)
    if distribution == "uniform":
        return lambda rng, shape: rng.uniform(-1, 1, shape) * np.sqrt(3) * std(*shape[-2:])
    raise ValueError(f'distribution は "normal" か "uniform" です。受け取った値: {distribution!r}')
