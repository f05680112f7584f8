"""Convolutional networks of the exam, assembled from layers: small, for images (N, C, H, W).

| function | what it shows |
|---|---|
| `resnet` | residual blocks, or the plain network of the same depth (He et al. 2016a) |
| `resnet(block="bottleneck")` | 1×1 down, 3×3, 1×1 up (He et al. 2016a) |
| `wide_resnet` | few blocks, k times the channels; BN – ReLU – conv (Zagoruyko & Komodakis 2016) |
| `mobilenet` | depthwise separable convolutions (Howard et al. 2017) |
| `densenet` | concatenation instead of a sum (Huang et al. 2017) |
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.nn.functions import Array


class Residual(nn.Layer):
    """y = F(x) + s(x): `body` F learns what is missing; `shortcut` s is the identity if None.

    dL/dx = Fᵀ dy + sᵀ dy: the gradient reaches x undiminished along the identity.
    """

    def __init__(self, body: nn.Layer, shortcut: nn.Layer | None = None) -> None:
        super().__init__()
        self.body = self.child("body", body)
        self.shortcut = None if shortcut is None else self.child("shortcut", shortcut)

    def forward(self, x: Array) -> Array:
        """x (N, C, …) → y (N, O, …).

        Raises: ValueError where F(x) and s(x) have different shapes (a shortcut is needed).
        """
        y = self.body.forward(x)
        other = x if self.shortcut is None else self.shortcut.forward(x)
        if y.shape != other.shape:
            raise ValueError(
                f"F(x) の形 {y.shape} と、足す x の形 {other.shape} が違います。"
                "チャネル数や大きさが変わるブロックには、1×1の畳み込みなどの shortcut を渡します。"
            )
        return y + other

    def backward(self, dy: Array) -> Array:
        """Both ways add up."""
        other = dy if self.shortcut is None else self.shortcut.backward(dy)
        return self.body.backward(dy) + other


class Dense(nn.Layer):
    """y = [x ; F(x)] along the channels: what was computed once stays readable by all that follow.

    x (N, C, H, W) → (N, C + k, H, W), k (the growth rate) the channels of F.
    """

    def __init__(self, body: nn.Layer) -> None:
        super().__init__()
        self.body = self.child("body", body)

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → (N, C + k, H, W)."""
        self.push(x.shape[1])
        return np.concatenate([x, self.body.forward(x)], axis=1)

    def backward(self, dy: Array) -> Array:
        """The first C channels go straight to x, the others through F."""
        (C,) = self.pop()
        return dy[:, :C] + self.body.backward(np.ascontiguousarray(dy[:, C:]))


