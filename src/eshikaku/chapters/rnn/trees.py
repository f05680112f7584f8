"""Trees of NAND, and the recursive network that learns to work them out.

A tree of n leaves is a list of merges (n − 1, 2): the k-th merge joins two earlier nodes into
node n + k; nodes 0 … n − 1 are the leaves, the last node is the root.
"""

from collections.abc import Callable, Iterator

import numpy as np

from eshikaku import nn
from eshikaku.nn import Array


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


class TreeNet(nn.Layer):
    """p = tanh([c1, c2] W + b) at every node, the same W; two logits from the root."""

    def __init__(self, hidden_size: int, rng: np.random.Generator) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.leaf = self.child("leaf", nn.Embedding(2, hidden_size, rng))
        self.compose = self.child("compose", nn.Affine(2 * hidden_size, hidden_size, rng))
        self.out = self.child("out", nn.Affine(hidden_size, 2, rng))

    def forward(self, bits: Array, merges: Array) -> Array:
        """bits: (N, n), merges: (N, n − 1, 2) → logits (N, 2)."""
        count, leaves = bits.shape
        row = np.arange(count)
        nodes = np.zeros((count, 2 * leaves - 1, self.hidden_size))
        nodes[:, :leaves] = self.leaf(bits)
        for k in range(leaves - 1):
            left, right = merges[:, k].T
            both = np.concatenate([nodes[row, left], nodes[row, right]], axis=1)  # (N, 2H)
            nodes[:, leaves + k] = np.tanh(self.compose(both))
        self.push(nodes, merges)
        return self.out(nodes[:, -1])

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits (N, 2); from the root to the leaves."""
        nodes, merges = self.pop()
        count, leaves, size = len(nodes), merges.shape[1] + 1, self.hidden_size
        row = np.arange(count)
        dnodes = np.zeros_like(nodes)
        dnodes[:, -1] = self.out.backward(dlogits)
        for k in reversed(range(leaves - 1)):
            da = dnodes[:, leaves + k] * (1 - nodes[:, leaves + k] ** 2)
            both = self.compose.backward(da)  # (N, 2H)
            left, right = merges[:, k].T
            dnodes[row, left] += both[:, :size]
            dnodes[row, right] += both[:, size:]
        self.leaf.backward(dnodes[:, :leaves])


def examples(rng: np.random.Generator, count: int, leaves: int, way: str) -> tuple[Array, ...]:
    """(bits, the merges the network follows, the value of the true tree).

    ``way``: ``tree`` follows the brackets, ``chain`` reads from the left whatever they are.
    """
    bits = rng.integers(0, 2, (count, leaves))
    true = random_trees(rng, count, leaves)
    followed = true if way == "tree" else chains(count, leaves)
    return bits, followed, nand(bits, true)


def train(
    net: TreeNet, rng: np.random.Generator, updates: int, leaves: int, way: str
) -> Iterator[float]:
    """Train on fresh trees; yields the accuracy on each batch before its update."""
    loss_fn, adam = nn.SoftmaxCrossEntropy(), nn.Adam(0.01)
    for _ in range(updates):
        bits, followed, target = examples(rng, 64, leaves, way)
        logits = net(bits, followed)
        loss_fn(logits, target)
        yield float((logits.argmax(axis=1) == target).mean())
        net.zero_grad()
        net.backward(loss_fn.backward())
        nn.clip_by_norm(net.grads, 1.0)
        adam.update(net.params, net.grads)


def right(net: TreeNet, leaves: int, way: str, count: int = 500) -> float:
    """Accuracy on trees that were not trained on."""
    bits, followed, target = examples(np.random.default_rng(2026), count, leaves, way)
    with net.evaluation():
        return float((net(bits, followed).argmax(axis=1) == target).mean())
