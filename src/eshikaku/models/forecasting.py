"""Forecasts of a series by a recurrent network, one step ahead or running freely."""

from dataclasses import dataclass

import numpy as np

from eshikaku import nn
from eshikaku.models.heads import ManyToMany
from eshikaku.nn import Array

TRAINED = 0.75  # the first three quarters are learned from


class Forecaster(ManyToMany):
    """x_t (T, N, 1) → forecast of x_{t+1}."""

    def __init__(self, hidden_size: int, rng: np.random.Generator) -> None:
        super().__init__(
            nn.RNN(1, hidden_size, rng, dtype=np.float32),
            nn.Affine(hidden_size, 1, rng, dtype=np.float32),
        )

    def free_run(self, x: Array, steps: int) -> Array:
        """Read x (T, N, 1), then feed each forecast back as the next input: (steps, N, 1)."""
        with self.evaluation():
            y, state = self.run(x)
            forecasts = [y[-1]]
            while len(forecasts) < steps:
                y, state = self.run(forecasts[-1][None], state)
                forecasts.append(y[0])
        return np.stack(forecasts)


@dataclass(frozen=True)
class Scaled:
    """The series as the network sees it: differences (or values), mean 0 and variance 1.

    Mean and variance are those of the training part alone.
    """

    raw: Array
    z: Array
    cut: int  # z[:cut] is learned from
    mean: float
    std: float
    differences: bool

    @classmethod
    def of(cls, raw: Array, differences: bool) -> "Scaled":
        y = np.diff(raw) if differences else raw
        cut = int(len(y) * TRAINED)
        mean, std = float(y[:cut].mean()), float(y[:cut].std())
        return cls(raw, ((y - mean) / std).astype(np.float32), cut, mean, std, differences)

    @property
    def truth(self) -> Array:
        """The values to be forecast."""
        return self.raw[self.cut + self.differences :]

    @property
    def lagged(self) -> Array:
        """x_{t−1} for each value to be forecast."""
        return self.raw[self.cut + self.differences - 1 : -1]

    def one_step(self, z: Array) -> Array:
        """Forecasts of z after the cut → values."""
        y = z * self.std + self.mean
        return self.lagged + y if self.differences else y

    def free(self, z: Array) -> Array:
        """Free-running forecasts of z → values: differences add up from the last known value."""
        y = z * self.std + self.mean
        return self.raw[self.cut] + np.cumsum(y) if self.differences else y
