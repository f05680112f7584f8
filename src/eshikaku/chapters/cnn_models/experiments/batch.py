"""A dense network with batches of two: batch normalisation fails, layer normalisation does not."""

from eshikaku import nn
from eshikaku.chapters.cnn_models import networks
from eshikaku.experiments import (
    SEED,
    Choice,
    Curves,
    Prediction,
    Slider,
    training,
)

LR = 0.05


def run(settings, curve):
    """Train by SGD; the test now and then, as in evaluation."""
    seed, size = settings["seed"], settings["size"]
    _, _, x_test, t_test = networks.pictures(seed)
    net = networks.dense(settings["norm"], seed)
    for loss, _ in networks.train(net, nn.SGD(LR), curve.updates, seed, size):
        curve.add(loss)
        curve.every(100, test=lambda: networks.accuracy(net, x_test, t_test))
    return {
        "テスト（評価時の動作）": networks.accuracy(net, x_test, t_test),
        "テスト（学習時の動作）": networks.accuracy_in_batches(net, x_test, t_test, size),
    }


batch = training(
    name="batch",
    title="小さいバッチ：全結合のネットワークと正規化",
    controls=(
        Slider("size", "バッチの大きさ", 32, low=2, high=64, step=2, integer=True, unit="枚"),
        Choice("norm", "正規化", "batch", options=networks.NORMS),
        SEED,
    ),
    run=run,
    updates=1500,
    what="学習の損失",
    panels=(
        Curves("学習の損失は下がるか", ylabel="損失（50回の平均）", smooth=50),
        Curves(
            "評価時の動作で測ると", ylabel="テストの正解率", line="test", axes={"ylim": (0, 1.03)}
        ),
    ),
    look_for=(
        "右は、移動平均を使う評価時の動作で測ったテストの正解率です。"
        "表の「学習時の動作」は、テスト画像も同じ大きさのバッチに分け、その平均と分散を使った値です。"
    ),
    seen=r"""
バッチ32では、どの正規化も約9割です。
バッチ2では、BatchNormだけが約4〜6割に下がります。正規化なし、LayerNorm、GroupNormは8割前後です。

2枚で正規化すると、各特徴はどちらが大きいかで $+1$ と $-1$ になります
（差が $\varepsilon$ に比べて十分に大きいとき）。
1枚の出力が、もう1枚に大きく左右されます。学習時の動作で測っても、正解率は戻りません。
""",
    prediction=Prediction.of("cnn-models-batch", {"size": 2}, "collapse"),
    short={"updates": 60},
    figsize=(8.4, 3.4),
)
