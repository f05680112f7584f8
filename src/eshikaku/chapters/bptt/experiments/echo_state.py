"""Echo state network on the Mackey–Glass series, beside a linear regression on the past."""

from functools import lru_cache

import numpy as np

from eshikaku import nn, plot
from eshikaku.experiments import SEED, Experiment, Prediction, Result, Slider, saying
from eshikaku.nn import Array
from eshikaku.tasks.chaos import mackey_glass

TRAIN, WASHOUT, RUN = 2000, 100, 200
STARTS = tuple(range(2050, 3050, 50))  # where the free runs begin, after the training part
RADII = (0.1, 0.3, 0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5)
CLOSE = 0.4  # the forecast holds while it is nearer than this many standard deviations


@lru_cache(maxsize=1)
def series() -> Array:
    """(T,), the training part with mean 0 and standard deviation 1."""
    x = mackey_glass(STARTS[-1] + RUN + 1)
    return (x - x[:TRAIN].mean()) / x[:TRAIN].std()


def valid_steps(forecast: Array) -> Array:
    """Steps until each forecast (RUN, N) from STARTS is off by more than CLOSE.  (N,)."""
    x = series()
    truth = np.stack([x[s + 1 : s + 1 + RUN] for s in STARTS], axis=1)
    off = ~(np.abs(forecast - truth) < CLOSE)
    return np.where(off.any(axis=0), off.argmax(axis=0), RUN)


def reservoir(settings, radius):
    """A trained network and its states at the STARTS, (N, H)."""
    x = series()[:, None, None]
    network = nn.EchoStateNetwork(
        1,
        settings["hidden"],
        np.random.default_rng(settings["seed"]),
        spectral_radius=radius,
        input_scale=settings["scale"],
        alpha=settings["alpha"],
    )
    state = network.fit(x[:TRAIN], x[1 : TRAIN + 1], ridge=settings["ridge"], washout=WASHOUT)
    h, _ = network.states(x[TRAIN : STARTS[-1]], state)
    return network, h[np.array(STARTS) - TRAIN - 1, 0]


def free_run(settings, radius):
    """Forecasts (RUN, N) from all STARTS, each prediction being the next input."""
    network, state = reservoir(settings, radius)
    first = series()[list(STARTS)][:, None]  # (N, 1)
    with np.errstate(all="ignore"):
        return network.generate(first, RUN, state)[..., 0]


@lru_cache(maxsize=1)
def linear_run(lags: int = 50, ridge: float = 1e-6) -> Array:
    """The baseline: ridge regression of x_{t+1} on 1 and the last `lags` values, free running."""
    x = series()
    rows = np.lib.stride_tricks.sliding_window_view(x[:TRAIN], lags)
    z = np.concatenate([np.ones((len(rows), 1)), rows], axis=1)
    w = np.linalg.solve(z.T @ z + ridge * np.eye(lags + 1), z.T @ x[lags : TRAIN + 1])
    past = np.stack([x[s + 1 - lags : s + 1] for s in STARTS], axis=1)  # (lags, N)
    out = []
    for _ in range(RUN):
        out.append(w[0] + w[1:] @ past)
        past = np.concatenate([past[1:], out[-1][None]])
    return np.stack(out)


def run(settings, report):
    """The chosen radius, then all of RADII."""
    chosen = free_run(settings, settings["radius"])
    valid = np.full(len(RADII), np.nan)
    data = {"run": chosen[:, 0], "valid": valid}
    for k, radius in enumerate(RADII):
        report(k, len(RADII), Result({name: v.copy() for name, v in data.items()}))
        valid[k] = valid_steps(free_run(settings, radius)).mean()
    return Result(
        data,
        {
            "外れるまでの時刻（20回の平均）": float(valid_steps(chosen).mean()),
            "線形回帰（過去50個）": float(valid_steps(linear_run()).mean()),
            "学習で決めた重み": settings["hidden"] + 2,
        },
    )


def draw(figure, runs):
    """Left: one free run beside the truth. Right: how long it holds, over the radius."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    x, start = series(), STARTS[0]
    steps = np.arange(1, 121)
    left.plot(steps, x[start + 1 : start + 121], color=plot.COLORS["truth"], label="実際の値")
    for run_ in runs:
        y = np.clip(run_.result.data["run"][:120], -4, 4)
        left.plot(steps, y, label=run_.label, **run_.style)
        right.plot(RADII, run_.result.data["valid"], **{**run_.style, "markevery": 1})
    grey = plot.COLORS["grey"]
    linear = valid_steps(linear_run()).mean()
    right.axhline(linear, color=grey, linestyle=":", label="線形回帰（過去50個）")
    left.set(
        title="自走はどこで外れるか", xlabel="自走を始めてからの時刻", ylabel="値", ylim=(-3.5, 4.2)
    )
    left.legend(loc="upper right", ncols=2)
    right.set(
        title="外れるまでの時刻（20回の平均）",
        xlabel="スペクトル半径",
        ylabel="時刻",
        xlim=(0, 1.6),
        ylim=(0, 205),
    )
    right.legend(loc="upper right")


echo_state = Experiment(
    name="echo-state",
    title="エコーステートネットワーク：学習するのは出力だけ",
    controls=(
        Slider("radius", "スペクトル半径", 0.9, low=0.1, high=1.5, step=0.1),
        Slider("hidden", "隠れ層の大きさ", 150, low=30, high=250, step=20, integer=True, unit="個"),
        Slider("scale", "W_x の大きさ", 0.3, low=0.1, high=2.0, step=0.1),
        Slider("alpha", "リークの係数 α", 0.5, low=0.0, high=0.9, step=0.1),
        Slider("ridge", "リッジの係数 λ", 1e-8, low=1e-8, high=1.0, step=1.0, log=True),
        SEED,
    ),
    run=run,
    draw=draw,
    alt=saying(
        "左はMackey-Glass系列と自走の予測。右はスペクトル半径ごとの、外れるまでの時刻。"
        "選んだ設定では平均{外れるまでの時刻（20回の平均）:.0f}時刻で外れる。"
    ),
    look_for=(
        "$W_x$ と $W_h$ は乱数のまま、出力の重みだけをリッジ回帰で決めます。"
        "予測が実際の値から外れるまでの時刻を、過去50個の線形回帰と比べます。"
    ),
    seen=r"""
スペクトル半径0.9では、自走の予測が平均122時刻のあいだ外れません。
0.1では14時刻で、過去50個の線形回帰（15時刻）と同じです。
半径0.1では、状態の中の過去の入力が数時刻で消えます。出力層が使えるのは直前の値だけになります。

右の図で、1以上でも急には悪くならないことが分かります。半径1.1でも約100時刻です。
入力があるとき、1未満は必要条件でも十分条件でもありません。
種を変えると、同じ半径でも結果は大きく変わります（0.9で122、100、74時刻）。

学習した重みは、出力の152個だけです。
""",
    prediction=Prediction.of("bptt-echo-state", {"radius": 0.1}, "short"),
    figsize=(9.4, 3.8),
)
