"""Dates as people write them → ISO 8601 (2024-05-03): the chapters' small translation task.

Japanese notations (西暦, 和暦, 漢数字) and those of four languages of the west. A date is kept
whole for training or for the test: no test date is in the training set in any notation.

Packages: `babel` ≥ 2.14 (BSD-3-Clause) for the names of months and days, from the Unicode CLDR
(Unicode License v3). The eras are a table of their first days (laws and cabinet orders).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from eshikaku.tasks import pairs
from eshikaku.tasks.pairs import Pairs
from eshikaku.tasks.vocabulary import Vocabulary

FIRST, LAST = datetime.date(1873, 1, 1), datetime.date(2049, 12, 31)  # 明治6年 on: Gregorian
ERAS = (
    ("明治", "M", datetime.date(1868, 1, 25)),
    ("大正", "T", datetime.date(1912, 7, 30)),
    ("昭和", "S", datetime.date(1926, 12, 25)),
    ("平成", "H", datetime.date(1989, 1, 8)),
    ("令和", "R", datetime.date(2019, 5, 1)),
)
DIGITS = "〇一二三四五六七八九"
LENGTH = 29  # characters of the longest notation (Wednesday, September 13, 2000)
ISO_LENGTH = 11  # 2024-05-03 and EOS


def era(date: datetime.date) -> tuple[str, str, int]:
    """(name, letter, year) of the Japanese era: 2024 → ("令和", "R", 6). The first year is 1."""
    name, letter, first = next(e for e in reversed(ERAS) if e[2] <= date)
    return name, letter, date.year - first.year + 1


def kanji(n: int) -> str:
    """1 … 99 in 漢数字 with 十: 20 → 二十."""
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones else "")


def _era_year(date: datetime.date, write: Callable[[int], str]) -> str:
    name, _, year = era(date)
    return f"{name}{'元' if year == 1 else write(year)}年"


def _babel(form: str, locale: str) -> Callable[[datetime.date], str]:
    def write(date: datetime.date) -> str:
        from babel.dates import format_date

        return format_date(date, form, locale=locale)

    return write


NOTATIONS: dict[str, Callable[[datetime.date], str]] = {
    "西暦": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "斜線": lambda d: f"{d.year}/{d.month}/{d.day}",
    "和暦": lambda d: f"{_era_year(d, str)}{d.month}月{d.day}日",
    "和暦の略": lambda d: f"{era(d)[1]}{era(d)[2]}.{d.month}.{d.day}",
    "和暦の漢数字": lambda d: f"{_era_year(d, kanji)}{kanji(d.month)}月{kanji(d.day)}日",
    "西暦の漢数字": lambda d: (
        f"{''.join(DIGITS[int(c)] for c in str(d.year))}年{kanji(d.month)}月{kanji(d.day)}日"
    ),
    "英語（米）": _babel("long", "en_US"),
    "英語（英）": _babel("d MMM y", "en_GB"),
    "英語（曜日つき）": _babel("full", "en_US"),
    "ドイツ語": _babel("long", "de"),
    "フランス語": _babel("long", "fr"),
}
JAPANESE = ("西暦", "斜線", "和暦", "和暦の略", "和暦の漢数字", "西暦の漢数字")
ALL = tuple(NOTATIONS)


@lru_cache(maxsize=1)
def vocabularies() -> tuple[Vocabulary, Vocabulary]:
    """(of all notations, of ISO dates)."""
    days = [datetime.date(y, m, d) for y in (1873, 1912, 1989, 2019, 2024) for m in range(1, 13)
            for d in range(1, 29)]  # fmt: skip
    days += [datetime.date(1926, 12, 25), datetime.date(1950, 1, 6)]
    texts = [write(day) for write in NOTATIONS.values() for day in days]
    return Vocabulary.of([*texts, "0123456789"]), Vocabulary("-0123456789")


def make(
    rng: np.random.Generator, n: int, part: str = "train", *, notations: Sequence[str] = ALL
) -> Pairs:
    """n dates, evenly from `FIRST` … `LAST`, each in one of the notations.

    Args:
        rng: draws dates and notations.
        n: the number of pairs.
        part: "train" or "test": which dates.
        notations: names of `NOTATIONS`.

    Raises:
        ValueError: n < 1, another part, an unknown notation.
    """
    pairs.check(n, part)
    _known(notations)
    dates = _dates(rng, n, part)
    names = rng.integers(len(notations), size=n)
    texts = [NOTATIONS[notations[k]](date) for k, date in zip(names, dates, strict=True)]
    return Pairs(
        tuple(texts), tuple(d.isoformat() for d in dates), *vocabularies(), LENGTH, ISO_LENGTH
    )


def writings(
    rng: np.random.Generator,
    n: int,
    shares: Mapping[str, float],
    part: str = "train",
    *,
    years: tuple[int, int] = (FIRST.year, LAST.year),
) -> Pairs:
    """The other way round, with more than one right answer: ISO → one of the notations.

    Args:
        rng: draws dates and notations.
        n: the number of pairs.
        shares: name of a notation → how often it is used (they need not sum to 1).
        part: "train" or "test": which dates.
        years: the first and the last year.

    Raises:
        ValueError: as `make`.
    """
    pairs.check(n, part)
    _known(tuple(shares))
    dates = _dates(rng, n, part, years)
    p = np.array(list(shares.values())) / sum(shares.values())
    names = rng.choice(list(shares), size=n, p=p)
    texts = [NOTATIONS[str(name)](date) for name, date in zip(names, dates, strict=True)]
    words, iso = vocabularies()
    return Pairs(
        tuple(d.isoformat() for d in dates), tuple(texts), iso, words, ISO_LENGTH - 1, LENGTH + 1
    )


def _known(notations: Sequence[str]) -> None:
    unknown = [name for name in notations if name not in NOTATIONS]
    if unknown or not notations:
        raise ValueError(f"ない書き方です：{'、'.join(unknown)}。使えるもの：{'、'.join(ALL)}")


def _dates(
    rng: np.random.Generator, n: int, part: str, years: tuple[int, int] = (FIRST.year, LAST.year)
) -> list[datetime.date]:
    low = max(FIRST, datetime.date(years[0], 1, 1)).toordinal()
    high = datetime.date(years[1], 12, 31).toordinal()
    return [datetime.date.fromordinal(pairs.draw(rng, low, high, part)) for _ in range(n)]
