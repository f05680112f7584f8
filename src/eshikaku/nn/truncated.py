"""Truncated backpropagation through time (Williams & Peng 1990)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from eshikaku.nn.functions import Array
from eshikaku.nn.layer import Layer


def truncated_bptt(
    layer: Layer,
    x: Array,
    dloss: Callable[[Array, slice], Array],
    length: int | None = None,
    state: Any = None,
) -> tuple[Array, Any]:
    """Run a recurrent layer over x in pieces of `length` steps, each forward and backward at once.

    The state goes on from piece to piece, its gradient does not: dL/dh at a cut is taken as 0.
    `length=None` is full BPTT. `dloss(y, steps)` gives dL/dy for the outputs y of `steps`.
    The gradients add up in the layer; only `length` steps are in memory at a time.

    Returns: dx (T, N, D) and the last state.
    """
    if len(x) == 0:
        raise ValueError(f"x が空です（長さ0の軸があります）。受け取った形: {np.shape(x)}")
    length = len(x) if length is None else length
    if length < 1:
        raise ValueError(f"length は1以上です。受け取った値: {length}")
    dx = []
    for start in range(0, len(x), length):
        steps = slice(start, min(start + length, len(x)))
        y, state = layer.forward(x[steps], state)
        dx.append(layer.backward(dloss(y, steps))[0])
    return np.concatenate(dx), state
