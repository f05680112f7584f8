"""Exercise vae-reparameterise: write the draw of z and its backward pass."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, holds, standard, uniform


def reparameterise(mu, logvar, eps, dz):
    """すべて (N, J)。戻り値は z と、dz = ∂L/∂z から求めた dmu, dlogvar"""
    sigma = np.exp(logvar / 2)  # (N, J)
    z = mu + sigma * eps  # (N, J)
    dmu = dz  # (N, J)  ∂z/∂μ = 1
    dlogvar = dz * eps * sigma / 2  # (N, J)  ∂z/∂(log σ²) = εσ/2
    return z, dmu, dlogvar


def alt_reparameterise_half_step(mu, logvar, eps, dz):
    noise = eps * np.sqrt(np.exp(logvar))
    return mu + noise, 1.0 * dz, 0.5 * dz * noise


def alt_reparameterise_from_z(mu, logvar, eps, dz):
    z = np.exp(0.5 * logvar) * eps + mu
    return z, np.array(dz), dz * (z - mu) / 2


INPUTS = arrays(mu="N J", logvar=uniform("N J", -3, 3), eps="N J", dz="N J")


STILL = arrays(mu="N J", logvar=uniform("N J", -3, 3), eps=derived(lambda a: 0 * a["mu"]), dz="N J")


def no_draw_of_its_own(found, mu, logvar, eps, dz):
    """With ε = 0 the result is μ."""
    return np.allclose(found[0], mu) and np.allclose(found[2], 0)


DRAW = Exercise(
    id="vae-reparameterise",
    title="再パラメータ化の順伝播と逆伝播",
    level=2,
    minutes=7,
    statement=r"""
$z=\mu+\sigma\odot\epsilon$ の順伝播と逆伝播を書いてください。
`logvar` は $\log\sigma^2$、`eps` は外で引いた乱数 $\epsilon$、
`dz` は $\partial L/\partial z$ です。
すべて $(N,J)$ です。関数の中で乱数は引きません。

`z`、`dmu` $=\partial L/\partial\mu$、`dlogvar` $=\partial L/\partial(\log\sigma^2)$ を、
この順に返します。
KLの項の勾配は含めません。
""",
    reference=reparameterise,
    alternatives=[alt_reparameterise_half_step, alt_reparameterise_from_z],
    wrongs=[
        Edit(
            {"np.exp(logvar / 2)": "np.exp(logvar)", "dz * eps * sigma / 2": "dz * eps * sigma"},
            message="exp(logvar) は σ² です。標準偏差は exp(logvar / 2) です。",
        ),
        Edit(
            {"np.exp(logvar / 2)": "logvar", "dz * eps * sigma / 2": "dz * eps"},
            message="logvar を σ として使っています。exp(logvar / 2) が σ です。",
        ),
        Edit(
            {"mu + sigma * eps": "mu + sigma", "dz * eps * sigma / 2": "dz * sigma / 2"},
            message="eps を使っていません。z = μ + σ ⊙ ε です。",
        ),
        Edit(
            "dz * eps * sigma / 2",
            "dz * eps",
            "σ での微分になっています。dlogvar にはさらに ∂σ/∂(log σ²) = σ/2 を掛けます。",
        ),
        Edit(
            "dz * eps * sigma / 2",
            "dz * eps * sigma",
            "dlogvar の ½ が抜けています。σ = exp(½ logvar) です。",
        ),
        Edit("dz * eps * sigma / 2", "dz * sigma / 2", "dlogvar に eps が掛かっていません。"),
        Edit(
            "dz * eps * sigma / 2",
            "0 * dz",
            "dlogvar が0です。ε を止めれば、z は σ を通じて動きます。",
        ),
        Edit(
            "dz * eps * sigma / 2",
            "dz * eps / (2 * sigma)",
            "σ² での微分になっています。logvar での微分はその σ² 倍です。",
        ),
        Edit("dmu = dz ", "dmu = dz * eps ", "∂z/∂μ は1です。eps は掛かりません。"),
        Edit(
            "dmu = dz ",
            "dmu = dz + mu ",
            "KLの項の勾配 μ が混ざっています。ここでは z の経路だけです。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("z", "dmu", "dlogvar")),
        holds(
            STILL,
            no_draw_of_its_own,
            name="ε=0 なら z=μ",
            expected="ε を0にすると z = μ、dlogvar = 0",
            next_step="乱数は引数の eps だけです。z = μ + σ ⊙ ε に ε = 0 を代入します。",
        ),
    ],
    hints=[
        "σ = np.exp(logvar / 2) を先に作ります。",
        "z を μ で微分すると1、σ で微分すると ε です。σ を logvar で微分すると σ/2 です。",
        "dmu = dz、dlogvar = dz * eps * sigma / 2 です。dmu は dz の写しを返します。",
    ],
    syllabus=("4.6.ii", "3.2.ii"),
)
