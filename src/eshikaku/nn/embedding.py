"""Embedding: a table of vectors, looked up by number."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Array
from eshikaku.nn.initialisers import Initialiser, normal
from eshikaku.nn.layer import Layer, shaped


class Embedding(Layer):
    """y = W[ids]: the same as onehot(ids) W, without the product.  ids (...) → y (..., D).

    params: W (V, D), as PyTorch's `Embedding` (nothing is transposed).
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        rng: np.random.Generator,
        *,
        init: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        init = init or normal(1.0)
        self.parameter("W", init(rng, (vocabulary_size, embedding_size)).astype(dtype))

    def forward(self, ids: Array) -> Array:
        """ids: (...) integers in 0 … V−1 → (..., D).

        Raises: TypeError unless ids are integers, IndexError outside 0 … V−1.
        """
        ids = np.asarray(ids)
        if not np.issubdtype(ids.dtype, np.integer):
            raise TypeError(f"id は整数です。受け取った dtype: {ids.dtype}")
        W = self.params["W"]
        if ids.size and (ids.min() < 0 or ids.max() >= len(W)):
            raise IndexError(
                f"id は 0〜{len(W) - 1} です。受け取った範囲: {ids.min()}〜{ids.max()}"
            )
        self.push(ids)
        return W[ids]

    def backward(self, dy: Array) -> None:
        """dW[id] += dy for every place where the id stands; a number has no gradient.

        `dW[ids] += dy` would count a repeated id once; `np.add.at` adds each of them.
        """
        (ids,) = self.pop()
        dW = self.grads["W"]
        dy = shaped(dy, (*ids.shape, dW.shape[-1]), dW.dtype, "dy")
        np.add.at(dW, ids, dy)
