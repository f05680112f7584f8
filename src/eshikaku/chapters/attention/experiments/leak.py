"""What leaks where the causal mask is missing or comes too late: guessing throws of a die."""

from dataclasses import replace

import numpy as np

from eshikaku import plot
from eshikaku.experiments import SEED, Choice, Curves, Prediction, saying, training
from eshikaku.models import guessing
from eshikaku.tasks import dice

TOP = 6.6  # of the losses that are drawn


def run(settings, curve):
    """Train with the mask in that place; cross-entropy in training, and in use."""
    seed = settings["seed"]
    net = guessing.Guesser(settings["place"], seed)

    def weights() -> np.ndarray:
        assert net.weights_seen is not None
        return net.weights_seen[0].copy()

    curve.show(weights=weights)
    for loss in guessing.train(net, seed, curve.updates):
        curve.add(loss)
        curve.every(20, used=lambda: guessing.losses(net, seed, 100)[1])
    at_once, one_by_one = guessing.losses(net, seed)
    with net.evaluation():
        net(dice.throws(np.random.default_rng([seed, 3]), 1)[0])
    curve.put(used=one_by_one)
    return {
        "損失（まとめて）": at_once,
        "損失（1つずつ）": one_by_one,
        "でたらめの損失 ln 6": dice.CHANCE,
    }


def draw_used(ax, runs):
    """Losses in use, one throw at a time; above the edge as triangles on it."""
    for run_ in runs:
        at, used = run_.result.data["at"]["used"], run_.result.data["used"]
        thin = {"color": run_.style["color"], "linestyle": ":", "marker": "x", "markersize": 6}
        ax.plot(at, np.where(used <= TOP, used, np.nan), **thin)
        plot.mark_cut(ax, at, used, run_.style["color"], most=len(at))
    ax.plot([], [], color="black", linestyle=":", marker="x", label="×：使うとき（1つずつ）")


def draw_weights(ax, runs):
    """Weights of the newest run."""
    weights = runs[-1].result.data["weights"]
    names = ["始", *map(str, range(1, len(weights)))]
    plot.heatmap(
        ax, weights, limits=(0, 1), xlabel="見られる側（投げた順）", ylabel="見る側",
        xticks=names, yticks=names, colorbar=False,
    )  # fmt: skip
    ax.set_title("最新の実行の重み（黒0〜黄1）")


leak = training(
    name="leak",
    title="マスクの漏れ：サイコロの次の目は当てられるか",
    controls=(
        Choice("place", "因果マスクの場所", "before", options=guessing.PLACES),
        replace(SEED, high=4),
    ),
    run=run,
    updates=300,
    panels=(
        Curves(
            "学習の損失（線）と、使うときの損失（×）",
            ylabel="損失",
            smooth=5,
            levels=[(dice.CHANCE, "でたらめ ln 6")],
            axes={"ylim": (0, TOP)},
            extra=draw_used,
        ),
        draw_weights,
    ),
    widths=(1.5, 1),
    alt=saying(
        "サイコロの次の目を当てる学習の損失と、8×8の重みの図。{label}では、"
        "学習の損失が{損失（まとめて）:.2f}、1つずつ使うときの損失が{損失（1つずつ）:.2f}。"
    ),
    figsize=(9.2, 4.1),
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
    prediction=Prediction.of("attention-leak", {"place": "after"}, "down"),
    short={"updates": 60},
)
