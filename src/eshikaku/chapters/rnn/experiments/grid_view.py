"""The grid view: 25 settings of the same network, trained at once."""

import numpy as np

from eshikaku import nn, plot
from eshikaku.chapters.rnn import adder
from eshikaku.chapters.rnn.experiments.binary_addition import ACTIVATIONS
from eshikaku.experiments import SEED, Choice, Prediction, Slider, training
from eshikaku.models.stacked import StackedRNN
from eshikaku.nn import Array

RATES = (0.1, 0.3, 1.0, 3.0, 10.0)
ROWS: dict[str, dict[str, nn.Initialiser]] = {
    "std": {f"{std:g}": nn.normal(std) for std in (0.01, 0.1, 0.3, 1.0, 3.0)},
    "init": {
        "正規 0.01": nn.normal(0.01),
        "正規 1": nn.normal(1.0),
        "Xavier": nn.xavier(),
        "He": nn.he(),
        "直交": nn.orthogonal(),
    },
}


def run(settings, curve):
    """25 trainings on the same 10 000 sums; share of sums with all digits right for each."""
    rows = list(ROWS[settings["rows"]].values())
    net = StackedRNN(
        [init for init in rows for _ in RATES],
        settings["hidden"],
        settings["activation"],
        settings["seed"],
    )
    lr = np.tile(np.array(RATES, np.float32), len(rows))[:, None, None]
    few = adder.held_out(100)
    curve.show(words=lambda: words_right(net.right(*few)))
    for x, t in adder.batches(settings["seed"]):
        logits = net.forward(x)
        net.update((nn.sigmoid(logits) - t.reshape(-1, 1)) / t.size, lr)
        curve.add()
    words = words_right(net.right(*adder.held_out(300)))
    curve.show(words=words)
    return {"99%以上になった設定の数（25個中）": int((words >= 0.99).sum())}


def words_right(right: Array) -> Array:
    """Which digits are right (S, T, N) → share of sums with all of them right, (rows, rates)."""
    return right.all(axis=1).mean(axis=-1).reshape(-1, len(RATES))


def draw(figure, runs):
    """The newest grid, with the one before it beside it for comparison."""
    shown = runs[-2:]
    axes = np.atleast_1d(figure.subplots(1, len(shown)))
    for ax, run_ in zip(axes, shown, strict=True):
        settings = run_.settings
        plot.heatmap(
            ax,
            np.round(run_.result.data["words"], 2),
            xlabel="学習率",
            ylabel="weight_init_std" if settings["rows"] == "std" else "初期化",
            limits=(0.0, 1.0),
            annotate=True,
            xticks=[f"{rate:g}" for rate in RATES],
            yticks=list(ROWS[settings["rows"]]),
            colorbar=False,
        )
        ax.set_title(f"{_name(settings)}：全桁正解の割合")
    figure.subplots_adjust(left=0.14, wspace=0.4)


def _name(settings):
    name = next(k for k, v in ACTIVATIONS.items() if v == settings["activation"])
    return f"{name}（H={settings['hidden']}）"


def alt(run_):
    """Which settings learned."""
    words = run_.result.data["words"]
    names = list(ROWS[run_.settings["rows"]])
    good = [f"{names[i]}×{RATES[j]:g}" for i, j in np.argwhere(words >= 0.99)]
    learned = "、".join(good) or "なし"
    return f"25設定の正解率の表、{_name(run_.settings)}。99%以上になった設定：{learned}。"


grid_view = training(
    name="grid-view",
    title="25個の設定を一度に学習する",
    controls=(
        Choice("activation", "隠れ層の活性化関数", "tanh", options=ACTIVATIONS),
        Choice("rows", "縦軸", "std", options={"weight_init_std": "std", "初期化の方法": "init"}),
        Slider("hidden", "隠れ層の大きさ H", 16, low=2, high=32, step=2, integer=True, unit="個"),
        SEED,
    ),
    run=run,
    updates=adder.SAMPLES // adder.BATCH,
    draw=draw,
    alt=alt,
    figsize=(8.4, 3.5),
    look_for=(
        "縦は重みの標準偏差、横は学習率です。マスの数は、見せていない8桁の和を全桁正解した割合です。"
        "明るいマスがどこに集まるかを見ます。"
    ),
    seen=r"""
$\tanh$ で学習できたのは、標準偏差 0.1〜0.3、学習率 0.3〜3 のあたりだけです。

sigmoidでは、明るいマスが**下（標準偏差 1〜3 が中心）と右（学習率 1〜10）へ移ります**。
1時刻分の $\partial h_t/\partial h_{t-1}$ は $W_h$ と傾き $f'$ の積です。
傾きの最大値は $\tanh$ が1、sigmoidが $1/4$ です。
同じ強さで状態を伝えるには、およそ4倍の標準偏差が要ります。
$0.3\times1$ と $1\times\frac14$ を比べてください。

「標準偏差1・学習率0.1」のような既定値は、活性化関数が変わると通用しません。
Xavierと Heは分散を入力数（と出力数）から決めます（「縦軸」を切り替えると見えます）。
""",
    prediction=Prediction.of("rnn-grid", {"activation": "sigmoid"}, "large"),
)
