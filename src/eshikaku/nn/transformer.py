"""The Transformer (Vaswani et al. 2017): encoder and decoder layers, and both stacked.

Names are those of `torch.nn`; batch first, (N, T, d); masks are True where a query may see a key.

    post-norm (2017):   x ← LN(x + F(x))
    pre-norm:           x ← x + F(LN(x)), with one more LN after the last layer (Xiong et al. 2020)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.affine import Affine
from eshikaku.nn.dropout import Dropout
from eshikaku.nn.elementwise import GELU, ReLU
from eshikaku.nn.functions import Array
from eshikaku.nn.layer import Layer
from eshikaku.nn.multihead import MultiheadAttention
from eshikaku.nn.normalisation import LayerNorm


class _Sublayers(Layer):
    """What both kinds of layer share: a feed-forward network, and x + F(x) with its norm.

    Dropout stands before each sum and inside the feed-forward network, not on the attention
    weights (PyTorch drops these too).
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        rng: np.random.Generator,
        dim_feedforward: int,
        dropout: float,
        activation: str,
        norm_first: bool,
        dtype: DTypeLike,
        norms: int,
    ) -> None:
        super().__init__()
        if activation not in ("relu", "gelu"):
            raise ValueError(f'activation は "relu" か "gelu" です。受け取った値: {activation!r}')
        self.d_model, self.nhead, self.dim_feedforward = d_model, nhead, dim_feedforward
        self.dropout_p, self.activation_name, self.norm_first = dropout, activation, norm_first
        self.self_attn = self.child(
            "self_attn", MultiheadAttention(d_model, nhead, rng, dtype=dtype)
        )
        if norms == 3:
            attention = MultiheadAttention(d_model, nhead, rng, dtype=dtype)
            self.multihead_attn = self.child("multihead_attn", attention)
        self.linear1 = self.child("linear1", Affine(d_model, dim_feedforward, rng, dtype=dtype))
        self.linear2 = self.child("linear2", Affine(dim_feedforward, d_model, rng, dtype=dtype))
        self.activation = self.child("activation", ReLU() if activation == "relu" else GELU())
        self.norms = [
            self.child(f"norm{k + 1}", LayerNorm(d_model, dtype=dtype)) for k in range(norms)
        ]
        self.dropouts = [
            self.child(f"dropout{k + 1}", Dropout(dropout, rng))
            for k in range(norms + 1)
            if dropout
        ]

    def _drop(self, k: int, x: Array) -> Array:
        return self.dropouts[k].forward(x) if self.dropouts else x

    def _drop_backward(self, k: int, dy: Array) -> Array:
        return self.dropouts[k].backward(dy) if self.dropouts else dy

    def _feed_forward(self, x: Array) -> Array:
        """f(x W_1 + b_1) W_2 + b_2, at every place by itself; dropout between."""
        h = self.activation.forward(self.linear1.forward(x))
        return self.linear2.forward(self._drop(-1, h))

    def _feed_forward_backward(self, dy: Array) -> Array:
        dh = self._drop_backward(-1, self.linear2.backward(dy))
        return self.linear1.backward(self.activation.backward(dh))

    def _add(self, k: int, x: Array, sublayer: Callable[[Array], Array]) -> Array:
        """The k-th sublayer with its norm, dropout and the sum."""
        if self.norm_first:
            return x + self._drop(k, sublayer(self.norms[k].forward(x)))
        return self.norms[k].forward(x + self._drop(k, sublayer(x)))

    def _add_backward(self, k: int, dy: Array, sublayer: Callable[[Array], Array]) -> Array:
        if self.norm_first:
            return dy + self.norms[k].backward(sublayer(self._drop_backward(k, dy)))
        dy = self.norms[k].backward(dy)
        return dy + sublayer(self._drop_backward(k, dy))


