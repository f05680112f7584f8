"""Throws of a die: nobody can guess the next one, and so nothing may be learned.

Whatever a model knows of the past, its cross-entropy is at least ln 6 = 1.79. Less is the mark of
a leak: what is to be guessed has come in.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FACES, LENGTH = 6, 8
CHANCE = float(np.log(FACES))
START = FACES  # id before the first throw


def throws(rng: np.random.Generator, count: int, length: int = LENGTH) -> tuple[Array, Array]:
    """(input, target), ids (T, N) both: the target is thrown evenly, the input one step behind."""
    target = rng.integers(0, FACES, (length, count))
    return np.concatenate([np.full((1, count), START), target[:-1]]), target
