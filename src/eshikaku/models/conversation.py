"""Who answers at the desk of the inn: four models for dialogues and their training.

| name | what it reads |
|---|---|
| `LAST` | seq2seq on the last utterance alone |
| `WHOLE` | seq2seq on all words said so far, as one long text |
| `HIERARCHY` | HRED |
| `LATENT` | VHRED |

All of them are fed with the same dialogues (`tasks.dialogues`), answer every second utterance, and
have the same sizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from eshikaku import nn
from eshikaku.models.hred import hred, side_by_side
from eshikaku.models.seq2seq import Decoder, Encoder, State
from eshikaku.models.training import falling
from eshikaku.models.vhred import drop_words, vhred
from eshikaku.nn.functions import Array
from eshikaku.tasks import dialogues
from eshikaku.tasks.vocabulary import PAD

LAST, WHOLE, HIERARCHY, LATENT = "last", "whole", "hred", "vhred"
NAMES = {
    LAST: "seq2seq（直前の発話だけ）",
    WHOLE: "seq2seq（全発話を1つの文に）",
    HIERARCHY: "HRED",
    LATENT: "VHRED",
}
EMBEDDING, HIDDEN, LATENT_SIZE = 32, 48, 8
COUNT, BATCH, RATE, UPDATES = 4000, 16, 0.02, {LAST: 300, WHOLE: 700, HIERARCHY: 700, LATENT: 800}


class Flat(nn.Layer):
    """Seq2seq on a dialogue: reads the last utterance alone, or all of them as one text.

    Encoder and decoder of `seq2seq`; the same `forward`, `backward`, `start`, `step` as `HRED`.
    The encoder passes over PAD, so utterances need no other mark between them.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, *, whole: bool) -> None:
        super().__init__()
        self.encoder = self.child("encoder", encoder)
        self.decoder = self.child("decoder", decoder)
        self.whole = whole

    def forward(self, dialogue: Array, target_in: Array) -> Array:
        """dialogue (U, T, N), target_in (K, T', N) → logits (K, T', N, V)."""
        (K, T, N), length = target_in.shape, dialogue.shape[1]
        read = dialogue[: 2 * K - 1]
        if self.whole:
            y, _ = self.encoder.forward(read.reshape(-1, N))  # (U·T, N, H)
            c = y[length - 1 :: 2 * length]  # where an answered utterance ends: (K, N, H)
        else:
            c = self.encoder.forward(side_by_side(read[::2]))[1]  # (K·N, H)
        self.push(read.shape)
        logits = self.decoder.forward(side_by_side(target_in), c.reshape(K * N, -1))
        return logits.reshape(T, K, N, -1).swapaxes(0, 1)

    def backward(self, dlogits: Array) -> None:
        """dL/dlogits: (K, T', N, V)."""
        ((U, length, N),) = self.pop()
        K, T, _, V = dlogits.shape
        dc = self.decoder.backward(dlogits.swapaxes(0, 1).reshape(T, K * N, V))  # (K·N, H)
        if self.whole:
            dy = np.zeros((U * length, N, dc.shape[-1]), dc.dtype)
            dy[length - 1 :: 2 * length] = dc.reshape(K, N, -1)
            self.encoder.backward(dy)
        else:
            self.encoder.backward(None, dc)

    def start(self, context: Array) -> State:
        """What has been said so far, ids (U, T, N) → the decoder's state."""
        read = context.reshape(-1, context.shape[-1]) if self.whole else context[-1]
        with self.evaluation():
            return self.decoder.start(self.encoder.forward(read)[1])

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """ids: (N,) → (logits (N, V), state)."""
        return self.decoder.step(ids, state)


def fresh(name: str, seed: int) -> Any:
    """An untrained model of that name."""
    V, D, H = len(dialogues.vocabulary()), EMBEDDING, HIDDEN
    sizes: dict[str, Any] = {"embedding_size": D, "hidden_size": H, "context_size": H}
    if name == HIERARCHY:
        return hred(V, seed, into="every", **sizes)
    if name == LATENT:
        return vhred(V, seed, into="every", latent_size=LATENT_SIZE, **sizes)
    rng = np.random.default_rng(seed)
    return Flat(
        Encoder(V, D, H, rng, dtype=np.float32),
        Decoder(V, D, H, rng, context="every", dtype=np.float32),
        whole=name == WHOLE,
    )


