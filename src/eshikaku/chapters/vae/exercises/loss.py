"""Exercise vae-elbo: find the bug in the loss of a VAE."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, standard, uniform


def elbo_loss(y, x, mu, logvar):
    """−ELBO。y: ロジット (N, D)、x: 0〜1 (N, D)、μ, log σ²: (N, J) → 損失, dy, dmu, dlogvar"""
    N = len(x)
    bce = np.maximum(y, 0) - y * x + np.log1p(np.exp(-np.abs(y)))  # (N, D)
    kl = 0.5 * (mu**2 + np.exp(logvar) - 1 - logvar)  # (N, J)
    loss = bce.sum(axis=1).mean() + kl.sum(axis=1).mean()
    p = 0.5 * (1 + np.tanh(0.5 * y))  # σ(y): (N, D)
    dy = (p - x) / N  # (N, D)
    dmu = mu / N  # (N, J)
    dlogvar = 0.5 * (np.exp(logvar) - 1) / N  # (N, J)
    return loss, dy, dmu, dlogvar


def alt_elbo_sums(y, x, mu, logvar):
    n = y.shape[0]
    bce = np.logaddexp(0, y) - x * y
    kl = (mu**2 + np.expm1(logvar) - logvar) / 2
    p = np.exp(-np.logaddexp(0, -y))
    return (bce.sum() + kl.sum()) / n, (p - x) / n, mu / n, np.expm1(logvar) / (2 * n)


def alt_elbo_means_rescaled(y, x, mu, logvar):
    (N, D), J = x.shape, mu.shape[1]
    bce = np.maximum(y, 0) - y * x + np.log1p(np.exp(-np.abs(y)))
    minus = -0.5 * (1 + logvar - mu**2 - np.exp(logvar))
    p = 0.5 + 0.5 * np.tanh(y / 2)
    loss = D * bce.mean() + J * minus.mean()
    return loss, D * (p - x) / x.size, mu / N, 0.5 * (np.exp(logvar) - 1) / N


INPUTS = arrays(y="N D", x=uniform("N D", 0, 1), mu="N J", logvar=uniform("N J", -3, 3))

LOSS = Exercise(
    id="vae-elbo",
    title="VAEの損失の誤りを直す",
    level=2,
    minutes=6,
    statement=r"""
ベルヌーイ分布のデコーダを持つVAEの損失 $-\mathrm{ELBO}$ と、その勾配です。
エラーは出ず、損失も下がります。しかし学習すると、どの画像を入れても同じ画像が出てきます。

損失は**画素と $J$ 次元の和、バッチの平均**です。2つの項のまとめ方を見比べて、直してください。
勾配は損失と合わせます。
""",
    reference=elbo_loss,
    bug=Edit(
        {"bce.sum(axis=1).mean()": "bce.mean()", "(p - x) / N": "(p - x) / x.size"},
        message="復元の項が画素の平均です。KLが D 倍重く効き、事後崩壊します。画素の和にします。",
    ),
    alternatives=[alt_elbo_sums, alt_elbo_means_rescaled],
    wrongs=[
        Edit(
            "(p - x) / N", "(p - x) / x.size", "損失は直りました。dy はまだ画素の数で割っています。"
        ),
        Edit("bce.sum(axis=1).mean()", "bce.mean()", "dy は直りました。損失はまだ画素の平均です。"),
        Edit(
            {
                "bce.sum(axis=1).mean() + kl.sum(axis=1).mean()": "bce.mean() + kl.mean()",
                "(p - x) / N": "(p - x) / x.size",
                "mu / N": "mu / mu.size",
                "(np.exp(logvar) - 1) / N": "(np.exp(logvar) - 1) / mu.size",
            },
            message="KLも平均にしました。D で割る項と J で割る項になり、2つの比がELBOと違います。",
        ),
        Edit(
            {
                "bce.sum(axis=1).mean() + kl.sum(axis=1).mean()": "bce.sum() + kl.sum()",
                "(p - x) / N": "p - x",
                "mu / N": "mu",
                "(np.exp(logvar) - 1) / N": "(np.exp(logvar) - 1)",
            },
            message="バッチの和になっています。バッチについては平均です。",
        ),
        Edit(
            {
                " + kl.sum": " - kl.sum",
                "mu / N": "-mu / N",
                "0.5 * (np.exp(logvar) - 1) / N": "-0.5 * (np.exp(logvar) - 1) / N",
            },
            message="KLを引いています。−ELBO では、復元の損失にKLを足します。",
        ),
        Edit(
            "return loss, dy, dmu, dlogvar",
            "return -loss, -dy, -dmu, -dlogvar",
            "ELBOの符号です。最小化する損失は −ELBO です。",
        ),
        Edit(
            {
                "np.exp(logvar) - 1 - logvar": "np.exp(2 * logvar) - 1 - 2 * logvar",
                "0.5 * (np.exp(logvar) - 1) / N": "(np.exp(2 * logvar) - 1) / N",
            },
            message="logvar は log σ² です。元のKLの式が正しい形です。",
        ),
        Edit(
            {
                "kl.sum(axis=1).mean()": "kl.mean()",
                "mu / N": "mu / mu.size",
                "(np.exp(logvar) - 1) / N": "(np.exp(logvar) - 1) / mu.size",
            },
            message="復元の項は直りました。KLは J 次元の和のままにします。",
        ),
    ],
    checks=standard(INPUTS, returns=("loss", "dy", "dmu", "dlogvar")),
    hints=[
        "bce.mean() は何個の値の平均ですか。kl.sum(axis=1).mean() は何で割っていますか。",
        "log p(x|z) は、独立な D 個の画素の対数尤度の和です。",
        "loss は bce.sum(axis=1).mean() + kl.sum(axis=1).mean()、dy は (p - x) / N です。",
    ],
    syllabus=("4.6.ii",),
)
