"""The tables of part E for ``make results``: depth, and zero-shot translation."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from eshikaku.models import interpreters

DEPTHS = (1, 2, 4, 6, 8)
Row = dict[str, Any]


def make(seeds: Sequence[int]) -> dict[str, Any]:
    """Depth with and without residuals; three trainings, each tested on what it never saw."""
    return {
        "depth": [_depth(k, residual, seeds) for k in DEPTHS for residual in (True, False)],
        "longer": _depth(8, False, seeds[:1], 1000),
        "zero_shot": [_zero_shot(name, seeds) for name in interpreters.TRAININGS],
        "chance": dict(interpreters.chance()._asdict()),
    }


def _depth(layers: int, residual: bool, seeds: Sequence[int], updates: int = 0) -> Row:
    """Mean loss of the last updates and share of right sentences, A→B."""
    row: Row = {"layers": layers, "residual": residual, "loss": [], "exact": [], "seconds": 0.0}
    row["updates"] = updates or interpreters.DEEP_UPDATES
    for seed in seeds:
        began = time.process_time()
        net = interpreters.deep(layers, residual, seed)
        losses = list(interpreters.train_deep(net, seed, row["updates"]))
        row["seconds"] += (time.process_time() - began) / len(seeds)
        row["loss"].append(round(float(np.mean(losses[-interpreters.LAST :])), 3))
        row["exact"].append(round(interpreters.measure(net, "ab").exact, 3))
        row["parameters"] = net.size
    row["seconds"] = round(row["seconds"], 1)
    return row


def _zero_shot(name: str, seeds: Sequence[int]) -> Row:
    """Directions that were trained, one that was not, and the way round by B語."""
    row: Row = {"name": name, "short": interpreters.SHORT[name], "seconds": 0.0}
    found: dict[str, list[interpreters.Score]] = {}
    for seed in seeds:
        began = time.process_time()
        net = interpreters.translator(seed)
        updates = interpreters.TABLE_UPDATES
        for _ in interpreters.train(net, interpreters.TRAININGS[name], seed, updates):
            pass
        row["seconds"] += (time.process_time() - began) / len(seeds)
        for direction in (*interpreters.LEARNED, *interpreters.UNSEEN):
            found.setdefault(direction, []).append(interpreters.measure(net, direction))
        found.setdefault("abc", []).append(interpreters.pivot(net, "ac"))
    row["seconds"], row["updates"] = round(row["seconds"], 1), interpreters.TABLE_UPDATES
    for direction, scores in found.items():
        row[direction] = {
            key: [round(getattr(score, key), 3) for score in scores]
            for key in ("exact", "language", "words")
        }
    return row
