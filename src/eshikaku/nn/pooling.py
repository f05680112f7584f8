"""Pooling and upsampling of images (N, C, H, W), each channel by itself; no parameters."""

from __future__ import annotations

import numpy as np

from eshikaku.nn.functions import Array
from eshikaku.nn.images import Pair, as_images, output_size, padded, pair, shifted
from eshikaku.nn.layer import Layer, shaped, transposed


class Pool2d(Layer):
    """What the kinds share: windows of `kernel_size` every `stride` (as large, unless given)."""

    def __init__(
        self, kernel_size: int | Pair, stride: int | Pair | None = None, padding: int | Pair = 0
    ) -> None:
        """Raises: ValueError for a padding beyond half the kernel (a window of padding alone)."""
        super().__init__()
        self.kernel = pair("kernel_size", kernel_size)
        self.stride = self.kernel if stride is None else pair("stride", stride)
        self.padding = pair("padding", padding, 0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel, strict=True)):
            raise ValueError(
                "padding はカーネルの半分以下です（パディングだけの窓ができます）。"
                f"受け取った値: {padding}（カーネル {self.kernel}）"
            )

    def _places(self, x: Array) -> Pair:
        (kh, kw), (sh, sw), (ph, pw) = self.kernel, self.stride, self.padding
        return output_size(x.shape[2], kh, sh, ph), output_size(x.shape[3], kw, sw, pw)

    def _shifted(self, x: Array, places: Pair) -> list[Array]:
        """For each place in the window, the elements of (padded) x there: views (N, C, OH, OW)."""
        return [part for _, part in shifted(x, self.kernel, places, self.stride, (1, 1))]

    def _unpadded(self, x: Array, size: Pair) -> Array:
        (ph, pw), (H, W) = self.padding, size
        return x[:, :, ph : ph + H, pw : pw + W]


class MaxPool2d(Pool2d):
    """y = the largest in each window; the gradient goes to that element alone.

    Of several equal ones the first (row by row) takes it, as in PyTorch. Padding never wins.
    """

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → y (N, C, OH, OW)."""
        x = as_images(x)
        places, edge = self._places(x), self.padding
        all_x = padded(x, edge, edge, -np.inf)
        first, *others = self._shifted(all_x, places)
        y = first.copy()
        for x_uv in others:
            np.maximum(y, x_uv, out=y)
        self.push(all_x, y, x.shape[2:])
        return y

    def backward(self, dy: Array) -> Array:
        """dx = dy where x was the largest of its window, else 0; windows that overlap add up."""
        all_x, y, size = self.pop()
        dy = shaped(dy, y.shape, y.dtype, "dy").copy()
        dx, places = np.zeros_like(all_x), y.shape[2:]
        for x_uv, dx_uv in zip(
            self._shifted(all_x, places), self._shifted(dx, places), strict=True
        ):
            taken = np.where(x_uv == y, dy, 0)
            dx_uv += taken
            dy -= taken  # handed on once
        return self._unpadded(dx, size)


class AvgPool2d(Pool2d):
    """y = mean of each window. Zeros of the padding count, unless `count_include_pad=False`."""

    def __init__(
        self,
        kernel_size: int | Pair,
        stride: int | Pair | None = None,
        padding: int | Pair = 0,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding)
        self.count_include_pad = count_include_pad

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → y (N, C, OH, OW)."""
        x = as_images(x)
        places = self._places(x)
        share = self._share(x, places)
        y = sum(self._shifted(padded(x, self.padding, self.padding), places)) * share
        self.push(share, y.shape, x.shape, x.dtype)
        return y

    def backward(self, dy: Array) -> Array:
        """Every element of a window gets dy / count."""
        share, shape, size, dtype = self.pop()
        dy = shaped(dy, shape, dtype, "dy") * share
        (ph, pw), (N, C, H, W) = self.padding, size
        dx = np.zeros((N, C, H + 2 * ph, W + 2 * pw), dtype)
        for dx_uv in self._shifted(dx, shape[2:]):
            dx_uv += dy
        return self._unpadded(dx, (H, W))

    def _share(self, x: Array, places: Pair) -> Array:
        """1 / count of each window: a number, or (OH, OW)."""
        if self.count_include_pad:
            return np.asarray(1 / (self.kernel[0] * self.kernel[1]), x.dtype)
        ones = padded(np.ones((1, 1, *x.shape[2:]), x.dtype), self.padding, self.padding)
        return 1 / np.asarray(sum(self._shifted(ones, places)))[0, 0]


