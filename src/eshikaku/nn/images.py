"""What layers over images (N, C, H, W) share: sizes, padding, checks, the windows of a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from eshikaku.nn.functions import Array

Pair = tuple[int, int]
CACHE = 200_000  # numbers that are worked on at once: about what a core's cache holds


def pair(name: str, value: int | Pair, least: int = 1) -> Pair:
    """(vertical, horizontal) of a setting that may be given as one number for both.

    Raises: ValueError unless both are integers of at least `least`.
    """
    both = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(both) != 2 or not all(
        isinstance(v, int | np.integer) and not isinstance(v, bool) and v >= least for v in both
    ):
        raise ValueError(f"{name} は{least}以上の整数か、その2つ組です。受け取った値: {value!r}")
    return int(both[0]), int(both[1])


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """⌊(size + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1: places a kernel has.

    Raises: ValueError where the kernel is larger than the padded image.
    """
    return _places(size + 2 * padding, kernel, stride, dilation)


def transposed_size(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> int:
    """(size − 1) stride − 2 padding + dilation (kernel − 1) + output_padding + 1.

    Raises: ValueError where nothing is left.
    """
    out = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1
    if out < 1:
        raise ValueError(f"出力の大きさが {out} になります。padding（{padding}）を小さくします。")
    return out


def _places(padded: int, kernel: int, stride: int, dilation: int) -> int:
    span = dilation * (kernel - 1) + 1
    if span > padded:
        raise ValueError(
            f"カーネルの幅 {span} が、パディング後の画像の幅 {padded} より大きくなっています。"
        )
    return (padded - span) // stride + 1


def as_images(x: Any, channels: int | None = None) -> Array:
    """x as it is, when it is a batch of floating images (N, C, H, W).

    Raises: TypeError for integers (pixels 0–255 are to be scaled first), ValueError for another
        shape, other channels, or nothing at all.
    """
    x = np.asarray(x)
    if x.ndim != 4 or (channels is not None and x.shape[1] != channels):
        C = "C" if channels is None else str(channels)
        raise ValueError(f"x の形は (N, {C}, H, W) です。受け取った形: {x.shape}")
    return floating(x)


def floating(x: Array) -> Array:
    """Raises: TypeError unless floating, ValueError where empty."""
    if x.dtype.kind != "f":
        raise TypeError(
            "画像は浮動小数点数です（画素値なら x.astype(np.float32) / 255 のように直します）。"
            f"受け取った dtype: {x.dtype}"
        )
    if x.size == 0:
        raise ValueError(f"x が空です（長さ0の軸があります）。受け取った形: {x.shape}")
    return x


def padded(x: Array, before: Pair, after: Pair, value: float = 0.0) -> Array:
    """(N, C, H, W) with `before` rows and columns in front and `after` behind; x where none."""
    if not any((*before, *after)):
        return x
    H, W = x.shape[2:]
    shape = (*x.shape[:2], before[0] + H + after[0], before[1] + W + after[1])
    out = np.full(shape, value, x.dtype)
    out[:, :, before[0] : before[0] + H, before[1] : before[1] + W] = x
    return out


def windows(x: Array, kernel: Pair, stride: Pair, dilation: Pair) -> Array:
    """What each weight of a kernel meets at each place: (N, C, H, W) → (N, C, kh, kw, OH, OW).

    A view: nothing is copied.
    """
    (kh, kw), (sh, sw), (dh, dw) = kernel, stride, dilation
    for size, k, d in zip(x.shape[2:], kernel, dilation, strict=True):
        _places(size, k, 1, d)
    seen = sliding_window_view(x, ((kh - 1) * dh + 1, (kw - 1) * dw + 1), axis=(2, 3))
    return seen[:, :, ::sh, ::sw, ::dh, ::dw].transpose(0, 1, 4, 5, 2, 3)


def shifted(x: Array, kernel: Pair, places: Pair, stride: Pair, dilation: Pair) -> Iterator[Any]:
    """(u, v), and the part of x that weight (u, v) of a kernel meets: views (N, C, OH, OW)."""
    (OH, OW), (sh, sw), (dh, dw) = places, stride, dilation
    for u in range(kernel[0]):
        for v in range(kernel[1]):
            top, left = u * dh, v * dw
            rows, columns = slice(top, top + sh * OH, sh), slice(left, left + sw * OW, sw)
            yield (u, v), x[..., rows, columns]


def parts(N: int, size: int) -> Iterator[slice]:
    """Slices of 0 … N, such that `size` numbers for each one of them fit into the cache."""
    step = max(1, CACHE // max(size, 1))
    for start in range(0, N, step):
        yield slice(start, min(start + step, N))
