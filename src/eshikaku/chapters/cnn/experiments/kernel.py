"""A kernel one paints, and its feature map at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eshikaku.chapters.cnn import images
from eshikaku.experiments import (
    Cells,
    Choice,
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Toggle,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EDGE = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
FLAT = ((1, 1, 1), (1, 1, 1), (1, 1, 1))
LEVELS = {"−2": -2, "−1": -1, "0": 0, "1": 1, "2": 2}


def run(settings: Settings, report: Report) -> Result:
    """The feature map of the painted kernel."""
    w = np.array(settings["kernel"], np.float32)
    x = images.image(settings["image"])
    y = images.correlate(x, w[::-1, ::-1] if settings["flip"] else w)
    return Result(
        {"x": x, "y": y},
        {
            "重みの和": int(w.sum()),
            "マップの最小": float(y.min()),
            "マップの最大": float(y.max()),
        },
    )


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """The image and the map, zero in white."""
    data = runs[-1].result.data
    left, right = figure.subplots(1, 2)
    left.imshow(data["x"], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    images.bare(left, "入力")
    reach = max(float(np.abs(data["y"]).max()), 1e-6)
    right.imshow(data["y"], cmap="PuOr_r", vmin=-reach, vmax=reach, interpolation="nearest")
    images.bare(right, "どこに強く応じるか（白が0）")
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.03, top=0.9, wspace=0.05)


def alt(run_: Run) -> str:
    """Range of the map."""
    found = run_.result.summary
    return (
        "左は入力の画像、右は3×3のカーネルで作った特徴マップ。"
        f"値は{found['マップの最小']:.1f}から{found['マップの最大']:.1f}。"
    )


kernel = Experiment(
    name="kernel",
    title="カーネルを塗る：特徴マップはどこに応じるか",
    controls=(
        Cells("kernel", "カーネル（3×3）", EDGE, levels=LEVELS),
        Choice(
            "image", "画像", "photo", options={"写真": "photo", "数字": "digit", "縞": "stripes"}
        ),
        Toggle("flip", "反転する（信号処理の畳み込み）", False),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "ますを押すと重みが変わります。橙は正、紫は負の応答です。"
        "既定は、右が左より明るい所に正で応じるカーネルです。"
    ),
    seen=r"""
重みの和が0のカーネルは、明るさが一定の所に応じません。違いのある所（縁）だけに応じます。
9個を全部1にすると、マップは画像をぼかした形になります。値は、窓の画素の和です。

反転すると、既定のカーネルの応答は符号が変わります。左右の重みの符号が逆だからです。
反転しても変わらないのは、上下左右に対称なカーネル（全部1など）です。
""",
    prediction=Prediction.of("cnn-kernel", {"kernel": FLAT}, "blurred"),
    live=True,
    overlay=False,
    figsize=(8.0, 3.0),
)
