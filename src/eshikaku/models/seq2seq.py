"""Encoder–decoder: one sequence is read into a vector, another one is written from it.

Everything that writes answers has the same two methods, over which `decoding` searches:

    start(source)     → state             ids (T, N) → what the first step needs
    step(ids, state)  → (logits, state)   ids (N,): the last token of each row → (N, V)

A state is an array, or a tuple of states; **axis 0 of every array in it counts the rows**, so that
`rows(state, index)` can pick, repeat and reorder them. (A model that needs the encoder's outputs at
each step keeps them as (N, T, H).)
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.nn.functions import Array
from eshikaku.tasks.vocabulary import PAD

State = Any  # an array whose axis 0 counts the rows, or a tuple of states


class Writer(Protocol):
    """What `decoding` needs of a model."""

    def start(self, source: Any) -> State:
        """What was read → the state before the first token."""

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """ids: (N,) → (logits: (N, V), state)."""


def rows(state: State, index: Array) -> State:
    """The same state for other rows: row k of the result is row index[k]."""
    if isinstance(state, tuple):
        return tuple(rows(part, index) for part in state)
    return None if state is None else state[index]


class Encoder(nn.Layer):
    """h_t = GRU(x_t, h_{t−1}) with x_t = E[id_t]; PAD leaves the state as it is.

    So what a text is read into does not depend on the padding, nor on its neighbours in the batch.
    params: `embedding.W` (V, D), `rnn.…` of a GRU (D, H).

    Args:
        vocabulary_size, embedding_size, hidden_size: V, D, H.
        rng: draws the initial weights (embedding N(0, 0.1²), GRU Xavier).
        form: arguments of `nn.GRU`, such as `reset="after", biases=2` for PyTorch's.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        dtype: DTypeLike = np.float64,
        **form: Any,
    ) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        table = nn.Embedding(vocabulary_size, embedding_size, rng, init=nn.normal(0.1), dtype=dtype)
        self.embedding = self.child("embedding", table)
        self.rnn = self.child("rnn", nn.GRU(embedding_size, hidden_size, rng, dtype=dtype, **form))

    def forward(self, ids: Array, state: Array | None = None) -> tuple[Array, Array]:
        """ids: (T, N), state = h_0: (N, H) (0 if None) → (h_1 … h_T: (T, N, H), h_T: (N, H)).

        Where a column begins with PAD, h stays h_0 there.
        """
        return self.rnn.forward(self.embedding(ids), state, pad=np.asarray(ids) == PAD)

    def backward(self, dy: Array | None, dstate: Array | None = None) -> Array:
        """dL/dh_1…h_T: (T, N, H) (0 if None), dL/dh_T: (N, H) (0 if None) → dL/dh_0: (N, H)."""
        dx, dfirst = self.rnn.backward(dy, dstate)
        self.embedding.backward(dx)
        return dfirst


