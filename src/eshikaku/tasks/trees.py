"""Trees of NAND: a task whose input has brackets.

A tree of n leaves is a list of merges (n − 1, 2): the k-th merge joins two earlier nodes into
node n + k; nodes 0 … n − 1 are the leaves, the last node is the root.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def random_trees(rng: np.random.Generator, count: int, leaves: int) -> Array:
    """Any bracketing of the leaves in their order: (N, n − 1, 2)."""
    return np.stack(
        [_merges(leaves, lambda places: int(rng.integers(places))) for _ in range(count)]
    )


def chains(count: int, leaves: int) -> Array:
    """The leaves joined from the left, one after another: (N, n − 1, 2)."""
    return np.broadcast_to(_merges(leaves, lambda places: 0), (count, leaves - 1, 2))


def _merges(leaves: int, choose: Callable[[int], int]) -> Array:
    row, found = list(range(leaves)), []
    for k in range(leaves - 1):
        at = choose(len(row) - 1)
        found.append(row[at : at + 2])
        row[at : at + 2] = [leaves + k]
    return np.array(found)


def nand(bits: Array, merges: Array) -> Array:
    """The value at the root, where each node is NAND of its two: bits (N, n) → (N,)."""
    count, leaves = bits.shape
    row = np.arange(count)
    values = np.zeros((count, 2 * leaves - 1), int)
    values[:, :leaves] = bits
    for k in range(leaves - 1):
        left, right = merges[:, k].T
        values[:, leaves + k] = 1 - values[row, left] * values[row, right]
    return values[:, -1]


def examples(rng: np.random.Generator, count: int, leaves: int, way: str) -> tuple[Array, ...]:
    """(bits, the merges the network follows, the value of the true tree).

    ``way``: ``tree`` follows the brackets, ``chain`` reads from the left whatever they are.
    """
    bits = rng.integers(0, 2, (count, leaves))
    true = random_trees(rng, count, leaves)
    followed = true if way == "tree" else chains(count, leaves)
    return bits, followed, nand(bits, true)
