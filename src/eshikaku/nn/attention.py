"""Attention: a weighted mean of values, with weights that the query chooses by the keys.

    e = score(query, keys)      (..., L, T)     one score for each query and key
    a = softmax(e)              (..., L, T)     over the keys; masked keys get 0
    c = a @ values              (..., L, D_v)   the context

The score is what the kinds differ in:

| class | score of q (D_q,) and k (D_k,) | source |
|---|---|---|
| `DotAttention(scaled=False)` | q · k | Luong et al. 2015, "dot" |
| `DotAttention()` | q · k / √D_k | Vaswani et al. 2017 |
| `GeneralAttention` | q W kᵀ | Luong et al. 2015, "general" (multiplicative) |
| `AdditiveAttention` | tanh(q W_q + k W_k) · v | Bahdanau et al. 2015 (additive) |

Unlike the recurrent layers these take the batch *first*, (N, T, D), as each row of a batch has a
matrix product of its own; any number of leading axes will do, (N, heads, T, D) too. The axes of
`torch.nn.functional.scaled_dot_product_attention` are the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Array, dsoftmax, dtanh
from eshikaku.nn.initialisers import Initialiser, xavier
from eshikaku.nn.layer import Layer, project, shaped, transposed, weight_grad


def masked_softmax(scores: Array, mask: Array | None = None) -> Array:
    """Softmax over the last axis, among the places where `mask` is True alone.

    The same as adding −∞ to the other scores before the softmax: they get exactly 0, the rest
    adds up to 1. A row without any True gets 0 everywhere (a softmax would give 0/0).

    Args:
        scores: (..., T).
        mask: booleans that broadcast to the shape of scores; True: takes part. None: all do.

    Raises: TypeError unless the mask is boolean, ValueError where it doesn't broadcast.
    """
    scores = np.asarray(scores)
    if scores.dtype.kind != "f":
        scores = scores.astype(np.float64)  # weights are no integers
    if mask is None:
        top = np.max(scores, axis=-1, keepdims=True)
        e = np.exp(scores - top)
        return e / e.sum(axis=-1, keepdims=True)
    mask = np.asarray(mask)
    if mask.dtype != bool:
        raise TypeError(f"mask は真偽値（True が「見る」）です。受け取った dtype: {mask.dtype}")
    try:
        allowed = np.broadcast_to(mask, scores.shape)
    except ValueError:
        raise ValueError(
            f"mask の形は {scores.shape} に広げられる形です。受け取った形: {mask.shape}"
        ) from None
    scores = np.where(allowed, scores, -np.inf).astype(scores.dtype, copy=False)
    top = np.max(scores, axis=-1, keepdims=True)
    e = np.exp(scores - np.where(np.isneginf(top), 0, top))  # a row of −∞ alone becomes a row of 0
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total)


class Attention(Layer):
    """What all kinds share: softmax over the keys, weighted mean of the values, their backward.

    A kind adds `_score`, which pushes what its `_dscore` pops.
    """

    def forward(
        self, query: Array, keys: Array, values: Array, mask: Array | None = None
    ) -> tuple[Array, Array]:
        """c = softmax(score(query, keys)) values.

        Args:
            query: (..., L, D_q), L queries at once.
            keys: (..., T, D_k), with the same leading axes as the query.
            values: (..., T, D_v), one for each key; often the keys themselves.
            mask: booleans that broadcast to (..., L, T), True: this query may see this key.

        Returns:
            context (..., L, D_v) and the weights (..., L, T). The weights of a row add up to 1;
            where a query may see no key at all, its weights and its context are 0.

        Raises:
            ValueError for shapes that don't fit, TypeError for a mask that is not boolean.
        """
        query, keys, values = _inputs(query, keys, values)
        weights = masked_softmax(self._score(query, keys), mask)  # (..., L, T)
        self.push(weights, values)
        return weights @ values, weights

    def backward(
        self, dcontext: Array, dweights: Array | None = None
    ) -> tuple[Array, Array, Array]:
        """Gradients of query, keys and values (a mask has none).

        dL/da = dc valuesᵀ [+ dweights],  dL/de = a ⊙ (dL/da − Σ_t a_t dL/da_t),
        dL/dvalues = aᵀ dc. Where a weight is 0 by the mask, so is the gradient of its score.
        Where keys and values are one array, its gradient is the sum of the two.
        """
        weights, values = self.pop()
        dtype, shape = values.dtype, (*weights.shape[:-1], values.shape[-1])
        dcontext = shaped(dcontext, shape, dtype, "dcontext")
        dvalues = transposed(weights) @ dcontext  # (..., T, D_v)
        da = dcontext @ transposed(values)  # (..., L, T)
        if dweights is not None:
            da += shaped(dweights, weights.shape, dtype, "dweights")
        dquery, dkeys = self._dscore(dsoftmax(weights, da))
        return dquery, dkeys, dvalues

    def _score(self, query: Array, keys: Array) -> Array:
        raise NotImplementedError

    def _dscore(self, de: Array) -> tuple[Array, Array]:
        raise NotImplementedError


class DotAttention(Attention):
    """e = q kᵀ / √D (Vaswani et al. 2017), or e = q kᵀ with `scaled=False` (Luong et al. 2015).

    Query and keys have the same size D. No parameters. For components with mean 0 and variance 1
    the product q · k has variance D; the root brings it back to 1.
    """

    def __init__(self, *, scaled: bool = True) -> None:
        super().__init__()
        self.scaled = scaled

    def _score(self, query: Array, keys: Array) -> Array:
        _same("query と keys の最後の軸", query.shape[-1], keys.shape[-1])
        if self.scaled:  # the queries are fewer numbers than the scores
            query = query * query.dtype.type(query.shape[-1] ** -0.5)
        self.push(query, keys)
        return query @ transposed(keys)

    def _dscore(self, de: Array) -> tuple[Array, Array]:
        query, keys = self.pop()
        dkeys = transposed(de) @ query  # query holds 1/√D already
        dquery = de @ keys
        if self.scaled:
            dquery *= query.dtype.type(query.shape[-1] ** -0.5)
        return dquery, dkeys


class GeneralAttention(Attention):
    """e = q W kᵀ (Luong et al. 2015, "general"): multiplicative, sizes may differ.

    params: W (D_q, D_k).
    """

    def __init__(
        self,
        query_size: int,
        key_size: int,
        rng: np.random.Generator,
        *,
        init: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        self.query_size, self.key_size = query_size, key_size
        self.parameter("W", (init or xavier())(rng, (query_size, key_size)).astype(dtype))

    def _score(self, query: Array, keys: Array) -> Array:
        _same("query の最後の軸", self.query_size, query.shape[-1])
        _same("keys の最後の軸", self.key_size, keys.shape[-1])
        (W,) = self.weights(query.dtype, "W")
        turned = project(query, W)  # (..., L, D_k): the query in the room of the keys
        self.push(query, keys, turned, W)
        return turned @ transposed(keys)

    def _dscore(self, de: Array) -> tuple[Array, Array]:
        query, keys, turned, W = self.pop()
        dturned = de @ keys  # (..., L, D_k)
        self.grads["W"] += weight_grad(query, dturned, W)
        return project(dturned, transposed(W)), transposed(de) @ turned


class AdditiveAttention(Attention):
    """e = tanh(q W_q + k W_k) v (Bahdanau et al. 2015): a network with one hidden layer.

    params: W_q (D_q, A), W_k (D_k, A), v (A,); A = `attention_size`. Takes (..., L, T, A) numbers
    of memory, A times as many as a dot product.
    """

    def __init__(
        self,
        query_size: int,
        key_size: int,
        attention_size: int,
        rng: np.random.Generator,
        *,
        init: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        init = init or xavier()
        self.query_size, self.key_size = query_size, key_size
        self.attention_size = A = attention_size
        self.parameter("W_q", init(rng, (query_size, A)).astype(dtype))
        self.parameter("W_k", init(rng, (key_size, A)).astype(dtype))
        self.parameter("v", init(rng, (A, 1))[:, 0].astype(dtype))

    def _score(self, query: Array, keys: Array) -> Array:
        _same("query の最後の軸", self.query_size, query.shape[-1])
        _same("keys の最後の軸", self.key_size, keys.shape[-1])
        W_q, W_k, v = self.weights(query.dtype, "W_q", "W_k", "v")
        q, k = project(query, W_q), project(keys, W_k)  # (..., L, A), (..., T, A)
        hidden = np.tanh(q[..., :, None, :] + k[..., None, :, :])  # (..., L, T, A)
        self.push(query, keys, hidden, W_q, W_k, v)
        return hidden @ v

    def _dscore(self, de: Array) -> tuple[Array, Array]:
        query, keys, hidden, W_q, W_k, v = self.pop()
        self.grads["v"] += de.reshape(-1) @ hidden.reshape(-1, len(v))
        da = dtanh(hidden)
        da *= de[..., None] * v  # (..., L, T, A)
        dq, dk = da.sum(axis=-2), da.sum(axis=-3)  # (..., L, A), (..., T, A)
        self.grads["W_q"] += weight_grad(query, dq, W_q)
        self.grads["W_k"] += weight_grad(keys, dk, W_k)
        return project(dq, transposed(W_q)), project(dk, transposed(W_k))


def _inputs(query: Array, keys: Array, values: Array) -> tuple[Array, Array, Array]:
    """Checked, in the dtype of the query."""
    query = np.asarray(query)
    if query.dtype.kind != "f":
        raise TypeError(f"query は浮動小数点数です。受け取った dtype: {query.dtype}")
    keys, values = np.asarray(keys, query.dtype), np.asarray(values, query.dtype)
    if min(query.ndim, keys.ndim, values.ndim) < 2 or 0 in (query.size, keys.size, values.size):
        raise ValueError(
            "query は (…, L, D_q)、keys は (…, T, D_k)、values は (…, T, D_v) です。"
            f"受け取った形: {query.shape}、{keys.shape}、{values.shape}"
        )
    if not query.shape[:-2] == keys.shape[:-2] == values.shape[:-2]:
        raise ValueError(
            "query、keys、values の最後の2軸より前は同じ形です。"
            f"受け取った形: {query.shape}、{keys.shape}、{values.shape}"
        )
    _same("keys と values の数 T", keys.shape[-2], values.shape[-2])
    return query, keys, values


def _same(name: str, expected: int, got: int) -> None:
    if expected != got:
        raise ValueError(f"{name}が合いません: {expected} と {got}")
