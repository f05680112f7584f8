"""The reparameterisation by hand: where z comes from, and two estimates of one gradient."""

import numpy as np

from eshikaku import plot
from eshikaku.experiments import Experiment, Prediction, Result, Slider, saying
from eshikaku.nn import Array

GOAL, DRAWS = 2.0, 4000


def estimates(mu: float, sigma: float, eps: Array) -> tuple[Array, Array]:
    """d/dμ E[½(z − 2)²], z ~ N(μ, σ²), from each ε: by z = μ + σε, and by the score function.

    Both have the mean μ − 2.  Score function: f(z) ∂log p(z)/∂μ = f(z) (z − μ)/σ².
    """
    z = mu + sigma * eps
    return z - GOAL, 0.5 * (z - GOAL) ** 2 * eps / sigma


def run(settings, report):
    """z for the ε of the slider; the two estimates for 4000 ε."""
    mu, sigma, eps = settings["mu"], settings["sigma"], settings["eps"]
    path, score = estimates(mu, sigma, np.random.default_rng(0).standard_normal(DRAWS))
    z = mu + sigma * eps
    return Result(
        {"z": z, "path": path, "score": score},
        {
            "z = μ + σε": z,
            "∂z/∂μ": 1.0,
            "∂z/∂σ = ε": eps,
            "∂z/∂(log σ²) = σε/2": sigma * eps / 2,
            "再パラメータ化の勾配の標準偏差": float(path.std()),
            "対数微分の勾配の標準偏差": float(score.std()),
        },
    )


def draw(figure, runs):
    """Left: ε on N(0, 1) and z on N(μ, σ²). Right: how much the two estimates scatter."""
    run_ = runs[-1]
    settings, data = run_.settings, run_.result.data
    mu, sigma, eps, z = settings["mu"], settings["sigma"], settings["eps"], data["z"]
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": (1.25, 1)})
    at = np.linspace(-9, 9, 361)
    wide = np.exp(-(at**2) / 2) * 0.85
    left.fill_between(at, 1.25, 1.25 + wide, color=plot.COLORS["grey"], alpha=0.35)
    shape = np.exp(-(((at - mu) / sigma) ** 2) / 2) * 0.85
    left.fill_between(at, 0, shape, color=plot.COLORS["hidden"], alpha=0.3)
    left.plot([eps, z], [1.25, 0], color=plot.COLORS["update"], linewidth=1.5)
    left.plot([eps], [1.25], "o", color=plot.COLORS["grey"], ms=9)
    left.plot([z], [0], "o", color=plot.COLORS["bad"], ms=9)
    left.text(-8.8, 2.2, r"$\epsilon\sim N(0,1)$", fontsize=12)
    left.text(-8.8, 0.97, r"$z\sim N(\mu,\sigma^2)$", fontsize=12)
    # numbers that move are no formulas: each would be typeset anew
    given = f"z = {mu:.1f} + {sigma:.1f}×({eps:.1f}) = {z:.2f}"
    left.text(8.8, 2.2, f"ε = {eps:.1f}".replace("-", "−"), ha="right", fontsize=12)
    left.text(8.8, 0.97, given.replace("-", "−"), ha="right", fontsize=12)
    left.set(
        title="ε から z を計算する", xlim=(-9, 9), ylim=(-0.12, 2.45),
        xlabel="値",
    )  # fmt: skip
    left.set_yticks([])
    edges = np.linspace(-12, 12, 33)
    for name, label, color, style in (
        ("score", "対数微分", plot.COLORS["bad"], "--"),
        ("path", "再パラメータ化", plot.COLORS["good"], "-"),
    ):
        share, _ = np.histogram(np.clip(data[name], -11.9, 11.9), edges)
        label = f"{label} {data[name].std():.2f}"
        right.stairs(share / DRAWS, edges, label=label, color=color, linestyle=style, linewidth=1.8)
    right.axvline(mu - GOAL, color=plot.COLORS["grey"], linestyle=":", linewidth=1.5)
    right.set(
        title="勾配の推定はどれだけ散らばるか", xlim=(-12, 12), ylim=(0, 1),
        xlabel=r"$\partial L/\partial\mu$ の推定", ylabel="割合",
    )  # fmt: skip
    left.locator_params(axis="x", nbins=5)
    right.locator_params(nbins=4)
    right.legend(loc="upper right", title="標準偏差")
    figure.subplots_adjust(left=0.03, right=0.98, bottom=0.15, wspace=0.16)


draws = Experiment(
    name="draws",
    title="再パラメータ化を手で動かす",
    controls=(
        Slider("mu", "平均 μ", 1.0, low=-3, high=3, step=0.1),
        Slider("sigma", "標準偏差 σ", 1.0, low=0.1, high=2, step=0.1),
        Slider("eps", "乱数 ε", 1.0, low=-2.5, high=2.5, step=0.1),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "εが{eps:.1f}のとき、zは{z = μ + σε:.2f}。勾配の推定の標準偏差は、再パラメータ化が"
        "{再パラメータ化の勾配の標準偏差:.2f}、対数微分が{対数微分の勾配の標準偏差:.2f}。"
    ),
    look_for=(
        r"左：$\epsilon$ を止めて $\mu$ と $\sigma$ を動かすと、$z$ が滑らかに動きます。"
        r"右：$L=\mathbb E\left[\frac12(z-2)^2\right]$ の $\mu$ での勾配を、$\epsilon$ 1個ずつから"
        "2通りで推定した分布です（4000個）。点線は真の値 $\\mu-2$ です。"
    ),
    seen=r"""
真の勾配は $\mu-2$ です。2つの推定の平均は、どちらもこの値に一致します。違うのは散らばりです。

- 再パラメータ化：$\partial f(z)/\partial\mu=f'(z)\cdot1=z-2$。標準偏差は $\sigma$ です。
- 対数微分（score function、強化学習のREINFORCEと同じ形）：$f(z)\,(z-\mu)/\sigma^2$。
  $f$ の値だけを使い、$f$ の傾きを使いません。$\sigma=1$ では標準偏差2.7です。

$\sigma$ を1から0.1にすると、再パラメータ化は1から0.1に減り、対数微分は2.7から5.3に増えます。
$(z-\mu)/\sigma^2=\epsilon/\sigma$ が掛かるためです。VAEでは学習が進むと $\sigma$ が小さくなるので、
この差が効きます。
""",
    prediction=Prediction.of("vae-draws", {"sigma": 0.1}, "path-down"),
    live=True,
    overlay=False,
    figsize=(9.2, 3.5),
)
