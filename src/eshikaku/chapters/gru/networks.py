"""The networks that the chapter compares: a recurrent layer of any kind, then one answer."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from eshikaku import nn
from eshikaku.models import training
from eshikaku.models.heads import ManyToOne
from eshikaku.nn import Array
from eshikaku.tasks import memory
from eshikaku.tasks import reviews as tasks

Batch = tuple[Array, Array]

KINDS = ("RNN", "LSTM", "GRU")
EMBEDDING, HIDDEN, BATCH = 16, 32, 32
REVIEWS = 3200  # different ones; more updates go through them again


def recurrent(
    kind: str, input_size: int, hidden_size: int, rng: np.random.Generator, keep: float = 0.0
) -> nn.Layer:
    """One layer that starts by keeping with σ(keep): GRU b_z = keep, LSTM b_f = keep, b_i = −keep.

    The same share is written by both, then: 1 − σ(keep) = σ(−keep). An RNN has no such bias.
    """
    if kind == "RNN":
        return nn.RNN(input_size, hidden_size, rng, dtype=np.float32)
    if kind == "LSTM":
        return nn.LSTM(
            input_size, hidden_size, rng, forget_bias=keep, input_bias=-keep, dtype=np.float32
        )
    gru = nn.GRU(input_size, hidden_size, rng, dtype=np.float32)
    gru.gate("z")["b"][...] = keep
    return gru


def recaller(kind: str, seed: int, keep: float = 0.0, hidden: int = 16) -> ManyToOne:
    """A network for `memory.recall`."""
    rng = np.random.default_rng(seed)
    size = memory.CLASSES + memory.DISTRACTORS
    layer = recurrent(kind, size, hidden, rng, keep)
    return ManyToOne(layer, nn.Affine(hidden, memory.CLASSES, rng, dtype=np.float32))


def reader(
    kind: str, seed: int, keep: float = 0.0, *, words: int | None = None, classes: int = 2
) -> ManyToOne:
    """A network that reads words and names one of two (or more) classes."""
    rng = np.random.default_rng(seed)
    words = len(tasks.vocabulary()) if words is None else words
    embedding = nn.Embedding(words, EMBEDDING, rng, init=nn.normal(0.5), dtype=np.float32)
    layer = recurrent(kind, EMBEDDING, HIDDEN, rng, keep)
    return ManyToOne(layer, nn.Affine(HIDDEN, classes, rng, dtype=np.float32), embedding)


def recalls(seed: int, updates: int, length: int) -> Iterator[Batch]:
    """Fresh sequences of the memory task."""
    rng = np.random.default_rng([seed, length])
    for _ in range(updates):
        yield memory.recall(rng, BATCH, length)


def batches(ids: Array, labels: Array, updates: int) -> Iterator[Batch]:
    """BATCH columns of ids (T, N) at a time, again from the front when they are used up."""
    count = ids.shape[1] // BATCH
    for step in range(updates):
        part = slice(step % count * BATCH, (step % count + 1) * BATCH)
        yield ids[:, part], labels[part]


def train(net: nn.Layer, lr: float, data: Iterable[Batch]) -> Iterator[tuple[float, float]]:
    """Adam with clipping at 1; yields loss and accuracy of each batch before its update."""
    for step in training.train(net, nn.SoftmaxCrossEntropy(), nn.Adam(lr), data, clip=1.0):
        yield step.loss, float((step.y.argmax(axis=-1) == step.target).mean())


def right(net: nn.Layer, x: Array, t: Array) -> Array:
    """Which answers are right: (N,) booleans."""
    with net.evaluation():
        return net(x).argmax(axis=-1) == t


def bag_of_words(
    train_bags: Array,
    train_labels: Array,
    bags: Array,
    labels: Array,
    classes: int = 2,
    updates: int = 300,
) -> float:
    """Accuracy of softmax regression on word counts (N, V), with Adam on all of them at once."""
    net = nn.Affine(train_bags.shape[1], classes, np.random.default_rng(0), init=nn.zeros())
    everything = [(train_bags, train_labels)] * updates
    for _ in training.train(net, nn.SoftmaxCrossEntropy(), nn.Adam(0.05), everything):
        pass
    return float((net(bags).argmax(axis=-1) == labels).mean())


Growing = Callable[[int], None]


def trained_reader(
    kind: str = "GRU", seed: int = 0, updates: int = 300, report: Growing = lambda step: None
) -> ManyToOne:
    """A reader after `updates` updates on reviews; `report(step)` is called before each."""
    data = tasks.make(np.random.default_rng([seed, 7]), REVIEWS)
    net = reader(kind, seed)
    for step, _ in enumerate(train(net, 0.005, batches(data.ids, data.labels, updates))):
        report(step)
    return net
