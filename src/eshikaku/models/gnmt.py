"""Google's neural machine translation system (Wu et al. 2016), in miniature.

Encoder and decoder are stacks of LSTM layers (8 + 8 in the paper, any number here):

* only the *first* encoder layer reads in both directions, all others from left to right;
* *residual connections* from the third layer on: the input of a layer is added to its output;
* *attention* asks with the lowest decoder layer's last output, looks at the top encoder layer,
  and hands its context to the other decoder layers; here to *every* one, the lowest included.

    encoder   x⁰_j = E[id_j],   x¹_j = [LSTM→(x⁰)_j ; LSTM←(x⁰)_j],   x²_j = LSTM(x¹)_j,
              xᵏ_j = LSTM(xᵏ⁻¹)_j + xᵏ⁻¹_j   for k ≥ 3
    decoder   c_i = attention(query s¹_{i−1}, keys and values xᴸ_1 … xᴸ_T)
              s¹_i = LSTM([e_i; c_i]),   s²_i = LSTM([s¹_i; c_i]),
              sᵏ_i = LSTM([sᵏ⁻¹_i; c_i]) + sᵏ⁻¹_i   for k ≥ 3
              logits_i = sᴸ_i W + b

The query is of the step *before*, as in the paper's equation (4): so the lowest decoder layer is
the only one that runs step by step in training, and all layers above it run over the whole target
at once (the paper spreads them over several GPUs for the same reason).

Left out: wordpieces (the toy languages have whole words), eight GPUs, quantisation, and the
refinement by reinforcement learning.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.models.seq2seq import State
from eshikaku.nn.functions import Array
from eshikaku.tasks.vocabulary import PAD

RESIDUAL_FROM = 3  # the first layer with a residual connection, counted from 1


class GNMTEncoder(nn.Layer):
    """`layers` LSTMs above each other, the first in both directions.

    x: (T, N, D) → memory (T, N, M) with M = H (2H for a single layer); PAD leaves states alone.
    params: `layer1.forward.…`, `layer1.reverse.…`, `layer2.…`, ….
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        layers: int,
        rng: np.random.Generator,
        *,
        residual: bool = True,
        dropout: float = 0.0,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        D, H = input_size, hidden_size
        self.residual = residual
        ahead, back = (nn.LSTM(D, H, rng, dtype=dtype) for _ in range(2))
        self.first = self.child("layer1", nn.Bidirectional(ahead, back))
        self.upper = [
            self.child(f"layer{k}", nn.LSTM(2 * H if k == 2 else H, H, rng, dtype=dtype))
            for k in range(2, layers + 1)
        ]
        self.drops = [self.child(f"drop{k}", nn.Dropout(dropout, rng)) for k in range(layers)]
        self.memory_size = H if layers > 1 else 2 * H

    def forward(self, x: Array, pad: Array) -> Array:
        """x: (T, N, D), pad: (T, N) booleans → the top layer's outputs (T, N, M)."""
        x, _ = self.first.forward(self.drops[0].forward(x), None, pad)  # (T, N, 2H)
        for k, (layer, drop) in enumerate(zip(self.upper, self.drops[1:], strict=True), 2):
            y, _ = layer.forward(drop.forward(x), None, pad)  # (T, N, H)
            x = y + x if has_residual(k, self.residual) else y
        return x

    def backward(self, dy: Array) -> Array:
        """dL/dmemory: (T, N, M) → dL/dx: (T, N, D)."""
        for k in range(len(self.upper) + 1, 1, -1):
            dx, _ = self.upper[k - 2].backward(dy)
            dx = self.drops[k - 1].backward(dx)
            dy = dx + dy if has_residual(k, self.residual) else dx  # 1 along the connection
        dx, _ = self.first.backward(dy)
        return self.drops[0].backward(dx)


