"""Answers of a dialogue model, and what they are worth: do they fit, and do they differ?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from eshikaku.models import decoding
from eshikaku.models.seq2seq import State
from eshikaku.models.vhred import VHRED
from eshikaku.nn.functions import Array
from eshikaku.tasks import dialogues

GREEDY, SAMPLE, LATENT = "greedy", "sample", "latent"
WAYS = {GREEDY: "貪欲法", SAMPLE: "サンプリング", LATENT: "$z$ を引いて貪欲法"}
LIMIT = 14  # words


class Drawn:
    """A VHRED whose z is drawn: `start` takes ε from outside (see `seq2seq.Writer`)."""

    def __init__(self, model: VHRED, eps: Array) -> None:
        self.model, self.eps = model, eps

    def start(self, source: Array) -> State:
        """ids (U, T, N) → the decoder's state, with z = μ_p + σ_p ⊙ ε."""
        return self.model.start(source, self.eps)

    def step(self, ids: Array, state: State) -> tuple[Array, State]:
        """ids: (N,) → (logits (N, V), state)."""
        return self.model.step(ids, state)


def answer(
    model: Any,
    contexts: Sequence[Sequence[str]],
    way: str = GREEDY,
    *,
    draws: int = 1,
    rng: np.random.Generator | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
) -> list[list[str]]:
    """What the model says after each of the contexts: `draws` answers each.

    Args:
        model: anything with `start` and `step` that reads ids (U, T, N).
        contexts: what has been said so far, the same number of utterances each.
        way: "greedy" (the same every time), "sample" (words drawn), "latent" (a VHRED: z drawn
            from the prior, then greedy).
        rng: for "sample" and "latent".
        temperature, top_k: of "sample".

    Raises:
        ValueError: another way, or utterances that don't fit.
    """
    if way not in WAYS:
        raise ValueError(f"way は {'、'.join(WAYS)} です。受け取った値: {way!r}")
    rng = np.random.default_rng(0) if rng is None else rng
    source = np.repeat(dialogues.read(contexts), draws, axis=-1)  # (U, T, N·draws)
    if way == SAMPLE:
        ids = decoding.sample(model, source, LIMIT, rng, temperature=temperature, top_k=top_k)
    elif way == LATENT:
        eps = rng.standard_normal((source.shape[-1], model.latent_size)).astype(np.float32)
        ids = decoding.greedy(Drawn(model, eps), source, LIMIT)
    else:
        ids = decoding.greedy(model, source, LIMIT)
    model.forget()  # working memory of so many rows
    texts = dialogues.vocabulary().texts(ids)
    return [texts[k : k + draws] for k in range(0, len(texts), draws)]


def distinct(texts: Iterable[str], n: int) -> float:
    """Distinct-n: different n-grams / all n-grams of these answers; 0 of none.

    Source: Li et al. (2016), who divide by the number of words instead.
    """
    grams = [
        words[k : k + n] for words in map(tuple, map(str.split, texts)) for k in range(len(words))
    ]
    grams = [gram for gram in grams if len(gram) == n]
    return len(set(grams)) / len(grams) if grams else 0.0


class Judgement(NamedTuple):
    """What answers to questions of one kind (or more) are worth.

    Attributes:
        fits: share of the answers that the grammar could have given in this context.
        short: share of the answers that are the short one, はい。
        length: words of an answer, the mean.
        different: different answers to one context, the mean.
        distinct1, distinct2: `distinct` over all answers together.
    """

    fits: float
    short: float
    length: float
    different: float
    distinct1: float
    distinct2: float


def questions(
    seed: int, kinds: Sequence[str], count: int, *, exchanges: int = 2
) -> list[dialogues.Dialogue]:
    """`count` dialogues for each kind that end in a question of it, with bookings never trained."""
    rng = np.random.default_rng([seed, 9])
    return [
        dialogue
        for kind in kinds
        for dialogue in dialogues.make(rng, count, "test", exchanges=exchanges, last=kind)
    ]


def judge(
    model: Any, asked: Sequence[dialogues.Dialogue], way: str = GREEDY, **options: Any
) -> Judgement:
    """`answer` to the last question of each dialogue, judged by the grammar."""
    said = answer(model, [d.utterances[:-1] for d in asked], way, **options)
    texts = [text for row in said for text in row]
    fits, short = [], []
    for dialogue, row in zip(asked, said, strict=True):
        known = dialogues.answers(dialogue.kinds[-1], dialogue.booking)
        fits += [text in known for text in row]
        short += [text == dialogues.SHORT for text in row]
    return Judgement(
        float(np.mean(fits)),
        float(np.mean(short)),
        float(np.mean([len(text.split()) for text in texts])),
        float(np.mean([len(set(row)) for row in said])),
        distinct(texts, 1),
        distinct(texts, 2),
    )
