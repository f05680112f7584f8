"""What stands on a recurrent layer: an answer at every step, or one answer after the last."""

from __future__ import annotations

from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.nn.functions import Array


class ManyToMany(nn.Layer):
    """x (T, N, D), or ids (T, N) with an embedding → h (T, N, H) → y (T, N, M), one a step.

    params: `rnn.…`, `out.…`, and `embedding.W`.
    """

    def __init__(
        self, recurrent: nn.Layer, out: nn.Layer, embedding: nn.Embedding | None = None
    ) -> None:
        super().__init__()
        self.embedding = None if embedding is None else self.child("embedding", embedding)
        self.rnn = self.child("rnn", recurrent)
        self.out = self.child("out", out)

    def read(self, x: Array) -> Array:
        """What the recurrent layer gets: x itself, or the vectors of its ids."""
        return x if self.embedding is None else self.embedding.forward(x)

    def forward(self, x: Array) -> Array:
        """x → y (T, N, M)."""
        return self.run(x)[0]

    def run(self, x: Array, state: Any = None) -> tuple[Array, Any]:
        """The same from a state on: → (y (T, N, M), the last state)."""
        h, state = self.rnn.forward(self.read(x), state)
        return self.out.forward(h), state

    def backward(self, dy: Array) -> Array | None:
        """dL/dy (T, N, M) → dL/dx (T, N, D); None for ids."""
        return self._back_to_x(self.out.backward(dy))

    def _back_to_x(self, dh: Array) -> Array | None:
        dx, _ = self.rnn.backward(dh)
        if self.embedding is None:
            return dx
        self.embedding.backward(dx)
        return None


class ManyToOne(ManyToMany):
    """x (T, N, D), or ids (T, N) → h_T (N, H) → y (N, M): one answer, after the last step."""

    def run(self, x: Array, state: Any = None) -> tuple[Array, Any]:
        """x → (y (N, M), the last state)."""
        h, state = self.rnn.forward(self.read(x), state)
        self.push(h.shape)
        return self.out.forward(h[-1]), state

    def backward(self, dy: Array) -> Array | None:
        """dL/dy (N, M) → dL/dx (T, N, D); None for ids. Only h_T gets a gradient from above."""
        (shape,) = self.pop()
        dh_T = self.out.backward(dy)
        dh = np.zeros(shape, dh_T.dtype)
        dh[-1] = dh_T
        return self._back_to_x(dh)
