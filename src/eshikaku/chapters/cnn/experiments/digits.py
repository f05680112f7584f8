"""Digits by a CNN and by a dense network of its size, with few and with many images."""

from __future__ import annotations

from eshikaku.chapters.cnn import networks
from eshikaku.experiments import (
    SEED,
    Choice,
    Curve,
    Curves,
    Prediction,
    Settings,
    Slider,
    Summary,
    training,
)


def run(settings: Settings, curve: Curve) -> Summary:
    """Train on the first images; accuracy on the 1000 test images now and then."""
    seed, count = settings["seed"], settings["images"]
    x, t, x_test, t_test = networks.pictures(seed)
    _, _, x_moved, _ = networks.pictures(seed, shift=3)
    net = networks.network(settings["network"], seed)
    for _, right in networks.train(net, x[:count], t[:count], curve.updates, seed):
        curve.add(right)
        curve.every(40, test=lambda: networks.accuracy(net, x_test, t_test))
    return {
        "テストの正解率": networks.accuracy(net, x_test, t_test),
        "3画素ずらしたテスト": networks.accuracy(net, x_moved, t_test),
        "パラメータ数": sum(p.size for p in net.params.values()),
    }


digits = training(
    name="digits",
    title="数字の分類：畳み込みは何に強いか",
    controls=(
        Choice("network", "ネットワーク", "cnn", options=networks.KINDS),
        Slider("images", "学習に使う画像", 1000, low=200, high=4000, step=200, integer=True),
        SEED,
    ),
    run=run,
    updates=400,
    what="学習中の正解率",
    panels=(
        Curves("学習画像", ylabel="正解率（20回の平均）", smooth=20, axes={"ylim": (0, 1.03)}),
        Curves("テスト画像", ylabel="正解率", line="test", axes={"ylim": (0, 1.03)}),
    ),
    look_for="学習画像とテスト画像の正解率の差を比べます。表には、3画素ずらしたテストもあります。",
    seen=r"""
全結合の方がパラメータは多い（9550個と5994個）のに、テスト画像の正解率はCNNが上です。
畳み込みは重みを全位置で使うので、1か所で学んだ縁や角を、ほかの場所でも検出できます。

3画素ずらすと、どちらも下がります。畳み込みは同変ですが、最後の全結合層が位置を見ているためです。
""",
    prediction=Prediction.of("cnn-digits", {"network": "dense"}, "down"),
    short={"updates": 20},
    figsize=(8.4, 3.4),
)