class Builder:
    """Draws layers with one generator and dtype; convolutions of networks with BN need no bias."""

    def __init__(self, rng: np.random.Generator, dtype: DTypeLike = np.float32) -> None:
        self.rng, self.dtype = rng, dtype

    def conv(self, C: int, M: int, k: int = 3, stride: int = 1, groups: int = 1) -> nn.Layer:
        """k × k with padding k // 2, so that stride 1 keeps the size."""
        options: dict[str, Any] = {"stride": stride, "padding": k // 2, "groups": groups}
        return nn.Conv2d(C, M, k, self.rng, bias=False, dtype=self.dtype, **options)

    def norm(self, C: int) -> nn.Layer:
        return nn.BatchNorm2d(C, dtype=self.dtype)

    def conv_norm(self, C: int, M: int, k: int = 3, stride: int = 1) -> list[nn.Layer]:
        return [self.conv(C, M, k, stride), self.norm(M)]

    def norm_relu_conv(self, C: int, M: int, k: int = 3, stride: int = 1) -> list[nn.Layer]:
        return [self.norm(C), nn.ReLU(), self.conv(C, M, k, stride)]

    def head(self, C: int, classes: int) -> list[nn.Layer]:
        """Global average pooling, then one dense layer."""
        out = nn.Affine(C, classes, self.rng, dtype=self.dtype)
        return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), out]

    # --- blocks ---------------------------------------------------------------------------

    def basic(self, C: int, M: int, stride: int, residual: bool) -> list[nn.Layer]:
        """conv 3×3 – BN – ReLU – conv 3×3 – BN, + x, ReLU."""
        body = [*self.conv_norm(C, M, 3, stride), nn.ReLU(), *self.conv_norm(M, M)]
        return self._joined(body, C, M, stride, residual)

    def bottleneck(self, C: int, M: int, stride: int, residual: bool) -> list[nn.Layer]:
        """conv 1×1 to M / 4 – conv 3×3 – conv 1×1 to M, each with BN, + x, ReLU."""
        inner = max(M // 4, 1)
        body = [*self.conv_norm(C, inner, 1), nn.ReLU(), *self.conv_norm(inner, inner, 3, stride)]
        body += [nn.ReLU(), *self.conv_norm(inner, M, 1)]
        return self._joined(body, C, M, stride, residual)

    def _joined(
        self,
        body: list[nn.Layer],
        C: int,
        M: int,
        stride: int,
        residual: bool,
    ) -> list[nn.Layer]:
        if not residual:
            return [*body, nn.ReLU()]
        shortcut = None
        if stride > 1 or C != M:
            shortcut = nn.Sequential(*self.conv_norm(C, M, 1, stride))
        return [Residual(nn.Sequential(*body), shortcut), nn.ReLU()]

    def preactivated(self, C: int, M: int, stride: int) -> nn.Layer:
        """BN – ReLU – conv 3×3, twice, + x: nothing stands on the identity (He et al. 2016b)."""
        body = [*self.norm_relu_conv(C, M, 3, stride), *self.norm_relu_conv(M, M)]
        shortcut = self.conv(C, M, 1, stride) if stride > 1 or C != M else None
        return Residual(nn.Sequential(*body), shortcut)

    def separable(self, C: int, M: int, stride: int) -> list[nn.Layer]:
        """Depthwise 3×3 – BN – ReLU – pointwise 1×1 – BN – ReLU.

        H·W·C·9 + H·W·C·M products, instead of H·W·C·M·9: 1/M + 1/9 of them.
        """
        depthwise = [self.conv(C, C, 3, stride, groups=C), self.norm(C), nn.ReLU()]
        return [*depthwise, *self.conv_norm(C, M, 1), nn.ReLU()]


def resnet(
    in_channels: int,
    classes: int,
    rng: np.random.Generator,
    *,
    blocks: int = 2,
    widths: tuple[int, ...] = (16, 32, 64),
    block: str = "basic",
    residual: bool = True,
    dtype: DTypeLike = np.float32,
) -> nn.Sequential:
    """`blocks` blocks for each width; the first of each further width halves H and W.

    Of "basic" blocks 2 · blocks · len(widths) + 2 layers with weights, without the shortcuts.
    """
    if block not in ("basic", "bottleneck"):
        raise ValueError(f'block は "basic" か "bottleneck" です。受け取った値: {block!r}')
    make = Builder(rng, dtype)
    layers = [*make.conv_norm(in_channels, widths[0]), nn.ReLU()]
    C = widths[0]
    for k, width in enumerate(widths):
        for b in range(blocks):
            stride = 2 if k and not b else 1
            layers += getattr(make, block)(C, width, stride, residual)
            C = width
    return nn.Sequential(*layers, *make.head(C, classes))


def wide_resnet(
    in_channels: int,
    classes: int,
    rng: np.random.Generator,
    *,
    blocks: int = 1,
    widen: int = 2,
    widths: tuple[int, ...] = (16, 32, 64),
    dtype: DTypeLike = np.float32,
) -> nn.Sequential:
    """WideResNet: `widen` (k) times the channels; parameters and products grow with k²."""
    make, C = Builder(rng, dtype), widths[0]
    layers: list[nn.Layer] = [make.conv(in_channels, C)]
    for k, width in enumerate(widths):
        for b in range(blocks):
            layers.append(make.preactivated(C, width * widen, 2 if k and not b else 1))
            C = width * widen
    return nn.Sequential(*layers, make.norm(C), nn.ReLU(), *make.head(C, classes))


def mobilenet(
    in_channels: int,
    classes: int,
    rng: np.random.Generator,
    *,
    plan: tuple[tuple[int, int], ...] = ((32, 1), (64, 2), (64, 1), (128, 2)),
    alpha: float = 1.0,
    separable: bool = True,
    dtype: DTypeLike = np.float32,
) -> nn.Sequential:
    """MobileNet V1: (channels, stride) of each depthwise separable block, channels times `alpha`.

    `separable=False` puts a plain 3×3 convolution in the place of each block, to compare with.
    """
    make, C = Builder(rng, dtype), max(int(16 * alpha), 1)
    layers = [*make.conv_norm(in_channels, C), nn.ReLU()]
    for width, stride in plan:
        M = max(int(width * alpha), 1)
        if separable:
            layers += make.separable(C, M, stride)
        else:
            layers += [*make.conv_norm(C, M, 3, stride), nn.ReLU()]
        C = M
    return nn.Sequential(*layers, *make.head(C, classes))


def densenet(
    in_channels: int,
    classes: int,
    rng: np.random.Generator,
    *,
    growth: int = 8,
    layers: tuple[int, ...] = (3, 3),
    compression: float = 0.5,
    dtype: DTypeLike = np.float32,
) -> nn.Sequential:
    """Dense blocks of so many layers, each adding `growth` channels; between them transitions.

    A transition is BN – ReLU – conv 1×1 to `compression` of the channels – average pooling 2×2.
    """
    make, C = Builder(rng, dtype), 2 * growth
    stack: list[nn.Layer] = [make.conv(in_channels, C)]
    for k, count in enumerate(layers):
        if k:
            M = max(int(C * compression), 1)
            stack += [*make.norm_relu_conv(C, M, 1), nn.AvgPool2d(2)]
            C = M
        for _ in range(count):
            stack.append(Dense(nn.Sequential(*make.norm_relu_conv(C, growth))))
            C += growth
    return nn.Sequential(*stack, make.norm(C), nn.ReLU(), *make.head(C, classes))
