"""Optimisers: `update(params, grads)` changes the parameters in place.

With a constant learning rate all of them take exactly the steps of `torch.optim`. Where an exam
text writes the same method in other letters, the docstring says so. `lr` may be an array that
broadcasts against the parameters, such as (S, 1, 1) for S settings trained at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from eshikaku.nn.functions import Array

Rate = float | Array
BLOCK = 16_384


class Optimiser:
    """Keeps one state array (or more) for each parameter name, made at the first update."""

    def __init__(self, lr: Rate) -> None:
        self.lr = lr
        self.t = 0  # updates so far
        self.state: dict[str, list[Array]] = {}

    def update(self, params: Mapping[str, Array], grads: Mapping[str, Array]) -> None:
        """One step; `params` and `grads` have the same keys and shapes.

        Raises: KeyError where a gradient is missing, ValueError where one has another shape; then
            nothing has been changed.
        """
        for name, p in params.items():
            if np.shape(grads[name]) != p.shape:
                raise ValueError(
                    f"{name} の勾配の形は {p.shape} です。受け取った形: {np.shape(grads[name])}"
                )
        self.t += 1
        for name, p in params.items():
            if name not in self.state:
                self.state[name] = self._start(p)
            self._step(p, grads[name], *self.state[name])

    def _start(self, p: Array) -> list[Array]:
        return []

    def _step(self, p: Array, g: Array, *state: Array) -> None:
        raise NotImplementedError


class SGD(Optimiser):
    """w ← w − η g."""

    def __init__(self, lr: Rate = 0.01) -> None:
        super().__init__(lr)

    def _step(self, p: Array, g: Array, *state: Array) -> None:
        p -= self.lr * g


class Momentum(Optimiser):
    """v ← μ v − η g,  w ← w + v (Polyak 1964), as exam texts write it.

    PyTorch writes v ← μ v + g, w ← w − η v: the same steps as long as η is constant.
    """

    def __init__(self, lr: Rate = 0.01, momentum: float = 0.9) -> None:
        super().__init__(lr)
        self.momentum = momentum

    def _start(self, p: Array) -> list[Array]:
        return [np.zeros_like(p)]

    def _step(self, p: Array, g: Array, *state: Array) -> None:
        (v,) = state
        v *= self.momentum
        v -= self.lr * g
        p += v


class NAG(Momentum):
    """Nesterov's accelerated gradient: v ← μ v − η ∇L(w + μ v),  w ← w + v (Sutskever 2013).

    The parameters held here are those of the look-ahead point w + μ v, where the gradient is
    taken; for them the step is v ← μ v − η g,  p ← p + μ v − η g (Bengio 2013, and PyTorch).
    """

    def _step(self, p: Array, g: Array, *state: Array) -> None:
        (v,) = state
        v *= self.momentum
        v -= self.lr * g
        p += self.momentum * v - self.lr * g


class AdaGrad(Optimiser):
    """h ← h + g²,  w ← w − η g / (√h + ε) (Duchi et al. 2011): steps only ever shrink."""

    def __init__(self, lr: Rate = 0.01, eps: float = 1e-10) -> None:
        super().__init__(lr)
        self.eps = eps

    def _start(self, p: Array) -> list[Array]:
        return [np.zeros_like(p)]

    def _step(self, p: Array, g: Array, *state: Array) -> None:
        (h,) = state
        h += g * g
        p -= self.lr * g / (np.sqrt(h) + self.eps)


class RMSProp(Optimiser):
    """h ← ρ h + (1 − ρ) g²,  w ← w − η g / (√h + ε) (Tieleman & Hinton 2012); ρ = 0.99 as PyTorch.

    Some texts put ε inside the root.
    """

    def __init__(self, lr: Rate = 0.01, rho: float = 0.99, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.rho, self.eps = rho, eps

    def _start(self, p: Array) -> list[Array]:
        return [np.zeros_like(p)]

    def _step(self, p: Array, g: Array, *state: Array) -> None:
        (h,) = state
        h *= self.rho
        h += (1 - self.rho) * g * g
        p -= self.lr * g / (np.sqrt(h) + self.eps)


class Adam(Optimiser):
    """m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²  (Kingma & Ba 2015)

    m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ),  w ← w − η m̂ / (√v̂ + ε).
    """

    def __init__(
        self, lr: Rate = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        super().__init__(lr)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def _start(self, p: Array) -> list[Array]:
        return [np.zeros_like(p), np.zeros_like(p)]

    def _step(self, p: Array, g: Array, *state: Array) -> None:
        lr, m_left, v_left = self.lr, 1 - self.beta1**self.t, 1 - self.beta2**self.t
        for p_, g_, m, v in _blocks(lr, p, g, *state):
            m *= self.beta1
            step = (1 - self.beta1) * g_
            m += step
            v *= self.beta2
            np.multiply(1 - self.beta2, g_, out=step)
            step *= g_
            v += step
            np.divide(v, v_left, out=step)  # v̂
            np.sqrt(step, out=step)
            step += self.eps
            m_hat = m / m_left
            m_hat *= lr
            m_hat /= step
            p_ -= m_hat


def _blocks(lr: Rate, *arrays: Array) -> Iterator[tuple[Array, ...]]:
    """The arrays in pieces that stay in the cache from line to line (whole, if lr is an array)."""
    if np.ndim(lr) or not all(array.flags.c_contiguous for array in arrays):
        yield arrays
        return
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, len(flat[0]), BLOCK):
        yield tuple(array[start : start + BLOCK] for array in flat)
