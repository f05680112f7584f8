"""The variational autoencoder (Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014).

Encoder q(z|x) = N(μ(x), diag σ²(x)), prior p(z) = N(0, I), decoder p(x|z).

    log p(x) ≥ ELBO(x) = E_{q(z|x)}[log p(x|z)] − KL(q(z|x) ‖ p(z))
    loss    = −E[log p(x|z)] + β KL,  summed over pixels and latent dimensions, mean over the batch

β = 1 is the VAE; other values are the β-VAE (Higgins et al. 2017), whose loss bounds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.models.autoencoder import MLP
from eshikaku.nn.functions import Array

LIKELIHOODS = ("bernoulli", "gaussian")


def gaussian_kl(mu: Array, logvar: Array) -> Array:
    """KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − log σ²) in nats, element by element.

    expm1 is e^x − 1 without cancellation: σ² ≈ 1 is where a collapsed dimension ends.
    """
    return 0.5 * (mu**2 + np.expm1(logvar) - logvar)


class Reparameterise(nn.Layer):
    """z = μ + σ ⊙ ε with σ = exp(½ log σ²); ε ~ N(0, I) comes from outside and has no parameters.

    ∂z/∂μ = 1 and ∂z/∂(log σ²) = ½ σ ε, so the gradient passes though z is drawn.
    """

    def forward(self, mu: Array, logvar: Array, eps: Array) -> Array:
        """All (N, J)."""
        sigma = np.exp(logvar / 2)
        self.push(sigma, eps)
        return mu + sigma * eps

    def backward(self, dz: Array) -> tuple[Array, Array, Array]:
        """dL/dz (N, J) → (dL/dμ, dL/d(log σ²), dL/dε)."""
        sigma, eps = self.pop()
        return dz, dz * eps * sigma / 2, dz * sigma


class GaussianKL(nn.Layer):
    """Mean over the batch of Σ_j KL(N(μ_j, σ_j²) ‖ N(0, 1))."""

    def forward(self, mu: Array, logvar: Array) -> float:
        """μ, log σ²: (N, J) → a number."""
        self.push(mu, logvar)
        return float(gaussian_kl(mu, logvar).sum() / len(mu))

    def backward(self, dout: float = 1.0) -> tuple[Array, Array]:
        """∂KL/∂μ = μ / N,  ∂KL/∂(log σ²) = ½ (σ² − 1) / N."""
        mu, logvar = self.pop()
        scale = np.asarray(dout / len(mu), mu.dtype)
        return mu * scale, 0.5 * np.expm1(logvar) * scale


class ELBOLoss(nn.Layer):
    """−E[log p(x|z)] + β KL of one draw of z: summed over D and J, mean over N.

    likelihood "bernoulli": y are logits, −log p = Σ_d BCE (a true likelihood only for x ∈ {0, 1});
    "gaussian": y is the mean, −log p = Σ_d ½ [(x − y)²/s² + log(2π s²)] with s² = `variance`.
    After `forward`, `reconstruction` and `kl` hold the two terms (KL without β).
    """

    def __init__(
        self, likelihood: str = "bernoulli", beta: float = 1.0, variance: float = 1.0
    ) -> None:
        super().__init__()
        if likelihood not in LIKELIHOODS:
            known = "、".join(LIKELIHOODS)
            raise ValueError(f"likelihood は {known} です。受け取った値: {likelihood!r}")
        if variance <= 0:
            raise ValueError(f"variance は正の数です。受け取った値: {variance}")
        self.likelihood, self.beta, self.variance = likelihood, beta, variance
        loss: nn.BCEWithLogits | nn.SquaredError
        if likelihood == "bernoulli":
            loss, self._scale = nn.BCEWithLogits(reduction="sum"), 1.0
        else:
            loss, self._scale = nn.SquaredError(reduction="sum", half=True), 1 / variance
        self._loss = self.child("reconstruction", loss)
        self._kl = self.child("kl", GaussianKL())
        self.reconstruction = self.kl = float("nan")

    def forward(self, y: Array, x: Array, mu: Array, logvar: Array) -> float:
        """y, x: (N, D); μ, log σ²: (N, J) → the loss of the batch."""
        self.reconstruction = self._scale * self._loss(y, x) / len(x)
        if self.likelihood == "gaussian":
            self.reconstruction += 0.5 * x.shape[1] * float(np.log(2 * np.pi * self.variance))
        self.kl = self._kl(mu, logvar)
        self.push(len(x))
        return self.reconstruction + self.beta * self.kl

    def backward(self, dout: float = 1.0) -> tuple[Array, Array, Array]:
        """→ (dL/dy, dL/dμ, dL/d(log σ²)), those of μ and log σ² from the KL term alone."""
        (n,) = self.pop()
        dmu, dlogvar = self._kl.backward(dout * self.beta)
        return self._loss.backward(dout * self._scale / n), dmu, dlogvar


class VAE(nn.Layer):
    """x (N, D) → μ, log σ² (N, J) → z = μ + σ ε → y (N, D): logits, or the mean of a Gaussian.

    One MLP gives both: the first J of its 2J outputs are μ, the others log σ² (any real number,
    so that σ² > 0 needs no care). `output` as in `Autoencoder`.
    """

    def __init__(
        self,
        input_size: int,
        code_size: int,
        rng: np.random.Generator,
        *,
        hidden_sizes: Sequence[int] = (128,),
        hidden: str = "relu",
        output: str = "sigmoid",
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        if output not in ("sigmoid", "identity"):
            raise ValueError(f'output は "sigmoid" か "identity" です。受け取った値: {output!r}')
        down = (input_size, *hidden_sizes, 2 * code_size)
        up = (code_size, *tuple(hidden_sizes)[::-1], input_size)
        self.code_size, self.output = code_size, output
        self.encoder = self.child("encoder", MLP(down, rng, hidden=hidden, dtype=dtype))
        self.draw = self.child("draw", Reparameterise())
        self.decoder = self.child("decoder", MLP(up, rng, hidden=hidden, dtype=dtype))

    def forward(self, x: Array, eps: Array) -> tuple[Array, Array, Array]:
        """x: (N, D), ε: (N, J) → (y (N, D), μ (N, J), log σ² (N, J))."""
        mu, logvar = self._split(self.encoder(x))
        return self.decoder(self.draw(mu, logvar, eps)), mu, logvar

    def backward(self, dy: Array, dmu: Array, dlogvar: Array) -> tuple[Array, Array]:
        """Gradients of the three outputs → (dL/dx, dL/dε).

        μ and log σ² get a sum: from z (the reconstruction) and from the KL term (`dmu`, `dlogvar`).
        """
        dmu_z, dlogvar_z, deps = self.draw.backward(self.decoder.backward(dy))
        both = np.concatenate([dmu_z + dmu, dlogvar_z + dlogvar], axis=1)  # (N, 2J)
        return self.encoder.backward(both), deps

    def encode(self, x: Array) -> tuple[Array, Array]:
        """(μ, log σ²), each (N, J); nothing is kept for backward."""
        with self.encoder.evaluation():
            return self._split(self.encoder(x))

    def decode(self, z: Array) -> Array:
        """Pictures (N, D) from codes (N, J): the mean of p(x|z), not a draw from it."""
        with self.decoder.evaluation():
            y = self.decoder(z)
        return nn.sigmoid(y) if self.output == "sigmoid" else y

    def reconstruct(self, x: Array) -> Array:
        """x → μ → x̂ (N, D), without noise."""
        return self.decode(self.encode(x)[0])

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """n pictures (n, D) from z ~ N(0, I); the encoder takes no part."""
        dtype = self.params["decoder.layer0.W"].dtype
        return self.decode(rng.standard_normal((n, self.code_size)).astype(dtype))

    def _split(self, both: Array) -> tuple[Array, Array]:
        return both[:, : self.code_size], both[:, self.code_size :]
