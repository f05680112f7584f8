"""Convolution over images (N, C, H, W) and sequences (N, C, L), as products of matrices.

What is called a convolution, here as in PyTorch, is a cross-correlation: the kernel is not flipped.

    y[n, o, i, j] = b[o] + Σ_{c, u, v} W[o, c, u, v] x[n, c, s i + d u − p, s j + d v − p]
    OH = ⌊(H + 2p − d (k − 1) − 1) / s⌋ + 1

with kernel k, stride s, padding p (zeros), dilation d, each a number or (vertical, horizontal).
`im2col` lays what the kernel sees at each place into a column, so that the sum over c, u, v is one
product of matrices (Chellapilla et al. 2006); its transpose `col2im` adds the columns back where
they overlap, and carries the gradient. The layers do so with a few images at a time, whose columns
stay in the cache.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Array
from eshikaku.nn.images import (
    Pair,
    as_images,
    floating,
    output_size,
    padded,
    pair,
    parts,
    shifted,
    transposed_size,
    windows,
)
from eshikaku.nn.initialisers import Initialiser, he
from eshikaku.nn.layer import Layer, shaped, transposed


def im2col(
    x: Array,
    kernel_size: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Array:
    """What the kernel sees at each place, as a column: (N, C, H, W) → (N, C·kh·kw, OH·OW).

    The rows are in the order (c, u, v), the columns in the order (i, j), so that
    W.reshape(O, −1) @ im2col(x, …) is y (N, O, OH·OW).  The same as `torch.nn.Unfold`. Some texts
    put the places first, (N·OH·OW, C·kh·kw), and turn the axes of the product back.

    Raises: ValueError for a kernel larger than the padded image, a stride or dilation below 1.
    """
    edge = pair("padding", padding, 0)
    seen = windows(
        padded(np.asarray(x), edge, edge),
        pair("kernel_size", kernel_size),
        pair("stride", stride),
        pair("dilation", dilation),
    )
    N, C, kh, kw, OH, OW = seen.shape
    return seen.reshape(N, C * kh * kw, OH * OW)


def col2im(
    columns: Array,
    size: Pair,
    kernel_size: int | Pair,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Array:
    """Adds each column back to the places it was read from: (N, C·kh·kw, OH·OW) → (N, C, H, W).

    `size` is (H, W). Not the inverse of `im2col` but its transpose, Σ im2col(x) ⊙ columns =
    Σ x ⊙ col2im(columns): a place that k windows have seen gets k summands.  The same as
    `torch.nn.Fold`.
    """
    (H, W), (ph, pw) = size, pair("padding", padding, 0)
    (kh, kw), (sh, sw) = pair("kernel_size", kernel_size), pair("stride", stride)
    dh, dw = pair("dilation", dilation)
    OH, OW = output_size(H, kh, sh, ph, dh), output_size(W, kw, sw, pw, dw)
    columns = columns.reshape(len(columns), -1, kh, kw, OH, OW)
    x = np.zeros((*columns.shape[:2], H + 2 * ph, W + 2 * pw), columns.dtype)
    _add_columns(x, columns, (sh, sw), (dh, dw))
    return x[:, :, ph : ph + H, pw : pw + W]


def _add_columns(x: Array, columns: Array, stride: Pair, dilation: Pair) -> None:
    """x (N, C, H, W) += columns (N, C, kh, kw, OH, OW), each where it was read from."""
    kernel, places = columns.shape[2:4], columns.shape[4:]
    for (u, v), part in shifted(x, kernel, places, stride, dilation):
        part += columns[:, :, u, v]


class Convolution(Layer):
    """What the kinds share: W (O, C / groups, …), b (O,), and the products in groups.

    `init` draws W as (C / groups · kh · kw, O): fan_in is what one output sees.
    """

    def __init__(
        self,
        channels: Pair,
        kernel: Pair,
        shape: tuple[int, ...],
        rng: np.random.Generator,
        *,
        stride: Pair,
        padding: Pair,
        dilation: Pair,
        groups: int,
        bias: bool,
        init: Initialiser | None,
        dtype: DTypeLike,
    ) -> None:
        super().__init__()
        self.in_channels, self.out_channels = channels
        if not isinstance(groups, int) or groups < 1 or any(c % groups for c in channels):
            raise ValueError(
                f"groups は、入力と出力のチャネル数 {channels[0]}、{channels[1]} の両方を"
                f"割り切る数です。受け取った値: {groups}"
            )
        self.kernel, self.stride, self.dilation, self.groups = kernel, stride, dilation, groups
        self.before = self.after = padding
        fan_in = channels[0] // groups * kernel[0] * kernel[1]
        W = (init or he())(rng, (fan_in, channels[1])).T
        self.parameter("W", W.reshape(shape).astype(dtype))
        if bias:
            self.parameter("b", np.zeros(channels[1], dtype))

    @property
    def depthwise(self) -> bool:
        """Does each channel have kernels of its own, which see nothing else?"""
        return 1 < self.groups == self.in_channels == self.out_channels

    def _forward(self, x: Array) -> Array:
        """x (N, C, H, W) → y (N, O, OH, OW)."""
        (W,), G, K = self.weights(x.dtype, "W"), self.groups, self.kernel
        W = W.reshape(G, self.out_channels // G, -1)  # (G, O / G, C / G · kh · kw)
        padded_x = padded(x, self.before, self.after)
        seen = windows(padded_x, K, self.stride, self.dilation)
        N, places = len(x), seen.shape[4:]
        y = np.empty((N, self.out_channels, *places), x.dtype)
        for part in parts(N, seen[0].size):
            if self.depthwise:
                kernels = W.reshape(-1, *K, 1, 1)
                y[part] = 0
                for (u, v), x_uv in shifted(padded_x[part], K, places, self.stride, self.dilation):
                    y[part] += kernels[:, u, v] * x_uv
            else:
                columns = seen[part].reshape(-1, G, W.shape[2], places[0] * places[1])
                np.matmul(W, columns, out=y[part].reshape(len(columns), *W.shape[:2], -1))
        if "b" in self.params:
            y += self.params["b"].astype(x.dtype, copy=False)[:, None, None]
        self.push(padded_x, W, y.shape, x.shape[2:])
        return y

    def _backward(self, dy: Array) -> Array:
        """db = Σ dy, dW = dy columnsᵀ, dx = col2im(Wᵀ dy)."""
        padded_x, W, shape, size = self.pop()
        dy, K = shaped(dy, shape, padded_x.dtype, "dy"), self.kernel
        N, places, G = len(dy), shape[2:], self.groups
        seen = windows(padded_x, K, self.stride, self.dilation)
        dx, dW = np.zeros_like(padded_x), np.zeros(W.shape, dy.dtype)
        for part in parts(N, seen[0].size):
            if self.depthwise:
                self._depthwise_backward(dy[part], padded_x[part], dx[part], W, dW)
                continue
            columns = seen[part].reshape(-1, G, W.shape[2], places[0] * places[1])
            d = dy[part].reshape(len(columns), *W.shape[:2], -1)  # (n, G, O / G, OH·OW)
            dW += np.matmul(d, transposed(columns)).sum(axis=0)
            d = np.matmul(transposed(W), d).reshape(-1, *seen.shape[1:])
            _add_columns(dx[part], d, self.stride, self.dilation)
        self.grads["W"] += dW.reshape(self.params["W"].shape)
        if "b" in self.params:
            self.grads["b"] += dy.sum(axis=(0, 2, 3))
        (top, left), (H, W_) = self.before, size
        return dx[:, :, top : top + H, left : left + W_]

    def _depthwise_backward(self, dy: Array, x: Array, dx: Array, W: Array, dW: Array) -> None:
        kernels, dkernels = W.reshape(-1, *self.kernel, 1, 1), dW.reshape(-1, *self.kernel)
        how = self.kernel, dy.shape[2:], self.stride, self.dilation
        seen = zip(shifted(x, *how), shifted(dx, *how), strict=True)
        for ((u, v), x_uv), (_, dx_uv) in seen:
            dkernels[:, u, v] += np.einsum("nchw,nchw->c", dy, x_uv)
            dx_uv += kernels[:, u, v] * dy


class Conv2d(Convolution):
    """y = W ∗ x + b: x (N, C, H, W) → y (N, O, OH, OW).

    params: W (O, C / groups, kh, kw), b (O,), as PyTorch's `Conv2d`.
    `groups` cuts the channels into groups that don't see each other: groups = C is a depthwise
    convolution, kernel 1 a pointwise one (1×1).  O · C / groups · kh · kw + O parameters; as many
    products (without b) for each of the OH · OW places.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        rng: np.random.Generator,
        *,
        stride: int | Pair = 1,
        padding: int | Pair | str = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
        init: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        """padding="same" keeps H and W (stride 1); for an even kernel the odd zero is the last.

        Raises: ValueError for a stride, kernel or dilation below 1, a negative padding, or groups
            that don't divide both numbers of channels.
        """
        kernel, steps = pair("kernel_size", kernel_size), pair("stride", stride)
        spread = pair("dilation", dilation)
        if isinstance(padding, str):
            total = _same_padding(padding, kernel, steps, spread)
            edge = total[0] // 2, total[1] // 2
        else:
            edge = pair("padding", padding, 0)
        shape = (out_channels, max(in_channels // groups, 1) if groups else 1, *kernel)
        super().__init__(
            (in_channels, out_channels),
            kernel,
            shape,
            rng,
            stride=steps,
            padding=edge,
            dilation=spread,
            groups=groups,
            bias=bias,
            init=init,
            dtype=dtype,
        )
        if isinstance(padding, str):
            self.after = total[0] - edge[0], total[1] - edge[1]

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → y (N, O, OH, OW).

        Raises: TypeError for integers, ValueError for another shape or an image too small.
        """
        return self._forward(as_images(x, self.in_channels))

    def backward(self, dy: Array) -> Array:
        """dy (N, O, OH, OW) → dx (N, C, H, W); dW and db add up."""
        return self._backward(dy)


def _same_padding(padding: str, kernel: Pair, stride: Pair, dilation: Pair) -> Pair:
    """Zeros that keep the size, both sides together."""
    if padding != "same":
        raise ValueError(f'padding は数か "same" です。受け取った値: {padding!r}')
    if stride != (1, 1):
        raise ValueError(f'padding="same" は stride が 1 のときだけです。stride: {stride}')
    return dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)


class Conv1d(Convolution):
    """The same along one axis: x (N, C, L) → y (N, O, OL).

    params: W (O, C / groups, k), b (O,), as PyTorch's `Conv1d`.
    `causal=True` puts d (k − 1) zeros in front and none behind: y_t sees x_{t − d(k−1)} … x_t only
    (WaveNet: van den Oord et al. 2016), and OL = L for stride 1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        rng: np.random.Generator,
        *,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
        causal: bool = False,
        bias: bool = True,
        init: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        """Raises: ValueError as `Conv2d`, and for causal together with a padding."""
        if causal and padding:
            raise ValueError("causal=True のときは、padding を指定しません（前だけに入ります）。")
        (_, k), (_, s) = pair("kernel_size", kernel_size), pair("stride", stride)
        (_, p), (_, d) = pair("padding", padding, 0), pair("dilation", dilation)
        super().__init__(
            (in_channels, out_channels),
            (1, k),
            (out_channels, max(in_channels // groups, 1) if groups else 1, k),
            rng,
            stride=(1, s),
            padding=(0, p),
            dilation=(1, d),
            groups=groups,
            bias=bias,
            init=init,
            dtype=dtype,
        )
        self.causal = causal
        if causal:
            self.before, self.after = (0, d * (k - 1)), (0, 0)

    def forward(self, x: Array) -> Array:
        """x (N, C, L) → y (N, O, OL)."""
        x = np.asarray(x)
        if x.ndim != 3 or x.shape[1] != self.in_channels:
            raise ValueError(f"x の形は (N, {self.in_channels}, L) です。受け取った形: {x.shape}")
        y = self._forward(floating(x)[:, :, None])[:, :, 0]
        self.push(y.shape, y.dtype)
        return y

    def backward(self, dy: Array) -> Array:
        """dy (N, O, OL) → dx (N, C, L)."""
        shape, dtype = self.pop()
        dy = shaped(dy, shape, dtype, "dy")
        return self._backward(dy[:, :, None])[:, :, 0]


class ConvTranspose2d(Convolution):
    """Transposed convolution: what `Conv2d` does to gradients, forward (Zeiler et al. 2010).

    Each x[n, c, i, j] stamps its kernel on the output at (s i − p, s j − p); stamps add up where
    they overlap (unevenly unless s divides k: the checkerboard, Odena et al. 2016).
    x (N, C, H, W) → y (N, O, OH, OW), OH = (H − 1) s − 2p + d (k − 1) + output_padding + 1.
    params: W (C, O / groups, kh, kw), b (O,), as PyTorch's `ConvTranspose2d`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        rng: np.random.Generator,
        *,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        output_padding: int | Pair = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        bias: bool = True,
        init: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        """`output_padding` adds rows at the end, to choose among the sizes that a strided
        convolution maps to one.

        Raises: ValueError as `Conv2d`, and for an output_padding not below stride or dilation.
        """
        kernel, steps = pair("kernel_size", kernel_size), pair("stride", stride)
        spread, more = pair("dilation", dilation), pair("output_padding", output_padding, 0)
        if any(o >= max(s, d) for o, s, d in zip(more, steps, spread, strict=True)):
            raise ValueError(
                "output_padding は stride か dilation より小さい数です。"
                f"受け取った値: {output_padding}（stride {stride}、dilation {dilation}）"
            )
        shape = (in_channels, max(out_channels // groups, 1) if groups else 1, *kernel)
        super().__init__(
            (in_channels, out_channels),
            kernel,
            shape,
            rng,
            stride=steps,
            padding=pair("padding", padding, 0),
            dilation=spread,
            groups=groups,
            bias=bias,
            init=init,
            dtype=dtype,
        )
        self.output_padding = more

    def forward(self, x: Array) -> Array:
        """x (N, C, H, W) → y (N, O, OH, OW): col2im(Wᵀ x) + b."""
        x, G = as_images(x, self.in_channels), self.groups
        (W,) = self.weights(x.dtype, "W")
        W = W.reshape(G, self.in_channels // G, -1)  # (G, C / G, O / G · kh · kw)
        how = self.kernel, self.stride, self.before, self.output_padding, self.dilation
        size = [transposed_size(*each) for each in zip(x.shape[2:], *how, strict=True)]
        N, places, (ph, pw) = len(x), x.shape[2:], self.before
        y = np.zeros((N, self.out_channels, size[0] + 2 * ph, size[1] + 2 * pw), x.dtype)
        for part in parts(N, W.size // W.shape[1] * places[0] * places[1]):
            rows = x[part].reshape(-1, *W.shape[:2], places[0] * places[1])
            columns = np.matmul(transposed(W), rows)  # (n, G, O / G · kh · kw, H·W)
            columns = columns.reshape(-1, self.out_channels, *self.kernel, *places)
            _add_columns(y[part], columns, self.stride, self.dilation)
        y = y[:, :, ph : ph + size[0], pw : pw + size[1]]
        if "b" in self.params:
            y = y + self.params["b"].astype(x.dtype, copy=False)[:, None, None]
        self.push(x, W, y.shape)
        return y

    def backward(self, dy: Array) -> Array:
        """dx = W im2col(dy), dW = x im2col(dy)ᵀ: an ordinary convolution of dy."""
        x, W, shape = self.pop()
        dy = shaped(dy, shape, x.dtype, "dy")
        seen = windows(
            padded(dy, self.before, self.before), self.kernel, self.stride, self.dilation
        )[..., : x.shape[2], : x.shape[3]]  # output_padding adds places that no x has stamped
        dx, dW = np.empty_like(x), np.zeros(W.shape, x.dtype)
        for part in parts(len(x), seen[0].size):
            rows = x[part].reshape(-1, *W.shape[:2], x.shape[2] * x.shape[3])
            columns = seen[part].reshape(len(rows), len(W), W.shape[2], -1)
            np.matmul(W, columns, out=dx[part].reshape(rows.shape))
            dW += np.matmul(rows, transposed(columns)).sum(axis=0)
        self.grads["W"] += dW.reshape(self.params["W"].shape)
        if "b" in self.params:
            self.grads["b"] += dy.sum(axis=(0, 2, 3))
        return dx
