"""Autoencoders: an encoder to a short code z, a decoder back to x (Hinton & Salakhutdinov 2006).

A denoising autoencoder is the same network that gets a *corrupted* input and is compared with the
clean one (Vincent et al. 2008); `corrupt` spoils the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.nn.functions import Array, activation

CORRUPTIONS = ("gaussian", "mask")


class MLP(nn.Layer):
    """Affine layers with an activation between them, none after the last: x (N, D) → (N, M).

    `sizes` = (D, H, …, M). params: `layer0.W`, `layer0.b`, `layer1.W`, …
    """

    def __init__(
        self,
        sizes: Sequence[int],
        rng: np.random.Generator,
        *,
        hidden: str = "relu",
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        if len(sizes) < 2:
            raise ValueError(f"sizes には入力と出力の大きさが要ります。受け取った値: {sizes!r}")
        self.sizes = tuple(sizes)
        self.activation = activation(hidden)
        init = nn.he() if hidden == "relu" else nn.xavier()
        last = len(sizes) - 2
        self.layers = [
            self.child(
                f"layer{k}",
                nn.Affine(m, n, rng, init=nn.xavier() if k == last else init, dtype=dtype),
            )
            for k, (m, n) in enumerate(pairwise(sizes))
        ]

    def forward(self, x: Array) -> Array:
        """x: (N, D) → (N, M)."""
        hs = []
        for layer in self.layers[:-1]:
            x = self.activation.f(layer(x))
            hs.append(x)
        self.push(hs)
        return self.layers[-1](x)

    def backward(self, dy: Array) -> Array:
        """dL/dy (N, M) → dL/dx (N, D)."""
        (hs,) = self.pop()
        dy = self.layers[-1].backward(dy)
        for layer, h in zip(reversed(self.layers[:-1]), reversed(hs), strict=True):
            dy = layer.backward(dy * self.activation.df(h))
        return dy


class Autoencoder(nn.Layer):
    """x (N, D) → code z (N, J) → y (N, D).

    y are logits where `output` is "sigmoid" (pictures in 0 … 1, with `nn.BCEWithLogits`) and the
    reconstruction itself where it is "identity" (with `nn.SquaredError`). Without hidden layers
    and with "identity" it is the linear autoencoder, whose best code spans the subspace of PCA.
    The decoder's layers mirror the encoder's: D → H → … → J → … → H → D.
    """

    def __init__(
        self,
        input_size: int,
        code_size: int,
        rng: np.random.Generator,
        *,
        hidden_sizes: Sequence[int] = (),
        hidden: str = "relu",
        output: str = "sigmoid",
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        if output not in ("sigmoid", "identity"):
            raise ValueError(f'output は "sigmoid" か "identity" です。受け取った値: {output!r}')
        sizes = (input_size, *hidden_sizes, code_size)
        self.code_size, self.output = code_size, output
        self.encoder = self.child("encoder", MLP(sizes, rng, hidden=hidden, dtype=dtype))
        self.decoder = self.child("decoder", MLP(sizes[::-1], rng, hidden=hidden, dtype=dtype))

    def forward(self, x: Array) -> Array:
        """x: (N, D) → y: (N, D), before the sigmoid."""
        return self.decoder(self.encoder(x))

    def backward(self, dy: Array) -> Array:
        """dL/dy (N, D) → dL/dx (N, D)."""
        return self.encoder.backward(self.decoder.backward(dy))

    def encode(self, x: Array) -> Array:
        """The code z (N, J); nothing is kept for backward."""
        with self.encoder.evaluation():
            return self.encoder(x)

    def decode(self, z: Array) -> Array:
        """Pictures (N, D) from codes (N, J); nothing is kept for backward."""
        with self.decoder.evaluation():
            y = self.decoder(z)
        return nn.sigmoid(y) if self.output == "sigmoid" else y

    def reconstruct(self, x: Array) -> Array:
        """x → z → x̂ (N, D)."""
        return self.decode(self.encode(x))


def corrupt(x: Array, kind: str, level: float, rng: np.random.Generator) -> Array:
    """x with noise, clipped to 0 … 1: the input of a denoising autoencoder.

    "gaussian": x + level · ε, ε ~ N(0, 1).  "mask": each element is 0 with probability `level`.

    Raises:
        ValueError: there is no such kind.
    """
    if kind == "gaussian":
        noise = rng.standard_normal(x.shape, np.float32).astype(x.dtype, copy=False)
        return np.clip(x + np.asarray(level, x.dtype) * noise, 0, 1)
    if kind == "mask":
        return x * (rng.random(x.shape, np.float32) >= level)
    raise ValueError(f"kind は {'、'.join(CORRUPTIONS)} です。受け取った値: {kind!r}")


def pca(x: Array, size: int) -> tuple[Array, Array]:
    """Mean (D,) and the first `size` principal directions (size, D), orthonormal rows.

    x̂ = mean + (x − mean) Vᵀ V is the best reconstruction of that rank (Eckart & Young 1936).
    """
    mean = x.mean(axis=0)
    # The right singular vectors of x − mean: eigenvectors of (D, D), far cheaper for N ≫ D.
    _, directions = np.linalg.eigh((x - mean).T @ (x - mean))  # in rising order
    return mean, directions.T[::-1][:size]
