"""Tables of the chapter over seeds: clipping and initialisation on the recall task."""

from collections.abc import Callable
from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.chapters.bptt import recurrent
from eshikaku.chapters.bptt.experiments.initialisation import CHOICES, HIDDEN, INITIALISERS, UPDATES

SEEDS = (0, 1, 2)
SOLVED = 0.9  # accuracy from which a run counts as solved
CLIPS = {"なし": ("none", 0.0), "ノルムで（1）": ("norm", 1.0), "値で（0.1）": ("value", 0.1)}
SETUPS: dict[str, tuple[str, Callable[[], nn.Initialiser], Callable[[], nn.Optimiser], int]] = {
    "ReLU・単位行列・SGD 0.01・T=30": ("relu", nn.identity, lambda: nn.SGD(0.01), 30),
    "tanh・直交行列・SGD 0.1・T=40": ("tanh", nn.orthogonal, lambda: nn.SGD(0.1), 40),
    "tanh・直交行列・Adam 0.003・T=40": ("tanh", nn.orthogonal, lambda: nn.Adam(0.003), 40),
}
LENGTHS = (10, 20, 40, 60)


def accuracy(
    activation: str,
    init: nn.Initialiser,
    steps: int,
    seed: int,
    *,
    optimiser: nn.Optimiser | None = None,
    clip: str = "norm",
    limit: float = 1.0,
) -> float:
    """Accuracy on new sequences after one training; a training that diverged counts as 0."""
    rng = np.random.default_rng(seed)
    net = recurrent.Recall(HIDDEN, rng, nonlinearity=activation, init_h=init)
    losses = list(
        recurrent.train(net, steps, UPDATES, rng, optimiser=optimiser, clip=clip, limit=limit)
    )
    return net.accuracy(steps) if np.isfinite(losses[-1]) else 0.0


def make() -> dict[str, Any]:
    """Runs solved out of the seeds, with the accuracies."""
    clipping = {
        setup: {
            name: [
                accuracy(activation, init(), steps, seed, optimiser=optimiser(), clip=c, limit=v)
                for seed in SEEDS
            ]
            for name, (c, v) in CLIPS.items()
        }
        for setup, (activation, init, optimiser, steps) in SETUPS.items()
    }
    initial = {
        name: {
            str(steps): [accuracy("tanh", INITIALISERS[key](), steps, seed) for seed in SEEDS]
            for steps in LENGTHS
        }
        for name, key in CHOICES.items()
    }
    return {"clipping": clipping, "initialisation": initial, "seeds": list(SEEDS)}
