"""The gate explorer: two units of a GRU, one pulse to be kept, in every form."""

import numpy as np

from eshikaku import nn, plot
from eshikaku.experiments import Choice, Experiment, Prediction, Result, Slider
from eshikaku.nn import Array

STEPS, WRITE, DISTURB = 20, 3, 12  # x = +1 at t = 3, x = −1 at t = 12, else 0

UPDATES = {"z=1で残す（Cho、PyTorch）": "keep", "z=1で書き換える（Chung）": "renew"}
RESETS = {"積の前（Cho v3、Chung）": "before", "積の後（Cho v1、PyTorch）": "after"}


def unit(settings):
    """Two units whose weights are written down: W_hn mixes them, the gates follow x alone."""
    gru = nn.GRU(1, 2, np.random.default_rng(0), update=settings["update"], reset=settings["reset"])
    for value in gru.params.values():
        value[...] = 0
    gru.gate("n")["W_x"][...] = [[2.0, -2.0]]
    gru.gate("n")["W_h"][...] = settings["w_h"] * np.array([[0.5, 1.0], [-1.0, 0.5]])
    gru.gate("z")["W_x"][...] = settings["w_z"]
    gru.gate("z")["b"][...] = settings["b_z"]
    gru.gate("r")["b"][...] = [settings["b_r"], -settings["b_r"]]
    return gru


def signal() -> Array:
    """x: (T, 1, 1)."""
    x = np.zeros((STEPS, 1, 1))
    x[WRITE - 1], x[DISTURB - 1] = 1, -1
    return x


def run(settings, report):
    """Gates and states of 20 steps."""
    found = {k: v[:, 0] for k, v in unit(settings).trace(signal()).items()}  # (T, 2)
    written, last = found["h"][WRITE - 1, 0], found["h"][-1, 0]
    return Result(
        found,
        {
            "t=3 の h（ユニット1）": float(written),
            "t=20 の h（ユニット1）": float(last),
            "残った割合": float(last / written) if abs(written) > 0.05 else "書き込まれていない",
        },
    )


def draw(figure, runs):
    """State and candidate on the left, gates on the right. This figure follows a slider."""
    data = runs[-1].result.data
    t = np.arange(1, STEPS + 1)
    left, right = figure.subplots(1, 2)
    dashed = {"linestyle": "--", "linewidth": 1.2}
    left.plot(t, data["h"][:, 0], color=plot.COLORS["hidden"], marker="o", ms=4, label="$h_t$")
    left.plot(t, data["n"][:, 0], color=plot.COLORS["candidate"], label=r"$\tilde{h}_t$", **dashed)
    right.plot(t, data["z"][:, 0], color=plot.COLORS["update"], marker="s", ms=4, label="$z_t$")
    right.plot(t, data["r"][:, 0], color=plot.COLORS["reset"], label="$r_t$", **dashed)
    for ax in (left, right):
        ax.axvline(WRITE, color=plot.COLORS["good"], linewidth=1, linestyle=":")
        ax.axvline(DISTURB, color=plot.COLORS["bad"], linewidth=1, linestyle=":")
        ax.set_xticks([1, 5, 10, 15, 20])
        ax.set_xlabel("時刻 t")
        ax.legend(loc="lower right")
    left.set(title="t=3 で書いた値が残るか（ユニット1）", ylim=(-1.1, 1.1), ylabel="値")
    left.text(WRITE + 0.2, 1.0, "x=1", color=plot.COLORS["good"], va="center")
    left.text(DISTURB + 0.2, 1.0, "x=−1", color=plot.COLORS["bad"], va="center")
    right.set(title="ゲートは0〜1のどこにあるか", ylim=(-0.05, 1.1))
    figure.subplots_adjust(left=0.08, right=0.98, top=0.9, bottom=0.15, wspace=0.16)


def alt(run_):
    """The state after writing and at the end."""
    h, z = run_.result.data["h"][:, 0], run_.result.data["z"][:, 0]
    return (
        f"GRUの1ユニットの20時刻。{run_.label}では、t=3で{h[WRITE - 1]:.2f}になった状態が"
        f"t=20で{h[-1]:.2f}になる。入力のない時刻のzは{z[0]:.2f}。"
    )


gates = Experiment(
    name="gates",
    title="GRUのゲートを動かす：書いた値は残るか",
    controls=(
        Slider("b_z", "更新ゲートのバイアス b_z", 4.0, low=-6, high=6, step=0.5),
        Slider("w_z", "入力から更新ゲートへの重み w_z", -6.0, low=-8, high=8, step=0.5),
        Slider(
            "b_r", "リセットゲートのバイアス b_r（2つ目は −b_r）", 2.0, low=-6, high=6, step=0.5
        ),
        Slider("w_h", "候補の W_h の倍率", 1.0, low=0, high=2, step=0.1),
        Choice("update", "z の流儀", "keep", options=UPDATES),
        Choice("reset", "リセットの場所", "before", options=RESETS),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "t=3 で $x=1$、t=12 で $x=-1$、ほかは $x=0$ です。2個のユニットのうち1つ目を描きます。"
        "t=3 で書いた値が t=20 まで残るか、t=12 の入力に壊されないかを見ます。"
    ),
    seen=r"""
既定では、$x=1$ のとき $z=\sigma(4-6)=0.12$ で書き込み、$x=0$ では $z=\sigma(4)=0.98$ で残します。
t=3 で0.85になった値は、t=20 で0.74です。$x=-1$ のときは $z=\sigma(10)\approx1$ なので、
壊されません。

$b_z=-2$ にすると、入力のない時刻でも $z=\sigma(-2)=0.12$ です。
毎時刻88%が候補に置き換わり、t=20 では0.00001になります。書き込み自体は起きています（t=3 で0.96）。

$z$ の流儀だけを「書き換える」にすると、同じ数値のまま、残すはずの時刻で書き換えます。
$b_z=-4,\ w_z=6$ と符号を反転すると、既定と同じ曲線に戻ります。
""",
    prediction=Prediction.of("gru-gates", {"b_z": -2.0}, "zero"),
    live=True,
    overlay=False,
    figsize=(9.0, 3.6),
)
