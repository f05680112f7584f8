"""Binary addition as a sequence task: two digits in, one digit out, the carry to be remembered."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


def to_bits(numbers: ArrayLike, bits: int) -> Array:
    """Binary digits of non-negative integers, lowest digit first.

    Args:
        numbers: integers below 2^bits, any shape; `()` and `(N,)` are usual.
        bits: T, the number of digits.

    Returns: 0/1 integers, (T, *shape).

    Raises:
        ValueError: for negative numbers and those that need more digits.
    """
    numbers = np.asarray(numbers)
    if numbers.size and (numbers.min() < 0 or int(numbers.max()) >> bits):
        raise ValueError(f"{bits}桁で表せるのは 0 以上 {2**bits - 1} 以下の整数です。")
    places = np.arange(bits).reshape(-1, *[1] * numbers.ndim)
    return (numbers >> places) & 1


def from_bits(digits: Array) -> Array:
    """Inverse of `to_bits`: (T, *shape) of 0/1, lowest digit first → integers of `shape`."""
    digits = np.asarray(digits)
    places = np.arange(len(digits)).reshape(-1, *[1] * (digits.ndim - 1))
    return np.sum(digits.astype(np.int64) << places, axis=0)


def carries(a: Array, b: Array) -> Array:
    """The carry that *leaves* each place: c_t = 1 where a_t + b_t + c_{t−1} ≥ 2.

    Args:
        a, b: digits (T, *shape), lowest first.

    Returns: (T, *shape) of 0/1.
    """
    c, out = np.zeros_like(a[0]), []
    for a_t, b_t in zip(a, b, strict=True):
        c = (a_t + b_t + c >= 2).astype(a.dtype)
        out.append(c)
    return np.stack(out)


def binary_addition(rng: np.random.Generator, n: int, bits: int = 8) -> tuple[Array, Array]:
    """n random sums a + b with a, b < 2^(bits−1), so that each sum fits into `bits` digits.

    Args:
        rng: draws the digits of a and b, each 0 or 1 with probability 1/2.
        n: number of sums.
        bits: T, at least 2.

    Returns:
        x: the digits of a and b, lowest first, (T, n, 2), float32.
        t: the digits of a + b, (T, n, 1), float32.

    Source: the task is the usual one for showing what a recurrent state is for; Elman (1990)
        starts with XOR in time, of which each digit here is an instance.
    """
    if bits < 2:
        raise ValueError(f"桁数は2以上です。受け取った値: {bits}")
    digits = rng.integers(0, 2, (bits, n, 2))
    digits[-1] = 0  # room for the last carry
    a, b = digits[..., 0], digits[..., 1]
    before = np.concatenate([np.zeros_like(a[:1]), carries(a, b)[:-1]])  # carry into each place
    total = (a + b + before) % 2
    return digits.astype(np.float32), total[..., None].astype(np.float32)


def largest_first(sequence: Array) -> Array:
    """The same digits from the highest to the lowest: the carry now comes from the *future*."""
    return sequence[::-1].copy()
