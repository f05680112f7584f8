"""Multi-head attention (Vaswani et al. 2017), the masks it takes, and sinusoidal positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Array
from eshikaku.nn.initialisers import Initialiser, per_gate, xavier
from eshikaku.nn.layer import (
    Layer,
    as_input,
    bias_grad,
    project,
    shaped,
    transposed,
    weight_grad,
)


def causal_mask(T: int) -> Array:
    """(T, T) booleans, True where query t may see key s: s ≤ t."""
    return np.tril(np.ones((T, T), bool))


def key_mask(real: Array) -> Array:
    """(N, T) booleans, True where a token is real (no padding) → (N, 1, 1, T), for every query.

    Both at once: `key_mask(real) & causal_mask(T)`.
    """
    return np.asarray(real, bool)[:, None, None, :]


def sinusoidal_positions(T: int, size: int, dtype: DTypeLike = np.float64) -> Array:
    """(T, size): PE[t, 2i] = sin(t / 10000^{2i / size}), PE[t, 2i + 1] = cos of the same.

    Each pair turns with its own speed, so PE[t + k] is a rotation of PE[t] that depends on k
    alone.  Raises: ValueError unless `size` is even.
    """
    if size < 2 or size % 2:
        raise ValueError(f"size は2以上の偶数です。受け取った値: {size}")
    angle = np.arange(T)[:, None] / 10_000 ** (np.arange(0, size, 2) / size)
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1).reshape(T, size).astype(dtype)


class MultiheadAttention(Layer):
    """h attentions side by side, each on its own d / h of the d components, joined by W_o.

        q = x_q W_q + b_q,  k = x_k W_k + b_k,  v = x_k W_v + b_v       (N, T, d) each
        head_i = softmax(q_i k_iᵀ / √(d/h)) v_i,   y = [head_1 ; … ; head_h] W_o + b_o

    params: W_in (d, 3d) with the columns q, k, v; b_in (3d,); W_o (d, d); b_o (d,).
    4d(d + 1) parameters, whatever h.  Batch first; a mask is True where a query may see a key
    (PyTorch's boolean masks are True where it may *not*).
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        rng: np.random.Generator,
        *,
        init: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        """Raises: ValueError unless the heads divide the size."""
        super().__init__()
        if num_heads < 1 or embed_dim % num_heads:
            raise ValueError(
                f"num_heads は embed_dim {embed_dim} を割り切る数です。受け取った値: {num_heads}"
            )
        self.embed_dim, self.num_heads, d = embed_dim, num_heads, embed_dim
        init = init or xavier()
        self.parameter("W_in", per_gate(init, rng, (d, d), 3).astype(dtype))
        self.parameter("b_in", np.zeros(3 * d, dtype))
        self.parameter("W_o", init(rng, (d, d)).astype(dtype))
        self.parameter("b_o", np.zeros(d, dtype))

    def forward(
        self, query: Array, memory: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, Array]:
        """y and the weights of each head.

        Args:
            query: (N, L, d).
            memory: (N, T, d), where keys and values come from; the query itself if None
                (self-attention).
            mask: booleans that broadcast to (N, h, L, T), True: this query may see this key.

        Returns: y (N, L, d), weights (N, h, L, T); rows add up to 1, or are 0 where no key may be
            seen.

        Raises: ValueError for shapes that don't fit, TypeError for a mask that is not boolean.
        """
        x = as_input(query, self, self.embed_dim, "N, L, d")
        W_in, b_in, W_o, b_o = self.weights(x.dtype, "W_in", "b_in", "W_o", "b_o")
        d = self.embed_dim
        if memory is None:
            packed = project(x, W_in)  # (N, L, 3d)
            packed += b_in
            q, k, v = (self._heads(packed, part) for part in range(3))
        else:
            memory = as_input(memory, self, d, "N, T, d").astype(x.dtype, copy=False)
            if len(memory) != len(x):
                raise ValueError(f"query と memory のN: {len(x)} と {len(memory)}")
            q = self._heads(project(x, W_in[:, :d]) + b_in[:d], 0)
            packed = project(memory, W_in[:, d:]) + b_in[d:]
            k, v = self._heads(packed, 0), self._heads(packed, 1)
        scale = x.dtype.type((d // self.num_heads) ** -0.5)
        weights = _softmax_in_place(np.matmul(q * scale, transposed(k)), mask)  # (N, h, L, T)
        heads = np.empty(x.shape, x.dtype)  # the heads side by side: (N, L, d)
        np.matmul(weights, v, out=self._heads(heads, 0))
        y = project(heads, W_o)
        y += b_o
        self.push(x, memory, q, k, v, weights, heads, scale, W_in, W_o)
        return y, weights

    def backward(self, dy: Array, dweights: Array | None = None) -> Any:
        """dL/dquery and dL/dmemory; dL/dquery alone for self-attention.

        dv = Aᵀ do, dA = do vᵀ, dS = A ⊙ (dA − Σ_t A_t dA_t), dq = dS k / √d_k, dk = dSᵀ q / √d_k.
        Without `dweights` the inner sum is that of do ⊙ o, which is shorter.
        """
        x, memory, q, k, v, weights, heads, scale, W_in, W_o = self.pop()
        dy, d = shaped(dy, x.shape, x.dtype, "dy"), self.embed_dim
        dheads = project(dy, transposed(W_o))
        do = self._heads(dheads, 0)
        dS = np.matmul(do, transposed(v))  # dA, then dS in place
        if dweights is None:
            along = np.vecdot(do, self._heads(heads, 0))[..., None]
        else:
            dS += shaped(dweights, weights.shape, x.dtype, "dweights")
            along = np.vecdot(dS, weights)[..., None]
        dS -= along
        dS *= weights
        self.grads["W_o"] += weight_grad(heads, dy, W_o)
        self.grads["b_o"] += bias_grad(dy, self.params["b_o"])
        rows = x if memory is None else memory
        first = 0 if memory is None else 1  # k, v stand apart from q
        dpacked = np.empty((*rows.shape[:2], (3 - first) * d), x.dtype)
        dk, dv = self._heads(dpacked, 1 - first), self._heads(dpacked, 2 - first)
        np.matmul(transposed(dS), q, out=dk)
        dk *= scale
        np.matmul(transposed(weights), do, out=dv)
        dquery = dpacked if memory is None else np.empty(x.shape, x.dtype)
        dq = self._heads(dquery, 0)
        np.matmul(dS, k, out=dq)
        dq *= scale
        columns = slice(first * d, None)
        self.grads["W_in"][:, columns] += weight_grad(rows, dpacked, W_in)
        self.grads["b_in"][columns] += bias_grad(dpacked, self.params["b_in"])
        drows = project(dpacked, transposed(W_in[:, columns]))
        if memory is None:
            return drows
        self.grads["W_in"][:, :d] += weight_grad(x, dquery, W_in)
        self.grads["b_in"][:d] += bias_grad(dquery, self.params["b_in"])
        return project(dquery, transposed(W_in[:, :d])), drows

    def _heads(self, packed: Array, part: int) -> Array:
        """d of the last axis as heads, a view: (N, T, …) → (N, h, T, d / h)."""
        d, h = self.embed_dim, self.num_heads
        own = packed[:, :, part * d : (part + 1) * d]
        return own.reshape(*own.shape[:2], h, d // h).swapaxes(1, 2)


def _softmax_in_place(scores: Array, mask: Array | None) -> Array:
    """`masked_softmax`, written over the scores (N, h, L, T)."""
    if mask is not None:
        mask = np.asarray(mask)
        if mask.dtype != bool:
            raise TypeError(f"mask は真偽値（True が「見る」）です。受け取った dtype: {mask.dtype}")
        try:
            hidden = np.broadcast_to(~mask, scores.shape)
        except ValueError:
            raise ValueError(
                f"mask の形は {scores.shape} に広げられる形です。受け取った形: {mask.shape}"
            ) from None
        np.copyto(scores, -np.inf, where=hidden)
    top = scores.max(axis=-1, keepdims=True)
    if mask is not None:
        top[np.isneginf(top)] = 0  # a row of −∞ alone becomes a row of 0
    scores -= top
    np.exp(scores, out=scores)
    total = scores @ np.ones((scores.shape[-1], 1), scores.dtype)
    if mask is not None:
        total[total == 0] = 1
    scores /= total
    return scores
