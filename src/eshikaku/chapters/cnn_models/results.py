"""The table over seeds that takes longer than the chapter may: `make results`."""

from __future__ import annotations

from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.chapters.cnn_models import networks
from eshikaku.chapters.cnn_models.experiments.deep import LR, SIZE

SEEDS = (0, 1, 2)
DEPTHS = (8, 20, 40)
UPDATES, LAST = 150, 30


def make() -> dict[str, Any]:
    """Training accuracy of plain and residual networks by depth."""
    return {"degradation": degradation()}


def degradation() -> dict[str, Any]:
    """Accuracy of the last batches of training, for each depth, kind and seed."""
    rows = []
    for depth in DEPTHS:
        for residual in (False, True):
            right = [_trained(depth, residual, seed) for seed in SEEDS]
            rows.append({"depth": depth, "residual": residual, "right": right})
    return {"seeds": list(SEEDS), "updates": UPDATES, "last": LAST, "rows": rows}


def _trained(depth: int, residual: bool, seed: int) -> float:
    net = networks.deep(depth, residual, seed)
    found = [right for _, right in networks.train(net, nn.Momentum(LR), UPDATES, seed, SIZE)]
    return float(np.mean(found[-LAST:]))
