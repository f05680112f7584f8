"""Peepholes: one cell that rings every ten steps, because its gates see the cell."""

from typing import Any

import numpy as np

from eshikaku import nn, plot
from eshikaku.experiments import Experiment, Prediction, Result, Slider, saying

STEPS = 45
BIAS = 190.0  # the output gate opens where p_o c_t > 190; f shuts where −p_f c_{t−1} > 190


def run(settings, report):
    """No input: the cell grows by i g at every step; f sees c_{t−1}, o sees c_t."""
    c = 0.0
    rows = []
    for _ in range(STEPS):
        f = nn.sigmoid(np.array(BIAS + settings["p_f"] * c))
        c = float(f * c + settings["rise"])
        o = nn.sigmoid(np.array(-BIAS + settings["p_o"] * c))
        rows.append((c, o * np.tanh(c), f, o))
    cell, h, f, o = np.array(rows, float).T
    rings = np.flatnonzero((h > 0.4) & (np.concatenate([[0], h[:-1]]) <= 0.4)) + 1
    summary: dict[str, Any] = {
        "鳴りはじめる時刻": "、".join(map(str, rings[:6])) or "鳴らない",
        "鳴っている時刻の数": int((h > 0.4).sum()),
    }
    return Result({"c": cell, "h": h, "f": f, "o": o}, summary)


def draw(figure, runs):
    """Top: cell and output. Bottom: both gates. Plain text for names: it follows sliders."""
    data, colors = runs[-1].result.data, plot.COLORS
    top, bottom = figure.subplots(2, 1, height_ratios=(3, 2))
    t, right = np.arange(1, STEPS + 1), STEPS + 1.5
    limit = 2.2 if data["c"].max() < 2.2 else 6.5
    top.plot(t, data["c"], color=colors["cell"], linewidth=2)
    top.plot(t, data["h"], color=colors["hidden"], linewidth=1.6, linestyle="--")
    top.text(right, 0.8 * limit, "― セル c", color=colors["cell"])
    top.text(right, 0.6 * limit, "- - 出力 h", color=colors["hidden"])
    top.set(ylim=(-0.05 * limit, limit), title="いつ鳴るか（h が上がる時刻）")
    bottom.plot(t, data["f"], color=colors["forget"], linewidth=2)
    bottom.plot(t, data["o"], color=colors["output"], linewidth=2, linestyle=":")
    bottom.text(right, 0.75, "― 忘却 f", color=colors["forget"])
    bottom.text(right, 0.45, "･･･ 出力 o", color=colors["output"])
    bottom.set(ylim=(-0.08, 1.08), xlabel="時刻 t", ylabel="ゲートの値")
    for ax in (top, bottom):
        ax.set(xlim=(0, STEPS + 1), xticks=range(0, STEPS + 1, 10))
    figure.subplots_adjust(left=0.08, right=0.83, top=0.91, bottom=0.15, hspace=0.26)


timing = Experiment(
    name="timing",
    title="のぞき穴で時を刻む：入力のない1つのセル",
    controls=(
        Slider(
            "p_o",
            "出力ゲートののぞき穴 p_o",
            200.0,
            help="0なら、出力ゲートはセルを見ない",
            low=0.0,
            high=200.0,
            step=20.0,
        ),
        Slider(
            "p_f",
            "忘却ゲートののぞき穴 p_f",
            -200.0,
            help="0なら、忘却ゲートはセルを見ない",
            low=-200.0,
            high=0.0,
            step=20.0,
        ),
        Slider("rise", "1時刻に書く量 i·g", 0.1, low=0.02, high=0.5, step=0.02),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "45時刻のセルと出力、忘却ゲートと出力ゲートの値の図。鳴りはじめる時刻は{鳴りはじめる時刻}。"
    ),
    look_for=(
        "入力のないセルが、毎時刻 0.1 ずつ増えます。のぞき穴結合を通して、出力ゲートは $c_t$ を、"
        "忘却ゲートは $c_{t-1}$ を見ています。"
    ),
    seen=r"""
$p_f=0$ にすると、$t=10$ から**鳴り止みません**。忘却ゲートが1のままで、セルは消されず、
しきい値を超えたままです。

$p_f=-200$ では、$c_{t-1}$ が0.95を超えた次の時刻に $f\approx0$ となり、セルは0.1から数え直します。
出力ゲートが開くのも $c_t$ が0.95を超えた時刻だけなので、10時刻ごとに1回鳴ります。

$p_o=0$ では一度も鳴りません。出力ゲートが閉じている間は $h_t\approx0$ なので、
$h_{t-1}$ を見るだけでは、セルが何まで数えたかを知る方法がありません。
""",
    prediction=Prediction.of("lstm-timing", {"p_f": 0.0}, "ever"),
    live=True,
    overlay=False,
    figsize=(6.8, 3.4),
)
