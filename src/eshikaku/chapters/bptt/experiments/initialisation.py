"""Initial W_h: the gradient before the first update, and whether the training then succeeds."""

from collections.abc import Callable

import numpy as np

from eshikaku import nn
from eshikaku.chapters.bptt import recurrent
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, saying, training
from eshikaku.nn import Array

HIDDEN, UPDATES = 32, 250

INITIALISERS: dict[str, Callable[[], nn.Initialiser]] = {
    "small": lambda: nn.normal(0.01),
    "xavier": nn.xavier,
    "he": nn.he,
    "identity": nn.identity,
    "orthogonal": nn.orthogonal,
}
CHOICES = {
    "正規分布（標準偏差 0.01）": "small",
    "Xavier": "xavier",
    "He": "he",
    "単位行列": "identity",
    "直交行列": "orthogonal",
}


def first_gradients(net: recurrent.Recall, steps: int) -> Array:
    """|dL/dh_t| for t = 1 … T of an untrained network, the mean over 32 sequences."""
    x, target = recurrent.recall(np.random.default_rng(1), steps, 32)
    rnn, loss_fn = net.rnn, nn.SoftmaxCrossEntropy()
    h, last = rnn(x)
    loss_fn(net.out(last), target)
    g = net.out.backward(loss_fn.backward()).astype(float)  # dL/dh_T
    rnn.forget()
    net.zero_grad()
    sizes = []
    for h_t in h[::-1]:
        sizes.append(float(np.linalg.norm(g, axis=-1).mean()))
        g = (g * rnn.activation.df(h_t)) @ rnn.params["W_h"].T
    return np.array(sizes[::-1])


def run(settings, curve):
    """Train once from the chosen start."""
    rng = np.random.default_rng(settings["seed"])
    net = recurrent.Recall(
        HIDDEN,
        rng,
        nonlinearity=settings["activation"],
        init_h=INITIALISERS[settings["init"]](),
    )
    first = np.log10(np.maximum(first_gradients(net, settings["steps"]), 1e-40))
    curve.show(first=first)
    for loss in recurrent.train(net, settings["steps"], curve.updates, rng):
        curve.add(loss)
    return {
        "正解率（でたらめなら25%）": net.accuracy(settings["steps"]),
        "学習前の勾配（t=1）": f"t=Tの10の{first[0] - first[-1]:.1f}乗倍",
    }


def draw_gradients(ax, runs):
    """The gradient before training."""
    for run_ in runs:
        first = run_.result.data["first"]
        style = {**run_.style, "markevery": 0.2}
        ax.plot(np.arange(1, len(first) + 1), first - first[-1], label=run_.label, **style)
    ax.set(
        title="学習前に勾配は先頭まで届くか", xlabel="時刻 t", ylabel="$|dL/dh_t|$（10の何乗か）"
    )


initialisation = training(
    name="initialisation",
    title="W_h の初期値：先頭の記号を覚えられるか",
    controls=(
        Choice("init", "W_h の初期値", "orthogonal", options=CHOICES),
        Choice(
            "activation",
            "活性化関数",
            "tanh",
            options={"tanh": "tanh", "ReLU": "relu", "シグモイド": "sigmoid"},
        ),
        Slider("steps", "系列の長さ T", 20, low=5, high=60, step=5, integer=True),
        SEED,
    ),
    run=run,
    updates=UPDATES,
    panels=(
        draw_gradients,
        Curves(
            "損失は ln 4 から離れるか",
            ylabel="損失（5回の平均）",
            smooth=5,
            levels=[(float(np.log(4)), "ln 4（でたらめ）")],
            axes={"ylim": (-0.05, 2.0)},
        ),
    ),
    alt=saying(
        "左は学習前の勾配で、t=1 では{学習前の勾配（t=1）}。"
        "右は学習曲線で、終わりの正解率は{正解率（でたらめなら25%）:.0%}。"
    ),
    figsize=(9.4, 4.1),
    look_for=(
        "先頭の記号（4種類）を、雑音を読み終えてから答える課題です。"
        "左の線が左端で落ちている設定は、右の損失が ln 4 から動きません。"
    ),
    seen=r"""
標準偏差0.01では正解率が約25%、でたらめに選ぶのと同じままです。
学習前の勾配は、先頭の時刻で最後の時刻の $10^{-25}$ 倍しかありません。
$W_h$ が小さく、1時刻ごとに約1/20になるためです。
重みは、届いた勾配の向きにしか動きません。

直交行列（$10^{-1.0}$ 倍）、Xavier（$10^{-1.8}$ 倍）、単位行列（$10^{-0.4}$ 倍）では100%です。
シグモイドは、直交行列から始めても $10^{-12}$ 倍で、$T=20$ を解けません。
左の線を見れば、学習する前に結果が分かります。
""",
    prediction=Prediction.of("bptt-initialisation", {"init": "small"}, "chance"),
)
