"""|dL/dh_t| over t for many sizes of W_h at once: where gradients vanish and where they explode."""

from functools import lru_cache

import numpy as np

from eshikaku import nn, plot
from eshikaku.chapters.bptt.recurrent import state_gradients
from eshikaku.experiments import Choice, Experiment, Prediction, Result, Slider, saying
from eshikaku.nn import Array

HIDDEN = 24
RADII = 0.5 * 2 ** (np.arange(17) / 4)  # 0.5 … 8; the fifth is 1
ACTIVATIONS = {
    "恒等関数（活性化なし）": "identity",
    "tanh": "tanh",
    "シグモイド": "sigmoid",
    "ReLU": "relu",
}
KINDS = {"直交行列 × r": "orthogonal", "正規乱数（スペクトル半径 r）": "normal"}
REACH = 12.0  # powers of ten in the colours
SEEN = 36.0  # and beside them


@lru_cache(maxsize=2)
def unit_matrix(kind: str) -> Array:
    """(H, H) with spectral radius 1."""
    rng = np.random.default_rng(0)
    W = (nn.orthogonal() if kind == "orthogonal" else nn.normal(1.0))(rng, (HIDDEN, HIDDEN))
    return W / np.abs(np.linalg.eigvals(W)).max()


def run(settings, report):
    """The gradient at every t for 17 radii and for the one that was chosen."""
    radii = np.append(RADII, settings["radius"])
    W = radii[:, None, None] * unit_matrix(settings["matrix"])
    size = state_gradients(
        W, settings["steps"], settings["activation"], noise=settings["noise"], count=4
    )
    decades = np.log10(size)  # (R, T + 1)
    reached = decades[-1, 0]
    return Result(
        {"decades": decades},
        {
            "r": settings["radius"],
            "h₀での大きさ（h_Tを1として）": f"10の{reached:.1f}乗",
            "1時刻あたりの倍率": float(10 ** (reached / settings["steps"])),
        },
    )


def draw(figure, runs):
    """Left: map over radius and t, newest run. Right: one line for each run at its radius."""
    left, bar, gap, right = figure.subplots(1, 4, width_ratios=(40, 1.4, 15, 38))
    figure.subplots_adjust(left=0.07, right=0.98, bottom=0.15, top=0.88, wspace=0.03)
    gap.set_axis_off()
    plot.heatmap(
        left,
        runs[-1].result.data["decades"][:-1],
        xlabel="時刻 t",
        ylabel="r",
        center=0.0,
        limits=(-REACH, REACH),
        label="勾配の大きさ（10の何乗か）",
        yticks=[""] * len(RADII),
        colorbar=bar,
    )
    left.set_yticks(range(0, 17, 4), ["0.5", "1", "2", "4", "8"])
    left.set_title("白い帯（1倍）はどの r にあるか")
    for run_ in runs:
        style = {**run_.style, "markevery": 10}
        right.plot(run_.result.data["decades"][-1], label=run_.label, **style)
    right.axhline(0, color=plot.COLORS["grey"], linewidth=1)
    right.set(
        title="選んだ r での勾配",
        xlabel="時刻 t（右端 T から左へ戻る）",
        ylabel="10の何乗か",
        ylim=(-SEEN, SEEN),  # the same for all settings: their lines can be compared
    )
    right.legend(loc="lower right")


gradient_map = Experiment(
    name="gradient-map",
    title="勾配はどこまで戻るか",
    controls=(
        Choice("activation", "活性化関数", "tanh", options=ACTIVATIONS),
        Slider("radius", "W_h の大きさ r", 1.0, low=0.5, high=8.0, step=0.1),
        Slider("steps", "系列の長さ T", 50, low=10, high=150, step=10, integer=True),
        Slider("noise", "入力の標準偏差", 0.5, low=0.0, high=2.0, step=0.1),
        Choice("matrix", "行列", "orthogonal", options=KINDS),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "左は時刻とrに対する勾配の大きさの色の地図。右は r={radius} の折れ線で、"
        "時刻{steps}の1から時刻0の{h₀での大きさ（h_Tを1として）}へ変わる。"
    ),
    look_for=(
        "$|\\partial L/\\partial h_t|$ を、$t=T$ での大きさを1として描きます。"
        "紫の側が消失、橙の側が爆発です。白い帯が、勾配の届く設定です。"
    ),
    seen=r"""
既定（$\tanh$、$r=1$）では、50時刻さかのぼると $10^{-5.9}$ 倍（1時刻あたり0.76倍）です。
シグモイドにすると $10^{-32.3}$ 倍（1時刻あたり0.23倍）まで落ちます。
傾きの上限が1から1/4に下がり、それが50回掛かるためです。
$\lambda\gamma=1/4<1$ なので、消失は必然です。

- 恒等関数では、直交行列の $r$ 倍なら1時刻あたりちょうど $r$ 倍です。
  白い帯は $r=1$ の1行だけです。
- $\tanh$ の白い帯は、
  入力の標準偏差0.5では $r=1.5$ と2の間にあります（$r=1.5$ で $10^{-1.1}$、$r=2$ で $10^{1.6}$）。
  入力を0にすると傾きが1になり、帯は $r=1$ へ移ります。
- シグモイドは $r=4$ でも $10^{-11.8}$ です。
  $r=4$ は上限 $\lambda\gamma=1$ にあたりますが、傾きがいつも1/4とは限りません。

帯の幅は、$T$ を長くするほど狭くなります。
""",
    prediction=Prediction.of("bptt-gradient-map", {"activation": "sigmoid"}, "vanish"),
    live=True,
    figsize=(9.4, 4.0),
)
