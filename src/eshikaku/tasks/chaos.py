"""A chaotic series with delay: Mackey & Glass (1977)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def mackey_glass(
    length: int, *, tau: float = 17.0, step: float = 0.1, seed: int = 0, skip: int = 200
) -> Array:
    """The Mackey–Glass series, one value for each unit of time.

    dx/ds = 0.2 x(s − τ) / (1 + x(s − τ)¹⁰) − 0.1 x(s), by Euler steps of `step`. With τ = 17 it
    is chaotic: the course differs with the start, and no short pattern comes back.

    Args:
        length: T, the values returned.
        tau: the delay τ, a multiple of `step`.
        step: the length of an Euler step; 1 / step is a whole number.
        seed: of the start, 1.2 + U(−0.05, 0.05) on the delay.
        skip: values thrown away at the start.

    Returns: (T,), between about 0.2 and 1.4.

    Source: M. C. Mackey, L. Glass (1977). Oscillation and Chaos in Physiological Control Systems.
    """
    if length < 1 or tau <= 0:
        raise ValueError(f"length と tau は正です。受け取った値: {length}, {tau}")
    every, delay = round(1 / step), round(tau / step)
    x = [1.2 + u for u in np.random.default_rng(seed).uniform(-0.05, 0.05, delay + 1)]
    for _ in range((length + skip) * every):
        late = x[-1 - delay]
        x.append(x[-1] + step * (0.2 * late / (1 + late**10) - 0.1 * x[-1]))
    return np.array(x[-length * every :: every])
