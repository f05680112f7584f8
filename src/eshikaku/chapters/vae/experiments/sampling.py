"""Samples and paths: the holes of an autoencoder, the filled space of a VAE."""

from functools import partial
from typing import Any

import numpy as np

from eshikaku import plot
from eshikaku.chapters.vae import networks
from eshikaku.experiments import SEED, Choice, Prediction, Slider, saying, training
from eshikaku.models.autoencoder import Autoencoder
from eshikaku.models.vae import VAE
from eshikaku.nn import Array
from eshikaku.tasks import digits

UPDATES, SAMPLES, PATH, ROWS = 700, 300, 6, 3
SOURCES = {"N(0, I)": "prior", "学習データのzに合わせる": "fitted"}


def codes(net: Autoencoder | VAE, x: Array) -> Array:
    """z of an autoencoder, μ of a VAE: (N, J)."""
    return net.encode(x)[0] if isinstance(net, VAE) else net.encode(x)


def drawn(net: Autoencoder | VAE, data: digits.Digits, source: str, seed: int) -> Array:
    """Samples (SAMPLES, D): ε from N(0, I), as it is or moved to the codes' mean and covariance."""
    eps = np.random.default_rng([seed, 4]).standard_normal((SAMPLES, net.code_size), np.float32)
    return net.decode(networks.fitted(codes(net, data.train), eps) if source == "fitted" else eps)


def path(net: Autoencoder | VAE, a: Array, b: Array) -> Array:
    """Pictures (PATH, D) on the straight line between the codes of two digits (D,)."""
    start, end = codes(net, np.stack([a, b]))
    share = np.linspace(0, 1, PATH, dtype=np.float32)[:, None]
    return net.decode((1 - share) * start + share * end)


def run(settings, curve):
    """Train both; samples, their distance to the nearest real digit, and a path from a 3 to a 7."""
    data, seed, size = digits.mnist(), settings["seed"], settings["size"]
    nets: dict[str, Autoencoder | VAE] = {
        "AE": (ae := networks.autoencoder(data, size, seed)),
        "VAE": (vae := networks.vae(data, size, seed)),
    }
    first, last = (data.test[data.test_labels == k][0] for k in (3, 7))
    real = networks.nearest(data.test[:SAMPLES], data.train)

    def look(net: Autoencoder | VAE) -> dict[str, Any]:
        made = drawn(net, data, settings["source"], seed)
        return {
            "samples": made[: ROWS * PATH],
            "path": path(net, first, last),
            "distance": networks.nearest(made, data.train),
            "sure": float(networks.confidence(made).mean()),
        }

    curve.show(real=real, **{name: partial(look, net) for name, net in nets.items()})
    losses = networks.train_autoencoder(ae, data, curve.updates, seed)
    for _ in zip(losses, networks.train_vae(vae, data, curve.updates, seed), strict=True):
        curve.add()
    far = float(np.quantile(real, 0.95))
    summary: dict[str, Any] = {"実物の距離": float(real.mean())}
    for name, net in nets.items():
        found = look(net)
        curve.show(**{name: found})
        summary[f"{name}の距離"] = float(found["distance"].mean())
        summary[f"{name}：遠い割合"] = float((found["distance"] > far).mean())
        summary[f"{name}：確信度"] = found["sure"]
    return summary


def draw(figure, runs):
    """Samples and path of both (newest run), and the distances."""
    run_ = runs[-1]
    data = run_.result.data
    left, middle, right = figure.subplots(1, 3, gridspec_kw={"width_ratios": (1, 1, 1.05)})
    for ax, name in ((left, "AE"), (middle, "VAE")):
        rows = [*np.split(data[name]["samples"], ROWS), data[name]["path"]]
        plot.show_rows(ax, rows, ["標本", *[""] * (ROWS - 1), "3→7"] if ax is left else [])
        ax.set_title(f"{name}の標本は数字か")
    edges = np.linspace(0, 12, 37)
    for distance, label, color, style in (
        (data["real"], "実物（テスト）", plot.COLORS["truth"], ":"),
        (data["AE"]["distance"], "AEの標本", plot.COLORS["bad"], "--"),
        (data["VAE"]["distance"], "VAEの標本", plot.COLORS["good"], "-"),
    ):
        share = np.histogram(np.clip(distance, 0, 11.9), edges)[0] / len(distance)
        right.stairs(share, edges, label=label, color=color, linestyle=style, linewidth=1.8)
    right.set(
        title="学習画像までの距離",
        xlabel="距離",
        ylabel="割合",
        xlim=(0, 12),
        ylim=(0, 0.34),
    )
    right.locator_params(nbins=4)
    right.legend(loc="upper right")
    figure.subplots_adjust(left=0.05, right=0.99, bottom=0.16, top=0.88, wspace=0.14)
    box = right.get_position()
    right.set_position((box.x0 + 0.04, box.y0, box.width - 0.04, box.height))


sampling = training(
    name="sampling",
    title="標本を作る：オートエンコーダの穴、VAEの連続",
    controls=(
        Slider("size", "zの次元 J", 16, low=2, high=32, step=1, integer=True),
        Choice("source", "z の取り方", "prior", options=SOURCES),
        SEED,
    ),
    run=run,
    updates=700,
    draw=draw,
    alt=saying(
        "オートエンコーダとVAEの標本、3から7への道、距離の分布。{label}では、"
        "最も近い学習画像までの平均の距離がAEで{AEの距離:.1f}、VAEで{VAEの距離:.1f}、"
        "実物で{実物の距離:.1f}。"
    ),
    figsize=(9.6, 3.0),
    look_for=(
        "上の3行は、乱数の $z$ をデコーダに入れた画像です。下の行は、3の $z$ から7の $z$ まで"
        "まっすぐ動かした画像です。"
    ),
    seen=r"""
既定（$J=16$、$N(0,I)$）では、オートエンコーダの標本は線がつながらず、最も近い学習画像までの距離は
5.9です。VAEは5.0で、実物（4.8）に近い値です。

データの $z$ の平均と共分散に合わせて引くと、オートエンコーダは5.3〜5.4まで下がりますが、
VAEより遠いままです。データの $z$ は正規分布ではなく、間に穴があります。
$J=2$ にすると、この差はなくなります。平面なら、データの $z$ でほぼ埋まるためです。

3から7への道は、オートエンコーダでもなめらかです。補間がきれいでも、標本を作れるとは限りません。

距離はぼやけた画像ほど短くなるので、VAEの5.0は「実物と同じ」という意味ではありません。
""",
    prediction=Prediction.of("vae-sampling", {"source": "fitted"}, "part"),
    short={"updates": 40},
    overlay=False,
)
