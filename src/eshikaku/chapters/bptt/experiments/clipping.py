"""Clipping in 2-D: the arrows, and a descent along a cliff (after Pascanu et al. 2013)."""

import math
from functools import lru_cache

import numpy as np

from eshikaku import plot
from eshikaku.experiments import Choice, Experiment, Prediction, Result, Slider, saying
from eshikaku.nn import Array

STEPS, TARGET, UPDATES = 50, 0.7, 150
START = (5.5, -2.2)
EXTENT = (3.5, 6.5, -3.2, -1.2)  # w and b that are drawn
METHODS = {"なし": "none", "ノルムで": "norm", "値で": "value"}


def loss_and_gradient(w: float, b: float) -> tuple[float, float, float]:
    """L = (h_50 − 0.7)² of h_t = σ(w h_{t−1} + b), h_0 = 0.5, and ∂L/∂w, ∂L/∂b."""
    h, dw, db = 0.5, 0.0, 0.0
    for _ in range(STEPS):
        a = w * h + b
        new = 1 / (1 + math.exp(-a)) if a > -700 else 0.0
        slope = new * (1 - new)
        h, dw, db = new, slope * (h + w * dw), slope * (1 + w * db)
    return (h - TARGET) ** 2, 2 * (h - TARGET) * dw, 2 * (h - TARGET) * db


@lru_cache(maxsize=1)
def surface() -> Array:
    """L on a grid, (b, w)."""
    w, b = np.meshgrid(np.linspace(*EXTENT[:2], 90), np.linspace(*EXTENT[2:], 90))
    h = np.full(w.shape, 0.5)
    for _ in range(STEPS):
        h = 1 / (1 + np.exp(-(w * h + b)))
    return (h - TARGET) ** 2


def clipped(g: Array, method: str, limit: float) -> Array:
    """g: (2,) after clipping."""
    if method == "value":
        return np.clip(g, -limit, limit)
    size = float(np.hypot(*g))
    return g * (limit / size) if method == "norm" and size > limit else g


def run(settings, report):
    """150 updates; the largest gradient on the way before and after clipping."""
    method, limit, lr = settings["method"], settings["limit"], settings["lr"]
    place = np.array(START)
    path, losses, before = [place], [], []
    for _ in range(UPDATES):
        loss, *g = loss_and_gradient(*place)
        losses.append(loss)
        before.append(np.array(g))
        place = place - lr * clipped(before[-1], method, limit)
        path.append(place)
    sizes = [float(np.hypot(*g)) for g in before]
    largest = before[int(np.argmax(sizes))]
    angles = [_angle(g, clipped(g, method, limit)) for g in before]
    losses.append(loss_and_gradient(*place)[0])
    return Result(
        {
            "path": np.array(path),
            "largest": np.stack([largest, clipped(largest, method, limit)]),
            "loss": np.array(losses),
        },
        {
            "最大の勾配のノルム": max(sizes),
            "いちばん遠い1歩": float(np.hypot(*np.diff(path, axis=0).T).max()),
            "向きの最大のずれ": f"{max(angles):.0f}度",
            "最後の損失": losses[-1],
        },
    )


def _angle(a: Array, b: Array) -> float:
    """Degrees between two vectors."""
    return abs(math.degrees(math.atan2(a[0] * b[1] - a[1] * b[0], float(a @ b))))


def draw(figure, runs):
    """Left: the largest gradient's arrow and both limits. Right: the paths on the surface."""
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.15, top=0.88, wspace=0.22)
    _arrows(left, runs[-1])
    right.imshow(
        np.sqrt(surface()), extent=EXTENT, origin="lower", aspect="auto", cmap="Greys", alpha=0.6
    )
    for run_ in runs:
        path = run_.result.data["path"]
        right.plot(
            *np.clip(path, -60, 60).T,
            label=run_.label,
            **{**run_.style, "markevery": 1, "markersize": 3},
        )
    right.plot(*START, "*", color=plot.COLORS["bad"], markersize=14)
    right.grid(False)
    right.set(title="崖（色の境目）に触れたあと、どこへ行くか", xlabel="w", ylabel="b")
    right.set(xlim=EXTENT[:2], ylim=EXTENT[2:])
    right.legend(loc="upper right")


def _arrows(ax, run_):
    """The downward direction −g before and after clipping, in units of the threshold."""
    limit = run_.settings["limit"]
    before, after = -run_.result.data["largest"] / limit
    far = float(np.abs(before).max())
    shown = before * min(1.0, 2.3 / far) if far > 0 else before
    turn = np.linspace(0, 2 * np.pi, 80)
    ax.plot(np.cos(turn), np.sin(turn), color=plot.COLORS["grey"], label="ノルムの上限")
    box = np.array([[-1, 1, 1, -1, -1], [-1, -1, 1, 1, -1]])
    ax.plot(*box, color=plot.COLORS["grey"], linestyle="--", label="値の上限")
    ax.plot([0, shown[0]], [0, shown[1]], color=plot.COLORS["gradient"], linestyle=":", linewidth=2)
    tip = after * min(1.0, 2.3 / max(float(np.abs(after).max()), 1e-12))
    style = {"arrowstyle": "-|>", "linewidth": 2.2, "color": run_.style["color"]}
    ax.annotate("", xy=tuple(tip), xytext=(0, 0), arrowprops=style)
    ax.set(xlim=(-2.5, 2.5), ylim=(-2.5, 2.5), xlabel="w の向き（しきい値＝1）", ylabel="b の向き")
    ax.set_title("最大の勾配（点線）と更新（矢印）")
    ax.legend(loc="lower right")


clipping = Experiment(
    name="clipping",
    title="クリッピング：崖で飛ばされない",
    controls=(
        Choice("method", "クリッピング", "none", options=METHODS),
        Slider("limit", "しきい値", 0.5, low=0.05, high=50.0, step=0.25, log=True),
        Slider("lr", "学習率", 0.3, low=0.03, high=1.0, step=0.25, log=True),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "左は最大の勾配の矢印と、しきい値の円と正方形。右は誤差曲面の上の更新の道すじ。"
        "いちばん遠い1歩は{いちばん遠い1歩:.2g}、最後の損失は{最後の損失:.2g}。"
    ),
    look_for=(
        "$h_t=\\sigma(wh_{t-1}+b)$ を50時刻進め、$L=(h_{50}-0.7)^2$ を150回の更新で下げます。"
        "★から始めた道すじが、図の外へ出るかどうかを見ます。"
    ),
    seen=r"""
なしでは、崖に触れた1回の更新で37.7動き、図の外へ飛びます。損失は0.09で、そこから動きません。
勾配のノルムは126でした。
ノルムで $\tau=0.5$ に抑えると、1歩は多くて $0.5\times0.3=0.15$ です。
崖で跳ね返りながら進み、損失は0.0003になります。

値による場合も飛びません。
ただし、向きが最大で27度ずれ、1歩は0.21まで伸び、同じ150回の損失は0.016です。
しきい値を5に上げると、ノルムでも1歩が1.5になり、解けません。
クリッピングは、しきい値を選んではじめて効きます。
""",
    prediction=Prediction.of("bptt-clipping", {"method": "norm"}, "fall"),
    live=True,
    figsize=(9.4, 4.2),
)
