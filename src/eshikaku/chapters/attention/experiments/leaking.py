"""What leaks where the causal mask is missing or comes too late: guessing throws of a die."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eshikaku.chapters.attention import dice
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

UPDATES, EVERY = 300, 20


def run(settings: Settings, report: Report) -> Result:
    """Train with the mask in that place; cross-entropy in training, and in use."""
    seed, updates = settings["seed"], settings.get("updates", UPDATES)
    net = dice.Guesser(settings["place"], seed)
    losses: list[float] = []
    steps: list[int] = []
    used: list[float] = []

    def so_far() -> Result:
        assert net.weights_seen is not None
        return Result(
            {
                "loss": np.array(losses),
                "steps": np.array(steps),
                "used": np.array(used),
                "weights": net.weights_seen[0].copy(),
            }
        )

    for step, loss in enumerate(dice.train(net, seed, updates)):
        losses.append(loss)
        if step % EVERY == 0:
            steps.append(step)
            used.append(dice.losses(net, seed, 100)[1])
        if step % 4 == 0:
            report(step, updates, so_far)
    at_once, one_by_one = dice.losses(net, seed)
    with net.evaluation():
        net(dice.throws(np.random.default_rng([seed, 3]), 1)[0])
    steps.append(updates)
    used.append(one_by_one)
    result = so_far()
    result.summary = {
        "損失（まとめて）": at_once,
        "損失（1つずつ）": one_by_one,
        "でたらめの損失 ln 6": dice.CHANCE,
    }
    return result


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Left: loss in training and in use. Right: weights of the newest run."""
    from eshikaku import plot

    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
    figure.subplots_adjust(left=0.08, right=0.985, top=0.9, bottom=0.15, wspace=0.25)
    for run_ in runs:
        data: dict[str, Any] = run_.result.data
        style = dict(run_.style)
        plot.loss_curve(left, data["loss"], label=run_.label, smooth=5,
                        **{**style, "markevery": 60})  # fmt: skip
        thin = {"color": style["color"], "linestyle": ":", "marker": "x", "markersize": 6}
        left.plot(data["steps"], np.minimum(data["used"], 6.6), **thin)
    left.axhline(dice.CHANCE, color=plot.COLORS["grey"], linewidth=1.2)
    left.text(
        0.99, dice.CHANCE + 0.08, "でたらめ ln 6", ha="right", va="bottom",
        transform=left.get_yaxis_transform(),
    )  # fmt: skip
    left.plot([], [], color="black", linestyle=":", marker="x", label="×：使うとき（1つずつ）")
    left.set(
        title="学習の損失（線）と、使うときの損失（×）", xlabel="更新回数", ylabel="損失",
        ylim=(0, 11.8), yticks=range(7),
    )  # fmt: skip
    left.legend(loc="upper right")
    weights = runs[-1].result.data["weights"]
    names = ["始", *map(str, range(1, len(weights)))]
    plot.heatmap(
        right, weights, limits=(0, 1), xlabel="見られる側（投げた順）", ylabel="見る側",
        label="重み", xticks=names, yticks=names,
    )  # fmt: skip
    right.set_title("最新の実行の重み（1つの列）")


def alt(run_: Run) -> str:
    """Loss in training and in use."""
    found, data = run_.result.summary, run_.result.data
    used = found.get("損失（1つずつ）", float(data["used"][-1]))
    return (
        f"サイコロの次の目を当てる学習の損失と、8×8の重みの図。{run_.label}では、"
        f"学習の最後の損失が{data['loss'][-1]:.2f}、1つずつ使うときの損失が{used:.2f}。"
    )


leak = Experiment(
    name="leak",
    title="マスクの漏れ：サイコロの次の目は当てられるか",
    controls=(
        Choice("place", "因果マスクの場所", "before", options=dice.PLACES),
        Slider("seed", "乱数の種", 0, low=0, high=4, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "8回投げたサイコロの、次の目をSelf-Attentionで当てます。過去から当てることはできないので、"
        r"正しいモデルの損失は $\ln6\approx1.79$ より下がりません。"
        "×は、未来がまだない状態で1つずつ当てさせたときの損失です（6.6より上は6.6に描きます）。"
    ),
    seen=r"""
softmaxの前に $-\infty$ を置くと、損失は1.79のまま下がりません。これが正しい結果です。

マスクをなくすと、損失は0.24ほどまで下がります。時刻 $t$ の重みが $t+1$（答えの入った所）に集まり、
最後の1回を除いて答えを写しています。最後の1回だけは見えないので、$\ln6/8=0.22$ が下限です。
使うときには未来がないので、損失は3〜6に上がります。

softmaxの後に0を掛けても、損失は0.6ほどまで下がります。図の未来の重みは0なのに、漏れています。
分母 $\sum_j e^{e_{tj}}$ に未来のスコアが入っているため、残った重みの**和**が未来で変わります。
モデルはその和から答えを読み取りました。使うときの損失は20前後です。

後に0を掛けて和を1に戻すと、分母の未来は約分で消え、前に $-\infty$ を置いたのと同じ値になります。
""",
    prediction=Prediction(
        {"place": "after"}, ask="attention-leak-predict-01", reason="attention-leak-reason-01"
    ),
    short={"updates": 60},
    figsize=(9.2, 3.9),
)