@lru_cache(maxsize=4)
def material(seed: int) -> dialogues.Batch:
    """The dialogues of training: an opening and two exchanges each."""
    return dialogues.batch(dialogues.make(np.random.default_rng([seed, 5]), COUNT))


class Progress(NamedTuple):
    """After an update: the model, and what the batch cost before it (nat an answer)."""

    model: Any
    loss: float  # −log p(answer), summed over its words
    kl: float  # 0 without a latent variable


def training(
    name: str,
    seed: int,
    updates: int | None = None,
    *,
    annealing: float = 0.25,
    drop: float = 0.25,
    data: dialogues.Batch | None = None,
) -> Iterator[Progress]:
    """Adam on 16 dialogues at a time.

    Args:
        annealing: of a VHRED: the share of the updates over which the KL's weight β goes from 0
            to 1 in a straight line; 0 is β = 1 from the start.
        drop: of a VHRED: the probability with which a word the decoder is given is dropped.
    """
    updates = UPDATES[name] if updates is None else updates
    data = material(seed) if data is None else data
    model, rng = fresh(name, seed), np.random.default_rng([seed, 6])
    loss, adam = nn.SoftmaxCrossEntropy(ignore_index=PAD, reduction="sum"), nn.Adam()
    rate = falling(RATE, updates)
    for k, chosen in enumerate(_batches(rng, data, updates)):
        K, _, N = chosen.target.shape
        answers, kl = K * N, 0.0
        model.zero_grad()
        if name == LATENT:
            beta = min(1.0, k / (annealing * updates)) if annealing else 1.0
            eps = rng.standard_normal((K, N, model.latent_size)).astype(np.float32)
            logits, kls = model(chosen.dialogue, drop_words(chosen.target_in, drop, rng), eps)
            value, kl = loss(logits, chosen.target) / answers, float(kls.mean())
            model.backward(loss.backward(1 / answers), np.full_like(kls, beta / answers))
        else:
            value = loss(model(chosen.dialogue, chosen.target_in), chosen.target) / answers
            model.backward(loss.backward(1 / answers))
        nn.clip_by_norm(model.grads, 1.0)
        adam.lr = rate(k)
        adam.update(model.params, model.grads)
        yield Progress(model, value, kl)


def _batches(
    rng: np.random.Generator, data: dialogues.Batch, updates: int
) -> Iterator[dialogues.Batch]:
    """Each dialogue once, in a new order, again and again."""
    count, order = data.dialogue.shape[-1], np.empty(0, np.int64)
    for _ in range(updates):
        if len(order) < BATCH:
            order = np.concatenate([order, rng.permutation(count)])
        chosen, order = order[:BATCH], order[BATCH:]
        yield data.rows(chosen)


_kept: dict[tuple[Any, ...], tuple[Any, Array]] = {}  # the model, its KL (updates,)


def remembered(
    name: str,
    seed: int,
    updates: int | None = None,
    *,
    annealing: float = 0.25,
    drop: float = 0.25,
) -> Iterator[Progress]:
    """The same, but nothing where this training is already done in this session."""
    key = _key(name, seed, updates, annealing, drop)
    if key not in _kept:
        kls = []
        for progress in training(name, seed, updates, annealing=annealing, drop=drop):
            kls.append(progress.kl)
            yield progress
        progress.model.forget()
        _kept[key] = progress.model.eval(), np.array(kls)


def trained(
    name: str,
    seed: int,
    updates: int | None = None,
    *,
    annealing: float = 0.25,
    drop: float = 0.25,
) -> Any:
    """The trained model; trains it at the first call."""
    return _once(name, seed, updates, annealing, drop)[0]


def kl_curve(
    name: str,
    seed: int,
    updates: int | None = None,
    *,
    annealing: float = 0.25,
    drop: float = 0.25,
) -> Array:
    """The KL before each update (updates,), nat an answer; trains the model at the first call."""
    return _once(name, seed, updates, annealing, drop)[1]


def _once(
    name: str, seed: int, updates: int | None, annealing: float, drop: float
) -> tuple[Any, Array]:
    for _ in remembered(name, seed, updates, annealing=annealing, drop=drop):
        pass
    return _kept[_key(name, seed, updates, annealing, drop)]


def _key(name: str, seed: int, updates: int | None, *how: float) -> tuple[Any, ...]:
    """What a training hangs on."""
    updates = UPDATES[name] if updates is None else updates
    return (name, seed, updates, *(how if name == LATENT else ()))
