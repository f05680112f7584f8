"""How calculations draw their numbers: what is shown is what is used."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def pick(rng: np.random.Generator, *choices: T) -> T:
    """One of ``choices``, each as likely."""
    return choices[int(rng.integers(len(choices)))]


def tenths(rng: np.random.Generator, low: float, high: float) -> float:
    """A number with one decimal between ``low`` and ``high``, both included."""
    return round(float(rng.integers(round(low * 10), round(high * 10) + 1)) / 10, 1)


def apart(values: Iterable[float], gap: float) -> bool:
    """Whether all values differ pairwise by more than ``gap``."""
    return all(b - a > gap for a, b in itertools.pairwise(sorted(values)))
