"""Denoising: the noise of training against the noise of the test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eshikaku.chapters.vae import networks, pictures
from eshikaku.experiments.declaration import (
    Choice,
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
)
from eshikaku.models.autoencoder import corrupt
from eshikaku.tasks import digits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UPDATES, EVERY, SHOWN = 600, 20, 5
CODE, HIDDEN = 32, (128,)
KINDS = {"ガウスノイズ": "gaussian", "マスク（画素を0にする）": "mask"}


def run(settings: Settings, report: Report) -> Result:
    """Train with one noise, test with another; the error is that against the clean picture."""
    data, seed, kind = digits.mnist(), settings["seed"], settings["kind"]
    updates = settings.get("updates", UPDATES)
    noisy = corrupt(data.test, kind, settings["test"], np.random.default_rng([seed, 3]))
    net = networks.autoencoder(data, CODE, seed, HIDDEN)
    noise = (kind, settings["train"]) if settings["train"] else None
    steps: list[int] = []
    errors: list[float] = []

    def error() -> float:
        return float(np.mean((net.reconstruct(noisy) - data.test) ** 2))

    left = float(np.mean((noisy - data.test) ** 2))

    def so_far() -> Result:
        return Result(
            {
                "x": data.test[:SHOWN],
                "noisy": noisy[:SHOWN],
                "again": net.reconstruct(noisy[:SHOWN]),
                "steps": np.array(steps),
                "errors": np.array(errors),
                "left": left,
            }
        )

    for step, _ in enumerate(networks.train_autoencoder(net, data, updates, seed, noise)):
        if step % EVERY == 0:
            steps.append(step)
            errors.append(error())
        report(step, updates, so_far if step % 5 == 0 else None)
    steps.append(updates)
    errors.append(error())
    result = so_far()
    result.summary = {
        "復元の誤差": errors[-1],
        "ノイズ入りの画像の誤差": left,
        "きれいな画像を入れたときの誤差": float(
            np.mean((net.reconstruct(data.test) - data.test) ** 2)
        ),
    }
    return result


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Digits of the newest run on the left, test errors of all runs on the right."""
    from eshikaku import plot

    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": (1.3, 1)})
    data = runs[-1].result.data
    pictures.show_rows(
        left, [data["x"], data["noisy"], data["again"]], ["元の画像", "入力", "復元"]
    )
    left.set_title("ノイズが消え、数字が残るか")
    for run_ in runs:
        found = run_.result.data
        right.plot(found["steps"], found["errors"], label=run_.label, **run_.style)
    right.axhline(data["left"], color=plot.COLORS["baseline"], linewidth=1.2, linestyle=":")
    right.annotate(
        "入力のまま", (1, data["left"]), (-2, 3), ("axes fraction", "data"),
        textcoords="offset points", ha="right", fontsize=10,
    )  # fmt: skip
    top = max(0.13, 1.5 * max(r.result.data["left"] for r in runs))
    right.set(title="元の画像との誤差", xlabel="更新回数", ylabel="二乗誤差", ylim=(0, top))
    right.locator_params(nbins=4)
    right.legend(loc="upper right")
    figure.subplots_adjust(left=0.085, right=0.985, bottom=0.16, wspace=0.2)


def alt(run_: Run) -> str:
    """Error before and after."""
    data = run_.result.data
    return (
        f"ノイズを加えた数字とその復元。{run_.label}では、元の画像との二乗誤差が"
        f"{data['left']:.3f}から{data['errors'][-1]:.3f}になる。"
    )


denoising = Experiment(
    name="denoising",
    title="デノイジングオートエンコーダ：ノイズを取り除けるか",
    controls=(
        Choice("kind", "ノイズの種類", "gaussian", options=KINDS),
        Slider("train", "学習のノイズの強さ", 0.5, low=0, high=1, step=0.1),
        Slider("test", "テストのノイズの強さ", 0.5, low=0, high=1, step=0.1),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
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
    prediction=Prediction(
        {"train": 0.0}, ask="vae-denoising-predict-01", reason="vae-denoising-reason-01"
    ),
    short={"updates": 60},
    figsize=(9.2, 3.4),
)
