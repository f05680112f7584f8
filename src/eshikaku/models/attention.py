"""Encoder–decoder with attention: the decoder looks at every state of the encoder, at each step.

The encoder's states h_1 … h_T are the *memory*; their number grows with the source, while the
vector between encoder and decoder of `seq2seq.Seq2seq` has one size. Two decoders:

| | `LuongDecoder` (Luong et al. 2015) | `BahdanauDecoder` (Bahdanau et al. 2015) |
|---|---|---|
| query of step i | s_i, after the GRU | s_{i−1}, before it |
| the context c_i enters | the output: tanh([c_i; s_i] W_c) | the GRU: [e_i; c_i], and the output |
| under teacher forcing | all steps at once | one step after the other |

Both papers name their states otherwise: Luong writes h_t for the decoder's, h̄_s for the encoder's.
Masks come from PAD: what was filled up is never looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.models.seq2seq import Encoder, State
from eshikaku.nn.functions import Array
from eshikaku.tasks.vocabulary import PAD


class BidirectionalEncoder(nn.Layer):
    """Two encoders read from both ends: h_t = [h→_t; h←_t], as in Bahdanau et al. 2015.

    So a state tells of what stands before *and* after its token.
    params: `ahead.…` and `back.…` of an `Encoder` each.
    """

    def __init__(self, ahead: Encoder, back: Encoder) -> None:
        super().__init__()
        self.ahead, self.back = self.child("ahead", ahead), self.child("back", back)
        self.hidden_size = ahead.hidden_size + back.hidden_size

    def forward(self, ids: Array) -> tuple[Array, Array]:
        """ids: (T, N) → (h: (T, N, 2H), the last states of both: (N, 2H))."""
        y, last = self.ahead.forward(ids)
        y_back, last_back = self.back.forward(ids[::-1])
        both = np.concatenate([y, y_back[::-1]], axis=-1)
        return both, np.concatenate([last, last_back], axis=-1)

    def backward(self, dy: Array | None, dlast: Array) -> None:
        """dL/dh: (T, N, 2H) (0 if None), dL/dlast: (N, 2H); ids have no gradient."""
        H = self.ahead.hidden_size
        self.back.backward(None if dy is None else dy[::-1, :, H:], dlast[:, H:])
        self.ahead.backward(None if dy is None else dy[..., :H], dlast[:, :H])


class AttentionDecoder(nn.Layer):
    """What both decoders share: the state of `start` and `step`, and how s_0 is made.

    A state is (s (N, H), memory (N, T, M), mask (N, T), weights (N, T)); the weights are those
    of the step just made, 0 before the first.

    Args:
        vocabulary_size, embedding_size, hidden_size: V, D, H.
        rng: draws the initial weights.
        attention: scores s (H) against the memory (M).
        memory_size: M, the size of one state of the encoder.
        read_size: of what the output layer reads.
    """

    rnn: nn.Layer

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        attention: nn.Attention,
        memory_size: int,
        read_size: int,
        dtype: DTypeLike,
    ) -> None:
        super().__init__()
        V, D, H, M = vocabulary_size, embedding_size, hidden_size, memory_size
        self.hidden_size, self.memory_size = H, M
        self.embedding = self.child(
            "embedding", nn.Embedding(V, D, rng, init=nn.normal(0.1), dtype=dtype)
        )
        self.attention = self.child("attention", attention)
        self.out = self.child("out", nn.Affine(read_size, V, rng, dtype=dtype))
        self.bridge: nn.Affine | None = None
        if M != H:
            self.bridge = self.child("bridge", nn.Affine(M, H, rng, dtype=dtype))
        self.weights_seen: Array | None = None

    def start(self, memory: Array, last: Array, mask: Array) -> State:
        """memory (T, N, M), last (N, M), mask (N, T) → the state before the first token."""
        with self.evaluation():
            s_0 = self._first(last)
        return s_0, memory.swapaxes(0, 1), mask, np.zeros(mask.shape, memory.dtype)

    def _first(self, last: Array) -> Array:
        """s_0: the encoder's last state, or tanh(h_T W + b) where it has another size."""
        return last if self.bridge is None else np.tanh(self.bridge.forward(last))

    def _dfirst(self, ds_0: Array, s_0: Array) -> Array:
        return ds_0 if self.bridge is None else self.bridge.backward(ds_0 * nn.dtanh(s_0))


