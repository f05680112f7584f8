"""Denoising: the noise of training against the noise of the test."""

import numpy as np

from eshikaku import plot
from eshikaku.chapters.vae import networks
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, saying, training
from eshikaku.models.autoencoder import corrupt
from eshikaku.tasks import digits

SHOWN = 5
CODE, HIDDEN = 32, (128,)
KINDS = {"ガウスノイズ": "gaussian", "マスク（画素を0にする）": "mask"}


def run(settings, curve):
    """Train with one noise, test with another; the error is that against the clean picture."""
    data, seed, kind = digits.mnist(), settings["seed"], settings["kind"]
    noisy = corrupt(data.test, kind, settings["test"], np.random.default_rng([seed, 3]))
    net = networks.autoencoder(data, CODE, seed, HIDDEN)
    noise = (kind, settings["train"]) if settings["train"] else None

    def error(given: np.ndarray) -> float:
        return float(np.mean((net.reconstruct(given) - data.test) ** 2))

    left = float(np.mean((noisy - data.test) ** 2))
    few = noisy[:SHOWN]
    curve.show(x=data.test[:SHOWN], noisy=few, left=left, again=lambda: net.reconstruct(few))
    for _ in networks.train_autoencoder(net, data, curve.updates, seed, noise):
        curve.add()
        curve.every(20, error=lambda: error(noisy))
    return {
        "復元の誤差": curve.last(line="error"),
        "ノイズ入りの画像の誤差": left,
        "きれいな画像を入れたときの誤差": error(data.test),
    }


def draw_digits(ax, runs):
    """Digits of the newest run."""
    data = runs[-1].result.data
    plot.show_rows(ax, [data["x"], data["noisy"], data["again"]], ["元の画像", "入力", "復元"])
    ax.set_title("ノイズが消え、数字が残るか")


def room(ax, runs):
    """Room for the noise of every run."""
    ax.set_ylim(0, max(0.13, 1.1 * max(r.result.data["left"] for r in runs)))


denoising = training(
    name="denoising",
    title="デノイジングオートエンコーダ：ノイズを取り除けるか",
    controls=(
        Choice("kind", "ノイズの種類", "gaussian", options=KINDS),
        Slider("train", "学習のノイズの強さ", 0.5, low=0, high=1, step=0.1),
        Slider("test", "テストのノイズの強さ", 0.5, low=0, high=1, step=0.1),
        SEED,
    ),
    run=run,
    updates=600,
    panels=(
        draw_digits,
        Curves(
            "元の画像との誤差",
            ylabel="二乗誤差",
            line="error",
            levels=lambda runs: [(runs[-1].result.data["left"], "入力のまま（最新の実行）")],
            extra=room,
        ),
    ),
    widths=(1.3, 1),
    alt=saying(
        "ノイズを加えた数字とその復元。{label}では、元の画像との二乗誤差が"
        "{ノイズ入りの画像の誤差:.3f}から{復元の誤差:.3f}になる。"
    ),
    figsize=(9.2, 3.6),
    look_for=(
        "強さは、ガウスノイズでは標準偏差、マスクでは0にする画素の割合です。学習の強さ0は、普通のAEです。"
        "復元と**元の画像**の誤差が、点線（入力のまま）よりどれだけ下かを見ます。"
    ),
    seen=r"""
既定では、入力の誤差0.115が0.025まで減ります。

学習のノイズを0にすると、途中で0.05ほどまで下がったあと、0.06〜0.08に上がります。
細かい形を写すのがうまくなるほど、ノイズも写すためです。

代わりに失うものもあります。きれいな画像を入れたときの誤差は、ノイズなしの学習では0.013、
強さ0.5の学習では0.04です。学習と違う強さのノイズにも弱く、強さ0.25で学習して0.5でテストすると
0.065〜0.070です。学習のノイズは、使う場面に合わせます。
""",
    prediction=Prediction.of("vae-denoising", {"train": 0.0}, "middle"),
    short={"updates": 60},
)
