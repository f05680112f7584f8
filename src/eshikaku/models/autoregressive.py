"""Networks that model p(x) = Π p(x_i | x_1 … x_{i−1}) by convolutions that see no future.

`WaveNet` (van den Oord et al. 2016a) for sequences, `PixelCNN` (van den Oord et al. 2016b) for
images. In training all places are predicted at once; a sample is drawn one place after another.
Values are numbers 0 … Q − 1; what is given to the network is the value scaled to −1 … 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.models.costs import receptive_field
from eshikaku.nn.functions import Array
from eshikaku.nn.layer import shaped


def scaled(values: Array, levels: int, dtype: DTypeLike) -> Array:
    """0 … Q − 1 → −1 … 1."""
    return (np.asarray(values) * (2 / (levels - 1)) - 1).astype(dtype)


def draw(logits: Array, rng: np.random.Generator, temperature: float = 1.0) -> Array:
    """One value for each row of logits (N, Q), from softmax(logits / temperature): (N,)."""
    if not temperature > 0:
        raise ValueError(f"temperature は正の数です。受け取った値: {temperature}")
    upto = np.cumsum(nn.softmax(logits.astype(np.float64) / temperature), axis=-1)
    drawn = (rng.random((len(logits), 1)) > upto).sum(axis=-1)
    return np.minimum(drawn, logits.shape[-1] - 1)


def mu_law(x: Array, levels: int = 256) -> Array:
    """Sound in −1 … 1 → numbers 0 … Q − 1, finer near 0: sign(x) ln(1 + μ|x|) / ln(1 + μ)."""
    mu = levels - 1
    y = np.sign(x) * np.log1p(mu * np.abs(np.clip(x, -1, 1))) / np.log1p(mu)
    return np.rint((y + 1) / 2 * mu).astype(np.int64)


def mu_law_inverse(values: Array, levels: int = 256) -> Array:
    """Numbers 0 … Q − 1 → sound in −1 … 1."""
    mu = levels - 1
    y = 2 * np.asarray(values) / mu - 1
    return np.sign(y) * np.expm1(np.abs(y) * np.log1p(mu)) / mu


class Gated(nn.Layer):
    """One WaveNet block: z = tanh(W_f ∗ x) ⊙ σ(W_g ∗ x); → (x + 1×1 z, 1×1 z), both (N, C, L).

    The first goes on to the next block (residual), the second to the output (skip).
    """

    def __init__(
        self, channels: int, dilation: int, rng: np.random.Generator, **options: Any
    ) -> None:
        super().__init__()
        wide: dict[str, Any] = {"dilation": dilation, "causal": True, **options}
        self.filter = self.child("filter", nn.Conv1d(channels, channels, 2, rng, **wide))
        self.gate = self.child("gate", nn.Conv1d(channels, channels, 2, rng, **wide))
        self.residual = self.child("residual", nn.Conv1d(channels, channels, 1, rng, **options))
        self.skip = self.child("skip", nn.Conv1d(channels, channels, 1, rng, **options))

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, C, L) → (next x, skip)."""
        f, g = np.tanh(self.filter.forward(x)), nn.sigmoid(self.gate.forward(x))
        self.push(f, g)
        z = f * g
        return x + self.residual.forward(z), self.skip.forward(z)

    def backward(self, dx: Array, dskip: Array) -> Array:
        """Gradients of both outputs → of x."""
        f, g = self.pop()
        dz = self.skip.backward(dskip) + self.residual.backward(dx)
        dgate = self.gate.backward(dz * f * nn.dsigmoid(g))
        return dx + self.filter.backward(dz * g * nn.dtanh(f)) + dgate


