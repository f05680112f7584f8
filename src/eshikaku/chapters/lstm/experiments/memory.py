"""The memory task: what the two biases decide over T steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eshikaku import nn
from eshikaku.chapters.lstm import networks
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
from eshikaku.tasks import memory

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[Any]
SEEDS = (0, 1, 2)
UPDATES = 150


def run(settings: Settings, report: Report) -> Result:
    """Three seeds at once, until all have solved the task or 150 updates are over."""
    length, lstm = settings["length"], settings["model"] == "LSTM"
    updates = settings.get("updates", UPDATES)
    keep = nn.sigmoid(np.array(settings["forget"], float)) ** np.arange(length + 1)
    left = keep if lstm else keep[:0]
    rows: list[Array] = []

    def found() -> Result:
        accuracy = np.stack(rows)
        solved = networks.solved_at(accuracy)
        done = solved[np.isfinite(solved)]
        summary: dict[str, Any] = {"解けたネットワーク": f"{len(done)} / {len(SEEDS)}"}
        summary["解けるまでの更新"] = f"{np.median(done):.0f} 回" if len(done) else "解けない"
        if lstm:
            summary["σ(b_f)^T"] = float(keep[-1])
        return Result({"accuracy": accuracy, "left": left}, summary)

    for step, accuracy in enumerate(
        networks.train_recall(
            settings["model"],
            length,
            updates,
            seeds=SEEDS,
            forget_bias=settings["forget"],
            input_bias=settings["input"],
        )
    ):
        rows.append(accuracy)
        report(step, updates, found if step % 5 == 0 else None)
        if step >= networks.WINDOW and not np.isnan(networks.solved_at(np.stack(rows))).any():
            break
    return found()


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Left: right answers against updates, three seeds. Right: what the bias alone would keep."""
    from eshikaku import plot
    from eshikaku.plot.charts import smoothed

    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for run_ in runs:
        accuracy = run_.result.data["accuracy"]
        updates = np.arange(1, len(accuracy) + 1)
        line = {k: v for k, v in run_.style.items() if not k.startswith("mark")}
        curves = np.stack([smoothed(a, networks.WINDOW) for a in accuracy.T])
        left.plot(updates, curves.T, **line, linewidth=0.8, alpha=0.5)
        left.plot(updates, curves.mean(0), **line, linewidth=2.2, label=run_.label)
        kept = run_.result.data["left"]
        if len(kept):
            right.plot(np.maximum(kept, 1e-30), **line)
    left.axhline(1 / memory.CLASSES, color=plot.COLORS["grey"], linewidth=1, linestyle=":")
    left.text(UPDATES - 2, 0.04, "点線：でたらめに答える（1/4）", ha="right")
    left.set(
        title="正解率は1に届くか（細線は3つの種）",
        xlabel="更新回数",
        ylabel="正解率（直近10バッチ）",
        xlim=(0, UPDATES),
        ylim=(0, 1.03),
    )
    right.axhline(np.exp(-1), color=plot.COLORS["grey"], linewidth=1, linestyle=":")
    right.annotate("1/e", (0, np.exp(-1)), (2, -3), textcoords="offset points", va="top")
    right.set(title="何割残るか", xlabel="時刻 t", ylabel=r"$\sigma(b_f)^t$", yscale="log")
    right.set_ylim(1e-30, 5)
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=2)
    rows = (len(runs) + 1) // 2
    figure.subplots_adjust(left=0.08, bottom=0.15 + 0.065 * rows, top=0.9, wspace=0.3)


def alt(run_: Run) -> str:
    """How many of the three networks solved the task."""
    found = run_.result.summary
    return (
        f"更新回数と正解率の折れ線。長さ{run_.settings['length']}、{run_.label}では"
        f"3つのネットワークのうち解けたのは{found['解けたネットワーク']}。"
    )


memory_task = Experiment(
    name="memory",
    title="最初の記号を覚えていられるか",
    controls=(
        Choice("model", "モデル", "LSTM", options={"LSTM": "LSTM", "単純RNN": "RNN"}),
        Slider("length", "長さ T", 100, low=10, high=200, step=10, integer=True),
        Slider(
            "forget",
            "忘却バイアス b_f",
            1.0,
            help="LSTMだけに効く。ln 20 = 3.0、ln 100 = 4.6、ln 200 = 5.3",
            low=0.0,
            high=6.0,
            step=0.5,
        ),
        Slider(
            "input",
            "入力バイアス b_i",
            0.0,
            help="LSTMだけに効く",
            low=-6.0,
            high=0.0,
            step=0.5,
        ),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "最初の記号（4種類）を、無関係な記号を $T-1$ 個読んだ後に答えます。"
        "左は正解率、右はバイアスだけで決まる $\\sigma(b_f)^t$ です。"
    ),
    seen=r"""
$b_f$ だけを4.5にしても、**正解率は1/4のまま**です。$\sigma(4.5)^{100}=0.33$ なので、
最初の記号は3割残ります。
足りないのは残す力ではありません。$b_i=0$ では $i\approx0.5$ で、
無関係な記号も99個書き込まれます。最初の記号はその中に埋もれます。

$b_i=-4.5$ も合わせると、3つとも約80回の更新で解けます。$T=200$ でも $(5.5,-5.5)$ なら解けます。
既定でよく使われる $b_f=1$ では、$\sigma(1)^{200}\approx10^{-27}$ しか残りません。

$T=20$ にして、単純RNNと比べてください。**単純RNNは3つとも解け、
$b_f=1$ のLSTMは150回では1つしか解けません**。
短い系列では、ゲートを4組学ぶ分だけLSTMが不利です。$(3,-3)$ ならLSTMも40回で解けます。
""",
    prediction=Prediction(
        {"forget": 4.5}, ask="lstm-memory-predict-01", reason="lstm-memory-reason-01"
    ),
    short={"updates": 20},
    figsize=(8.0, 3.6),
)
