"""A recursive network: one dense layer joins two nodes of a tree, from the leaves to the root."""

from collections.abc import Iterator

import numpy as np

from eshikaku import nn
from eshikaku.nn import Array
from eshikaku.tasks.trees import examples


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
