"""Exercise cnn-models-batchnorm: write the backward pass of batch normalisation."""

import numpy as np

from eshikaku.exercises import Edit, Exercise, Wrong
from eshikaku.exercises.checks import arrays, holds, standard
from eshikaku.exercises.inputs import constant

INPUTS = arrays(x="N D", gamma="D", dy="N D", eps=constant(1e-5)).with_sizes(N=(4, 7), D=(2, 3))


def bn_backward(x, gamma, dy, eps):
    """x, dy: (N, D)、gamma: (D,) → dx: (N, D)、dgamma: (D,)、dbeta: (D,)"""
    N = len(x)
    s = np.sqrt(x.var(axis=0) + eps)  # (D,)
    x_hat = (x - x.mean(axis=0)) / s  # (N, D)
    dbeta = dy.sum(axis=0)
    dgamma = (dy * x_hat).sum(axis=0)
    dx = gamma / s * (dy - dbeta / N - x_hat * dgamma / N)
    return dx, dgamma, dbeta


def alt_backward_steps(x, gamma, dy, eps):
    N = x.shape[0]
    centred = x - x.mean(0)
    variance = (centred**2).mean(0) + eps
    dhat = dy * gamma
    dvariance = (dhat * centred).sum(0) * -0.5 * variance**-1.5
    dmean = -(dhat / np.sqrt(variance)).sum(0)
    dx = dhat / np.sqrt(variance) + dvariance * 2 * centred / N + dmean / N
    return dx, (dy * centred / np.sqrt(variance)).sum(0), dy.sum(0)


def alt_backward_means(x, gamma, dy, eps):
    m, v = x.mean(0, keepdims=True), x.var(0, keepdims=True)
    hat = (x - m) / np.sqrt(v + eps)
    g = dy * gamma
    dx = (g - g.mean(0) - hat * (g * hat).mean(0)) / np.sqrt(v + eps)
    return dx, np.einsum("nd,nd->d", dy, hat), np.einsum("nd->d", dy)


def wrong_layer_norm(x, gamma, dy, eps):
    s = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    hat = (x - x.mean(axis=1, keepdims=True)) / s
    g = dy * gamma
    inner = g - g.mean(axis=1, keepdims=True) - hat * (g * hat).mean(axis=1, keepdims=True)
    return inner / s, (dy * hat).sum(axis=0), dy.sum(axis=0)


def is_the_slope(output, x, gamma, dy, eps):
    """dx against differences of Σ dy ⊙ γ x̂, in float64."""

    def total(values):
        hat = (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + eps)
        return (dy * gamma * hat).sum()

    numeric = np.empty_like(x)
    for place in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-5
        numeric[place] = (total(x + step) - total(x - step)) / 2e-5
    return np.allclose(output[0], numeric, rtol=1e-4, atol=1e-6)


BATCHNORM = Exercise(
    id="cnn-models-batchnorm",
    title="Batch Normalizationの逆伝播",
    level=3,
    minutes=5,
    statement=r"""
学習時のBatch Normalization $y=\gamma\hat x+\beta$ の逆伝播を書いてください。
`x` と `dy` は $(N,D)$、`gamma` は $(D,)$ です。
$s=\sqrt{\sigma^2+\varepsilon}$、$\hat x=(x-\mu)/s$ とします。

$$
\frac{\partial L}{\partial\beta}=\sum_n dy_n,\qquad
\frac{\partial L}{\partial\gamma}=\sum_n dy_n\,\hat x_n,\qquad
\frac{\partial L}{\partial x_n}=
\frac{\gamma}{s}\Bigl(dy_n-\overline{dy}-\hat x_n\,\overline{dy\,\hat x}\Bigr)
$$

上の線は、バッチの $N$ 個の平均です。`dx`、`dgamma`、`dbeta` をこの順に返します。
""",
    reference=bn_backward,
    alternatives=[alt_backward_steps, alt_backward_means],
    wrongs=[
        Edit(
            "(dy - dbeta / N - x_hat * dgamma / N)",
            "dy",
            "平均と分散が x によることが抜けています。μ と σ² を通る勾配を引きます。",
        ),
        Edit(
            " - x_hat * dgamma / N",
            "",
            "分散を通る勾配が抜けています。x̂ · mean(dy x̂) を引きます。",
        ),
        Edit("dy - dbeta / N", "dy", "平均を通る勾配が抜けています。mean(dy) を引きます。"),
        Edit(
            "dy - dbeta / N - x_hat * dgamma / N",
            "dy - dbeta - x_hat * dgamma",
            "引くのは和でなく平均です。N で割ります。",
        ),
        Edit("gamma / s *", "1 / s *", "γ が掛かっていません。"),
        Edit("gamma / s *", "gamma / s**2 *", "分散で割っています。標準偏差 s で割ります。"),
        Edit(
            "(dy * x_hat).sum(axis=0)",
            "(dy * x).sum(axis=0)",
            "γ に掛かるのは、x ではなく正規化した x̂ です。",
        ),
        Edit(
            "x.var(axis=0)",
            "x.var(axis=0, ddof=1)",
            "正規化の分散は N で割ります（不偏分散ではありません）。",
        ),
        Wrong(
            wrong_layer_norm,
            "特徴の方向に平均しています。Batch Normalizationは、バッチの方向（axis=0）です。",
        ),
    ],
    checks=[
        *standard(
            INPUTS,
            returns=("dx", "dgamma", "dbeta"),
            scales=(),
            ones=("D",),
            cases={"D = 1 のとき": INPUTS.with_sizes(D=1)},
        ),
        holds(
            INPUTS,
            is_the_slope,
            name="dx と数値微分",
            expected="x を少し動かしたときの、損失の変化の割合",
            next_step="μ と σ² を通る2つの経路も数えます。",
        ),
    ],
    hints=[
        "まず順伝播の s と x_hat を計算し直します。軸はバッチの方向（axis=0）です。",
        "mean(dy) は dbeta / N、mean(dy x̂) は dgamma / N です。",
        "dx = gamma / s * (dy - dbeta / N - x_hat * dgamma / N) です。",
    ],
    syllabus=("3.7.ii", "3.2.ii"),
)