class Decoder(nn.Layer):
    """Writes from a vector c (N, C): embedding, GRU, affine.

    context="initial" (Sutskever et al. 2014): c is the state at the beginning, and nothing else.
        s_0 = c (if C ≠ H: tanh(c W + b)),  s_t = GRU(e_t, s_{t−1}),  logits_t = s_t W_y + b_y
    context="every" (Cho et al. 2014): every step sees c, in the GRU and at the output.
        s_0 = tanh(c W + b),  s_t = GRU([e_t; c], s_{t−1}),  logits_t = [s_t; c] W_y + b_y
        (The paper also shows e_t to the output, by maxout.)

    e_t is the embedding of the token before: BOS, then the target's (teacher forcing) or one's own.
    params: `embedding.W` (V, D), `rnn.…`, `out.W`, `out.b`, and `bridge.W` (C, H), `bridge.b` where
    s_0 is not c itself.

    Args:
        vocabulary_size, embedding_size, hidden_size: V, D, H.
        rng: draws the initial weights.
        context: "initial" or "every".
        context_size: C; H if None. (A model that is told more makes c longer.)
        form: arguments of `nn.GRU`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        context: str = "initial",
        context_size: int | None = None,
        dtype: DTypeLike = np.float64,
        **form: Any,
    ) -> None:
        super().__init__()
        if context not in ("initial", "every"):
            raise ValueError(f'context は "initial" か "every" です。受け取った値: {context!r}')
        V, D, H = vocabulary_size, embedding_size, hidden_size
        C = H if context_size is None else context_size
        seen = C if context == "every" else 0  # what every step sees besides its own input
        self.context, self.hidden_size, self.context_size = context, H, C
        self.embedding = self.child(
            "embedding", nn.Embedding(V, D, rng, init=nn.normal(0.1), dtype=dtype)
        )
        self.rnn = self.child("rnn", nn.GRU(D + seen, H, rng, dtype=dtype, **form))
        self.out = self.child("out", nn.Affine(H + seen, V, rng, dtype=dtype))
        self.bridge: nn.Affine | None = None
        if context == "every" or C != H:
            self.bridge = self.child("bridge", nn.Affine(C, H, rng, dtype=dtype))

    def forward(self, ids: Array, c: Array) -> Array:
        """ids: (T, N), beginning with BOS; c: (N, C) → logits (T, N, V)."""
        s_0 = self._first(c)
        y, _ = self.rnn.forward(self._beside(self.embedding(ids), c), s_0)
        logits = self.out.forward(self._beside(y, c))
        self.push(s_0)
        return logits

    def backward(self, dlogits: Array) -> Array:
        """dL/dlogits: (T, N, V) → dL/dc: (N, C), from every place where c went in."""
        (s_0,) = self.pop()
        dy, dc_out = self._apart(self.out.backward(dlogits), self.hidden_size)
        dx, ds_0 = self.rnn.backward(dy)
        de, dc_in = self._apart(dx, dx.shape[-1] - (self.context == "every") * self.context_size)
        self.embedding.backward(de)
        dc = ds_0 if self.bridge is None else self.bridge.backward(ds_0 * nn.dtanh(s_0))
        if self.context == "every":
            dc = dc + dc_in.sum(axis=0) + dc_out.sum(axis=0)
        return dc

    def start(self, c: Array) -> State:
        """c: (N, C) → the state before the first token: (s_0 (N, H), c (N, C))."""
        with self.evaluation():
            return self._first(c), c

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """One token of each row, ids (N,) → (logits (N, V), state)."""
        s, c = state
        with self.evaluation():
            x = self._beside(self.embedding(np.asarray(ids)[None]), c)  # (1, N, D [+ C])
            y, s = self.rnn.forward(x, s)
            return self.out.forward(self._beside(y, c))[0], (s, c)

    def _first(self, c: Array) -> Array:
        return c if self.bridge is None else np.tanh(self.bridge.forward(c))

    def _beside(self, x: Array, c: Array) -> Array:
        """[x_t; c] for every t, or x itself."""
        if self.context == "initial":
            return x
        return np.concatenate([x, np.broadcast_to(c, (*x.shape[:-1], c.shape[-1]))], axis=-1)

    def _apart(self, dx: Array, size: int) -> tuple[Array, Array]:
        """The gradients of x and of c at each step."""
        return dx[..., :size], dx[..., size:]


class Seq2seq(nn.Layer):
    """c = the encoder's last state; the decoder writes from it.

    The size of c is H, however long the source is: the bottleneck of this model.
    params: `encoder.…`, `decoder.…`.

    Args:
        encoder: its `forward(source)` gives (anything, c).
        decoder: its `forward(ids, c)` gives logits, its `backward` dL/dc; `start(c)` and `step`.
        reverse: the encoder reads from the last token to the first (Sutskever et al. 2014).
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, *, reverse: bool = False) -> None:
        super().__init__()
        self.encoder = self.child("encoder", encoder)
        self.decoder = self.child("decoder", decoder)
        self.reverse = reverse

    def encode(self, source: Array) -> Array:
        """ids (T, N) → the vector c (N, H)."""
        return self.encoder.forward(source[::-1] if self.reverse else source)[1]

    def forward(self, source: Array, target_in: Array) -> Array:
        """source: (T, N), target_in: (T', N), beginning with BOS → logits (T', N, V)."""
        return self.decoder.forward(target_in, self.encode(source))

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits: (T', N, V); ids have no gradient."""
        self.encoder.backward(None, self.decoder.backward(dlogits))

    def start(self, source: Array) -> State:
        """ids (T, N) → the decoder's state before its first token."""
        with self.evaluation():
            return self.decoder.start(self.encode(source))

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """ids: (N,) → (logits (N, V), state)."""
        return self.decoder.step(ids, state)


def seq2seq(
    source_size: int,
    target_size: int,
    seed: int = 0,
    *,
    embedding_size: int = 32,
    hidden_size: int = 128,
    context: str = "initial",
    reverse: bool = False,
    dtype: DTypeLike = np.float32,
) -> Seq2seq:
    """A model for sources of `source_size` and targets of `target_size` different ids."""
    rng = np.random.default_rng(seed)
    D, H = embedding_size, hidden_size
    return Seq2seq(
        Encoder(source_size, D, H, rng, dtype=dtype),
        Decoder(target_size, D, H, rng, context=context, dtype=dtype),
        reverse=reverse,
    )
