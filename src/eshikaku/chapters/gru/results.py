"""``make results``: RNN, LSTM and GRU on four tasks, three seeds each, bag-of-words beside them."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eshikaku.chapters.gru import networks
from eshikaku.models.heads import ManyToOne
from eshikaku.tasks import memory, passages, reviews

SEEDS = (0, 1, 2)
Row = dict[str, Any]


def make(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Rows with task, model, parameters, accuracy (one for each seed) and seconds (their mean)."""
    rows = [
        *_compare("感想文", lambda kind, seed: _reviews(kind, seed, 0, 0.0, 300), seeds),
        *_compare("感想文＋3文", lambda kind, seed: _reviews(kind, seed, 3, 0.0, 600), seeds),
        *_compare("感想文＋3文、b=2", lambda kind, seed: _reviews(kind, seed, 3, 2.0, 600), seeds),
        *_compare("記憶 T=20", lambda kind, seed: _recall(kind, seed, 20, 0.0), seeds),
        *_compare("記憶 T=100", lambda kind, seed: _recall(kind, seed, 100, 0.0), seeds),
        *_compare("記憶 T=100、b=4.6", lambda kind, seed: _recall(kind, seed, 100, 4.6), seeds),
    ]
    found: dict[str, Any] = {"seeds": list(seeds), "rows": rows}
    if passages.installed():
        data = passages.load()
        found["rows"] += _compare(
            "英文の出典（6種）", lambda kind, seed: _passages(data, kind, seed, 500), seeds
        )
        found["passages"] = {
            "train": len(data.train[1]),
            "test": len(data.test[1]),
            "bag_of_words": _passages_bag(data),
            "most_frequent": float(np.bincount(data.test[1]).max() / len(data.test[1])),
        }
    return found


def _compare(
    task: str, one: Callable[[str, int], tuple[ManyToOne, float]], seeds: Sequence[int]
) -> list[Row]:
    rows: list[Row] = []
    for kind in networks.KINDS:
        row: Row = {"task": task, "model": kind, "accuracy": [], "seconds": 0.0}
        for seed in seeds:
            began = time.process_time()
            net, accuracy = one(kind, seed)
            row["seconds"] += (time.process_time() - began) / len(seeds)
            row["accuracy"].append(round(accuracy, 4))
            row["parameters"] = net.rnn.size
        row["seconds"] = round(row["seconds"], 2)
        rows.append(row)
    return rows


def _train(net: ManyToOne, lr: float, data: Any) -> None:
    for _ in networks.train(net, lr, data):
        pass


def _reviews(kind: str, seed: int, tail: int, keep: float, updates: int) -> tuple[ManyToOne, float]:
    data = reviews.make(np.random.default_rng([seed, 7]), networks.REVIEWS, tail=tail)
    test = reviews.make(np.random.default_rng([seed, 8]), 400, "test", tail=tail)
    net = networks.reader(kind, seed, keep)
    _train(net, 0.005, networks.batches(data.ids, data.labels, updates))
    return net, float(networks.right(net, test.ids, test.labels).mean())


def _recall(kind: str, seed: int, length: int, keep: float) -> tuple[ManyToOne, float]:
    net = networks.recaller(kind, seed, keep)
    _train(net, 0.01, networks.recalls(seed, 300, length))
    x, t = memory.recall(np.random.default_rng([seed, 9]), 400, length)
    return net, float(networks.right(net, x, t).mean())


def _passages(
    data: passages.Passages, kind: str, seed: int, updates: int
) -> tuple[ManyToOne, float]:
    net = networks.reader(kind, seed, 1.0, words=len(data.vocabulary), classes=len(passages.GROUPS))
    _train(net, 0.005, networks.batches(*data.train, updates))
    return net, float(networks.right(net, *data.test).mean())


def _passages_bag(data: passages.Passages) -> float:
    """Accuracy of softmax regression on which words occur."""

    def bags(ids: np.ndarray) -> np.ndarray:
        found = np.zeros((ids.shape[1], len(data.vocabulary)), np.float32)
        found[np.arange(ids.shape[1])[None], ids] = 1
        return found

    (ids, labels), (test_ids, test_labels) = data.train, data.test
    return networks.bag_of_words(
        bags(ids), labels, bags(test_ids), test_labels, len(passages.GROUPS), updates=60
    )
