"""Losses: forward(y, target) → loss, backward(dout=1) → dL/dy.

The mean is taken over every axis unless `axis` says otherwise: for S settings trained at once,
y (T, S, N, M) with `axis=(0, 2, 3)` gives S losses of shape (S,), none of which disturbs another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Array, sigmoid
from eshikaku.nn.images import parts
from eshikaku.nn.layer import Layer, shaped

Axis = int | tuple[int, ...] | None


class _MeanLoss(Layer):
    """A loss that is a mean of terms, one for each element of y."""

    def __init__(self, axis: Axis = None, reduction: str = "mean") -> None:
        super().__init__()
        if reduction not in ("mean", "sum"):
            raise ValueError(f'reduction は "mean" か "sum" です。受け取った値: {reduction!r}')
        self.axis, self.reduction = axis, reduction

    def _reduce(self, terms: Array, dterms: Array) -> Any:
        """Σ terms / count; keeps d(loss)/dy for backward."""
        loss = terms.sum(axis=self.axis, keepdims=True)
        count = terms.size // loss.size if self.reduction == "mean" else 1
        self.push(dterms / count, loss.shape)
        loss = np.squeeze(loss / count, axis=self.axis)
        return float(loss) if loss.ndim == 0 else loss

    def backward(self, dout: float | Array = 1.0) -> Array:
        """dL/dy times dout (a number, or one for each loss)."""
        dy, shape = self.pop()
        return dy * _for_each_loss(dout, shape, self.axis, dy.dtype)


class SquaredError(_MeanLoss):
    """L = mean (y − t)², as PyTorch's `MSELoss`; `half=True` gives ½ Σ … (exam texts).

    dL/dy = 2 (y − t) / count.
    """

    def __init__(self, axis: Axis = None, reduction: str = "mean", half: bool = False) -> None:
        super().__init__(axis, reduction)
        self.factor = 0.5 if half else 1.0

    def forward(self, y: Array, target: Array) -> Any:
        """y, target: the same shape → loss."""
        y = _predictions(y)
        error = y - shaped(target, y.shape, y.dtype, "target")
        return self._reduce(self.factor * error**2, 2 * self.factor * error)


class BCEWithLogits(_MeanLoss):
    """Binary cross-entropy on logits a: L = mean −[t log σ(a) + (1 − t) log(1 − σ(a))].

    Computed as max(a, 0) − a t + log(1 + e^{−|a|}), which never takes log 0; dL/da = σ(a) − t.
    """

    def forward(self, y: Array, target: Array) -> Any:
        """y: logits, target: 0/1 (or probabilities), the same shape → loss."""
        y = _predictions(y)
        t = shaped(target, y.shape, y.dtype, "target")
        terms = np.maximum(y, 0) - y * t + np.log1p(np.exp(-np.abs(y)))
        return self._reduce(terms, sigmoid(y) - t)


class SoftmaxCrossEntropy(Layer):
    """Softmax and cross-entropy: L = mean −log softmax(a)_{t}, over every row that counts.

    a: (..., C) logits, target: (...) class numbers; time and batch are one: (T, N, C) and (T, N).
    Rows whose target is `ignore_index` (padding) neither count nor get a gradient.
    dL/da = (softmax(a) − onehot(t)) / count.
    """

    def __init__(
        self, axis: Axis = None, reduction: str = "mean", ignore_index: int | None = None
    ) -> None:
        super().__init__()
        if reduction not in ("mean", "sum"):
            raise ValueError(f'reduction は "mean" か "sum" です。受け取った値: {reduction!r}')
        self.axis, self.reduction, self.ignore_index = axis, reduction, ignore_index

    def forward(self, y: Array, target: Array) -> Any:
        """y: (..., C), target: (...) integers → loss.

        Rows to be ignored may hold anything, −∞ and NaN too.

        Raises: ValueError for a target that is no class (0 … C−1), unless it is `ignore_index`.
        """
        y, target = _predictions(y), np.asarray(target)
        if target.shape != y.shape[:-1] or not np.issubdtype(target.dtype, np.integer):
            raise ValueError(
                f"target は形 {y.shape[:-1]} の整数(クラス番号)です。"
                f"受け取ったもの: 形 {target.shape}、{target.dtype}"
            )
        counts = np.ones(target.shape, bool)
        if self.ignore_index is not None:
            counts = target != self.ignore_index
        wrong = target[counts & ((target < 0) | (target >= y.shape[-1]))]
        if wrong.size:
            raise ValueError(
                f"target はクラス番号 0〜{y.shape[-1] - 1} です。受け取った値: {wrong[0]}"
            )
        if not counts.all():
            y = np.where(counts[..., None], y, 0)
        index = np.where(counts, target, 0)[..., None]  # (..., 1)

        top = y.max(axis=-1, keepdims=True)
        e = self.take(y.shape, y.dtype)  # (..., C)
        for part in parts(len(y), y[0].size):  # each line finds its rows in the cache
            np.subtract(y[part], top[part], out=e[part])
            np.exp(e[part], out=e[part])
        total = e @ np.ones((y.shape[-1], 1), y.dtype)
        a_t = np.take_along_axis(y, index, -1) - top
        terms = (np.log(total) - a_t)[..., 0] * counts  # −log softmax(a)_t

        loss = terms.sum(axis=self.axis, keepdims=True)
        count = np.ones((), y.dtype)
        if self.reduction == "mean":
            count = counts.sum(axis=self.axis, keepdims=True).astype(y.dtype)
            count = np.maximum(count, 1)  # only ignored rows: loss 0
        if self.training:
            self.push(e, total, index, counts / count, loss.shape)
        else:
            self.give(e)
        loss = np.squeeze(loss / count, axis=self.axis)
        return float(loss) if loss.ndim == 0 else loss

    def backward(self, dout: float | Array = 1.0) -> Array:
        """dL/da = (e^a / Σ e^a − onehot(t)) / count, times dout (a number, or one a loss)."""
        e, total, index, weight, shape = self.pop()
        dout = _for_each_loss(dout, shape, self.axis, e.dtype)
        dy = e / total
        np.put_along_axis(dy, index, np.take_along_axis(dy, index, -1) - 1, -1)
        dy *= (dout * weight).astype(e.dtype)[..., None]
        self.give(e)
        return dy


def _predictions(y: Any) -> Array:
    """y as a floating array (integers become float64, so that no target is cut to one).

    Raises: ValueError where there is nothing to take a mean of.
    """
    y = np.asarray(y)
    if y.size == 0:
        raise ValueError(f"y が空です（長さ0の軸があります）。受け取った形: {y.shape}")
    return y if y.dtype.kind == "f" else y.astype(np.float64)


def _for_each_loss(dout: Any, shape: tuple[int, ...], axis: Axis, dtype: DTypeLike) -> Array:
    """dout as a number, or in the kept axes of the losses, `shape`.

    Raises: ValueError where it is neither one number nor one for each loss.
    """
    if np.ndim(dout) == 0:
        return np.asarray(dout, dtype)
    losses = np.squeeze(np.empty(shape), axis=axis).shape
    return shaped(dout, losses, dtype, "dout").reshape(shape)
