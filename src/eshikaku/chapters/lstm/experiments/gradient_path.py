"""The gradient's path: along the cell, through everything, and through a simple RNN."""

from typing import Any

import numpy as np

from eshikaku import nn, plot
from eshikaku.experiments import SEED, Experiment, Prediction, Result, Slider, saying
from eshikaku.nn import Array

HIDDEN, INPUT = 8, 4


def layers(settings):
    """An LSTM and an RNN whose W_h have the same spectral radius in every gate."""
    rng = np.random.default_rng(settings["seed"])
    lstm = nn.LSTM(INPUT, HIDDEN, rng, forget_bias=settings["forget"])
    rnn = nn.RNN(INPUT, HIDDEN, rng)
    for layer, gates in ((lstm, 4), (rnn, 1)):
        for W in np.split(layer.params["W_h"], gates, axis=1):
            W *= settings["radius"] / np.abs(np.linalg.eigvals(W)).max()
    return lstm, rnn


def cell_jacobians(lstm: nn.LSTM, x: Array) -> tuple[Array, Array]:
    """(∏ f, dc_T/dc_t) for t = 1 … T: the path along the cell (T, H) and all paths (T, H, H).

    x: (T, 1, D). Row k of dc_T/dc_t is the gradient of component k of c_T, so H backward passes
    are run as one batch.
    """
    cell, state = lstm.cell().train(), None
    f = lstm.trace(x)["f"][:, 0]  # (T, H)
    for x_t in x:
        state = cell.forward(np.repeat(x_t, HIDDEN, axis=0), state)
    dh, dc = np.zeros((HIDDEN, HIDDEN)), np.eye(HIDDEN)
    total = np.empty((len(x), HIDDEN, HIDDEN))
    for t in reversed(range(len(x))):
        total[t] = dc
        if t:
            _, (dh, dc) = cell.backward(dh, dc)
    lstm.zero_grad()
    along = np.concatenate([np.cumprod(f[:0:-1], axis=0)[::-1], np.ones((1, HIDDEN))])
    return along, total


def rnn_jacobians(rnn: nn.RNN, x: Array) -> Array:
    """dh_T/dh_t for t = 1 … T: (T, H, H)."""
    h = rnn(x)[0][:, 0]
    rnn.forget()
    J, found = np.eye(HIDDEN), np.empty((len(x), HIDDEN, HIDDEN))
    for t in reversed(range(len(x))):
        found[t] = J
        J = (J * (1 - h[t] ** 2)) @ rnn.params["W_h"].T
    return found


def size(jacobians: Array) -> Array:
    """‖J‖_F / √H of each: 1 for the identity."""
    return np.sqrt(np.sum(jacobians**2, axis=(-2, -1)) / HIDDEN)


def run(settings, report):
    """Sizes of the three Jacobians, from the last step back to the first."""
    lstm, rnn = layers(settings)
    x = np.random.default_rng([settings["seed"], 1]).normal(size=(settings["length"], 1, INPUT))
    along, total = cell_jacobians(lstm, x)
    data = {
        "along": np.sqrt(np.mean(along**2, axis=1)),
        "total": size(total),
        "rnn": size(rnn_jacobians(rnn, x)),
    }
    return Result(
        data,
        {
            "セルの経路だけ（fの積）": float(data["along"][0]),
            "すべての経路": float(data["total"][0]),
            "単純RNN": float(data["rnn"][0]),
        },
    )


def draw(figure, runs):
    """Sizes on a log axis against the step they reach. Few artists: it follows sliders."""
    ax = figure.subplots()
    data = runs[-1].result.data
    t = np.arange(1, len(data["rnn"]) + 1)
    lines = {
        "along": ("LSTM：セルの経路だけ（f の積）", "forget", "-", "o"),
        "total": ("LSTM：すべての経路（セルとゲート）", "cell", "--", "D"),
        "rnn": ("単純RNN", "grey", ":", "s"),
    }
    for name, (label, color, dash, marker) in lines.items():
        style: dict[str, Any] = {"color": plot.COLORS[color], "linestyle": dash, "marker": marker}
        shown = np.where(data[name] > 0, data[name], np.nan)
        ax.plot(t, shown, **style, markersize=4, markevery=0.1, label=label)
    ax.axhline(1, color="#999999", linewidth=1)
    ax.set(
        title="最後の時刻の勾配は、最初まで届くか",
        xlabel="時刻 t（右端が最後の時刻 T）",
        ylabel="大きさ（単位行列なら1）",
        yscale="log",
        xlim=(0, len(t) + 1),
    )
    ax.set_ylim(1e-12, 1e6)
    for name, (_, color, *_) in lines.items():
        plot.mark_cut(ax, t, data[name], plot.COLORS[color], most=4)
    ax.legend(loc="upper left")
    figure.subplots_adjust(left=0.11, right=0.97, top=0.9, bottom=0.15)


gradient_path = Experiment(
    name="gradient-path",
    title="勾配の通り道：セルに沿うと何が掛かるか",
    controls=(
        Slider("forget", "忘却ゲートのバイアス b_f", 1.0, low=0.0, high=6.0, step=0.5),
        Slider("radius", "W_h のスペクトル半径", 1.0, low=0.25, high=4.0, step=0.25),
        Slider("length", "系列の長さ T", 50, low=10, high=100, step=10, integer=True),
        SEED,
    ),
    run=run,
    draw=draw,
    alt=saying(
        "時刻と勾配の大きさの片対数の折れ線。最初の時刻では、セルの経路だけで"
        "{セルの経路だけ（fの積）:.1e}、すべての経路で{すべての経路:.1e}、単純RNNで{単純RNN:.1e}。"
    ),
    look_for=(
        "最後の時刻の状態を、途中の時刻の状態で微分した大きさです。右端の1から始まり、"
        "左へさかのぼります。LSTMも単純RNNも学習前の乱数の重みです。"
    ),
    seen=r"""
$b_f=1$ では、セルの経路は50時刻で $10^{-7}$ 前後まで小さくなります。
$b_f=5$ にすると **0.6 ほど**残ります。
1時刻に掛かる数が $f$ そのもので、$0.73$ から $0.99$ に変わるためです。
$\sigma'(5)=0.007$ が掛かるのなら、逆にもっと小さくなったはずです。

「すべての経路」は、$h_{t-1}$ からゲートを通る道も足したものです。
$b_f=5$ では1を超えます（種0〜3で2.7〜6.1）。
スペクトル半径を4にすると、種1では約170倍になります。**ゲートは勾配爆発を防ぎません**。
そのためLSTMでも勾配クリッピングを使います。
""",
    prediction=Prediction.of("lstm-path", {"forget": 5.0}, "near-one"),
    live=True,
    overlay=False,
    figsize=(7.4, 3.5),
)
