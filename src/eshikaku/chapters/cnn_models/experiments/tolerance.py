"""Small initial weights and large learning rates, with and without normalisation."""

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

SIZE = 32


def run(settings, curve):
    """Accuracy of each training batch before its update."""
    net = networks.convolutional(settings["norm"], settings["seed"], settings["gain"])
    steps = networks.train(net, nn.SGD(settings["lr"]), curve.updates, settings["seed"], SIZE)
    for loss, right in steps:
        curve.add(right, loss=loss)
    return {"訓練データの正解率（最後の20回）": curve.last(20)}


tolerance = training(
    name="tolerance",
    title="初期値と学習率：正規化で何に強くなるか",
    controls=(
        Choice("norm", "正規化", "none", options=networks.NORMS),
        Slider("gain", "Heの初期値の何倍か", 0.2, low=0.1, high=2.0, step=0.1, unit="倍"),
        Slider("lr", "学習率", 0.05, low=0.05, high=1.0, step=0.05),
        SEED,
    ),
    run=run,
    updates=80,
    what="訓練データの正解率",
    panels=(
        Curves(
            "学習が始まるか",
            ylabel="訓練データの正解率（10回の平均）",
            smooth=10,
            levels=[(0.1, "でたらめに答える（1/10）")],
            percent=True,
            axes={"ylim": (0, 1.03)},
        ),
        Curves(
            "損失は下がるか",
            ylabel="損失（10回の平均）",
            line="loss",
            smooth=10,
            axes={"ylim": (0, 3)},
        ),
    ),
    look_for=(
        "畳み込み6層のネットワークです。"
        "初期値を小さくすると、正規化なしでは値が層ごとに小さくなります。"
    ),
    seen=r"""
正規化なし、0.2倍の初期値では約1割（でたらめ）のままです。
6層で値が $0.2^6\approx6\times10^{-5}$ 倍になります。
BatchNormを入れると、学習できます。
$\mathrm{BN}(aWx)=\mathrm{BN}(Wx)$ なので、始めの倍率が出力に現れません。

倍率を1、学習率を0.5にしても比べてください。正規化なしでは学習が不安定になります。
""",
    prediction=Prediction.of("cnn-models-tolerance", {"norm": "batch"}, "cured"),
    short={"updates": 5},
    figsize=(8.4, 3.4),
)
