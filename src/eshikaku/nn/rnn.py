"""The simple recurrent network (Elman 1990) and its gradient, backpropagation through time."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Activation, Array, activation
from eshikaku.nn.initialisers import Initialiser, xavier
from eshikaku.nn.layer import (
    Layer,
    as_input,
    bias_grad,
    or_zeros,
    project,
    shaped,
    transposed,
    weight_grad,
)


class RNNBase(Layer):
    """Parameters of one recurrent layer: W_x (D, H), W_h (H, H), b_h (H,)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        nonlinearity: str | Activation = "tanh",
        init: Initialiser | None = None,
        init_h: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        """`init` draws W_x and, unless `init_h` is given, W_h too; b_h starts at 0."""
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        self.activation = activation(nonlinearity)
        init = init or xavier()
        self.init_h = init_h or init
        self.parameter("W_x", init(rng, (input_size, hidden_size)).astype(dtype))
        self.parameter("W_h", self.init_h(rng, (hidden_size, hidden_size)).astype(dtype))
        self.parameter("b_h", np.zeros(hidden_size, dtype))


class RNNCell(RNNBase):
    """One step: a_t = x_t W_x + h_{t−1} W_h + b_h,  h_t = f(a_t)."""

    def forward(self, x: Array, h: Array | None = None) -> Array:
        """x: (N, D), h = h_{t−1}: (N, H) (0 if None) → h_t: (N, H)."""
        x = as_input(x, self, self.input_size, "N, D")
        h = or_zeros(h, (*x.shape[:-1], self.hidden_size), x.dtype, "state")
        W_x, W_h, b_h = self.weights(x.dtype, "W_x", "W_h", "b_h")
        h_next = self.activation.f(x @ W_x + h @ W_h + b_h)  # (N, H)
        self.push(x, h, h_next, W_x, W_h)
        return h_next

    def backward(self, dh: Array) -> tuple[Array, Array]:
        """dh = dL/dh_t: (N, H) → (dx_t: (N, D), dh_{t−1}: (N, H)); the gradients add up."""
        x, h, h_next, W_x, W_h = self.pop()
        dh = shaped(dh, h_next.shape, x.dtype, "dh")
        da = dh * self.activation.df(h_next)  # (N, H)
        self.grads["W_x"] += weight_grad(x, da, W_x)
        self.grads["W_h"] += weight_grad(h, da, W_h)
        self.grads["b_h"] += bias_grad(da, self.params["b_h"])
        return da @ transposed(W_x), da @ transposed(W_h)


class RNN(RNNBase):
    """A sequence: a_t = x_t W_x + h_{t−1} W_h + b_h,  h_t = f(a_t),  t = 1 … T.

    x: (T, N, D) → y = (h_1, …, h_T): (T, N, H), state h_T: (N, H).
    params: W_x (D, H), W_h (H, H), b_h (H,).
    PyTorch's `nn.RNN` holds the transposed weights and two biases whose sum is b_h.
    """

    def cell(self) -> RNNCell:
        """A single-step cell on the same parameters and gradients."""
        return self.share(RNNCell)

    def forward(self, x: Array, state: Array | None = None) -> tuple[Array, Array]:
        """x: (T, N, D), state = h_0: (N, H) (0 if None) → (y: (T, N, H), h_T: (N, H))."""
        x = as_input(x, self, self.input_size, "T, N, D")
        W_x, W_h, b_h = self.weights(x.dtype, "W_x", "W_h", "b_h")
        h_0 = or_zeros(state, (*x.shape[1:-1], self.hidden_size), x.dtype, "state")

        y = project(x, W_x)  # x_t W_x of all steps; becomes a_t, then h_t, in place
        y += b_h
        h, h_W = h_0, np.empty_like(h_0)
        for y_t in y:
            y_t += np.matmul(h, W_h, out=h_W)  # a_t
            self.activation.f(y_t, out=y_t)  # h_t
            h = y_t
        self.push(x, h_0, y, W_x, W_h)
        return y, h.copy()

    def backward(self, dy: Array | None, dstate: Array | None = None) -> tuple[Array, Array]:
        """BPTT.  dy: (T, N, H), dstate = dL/dh_T: (N, H) (0 if None) → (dx, dh_0).

        δ_t = (dy_t + δ_{t+1} W_hᵀ) ⊙ f'(a_t)
        dW_x = Σ x_tᵀ δ_t,  dW_h = Σ h_{t−1}ᵀ δ_t,  db_h = Σ δ_t,  dx_t = δ_t W_xᵀ
        """
        x, h_0, y, W_x, W_h = self.pop()
        dy = or_zeros(dy, y.shape, x.dtype, "dy")
        dh = or_zeros(dstate, h_0.shape, x.dtype, "dstate").copy()
        W_hT = transposed(W_h)

        delta = self.activation.df(y)  # f'(a_t) of all steps; becomes δ_t in place
        for dy_t, delta_t in zip(dy[::-1], delta[::-1], strict=True):
            dh += dy_t
            delta_t *= dh
            np.matmul(delta_t, W_hT, out=dh)  # what flows to h_{t−1}

        h_before = np.concatenate([h_0[None], y[:-1]])  # h_{t−1} of all steps
        self.grads["W_x"] += weight_grad(x, delta, W_x)
        self.grads["W_h"] += weight_grad(h_before, delta, W_h)
        self.grads["b_h"] += bias_grad(delta, self.params["b_h"])
        return project(delta, transposed(W_x)), dh