class GNMTDecoder(nn.Layer):
    """`layers` LSTMs above each other; the lowest asks, all of them get the answer.

    Before the first step all states, and so the first query, are 0: whatever is known of the
    source comes through the attention.
    params: `layer1.…` (D + M, H), `layer2.…` (H + M, H), …, `attention.…`, `out.…` (H, V).
    """

    def __init__(
        self,
        vocabulary_size: int,
        input_size: int,
        hidden_size: int,
        memory_size: int,
        layers: int,
        rng: np.random.Generator,
        *,
        residual: bool = True,
        dropout: float = 0.0,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        V, D, H, M = vocabulary_size, input_size, hidden_size, memory_size
        self.input_size, self.hidden_size, self.residual = D, H, residual
        self.first = self.child("layer1", nn.LSTMCell(D + M, H, rng, dtype=dtype))
        self.upper = [
            self.child(f"layer{k}", nn.LSTM(H + M, H, rng, dtype=dtype))
            for k in range(2, layers + 1)
        ]
        self.drops = [self.child(f"drop{k}", nn.Dropout(dropout, rng)) for k in range(layers)]
        self.attention = self.child("attention", nn.AdditiveAttention(H, M, H, rng, dtype=dtype))
        self.out = self.child("out", nn.Affine(H, V, rng, dtype=dtype))
        self.weights_seen: Array | None = None

    def forward(self, e: Array, memory: Array, mask: Array) -> Array:
        """e: (L, N, D) embedded inputs, memory: (N, T, M), mask: (N, T) → logits (L, N, V)."""
        h = c = np.zeros((e.shape[1], self.hidden_size), e.dtype)
        outputs, contexts, weights = [], [], []
        for e_t in self.drops[0].forward(e):
            context, alpha = self._look(h, memory, mask)
            h, c = self.first.forward(np.concatenate([e_t, context], axis=-1), (h, c))
            outputs.append(h)
            contexts.append(context)
            weights.append(alpha)
        self.weights_seen = np.stack(weights, axis=1)  # (N, L, T)
        x, context = np.stack(outputs), np.stack(contexts)  # (L, N, H), (L, N, M)
        for k, (layer, drop) in enumerate(zip(self.upper, self.drops[1:], strict=True), 2):
            y, _ = layer.forward(np.concatenate([drop.forward(x), context], axis=-1))
            x = y + x if has_residual(k, self.residual) else y
        return self.out.forward(x)

    def backward(self, dlogits: Array) -> tuple[Array, Array]:
        """dL/dlogits: (L, N, V) → (dL/de: (L, N, D), dL/dmemory: (N, T, M))."""
        D, H = self.input_size, self.hidden_size
        dy = self.out.backward(dlogits)
        dcontext: Any = 0
        for k in range(len(self.upper) + 1, 1, -1):
            dx, _ = self.upper[k - 2].backward(dy)  # (L, N, H + M)
            dcontext = dcontext + dx[..., H:]
            below = self.drops[k - 1].backward(dx[..., :H])
            dy = below + dy if has_residual(k, self.residual) else below
        dcontext = np.broadcast_to(dcontext, (*dy.shape[:2], self.first.input_size - D))
        de, dh, dc = [], np.zeros_like(dy[0]), None
        dmemory: Any = 0
        for dy_t, dcontext_t in zip(dy[::-1], dcontext[::-1], strict=True):
            dx, (dh, dc) = self.first.backward(dy_t + dh, dc)
            de.append(dx[:, :D])
            dc_t = dx[:, D:] + dcontext_t  # this context went into every layer
            dquery, dkeys, dvalues = self.attention.backward(dc_t[:, None])
            dh = dh + dquery[:, 0]  # the query was the output of the step before
            dmemory = dmemory + dkeys + dvalues
        return self.drops[0].backward(np.stack(de[::-1])), dmemory

    def start(self, memory: Array, mask: Array) -> State:
        """memory: (N, T, M), mask: (N, T) → the state before the first token, all 0."""
        zero = np.zeros((len(memory), self.hidden_size), memory.dtype)
        states = tuple((zero, zero) for _ in range(len(self.upper) + 1))
        return states, memory, mask, np.zeros(mask.shape, memory.dtype)

    def step(self, e: Array, state: State) -> tuple[Array, State]:
        """e: (N, D) → (logits (N, V), state)."""
        (first, *upper), memory, mask, _ = state
        with self.evaluation():
            context, alpha = self._look(first[0], memory, mask)
            first = self.first.forward(np.concatenate([e, context], axis=-1), first)
            x, states = first[0], [first]
            for k, (layer, before) in enumerate(zip(self.upper, upper, strict=True), 2):
                y, after = layer.forward(np.concatenate([x, context], axis=-1)[None], before)
                x = y[0] + x if has_residual(k, self.residual) else y[0]
                states.append(after)
            return self.out.forward(x), (tuple(states), memory, mask, alpha)

    def _look(self, query: Array, memory: Array, mask: Array) -> tuple[Array, Array]:
        """query: (N, H) → (context (N, M), weights (N, T))."""
        context, alpha = self.attention.forward(query[:, None], memory, memory, mask[:, None])
        return context[:, 0], alpha[:, 0]


class GNMT(nn.Layer):
    """Embeddings, an encoder, a decoder with attention.

    params: `embedding.W` (V, D), `encoder.…`, `decoder.…`, and `target_embedding.W` (V, D) unless
    source and target share one table.

    Args:
        vocabulary_size, embedding_size, hidden_size: V, D, H.
        layers: of the encoder, and as many of the decoder (8 in the paper).
        rng: draws the initial weights (embedding N(0, 1), LSTM Xavier, forget bias 1).
        residual: with residual connections from the third layer on.
        dropout: probability, on the inputs of every layer (paper: 0.2 to 0.3).
        shared: one table of embeddings for source and target.

    Raises: ValueError for less than one layer.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        rng: np.random.Generator,
        *,
        residual: bool = True,
        dropout: float = 0.0,
        shared: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        if layers < 1:
            raise ValueError(f"層の数は1以上です。受け取った値: {layers}")
        V, D, H = vocabulary_size, embedding_size, hidden_size
        self.layers = layers
        self.embedding = self.child("embedding", nn.Embedding(V, D, rng, dtype=dtype))
        self.target_embedding = self.embedding
        if not shared:
            table = nn.Embedding(V, D, rng, dtype=dtype)
            self.target_embedding = self.child("target_embedding", table)
        form: dict[str, Any] = {"residual": residual, "dropout": dropout, "dtype": dtype}
        self.encoder = self.child("encoder", GNMTEncoder(D, H, layers, rng, **form))
        M = self.encoder.memory_size
        self.decoder = self.child("decoder", GNMTDecoder(V, D, H, M, layers, rng, **form))

    def forward(self, source: Array, target_in: Array) -> Array:
        """source: (T, N), target_in: (L, N), beginning with BOS → logits (L, N, V)."""
        memory, mask = self.encode(source)
        e = self.target_embedding(target_in)
        return self.decoder.forward(e, memory.swapaxes(0, 1), mask)

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits: (L, N, V); ids have no gradient."""
        de, dmemory = self.decoder.backward(dlogits)
        self.target_embedding.backward(de)
        self.embedding.backward(self.encoder.backward(dmemory.swapaxes(0, 1)))

    def encode(self, source: Array) -> tuple[Array, Array]:
        """ids (T, N) → the memory (T, N, M), the mask (N, T): True where there is a token."""
        pad = np.asarray(source) == PAD
        return self.encoder.forward(self.embedding(source), pad), ~pad.T

    def start(self, source: Array) -> State:
        """ids (T, N) → the decoder's state before its first token."""
        with self.evaluation():
            memory, mask = self.encode(source)
        return self.decoder.start(memory.swapaxes(0, 1), mask)

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """ids: (N,) → (logits (N, V), state); state[-1] are the weights (N, T) of this step."""
        with self.evaluation():
            e = self.target_embedding(np.asarray(ids))
        return self.decoder.step(e, state)

    def align(self, source: Array, target_in: Array) -> Array:
        """The weights (N, L, T) with which these targets are written from these sources."""
        with self.evaluation():
            self.forward(source, target_in)
        assert self.decoder.weights_seen is not None
        return self.decoder.weights_seen


def has_residual(layer: int, wanted: bool = True) -> bool:
    """Is the input of this layer (counted from 1) added to its output?"""
    return wanted and layer >= RESIDUAL_FROM


def length_penalty(length: Any, alpha: float) -> Any:
    """lp(Y) = (5 + |Y|)^α / (5 + 1)^α: what log P(Y|X) is divided by (Wu et al. 2016, eq. 14).

    α = 0: 1, no normalisation. The paper uses α = 0.2 with its full system; |Y| counts EOS here.
    """
    return ((5 + np.asarray(length)) / 6) ** alpha


def coverage_penalty(weights: Array, beta: float) -> float:
    """cp(X; Y) = β Σ_j log min(Σ_i a_ij, 1): how much of the source was left unlooked at.

    Args:
        weights: (L, T), a row of attention weights for each target word.
        beta: 0: none (the paper uses 0.2).

    A source word that got a total weight of 1 or more costs nothing.
    """
    seen = np.minimum(weights.sum(axis=0), 1.0)
    return float(beta * np.log(np.maximum(seen, np.finfo(seen.dtype).tiny)).sum())


def beam_score(log_p: float, weights: Array, *, alpha: float = 0.2, beta: float = 0.2) -> float:
    """s(Y, X) = log P(Y|X) / lp(Y) + cp(X; Y), the number by which the beam is ordered."""
    return float(log_p / length_penalty(len(weights), alpha)) + coverage_penalty(weights, beta)
