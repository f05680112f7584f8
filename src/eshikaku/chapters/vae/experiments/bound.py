"""The two terms of the ELBO: weight β, size of z, and the reduction that collapses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eshikaku.chapters.vae import networks, pictures
from eshikaku.experiments.declaration import (
    Choice,
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
)
from eshikaku.models.vae import gaussian_kl
from eshikaku.tasks import digits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UPDATES, EVERY, SHOWN = 800, 20, 4
ALIVE = 0.05  # nats: below this a dimension says nothing about x
REDUCTIONS = {"画素の和": "sum", "画素の平均（誤り）": "mean"}


def run(settings: Settings, report: Report) -> Result:
    """Train; both terms on the test digits, and the KL of each dimension."""
    data, seed, size = digits.mnist(), settings["seed"], settings["size"]
    updates = settings.get("updates", UPDATES)
    # A mean over D pixels divides one term by D: the same as D times the other.
    beta = settings["beta"] * (data.size if settings["reduction"] == "mean" else 1)
    net = networks.vae(data, size, seed)
    test = data.test[:300]
    steps: list[int] = []
    found: list[tuple[float, float]] = []

    def so_far() -> Result:
        mu, logvar = net.encode(test)
        each = np.sort(gaussian_kl(mu, logvar).mean(axis=0))[::-1]
        pairs = np.array(found)
        return Result(
            {
                "x": data.test[:SHOWN],
                "again": net.reconstruct(data.test[:SHOWN]),
                "steps": np.array(steps),
                "reconstruction": pairs[:, 0],
                "kl": pairs[:, 1],
                "each": each,
            }
        )

    for step, _ in enumerate(networks.train_vae(net, data, updates, seed, beta)):
        if step % EVERY == 0:
            steps.append(step)
            found.append(networks.terms(net, test))
        report(step, updates, so_far if step % 5 == 0 else None)
    steps.append(updates)
    found.append(networks.terms(net, test))
    result = so_far()
    reconstruction, kl = found[-1]
    result.summary = {
        "復元の項": reconstruction,
        "KLの項": kl,
        "−ELBO（2つの和、βなし）": reconstruction + kl,
        f"使われている次元（KL>{ALIVE}）": f"{int((result.data['each'] > ALIVE).sum())} / {size}",
    }
    return result


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Both terms of all runs; KL of each dimension and digits of the newest."""
    from eshikaku import plot

    grid = {"width_ratios": (1, 1, 0.9)}
    first, second, third = figure.subplots(1, 3, gridspec_kw=grid)
    for run_ in runs:
        data = run_.result.data
        first.plot(data["steps"], data["reconstruction"], label=run_.label, **run_.style)
        second.plot(data["steps"], data["kl"], **run_.style)
    first.set(title="復元の項はどこまで下がるか", xlabel="更新回数", ylabel="nat", ylim=(80, 320))
    first.legend(loc="upper right")
    second.set(title="KLの項は残るか", xlabel="更新回数", ylabel="nat")
    second.set_ylim(0, max(5.0, 1.08 * max(float(r.result.data["kl"].max()) for r in runs)))
    newest = runs[-1].result.data
    each = newest["each"]
    third.bar(np.arange(1, len(each) + 1), each, color=plot.COLORS["good"])
    third.set(title="使われる次元はいくつか", xlabel="次元", ylabel="nat")
    third.set(ylim=(0, max(1.0, 1.1 * float(each.max()))), xlim=(0.3, max(4, len(each)) + 0.7))
    for ax in (first, second, third):
        ax.locator_params(nbins=4)
    if each.max() < ALIVE:
        third.text((max(4, len(each)) + 1) / 2, 0.5, "どの次元もほぼ0\n（事後崩壊）", ha="center")
    figure.subplots_adjust(left=0.07, right=0.99, bottom=0.39, wspace=0.32)
    below = figure.add_axes((0.12, 0.01, 0.86, 0.19))
    both = [np.concatenate([newest["x"], newest["again"]])]
    pictures.show_rows(below, both, [])
    below.set_title("左：元の画像　右：復元", fontsize=11)


def alt(run_: Run) -> str:
    """Both terms and the dimensions in use."""
    data = run_.result.data
    alive = int((data["each"] > ALIVE).sum())
    return (
        f"復元の項とKLの項の曲線。{run_.label}では、最後の復元の項が"
        f"{data['reconstruction'][-1]:.0f}、KLの項が{data['kl'][-1]:.1f}。"
        f"使われている次元は{len(data['each'])}のうち{alive}。"
    )


elbo = Experiment(
    name="elbo",
    title="ELBOの2つの項：βと潜在変数の数",
    controls=(
        Slider("beta", "KLの重み β", 1.0, low=0.1, high=30, step=0.25, log=True),
        Slider("size", "潜在変数の次元 J", 16, low=1, high=32, step=1, integer=True),
        Choice("reduction", "復元項", "sum", options=REDUCTIONS),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "2つの項が、どこで釣り合うかを見ます。値はどの設定でも、画素の和と $\\beta=1$ で"
        "測り直したものです（テスト画像300枚）。下は復元した画像です。"
    ),
    seen=r"""
既定では、復元の項が108、KLの項が18で釣り合い、16次元がすべて使われます。

復元の項を画素の平均にすると、どの次元のKLも0になり、どの入力からも同じ平均の画像が出ます。
$\beta=784$ と同じことです。損失は下がり続けるので、学習曲線だけでは気づけません。
「使われている次元」か復元の画像を見ます。

$\beta$ を0.1にすると、復元は良くなり、KLは50ほどになります。$\beta$ を10にすると2〜3次元しか
残らず、30ではすべて崩壊します。$J$ を2にすると、復元の項は160ほどまでしか下がりません。
""",
    prediction=Prediction(
        {"reduction": "mean"}, ask="vae-elbo-predict-01", reason="vae-elbo-reason-01"
    ),
    short={"updates": 60},
    figsize=(9.6, 4.4),
)
