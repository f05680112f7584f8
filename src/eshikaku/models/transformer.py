"""Transformers over tokens: an encoder–decoder that writes, and a language model.

Ids are time-major (T, N), as for every model here; inside, batch first (N, T, d).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.models.seq2seq import State
from eshikaku.nn.functions import Array
from eshikaku.tasks.vocabulary import PAD


class TokenEmbedding(nn.Layer):
    """ids (T, N) → √d · E[id] + P[t]: (N, T, d); without P the order of the tokens is lost.

    `positions`: "sinusoidal" (not trained), "learned" (a table of `longest` rows, trained), "none".
    """

    def __init__(
        self,
        vocabulary_size: int,
        d_model: int,
        rng: np.random.Generator,
        *,
        positions: str = "sinusoidal",
        longest: int = 128,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        if positions not in ("sinusoidal", "learned", "none"):
            raise ValueError(
                'positions は "sinusoidal"、"learned"、"none" のどれかです。'
                f"受け取った値: {positions!r}"
            )
        self.positions, self.longest, self.d_model = positions, longest, d_model
        init = nn.normal(d_model**-0.5)
        self.table = self.child(
            "table", nn.Embedding(vocabulary_size, d_model, rng, init=init, dtype=dtype)
        )
        if positions == "learned":
            self.place = self.child(
                "place", nn.Embedding(longest, d_model, rng, init=init, dtype=dtype)
            )

    def forward(self, ids: Array) -> Array:
        """ids (T, N) → (N, T, d).  Raises: ValueError for more tokens than learned positions."""
        ids = np.asarray(ids)
        T, scale = len(ids), self.d_model**0.5
        x = scale * self.table.forward(ids.T)
        if self.positions == "sinusoidal":
            x = x + nn.sinusoidal_positions(T, self.d_model, x.dtype)
        elif self.positions == "learned":
            if self.longest < T:
                raise ValueError(f"学習した位置は {self.longest} 個までです。受け取った長さ: {T}")
            x = x + scale * self.place.forward(np.arange(T))
        return x

    def backward(self, dx: Array) -> None:
        """dx (N, T, d); ids have no gradient."""
        scale = self.d_model**0.5
        if self.positions == "learned":
            self.place.backward(scale * dx.sum(axis=0))
        self.table.backward(scale * dx)


class TransformerSeq2seq(nn.Layer):
    """Reads a source, writes a target: embeddings – `nn.Transformer` – one dense layer.

    PAD is never looked at; the decoder sees no later token of its own (causal mask).
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        rng: np.random.Generator,
        *,
        d_model: int = 32,
        nhead: int = 4,
        layers: int = 1,
        positions: str = "sinusoidal",
        dtype: DTypeLike = np.float32,
        **options: Any,
    ) -> None:
        """`options`: dim_feedforward, dropout, activation, norm_first."""
        super().__init__()
        how: dict[str, Any] = {"positions": positions, "dtype": dtype}
        self.source = self.child("source", TokenEmbedding(source_size, d_model, rng, **how))
        self.target = self.child("target", TokenEmbedding(target_size, d_model, rng, **how))
        depth = {"num_encoder_layers": layers, "num_decoder_layers": layers}
        self.transformer = self.child(
            "transformer", nn.Transformer(d_model, nhead, rng, dtype=dtype, **depth, **options)
        )
        self.out = self.child("out", nn.Affine(d_model, target_size, rng, dtype=dtype))

    def forward(self, source: Array, target_in: Array) -> Array:
        """source (T, N), target_in (T', N), beginning with BOS → logits (T', N, V)."""
        real = nn.key_mask(np.asarray(source).T != PAD)
        y = self.transformer.forward(
            self.source.forward(source),
            self.target.forward(target_in),
            real,
            nn.causal_mask(len(target_in)),
            real,
        )
        return self.out.forward(y).swapaxes(0, 1)

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits (T', N, V); ids have no gradient."""
        dy = self.out.backward(np.asarray(dlogits).swapaxes(0, 1))
        dsource, dtarget = self.transformer.backward(dy)
        self.target.backward(dtarget)
        self.source.backward(dsource)

    def start(self, source: Array) -> State:
        """ids (T, N) → (what the encoder says (N, T, d), real tokens (N, T), no ids yet (N, 0))."""
        real = np.asarray(source).T != PAD
        with self.evaluation():
            memory = self.transformer.encoder.forward(
                self.source.forward(source), nn.key_mask(real)
            )
        return memory, real, np.zeros((len(memory), 0), np.int64)

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """One more token of each row, ids (N,) → (logits (N, V), state).

        All tokens so far go through the decoder again.
        """
        memory, real, before = state
        written = np.concatenate([before, np.asarray(ids)[:, None]], axis=1)
        with self.evaluation():
            y = self.transformer.decoder.forward(
                self.target.forward(written.T),
                memory,
                nn.causal_mask(written.shape[1]),
                nn.key_mask(real),
            )
            return self.out.forward(y[:, -1]), (memory, real, written)


class LanguageModel(nn.Layer):
    """p(next token | those before): embeddings – causal encoder layers – norm – one dense layer.

    The form of GPT-2 with `norm_first=True`, activation "gelu" and learned positions, the defaults.
    """

    def __init__(
        self,
        vocabulary_size: int,
        rng: np.random.Generator,
        *,
        d_model: int = 32,
        nhead: int = 4,
        layers: int = 2,
        positions: str = "learned",
        longest: int = 128,
        dtype: DTypeLike = np.float32,
        **options: Any,
    ) -> None:
        super().__init__()
        options = {"norm_first": True, "activation": "gelu", **options, "dtype": dtype}
        self.tokens = self.child(
            "tokens",
            TokenEmbedding(
                vocabulary_size, d_model, rng, positions=positions, longest=longest, dtype=dtype
            ),
        )
        stack = [nn.TransformerEncoderLayer(d_model, nhead, rng, **options) for _ in range(layers)]
        norm = nn.LayerNorm(d_model, dtype=dtype)
        self.blocks = self.child("blocks", nn.TransformerEncoder(stack, norm))
        self.out = self.child("out", nn.Affine(d_model, vocabulary_size, rng, dtype=dtype))

    def forward(self, ids: Array) -> Array:
        """ids (T, N) → logits of the token after each (T, N, V)."""
        x = self.blocks.forward(self.tokens.forward(ids), nn.causal_mask(len(ids)))
        return self.out.forward(x).swapaxes(0, 1)

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits (T, N, V); ids have no gradient."""
        dx = self.out.backward(np.asarray(dlogits).swapaxes(0, 1))
        self.tokens.backward(self.blocks.backward(dx))
