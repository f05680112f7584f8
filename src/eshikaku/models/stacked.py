"""Many RNNs of the same size trained at once, as stacked arrays; for grids of settings."""

from collections.abc import Sequence

import numpy as np

from eshikaku import nn
from eshikaku.nn import Array


class StackedRNN:
    """S RNNs of two inputs and one output, each with weights and a learning rate of its own.

    W_h is (S, H, H) and h_t (S, N, H): `np.matmul` multiplies S pairs of matrices in one call, so
    Python's cost of a step is paid once, not S times. The bias is a third input that is always 1.
    """

    def __init__(
        self, inits: Sequence[nn.Initialiser], hidden: int, nonlinearity: str, seed: int
    ) -> None:
        def drawn(*shape: int) -> Array:
            return np.stack([i(r, shape) for i, r in zip(inits, rngs, strict=True)])

        rngs = [np.random.default_rng(seed) for _ in inits]  # an RNN draws in this order
        W_x, W_h, W_y = drawn(2, hidden), drawn(hidden, hidden), drawn(hidden, 1)
        settings = len(inits)
        self.W_x = np.concatenate([W_x, np.zeros((settings, 1, hidden))], 1).astype(np.float32)
        self.W_h, self.W_y = W_h.astype(np.float32), W_y.astype(np.float32)
        self.b_y = np.zeros((settings, 1, 1), np.float32)
        self.activation = nn.activation(nonlinearity)

    def forward(self, x: Array) -> Array:
        """x: (T, N, 2) for all settings → logits (S, T·N, 1)."""
        T, N, _ = x.shape
        S, _, H = self.W_h.shape
        self.x = np.concatenate([x, np.ones_like(x[..., :1])], -1).reshape(T * N, 3)
        a = (self.x @ self.W_x).reshape(S, T, N, H)
        self.h = np.empty((T, S, N, H), np.float32)
        for t, h in enumerate(self.h):
            if t == 0:  # h_0 = 0
                h[...] = a[:, 0]
            else:
                np.matmul(self.h[t - 1], self.W_h, out=h)
                h += a[:, t]
            self.activation.f(h, out=h)
        self.rows = self.h.transpose(1, 0, 2, 3).copy()  # (S, T, N, H)
        return self.rows.reshape(S, T * N, H) @ self.W_y + self.b_y

    def update(self, dy: Array, lr: Array) -> None:
        """One SGD step; dy = dL/dlogits (S, T·N, 1), lr (S, 1, 1)."""
        T, S, N, H = self.h.shape
        dy_t = dy.reshape(S, T, N, 1)
        W_yT, W_hT = self.W_y.swapaxes(1, 2), self.W_h.swapaxes(1, 2)
        slope = self.activation.df(self.h)  # f'(a_t)
        da = np.empty((S, T, N, H), np.float32)
        dh = dy_t[:, -1] * W_yT
        for t in reversed(range(T)):
            np.multiply(slope[t], dh, out=da[:, t])
            if t > 0:
                np.matmul(da[:, t], W_hT, out=dh)
                dh += dy_t[:, t - 1] * W_yT
        self.W_h -= lr * _products(self.rows[:, :-1], da[:, 1:])
        self.W_y -= lr * _products(self.rows, dy_t)
        self.b_y -= lr * dy.sum(axis=1, keepdims=True)
        self.W_x -= lr * (self.x.T @ da.reshape(S, T * N, H))

    def right(self, x: Array, t: Array) -> Array:
        """Which digits are right: (S, T, N) booleans."""
        T, N, _ = x.shape
        return (self.forward(x) > 0).reshape(-1, T, N) == (t[..., 0] > 0.5)


def _products(x: Array, dy: Array) -> Array:
    """Σ over time and batch of x_tᵀ dy_t: (S, T, N, A), (S, T, N, B) → (S, A, B)."""
    S = len(x)
    return x.reshape(S, -1, x.shape[-1]).swapaxes(1, 2) @ dy.reshape(S, -1, dy.shape[-1])
