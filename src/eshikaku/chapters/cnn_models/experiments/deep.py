"""Degradation: a deeper plain net fits even its training data worse; shortcuts cure it."""

from eshikaku import nn
from eshikaku.chapters.cnn_models import networks
from eshikaku.experiments import (
    SEED,
    Curves,
    Prediction,
    Slider,
    Toggle,
    training,
)

LR, SIZE = 0.05, 32


def run(settings, curve):
    """Accuracy of each training batch before its update."""
    net = networks.deep(settings["depth"], settings["residual"], settings["seed"])
    steps = networks.train(net, nn.Momentum(LR), curve.updates, settings["seed"], SIZE)
    for _, right in steps:
        curve.add(right)
    return {
        "訓練データの正解率（最後の30回）": curve.last(30),
        "パラメータ数": sum(p.size for p in net.params.values()),
    }


deep = training(
    name="deep",
    title="層を深くする：訓練データに合わせられるか",
    controls=(
        Slider("depth", "重みをもつ層の数", 8, low=8, high=40, step=4, integer=True),
        Toggle("residual", "残差接続", False),
        SEED,
    ),
    run=run,
    updates=150,
    what="訓練データの正解率",
    panels=(
        Curves(
            "深くすると、訓練データに合うか",
            ylabel="訓練データの正解率（15回の平均）",
            smooth=15,
            levels=[(0.1, "でたらめに答える（1/10）")],
            percent=True,
            axes={"ylim": (0, 1.03)},
        ),
    ),
    look_for="縦軸は**訓練データ**の正解率です。どの層の後にもBatch Normalizationがあります。",
    seen=r"""
8層では7割を超える訓練データが正解になるのに、40層では2割以下です（種0〜2）。
訓練データにも合っていないので、過学習ではありません。**劣化問題**です。

40層のまま「残差接続」を入れると、8層と同じ程度か、それ以上に戻ります。
ショートカットは恒等写像なので、パラメータ数は変わりません。
""",
    prediction=Prediction.of("cnn-models-deep", {"depth": 40}, "down"),
    full={"updates": 500},
    full_minutes=1,
    short={"updates": 4},
    figsize=(7.2, 3.6),
)
