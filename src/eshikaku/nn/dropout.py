"""Dropout (Srivastava et al. 2014)."""

from __future__ import annotations

import numpy as np

from eshikaku.nn.functions import Array
from eshikaku.nn.layer import Layer, shaped


class Dropout(Layer):
    """Training: y = x ⊙ m / (1 − p), m ~ Bernoulli(1 − p) for each element; evaluation: y = x.

    Dividing by 1 − p in training ("inverted dropout", as in PyTorch) keeps the mean of y equal to
    x, so that nothing is scaled in evaluation. The 2014 paper multiplies by 1 − p there instead.
    """

    def __init__(self, p: float, rng: np.random.Generator) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p は 0 以上 1 未満です。受け取った値: {p}")
        self.p, self.rng = p, rng

    def forward(self, x: Array) -> Array:
        """x → y of the same shape."""
        if not self.training:
            return x
        mask = (self.rng.random(x.shape) >= self.p).astype(x.dtype)
        mask /= 1 - self.p
        self.push(mask)
        return x * mask

    def backward(self, dy: Array) -> Array:
        """dx = dy ⊙ m / (1 − p)."""
        (mask,) = self.pop()
        return shaped(dy, mask.shape, mask.dtype, "dy") * mask
