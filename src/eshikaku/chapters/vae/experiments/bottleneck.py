"""Autoencoder against PCA: what is left of a digit after J numbers."""

import numpy as np

from eshikaku import plot
from eshikaku.chapters.vae import networks
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, training
from eshikaku.models.autoencoder import pca
from eshikaku.tasks import digits

SHOWN = 5
LAYERS = {"128と64（ReLU）": (128, 64), "128（ReLU）": (128,), "なし（線形）": ()}


def run(settings, curve):
    """Train; mean squared error of a pixel on the test digits, PCA of the same size beside it."""
    data, seed, size = digits.mnist(), settings["seed"], settings["size"]
    net = networks.autoencoder(data, size, seed, settings["hidden"])
    mean, directions = pca(data.train, size)
    best = mean + (data.test - mean) @ directions.T @ directions
    pca_error = float(np.mean((best - data.test) ** 2))
    x = data.test[:SHOWN]
    curve.show(x=x, pca=best[:SHOWN], pca_error=pca_error, again=lambda: net.reconstruct(x))
    for _ in networks.train_autoencoder(net, data, curve.updates, seed):
        curve.add()
        curve.every(20, error=lambda: np.mean((net.reconstruct(data.test) - data.test) ** 2))
    return {
        "オートエンコーダの誤差": curve.last(line="error"),
        "PCAの誤差": pca_error,
        "次元の比 J/D": f"{size}/{data.size}",
    }


def draw_digits(ax, runs):
    """Digits of the newest run."""
    data = runs[-1].result.data
    plot.show_rows(ax, [data["x"], data["pca"], data["again"]], ["元の画像", "PCA", "復元"])
    ax.set_title(f"J={runs[-1].settings['size']} 個の数から戻した数字")


def pca_errors(runs):
    """The error of PCA for every size there is."""
    found = {r.settings["size"]: r.result.data["pca_error"] for r in runs}
    return [(error, f"PCA J={size}") for size, error in found.items()]


bottleneck = training(
    name="bottleneck",
    title="潜在表現の大きさと復元：PCAより良いか",
    controls=(
        Slider("size", "潜在表現の次元 J", 2, low=1, high=32, step=1, integer=True),
        Choice("hidden", "隠れ層", (128, 64), options=LAYERS),
        SEED,
    ),
    run=run,
    updates=800,
    what="テスト画像の復元の誤差",
    panels=(
        draw_digits,
        Curves(
            "PCAの線より下に行くか",
            ylabel="二乗誤差",
            line="error",
            levels=pca_errors,
            axes={"ylim": (0, 0.16)},
        ),
    ),
    widths=(1.3, 1),
    figsize=(9.2, 3.6),
    look_for=(
        "784画素の数字を $J$ 個の数にして、戻します。点線は、同じ $J$ のPCAの誤差です。"
        "学習に使っていない1000枚で測ります。"
    ),
    seen=r"""
既定（$J=2$、隠れ層あり）の誤差は0.048で、PCAの0.056より小さくなります。2個の数でも、数字の形は残ります。

隠れ層をなくすと0.057で、PCAの線のわずかに上で止まります。線形のオートエンコーダの最良の解は、
PCAと同じ部分空間への射影だからです。学習データでは、線形のままPCAを下回ることはありません。

$J$ を16にすると0.018（PCAは0.027）です。$J=32$ では0.015と0.017で、差が小さくなります。
$J$ が大きいほどPCAで足り、小さいほど曲がった面が効きます。
""",
    prediction=Prediction.of("vae-bottleneck", {"hidden": ()}, "pca"),
    short={"updates": 60},
)
