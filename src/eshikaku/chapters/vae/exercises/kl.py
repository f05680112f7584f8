"""Exercise vae-kl: complete the KL term and its gradient."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, holds, standard, uniform


def kl_term(mu, logvar):
    """μ, log σ²: (N, J) → KL: (N,)、その和を μ と log σ² で微分したもの: (N, J) が2つ"""
    kl = 0.5 * np.sum(mu**2 + np.exp(logvar) - 1 - logvar, axis=1)  # (N,)
    dmu = mu  # (N, J)
    dlogvar = 0.5 * (np.exp(logvar) - 1)  # (N, J)
    return kl, dmu, dlogvar


def alt_kl_negative_half(mu, logvar):
    var = np.exp(logvar)
    return -0.5 * np.sum(1 + logvar - mu**2 - var, axis=1), 1.0 * mu, (var - 1) / 2


def alt_kl_expm1(mu, logvar):
    more = np.expm1(logvar)
    return ((mu * mu + more - logvar) / 2).sum(axis=-1), mu + 0, more / 2


def alt_kl_by_sigma(mu, logvar):
    sigma = np.exp(logvar / 2)
    kl = (mu**2 + sigma**2 - 1) / 2 - np.log(sigma)
    return kl.sum(1), np.array(mu), (sigma - 1 / sigma) * sigma / 2


INPUTS = arrays(mu="N J", logvar=uniform("N J", -3, 3))


def never_negative(found, mu, logvar):
    """KL ≥ 0."""
    return np.all(found[0] >= 0)


KL = Exercise(
    id="vae-kl",
    title="KLの項とその勾配",
    level=1,
    minutes=5,
    statement=r"""
$N(\mu,\sigma^2)$ から $N(0,1)$ へのKLダイバージェンスを、空欄を埋めて完成させてください。
エンコーダの出力は $\log\sigma^2$（`logvar`）です。

`kl` $(N,)$ は画像ごとの値で、$J$ 次元の**和**です。
`dmu` と `dlogvar` は、全画像の和 $\sum_n \mathrm{KL}_n$ を `mu` と `logvar` で微分したものです。
""",
    reference=kl_term,
    blanks={
        "mu**2 + np.exp(logvar) - 1 - logvar": "____",
        "dmu = mu": "dmu = ____",
        "0.5 * (np.exp(logvar) - 1)": "____",
    },
    alternatives=[alt_kl_negative_half, alt_kl_expm1, alt_kl_by_sigma],
    wrongs=[
        Edit(
            "mu**2 + np.exp(logvar) - 1 - logvar",
            "1 + logvar - mu**2 - np.exp(logvar)",
            "KLの符号が逆です。KLは0以上です。",
        ),
        Edit(
            "return kl, dmu, dlogvar",
            "return -kl, -dmu, -dlogvar",
            "KLと勾配の符号が逆です。ELBOではなく、KLそのものを返します。",
        ),
        Edit(
            {
                "np.exp(logvar) - 1 - logvar": "np.exp(2 * logvar) - 1 - 2 * logvar",
                "0.5 * (np.exp(logvar) - 1)": "np.exp(2 * logvar) - 1",
            },
            message="logvar は log σ² です。log σ ではありません。",
        ),
        Edit(
            "np.exp(logvar) - 1 - logvar",
            "np.exp(logvar) - logvar",
            "−1 が抜けています。μ=0、σ=1 でKLが0になるか確かめます。",
        ),
        Edit("mu**2", "mu", "μ は2乗します。"),
        Edit(
            "mu**2 + np.exp(logvar) - 1 - logvar",
            "(1 + mu**2) / np.exp(logvar) - 1 + logvar",
            "向きが逆です。KL(N(0,1)‖N(μ,σ²)) になっています。期待値は q について取ります。",
        ),
        Edit("np.sum(", "np.mean(", "J 次元の平均になっています。独立な次元のKLは足します。"),
        Edit("dmu = mu", "dmu = 2 * mu", "dmu は ½μ² の微分です。"),
        Edit("0.5 * (np.exp(logvar) - 1)", "np.exp(logvar) - 1", "dlogvar の ½ が抜けています。"),
        Edit(
            "0.5 * (np.exp(logvar) - 1)",
            "0.5 * np.exp(logvar)",
            "dlogvar に −½ が足りません。−½ log σ² の微分です。",
        ),
        Edit(
            "0.5 * (np.exp(logvar) - 1)",
            "0.5 * (1 - np.exp(-logvar))",
            "σ² での微分になっています。logvar で微分するとさらに σ² 倍です。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("kl", "dmu", "dlogvar")),
        holds(
            INPUTS,
            never_negative,
            name="KLは0以上",
            expected="KL(q‖p) ≥ 0",
            next_step="½(μ² + σ² − 1 − log σ²) の符号を1つずつ見てください。",
        ),
    ],
    hints=[
        "1次元のKLは ½(μ² + σ² − 1 − log σ²) です。σ² は np.exp(logvar) です。",
        "½μ² の微分は μ です。logvar を v と書くと、½(e^v − v) の微分が要ります。",
        "kl の中は mu**2 + np.exp(logvar) - 1 - logvar、dlogvar は 0.5 * (np.exp(logvar) - 1)。",
    ],
    syllabus=("4.6.ii", "1.3.i"),
)
