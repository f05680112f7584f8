"""Three small languages that say the same things in different order and with different words.

A sentence says who did (or does) what to whom::

    A語（SOV、助詞）          akai inu ga neko wo mi ta
    B語（SVO、助動詞）        the red dog did see the cat
    C語（VSO、語尾）          iam vidi hundo ruga katon

* A語: romanised Japanese. The particles ``ga`` and ``wo`` mark subject and object, the tense is
  the last word (``ru`` now, ``ta`` past), adjectives stand before the noun.
* B語: English-like. Order alone tells subject and object, the tense stands before the verb
  (``does``, ``did``), every noun has ``the``.
* C語: made up, with roots of Esperanto. The tense is the first word (``nun``, ``iam``), the verb
  comes before its subject, adjectives follow the noun, and the object's noun ends in ``-n``.

No word belongs to two languages, so that the language of every word is known. One meaning has
exactly one sentence in each language, and back: `say` and `parse` are inverse to each other.

Generated; no package, no licence of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eshikaku.tasks.vocabulary import Vocabulary, shifted

Array = NDArray[Any]

LANGUAGES = ("a", "b", "c")
NAMES = {"a": "A語", "b": "B語", "c": "C語"}
# the same row: the same meaning, in A語, B語 and (the root) in C語
NOUNS = (("inu", "dog", "hundo"), ("neko", "cat", "kato"), ("tori", "bird", "birdo"),
         ("uma", "horse", "chevalo"), ("kuma", "bear", "urso"),
         ("usagi", "rabbit", "kuniklo"))  # fmt: skip
VERBS = (("mi", "see", "vidi"), ("tasuke", "help", "helpi"), ("home", "praise", "laudi"),
         ("oboe", "remember", "memori"), ("oikake", "chase", "chasi"))  # fmt: skip
ADJECTIVES = (("akai", "red", "ruga"), ("shiroi", "white", "blanka"), ("kuroi", "black", "nigra"),
              ("ookii", "big", "granda"))  # fmt: skip
TENSES = (("ru", "does", "nun"), ("ta", "did", "iam"))  # now, past

PARTS = ("first", "second", "test")
LONGEST = 8  # words of the longest sentence in any language


class Meaning(NamedTuple):
    """Who did what to whom: rows of the tables above; an adjective of −1 is none."""

    tense: int
    verb: int
    subject: int
    subject_adjective: int
    object: int
    object_adjective: int


class UnknownSentence(ValueError):
    """No sentence of that language; the message (Japanese) says what is wrong with it."""


# --- sentences ------------------------------------------------------------------------------


def say(meaning: Meaning, language: str) -> str:
    """The sentence with that meaning.

    >>> say(Meaning(1, 0, 0, 0, 1, -1), "a")
    'akai inu ga neko wo mi ta'
    """
    which = LANGUAGES.index(language)
    tense, verb = TENSES[meaning.tense][which], VERBS[meaning.verb][which]
    subject, of_subject = _phrase(meaning.subject, meaning.subject_adjective, which)
    object_, of_object = _phrase(meaning.object, meaning.object_adjective, which)
    if language == "a":
        words = [*of_subject, subject, "ga", *of_object, object_, "wo", verb, tense]
    elif language == "b":
        words = ["the", *of_subject, subject, tense, verb, "the", *of_object, object_]
    else:
        words = [tense, verb, subject, *of_subject, object_ + "n", *of_object]
    return " ".join(words)


def _phrase(noun: int, adjective: int, which: int) -> tuple[str, list[str]]:
    """The noun, and its adjective in a list (empty without one)."""
    return NOUNS[noun][which], [] if adjective < 0 else [ADJECTIVES[adjective][which]]


@lru_cache(maxsize=1)
def meanings() -> tuple[Meaning, ...]:
    """All of them; subject and object are never the same noun."""
    return tuple(
        Meaning(tense, verb, subject, of_subject, object_, of_object)
        for tense in range(len(TENSES))
        for verb in range(len(VERBS))
        for subject in range(len(NOUNS))
        for of_subject in range(-1, len(ADJECTIVES))
        for object_ in range(len(NOUNS))
        if object_ != subject
        for of_object in range(-1, len(ADJECTIVES))
    )


@lru_cache(maxsize=3)
def _sentences(language: str) -> dict[str, Meaning]:
    return {say(meaning, language): meaning for meaning in meanings()}


def parse(text: str, language: str) -> Meaning:
    """The meaning of a sentence.

    Raises:
        UnknownSentence: it is none of that language.
    """
    words = text.split()
    known = words_of(language)
    strange = [word for word in words if word not in known]
    if strange:
        raise UnknownSentence(f"{NAMES[language]}の語ではありません：{'、'.join(strange)}")
    try:
        return _sentences(language)[" ".join(words)]
    except KeyError:
        example = say(Meaning(1, 0, 0, 0, 1, -1), language)
        raise UnknownSentence(f"{NAMES[language]}の文の形ではありません。例：{example}") from None


def translate(text: str, source: str, target: str) -> str:
    """The one right translation.

    >>> translate("akai inu ga neko wo mi ta", "a", "c")
    'iam vidi hundo ruga katon'
    """
    return say(parse(text, source), target)


# --- words ----------------------------------------------------------------------------------


@lru_cache(maxsize=3)
def words_of(language: str) -> frozenset[str]:
    """Every word of a language."""
    return frozenset(word for text in _sentences(language) for word in text.split())


def language_of(word: str) -> str | None:
    """The language a word belongs to; None for target tokens and the like."""
    return next((k for k in LANGUAGES if word in words_of(k)), None)


def target_token(language: str) -> str:
    """The word in front of the source that names the language wanted (Johnson et al. 2017)."""
    return f"<2{language}>"


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """One vocabulary for all: the target tokens, then the words of A語, B語, C語."""
    words = [target_token(k) for k in LANGUAGES]
    return Vocabulary(words + [word for k in LANGUAGES for word in sorted(words_of(k))], " ")


# --- training and test ----------------------------------------------------------------------


@lru_cache(maxsize=1)
def split() -> dict[str, tuple[Meaning, ...]]:
    """All meanings in three parts, drawn once for all; no meaning is in two of them.

    "first" and "second" are for two pairs of languages (A–B and B–C): so no meaning is seen in
    both A語 and C語, not even by way of B語. "test" (one in ten) is never trained on.
    """
    order = np.random.default_rng(2017).permutation(len(meanings()))
    test = len(order) // 10
    middle = test + (len(order) - test) // 2
    cuts = dict(zip(PARTS, (order[test:middle], order[middle:], order[:test]), strict=True))
    return {part: tuple(meanings()[k] for k in which) for part, which in cuts.items()}


@dataclass(frozen=True)
class Batch:
    """Sentences and their translations.

    Attributes:
        source: (T, N) ids, target token first, filled with PAD at the *front*.
        target_in: (T', N) ids the decoder reads: BOS, then the translation; PAD behind.
        target: (T', N) ids it has to say: the translation, then EOS; PAD behind.
        texts: the sources as written (without target token).
        answers: the translations.
    """

    source: Array
    target_in: Array
    target: Array
    texts: tuple[str, ...]
    answers: tuple[str, ...]


def batch(meanings_: Sequence[Meaning], directions: Sequence[tuple[str, str]]) -> Batch:
    """Each meaning in the direction (source, target) that stands beside it."""
    texts = tuple(say(m, s) for m, (s, _) in zip(meanings_, directions, strict=True))
    answers = tuple(say(m, t) for m, (_, t) in zip(meanings_, directions, strict=True))
    target = vocabulary().targets(answers)
    return Batch(
        sources(texts, [t for _, t in directions]), shifted(target), target, texts, answers
    )


def sources(texts: Sequence[str], languages: Sequence[str]) -> Array:
    """Texts, each with the target token of its language in front → ids (T, N), PAD in front."""
    return vocabulary().sources(
        [f"{target_token(k)} {text}" for text, k in zip(texts, languages, strict=True)]
    )


def batches(
    rng: np.random.Generator,
    directions: Sequence[tuple[str, str]],
    size: int,
    updates: int,
) -> Iterator[Batch]:
    """Training batches: each sentence draws its direction and a meaning of its pair's part.

    Pairs with A語 use the part "first", the others "second"; a language into itself uses the
    part that its language has anyway (A語 first, C語 second).
    """
    parts = split()
    for _ in range(updates):
        drawn = [directions[k] for k in rng.integers(len(directions), size=size)]
        pools = [parts["first" if "a" in pair else "second"] for pair in drawn]
        yield batch([pool[int(rng.integers(len(pool)))] for pool in pools], drawn)
