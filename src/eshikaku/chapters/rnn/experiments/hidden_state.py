"""The hidden-state viewer: which unit is the carry?"""

from functools import lru_cache

import numpy as np

from eshikaku import plot
from eshikaku.chapters.rnn import adder
from eshikaku.experiments import Choice, Experiment, Prediction, Result, Slider
from eshikaku.nn import Array
from eshikaku.tasks.addition import carries, from_bits, to_bits

TOP, BOTTOM = 4.4, 11.4  # where the units are drawn, below four rows of digits
NETS = {"手で決めた重み（ReLU 3個）": "hand", "学習した重み（tanh 16個）": "trained"}


@lru_cache(maxsize=2)
def _net(name: str) -> tuple[adder.Adder, Array]:
    """The network and the correlation of its units with the carry."""
    net = adder.hand_made() if name == "hand" else adder.trained()
    return net, adder.carry_correlation(net, adder.held_out()[0])


def run(settings, report):
    """h_t of every unit while a + b is read from the lowest digit."""
    net, correlation = _net(settings["weights"])
    digits = to_bits(np.array([[settings["a"], settings["b"]]]), adder.BITS)  # (T, 1, 2)
    x = digits.astype(np.float32)
    with net.evaluation():
        h, _ = net.rnn(x)
        answer = (net.out(h)[:, 0, 0] > 0).astype(int)
    total = int(from_bits(answer))
    return Result(
        {
            "h": h[:, 0].T,  # (H, T)
            "rows": np.stack(
                [
                    digits[:, 0, 0],
                    digits[:, 0, 1],
                    carries(*digits.transpose(2, 0, 1))[:, 0],
                    answer,
                ]
            ),
            "correlation": correlation,
        },
        {
            "ネットワークの答え": total,
            "正しい和": settings["a"] + settings["b"],
            "相関 |r| ≥ 0.9 のユニット": int((np.abs(correlation) >= 0.9).sum()),
        },
    )


def draw(figure, runs):
    """Digits on top, hidden units below; beside each unit its correlation with the carry.

    Two axes and few artists: this figure follows a slider.
    """
    data = runs[-1].result.data
    h, rows = data["h"][:, ::-1], data["rows"][:, ::-1]
    correlation = np.abs(data["correlation"])
    H, T = h.shape
    ax, bars = figure.subplots(1, 2, width_ratios=(3, 1))

    ax.imshow(rows, extent=(0, T, 4, 0), aspect="auto", cmap="Greys", vmin=0, vmax=2.5)
    for value in (0, 1):
        row, column = np.nonzero(rows == value)
        style = {"color": "black", "marker": f"${value}$", "linestyle": "none", "markersize": 8}
        ax.plot(column + 0.5, row + 0.5, **style)
    reach = float(np.abs(h).max()) or 1.0
    ax.imshow(
        h,
        extent=(0, T, BOTTOM, TOP),
        aspect="auto",
        interpolation="nearest",
        cmap="PuOr_r",
        vmin=-reach,
        vmax=reach,
    )
    units = TOP + (np.arange(H) + 0.5) * (BOTTOM - TOP) / H
    every = 1 if H < 8 else 3
    names = ["a", "b", "繰り上がり", "答え", *(f"ユニット{k + 1}" for k in range(0, H, every))]
    ax.set_yticks([0.5, 1.5, 2.5, 3.5, *units[::every]], names)
    ax.set_xticks(np.arange(T) + 0.5, [str(T - k) for k in range(T)])
    ax.set(xlim=(0, T), ylim=(BOTTOM, 0), xlabel="時刻 t（右から左へ読む。右端が最下位の桁）")
    ax.set_title("「繰り上がり」と同じ模様のユニットはどれか")

    for strong, color in ((False, "grey"), (True, "good")):
        chosen = (correlation >= 0.9) == strong
        style = {"color": plot.COLORS[color], "linewidth": min(100 / H, 14)}
        bars.hlines(units[chosen], 0, correlation[chosen], **style)
    bars.plot(correlation[correlation >= 0.9] - 0.06, units[correlation >= 0.9], "w*", ms=8)
    bars.set(xlim=(0, 1), ylim=(BOTTOM, 0), yticks=[], xticks=[0, 0.5, 1])
    bars.set_xlabel("|r|（★ 0.9以上）")
    ax.grid(False)
    bars.grid(False)
    figure.subplots_adjust(left=0.13, right=0.97, top=0.91, bottom=0.13, wspace=0.04)


def alt(run_):
    """What is added and which unit follows the carry."""
    settings, found = run_.settings, run_.result.data
    best = int(np.argmax(np.abs(found["correlation"])))
    return (
        f"{settings['a']}＋{settings['b']}を下の桁から読むときの隠れ状態の図。"
        f"繰り上がりと最もよくそろうのはユニット{best + 1}で、"
        f"|r|は{abs(found['correlation'][best]):.2f}。"
    )


hidden_state = Experiment(
    name="hidden-state",
    title="隠れ状態を見る：どのユニットが繰り上がりか",
    controls=(
        Choice("weights", "重み", "hand", options=NETS),
        Slider("a", "足す数 a", 45, low=0, high=127, step=1, integer=True),
        Slider("b", "足す数 b", 19, low=0, high=127, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "色が $h_t$ の値です。上の「繰り上がり」の行と同じ模様のユニットを探します。"
        "右の棒は、500個の和で測った繰り上がりとの相関 $|r|$ です。"
    ),
    seen=r"""
手で決めたネットワークでは、ユニット2が $\mathrm{ReLU}(s_t-1)$、つまり
「足す3つの数に1が2個以上あるか」です（$|r|=0.92$）。

学習したネットワークでは、16個のうち**1個（ユニット15）だけ**が
$|r|=0.98$ で繰り上がりと同じ動きをします。
学習で与えたのは和の桁だけで、繰り上がりは一度も教えていません。次の桁を当てるのに要るので、状態の中に現れました。

ただし、1個では足りません。桁は $s_t=1,3$ で1、$s_t=0,2$ で0です。$s_t$ に対して行き来するので、
$s_t\ge1$ に反応するユニット（ここではユニット16）などと合わせて、引き算で桁を作ります。
これは手で決めた $h_1-2h_2+2h_3$ と同じしくみです。
""",
    prediction=Prediction.of("rnn-viewer", {"weights": "trained"}, "one"),
    live=True,
    overlay=False,
    figsize=(8.4, 4.6),
)
