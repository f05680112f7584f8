"""Numbers in Japanese: digits → かな reading, 漢数字 → digits; both ways known and endless.

A number is kept whole for training or for the test. Short and long numbers are equally frequent,
so that accuracy can be measured against length.

Package: `num2words` ≥ 0.5.13 (LGPL-2.1), `lang="ja"`, which knows the changes of sound
(さんびゃく, ろっぴゃく, はっせん).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from eshikaku.tasks import pairs
from eshikaku.tasks.pairs import Pairs
from eshikaku.tasks.vocabulary import Vocabulary

MOST_DIGITS = 8


@lru_cache(maxsize=100_000)
def reading(number: int) -> str:
    """358 → さんびゃくごじゅうはち."""
    from num2words import num2words  # type: ignore[import-untyped]

    return str(num2words(number, lang="ja", reading=True))


@lru_cache(maxsize=100_000)
def kanji(number: int) -> str:
    """358 → 三百五十八."""
    from num2words import num2words

    return str(num2words(number, lang="ja"))


@lru_cache(maxsize=1)
def vocabularies() -> tuple[Vocabulary, Vocabulary, Vocabulary]:
    """(of digits, of readings, of 漢数字)."""
    some = [d * 10**k for d in range(1, 10) for k in range(MOST_DIGITS)]
    return (
        Vocabulary("0123456789"),
        Vocabulary.of(map(reading, some)),
        Vocabulary.of(map(kanji, some)),
    )


def readings(
    rng: np.random.Generator, n: int, part: str = "train", *, shortest: int = 1, longest: int = 8
) -> Pairs:
    """n numbers of `shortest` … `longest` digits → their readings in かな: 358 → さんびゃく….

    Raises:
        ValueError: n < 1, another part, or not 1 ≤ shortest ≤ longest ≤ 8.
    """
    numbers = _numbers(rng, n, part, shortest, longest)
    digits, kana, _ = vocabularies()
    most = len(reading(int("9" * longest))) + 1  # きゅう is the longest digit; EOS
    return Pairs(
        tuple(map(str, numbers)), tuple(map(reading, numbers)), digits, kana, longest, most
    )


def kanji_numbers(
    rng: np.random.Generator, n: int, part: str = "train", *, shortest: int = 1, longest: int = 8
) -> Pairs:
    """n numbers of `shortest` … `longest` digits, 漢数字 → digits: 三百五十八 → 358.

    Raises:
        ValueError: n < 1, another part, or not 1 ≤ shortest ≤ longest ≤ 8.
    """
    numbers = _numbers(rng, n, part, shortest, longest)
    digits, _, signs = vocabularies()
    most = len(kanji(int("9" * longest)))
    return Pairs(
        tuple(map(kanji, numbers)), tuple(map(str, numbers)), signs, digits, most, longest + 1
    )


def copies(
    rng: np.random.Generator, n: int, part: str = "train", *, shortest: int = 1, longest: int = 8
) -> Pairs:
    """n rows of digits to be written as they are: 358 → 358. Nothing to know, only to keep.

    Here the digits may begin with 0 and there may be more than 8 of them. For more than three of
    them a row of the test is not in the training set.

    Raises:
        ValueError: n < 1, another part, or not 1 ≤ shortest ≤ longest ≤ 18.
    """
    pairs.check(n, part)
    if not 1 <= shortest <= longest <= 18:
        raise ValueError(f"長さは1〜18です：{shortest}〜{longest}")
    lengths = rng.integers(shortest, longest, size=n, endpoint=True)
    rows = [
        f"{pairs.draw(rng, 0, 10**k - 1, part):0{k}}" if k > 3 else f"{rng.integers(10**k):0{k}}"
        for k in map(int, lengths)
    ]
    digits = vocabularies()[0]
    return Pairs(tuple(rows), tuple(rows), digits, digits, longest, longest + 1)


def _numbers(rng: np.random.Generator, n: int, part: str, shortest: int, longest: int) -> list[int]:
    pairs.check(n, part)
    if not 1 <= shortest <= longest <= MOST_DIGITS:
        raise ValueError(f"桁数は1〜{MOST_DIGITS}です：{shortest}〜{longest}")
    lengths = rng.integers(shortest, longest, size=n, endpoint=True)
    return [pairs.draw(rng, 10 ** (k - 1), 10**k - 1, part) for k in lengths]
