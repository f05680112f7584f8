"""Binary addition: what the state is for, and what it takes to learn it."""

import numpy as np

from eshikaku.chapters.rnn import adder
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, training

ACTIVATIONS = {"tanh": "tanh", "sigmoid": "sigmoid", "ReLU": "relu"}


def run(settings, curve):
    """10 000 sums in batches of 16, plain SGD; digits of held-out sums every 10 updates."""
    net = adder.Adder(
        settings["hidden"],
        np.random.default_rng(settings["seed"]),
        nonlinearity=settings["activation"],
        init=adder.initialiser(settings["init"], settings["std"]),
    )
    few = adder.held_out(300)
    for loss in adder.train(net, settings["lr"], adder.batches(settings["seed"])):
        curve.add(loss)
        curve.every(10, digits=lambda: adder.right(net, *few).mean())
    correct = adder.right(net, *adder.held_out())
    return {
        "最後の損失": curve.last(20),
        "桁の正解率": float(correct.mean()),
        "8桁すべて正解": float(correct.all(axis=0).mean()),
    }


binary_addition = training(
    name="binary-addition",
    title="2進数の足し算：繰り上がりを覚えるか",
    controls=(
        Choice(
            "init",
            "初期化",
            "normal",
            options={"正規分布": "normal", "Xavier": "xavier", "He": "he"},
            help="Xavierの分散は 2/(入力数+出力数)、Heの分散は 2/入力数",
        ),
        Slider(
            "std",
            "weight_init_std",
            0.32,
            help="重みの標準偏差。初期化が正規分布のときだけ効く",
            low=0.01,
            high=3.2,
            step=0.5,
            log=True,
        ),
        Slider("lr", "学習率", 1.0, low=0.01, high=10.0, step=0.5, log=True),
        Slider("hidden", "隠れ層の大きさ H", 16, low=1, high=64, step=1, integer=True, unit="個"),
        Choice("activation", "隠れ層の活性化関数", "tanh", options=ACTIVATIONS),
        SEED,
    ),
    run=run,
    updates=adder.SAMPLES // adder.BATCH,
    what="足し算の学習",
    panels=(
        Curves(
            "損失が落ちる更新回数を見る",
            ylabel="損失（1桁あたり、10回の平均）",
            smooth=10,
            levels=[(float(np.log(2)), "ln 2（五分五分と答える）")],
            axes={"ylim": (0, 2)},
        ),
        Curves(
            "見せていない和の桁の正解率",
            ylabel="正解率",
            line="digits",
            percent=True,
            axes={"ylim": (0.4, 1.03)},
        ),
    ),
    figsize=(8.4, 3.7),
    look_for=(
        "8桁の足し算を1万個、16個ずつ学びます。損失が落ちはじめる更新回数と、"
        "右の正解率が1になるかを見ます。"
    ),
    seen=r"""
標準偏差 0.32 では、100〜250回の更新で損失が落ち、桁の正解率が1になります。

0.01 では、625回の更新のあいだ損失は $\ln 2 = 0.693$ から動きません。
$h_t \approx 0$ なので、$W_y$ の勾配（$h_t$ に比例）も、
$W_x, W_h$ の勾配（$W_y$ に比例）もほぼ0です。
よい標準偏差は $1/\sqrt{H}=0.25$ の前後で、Xavierはこれを $H$ から決めます。
$H=64$ では0.32は大きすぎ（$1/\sqrt{64}=0.125$）、損失はXavierの10倍前後か、それ以上で終わります。

3.2 では反対に $|a_t|$ が大きく、$\tanh$ の出力は $\pm1$ に張りつきます。
損失は乱れたまま下がりません。
""",
    prediction=Prediction.of("rnn-addition", {"std": 0.01}, "stay"),
)
