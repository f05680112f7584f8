"""A way round the steps: a connection over k steps, and leaky units."""

import numpy as np

from eshikaku import nn
from eshikaku.chapters.bptt import recurrent
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, training


def run(settings, curve):
    """Train on the memory task; accuracy on sequences that were not trained on."""
    rng, length = np.random.default_rng(settings["seed"]), settings["length"]
    net = recurrent.LongRecall(
        settings["kind"], rng, skip=settings["skip"], alpha=settings["alpha"]
    )
    losses = recurrent.train(net, length, curve.updates, rng, optimiser=nn.Adam(0.005))
    for loss in losses:
        curve.add(loss)
        curve.every(25, test=lambda: net.accuracy(length))
    curve.put(test=net.accuracy(length))
    return {"正解率（見せていない系列）": net.accuracy(length), "パラメータ数": net.size}


shortcuts = training(
    name="shortcuts",
    title="近道をつくる：時間方向のスキップ接続とリーキーユニット",
    controls=(
        Choice(
            "kind",
            "ネットワーク",
            "leaky",
            options={"単純RNN": "rnn", "スキップ接続": "skip", "リーキーユニット": "leaky"},
        ),
        Slider("length", "系列の長さ T", 30, low=10, high=60, step=10, integer=True),
        Slider("skip", "飛ばす時刻の数 k", 5, low=2, high=20, step=1, integer=True),
        Slider("alpha", "残す割合 α", 0.9, low=0.5, high=0.98, step=0.02),
        SEED,
    ),
    run=run,
    updates=300,
    what="記憶課題の損失",
    panels=(
        Curves("損失が下がるか", ylabel="損失（直近10回の平均）", smooth=10),
        Curves(
            "先頭の記号を答えられるか",
            ylabel="正解率",
            line="test",
            levels=[(0.25, "でたらめに答える（1/4）")],
            percent=True,
            axes={"ylim": (0, 1.05)},
        ),
    ),
    look_for=(
        "先頭の記号（4種類）を、$T-1$ 個の無関係な記号を読んだあとで答えます。"
        "単純RNNの勾配が届かない長さで、近道があると解けるかを見ます。"
        "$k$ はスキップ接続、$\\alpha$ はリーキーユニットだけで使います。"
    ),
    seen=r"""
既定（$\alpha=0.9$、$T=30$）では、300回の更新で、見せていない系列も全部答えられます。
単純RNNに替えると、でたらめの1/4から動きません。スキップ接続（$k=5$）に替えると、また解けます。

$\alpha$ を0.5に下げると、正解率は5割ほどで止まります。$0.9^{29}\approx0.05$ は残りますが、
$0.5^{29}\approx2\times10^{-9}$ はほとんど残りません。

どちらの近道も、長さに合わせて $k$ や $\alpha$ を人が決めます。
時刻ごとに残す割合を計算させるのが、03章で扱うゲートです。
""",
    prediction=Prediction.of("bptt-shortcuts", {"alpha": 0.5}, "half"),
    short={"updates": 25, "length": 10},
)
