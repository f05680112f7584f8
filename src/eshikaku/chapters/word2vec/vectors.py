"""What the chapter measures on word vectors: analogies of capitals, and who the neighbours are."""

import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from eshikaku.models import windows
from eshikaku.models.word2vec import Word2vec
from eshikaku.models.word2vec_training import Recipe, model, train
from eshikaku.nn import Array
from eshikaku.tasks import facts, verses
from eshikaku.tasks.texts import Corpus

GOOD = Recipe(epochs=5)
"""Skip-gram with 5 negatives that is trained long enough (1 s)."""

ENGLISH = Recipe(size=64, shared=64, batch=2048, epochs=5)
ENGLISH_GENERATED = Recipe(threshold=1e-2, epochs=5)


@lru_cache(maxsize=2)
def corpus(seed: int = 0) -> Corpus:
    """The fact corpus."""
    return facts.make(np.random.default_rng([seed, 8]))


@lru_cache(maxsize=1)
def english() -> Corpus:
    """The verses, or what stands in for them."""
    return verses.load()


@lru_cache(maxsize=4)
def counts(window: int, seed: int = 0) -> Array:
    """Co-occurrences in the fact corpus, (V, V)."""
    text = corpus(seed)
    return windows.cooccurrence(text.ids, len(text.words), window)


@lru_cache(maxsize=4)
def reduced(window: int, of_ppmi: bool, size: int, seed: int = 0) -> Array:
    """SVD vectors (V, size) of counts or PPMI."""
    C = counts(window, seed)
    return windows.svd_vectors(windows.ppmi(C) if of_ppmi else C, size)


def capitals(text: Corpus) -> tuple[Array, Array]:
    """Ids of the countries and of their capitals, in the same order."""
    index = text.index()
    all_of = facts.countries()
    return (
        np.array([index[c.country] for c in all_of]),
        np.array([index[c.city] for c in all_of]),
    )


def accuracy(vectors: Array, text: Corpus, *, exclude: bool = True) -> float:
    """Share of right answers to capital − country + country, over all pairs of countries."""
    return float(windows.analogies(vectors, *capitals(text), exclude=exclude).mean())


def company(vectors: Array, text: Corpus, count: int = 5) -> tuple[float, float]:
    """Of the `count` nearest words of the capitals: share of capitals, and of words of its country.

    The second are the country, its currency and its languages.
    """
    index, all_of = text.index(), facts.countries()
    _, cities = capitals(text)
    same_kind, same_country = [], []
    for country, city in zip(all_of, cities, strict=True):
        near = {k for k, _ in windows.nearest(vectors, vectors[city], count, exclude=[city])}
        own = {index[w] for w in (country.country, country.currency, *country.languages)}
        same_kind.append(len(near & set(cities)) / count)
        same_country.append(len(near & own) / count)
    return float(np.mean(same_kind)), float(np.mean(same_country))


_TOKENS = re.compile(r"([+＋\-−－–])|([^\s+＋\-−－–]+)")


def parse(query: str, index: dict[str, int]) -> list[tuple[int, int]]:
    """「東京 - 日本 + フランス」→ [(1, id), (−1, id), (1, id)].

    Raises: ValueError (Japanese) naming words that are not in the vocabulary, or an empty query.
    """
    sign, found, unknown = 1, [], []
    for operator, word in _TOKENS.findall(query):
        if operator:
            sign = 1 if operator in "+＋" else -1
        elif index.get(word):
            found.append((sign, index[word]))
            sign = 1
        else:
            unknown.append(word)
    if unknown:
        raise ValueError(f"語彙にない語です：{'、'.join(unknown)}")
    if not found:
        raise ValueError("語を1つ以上入れてください。例：「東京 - 日本 + フランス」")
    return found


def combine(vectors: Array, terms: list[tuple[int, int]]) -> Array:
    """Σ ± unit vectors (D,)."""
    return np.sum([sign * windows.unit(vectors[k]) for sign, k in terms], axis=0)


def plane(vectors: Array) -> Array:
    """(M, D) → (M, 2): principal components of unit vectors, each axis with a fixed sign."""
    u = windows.unit(np.asarray(vectors, float))
    return windows.svd_vectors(u - u.mean(axis=0), 2)


_kept: dict[tuple[str, int, int | None], Word2vec] = {}


def learning(text: str, seed: int, updates: int | None = None) -> Iterator[tuple[int, int]]:
    """(updates done, all) while the model of the explorer is trained; nothing if it is kept.

    Args:
        text: "facts" or "english".
        updates: stop after so many.
    """
    if (text, seed, updates) in _kept:
        return
    source, recipe = source_of(text)
    net = model(recipe, source, seed)
    for done, (_, left) in enumerate(train(net, source, recipe, seed), 1):
        yield done, done + left
        if done == updates:
            break
    _kept[text, seed, updates] = net


def learned(text: str, seed: int, updates: int | None = None) -> Word2vec:
    """The model of the explorer, trained now unless it is kept."""
    for _ in learning(text, seed, updates):
        pass
    return _kept[text, seed, updates]


def source_of(text: str) -> tuple[Corpus, Recipe]:
    """The corpus of that name and the recipe for it."""
    if text == "facts":
        return corpus(), GOOD
    source = english()
    return source, ENGLISH if source.real else ENGLISH_GENERATED


def train_with_analogies(net, recipe, seed, curve, limit=None):
    """Train on the corpus, at most `limit` updates; the analogies every 60 of them."""
    text = corpus()
    curve.put(accuracy=0.0)
    for _, left in train(net, text, recipe, seed):
        curve.updates = limit or curve.done + 1 + left
        curve.add()
        curve.every(60, accuracy=lambda: accuracy(net.params["W_in"], text))
        if curve.done == curve.updates:
            return
