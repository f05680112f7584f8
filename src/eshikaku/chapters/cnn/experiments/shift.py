"""Shift the image: what moves along, what stays, and what forgets the place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eshikaku.chapters.cnn import images
from eshikaku.experiments import (
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EDGE = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
MARGIN = 8
NAMES = ("画素", "特徴マップ", "ずらし戻したマップ", "最大プーリング", "GAP")


def features(x: images.Array, window: int) -> tuple[images.Array, images.Array, images.Array]:
    """ReLU of the edge map (30, 42), its max pooling, its global average."""
    y = np.maximum(images.correlate(x, EDGE), 0)
    rows, columns = (n // window * window for n in y.shape)
    blocks = y[:rows, :columns].reshape(rows // window, window, columns // window, window)
    return y, blocks.max(axis=(1, 3)), y.mean(keepdims=True)


def change(a: images.Array, b: images.Array) -> float:
    """‖a − b‖ / ‖a‖."""
    return float(np.linalg.norm(a - b) / np.linalg.norm(a))


def run(settings: Settings, report: Report) -> Result:
    """How far each stage is from that of the image in its place."""
    x = np.pad(images.digit(7), ((2, 2), (MARGIN, MARGIN)))  # (32, 44): black all around
    shift, window = settings["shift"], settings["window"]
    moved = np.roll(x, shift, axis=1)
    (y, pooled, mean), (y_m, pooled_m, mean_m) = features(x, window), features(moved, window)
    found = (
        change(x, moved),
        change(y, y_m),
        change(y, np.roll(y_m, -shift, axis=1)),
        change(pooled, pooled_m),
        change(mean, mean_m),
    )
    return Result(
        {"x": moved, "y": y_m, "change": np.array(found)}, dict(zip(NAMES, found, strict=True))
    )


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """The shifted image, its map, and the changes as bars."""
    from eshikaku import plot

    data = runs[-1].result.data
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.35))
    left.imshow(data["x"], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    images.bare(left, "ずらした入力")
    middle.imshow(data["y"], cmap="gray", interpolation="nearest")
    images.bare(middle, "特徴マップ（縁）")
    right.barh(NAMES, data["change"], color=plot.COLORS["hidden"])
    right.set(
        title="どれだけ変わるか",
        xlabel="変化の割合",
        ylabel="比べるもの",
        xlim=(0, 1.6),
    )
    right.invert_yaxis()
    figure.subplots_adjust(left=0.01, right=0.98, bottom=0.18, top=0.88, wspace=0.08)
    box = right.get_position()
    right.set_position((box.x0 + 0.17, box.y0, box.width - 0.17, box.height))


def alt(run_: Run) -> str:
    """The five changes."""
    found = "、".join(f"{k}{v:.2f}" for k, v in run_.result.summary.items())
    return f"ずらした数字と特徴マップ、ずらす前からの変化の割合：{found}。"


shift = Experiment(
    name="shift",
    title="画像をずらす：同じだけずれるもの、変わらないもの",
    controls=(
        Slider("shift", "右へずらす量", 1, low=-6, high=6, step=1, integer=True, unit="画素"),
        Slider("window", "最大プーリングの窓", 2, low=2, high=6, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for="棒が短いほど、ずらす前と変わっていません。",
    seen=r"""
特徴マップは、画像と同じだけずれます。ずらし戻すと差は0で、これが並進**同変性**です。
GAPはどれだけずらしても変わりません。並進**不変性**です。位置は失われます。

最大プーリングは、その間です。1画素のずれでは特徴マップより変わりません（0.59と0.80）が、0にはなりません。
4画素ずらすと、プーリングの前とほとんど同じだけ変わります（1.35と1.41）。
""",
    prediction=Prediction.of("cnn-shift", {"shift": 4}, "much"),
    live=True,
    overlay=False,
    figsize=(9.0, 2.9),
)
