"""Hierarchical recurrent encoder–decoder (Sordoni et al. 2015; for dialogues Serban et al. 2016).

Three networks, of which the middle one runs over *utterances*, not over words:

    h_u  = the utterance encoder's last state         words of utterance u → (N, H)
    c_u  = GRU(h_u, c_{u−1})                          context RNN, one step an utterance: (N, C)
    answer to utterance u: written by the decoder from c_u

A word of the first utterance is U steps of the context RNN away from the answer, however many
words stand between; an encoder over all words as one text would need as many steps as words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku import nn
from eshikaku.models.seq2seq import Decoder, Encoder, State
from eshikaku.nn.functions import Array


class Hierarchy(nn.Layer):
    """An encoder over words and a GRU over utterances; what HRED and VHRED have in common.

    The utterances 0, 2, 4 … are answered by the utterances 1, 3, 5 …; `every=1` makes each
    utterance the answer to the one before it, as in the papers.
    params: `encoder.…` (utterances), `context.…` (a GRU (H, C)), `decoder.…`.

    Args:
        encoder: reads one utterance, H units.
        context: a GRU over the encodings of the utterances.
        decoder: writes an answer.
        every: which utterances are answered.
    """

    def __init__(
        self, encoder: Encoder, context: nn.GRU, decoder: Decoder, *, every: int = 2
    ) -> None:
        super().__init__()
        self.encoder = self.child("encoder", encoder)
        self.context = self.child("context", context)
        self.decoder = self.child("decoder", decoder)
        self.every = every

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """ids: (N,) → (logits (N, V), state)."""
        return self.decoder.step(ids, state)

    def contexts(self, dialogue: Array) -> Array:
        """c_1 … c_U of a dialogue, (U, N, C).  For looking at."""
        with self.evaluation():
            return self.context.forward(self._utterances(dialogue))[0]

    def _utterances(self, dialogue: Array) -> Array:
        """ids (U, T, N) → h_1 … h_U, (U, N, H): all utterances are rows of one batch."""
        U, _, N = dialogue.shape
        return self.encoder.forward(side_by_side(dialogue))[1].reshape(U, N, -1)

    def _utterances_backward(self, dh: Array) -> None:
        self.encoder.backward(None, dh.reshape(-1, dh.shape[-1]))

    def _contexts(self, h: Array, K: int) -> Array:
        """h (U, N, H) → the contexts of the K utterances that are answered, (K, N, C)."""
        used = self.every * (K - 1) + 1
        if used > len(h):
            raise ValueError(f"{K}個の答えには、発話が{used}個以上要ります：{len(h)}個")
        c, _ = self.context.forward(h[:used])
        self.push(h.shape)
        return c[:: self.every]

    def _contexts_backward(self, dc: Array) -> Array:
        """dL/dc of the answered utterances (K, N, C) → dL/dh of all utterances (U, N, H)."""
        (shape,) = self.pop()
        K, N, C = dc.shape
        dy = np.zeros((self.every * (K - 1) + 1, N, C), dc.dtype)
        dy[:: self.every] = dc
        dh = np.zeros(shape, dc.dtype)  # 0 for what came after the last question
        dh[: len(dy)], _ = self.context.backward(dy)
        return dh

    def _read(self, context: Array) -> Array:
        """ids (U, T, N) → the last context, (N, C)."""
        return self.context.forward(self._utterances(context))[1]


class HRED(Hierarchy):
    """The decoder writes each answer from c_u alone."""

    def forward(self, dialogue: Array, target_in: Array) -> Array:
        """All answers at once, each by teacher forcing.

        Args:
            dialogue: ids (U, T, N), each utterance with PAD in front. An answer is read as part
                of the dialogue only after it was written, so the last one takes no part.
            target_in: ids of the K answers (K, T', N), beginning with BOS.

        Returns:
            logits (K, T', N, V).
        """
        K, T, N = target_in.shape
        c = self._contexts(self._utterances(dialogue), K)  # (K, N, C)
        logits = self.decoder.forward(side_by_side(target_in), c.reshape(K * N, -1))
        return logits.reshape(T, K, N, -1).swapaxes(0, 1)  # from (T', K·N, V)

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits: (K, T', N, V); ids have no gradient."""
        K, T, N, V = dlogits.shape
        dc = self.decoder.backward(dlogits.swapaxes(0, 1).reshape(T, K * N, V))
        self._utterances_backward(self._contexts_backward(dc.reshape(K, N, -1)))

    def start(self, context: Array) -> State:
        """What has been said so far, ids (U, T, N) → the decoder's state before the answer."""
        with self.evaluation():
            return self.decoder.start(self._read(context))


def side_by_side(ids: Array) -> Array:
    """(U, T, N) → (T, U·N): the utterances side by side."""
    U, T, N = ids.shape
    return ids.swapaxes(0, 1).reshape(T, U * N)


def hred(
    vocabulary_size: int,
    seed: int = 0,
    *,
    embedding_size: int = 32,
    hidden_size: int = 64,
    context_size: int = 64,
    into: str = "initial",
    dtype: DTypeLike = np.float32,
) -> HRED:
    """A HRED for one vocabulary; `into` says how the decoder sees c: "initial" or "every"."""
    rng, V = np.random.default_rng(seed), vocabulary_size
    D, H, C = embedding_size, hidden_size, context_size
    return HRED(
        Encoder(V, D, H, rng, dtype=dtype),
        nn.GRU(H, C, rng, dtype=dtype),
        Decoder(V, D, H, rng, context=into, context_size=C, dtype=dtype),
    )
