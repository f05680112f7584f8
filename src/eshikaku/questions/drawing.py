"""How calculations draw their numbers: what is shown is what is used."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

T = TypeVar("T")


def pick(rng: np.random.Generator, *choices: T) -> T:
    """One of ``choices``, each as likely."""
    return choices[int(rng.integers(len(choices)))]


def tenths(rng: np.random.Generator, low: float, high: float) -> float:
    """A number with one decimal between ``low`` and ``high``, both included."""
    return round(float(rng.integers(round(low * 10), round(high * 10) + 1)) / 10, 1)


def integers(rng: np.random.Generator, low: int, high: int, count: int) -> list[int]:
    """``count`` whole numbers between ``low`` and ``high``, both included."""
    return [int(n) for n in rng.integers(low, high + 1, size=count)]
