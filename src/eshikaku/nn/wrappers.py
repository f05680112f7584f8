"""Layers made of recurrent layers: both directions, and several layers deep."""

from __future__ import annotations

from typing import Any

import numpy as np

from eshikaku.nn.dropout import Dropout
from eshikaku.nn.functions import Array
from eshikaku.nn.layer import Layer, or_zeros


class Bidirectional(Layer):
    """Two layers read the sequence from both ends (Schuster & Paliwal 1997).

    y_t = [h→_t ; h←_t]: (T, N, 2H), where h←_t has seen x_T … x_t. The second direction is a
    forward pass of its own over the reversed input, not backpropagation; it needs the whole
    sequence before it can answer.  state = (state→, state←).
    params: `forward.…` and `reverse.…`.
    """

    def __init__(self, forward: Layer, reverse: Layer) -> None:
        super().__init__()
        self.child("forward", forward)
        self.child("reverse", reverse)

    def forward(
        self, x: Array, state: tuple[Any, Any] | None = None, pad: Array | None = None
    ) -> tuple[Array, Any]:
        """x: (T, N, D) → (y: (T, N, 2H), (state→, state←)); state← is that after x_1.

        pad: (T, N) booleans for layers that can skip padding (`GRU`, `LSTM`).
        """
        first, second = (None, None) if state is None else state
        forwards, backwards = ((), ()) if pad is None else ((pad,), (pad[::-1],))
        y, first = self.children["forward"].forward(x, first, *forwards)
        y_reverse, second = self.children["reverse"].forward(x[::-1], second, *backwards)
        y = np.concatenate([y, y_reverse[::-1]], axis=-1)
        self.push(y.shape, y.dtype)
        return y, (first, second)

    def backward(
        self, dy: Array | None, dstate: tuple[Any, Any] | None = None
    ) -> tuple[Array, Any]:
        """dy: (T, N, 2H) (0 if None) → (dx: (T, N, D), (dstate→, dstate←))."""
        shape, dtype = self.pop()
        first, second = (None, None) if dstate is None else dstate
        dy_forward, dy_reverse = np.split(or_zeros(dy, shape, dtype, "dy"), 2, axis=-1)
        dx_reverse, second = self.children["reverse"].backward(dy_reverse[::-1], second)
        dx, first = self.children["forward"].backward(dy_forward, first)
        dx += dx_reverse[::-1]
        return dx, (first, second)


class Stack(Layer):
    """Recurrent layers on top of each other: the outputs y of one are the inputs x of the next.

    Dropout with probability `dropout` stands between two layers, not after the last one and not
    along time (Zaremba et al. 2014; PyTorch's `num_layers` and `dropout`).
    state = a tuple with the state of each layer.  params: `layer0.…`, `layer1.…`, ….
    """

    def __init__(
        self, *layers: Layer, dropout: float = 0.0, rng: np.random.Generator | None = None
    ) -> None:
        super().__init__()
        if not layers:
            raise ValueError("層を1つ以上渡してください。")
        if dropout and rng is None:
            raise ValueError("dropout には rng が必要です。")
        self.layers = [self.child(f"layer{k}", layer) for k, layer in enumerate(layers)]
        self.dropouts = [
            self.child(f"dropout{k}", Dropout(dropout, rng))
            for k in range(len(layers) - 1)
            if dropout and rng is not None
        ]

    def forward(
        self, x: Array, state: tuple[Any, ...] | None = None, pad: Array | None = None
    ) -> tuple[Array, Any]:
        """x: (T, N, D) → (y of the last layer: (T, N, H), states).

        pad: (T, N) booleans for layers that can skip padding (`GRU`, `LSTM`).
        """
        states, skipped = [], () if pad is None else (pad,)
        for k, layer in enumerate(self.layers):
            if k and self.dropouts:
                x = self.dropouts[k - 1].forward(x)
            x, last = layer.forward(x, None if state is None else state[k], *skipped)
            states.append(last)
        return x, tuple(states)

    def backward(
        self, dy: Array | None, dstate: tuple[Any, ...] | None = None
    ) -> tuple[Array, Any]:
        """dy: (T, N, H) of the last layer (0 if None) → (dx: (T, N, D), dstates)."""
        dstates = []
        dx: Any = dy
        for k in reversed(range(len(self.layers))):
            dx, first = self.layers[k].backward(dx, None if dstate is None else dstate[k])
            dstates.append(first)
            if k and self.dropouts:
                dx = self.dropouts[k - 1].backward(dx)
        return dx, tuple(reversed(dstates))
