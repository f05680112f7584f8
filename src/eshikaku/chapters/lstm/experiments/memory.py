"""The memory task: what the two biases decide over T steps."""

import numpy as np

from eshikaku import nn, plot
from eshikaku.chapters.lstm import networks
from eshikaku.experiments import Choice, Curves, Prediction, Slider, saying, training
from eshikaku.tasks import memory

SEEDS = (0, 1, 2)
FLOOR = 1e-30  # of what is drawn of σ(b_f)^t


def run(settings, curve):
    """Three seeds at once, until all have solved the task or 150 updates are over."""
    solved = np.full(len(SEEDS), np.nan)
    for accuracy in networks.train_recall(
        settings["model"],
        settings["length"],
        curve.updates,
        seeds=SEEDS,
        forget_bias=settings["forget"],
        input_bias=settings["input"],
    ):
        curve.add(accuracy)
        solved = networks.solved_at(curve.values())
        if not np.isnan(solved).any():
            break
    done = solved[np.isfinite(solved)]
    summary = {
        "解けたネットワーク": f"{len(done)} / {len(SEEDS)}",
        "解けるまでの更新": f"{np.median(done):.0f} 回" if len(done) else "解けない",
    }
    return summary | ({"σ(b_f)^T": kept(settings)[-1]} if settings["model"] == "LSTM" else {})


def kept(settings):
    """σ(b_f)^t for t = 0 … T: (T + 1,)."""
    keep = nn.sigmoid(np.array(settings["forget"], float))
    return keep ** np.arange(settings["length"] + 1)


def draw_kept(ax, runs):
    """What the forget bias alone would keep."""
    ax.axhline(np.exp(-1), color=plot.COLORS["grey"], linewidth=1, linestyle="--", label="1/e")
    ax.set(title="何割残るか", xlabel="時刻 t", ylabel=r"$\sigma(b_f)^t$", yscale="log")
    ax.set_ylim(FLOOR, 5)
    for run_ in runs:
        if run_.settings["model"] == "LSTM":
            left = kept(run_.settings)
            line = {k: v for k, v in run_.style.items() if not k.startswith("mark")}
            ax.plot(left, **line)
            plot.mark_cut(ax, np.arange(len(left)), left, line["color"], most=1)


memory_task = training(
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
    updates=150,
    panels=(
        Curves(
            "正解率は1に届くか（細線は3つの種）",
            ylabel="正解率（直近10バッチ）",
            smooth=networks.WINDOW,
            levels=[(1 / memory.CLASSES, "でたらめに答える（1/4）")],
            axes={"ylim": (0, 1.03)},
        ),
        draw_kept,
    ),
    widths=(3, 2),
    alt=saying(
        "更新回数と正解率の折れ線。長さ{length}、{label}では"
        "3つのネットワークのうち解けたのは{解けたネットワーク}。"
    ),
    short={"updates": 20},
    figsize=(8.0, 3.9),
    look_for=(
        "最初の記号（4種類）を、無関係な記号を $T-1$ 個読んだ後に答えます。"
        "左は正解率、右はバイアスだけで決まる $\\sigma(b_f)^t$ です。"
    ),
    seen=r"""
$b_f$ だけを4.5にしても、150回では**3つとも解けません**。2つは1/4のままで、
1つは終わり近くで上がりはじめ、0.7ほどです（種を10個にした実測では、8つが1/4のまま、
1に届いたものはありません）。$\sigma(4.5)^{100}=0.33$ なので、最初の記号は3割残ります。
足りないのは残す力ではありません。$b_i=0$ では $i\approx0.5$ で、
無関係な記号も99個書き込まれます。最初の記号はその中に埋もれます。

$b_i=-4.5$ も合わせると、3つとも約80回の更新で解けます。$T=200$ でも $(5.5,-5.5)$ なら解けます。
既定でよく使われる $b_f=1$ では、$\sigma(1)^{200}\approx10^{-27}$ しか残りません。

$T=20$ にして、単純RNNと比べてください。**単純RNNは3つとも解け、
$b_f=1$ のLSTMは150回では1つしか解けません**。
短い系列では、ゲートを4組学ぶ分だけLSTMが不利です。$(3,-3)$ ならLSTMも40回で解けます。
""",
    prediction=Prediction.of("lstm-memory", {"forget": 4.5}, "chance"),
)