class LuongDecoder(AttentionDecoder):
    """First the new state, then the look: the query is s_i (Luong et al. 2015).

        s_i = GRU(e_i, s_{i−1})
        c_i = Σ_j α_ij h_j,   α_i = softmax(score(s_i, h_j))
        s̃_i = tanh([c_i; s_i] W_c + b_c),   logits_i = s̃_i W_y + b_y

    The recurrence doesn't need c_i, so all steps of teacher forcing are one matrix product. (The
    paper can also feed s̃_i into the next step, "input feeding"; that is left out here.)
    params: `embedding.W`, `rnn.…`, `attention.…`, `combine.W` (M + H, H), `combine.b`, `out.…`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        attention: nn.Attention,
        memory_size: int | None = None,
        dtype: DTypeLike = np.float64,
        **form: Any,
    ) -> None:
        """`form`: arguments of the GRU, such as `reset="after", biases=2` for PyTorch's."""
        H = hidden_size
        M = H if memory_size is None else memory_size
        super().__init__(
            vocabulary_size, embedding_size, H, rng,
            attention=attention, memory_size=M, read_size=H, dtype=dtype,
        )  # fmt: skip
        self.rnn = self.child("rnn", nn.GRU(embedding_size, H, rng, dtype=dtype, **form))
        self.combine = self.child("combine", nn.Affine(M + H, H, rng, dtype=dtype))

    def forward(self, ids: Array, memory: Array, last: Array, mask: Array) -> Array:
        """ids: (L, N) from BOS on; memory (T, N, M), last (N, M), mask (N, T) → (L, N, V)."""
        s_0 = self._first(last)
        s, _ = self.rnn.forward(self.embedding(ids), s_0)  # (L, N, H)
        mixed = self._look(s, memory.swapaxes(0, 1), mask)
        self.push(s_0, mixed)
        return self.out.forward(mixed)

    def backward(self, dlogits: Array) -> tuple[Array, Array]:
        """dL/dlogits: (L, N, V) → (dL/dmemory: (T, N, M), dL/dlast: (N, M))."""
        s_0, mixed = self.pop()
        M = self.memory_size
        d = self.combine.backward(self.out.backward(dlogits) * nn.dtanh(mixed))  # (L, N, M + H)
        dquery, dkeys, dvalues = self.attention.backward(d[..., :M].swapaxes(0, 1))
        dx, ds_0 = self.rnn.backward(d[..., M:] + dquery.swapaxes(0, 1))
        self.embedding.backward(dx)
        return (dkeys + dvalues).swapaxes(0, 1), self._dfirst(ds_0, s_0)

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """One token of each row, ids (N,) → (logits (N, V), state)."""
        s, memory, mask, _ = state
        with self.evaluation():
            y, s = self.rnn.forward(self.embedding(np.asarray(ids)[None]), s)
            logits = self.out.forward(self._look(y, memory, mask))[0]
        return logits, (s, memory, mask, self._seen()[:, 0])

    def _look(self, s: Array, memory: Array, mask: Array) -> Array:
        """s: (L, N, H), memory: (N, T, M) → s̃: (L, N, H)."""
        query = s.swapaxes(0, 1)  # (N, L, H)
        context, self.weights_seen = self.attention.forward(query, memory, memory, mask[:, None])
        return np.tanh(self.combine.forward(np.concatenate([context.swapaxes(0, 1), s], axis=-1)))

    def _seen(self) -> Array:
        assert self.weights_seen is not None
        return self.weights_seen


class BahdanauDecoder(AttentionDecoder):
    """First the look, then the new state: the query is s_{i−1} (Bahdanau et al. 2015).

        c_i = Σ_j α_ij h_j,   α_i = softmax(score(s_{i−1}, h_j))
        s_i = GRU([e_i; c_i], s_{i−1}),   logits_i = [s_i; c_i] W_y + b_y

    s_i needs c_i and c_{i+1} needs s_i: the steps run one after the other, in training too. (The
    paper's output layer also reads e_i, by maxout.)
    params: `embedding.W`, `rnn.…` (D + M, H), `attention.…`, `out.…` (H + M, V).
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        attention: nn.Attention,
        memory_size: int | None = None,
        dtype: DTypeLike = np.float64,
        **form: Any,
    ) -> None:
        """`form`: arguments of the GRU, such as `reset="after", biases=2` for PyTorch's."""
        H = hidden_size
        M = H if memory_size is None else memory_size
        super().__init__(
            vocabulary_size, embedding_size, H, rng,
            attention=attention, memory_size=M, read_size=H + M, dtype=dtype,
        )  # fmt: skip
        cell = nn.GRUCell(embedding_size + M, H, rng, dtype=dtype, **form)
        self.rnn = self.child("rnn", cell)

    def forward(self, ids: Array, memory: Array, last: Array, mask: Array) -> Array:
        """ids: (L, N) from BOS on; memory (T, N, M), last (N, M), mask (N, T) → (L, N, V)."""
        memory = memory.swapaxes(0, 1)  # (N, T, M)
        s_0 = s = self._first(last)
        read, weights = [], []
        for e in self.embedding(ids):  # (N, D)
            s, c, alpha = self._turn(e, s, memory, mask)
            read.append(np.concatenate([s, c], axis=-1))
            weights.append(alpha)
        self.weights_seen = np.stack(weights, axis=1)  # (N, L, T)
        self.push(s_0)
        return self.out.forward(np.stack(read))

    def backward(self, dlogits: Array) -> tuple[Array, Array]:
        """dL/dlogits: (L, N, V) → (dL/dmemory: (T, N, M), dL/dlast: (N, M))."""
        (s_0,) = self.pop()
        H, M = self.hidden_size, self.memory_size
        dread = self.out.backward(dlogits)  # (L, N, H + M)
        ds = np.zeros_like(s_0)
        dmemory: Any = 0
        de = []
        for d in dread[::-1]:
            dx, ds = self.rnn.backward(d[:, :H] + ds)  # (N, D + M), (N, H)
            de.append(dx[:, :-M])
            dc = d[:, H:] + dx[:, -M:]
            dquery, dkeys, dvalues = self.attention.backward(dc[:, None])
            ds = ds + dquery[:, 0]
            dmemory = dmemory + dkeys + dvalues
        self.embedding.backward(np.stack(de[::-1]))
        return dmemory.swapaxes(0, 1), self._dfirst(ds, s_0)

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """One token of each row, ids (N,) → (logits (N, V), state)."""
        s, memory, mask, _ = state
        with self.evaluation():
            s, c, alpha = self._turn(self.embedding(np.asarray(ids)), s, memory, mask)
            logits = self.out.forward(np.concatenate([s, c], axis=-1))
        return logits, (s, memory, mask, alpha)

    def _turn(self, e: Array, s: Array, memory: Array, mask: Array) -> tuple[Array, Array, Array]:
        """(s_i (N, H), c_i (N, M), α_i (N, T)) from e_i (N, D) and s_{i−1} (N, H)."""
        context, alpha = self.attention.forward(s[:, None], memory, memory, mask[:, None])
        c = context[:, 0]
        return self.rnn.forward(np.concatenate([e, c], axis=-1), s), c, alpha[:, 0]


