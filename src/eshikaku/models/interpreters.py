"""GNMT in miniature on three toy languages: training, translating, measuring (part E)."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from eshikaku import nn
from eshikaku.models import decoding, training
from eshikaku.models.gnmt import GNMT
from eshikaku.nn import Array
from eshikaku.tasks import toy_languages as toy
from eshikaku.tasks.vocabulary import BOS, EOS

Directions = tuple[tuple[str, str], ...]

PAIRS: Directions = (("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"))
SAME: Directions = (("a", "a"), ("b", "b"), ("c", "c"))
TRAININGS: dict[str, Directions] = {
    "4方向（A↔B、B↔C）": PAIRS,
    "5方向（＋B→B）": (*PAIRS, ("b", "b")),
    "7方向（＋A→A、B→B、C→C）": (*PAIRS, *SAME),
}
LEARNED = ("ab", "ba", "bc", "cb")
UNSEEN = ("ac", "ca")  # never trained: zero-shot
BATCH, LONGEST = 32, 10
EMBEDDING, HIDDEN, LR, DROPOUT, UPDATES = 64, 64, 0.01, 0.2, 600  # zero-shot
TABLE_UPDATES = 900  # of the stored table
DEEP_HIDDEN, DEEP_UPDATES, DEEP_DIRECTIONS = 32, 250, (("a", "b"),)  # depth
LAST = 25  # updates whose mean loss is "the last loss"


SHORT = {name: name.split("（")[0] for name in TRAININGS}


class Score(NamedTuple):
    """Of translations: exactly right sentences, words of the wanted language, right words."""

    exact: float
    language: float
    words: float


def arrow(direction: str | tuple[str, str]) -> str:
    """("a", "c") → "A→C"."""
    return f"{direction[0]}→{direction[1]}".upper()


def translator(
    seed: int,
    *,
    layers: int = 1,
    hidden: int = HIDDEN,
    residual: bool = True,
    dropout: float = DROPOUT,
    shared: bool = True,
) -> GNMT:
    """An untrained network for all three languages."""
    return GNMT(
        len(toy.vocabulary()), hidden, hidden, layers, np.random.default_rng(seed),
        residual=residual, dropout=dropout, shared=shared, dtype=np.float32,
    )  # fmt: skip


def train(
    net: nn.Layer,
    directions: Sequence[tuple[str, str]],
    seed: int,
    updates: int = UPDATES,
    lr: float = LR,
) -> Iterator[float]:
    """Adam with teacher forcing and a falling learning rate; yields each batch's loss."""
    drawn = toy.batches(np.random.default_rng([seed, 1]), directions, BATCH, updates)
    batches = ((b.source, b.target_in, b.target) for b in drawn)
    return training.train_writer(net, batches, lr=training.falling(lr, updates))


def deep(layers: int, residual: bool, seed: int) -> GNMT:
    """An untrained network of so many layers on both sides, for the question of depth."""
    return translator(
        seed, layers=layers, hidden=DEEP_HIDDEN, residual=residual, dropout=0.0, shared=True
    )


def train_deep(net: GNMT, seed: int, updates: int = DEEP_UPDATES) -> Iterator[float]:
    """A→B alone; yields the loss before each update."""
    return train(net, DEEP_DIRECTIONS, seed, updates)


def translate(net: GNMT, texts: Sequence[str], languages: Sequence[str] | str) -> list[str]:
    """Greedy translations of each text into its language."""
    ids = decoding.greedy(net, toy.sources(texts, _each(languages, texts)), LONGEST)
    return toy.vocabulary().texts(ids)


def _each(languages: Sequence[str] | str, texts: Sequence[str]) -> Sequence[str]:
    return [languages] * len(texts) if isinstance(languages, str) else languages


def test_meanings(count: int = 200) -> tuple[toy.Meaning, ...]:
    """Meanings never seen in any language (they are in random order already)."""
    return toy.split()["test"][:count]


def measure(net: GNMT, direction: str | tuple[str, str], count: int = 200) -> Score:
    """How well sentences never seen are translated."""
    source, target = direction[0], direction[1]
    meanings = test_meanings(count)
    written = translate(net, [toy.say(m, source) for m in meanings], target)
    return score(written, [toy.say(m, target) for m in meanings], target)


def pivot(net: GNMT, direction: str = "ac", by: str = "b", count: int = 200) -> Score:
    """Two translations, one after the other, by way of a language that both pairs know."""
    source, target = direction[0], direction[1]
    meanings = test_meanings(count)
    middle = translate(net, [toy.say(m, source) for m in meanings], by)
    return score(translate(net, middle, target), [toy.say(m, target) for m in meanings], target)


def chance(target: str = "c", count: int = 200) -> Score:
    """A right sentence of the language wanted, but any: what form alone is worth."""
    rng, meanings = np.random.default_rng(0), test_meanings(count)
    every = toy.meanings()
    written = [toy.say(every[k], target) for k in rng.integers(len(every), size=len(meanings))]
    return score(written, [toy.say(m, target) for m in meanings], target)


def score(written: Sequence[str], answers: Sequence[str], target: str) -> Score:
    """Compare word by word, from the front; a word at another place does not count."""
    words = [word for text in written for word in text.split()]
    right = [
        sum(a == b for a, b in zip(one.split(), other.split(), strict=False)) / len(other.split())
        for one, other in zip(written, answers, strict=True)
    ]
    return Score(
        float(np.mean([a == b for a, b in zip(written, answers, strict=True)])),
        float(np.mean([toy.language_of(word) == target for word in words])) if words else 0.0,
        float(np.mean(right)),
    )


def look(net: GNMT, text: str, language: str) -> tuple[list[str], list[str], Array]:
    """(words read, words written with 〈終〉, weights (written, read)) of one translation."""
    source, words = toy.sources([text], [language]), toy.vocabulary()
    ids = decoding.greedy(net, source, LONGEST)[:, 0]
    end = int(np.argmax(ids == EOS)) + 1 if EOS in ids else len(ids)
    given = np.concatenate([[BOS], ids[: end - 1]])[:, None]
    weights = net.align(source, given)[0]  # (L, T)
    return (
        [toy.target_token(language), *text.split()],
        [words.tokens[k] for k in ids[:end]],
        weights,
    )


_kept: dict[tuple[Any, ...], GNMT] = {}


def growing(training_: str, seed: int, updates: int = UPDATES) -> Iterator[tuple[GNMT, float]]:
    """A translator after each update of its training, and the loss; nothing if remembered."""
    key = (training_, seed, updates)
    if key not in _kept:
        net = translator(seed)
        for loss in train(net, TRAININGS[training_], seed, updates):
            yield net, loss
        _kept[key] = net


def trained(training_: str, seed: int = 0, updates: int = UPDATES) -> GNMT:
    """The trained translator, then remembered for this kernel."""
    for _ in growing(training_, seed, updates):
        pass
    return _kept[training_, seed, updates]
