"""Normalisation: mean 0 and variance 1 over some axes, then a factor γ and a summand β.

    x̂ = (x − μ) / √(σ² + ε),   y = γ x̂ + β
    dx = γ / √(σ² + ε) ⊙ (dy − mean(dy) − x̂ mean(dy x̂))        (γ dy for dy where γ varies inside)

The kinds differ in the axes over which μ and σ² (biased: divided by the number) are taken. For
(N, C, H, W):

| layer | one μ, σ² for each | source |
|---|---|---|
| `BatchNorm2d` | channel, over (N, H, W) | Ioffe & Szegedy 2015 |
| `LayerNorm((C, H, W))` | sample, over (C, H, W) | Ba et al. 2016 |
| `InstanceNorm2d` | sample and channel, over (H, W) | Ulyanov et al. 2016 |
| `GroupNorm(G, C)` | sample and group of C / G channels | Wu & He 2018 |
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Array
from eshikaku.nn.images import as_images, floating
from eshikaku.nn.layer import Layer, shaped

Shape = tuple[int, ...]


def standardise(x: Array, eps: float) -> tuple[Array, Array, Array, Array]:
    """x̂ for x (A, B, M) with statistics over A and M; mean, variance, 1 / √(σ² + ε): (B, 1)."""
    count = x.dtype.type(x.shape[0] * x.shape[2])
    mean = x.sum(axis=(0, 2))[:, None] / count
    x_hat = x - mean
    variance = np.einsum("abm,abm->b", x_hat, x_hat)[:, None] / count
    scale = 1 / np.sqrt(variance + x.dtype.type(eps))
    x_hat *= scale
    return x_hat, mean, variance, scale


def standardise_backward(dy: Array, x_hat: Array, scale: Array, sums: Any = None) -> Array:
    """dL/dx for `standardise`, from dy = dL/dx̂ (A, B, M): (dy − mean(dy) − x̂ mean(dy x̂)) scale.

    `sums`: Σ dy and Σ dy x̂ over A and M, (B,) each, where they are known already.
    """
    count = x_hat.dtype.type(x_hat.shape[0] * x_hat.shape[2])
    if sums is None:
        sums = dy.sum(axis=(0, 2)), np.einsum("abm,abm->b", dy, x_hat)
    total, along = sums
    dx = x_hat * (-along / count)[:, None]
    dx += dy
    dx -= (total / count)[:, None]
    dx *= scale
    return dx


class Normalisation(Layer):
    """What the kinds share. params (unless affine=False): gamma (γ, starts at 1), beta (β, 0)."""

    def __init__(self, shape: Shape, eps: float, affine: bool, dtype: DTypeLike) -> None:
        super().__init__()
        if not eps > 0:
            raise ValueError(f"eps は正の数です。受け取った値: {eps}")
        self.eps, self.affine = eps, affine
        if affine:
            self.parameter("gamma", np.ones(shape, dtype))
            self.parameter("beta", np.zeros(shape, dtype))

    def _grouped(self, x: Array) -> Array:
        """x as (A, B, M), one mean and variance for each b."""
        raise NotImplementedError

    def _features(self, x: Array) -> Array:
        """x as (rows, features, M), one γ and β for each feature."""
        return x.reshape(x.shape[0], x.shape[1], -1)

    def _scaled(self, x_hat: Array) -> Array:
        """γ x̂ + β."""
        if not self.affine:
            return x_hat.copy()
        gamma, beta = self.weights(x_hat.dtype, "gamma", "beta")
        y = self._features(x_hat) * gamma.reshape(-1, 1)
        y += beta.reshape(-1, 1)
        return y.reshape(x_hat.shape)

    def _forward(self, x: Array) -> tuple[Array, Array, Array]:
        x_hat, mean, variance, scale = standardise(self._grouped(x), self.eps)
        self.push(x_hat, scale, x.shape)
        return self._scaled(x_hat.reshape(x.shape)), mean[:, 0], variance[:, 0]

    def backward(self, dy: Array) -> Array:
        """dγ += Σ dy x̂, dβ += Σ dy; returns dx."""
        x_hat, scale, shape = self.pop()
        dy = shaped(dy, shape, x_hat.dtype, "dy")
        if self.affine:
            (gamma,) = self.weights(dy.dtype, "gamma")
            self._add_grads(dy, x_hat.reshape(shape))
            dy = (self._features(dy) * gamma.reshape(-1, 1)).reshape(shape)
        return standardise_backward(self._grouped(dy), x_hat, scale).reshape(shape)

    def _add_grads(self, dy: Array, x_hat: Array) -> tuple[Array, Array]:
        """Adds to dγ and dβ; returns what was added, Σ dy x̂ and Σ dy: (features,)."""
        dy, x_hat = self._features(dy), self._features(x_hat)
        dgamma, dbeta = np.einsum("rfm,rfm->f", dy, x_hat), dy.sum(axis=(0, 2))
        self.grads["gamma"] += dgamma.reshape(self.grads["gamma"].shape)
        self.grads["beta"] += dbeta.reshape(self.grads["beta"].shape)
        return dgamma, dbeta


class _BatchNorm(Normalisation):
    """Statistics of each channel over the batch (and places).

    In training those of the batch; their running mean and variance (the unbiased one, Σ / (m − 1))
    are kept, running ← (1 − momentum) running + momentum · batch, and used in evaluation. PyTorch's
    momentum 0.1 is the weight of the *new* value; Keras's 0.99 is that of the old one.
    buffers: running_mean, running_var (C,).
    """

    def __init__(
        self,
        num_features: int,
        *,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__((num_features,), eps, affine, dtype)
        self.num_features, self.momentum = num_features, momentum
        self.buffer("running_mean", np.zeros(num_features, dtype))
        self.buffer("running_var", np.ones(num_features, dtype))

    def _grouped(self, x: Array) -> Array:
        return x.reshape(x.shape[0], x.shape[1], -1)

    def _normalise(self, x: Array) -> Array:
        buffers, momentum = self.buffers, self.momentum
        if not self.training:
            mean = buffers["running_mean"].astype(x.dtype, copy=False)[:, None]
            variance = buffers["running_var"].astype(x.dtype, copy=False)[:, None]
            x_hat = (self._grouped(x) - mean) / np.sqrt(variance + x.dtype.type(self.eps))
            return self._scaled(x_hat.reshape(x.shape))
        count = x.size // self.num_features
        if count < 2:
            raise ValueError(
                "学習時のBatchNormには、チャネルごとに2個以上の値が必要です。1個では平均がその値に"
                "なり、x − μ = 0 で、出力は入力によらず β になります。バッチを大きくするか、"
                f"LayerNormやGroupNormを使います。受け取った形: {x.shape}"
            )
        y, mean, variance = self._forward(x)
        for name, new in (("running_mean", mean), ("running_var", variance * count / (count - 1))):
            buffers[name] = (1 - momentum) * buffers[name] + momentum * new
        return y

    def backward(self, dy: Array) -> Array:
        """dx = γ / √(σ² + ε) (dy − (dβ + x̂ dγ) / m): γ is the same all over a channel."""
        if not self.affine:
            return super().backward(dy)
        x_hat, scale, shape = self.pop()
        dy = shaped(dy, shape, x_hat.dtype, "dy")
        dgamma, dbeta = self._add_grads(dy, x_hat.reshape(shape))
        (gamma,) = self.weights(dy.dtype, "gamma")
        scale = scale * gamma[:, None]
        return standardise_backward(self._grouped(dy), x_hat, scale, (dbeta, dgamma)).reshape(shape)


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C), over N, or of (N, C, L), over N and L."""

    def forward(self, x: Array) -> Array:
        """x → y of the same shape.

        Raises: ValueError for another shape, or in training for one value for each channel.
        """
        x = np.asarray(x)
        if x.ndim not in (2, 3) or x.shape[1] != self.num_features:
            raise ValueError(
                f"x の形は (N, {self.num_features}) か (N, {self.num_features}, L) です。"
                f"受け取った形: {x.shape}"
            )
        return self._normalise(floating(x))


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images (N, C, H, W), over N, H and W."""

    def forward(self, x: Array) -> Array:
        """x → y of the same shape.  Raises: as `BatchNorm1d`."""
        return self._normalise(as_images(x, self.num_features))


class LayerNorm(Normalisation):
    """Statistics of each sample over the last axes, `normalized_shape`; the same in evaluation.

    params: gamma, beta of that shape, one for each element.
    """

    def __init__(
        self,
        normalized_shape: int | Shape,
        *,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        dtype: DTypeLike = np.float64,
    ) -> None:
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else normalized_shape
        super().__init__(tuple(shape), eps, elementwise_affine, dtype)
        self.normalized_shape = tuple(shape)

    def forward(self, x: Array) -> Array:
        """x (…, *normalized_shape) → y of the same shape."""
        x = np.asarray(x)
        if x.shape[-len(self.normalized_shape) :] != self.normalized_shape:
            raise ValueError(
                f"x の最後の軸は {self.normalized_shape} です。受け取った形: {x.shape}"
            )
        rows = floating(x).reshape(-1, math.prod(self.normalized_shape))  # (R, D)
        D = x.dtype.type(rows.shape[1])
        mean_of = np.full((rows.shape[1], 1), 1 / D, x.dtype)
        x_hat = rows - rows @ mean_of
        scale = 1 / np.sqrt(np.vecdot(x_hat, x_hat)[:, None] / D + x.dtype.type(self.eps))
        x_hat *= scale
        self.push(x_hat, scale, x.shape)
        gamma, beta = self._affine(x.dtype)
        y = x_hat * gamma
        y += beta
        return y.reshape(x.shape)

    def backward(self, dy: Array) -> Array:
        """dγ += Σ dy x̂, dβ += Σ dy; returns dx. Sums along rows are products with a vector."""
        x_hat, scale, shape = self.pop()
        dy = shaped(dy, shape, x_hat.dtype, "dy").reshape(x_hat.shape)
        gamma, _ = self._affine(dy.dtype)
        mean_of = gamma[:, None] / dy.dtype.type(dy.shape[1])
        product = dy * x_hat
        if self.affine:
            ones = np.ones(len(dy), dy.dtype)
            self.grads["gamma"] += (ones @ product).reshape(self.normalized_shape)
            self.grads["beta"] += (ones @ dy).reshape(self.normalized_shape)
        dx = dy * gamma
        dx -= dy @ mean_of  # mean(γ dy)
        dx -= np.multiply(x_hat, product @ mean_of, out=product)  # x̂ mean(γ dy x̂)
        dx *= scale
        return dx.reshape(shape)

    def _affine(self, dtype: DTypeLike) -> tuple[Array, Array]:
        """γ and β as vectors (D,); 1 and 0 where there are none."""
        if not self.affine:
            D = math.prod(self.normalized_shape)
            return np.ones(D, dtype), np.zeros(D, dtype)
        gamma, beta = self.weights(np.dtype(dtype), "gamma", "beta")
        return gamma.reshape(-1), beta.reshape(-1)


class InstanceNorm2d(Normalisation):
    """Statistics of each channel of each sample, over (H, W); without γ, β unless affine=True."""

    def __init__(
        self,
        num_features: int,
        *,
        eps: float = 1e-5,
        affine: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__((num_features,), eps, affine, dtype)
        self.num_features = num_features

    def _grouped(self, x: Array) -> Array:
        return x.reshape(1, x.shape[0] * x.shape[1], -1)

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → y of the same shape.  Raises: ValueError for H · W = 1."""
        x = as_images(x, self.num_features)
        if x.shape[2] * x.shape[3] < 2:
            raise ValueError(
                "InstanceNormには、H·W が2以上の画像が必要です（1個の値では x − μ が必ず0です）。"
                f"受け取った形: {x.shape}"
            )
        return self._forward(x)[0]


class GroupNorm(Normalisation):
    """Statistics of each group of C / G channels of each sample, over them and all places.

    G = 1 is a layer norm over (C, H, W) (with γ, β for each channel), G = C an instance norm.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        *,
        eps: float = 1e-5,
        affine: bool = True,
        dtype: DTypeLike = np.float64,
    ) -> None:
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"num_groups は、チャネル数 {num_channels} を割り切る数です。"
                f"受け取った値: {num_groups}"
            )
        super().__init__((num_channels,), eps, affine, dtype)
        self.num_groups, self.num_channels = num_groups, num_channels

    def _grouped(self, x: Array) -> Array:
        return x.reshape(1, x.shape[0] * self.num_groups, -1)

    def forward(self, x: Array) -> Array:
        """x (N, C, …) → y of the same shape."""
        x = np.asarray(x)
        if x.ndim < 2 or x.shape[1] != self.num_channels:
            raise ValueError(f"x の形は (N, {self.num_channels}, …) です。受け取った形: {x.shape}")
        return self._forward(floating(x))[0]
