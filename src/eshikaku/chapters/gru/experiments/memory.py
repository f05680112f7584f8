"""The memory task: RNN, LSTM and GRU, and the bias that keeps."""

from eshikaku.chapters.gru import networks
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, training


def run(settings, curve):
    """Train on the memory task; accuracy of each batch, which is fresh, before its update."""
    net = networks.recaller(settings["model"], settings["seed"], settings["keep"])
    data = networks.recalls(settings["seed"], curve.updates, settings["length"])
    for _, accuracy in networks.train(net, 0.01, data):
        curve.add(accuracy)
    return {
        "最後の20回の正解率": curve.last(20),
        "95%に届いた更新": curve.reached(0.95, smooth=10) or "届かない",
        "パラメータ数": net.size,
    }


memory = training(
    name="memory",
    title="記憶課題：先頭の記号を最後に答える",
    controls=(
        Choice("model", "ネットワーク", "GRU", options={k: k for k in networks.KINDS}),
        Slider("length", "系列の長さ T", 20, low=10, high=120, step=10, integer=True),
        Slider("keep", "残す側のバイアスの初期値", 0.0, low=0, high=6, step=0.5),
        SEED,
    ),
    run=run,
    updates=250,
    what="記憶課題の正解率",
    panels=Curves(
        "正解率が1に届くか、何回の更新で届くか",
        ylabel="正解率（直近10回の平均）",
        smooth=10,
        levels=[(0.25, "でたらめに答える（1/4）")],
        percent=True,
        axes={"ylim": (0, 1.05)},
    ),
    look_for=(
        "先頭の記号（4種類）を、$T-1$ 個の無関係な記号を読んだあとで答えます。"
        "「残す側のバイアス」はGRUの $b_z$、LSTMの $b_f$（$b_i$ は符号を逆にした値）です。"
        "単純RNNにはありません。"
    ),
    seen=r"""
既定の $T=20$ は、160回ほどの更新で解けます。単純RNNはもっと早く、30〜60回で解きます。

$T=100$ では、1/4（でたらめ）から動きません。$b_z=0$ だと $z\approx0.5$ で、
$0.5^{100}\approx10^{-30}$ しか残らず、勾配も届かないためです。

残す側のバイアスを4.5（$\ln100\approx4.6$）にすると、100回ほどの更新で解けます。
LSTMも $b_f=4.5,\ b_i=-4.5$ で同じように解けます。効いたのは構造の差ではなく、初期値です。
""",
    prediction=Prediction.of("gru-memory", {"length": 100}, "chance"),
    short={"updates": 40},
)
