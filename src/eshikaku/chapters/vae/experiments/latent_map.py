"""The latent map: two sliders, one decoded digit."""

from functools import lru_cache

import numpy as np

from eshikaku import nn, plot
from eshikaku.chapters.vae import networks
from eshikaku.experiments import Choice, Experiment, Prediction, Result, Slider, saying
from eshikaku.nn import Array
from eshikaku.tasks import digits

REACH, CELLS, POINTS = 4.0, 17, 300
BACKGROUNDS = {"テスト画像の μ（色は数字）": "points", "z から作った画像": "sheet"}
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
    "#56B4E9", "#000000", "#999933", "#882255", "#767676",
)  # fmt: skip


@lru_cache(maxsize=4)
def atlas(seed: int) -> dict[str, Array]:
    """μ (N, 2) of the test digits and the digits that a grid of z decodes to."""
    net, data = networks.trained_vae(2, seed), digits.mnist()
    mu, _ = net.encode(data.test[:POINTS])
    at = np.linspace(-REACH, REACH, CELLS, dtype=np.float32)
    z = np.stack(np.meshgrid(at, at[::-1]), axis=-1).reshape(-1, 2)  # z2 grows upwards
    rows = np.split(net.decode(z), CELLS)
    return {"mu": mu, "labels": data.test_labels[:POINTS], "sheet": plot.tiled(rows, gap=0)}


def run(settings, report):
    """The digit that z decodes to, its nearest test digit on the map, what a classifier reads."""
    seed = settings["seed"]
    found, data = atlas(seed), digits.mnist()
    z = np.array([[settings["z1"], settings["z2"]]], np.float32)  # (1, 2)
    picture = networks.trained_vae(2, seed).decode(z)
    p = nn.softmax(networks.classifier()(picture))[0]
    away = np.sqrt(((found["mu"] - z) ** 2).sum(axis=1))
    near = int(away.argmin())
    return Result(
        {"picture": picture, "nearest": data.test[near : near + 1], "mu": found["mu"], **found},
        {
            "分類器の読み": f"{p.argmax()}（確率 {p.max():.2f}）",
            "最も近い μ のテスト画像": f"{found['labels'][near]}（距離 {away[near]:.2f}）",
            "事前分布の密度 ÷ 原点の密度": float(np.exp(-0.5 * float((z**2).sum()))),
        },
    )


def draw(figure, runs):
    """The map with z, the decoded digit, the nearest test digit."""
    from matplotlib.patheffects import withStroke

    run_ = runs[-1]
    data, settings = run_.result.data, run_.settings
    ratios = {"width_ratios": (1.25, 1, 1)}
    chart, picture, nearest = figure.subplots(1, 3, gridspec_kw=ratios)
    if settings["background"] == "points":
        labels = data["labels"]
        colours = np.array(COLOURS)[labels]
        chart.scatter(*data["mu"].T, c=colours, s=7, linewidths=0, alpha=0.6)
        for k in range(10):
            x, y = np.median(data["mu"][labels == k], axis=0)
            chart.text(
                x, y, str(k), color=COLOURS[k], fontsize=15, ha="center",
                va="center", path_effects=[withStroke(linewidth=3, foreground="white")],
            )  # fmt: skip
    else:
        edge = REACH * (1 + 1 / (CELLS - 1))
        extent = (-edge, edge, -edge, edge)
        chart.imshow(data["sheet"], cmap="gray_r", vmin=0, vmax=1, extent=extent, aspect="auto")
    chart.plot(
        [settings["z1"]],
        [settings["z2"]],
        "o",
        color=plot.COLORS["bad"],
        ms=11,
        mec="white",
        mew=2,
        zorder=5,
    )
    chart.set(
        title="赤い点が z", xlabel="$z_1$", ylabel="$z_2$",
        xlim=(-REACH, REACH), ylim=(-REACH, REACH),
    )  # fmt: skip
    chart.locator_params(nbins=4)
    for ax, name, title in (
        (picture, "picture", "z から作った画像"),
        (nearest, "nearest", "近いテスト画像"),
    ):
        plot.show_rows(ax, [data[name]], [], shades=16)
        ax.set_title(title)
    figure.subplots_adjust(left=0.07, right=0.985, bottom=0.15, top=0.9, wspace=0.1)


latent_map = Experiment(
    name="latent-map",
    title="潜在空間を動かす：2つの数から数字を作る",
    controls=(
        Slider("z1", "潜在変数 z₁", 0.0, low=-REACH, high=REACH, step=0.1),
        Slider("z2", "潜在変数 z₂", 0.0, low=-REACH, high=REACH, step=0.1),
        Choice("background", "地図", "points", options=BACKGROUNDS),
        Slider("seed", "学習の種（変えると数秒かかる）", 0, low=0, high=2, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "潜在空間の地図と、z=({z1:.1f}, {z2:.1f})から作った数字。分類器の読みは"
        "{分類器の読み}、最も近いテスト画像は{最も近い μ のテスト画像}。"
    ),
    look_for=(
        "2次元のVAEが、4000枚の数字を平面に並べました。赤い点を動かし、数字がどこで、どう変わるかを見ます。"
    ),
    seen=r"""
種0では、$z_1$ を0から4まで動かすと、6、4、9、7の順に、形がなめらかに変わります。
中間では、2つの数字のどちらとも読める画像が出ます。

$z$ に幅を持たせて引き、事前分布に寄せたので、隣り合う画像の $z$ が重なり、間も学習されています。
原点の近くはいくつもの数字が重なるので、画像がぼやけます。端のほうは1種類の数字だけになり、鮮明です。

地図の向きや並びは、種で変わります。標準正規分布は回しても同じ形なので、軸に決まった意味はありません。
""",
    prediction=Prediction.of("vae-latent", {"z1": 4.0}, "smooth"),
    live=True,
    overlay=False,
    figsize=(9.6, 3.6),
)
