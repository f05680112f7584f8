"""PixelCNN on small digits: the first mask has to hide the pixel itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eshikaku.chapters.wavenet import networks
from eshikaku.experiments import (
    SEED,
    Choice,
    Curve,
    Curves,
    Prediction,
    Run,
    Settings,
    Summary,
    training,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def run(settings: Settings, curve: Curve) -> Summary:
    """Train; bits per pixel of the test; then draw 16 digits pixel by pixel."""
    seed = settings["seed"]
    train, test = networks.grey_digits()
    net = networks.pixelcnn(seed, settings["mask"])

    def sample() -> Any:
        return net.sample((16, 8, 8), np.random.default_rng([seed, 7]))

    curve.show(sample=sample)
    for loss in networks.train(net, networks.images(train, curve.updates, seed), curve.updates):
        curve.add(loss)
        curve.every(50, test=lambda: networks.bits(net, test))
    return {
        "テスト（ビット／画素）": networks.bits(net, test),
        "生成した画像の平均（データは0.93）": float(sample().mean()),
    }


def drawn(ax: Axes, runs: Sequence[Run]) -> None:
    """Sixteen pictures in a square."""
    sample = runs[-1].result.data["sample"]
    board = np.zeros((35, 35))
    for k, image in enumerate(sample):
        i, j = divmod(k, 4)
        board[9 * i : 9 * i + 8, 9 * j : 9 * j + 8] = image
    ax.imshow(board, cmap="gray", vmin=0, vmax=3)
    ax.set_title("生成した16枚（最新の設定）")
    ax.set(xticks=[], yticks=[], xlabel="8×8、4段", ylabel="画素ごとに生成")
    ax.grid(False)


pixels = training(
    name="pixels",
    title="PixelCNN：最初のマスクをAからBにすると",
    controls=(
        Choice(
            "mask", "1層目のマスク", "A", options={"A（自分を隠す）": "A", "B（自分も見る）": "B"}
        ),
        SEED,
    ),
    run=run,
    updates=250,
    what="1画素あたりの損失",
    panels=(
        Curves(
            "1画素に何ビット要るか",
            ylabel="ビット（10回の平均）",
            smooth=10,
            levels=[(2.0, "でたらめに答える（4段）")],
            axes={"ylim": (0, 2.1)},
        ),
        drawn,
    ),
    look_for="損失の下がり方と、生成した画像を並べて見ます。",
    seen=r"""
1層目をマスクBにすると、ネットワークは答えの画素を見て、それを写すことを覚えます。損失は0に近づきます。
生成するときは、答えの画素がまだありません。始めに入れた0を写すので、画像はほとんど真っ黒です。
損失が低いことは、よい生成を意味しません。
条件付き分布 $p(x_i\mid x_1,\dots,x_{i-1})$ になっていないからです。
""",
    prediction=Prediction(
        {"mask": "B"},
        ask="wavenet-pixels-predict-01",
        reason="wavenet-pixels-reason-01",
        came_true="black",
    ),
    short={"updates": 10},
    figsize=(8.2, 3.6),
)
