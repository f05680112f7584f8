"""Latent variable HRED (Serban et al. 2017): a Gaussian for each answer, drawn once before it.

    prior      p(z | c_u)          = N(μ_p, σ_p²),  μ_p, log σ_p² = MLP_p(c_u)
    posterior  q(z | c_u, answer)  = N(μ_q, σ_q²),  μ_q, log σ_q² = MLP_q([c_u; h_answer])
    answer: written by the decoder from [c_u; z]

    log p(answer | c_u) ≥ E_q[log p(answer | c_u, z)] − KL(q(z | c_u, answer) ‖ p(z | c_u))

Unlike in a plain VAE the prior is a network too: which plans are open hangs on what was said.
Training draws z from the posterior, which knows the answer; writing draws it from the prior.
(The paper takes σ² = softplus(…); here, as in the chapter's VAE, the network gives log σ².)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.models.autoencoder import MLP
from eshikaku.models.hred import Hierarchy, side_by_side
from eshikaku.models.seq2seq import Decoder, Encoder, State
from eshikaku.models.vae import Reparameterise
from eshikaku.nn.functions import Array
from eshikaku.tasks.vocabulary import BOS, PAD


def kl_between(mu_q: Array, logvar_q: Array, mu_p: Array, logvar_p: Array) -> Array:
    """KL(N(μ_q, σ_q²) ‖ N(μ_p, σ_p²)) in nats, element by element.

    ½ [log σ_p² − log σ_q² + (σ_q² + (μ_q − μ_p)²) / σ_p² − 1]; with μ_p = 0, σ_p = 1 it is the
    VAE's ½ (μ² + σ² − 1 − log σ²).
    """
    ratio = np.exp(logvar_q - logvar_p)
    distance = (mu_q - mu_p) ** 2 * np.exp(-logvar_p)
    return 0.5 * (ratio + distance - 1 - (logvar_q - logvar_p))


class KLBetween(nn.Layer):
    """Σ_j KL of two diagonal Gaussians, one number a row."""

    def forward(self, mu_q: Array, logvar_q: Array, mu_p: Array, logvar_p: Array) -> Array:
        """All (N, J) → (N,)."""
        self.push(mu_q, logvar_q, mu_p, logvar_p)
        return kl_between(mu_q, logvar_q, mu_p, logvar_p).sum(axis=-1)

    def backward(self, dkl: Array) -> tuple[Array, Array, Array, Array]:
        """dL/dKL: (N,) → the gradients of μ_q, log σ_q², μ_p, log σ_p².

        ∂/∂μ_q = (μ_q − μ_p)/σ_p² = −∂/∂μ_p,  ∂/∂log σ_q² = ½ (σ_q²/σ_p² − 1),
        ∂/∂log σ_p² = ½ (1 − (σ_q² + (μ_q − μ_p)²)/σ_p²).
        """
        mu_q, logvar_q, mu_p, logvar_p = self.pop()
        d, gap = dkl[:, None], mu_q - mu_p
        precision, ratio = np.exp(-logvar_p), np.exp(logvar_q - logvar_p)
        dmu = d * gap * precision
        dlogvar_p = d * 0.5 * (1 - ratio - gap**2 * precision)
        return dmu, d * 0.5 * (ratio - 1), -dmu, dlogvar_p


class VHRED(Hierarchy):
    """HRED whose decoder is told [c_u; z] with z ~ N(μ, σ²) drawn once for each answer.

    params: those of `Hierarchy`, `prior.…` (an MLP C → 2J) and `posterior.…` (an MLP C + H → 2J).

    Args:
        encoder, context, every: as in `Hierarchy`; the decoder's context_size is C + J.
        prior, posterior: MLPs whose outputs are μ and log σ², J numbers each.
    """

    def __init__(
        self,
        encoder: Encoder,
        context: nn.GRU,
        decoder: Decoder,
        prior: MLP,
        posterior: MLP,
        *,
        every: int = 2,
    ) -> None:
        super().__init__(encoder, context, decoder, every=every)
        self.prior = self.child("prior", prior)
        self.posterior = self.child("posterior", posterior)
        self.draw = self.child("draw", Reparameterise())
        self.kl = self.child("kl", KLBetween())
        self.latent_size = prior.sizes[-1] // 2

    def forward(self, dialogue: Array, target_in: Array, eps: Array) -> tuple[Array, Array]:
        """Training: z from the posterior.

        Args:
            dialogue: ids (U, T, N) *with* the last answer, which the posterior reads.
            target_in: ids of the K answers (K, T', N), beginning with BOS.
            eps: ε ~ N(0, I), (K, N, J).

        Returns:
            logits (K, T', N, V) and KL(q ‖ p) of each answer, (K, N).
        """
        K, T, N = target_in.shape
        h = self._utterances(dialogue)  # (U, N, H)
        if len(h) < self.every * (K - 1) + 2:
            raise ValueError("学習の対話には、最後の答えも入れてください。")
        c = self._contexts(h, K).reshape(K * N, -1)  # (K·N, C)
        answer = h[1 :: self.every][:K].reshape(K * N, -1)  # (K·N, H)
        mu_q, logvar_q = _halves(self.posterior(np.concatenate([c, answer], axis=1)))
        z = self.draw(mu_q, logvar_q, eps.reshape(K * N, -1))  # (K·N, J)
        kl = self.kl(mu_q, logvar_q, *_halves(self.prior(c)))
        logits = self.decoder(side_by_side(target_in), np.concatenate([c, z], axis=1))
        return logits.reshape(T, K, N, -1).swapaxes(0, 1), kl.reshape(K, N)

    def backward(self, dlogits: Array, dkl: Array) -> None:
        """dL/dlogits: (K, T', N, V), dL/dKL: (K, N) (β / number of answers, say)."""
        K, T, N, V = dlogits.shape
        dcz = self.decoder.backward(dlogits.swapaxes(0, 1).reshape(T, K * N, V))
        C = dcz.shape[1] - self.latent_size
        dmu, dlogvar, _ = self.draw.backward(dcz[:, C:])
        dmu_kl, dlogvar_kl, dmu_p, dlogvar_p = self.kl.backward(dkl.reshape(-1))
        dseen = self.posterior.backward(
            np.concatenate([dmu + dmu_kl, dlogvar + dlogvar_kl], axis=1)
        )  # (K·N, C + H)
        dc = dcz[:, :C] + dseen[:, :C]
        dc += self.prior.backward(np.concatenate([dmu_p, dlogvar_p], axis=1))
        dh = self._contexts_backward(dc.reshape(K, N, C))
        dh[1 :: self.every][:K] += dseen[:, C:].reshape(K, N, -1)  # a view: adds into dh
        self._utterances_backward(dh)

    def start(self, context: Array, eps: Array | None = None) -> State:
        """Writing: z from the prior.

        Args:
            context: what has been said so far, ids (U, T, N).
            eps: ε (N, J); None is 0, z = μ_p.
        """
        with self.evaluation():
            c = self._read(context)  # (N, C)
            mu, logvar = _halves(self.prior(c))
            z = mu if eps is None else mu + np.exp(logvar / 2) * eps
            return self.decoder.start(np.concatenate([c, z], axis=1))

    def prior_of(self, context: Array) -> tuple[Array, Array]:
        """ids (U, T, N) → (μ_p, log σ_p²), each (N, J).  For looking at."""
        with self.evaluation():
            return _halves(self.prior(self._read(context)))

    def posterior_of(self, context: Array, answer: Array) -> tuple[Array, Array]:
        """ids (U, T, N), ids of an answer (T'', N) with PAD in front → (μ_q, log σ_q²)."""
        with self.evaluation():
            h = self.encoder.forward(answer)[1]
            return _halves(self.posterior(np.concatenate([self._read(context), h], axis=1)))


def drop_words(target_in: Array, p: float, rng: np.random.Generator) -> Array:
    """Word drop-out (Bowman et al. 2016): each word the decoder is given becomes PAD, with p.

    BOS stays. What the decoder can't read off its own last word it has to take from z.
    """
    dropped = (rng.random(target_in.shape) < p) & (target_in != BOS)
    return np.where(dropped, PAD, target_in)


def _halves(both: Array) -> tuple[Array, Array]:
    J = both.shape[1] // 2
    return both[:, :J], both[:, J:]


def vhred(
    vocabulary_size: int,
    seed: int = 0,
    *,
    embedding_size: int = 32,
    hidden_size: int = 64,
    context_size: int = 64,
    latent_size: int = 8,
    into: str = "initial",
    dtype: DTypeLike = np.float32,
) -> VHRED:
    """A VHRED for one vocabulary; `into` says how the decoder sees [c; z]."""
    rng, V = np.random.default_rng(seed), vocabulary_size
    D, H, C, J = embedding_size, hidden_size, context_size, latent_size
    return VHRED(
        Encoder(V, D, H, rng, dtype=dtype),
        nn.GRU(H, C, rng, dtype=dtype),
        Decoder(V, D, H, rng, context=into, context_size=C + J, dtype=dtype),
        MLP((C, H, 2 * J), rng, hidden="tanh", dtype=dtype),
        MLP((C + H, H, 2 * J), rng, hidden="tanh", dtype=dtype),
    )
