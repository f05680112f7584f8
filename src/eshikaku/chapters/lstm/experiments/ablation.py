"""Ablation: a running sum that is written, cleared and read on demand, with gates left out."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from eshikaku import nn, plot
from eshikaku.chapters.lstm import networks
from eshikaku.experiments import SEED, Prediction, Toggle, training
from eshikaku.models.heads import ManyToMany
from eshikaku.nn import Array
from eshikaku.tasks.memory import running_sum

NETS = 3
TRAINED = 30  # steps of a training sequence
STREAM = 300  # steps of the test stream
BIN = 30
UPDATES = 600
HIDDEN = 8
GATES = {"input": "i", "output": "o", "forget": "f"}


def networks_of(gates: str, peephole: bool, seeds: Sequence[int]) -> list[ManyToMany]:
    """One network a seed; a gate that is not named in `gates` is held open."""
    nets = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        lstm = nn.LSTM(4, HIDDEN, rng, peephole=peephole, dtype=np.float32)
        networks.hold_open(lstm, "".join(g for g in "ifo" if g not in gates))
        nets.append(ManyToMany(lstm, nn.Affine(HIDDEN, 1, rng, dtype=np.float32)))
    return nets


def run(settings, curve):
    """600 updates on sequences of 30 steps, three networks; error along streams of 300 steps."""
    gates = "".join(short for name, short in GATES.items() if settings[name])
    seeds = [NETS * settings["seed"] + k for k in range(NETS)]
    nets = networks_of(gates, settings["peephole"], seeds)
    rng = np.random.default_rng([settings["seed"], TRAINED])

    def batch() -> tuple[Array, Array]:
        x, t, _ = running_sum(rng, 32, TRAINED)
        return tuple(np.repeat(a[:, None], NETS, axis=1) for a in (x, t))  # type: ignore[return-value]

    loss = nn.SquaredError(axis=(0, 2, 3))
    for net, *_ in networks.train(nets, batch, loss, 0.03, curve.updates):
        curve.add()
        curve.show(errors=partial(errors, net, NETS), example=partial(example, net))
    error, silent = errors(net, NETS)
    return {
        "誤差（1〜30時刻）": float(error[0].mean()),
        "誤差（271〜300時刻）": float(error[-1].mean()),
        "聞かれない時刻の誤差": float(silent.mean()),
        "学習するパラメータ": count(gates, settings["peephole"]),
    }


def count(gates: str, peephole: bool) -> int:
    """Parameters that are learned: those of the gates there are, the candidate, the output."""
    own = HIDDEN * (4 + HIDDEN + 1)
    return own * (len(gates) + 1) + HIDDEN * len(gates) * peephole + HIDDEN + 1


def stream() -> tuple[Array, Array, Array]:
    """60 streams of 300 steps, the same ones for every setting."""
    return running_sum(np.random.default_rng(2026), 60, STREAM)


def errors(net: nn.Layer, count: int) -> tuple[Array, Array]:
    """RMSE of `count` networks on the streams, in standard deviations of the true sums.

    Returns: where asked, for every 30 steps (10, S); where not asked, over all steps (S,).
    """
    x, t, asked = stream()
    with net.evaluation():
        y = net(np.repeat(x[:, None], count, axis=1))[..., 0]  # (T, S, N)
    off = (y - t[:, None, :, 0]) ** 2
    spread = t[..., 0][asked].std()
    bins = [slice(k, k + BIN) for k in range(0, STREAM, BIN)]
    rows = [[_rms(off[b, s], asked[b]) for s in range(count)] for b in bins]
    silent = [_rms(off[:, s], ~asked) for s in range(count)]
    return np.array(rows) / spread, np.array(silent) / spread


def example(net: nn.Layer) -> tuple[Array, Array, Array]:
    """Answers of the first network to the first 30 steps, the truth, and where it is asked."""
    x, t, asked = (a[:TRAINED, :1] for a in stream())
    with net.evaluation():
        answer = net(np.repeat(x[:, None], NETS, axis=1))[:, 0, 0, 0]
    return answer, t[:, 0, 0], asked[:, 0]


def _rms(squares: Array, where: Array) -> float:
    return float(np.sqrt(squares[where].mean()))


def name_of(settings):
    """「CEC＋入力・出力＋忘却」: the parts of a setting."""
    words = {"input": "入力", "output": "出力", "forget": "忘却", "peephole": "のぞき穴"}
    parts = "・".join(word for key, word in words.items() if settings[key])
    seed = f"（種{settings['seed']}）" if settings["seed"] else ""
    return (f"CEC＋{parts}" if parts else "CECだけ") + seed


def draw_errors(ax, runs):
    """Error along the stream, three networks a setting."""
    ends = np.arange(BIN, STREAM + 1, BIN)
    grey: dict[str, Any] = {"color": plot.COLORS["grey"], "linewidth": 1.2}
    for run_ in runs:
        error, _ = run_.result.data["errors"]
        style = {**run_.style, "markevery": 1}
        thin = {k: v for k, v in style.items() if not k.startswith("mark")}
        ax.plot(ends, error, **thin, linewidth=0.8, alpha=0.5)
        ax.plot(ends, error.mean(1), **style, linewidth=2, label=name_of(run_.settings))
    ax.axvline(TRAINED, **grey, linestyle="--", label="ここまで学習")
    ax.axhline(1, **grey, linestyle=":", label="いつも0と答える")
    ax.set(
        title="流れが長くなると誤差は増えるか",
        xlabel="時刻 t（30時刻ごと）",
        ylabel="聞かれた時刻の誤差",
        xlim=(0, STREAM + 5),
        ylim=(0, 1.5),
    )
    for run_ in runs:
        plot.mark_cut(ax, ends, run_.result.data["errors"][0].mean(1), run_.style["color"])


def draw_example(ax, runs):
    """30 steps of the newest run."""
    answer, truth, asked = runs[-1].result.data["example"]
    t = np.arange(1, TRAINED + 1)
    ax.step(t, truth, where="mid", color=plot.COLORS["truth"], lw=1, label="正解")
    style: dict[str, Any] = {"color": plot.COLORS["prediction"], "linestyle": "none"}
    ax.plot(t, answer, **style, marker=".", label="答え")
    ax.plot(t[asked], answer[asked], **style, marker="o", label="答え（聞かれた時刻）")
    low, high = min(answer.min(), truth.min()), max(answer.max(), truth.max())
    ax.set(title="最後の設定の答え（1本の例）", xlabel="時刻 t", ylabel="合計")
    ax.set_ylim(min(low, -3) - 0.2, max(high, 3) + 2.2)
    ax.legend(loc="upper left", ncols=2, columnspacing=1.0)


def alt(run_):
    """The errors at both ends of the stream."""
    error = run_.result.data["errors"][0].mean(1)
    return (
        f"流れの中の位置と誤差の折れ線。{name_of(run_.settings)}では最初の30時刻で{error[0]:.2f}、"
        f"最後の30時刻で{error[-1]:.2f}（1は何も覚えていないときの誤差）。"
    )


ablation = training(
    name="ablation",
    title="ゲートを1つずつ付ける：足す・消す・答える",
    controls=(
        Toggle("input", "入力ゲート", False),
        Toggle("output", "出力ゲート", False),
        Toggle("forget", "忘却ゲート", False),
        Toggle("peephole", "のぞき穴結合（E部、発展）", False),
        SEED,
    ),
    run=run,
    updates=UPDATES,
    panels=(draw_errors, draw_example),
    widths=(4, 3),
    alt=alt,
    short={"updates": 60},
    figsize=(8.2, 4.0),
    look_for=(
        "目印の付いた値だけを足し、消す目印で0に戻し、聞かれた時だけ合計を答える課題です。"
        "左は300時刻の流れの中での誤差で、細線は3つのネットワーク、太線はその平均です。"
    ),
    seen=r"""
入力ゲートと出力ゲートを付けると、学習した30時刻までの誤差は0.76から0.20に下がります。
しかし**流れが長くなるほど増え**、300時刻では0.83です。

忘却ゲートがないと、$c_t=c_{t-1}+i_t\odot g_t$ は足すことでしか変わりません。「消す」ときは、
古い合計をちょうど打ち消す量を書くしかなく、打ち消し残りが積もります。

忘却ゲートも付けると、0.09と0.13になり、流れが長くてもほとんど増えません。

1つだけ外して比べてください。入力ゲートを外すと誤差は約2倍です（0.17）。
出力ゲートを外しても、聞かれた時刻の誤差は変わりません。
増えるのは**聞かれない時刻の誤差**です（0.023 → 0.037）。
セルの中身が、用のない時刻にも漏れるためです。
""",
    prediction=Prediction.of("lstm-ablation", {"input": True, "output": True}, "grows"),
)
