"""Losses: forward(y, target) → loss, backward(dout=1) → dL/dy.

The mean is taken over every axis unless `axis` says otherwise: for S settings trained at once,
y (T, S, N, M) with `axis=(0, 2, 3)` gives S losses of shape (S,), none of which disturbs another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eshikaku.nn.functions import Array, log_softmax, sigmoid
from eshikaku.nn.layer import Layer

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
        return dy * np.asarray(dout, dy.dtype).reshape(shape if np.ndim(dout) else ())


class SquaredError(_MeanLoss):
    """L = mean (y − t)², as PyTorch's `MSELoss`; `half=True` gives ½ Σ … (exam texts).

    dL/dy = 2 (y − t) / count.
    """

    def __init__(self, axis: Axis = None, reduction: str = "mean", half: bool = False) -> None:
        super().__init__(axis, reduction)
        self.factor = 0.5 if half else 1.0

    def forward(self, y: Array, target: Array) -> Any:
        """y, target: the same shape → loss."""
        _same_shape(y, target)
        error = y - np.asarray(target, y.dtype)
        return self._reduce(self.factor * error**2, 2 * self.factor * error)


class BCEWithLogits(_MeanLoss):
    """Binary cross-entropy on logits a: L = mean −[t log σ(a) + (1 − t) log(1 − σ(a))].

    Computed as max(a, 0) − a t + log(1 + e^{−|a|}), which never takes log 0; dL/da = σ(a) − t.
    """

    def forward(self, y: Array, target: Array) -> Any:
        """y: logits, target: 0/1 (or probabilities), the same shape → loss."""
        _same_shape(y, target)
        t = np.asarray(target, y.dtype)
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
        """y: (..., C), target: (...) integers → loss."""
        target = np.asarray(target)
        if target.shape != y.shape[:-1] or not np.issubdtype(target.dtype, np.integer):
            raise ValueError(
                f"target は形 {y.shape[:-1]} の整数(クラス番号)です。"
                f"受け取ったもの: 形 {target.shape}、{target.dtype}"
            )
        counts = np.ones(target.shape, bool)
        if self.ignore_index is not None:
            counts = target != self.ignore_index
        index = np.where(counts, target, 0)[..., None]  # (..., 1)

        log_p = log_softmax(y)  # (..., C)
        terms = -np.take_along_axis(log_p, index, -1)[..., 0] * counts
        dy = np.exp(log_p)
        np.put_along_axis(dy, index, np.take_along_axis(dy, index, -1) - 1, -1)
        dy *= counts[..., None]

        loss = terms.sum(axis=self.axis, keepdims=True)
        count = np.ones((), y.dtype)
        if self.reduction == "mean":
            count = counts.sum(axis=self.axis, keepdims=True).astype(y.dtype)
            count = np.maximum(count, 1)  # only ignored rows: loss 0
        self.push(dy / count[..., None], loss.shape)
        loss = np.squeeze(loss / count, axis=self.axis)
        return float(loss) if loss.ndim == 0 else loss

    def backward(self, dout: float | Array = 1.0) -> Array:
        """dL/dy times dout (a number, or one for each loss)."""
        dy, shape = self.pop()
        return dy * np.asarray(dout, dy.dtype).reshape((*shape, 1) if np.ndim(dout) else ())


def _same_shape(y: Array, target: Array) -> None:
    if np.shape(target) != y.shape:
        raise ValueError(f"target の形は {y.shape} です。受け取った形: {np.shape(target)}")