class LPPool2d(Pool2d):
    """y = (Σ |x|^p)^{1/p} over each window: p = 1 sums, p → ∞ takes the maximum of |x|.

    PyTorch's `LPPool2d` sums x^p without |·|: the same for even p, or where x ≥ 0.
    """

    def __init__(
        self, norm_type: float, kernel_size: int | Pair, stride: int | Pair | None = None
    ) -> None:
        super().__init__(kernel_size, stride)
        if not 1 <= norm_type < np.inf:
            raise ValueError(f"norm_type（p）は1以上の有限の数です。受け取った値: {norm_type}")
        self.p = norm_type

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → y (N, C, OH, OW)."""
        x = as_images(x)
        y = np.asarray(sum(self._shifted(np.abs(x) ** self.p, self._places(x)))) ** (1 / self.p)
        self.push(x, y)
        return y

    def backward(self, dy: Array) -> Array:
        """dy/dx = sign(x) (|x| / y)^{p−1}; 0 where the whole window is 0."""
        x, y = self.pop()
        dy, p = shaped(dy, y.shape, y.dtype, "dy"), self.p
        factor = np.where(y > 0, dy * np.where(y > 0, y, 1) ** (1 - p), 0)
        dx, slope = np.zeros_like(x), np.sign(x) * np.abs(x) ** (p - 1)
        parts = zip(self._shifted(dx, y.shape[2:]), self._shifted(slope, y.shape[2:]), strict=True)
        for dx_uv, slope_uv in parts:
            dx_uv += factor * slope_uv
        return dx


class AdaptiveAvgPool2d(Layer):
    """Means of as many areas as `output_size` says; 1: global average pooling (Lin et al. 2014).

    Area i of OH reaches from ⌊i H / OH⌋ to ⌈(i + 1) H / OH⌉, as in PyTorch.
    """

    def __init__(self, output_size: int | Pair = 1) -> None:
        super().__init__()
        self.output_size = pair("output_size", output_size)

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → y (N, C, OH, OW)."""
        x = as_images(x)
        y = np.empty((*x.shape[:2], *self.output_size), x.dtype)
        for i, rows in enumerate(_areas(x.shape[2], self.output_size[0])):
            for j, columns in enumerate(_areas(x.shape[3], self.output_size[1])):
                y[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
        self.push(x.shape, x.dtype)
        return y

    def backward(self, dy: Array) -> Array:
        """Every element of an area gets dy / size of the area."""
        shape, dtype = self.pop()
        dy = shaped(dy, (*shape[:2], *self.output_size), dtype, "dy")
        dx = np.zeros(shape, dtype)
        for i, rows in enumerate(_areas(shape[2], self.output_size[0])):
            for j, columns in enumerate(_areas(shape[3], self.output_size[1])):
                area = dx[:, :, rows, columns]
                area += (dy[:, :, i, j] / (area.shape[2] * area.shape[3]))[:, :, None, None]
        return dx


def _areas(size: int, count: int) -> list[slice]:
    return [slice(i * size // count, -((-(i + 1) * size) // count)) for i in range(count)]


class Upsample(Layer):
    """Images `scale_factor` times as large: y = A_h x A_wᵀ, a matrix for each of both axes.

    "nearest" repeats every element; "bilinear" interpolates between the two nearest ones on each
    axis, the pixels being areas (PyTorch's `align_corners=False`).
    """

    def __init__(self, scale_factor: int | Pair, mode: str = "nearest") -> None:
        super().__init__()
        if mode not in ("nearest", "bilinear"):
            raise ValueError(f'mode は "nearest" か "bilinear" です。受け取った値: {mode!r}')
        self.scale_factor, self.mode = pair("scale_factor", scale_factor), mode

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → y (N, C, s H, s W)."""
        x = as_images(x)
        down, right = (
            interpolation(size, scale, self.mode).astype(x.dtype)
            for size, scale in zip(x.shape[2:], self.scale_factor, strict=True)
        )
        y = down @ x @ transposed(right)
        self.push(down, right, y.shape)
        return y

    def backward(self, dy: Array) -> Array:
        """dx = A_hᵀ dy A_w."""
        down, right, shape = self.pop()
        return transposed(down) @ shaped(dy, shape, down.dtype, "dy") @ right


def interpolation(size: int, scale: int, mode: str = "bilinear") -> Array:
    """A (scale · size, size): each row holds the weights of the elements a new one is made of.

    New element i lies at (i + ½) / scale − ½ among the old ones.
    """
    i = np.arange(scale * size)
    A = np.zeros((len(i), size))
    if mode == "nearest":
        A[i, i // scale] = 1
        return A
    place = np.maximum((i + 0.5) / scale - 0.5, 0)
    low = place.astype(int)
    high = np.minimum(low + 1, size - 1)
    A[i, low] += 1 - (place - low)
    A[i, high] += place - low
    return A
