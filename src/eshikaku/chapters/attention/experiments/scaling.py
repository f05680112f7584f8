"""Why 1/√d_k: how sharp the softmax is, and how much gradient it lets through, against d_k."""

from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.experiments import SEED, Choice, Experiment, Prediction, Result, Slider, saying

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
DRAWS, BLOCK = 160, 20
POWERS = {"割らない": 0.0, "√d_k で割る": 0.5, "d_k で割る": 1.0}


def run(settings, report):
    """Entropy of the weights and size of the softmax's Jacobian for random queries and keys."""
    rng, T = np.random.default_rng(settings["seed"]), settings["keys"]
    entropy, slope, highest = (np.zeros(0) for _ in range(3))

    def so_far():
        return Result({"entropy": entropy, "slope": slope, "highest": highest})

    for k, d in enumerate(SIZES):
        sums = np.zeros(3)
        for _ in range(0, DRAWS, BLOCK):
            q = rng.normal(0, settings["std"], (BLOCK, d, 1))
            keys = rng.normal(0, settings["std"], (BLOCK, T, d))
            a = nn.softmax((keys @ q)[..., 0] / d ** settings["power"])  # (BLOCK, T)
            sums += measured(a).sum(axis=1)
            report(k, len(SIZES), so_far if k else None)
        entropy, slope, highest = (
            np.append(kept, new)
            for kept, new in zip((entropy, slope, highest), sums / DRAWS, strict=True)
        )
    at = SIZES.index(512)
    result = so_far()
    result.summary = {
        "最大の重み（d_k=512）": float(highest[at]),
        "エントロピーの割合（d_k=512）": float(entropy[at]),
        "傾き（d_k=512）": float(slope[at]),
        "傾き（d_k=4）": float(slope[SIZES.index(4)]),
    }
    return result


def measured(a: np.ndarray) -> np.ndarray:
    """(entropy / ln T, norm of ∂α/∂e = diag(α) − ααᵀ, largest weight) of each row: (3, N)."""
    inner = np.where(a > 0, a, 1)
    entropy = -(a * np.log(inner)).sum(axis=-1) / np.log(a.shape[-1])
    square = (a**2).sum(axis=-1)
    norm = np.sqrt(np.maximum(square - 2 * (a**3).sum(axis=-1) + square**2, 0))
    return np.stack([entropy, norm, a.max(axis=-1)])


def draw(figure, runs):
    """Left: entropy. Right: size of the Jacobian."""
    left, right = figure.subplots(1, 2)
    for run_ in runs:
        data: dict[str, Any] = run_.result.data
        sizes = SIZES[: len(data["entropy"])]
        style = {**run_.style, "markevery": 2}
        left.plot(sizes, data["entropy"], label=run_.label, **style)
        right.plot(sizes, data["slope"], label=run_.label, **style)
    left.set(
        title="重みはどれだけ散らばるか",
        ylabel="エントロピー ÷ ln T（1で一様）",
        ylim=(-0.03, 1.05),
    )
    right.set(title="softmaxの傾きはどれだけ残るか", ylabel=r"$\|\partial\alpha/\partial e\|$")
    right.set_ylim(bottom=0)
    for ax in (left, right):
        ax.set_xscale("log", base=2)
        ax.set(xlabel="$d_k$", xlim=(0.8, 1300))
        ax.set_xticks([1, 4, 16, 64, 256, 1024], ["1", "4", "16", "64", "256", "1024"])
    left.legend(loc="lower left")
    figure.subplots_adjust(left=0.08, right=0.98, top=0.9, bottom=0.16, wspace=0.24)


scaling = Experiment(
    name="scaling",
    title="なぜ √d_k で割るか：重みの散らばりと、残る傾き",
    controls=(
        Choice("power", "内積を", 0.5, options=POWERS),
        Slider("keys", "キーの数 T", 16, low=2, high=64, step=2, integer=True),
        Slider("std", "成分の標準偏差", 1.0, low=0.25, high=2, step=0.25),
        SEED,
    ),
    run=run,
    draw=draw,
    alt=saying(
        "d_kに対する、重みの散らばりとsoftmaxの傾きの折れ線。{label}では、d_k=512で"
        "最大の重みの平均が{最大の重み（d_k=512）:.2f}、傾きが{傾き（d_k=512）:.3f}。"
    ),
    look_for=(
        r"平均0、標準偏差1の乱数で $q$ と $k_1,\dots,k_T$ を作り、$d_k$ を変えます。"
        r"右の図は、スコアを動かしたときに重みが動く量 $\partial\alpha/\partial e$（行列）の"
        "大きさです。"
    ),
    seen=r"""
$\sqrt{d_k}$ で割ると、$d_k$ を1から1024まで変えても、散らばりも傾きもほぼ同じです。
スコアの分散がいつも1だからです。

割らないと、$d_k=512$ の内積の標準偏差は $\sqrt{512}\approx22.6$ です。
最大の重みは平均で0.94になり、傾きは $\sqrt{d_k}$ で割ったときの約4分の1です。
多くのクエリで重みが1つのキーに張り付き、そこではスコアを動かしても重みが動きません。
$d_k=4$ では、傾きの差はわずかです。

$d_k$ で割ると、今度は平らになります。スコアの標準偏差が $1/\sqrt{d_k}$ に縮み、
どのキーもほぼ $1/T$ です。
""",
    prediction=Prediction.of("attention-scaling", {"power": 0.0}, "quarter"),
    figsize=(8.8, 3.6),
)
