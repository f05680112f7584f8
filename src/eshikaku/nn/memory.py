"""Simple networks with longer memory: a connection over k steps, and leaky units."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Activation, Array
from eshikaku.nn.initialisers import Initialiser
from eshikaku.nn.layer import as_input, bias_grad, or_zeros, project, transposed, weight_grad
from eshikaku.nn.rnn import RNNBase


class SkipRNN(RNNBase):
    """A second recurrent connection that skips over time (Lin et al. 1996):

    h_t = f(x_t W_x + h_{t−1} W_h + h_{t−k} W_s + b_h)

    Along it the gradient crosses T steps in T / k factors instead of T.
    params: those of `RNN` and W_s (H, H).  state: the last k hidden states, (k, N, H), oldest
    first.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        skip: int,
        nonlinearity: str | Activation = "tanh",
        init: Initialiser | None = None,
        init_h: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        if skip < 2:
            raise ValueError(f"skip は2以上です。受け取った値: {skip}")
        super().__init__(
            input_size,
            hidden_size,
            rng,
            nonlinearity=nonlinearity,
            init=init,
            init_h=init_h,
            dtype=dtype,
        )
        self.skip = skip
        self.parameter("W_s", self.init_h(rng, (hidden_size, hidden_size)).astype(dtype))

    def forward(self, x: Array, state: Array | None = None) -> tuple[Array, Array]:
        """x: (T, N, D), state: (k, N, H) (0 if None) → (y: (T, N, H), state)."""
        x = as_input(x, self, self.input_size, "T, N, D")
        W_x, W_h, W_s, b_h = self.weights(x.dtype, "W_x", "W_h", "W_s", "b_h")
        k = self.skip
        h = np.zeros((k + len(x), *x.shape[1:-1], self.hidden_size), x.dtype)
        h[:k] = or_zeros(state, h[:k].shape, x.dtype, "state")
        h[k:] = project(x, W_x)
        h[k:] += b_h
        for t in range(k, len(h)):
            h[t] += h[t - 1] @ W_h
            h[t] += h[t - k] @ W_s
            self.activation.f(h[t], out=h[t])
        self.push(x, h, W_x, W_h, W_s)
        return h[k:].copy(), h[-k:].copy()

    def backward(self, dy: Array | None, dstate: Array | None = None) -> tuple[Array, Array]:
        """dy: (T, N, H), dstate: (k, N, H) (0 if None) → (dx, dstate of the beginning)."""
        x, h, W_x, W_h, W_s = self.pop()
        k = self.skip
        dh = np.zeros_like(h)
        dh[-k:] += or_zeros(dstate, dh[-k:].shape, x.dtype, "dstate")
        dh[k:] += or_zeros(dy, dh[k:].shape, x.dtype, "dy")
        delta = self.activation.df(h[k:])
        for t in reversed(range(k, len(h))):
            delta[t - k] *= dh[t]
            dh[t - 1] += delta[t - k] @ transposed(W_h)
            dh[t - k] += delta[t - k] @ transposed(W_s)
        self.grads["W_x"] += weight_grad(x, delta, W_x)
        self.grads["W_h"] += weight_grad(h[k - 1 : -1], delta, W_h)
        self.grads["W_s"] += weight_grad(h[:-k], delta, W_s)
        self.grads["b_h"] += bias_grad(delta, self.params["b_h"])
        return project(delta, transposed(W_x)), dh[:k].copy()


class LeakyRNN(RNNBase):
    """Leaky units, a moving average of their activations (Mozer 1992; Jaeger et al. 2007):

    h_t = α ⊙ h_{t−1} + (1 − α) ⊙ f(x_t W_x + h_{t−1} W_h + b_h)

    α near 1: a long memory (about 1 / (1 − α) steps); α = 0: the simple RNN. α is a number or
    one for each unit (H,), and is not trained.  Jaeger's leaking rate is 1 − α.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        alpha: float | Array,
        nonlinearity: str | Activation = "tanh",
        init: Initialiser | None = None,
        init_h: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        if np.min(alpha) < 0 or np.max(alpha) >= 1:
            raise ValueError(f"alpha は 0 以上 1 未満です。受け取った値: {alpha}")
        super().__init__(
            input_size,
            hidden_size,
            rng,
            nonlinearity=nonlinearity,
            init=init,
            init_h=init_h,
            dtype=dtype,
        )
        self.alpha = alpha

    def forward(self, x: Array, state: Array | None = None) -> tuple[Array, Array]:
        """x: (T, N, D), state = h_0: (N, H) (0 if None) → (y: (T, N, H), h_T: (N, H))."""
        x = as_input(x, self, self.input_size, "T, N, D")
        W_x, W_h, b_h = self.weights(x.dtype, "W_x", "W_h", "b_h")
        alpha = np.asarray(self.alpha, x.dtype)
        h_0 = or_zeros(state, (*x.shape[1:-1], self.hidden_size), x.dtype, "state")
        new = project(x, W_x)  # x_t W_x; becomes a_t, then f(a_t), in place
        new += b_h
        y, h = np.empty_like(new), h_0
        for t, a in enumerate(new):
            a += h @ W_h
            self.activation.f(a, out=a)
            y[t] = alpha * h + (1 - alpha) * a
            h = y[t]
        self.push(x, h_0, new, y, alpha, W_x, W_h)
        return y, h.copy()

    def backward(self, dy: Array | None, dstate: Array | None = None) -> tuple[Array, Array]:
        """dy: (T, N, H) (0 if None), dstate = dL/dh_T: (N, H) (0 if None) → (dx, dh_0)."""
        x, h_0, new, y, alpha, W_x, W_h = self.pop()
        delta = self.activation.df(new)
        delta *= 1 - alpha
        dh = or_zeros(dstate, h_0.shape, x.dtype, "dstate").copy()
        dy = or_zeros(dy, y.shape, x.dtype, "dy")
        for dy_t, delta_t in zip(dy[::-1], delta[::-1], strict=True):
            dh += dy_t
            delta_t *= dh
            dh = alpha * dh + delta_t @ transposed(W_h)
        h_before = np.concatenate([h_0[None], y[:-1]])
        self.grads["W_x"] += weight_grad(x, delta, W_x)
        self.grads["W_h"] += weight_grad(h_before, delta, W_h)
        self.grads["b_h"] += bias_grad(delta, self.params["b_h"])
        return project(delta, transposed(W_x)), dh