class TransformerEncoderLayer(_Sublayers):
    """Self-attention, then a feed-forward network, each added to its input and normalised.

    params: self_attn.W_in …, linear1.W, linear2.W, norm1.gamma …; of the size
    4d(d + 1) + 2d·d_ff + d_ff + d + 4d.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        rng: np.random.Generator,
        *,
        dim_feedforward: int = 128,
        dropout: float = 0.0,
        activation: str = "relu",
        norm_first: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> None:
        how = dim_feedforward, dropout, activation, norm_first, dtype
        super().__init__(d_model, nhead, rng, *how, norms=2)
        self.weights_seen: Array | None = None

    def forward(self, x: Array, mask: Array | None = None) -> Array:
        """x (N, T, d), mask to (N, h, T, T) → (N, T, d); the weights stay in `weights_seen`."""

        def attend(x: Array) -> Array:
            y, self.weights_seen = self.self_attn.forward(x, None, mask)
            return y

        return self._add(1, self._add(0, np.asarray(x), attend), self._feed_forward)

    def backward(self, dy: Array) -> Array:
        """dL/dx (N, T, d)."""
        dx = self._add_backward(1, dy, self._feed_forward_backward)
        return self._add_backward(0, dx, self.self_attn.backward)


class TransformerDecoderLayer(_Sublayers):
    """Self-attention, attention on what the encoder says (queries from here, keys and values
    from there), feed-forward network; each added to its input and normalised.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        rng: np.random.Generator,
        *,
        dim_feedforward: int = 128,
        dropout: float = 0.0,
        activation: str = "relu",
        norm_first: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> None:
        how = dim_feedforward, dropout, activation, norm_first, dtype
        super().__init__(d_model, nhead, rng, *how, norms=3)
        self.weights_seen: Array | None = None

    def forward(
        self,
        x: Array,
        memory: Array,
        mask: Array | None = None,
        memory_mask: Array | None = None,
    ) -> Array:
        """x (N, L, d), memory (N, T, d) → (N, L, d).

        mask (for x on itself, usually causal) and memory_mask broadcast to (N, h, L, L) and
        (N, h, L, T); the weights on the memory stay in `weights_seen`.
        """

        def attend(x: Array) -> Array:
            return self.self_attn.forward(x, None, mask)[0]

        def look(x: Array) -> Array:
            y, self.weights_seen = self.multihead_attn.forward(x, memory, memory_mask)
            return y

        x = self._add(1, self._add(0, np.asarray(x), attend), look)
        return self._add(2, x, self._feed_forward)

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """dL/dx (N, L, d) and dL/dmemory (N, T, d)."""
        dmemory: list[Array] = []

        def looked(dy: Array) -> Array:
            dx, dm = self.multihead_attn.backward(dy)
            dmemory.append(dm)
            return dx

        dx = self._add_backward(2, dy, self._feed_forward_backward)
        dx = self._add_backward(1, dx, looked)
        return self._add_backward(0, dx, self.self_attn.backward), dmemory[0]


class TransformerEncoder(Layer):
    """Encoder layers one after the other, and for pre-norm a last norm.  `layers.0.…`, `norm.…`."""

    def __init__(self, layers: list[TransformerEncoderLayer], norm: LayerNorm | None = None):
        super().__init__()
        self.layers = [self.child(f"layers.{k}", layer) for k, layer in enumerate(layers)]
        self.norm = None if norm is None else self.child("norm", norm)

    def forward(self, x: Array, mask: Array | None = None) -> Array:
        """x (N, T, d) → (N, T, d)."""
        for layer in self.layers:
            x = layer.forward(x, mask)
        return x if self.norm is None else self.norm.forward(x)

    def backward(self, dy: Array) -> Array:
        """dL/dx."""
        dx = dy if self.norm is None else self.norm.backward(dy)
        for layer in reversed(self.layers):
            dx = layer.backward(dx)
        return dx


class TransformerDecoder(Layer):
    """Decoder layers one after the other, all on the same memory.  `layers.0.…`, `norm.…`."""

    def __init__(self, layers: list[TransformerDecoderLayer], norm: LayerNorm | None = None):
        super().__init__()
        self.layers = [self.child(f"layers.{k}", layer) for k, layer in enumerate(layers)]
        self.norm = None if norm is None else self.child("norm", norm)

    def forward(
        self,
        x: Array,
        memory: Array,
        mask: Array | None = None,
        memory_mask: Array | None = None,
    ) -> Array:
        """x (N, L, d), memory (N, T, d) → (N, L, d)."""
        for layer in self.layers:
            x = layer.forward(x, memory, mask, memory_mask)
        return x if self.norm is None else self.norm.forward(x)

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """dL/dx and dL/dmemory, the sum over all layers."""
        dx = dy if self.norm is None else self.norm.backward(dy)
        total: Any = 0
        for layer in reversed(self.layers):
            dx, dmemory = layer.backward(dx)
            total = total + dmemory
        return dx, total


class Transformer(Layer):
    """Encoder and decoder, each with a norm at the end, as `torch.nn.Transformer` has them."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        rng: np.random.Generator,
        *,
        num_encoder_layers: int = 2,
        num_decoder_layers: int = 2,
        dtype: DTypeLike = np.float64,
        **options: Any,
    ) -> None:
        """`options`: dim_feedforward, dropout, activation, norm_first of every layer."""
        super().__init__()
        options = {**options, "dtype": dtype}
        encoder = [
            TransformerEncoderLayer(d_model, nhead, rng, **options)
            for _ in range(num_encoder_layers)
        ]
        decoder = [
            TransformerDecoderLayer(d_model, nhead, rng, **options)
            for _ in range(num_decoder_layers)
        ]
        norms = [LayerNorm(d_model, dtype=dtype) for _ in range(2)]
        self.encoder = self.child("encoder", TransformerEncoder(encoder, norms[0]))
        self.decoder = self.child("decoder", TransformerDecoder(decoder, norms[1]))

    def forward(
        self,
        source: Array,
        target: Array,
        source_mask: Array | None = None,
        target_mask: Array | None = None,
        memory_mask: Array | None = None,
    ) -> Array:
        """source (N, T, d), target (N, L, d) → (N, L, d); masks as in the layers."""
        memory = self.encoder.forward(source, source_mask)
        return self.decoder.forward(target, memory, target_mask, memory_mask)

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """dL/dsource and dL/dtarget."""
        dtarget, dmemory = self.decoder.backward(dy)
        return self.encoder.backward(dmemory), dtarget