class WaveNet(nn.Layer):
    """Sequences of numbers 0 … Q − 1, (N, L) → logits (N, L, Q): place t from x_1 … x_{t−1} alone.

    A causal convolution shifted by one, then gated blocks with the given dilations; the sum of
    their skips – ReLU – 1×1 – ReLU – 1×1.  With kernel 2 the receptive field is
    1 + Σ dilations values (1, 2, 4, …, 2^{n−1}: 2ⁿ).
    """

    def __init__(
        self,
        levels: int,
        rng: np.random.Generator,
        *,
        channels: int = 16,
        dilations: Sequence[int] = (1, 2, 4, 8),
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        self.levels, self.dilations, self.dtype = levels, tuple(dilations), dtype
        conv: dict[str, Any] = {"dtype": dtype, "init": nn.xavier()}
        self.first = self.child("first", nn.Conv1d(1, channels, 1, rng, **conv))
        self.blocks = [
            self.child(f"block{k}", Gated(channels, d, rng, **conv))
            for k, d in enumerate(self.dilations)
        ]
        self.out = self.child(
            "out",
            nn.Sequential(
                nn.ReLU(),
                nn.Conv1d(channels, channels, 1, rng, **conv),
                nn.ReLU(),
                nn.Conv1d(channels, levels, 1, rng, **conv),
            ),
        )

    @property
    def receptive_field(self) -> int:
        """How many values before a place its prediction sees."""
        return receptive_field([(2, 1, d) for d in self.dilations])

    def forward(self, values: Array) -> Array:
        """values (N, L), 0 … Q − 1 → logits (N, L, Q)."""
        x = scaled(values, self.levels, self.dtype)[:, None]
        x = np.concatenate([np.zeros_like(x[:, :, :1]), x[:, :, :-1]], axis=2)  # x_{t−1} at t
        x = self.first.forward(x)
        total: Any = 0
        for block in self.blocks:
            x, skip = block.forward(x)
            total = total + skip
        self.push(x.shape)
        return self.out.forward(total).swapaxes(1, 2)

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits (N, L, Q); numbers have no gradient."""
        (shape,) = self.pop()
        dlogits = shaped(
            dlogits, (shape[0], shape[2], self.levels), np.dtype(self.dtype), "dlogits"
        )
        dskip = self.out.backward(np.ascontiguousarray(dlogits.swapaxes(1, 2)))
        dx = np.zeros(shape, dskip.dtype)
        for block in reversed(self.blocks):
            dx = block.backward(dx, dskip)
        self.first.backward(dx)

    def sample(
        self,
        start: Array,
        length: int,
        rng: np.random.Generator,
        temperature: float = 1.0,
    ) -> Array:
        """Goes on from `start` (N, S) by `length` values, each drawn given those before."""
        values = np.concatenate([start, np.zeros((len(start), length), np.int64)], axis=1)
        with self.evaluation():
            for t in range(start.shape[1], values.shape[1]):
                first = max(0, t - self.receptive_field)
                logits = self.forward(values[:, first : t + 1])[:, -1]
                values[:, t] = draw(logits, rng, temperature)
        return values[:, start.shape[1] :]


class MaskedConv2d(nn.Conv2d):
    """A convolution whose kernel is 0 from its centre on, in the order of reading.

    Kind "A" (first layer) is 0 at the centre too, kind "B" sees it. W stays 0 there, as its
    gradient does.
    """

    def __init__(
        self,
        kind: str,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        rng: np.random.Generator,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if kind not in ("A", "B") or kernel_size % 2 == 0:
            raise ValueError(
                f'kind は "A" か "B"、カーネルの幅は奇数です。受け取った値: {kind!r}、{kernel_size}'
            )
        middle = kernel_size // 2
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            rng,
            padding=middle,
            init=nn.xavier(),
            dtype=dtype,
        )
        self.mask = np.ones((kernel_size, kernel_size), bool)
        self.mask[middle, middle + (kind == "B") :] = False
        self.mask[middle + 1 :] = False
        self.params["W"] *= self.mask

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → (N, O, H, W)."""
        self.params["W"] *= self.mask
        return super().forward(x)

    def backward(self, dy: Array) -> Array:
        """As a convolution; dW is 0 where the mask is."""
        dx = super().backward(dy)
        self.grads["W"] *= self.mask
        return dx


class PixelCNN(nn.Layer):
    """Images of numbers 0 … Q − 1, (N, H, W) → logits (N, H, W, Q), each from the pixels before.

    Masked convolution "A", then `depth` of kind "B" with ReLU, then 1×1. Stacked masks leave a
    blind spot to the upper right (van den Oord et al. 2016c mend it by two stacks).
    """

    def __init__(
        self,
        levels: int,
        rng: np.random.Generator,
        *,
        channels: int = 16,
        depth: int = 4,
        kernel_size: int = 3,
        first_kernel: int = 7,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        self.levels, self.dtype = levels, dtype
        layers: list[nn.Layer] = [MaskedConv2d("A", 1, channels, first_kernel, rng, dtype)]
        for _ in range(depth):
            layers += [nn.ReLU(), MaskedConv2d("B", channels, channels, kernel_size, rng, dtype)]
        layers += [nn.ReLU(), nn.Conv2d(channels, levels, 1, rng, init=nn.xavier(), dtype=dtype)]
        self.net = self.child("net", nn.Sequential(*layers))

    def forward(self, values: Array) -> Array:
        """values (N, H, W), 0 … Q − 1 → logits (N, H, W, Q)."""
        x = scaled(values, self.levels, self.dtype)[:, None]
        return np.moveaxis(self.net.forward(x), 1, -1)

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits (N, H, W, Q); numbers have no gradient."""
        self.net.backward(np.ascontiguousarray(np.moveaxis(dlogits, -1, 1)))

    def sample(
        self,
        shape: tuple[int, int, int],
        rng: np.random.Generator,
        temperature: float = 1.0,
        given: Array | None = None,
    ) -> Array:
        """N images (N, H, W), pixel by pixel; `given` (N, h, W) are the first rows, if any."""
        values = np.zeros(shape, np.int64)
        first = 0 if given is None else given.shape[1]
        if given is not None:
            values[:, :first] = given
        with self.evaluation():
            for i in range(first, shape[1]):
                for j in range(shape[2]):
                    logits = self.forward(values[:, : i + 1])[:, i, j]
                    values[:, i, j] = draw(logits, rng, temperature)
        return values
