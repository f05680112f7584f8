"""Autoencoder against PCA: what is left of a digit after J numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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
from eshikaku.models.autoencoder import pca
from eshikaku.tasks import digits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UPDATES, EVERY, SHOWN = 800, 20, 5
LAYERS = {"128と64（ReLU）": (128, 64), "128（ReLU）": (128,), "なし（線形）": ()}


def run(settings: Settings, report: Report) -> Result:
    """Train; mean squared error of a pixel on the test digits, PCA of the same size beside it."""
    data, seed, size = digits.mnist(), settings["seed"], settings["size"]
    updates = settings.get("updates", UPDATES)
    net = networks.autoencoder(data, size, seed, settings["hidden"])
    steps: list[int] = []
    errors: list[float] = []
    found: dict[str, Any] = {"x": data.test[:SHOWN]}

    def so_far() -> Result:
        again = net.reconstruct(found["x"])
        return Result(
            found | {"steps": np.array(steps), "errors": np.array(errors), "again": again}
        )

    report(0, updates)
    mean, directions = pca(data.train, size)
    best = mean + (data.test - mean) @ directions.T @ directions
    found |= {"pca": best[:SHOWN], "pca_error": float(np.mean((best - data.test) ** 2))}
    for step, _ in enumerate(networks.train_autoencoder(net, data, updates, seed)):
        if step % EVERY == 0:
            steps.append(step)
            errors.append(float(np.mean((net.reconstruct(data.test) - data.test) ** 2)))
        report(step, updates, so_far if step % 5 == 0 else None)
    steps.append(updates)
    errors.append(float(np.mean((net.reconstruct(data.test) - data.test) ** 2)))
    result = so_far()
    result.summary = {
        "オートエンコーダの誤差": errors[-1],
        "PCAの誤差": found["pca_error"],
        "次元の比 J/D": f"{size}/{data.size}",
    }
    return result


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Digits of the newest run on the left, test errors of all runs on the right."""
    from eshikaku import plot

    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": (1.3, 1)})
    data = runs[-1].result.data
    pictures.show_rows(left, [data["x"], data["pca"], data["again"]], ["元の画像", "PCA", "復元"])
    left.set_title(f"J={runs[-1].settings['size']} 個の数から戻した数字")
    for run_ in runs:
        found = run_.result.data
        right.plot(found["steps"], found["errors"], label=run_.label, **run_.style)
    for size, error in {r.settings["size"]: r.result.data["pca_error"] for r in runs}.items():
        right.axhline(error, color=plot.COLORS["baseline"], linewidth=1.2, linestyle=":")
        right.annotate(
            f"PCA J={size}", (1, error), (-2, 3), ("axes fraction", "data"),
            textcoords="offset points", ha="right", fontsize=10,
        )  # fmt: skip
    right.set(
        title="PCAの線より下に行くか",
        xlabel="更新回数",
        ylabel="二乗誤差",
        ylim=(0, 0.16),
    )
    right.locator_params(nbins=4)
    right.legend(loc="upper right")
    figure.subplots_adjust(left=0.085, right=0.985, bottom=0.16, wspace=0.2)


def alt(run_: Run) -> str:
    """Both errors."""
    data = run_.result.data
    return (
        f"テスト画像の復元と誤差の曲線。{run_.label}では、二乗誤差が{data['errors'][-1]:.4f}、"
        f"同じ数のPCAが{data['pca_error']:.4f}。"
    )


bottleneck = Experiment(
    name="bottleneck",
    title="潜在表現の大きさと復元：PCAより良いか",
    controls=(
        Slider("size", "潜在表現の次元 J", 2, low=1, high=32, step=1, integer=True),
        Choice("hidden", "隠れ層", (128, 64), options=LAYERS),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
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
    prediction=Prediction(
        {"hidden": ()}, ask="vae-bottleneck-predict-01", reason="vae-bottleneck-reason-01"
    ),
    short={"updates": 60},
    figsize=(9.2, 3.4),
)
