"""``make results``: with and without attention, score against score, three seeds each."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from eshikaku.chapters.attention import gnmt_results, networks
from eshikaku.models import guessing

SEEDS = (0, 1, 2)
Row = dict[str, Any]

COPIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("なし H=32", {"kind": "none", "hidden": 32}),
    ("なし H=64", {"kind": "none", "hidden": 64}),
    ("Luong H=32", {"kind": "luong", "hidden": 32}),
    ("Bahdanau H=32", {"kind": "bahdanau", "hidden": 32}),
)
TRANSLATIONS: tuple[tuple[str, str, dict[str, Any], int], ...] = (
    ("数の読み", "なし", {"kind": "none"}, 0),
    ("数の読み", "なし、更新10倍", {"kind": "none"}, 3000),
    ("数の読み", "Luong 内積", {"kind": "luong", "score": "dot"}, 0),
    ("数の読み", "Luong √d で割る", {"kind": "luong", "score": "scaled"}, 0),
    ("数の読み", "Luong general", {"kind": "luong"}, 0),
    ("数の読み", "Luong 加法", {"kind": "luong", "score": "additive"}, 0),
    ("数の読み", "Bahdanau 加法", {"kind": "bahdanau"}, 0),
    ("数の読み", "Luong 双方向", {"kind": "luong", "both": True}, 0),
    ("日付", "なし", {"kind": "none"}, 0),
    ("日付", "Luong 双方向", {"kind": "luong", "both": True}, 0),
    ("日付", "Bahdanau 双方向", {"kind": "bahdanau", "both": True}, 0),
)
TASKS = {"数の読み": "readings", "日付": "dates"}


def make(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Copies by length, translations, and the leak of the dice."""
    return {
        "seeds": list(seeds),
        "lengths": networks.COPY_LENGTHS.tolist(),
        "copies": [_copies(name, options, seeds) for name, options in COPIES],
        "translations": [_translations(*given, seeds) for given in TRANSLATIONS],
        "dice": [_dice(name, place, seeds) for name, place in guessing.PLACES.items()],
        "gnmt": gnmt_results.make(seeds),
    }


def _copies(name: str, options: dict[str, Any], seeds: Sequence[int]) -> Row:
    """The share of right copies at each length, one list a seed."""
    row: Row = {"model": name, "share": [], "seconds": 0.0}
    for seed in seeds:
        began = time.process_time()
        net = networks.translator(data=networks.pairs("copies", seed), seed=seed, **options)
        for _ in networks.train(net, "copies", seed):
            pass
        row["seconds"] += (time.process_time() - began) / len(seeds)
        row["share"].append(np.round(networks.copied(net), 3).tolist())
        row["parameters"] = net.size
    row["seconds"] = round(row["seconds"], 1)
    return row


def _translations(
    task: str, name: str, options: dict[str, Any], updates: int, seeds: Sequence[int]
) -> Row:
    """Accuracy on 700 texts of the test, one number a seed."""
    key = TASKS[task]
    row: Row = {"task": task, "model": name, "accuracy": [], "seconds": 0.0}
    row["updates"] = updates or networks.LESSONS[key].updates
    for seed in seeds:
        began = time.process_time()
        net = networks.translator(data=networks.pairs(key, seed), seed=seed, **options)
        for _ in networks.train(net, key, seed, updates):
            pass
        row["seconds"] += (time.process_time() - began) / len(seeds)
        right = networks.right(net, networks.pairs(key, seed, "test", 700))
        row["accuracy"].append(round(float(right.mean()), 3))
        row["parameters"] = net.size
    row["seconds"] = round(row["seconds"], 1)
    return row


def _dice(name: str, place: str, seeds: Sequence[int]) -> Row:
    """Cross-entropy after 300 updates: all at once, and one after the other."""
    row: Row = {"place": name, "at_once": [], "one_by_one": []}
    for seed in seeds:
        net = guessing.Guesser(place, seed)
        for _ in guessing.train(net, seed, 300):
            pass
        for key, value in zip(("at_once", "one_by_one"), guessing.losses(net, seed), strict=True):
            row[key].append(round(value, 2))
    return row
