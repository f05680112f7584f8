"""The drawings that stand in questions; each function returns a Figure."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eshikaku import plot
from eshikaku.models.vae import gaussian_kl

UPDATES = 500  # a map whose parts can be told; 1 CPU-second for the two networks


def kl_curves_quiz():
    """KL(N(μ, σ²) ‖ N(0, 1)) over σ for μ = 1, 2, 0, named P, Q, R."""
    figure = plot.figure((6.4, 3.6))
    ax = figure.subplots()
    sigma = np.linspace(0.1, 3, 200)
    for k, (name, mu) in enumerate({"P": 1.0, "Q": 2.0, "R": 0.0}.items()):
        style = {key: v for key, v in plot.STYLES[k].items() if not key.startswith("mark")}
        ax.plot(sigma, gaussian_kl(np.full(200, mu), 2 * np.log(sigma)), label=name, **style)
    ax.set(
        title="標準正規分布までのKL", xlabel=r"標準偏差 $\sigma$", ylabel="KL（nat）", ylim=(0, 6)
    )
    ax.legend(loc="upper right", ncols=3)
    return figure


def latent_maps_quiz():
    """Digits in two latent dimensions: P by a VAE (means), Q by an autoencoder of the same size."""
    maps, labels = _maps()
    figure = plot.figure((9.2, 4.0))
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    turn = np.linspace(0, 2 * np.pi, 100)
    for ax, (name, codes) in zip(axes, maps.items(), strict=True):
        for k, digit in enumerate((0, 1, 3, 6)):
            style = {key: plot.STYLES[k][key] for key in ("color", "marker")}
            at = codes[labels == digit]
            ax.plot(at[:, 0], at[:, 1], linestyle="none", markersize=4, label=str(digit), **style)
        rest = codes[~np.isin(labels, (0, 1, 3, 6))]
        ax.plot(rest[:, 0], rest[:, 1], ".", color="#999999", markersize=3, label="ほか")
        ax.plot(2 * np.cos(turn), 2 * np.sin(turn), "--", color="#333333", label="半径2")
        ax.set(title=name, xlabel="$z_1$", aspect="equal")
    axes[0].set_ylabel("$z_2$")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="lower center", ncols=6)
    figure.subplots_adjust(left=0.07, right=0.98, bottom=0.22, top=0.92, wspace=0.08)
    return figure


@lru_cache(maxsize=1)
def _maps() -> tuple[dict[str, NDArray[Any]], NDArray[Any]]:
    from eshikaku.chapters.vae import networks
    from eshikaku.tasks import digits

    data = digits.small()
    vae, plain = networks.vae(data, 2, 1), networks.autoencoder(data, 2, 1)
    for _ in networks.train_vae(vae, data, UPDATES, 1):
        pass
    for _ in networks.train_autoencoder(plain, data, UPDATES, 1):
        pass
    with vae.evaluation(), plain.evaluation():
        maps = {"P": vae.encode(data.test)[0], "Q": plain.encode(data.test)}
    return maps, data.test_labels
