"""The fully connected layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Array
from eshikaku.nn.initialisers import Initialiser, xavier
from eshikaku.nn.layer import (
    Layer,
    as_input,
    bias_grad,
    project,
    shaped,
    transposed,
    weight_grad,
)


class Affine(Layer):
    """y = x W + b, applied to the last axis: x (..., D) → y (..., M).

    params: W (D, M), b (M,).  PyTorch's `Linear` holds Wᵀ, (M, D).
    """

    def __init__(
        self,
        input_size: int,
        output_size: int,
        rng: np.random.Generator,
        *,
        init: Initialiser | None = None,
        bias: bool = True,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        self.input_size, self.output_size = input_size, output_size
        init = init or xavier()
        self.parameter("W", init(rng, (input_size, output_size)).astype(dtype))
        if bias:
            self.parameter("b", np.zeros(output_size, dtype))

    def forward(self, x: Array) -> Array:
        """y = x W + b.  x: (..., D) → (..., M)."""
        x = as_input(x, self, self.input_size, "…, D")
        (W,) = self.weights(x.dtype, "W")
        y = project(x, W)
        if "b" in self.params:
            y += self.params["b"].astype(x.dtype, copy=False)
        self.push(x, W)
        return y

    def backward(self, dy: Array) -> Array:
        """dW += xᵀ dy, db += Σ dy; returns dx = dy Wᵀ."""
        x, W = self.pop()
        dy = shaped(dy, (*x.shape[:-1], W.shape[-1]), x.dtype, "dy")
        self.grads["W"] += weight_grad(x, dy, W)
        if "b" in self.params:
            self.grads["b"] += bias_grad(dy, self.params["b"])
        return project(dy, transposed(W))
