"""Keys of chapter 06 once more, each by another way: torch's distributions and autograd, numbers
integrated or counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from scipy import integrate
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence
from torch.nn import functional as F

Values = Mapping[str, Any]


def _count(*layers: nn.Module) -> int:
    return sum(p.numel() for layer in layers for p in layer.parameters())


def _tensor(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _pca_error(v: Values) -> float:
    """Data with this covariance, projected by SVD; the mean squared error is counted."""
    variances = np.array([v[f"l{n}"] for n in range(1, 6)])
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((5, 5)))[0]
    x = np.concatenate([np.eye(5), -np.eye(5)]) * np.sqrt(5 * variances) @ turn
    _, _, axes = np.linalg.svd(x, full_matrices=False)
    kept = axes[: v["J"]]
    return float(((x - x @ kept.T @ kept) ** 2).sum(axis=1).mean())


def _kl_integral(v: Values) -> float:
    """∫ q log(q/p) dz by quadrature."""
    mu, sigma = v["mu"], v["sigma"]

    def integrand(z: float) -> float:
        log_q = -0.5 * ((z - mu) / sigma) ** 2 - np.log(sigma)
        return float(np.exp(log_q) / np.sqrt(2 * np.pi) * (log_q + 0.5 * z * z))

    found = integrate.quad(integrand, mu - 12 * sigma, mu + 12 * sigma, epsabs=1e-11, limit=200)
    return float(found[0])


def _kl_sum(v: Values) -> float:
    sigma = _tensor(v["v1"], v["v2"]).exp().sqrt()
    q = Independent(Normal(_tensor(v["m1"], v["m2"]), sigma), 1)
    return float(kl_divergence(q, Independent(Normal(torch.zeros_like(sigma), 1.0), 1)))


def _elbo(v: Values) -> float:
    """log p(x) − KL(q ‖ p(z|x)): the other side of the identity."""
    joint = np.array([v["p0"] * v["x0"], v["p1"] * v["x1"]])
    q, evidence = np.array([v["q0"], v["q1"]]), joint.sum()
    return float(np.log(evidence) - (q * np.log(q / (joint / evidence))).sum())


def _sample(v: Values) -> float:
    """torch draws ε itself; the same draw is scaled by its own distribution."""
    q = Normal(_tensor(v["mu"]), _tensor(v["logvar"]).exp().sqrt())
    return float(q.icdf(Normal(_tensor(0.0), _tensor(1.0)).cdf(_tensor(v["eps"]))))


def _gradient_logvar(v: Values) -> float:
    logvar = _tensor(v["v"]).requires_grad_()
    z = torch.exp(0.5 * logvar) * v["eps"]
    z.backward(_tensor(v["dz"]))
    assert logvar.grad is not None
    return float(logvar.grad)


def _bce(v: Values) -> float:
    x, y = (_tensor(*(v[f"{name}{n}"] for n in range(1, 5))) for name in "xy")
    summed = float(F.binary_cross_entropy(y, x, reduction="sum"))
    assert abs(summed + float(Bernoulli(probs=y).log_prob(x).sum())) < 1e-9
    return summed


def _loss(v: Values) -> float:
    losses = [v[f"r{n}"] + v["beta"] * (v[f"k{n}1"] + v[f"k{n}2"]) for n in (1, 2)]
    return float(np.mean(losses))


INDEPENDENT: dict[str, Callable[[Values], float]] = {
    "vae_ae_parameters": lambda v: _count(
        nn.Linear(v["D"], v["H"]), nn.Linear(v["H"], v["J"]),
        nn.Linear(v["J"], v["H"]), nn.Linear(v["H"], v["D"]),
    ),
    "vae_parameters": lambda v: _count(
        nn.Linear(v["D"], v["H"]), nn.Linear(v["H"], v["J"]), nn.Linear(v["H"], v["J"]),
        nn.Linear(v["J"], v["H"]), nn.Linear(v["H"], v["D"]),
    ),
    "vae_pca_error": _pca_error,
    "vae_kl_by_hand": _kl_integral,
    "vae_kl_sum": _kl_sum,
    "vae_elbo_by_hand": _elbo,
    "vae_sample": _sample,
    "vae_gradient_logvar": _gradient_logvar,
    "vae_bce": _bce,
    "vae_loss": _loss,
}  # fmt: skip
