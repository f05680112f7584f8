"""Training word vectors: subsampling, examples, negatives, Adam."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eshikaku import nn
from eshikaku.models import windows
from eshikaku.models.word2vec import (
    CBOW,
    NegativeSampling,
    Sampler,
    SkipGram,
    Word2vec,
    keep_probability,
)
from eshikaku.tasks.texts import Corpus

Array = NDArray[Any]
KINDS: dict[str, type[Word2vec]] = {"skip-gram": SkipGram, "CBOW": CBOW}


@dataclass(frozen=True)
class Recipe:
    """How word vectors are trained.

    Attributes:
        kind: "skip-gram" or "CBOW".
        size: D.
        window: words on each side.
        negatives: K sampled words for each example; 0 for the softmax over the vocabulary.
        shared: 0, or how many sampled words all examples of a batch share (weighted by K / S):
            one matrix product instead of a product for each example.
        power: of the counts, for the sampler.
        threshold: t of subsampling; 0 keeps every word.
        epochs, lr, batch: of Adam.
    """

    kind: str = "skip-gram"
    size: int = 32
    window: int = 5
    negatives: int = 5
    shared: int = 0
    power: float = 0.75
    threshold: float = 1e-3
    epochs: int = 3
    lr: float = 0.01
    batch: int = 512


def model(recipe: Recipe, corpus: Corpus, seed: int) -> Word2vec:
    """A fresh model for that vocabulary, float32."""
    rng = np.random.default_rng([seed, 1])
    return KINDS[recipe.kind](len(corpus.words), recipe.size, rng, dtype=np.float32)


def examples(kind: str, sentences: Sequence[Array], window: int) -> tuple[Array, Array]:
    """What is read and the word to be predicted, for every place.

    skip-gram: (M,), (M,), one example for each word around; CBOW: (M, 2 window), (M,).
    """
    make = windows.pairs if kind == "skip-gram" else windows.contexts
    return make(sentences, window)


def subsample(sentences: Sequence[Array], keep: Array, rng: np.random.Generator) -> list[Array]:
    """Sentences with each word kept with its probability keep[word]; what is left moves closer."""
    return [ids[rng.random(len(ids)) < keep[ids]] for ids in sentences]


def train(net: Word2vec, corpus: Corpus, recipe: Recipe, seed: int) -> Iterator[tuple[float, int]]:
    """Train in place; after each update yields its loss (before it) and how many are left."""
    rng = np.random.default_rng([seed, 2])
    keep = keep_probability(corpus.counts, recipe.threshold)
    sampler, adam = Sampler(corpus.counts, recipe.power), nn.Adam(recipe.lr)
    for epoch in range(recipe.epochs):
        kept = subsample(corpus.ids, keep, rng) if recipe.threshold else corpus.ids
        read, target = examples(recipe.kind, kept, recipe.window)
        starts = range(0, len(target) - recipe.batch + 1, recipe.batch) or range(1)
        order = rng.permutation(len(target))
        for done, start in enumerate(starts, 1):
            rows = order[start : start + recipe.batch]
            net.zero_grad()
            loss = gradients(net, read[rows], target[rows], recipe, sampler, rng)
            adam.update(net.params, net.grads)
            yield loss, len(starts) * (recipe.epochs - epoch) - done


def gradients(
    net: Word2vec,
    read: Array,
    target: Array,
    recipe: Recipe,
    sampler: Sampler,
    rng: np.random.Generator,
) -> float:
    """Forward and backward of one batch: the gradients are added to net.grads; → loss."""
    if not recipe.negatives:
        softmax = nn.SoftmaxCrossEntropy()
        loss = softmax(net(read), target)
        net.backward(softmax.backward())
        return float(loss)
    if recipe.shared:
        others = sampler.draw(rng, (recipe.shared,))  # (S,)
        loss_of = NegativeSampling(weight=recipe.negatives / recipe.shared)
        u = np.concatenate([net(read, target[:, None]), net(read, others)], axis=1)  # (N, 1+S)
        loss = loss_of(u)
        du = loss_of.backward()
        net.backward(du[:, 1:])  # the last forward first
        net.backward(du[:, :1])
        return loss
    others = sampler.draw(rng, (len(target), recipe.negatives))  # (N, K)
    loss_of = NegativeSampling()
    loss = loss_of(net(read, np.concatenate([target[:, None], others], axis=1)))
    net.backward(loss_of.backward())
    return loss


def trained(corpus: Corpus, recipe: Recipe, seed: int) -> Word2vec:
    """A model after the whole recipe."""
    net = model(recipe, corpus, seed)
    for _ in train(net, corpus, recipe, seed):
        pass
    return net
