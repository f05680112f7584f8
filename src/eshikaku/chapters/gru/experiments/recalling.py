"""The memory task: RNN, LSTM and GRU, and the bias that keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eshikaku.chapters.gru import networks
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

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UPDATES, SMOOTH = 250, 10


def run(settings: Settings, report: Report) -> Result:
    """Train on the memory task; accuracy of each batch, which is fresh, before its update."""
    net = networks.recaller(settings["model"], settings["seed"], settings["keep"])
    found: list[float] = []
    data = networks.recalls(settings["seed"], UPDATES, settings["length"])

    def so_far() -> Result:
        blocks = np.array(found[: len(found) // SMOOTH * SMOOTH]).reshape(-1, SMOOTH)
        return Result(
            {"accuracy": blocks.mean(axis=1), "steps": (np.arange(len(blocks)) + 1) * SMOOTH}
        )

    for step, (_, accuracy) in enumerate(networks.train(net, 0.01, data)):
        found.append(accuracy)
        if step % 5 == 0:
            report(step, UPDATES, so_far)
    result = so_far()
    solved = np.flatnonzero(result.data["accuracy"] >= 0.95)
    result.summary = {
        "最後の20回の正解率": float(np.mean(found[-20:])),
        "95%に届いた更新": int(result.data["steps"][solved[0]]) if len(solved) else "届かない",
        "パラメータ数": net.size,
    }
    return result


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Accuracy over updates, with chance."""
    from eshikaku import plot

    ax = figure.subplots()
    for run_ in runs:
        data: dict[str, Any] = run_.result.data
        style = {**run_.style, "markevery": 3}
        ax.plot(data["steps"], data["accuracy"], label=run_.label, **style)
    ax.axhline(0.25, color=plot.COLORS["grey"], linewidth=1, linestyle=":")
    ax.annotate(
        "でたらめに答える（1/4）", (UPDATES, 0.25), (0, -34), textcoords="offset points", ha="right"
    )
    ax.set(
        title="正解率が1に届くか、何回の更新で届くか",
        xlabel="更新回数",
        ylabel="正解率（10回の平均）",
        xlim=(0, UPDATES + 2),
        ylim=(0, 1.05),
    )
    ax.legend(loc="upper left")


def alt(run_: Run) -> str:
    """Where the curve ends."""
    last = run_.result.summary.get("最後の20回の正解率", 0.0)
    return f"記憶課題の正解率の曲線。{run_.label}では最後の正解率が{last:.0%}。"


memory = Experiment(
    name="memory",
    title="記憶課題：先頭の記号を最後に答える",
    controls=(
        Choice("model", "ネットワーク", "GRU", options={k: k for k in networks.KINDS}),
        Slider("length", "系列の長さ T", 20, low=10, high=120, step=10, integer=True),
        Slider("keep", "残す側のバイアスの初期値", 0.0, low=0, high=6, step=0.5),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "先頭の記号（4種類）を、$T-1$ 個の無関係な記号を読んだあとで答えます。"
        "「残す側のバイアス」はGRUの $b_z$、LSTMの $b_f$（$b_i$ は符号を逆にした値）です。"
        "単純RNNにはありません。"
    ),
    seen=r"""
既定の $T=20$ は、160回ほどの更新で解けます。単純RNNはもっと早く、30〜60回で解きます。

$T=100$ では、1/4（でたらめ）から動きません。$b_z=0$ だと $z\approx0.5$ で、
$0.5^{100}\approx10^{-30}$ しか残らず、勾配も届かないためです。

残す側のバイアスを4.5（$\ln100\approx4.6$）にすると、100回ほどの更新で解けます。
LSTMも $b_f=4.5,\ b_i=-4.5$ で同じように解けます。効いたのは構造の差ではなく、初期値です。
""",
    prediction=Prediction(
        {"length": 100}, ask="gru-memory-predict-01", reason="gru-memory-reason-01"
    ),
    figsize=(7.6, 3.8),
)
