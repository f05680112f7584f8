"""Forecasting a real series: one step ahead, free-running, and against the lag baseline."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from eshikaku import nn, plot
from eshikaku.experiments import SEED, Choice, Prediction, Slider, Toggle, training
from eshikaku.models.forecasting import Forecaster, Scaled
from eshikaku.models.training import after_updates, train
from eshikaku.tasks import series

LOADERS: dict[str, Callable[[], series.Series]] = {
    "sunspots": series.sunspots,
    "co2": series.co2,
    "sine": lambda: series.sine(noise=0.1),
}
WINDOW = 40
EPOCHS = 300


@lru_cache(maxsize=3)
def loaded(name: str) -> series.Series:
    """The series of that name, read once."""
    return LOADERS[name]()


def run(settings, curve):
    """Teacher forcing on windows of the first three quarters; forecasts of the last quarter."""
    data = Scaled.of(loaded(settings["series"]).values, settings["differences"])
    net = Forecaster(settings["hidden"], np.random.default_rng(settings["seed"]))
    x, t = series.windows(data.z[: data.cut], WINDOW, stride=5)
    optimiser, epochs = nn.Adam(settings["lr"]), [(x, t)] * curve.updates
    curve.show(found=lambda: forecasts(net, data))
    for value in after_updates(train(net, nn.SquaredError(), optimiser, epochs, clip=1.0)):
        curve.add(value)
    found = forecasts(net, data)
    return {
        "学習の損失": curve.last(),
        "RMSE 1時刻先": found["one_rmse"],
        "RMSE ラグ予測": found["lag_rmse"],
        "RMSE 自走": found["free_rmse"],
    }


def forecasts(net: Forecaster, data: Scaled) -> dict[str, Any]:
    """One step ahead and free-running, and the errors of both and of the lag forecast."""
    z = data.z[:, None, None]
    with net.evaluation():
        one = data.one_step(net(z[:-1])[data.cut - 1 :, 0, 0])
    free = data.free(net.free_run(z[: data.cut], len(z) - data.cut)[:, 0, 0])
    errors = {"one": one, "lag": data.lagged, "free": free}
    rmse = {f"{name}_rmse": series.rmse(y, data.truth) for name, y in errors.items()}
    return {"one": one, "free": free, **rmse}


def draw_errors(ax, runs):
    """Errors of all runs, in lag errors."""
    for run_ in runs:
        found = run_.result.data["found"]
        ratios = [found[f"{name}_rmse"] / found["lag_rmse"] for name in ("one", "free")]
        style = {**run_.style, "markevery": 1, "linestyle": "none", "markersize": 9}
        ax.plot([0, 1], ratios, label=run_.label, **style)
    ax.axhline(1, color=plot.COLORS["grey"], linewidth=1.2, linestyle=":")
    ax.set_yscale("log")
    ax.set_yticks([0.3, 1, 3, 10], ["0.3", "1", "3", "10"])
    ax.set_yticks([], minor=True)
    ax.set(title="1より下ならラグ予測に勝つ", ylabel="RMSE ÷ ラグ予測のRMSE", xlim=(-0.5, 1.5))
    ax.set_ylim(0.2, 20)
    ax.set_xticks([0, 1], ["1時刻先", "自走"])


def draw_series(ax, runs):
    """Truth and forecasts of the newest run."""
    run_ = runs[-1]
    known = loaded(run_.settings["series"])
    data = Scaled.of(known.values, run_.settings["differences"])
    start = data.cut + int(data.differences)
    shown = slice(max(start - 20, 0), start + 30)
    time = known.time[start:][:30]
    colors = plot.COLORS
    ax.plot(known.time[shown], known.values[shown], color=colors["truth"], lw=1.2, label="実測")
    for key, color, dash, label in (
        ("one", "train", "--", "1時刻先"),
        ("free", "prediction", "-.", "自走"),
    ):
        y = run_.result.data["found"][key][:30]
        ax.plot(time, y, color=colors[color], linestyle=dash, label=label)
    ax.axvline(time[0], color=colors["grey"], linewidth=1, linestyle=":")
    ax.set(
        title=f"{known.name}：予測はどこから実測と離れるか",
        xlabel="時刻" if known.unit == "時刻" else f"時刻（{known.unit}）",
        ylabel=known.quantity,
    )
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.2 * (high - low))
    ax.legend(loc="upper left", ncols=3, columnspacing=1.0, handlelength=2.2)


def alt(run_):
    """Errors in numbers."""
    found = run_.result.data["found"]
    return (
        f"{loaded(run_.settings['series']).name}の実測と予測の折れ線。"
        f"RMSEは1時刻先{found['one_rmse']:.3g}、ラグ予測{found['lag_rmse']:.3g}、"
        f"自走{found['free_rmse']:.3g}。"
    )


forecast = training(
    name="forecast",
    title="実データの予測：1時刻先と自走",
    controls=(
        Choice(
            "series",
            "系列",
            "sunspots",
            options={"太陽の黒点数": "sunspots", "CO₂濃度": "co2", "正弦波＋雑音": "sine"},
        ),
        Toggle("differences", "差分を学習する", False),
        Slider("hidden", "隠れ層の大きさ H", 16, low=2, high=64, step=2, integer=True, unit="個"),
        Slider("lr", "学習率（Adam）", 0.01, low=0.001, high=0.1, step=0.5, log=True),
        SEED,
    ),
    run=run,
    updates=300,
    panels=(draw_series, draw_errors),
    widths=(8, 4.5),
    alt=alt,
    short={"updates": 60},
    figsize=(8.0, 3.6),
    look_for=(
        "縦の点線より左で学習し、右を予測します。破線は毎回実測を入力した1時刻先の予測、"
        "一点鎖線は自分の予測を入力し続けた自走です。右の図で、1より下ならラグ予測に勝っています。"
    ),
    seen=r"""
**黒点数**：1時刻先のRMSEはラグ予測のおよそ0.6倍です。自走では1.6〜2.7倍に増えます（乱数の種4個）。
入力が自分の予測に変わると、予測の誤差が次の入力に入り、先へ行くほど山の時期と高さがずれるためです。

**CO₂**：1時刻先でもラグ予測に**負けます**（RMSEで2.5〜4.2倍）。濃度は右肩上がりで、予測する区間の値はどれも
学習した範囲の外にあります。$\tanh$ の状態は頭打ちになり、見たことのない高さを出せません。
線が実測の下に取り残される様子を確かめてください。

「差分を学習する」をオンにすると、入力の範囲が学習と同じになり、RMSEはラグ予測の約0.3倍になります。
線の形が似ていることは、予測できている証拠になりません。必ずラグ予測と比べます。
""",
    prediction=Prediction.of("rnn-forecast", {"series": "co2"}, "lose"),
)
