"""The two terms of the ELBO: weight β, size of z, and the reduction that collapses it."""

import numpy as np

from eshikaku import plot
from eshikaku.chapters.vae import networks
from eshikaku.experiments import SEED, Choice, Prediction, Slider, training
from eshikaku.models.vae import gaussian_kl
from eshikaku.tasks import digits

SHOWN = 4
ALIVE = 0.05  # nats: below this a dimension says nothing about x
REDUCTIONS = {"画素の和": "sum", "画素の平均（誤り）": "mean"}


def run(settings, curve):
    """Train; both terms on the test digits, and the KL of each dimension."""
    data, seed, size = digits.mnist(), settings["seed"], settings["size"]
    # A mean over D pixels divides one term by D: the same as D times the other.
    beta = settings["beta"] * (data.size if settings["reduction"] == "mean" else 1)
    net = networks.vae(data, size, seed)
    x, test = data.test[:SHOWN], data.test[:300]

    def each() -> np.ndarray:
        return np.sort(gaussian_kl(*net.encode(test)).mean(axis=0))[::-1]

    curve.show(x=x, again=lambda: net.reconstruct(x), each=each)
    for _ in networks.train_vae(net, data, curve.updates, seed, beta):
        curve.add()
        curve.every(20, terms=lambda: networks.terms(net, test))
    reconstruction, kl = curve.values("terms")[-1]
    return {
        "復元の項": float(reconstruction),
        "KLの項": float(kl),
        "−ELBO（2つの和、βなし）": float(reconstruction + kl),
        f"使われている次元（KL>{ALIVE}）": f"{int((each() > ALIVE).sum())} / {size}",
    }


def draw(figure, runs):
    """Both terms of all runs; KL of each dimension and digits of the newest."""
    grid = {"width_ratios": (1, 1, 0.9)}
    first, second, third = figure.subplots(1, 3, gridspec_kw=grid)
    for run_ in runs:
        steps, terms = run_.result.data["at"]["terms"], run_.result.data["terms"].T
        first.plot(steps, terms[0], label=run_.label, **run_.style)
        second.plot(steps, terms[1], **run_.style)
    first.set(title="復元の項はどこまで下がるか", xlabel="更新回数", ylabel="nat", ylim=(80, 320))
    for run_ in runs:
        terms = run_.result.data["terms"][:, 0]
        plot.mark_cut(first, run_.result.data["at"]["terms"], terms, run_.style["color"], most=2)
    first.legend(loc="upper right")
    second.set(title="KLの項は残るか", xlabel="更新回数", ylabel="nat")
    highest = max(float(r.result.data["terms"][:, 1].max()) for r in runs)
    second.set_ylim(0, max(5.0, 1.08 * highest))
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
    plot.show_rows(below, both, [])
    below.set_title("左：元の画像　右：復元", fontsize=11)


def alt(run_):
    """Both terms and the dimensions in use."""
    data = run_.result.data
    reconstruction, kl = data["terms"][-1]
    alive = int((data["each"] > ALIVE).sum())
    return (
        f"復元の項とKLの項の曲線。{run_.label}では、最後の復元の項が{reconstruction:.0f}、"
        f"KLの項が{kl:.1f}。使われている次元は{len(data['each'])}のうち{alive}。"
    )


elbo = training(
    name="elbo",
    title="ELBOの2つの項：βと潜在変数の数",
    controls=(
        Slider("beta", "KLの重み β", 1.0, low=0.1, high=30, step=0.25, log=True),
        Slider("size", "潜在変数の次元 J", 16, low=1, high=32, step=1, integer=True),
        Choice("reduction", "復元項", "sum", options=REDUCTIONS),
        SEED,
    ),
    run=run,
    updates=800,
    draw=draw,
    alt=alt,
    figsize=(9.6, 4.4),
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
    prediction=Prediction.of("vae-elbo", {"reduction": "mean"}, "one"),
    short={"updates": 60},
)