class AttentionSeq2seq(nn.Layer):
    """An encoder, and a decoder that looks at all of its states.

    params: `encoder.…`, `decoder.…`.
    """

    def __init__(
        self,
        encoder: Encoder | BidirectionalEncoder,
        decoder: LuongDecoder | BahdanauDecoder,
    ) -> None:
        super().__init__()
        self.encoder = self.child("encoder", encoder)
        self.decoder = self.child("decoder", decoder)

    def forward(self, source: Array, target_in: Array) -> Array:
        """source: (T, N), target_in: (L, N), beginning with BOS → logits (L, N, V)."""
        memory, last = self.encoder.forward(source)
        return self.decoder.forward(target_in, memory, last, _mask(source))

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits: (L, N, V); ids have no gradient."""
        self.encoder.backward(*self.decoder.backward(dlogits))

    def start(self, source: Array) -> State:
        """ids (T, N) → the decoder's state before its first token."""
        with self.evaluation():
            memory, last = self.encoder.forward(source)
        return self.decoder.start(memory, last, _mask(source))

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """ids: (N,) → (logits (N, V), state); state[-1] are the weights (N, T) of this step."""
        return self.decoder.step(ids, state)

    def align(self, source: Array, target_in: Array) -> Array:
        """The weights α (N, L, T) with which these targets are written from these sources."""
        with self.evaluation():
            self.forward(source, target_in)
        assert self.decoder.weights_seen is not None
        return self.decoder.weights_seen


def _mask(source: Array) -> Array:
    """(T, N) ids → (N, T) booleans: True where there is a token."""
    return (np.asarray(source) != PAD).T


SCORES = ("dot", "scaled", "general", "additive")


def attention_layer(
    score: str,
    query_size: int,
    key_size: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> nn.Attention:
    """The attention with that score, one of `SCORES` (additive: as many units as the query)."""
    if score in ("dot", "scaled"):
        return nn.DotAttention(scaled=score == "scaled")
    if score == "general":
        return nn.GeneralAttention(query_size, key_size, rng, dtype=dtype)
    if score == "additive":
        return nn.AdditiveAttention(query_size, key_size, query_size, rng, dtype=dtype)
    raise ValueError(f"score は {'、'.join(SCORES)} です。受け取った値: {score!r}")


def attention_seq2seq(
    source_size: int,
    target_size: int,
    seed: int = 0,
    *,
    embedding_size: int = 32,
    hidden_size: int = 128,
    decoder: str = "luong",
    score: str = "general",
    bidirectional: bool = False,
    dtype: DTypeLike = np.float32,
    **form: Any,
) -> AttentionSeq2seq:
    """A model for sources of `source_size` and targets of `target_size` different ids.

    `bidirectional` halves the size of each direction, so that the memory stays (T, N, H).
    """
    if decoder not in ("luong", "bahdanau"):
        raise ValueError(f'decoder は "luong" か "bahdanau" です。受け取った値: {decoder!r}')
    rng = np.random.default_rng(seed)
    V, D, H = source_size, embedding_size, hidden_size
    encoder: Encoder | BidirectionalEncoder
    if bidirectional:
        ahead, back = (Encoder(V, D, H // 2, rng, dtype=dtype, **form) for _ in range(2))
        encoder = BidirectionalEncoder(ahead, back)
    else:
        encoder = Encoder(V, D, H, rng, dtype=dtype, **form)
    kind = LuongDecoder if decoder == "luong" else BahdanauDecoder
    attention = attention_layer(score, H, encoder.hidden_size, rng, dtype)
    return AttentionSeq2seq(
        encoder,
        kind(
            target_size, D, H, rng,
            attention=attention, memory_size=encoder.hidden_size, dtype=dtype, **form,
        ),
    )  # fmt: skip
