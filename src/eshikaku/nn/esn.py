"""Echo state network: a fixed random reservoir with a trained linear readout (Jaeger 2001)."""

from __future__ import annotations

import numpy as np

from eshikaku.nn.functions import Array
from eshikaku.nn.initialisers import uniform, zeros
from eshikaku.nn.memory import LeakyRNN


class EchoStateNetwork:
    """h_t = α h_{t−1} + (1 − α) tanh(x_t W_x + h_{t−1} W_h),   y_t = [1 ; x_t ; h_t] W_out

    W_x ~ U(−input_scale, input_scale) and W_h (sparse, scaled to a spectral radius) are never
    trained; W_out (1 + D + H, M) is the solution of a ridge regression, in one step and with no
    gradient. A spectral radius below 1 is neither necessary nor sufficient for the echo state
    property once there is input (Yildiz et al. 2012); it is a place to start.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        spectral_radius: float = 0.9,
        input_scale: float = 1.0,
        alpha: float = 0.0,
        density: float = 0.1,
    ) -> None:
        def reservoir(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
            W = rng.uniform(-1, 1, shape) * (rng.random(shape) < density)
            radius = np.max(np.abs(np.linalg.eigvals(W)))
            if radius == 0:
                raise ValueError(
                    "W_h の固有値がすべて0です。density か hidden_size を大きくします。"
                )
            return W * (spectral_radius / radius)

        self.reservoir = LeakyRNN(
            input_size,
            hidden_size,
            rng,
            alpha=alpha,
            init=uniform(input_scale) if input_scale else zeros(),
            init_h=reservoir,
        ).eval()
        self.W_out: Array | None = None

    def states(self, x: Array, state: Array | None = None) -> tuple[Array, Array]:
        """x: (T, N, D) → (h_1 … h_T: (T, N, H), h_T: (N, H))."""
        return self.reservoir.forward(x, state)

    def fit(self, x: Array, target: Array, *, ridge: float = 1e-6, washout: int = 0) -> Array:
        """W_out = (Zᵀ Z + λ I)⁻¹ Zᵀ Y with the rows z = [1 ; x_t ; h_t] after `washout` steps.

        x: (T, N, D), target: (T, N, M); returns the last state (N, H).
        """
        if not 0 <= washout < len(x):
            raise ValueError(f"washout は 0〜{len(x) - 1} です。受け取った値: {washout}")
        h, state = self.states(x)
        z = _rows(x, h)[washout:].reshape(-1, 1 + x.shape[-1] + h.shape[-1])
        y = target[washout:].reshape(-1, target.shape[-1])
        self.W_out = np.linalg.solve(z.T @ z + ridge * np.eye(z.shape[1]), z.T @ y)
        return state

    def predict(self, x: Array, state: Array | None = None) -> tuple[Array, Array]:
        """x: (T, N, D) → (y: (T, N, M), h_T).  Raises: RuntimeError before `fit`."""
        if self.W_out is None:
            raise RuntimeError("先に fit を呼びます。")
        h, state = self.states(x, state)
        return _rows(x, h) @ self.W_out, state

    def generate(self, x: Array, steps: int, state: Array | None = None) -> Array:
        """Free running: each prediction is the next input.  x: (N, D) → (steps, N, D)."""
        y = []
        for _ in range(steps):
            out, state = self.predict(x[None], state)
            x = out[0]
            y.append(x)
        return np.stack(y)


def _rows(x: Array, h: Array) -> Array:
    """[1 ; x_t ; h_t]: (T, N, 1 + D + H)."""
    return np.concatenate([np.ones((*x.shape[:-1], 1)), x, h], axis=-1)
