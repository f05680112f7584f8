"""Exercise vae-elbo: find the bug in the loss of a VAE."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Exercise, Wrong
from eshikaku.exercises.checks import arrays, standard, uniform


def elbo_loss(y, x, mu, logvar):
    """−ELBO。y: ロジット (N, D)、x: 0〜1 (N, D)、μ, log σ²: (N, J) → 損失, dy, dmu, dlogvar"""
    N = len(x)
    bce = np.maximum(y, 0) - y * x + np.log1p(np.exp(-np.abs(y)))  # (N, D)
    kl = 0.5 * (mu**2 + np.exp(logvar) - 1 - logvar)  # (N, J)
    loss = bce.mean() + kl.sum(axis=1).mean()
    p = 0.5 * (1 + np.tanh(0.5 * y))  # σ(y): (N, D)
    dy = (p - x) / x.size  # (N, D)
    dmu = mu / N  # (N, J)
    dlogvar = 0.5 * (np.exp(logvar) - 1) / N  # (N, J)
    return loss, dy, dmu, dlogvar


def reference_elbo_loss(y, x, mu, logvar):
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


def _elbo(y, x, mu, logvar, loss=None, dy=1.0, kl=1.0, dlogvar=None):
    """The right answer with another loss, or with gradients that are off by a factor."""
    right = reference_elbo_loss(y, x, mu, logvar)
    back = kl * right[3] if dlogvar is None else dlogvar
    return right[0] if loss is None else loss, dy * right[1], kl * right[2], back


def _terms(y, x, mu, logvar):
    """The two terms for each picture: (N,) and (N,)."""
    bce = np.maximum(y, 0) - y * x + np.log1p(np.exp(-np.abs(y)))
    kl = 0.5 * (mu**2 + np.exp(logvar) - 1 - logvar)
    return bce.sum(axis=1), kl.sum(axis=1)


def wrong_elbo_only_the_loss(y, x, mu, logvar):
    return _elbo(y, x, mu, logvar, dy=1 / x.shape[1])


def wrong_elbo_only_the_gradient(y, x, mu, logvar):
    bce, kl = _terms(y, x, mu, logvar)
    return _elbo(y, x, mu, logvar, loss=bce.mean() / x.shape[1] + kl.mean())


def wrong_elbo_both_means(y, x, mu, logvar):
    bce, kl = _terms(y, x, mu, logvar)
    D, J = x.shape[1], mu.shape[1]
    return _elbo(y, x, mu, logvar, loss=bce.mean() / D + kl.mean() / J, dy=1 / D, kl=1 / J)


def wrong_elbo_batch_sum(y, x, mu, logvar):
    bce, kl = _terms(y, x, mu, logvar)
    return _elbo(y, x, mu, logvar, loss=bce.sum() + kl.sum(), dy=len(x), kl=len(x))


def wrong_elbo_sign_of_kl(y, x, mu, logvar):
    bce, kl = _terms(y, x, mu, logvar)
    return _elbo(y, x, mu, logvar, loss=(bce - kl).mean(), kl=-1)


def wrong_elbo_the_bound_itself(y, x, mu, logvar):
    return tuple(-part for part in reference_elbo_loss(y, x, mu, logvar))


def wrong_elbo_log_sigma(y, x, mu, logvar):
    bce, _ = _terms(y, x, mu, logvar)
    kl = 0.5 * (mu**2 + np.exp(2 * logvar) - 1 - 2 * logvar)
    loss = (bce + kl.sum(axis=1)).mean()
    return _elbo(y, x, mu, logvar, loss=loss, dlogvar=(np.exp(2 * logvar) - 1) / len(x))


def wrong_elbo_kl_mean(y, x, mu, logvar):
    bce, kl = _terms(y, x, mu, logvar)
    J = mu.shape[1]
    return _elbo(y, x, mu, logvar, loss=(bce + kl / J).mean(), kl=1 / J)


INPUTS = arrays(y="N D", x=uniform("N D", 0, 1), mu="N J", logvar=uniform("N J", -3, 3))

LOSS = Exercise(
    id="vae-elbo",
    title="VAEの損失の誤りを直す",
    kind="bug",
    level=2,
    minutes=6,
    statement=r"""
ベルヌーイ分布のデコーダを持つVAEの損失 $-\mathrm{ELBO}$ と、その勾配です。
エラーは出ず、損失も下がります。しかし学習すると、どの画像を入れても同じ画像が出てきます。

損失は**画素と $J$ 次元の和、バッチの平均**です。2つの項のまとめ方を見比べて、直してください。
勾配は損失と合わせます。
""",
    starter=elbo_loss,
    reference=reference_elbo_loss,
    alternatives=[alt_elbo_sums, alt_elbo_means_rescaled],
    wrongs=[
        Wrong(
            elbo_loss,
            "復元の項が画素の平均です。KLが D 倍重く効き、事後崩壊します。画素の和にします。",
        ),
        Wrong(wrong_elbo_only_the_loss, "損失は直りました。dy はまだ画素の数で割っています。"),
        Wrong(wrong_elbo_only_the_gradient, "dy は直りました。損失はまだ画素の平均です。"),
        Wrong(
            wrong_elbo_both_means,
            "KLも平均にしました。D で割る項と J で割る項になり、2つの比がELBOと違います。",
        ),
        Wrong(wrong_elbo_batch_sum, "バッチの和になっています。バッチについては平均です。"),
        Wrong(wrong_elbo_sign_of_kl, "KLを引いています。−ELBO では、復元の損失にKLを足します。"),
        Wrong(wrong_elbo_the_bound_itself, "ELBOの符号です。最小化する損失は −ELBO です。"),
        Wrong(wrong_elbo_log_sigma, "logvar は log σ² です。元のKLの式が正しい形です。"),
        Wrong(wrong_elbo_kl_mean, "復元の項は直りました。KLは J 次元の和のままにします。"),
    ],
    checks=standard(INPUTS, returns=("loss", "dy", "dmu", "dlogvar")),
    hints=[
        "bce.mean() は何個の値の平均ですか。kl.sum(axis=1).mean() は何で割っていますか。",
        "log p(x|z) は、独立な D 個の画素の対数尤度の和です。",
        "loss は bce.sum(axis=1).mean() + kl.sum(axis=1).mean()、dy は (p - x) / N です。",
    ],
    inputs=INPUTS,
    syllabus=("4.6.ii",),
)
