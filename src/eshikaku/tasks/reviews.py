"""Japanese reviews from a small grammar, made so that counting words cannot tell the label.

A review holds two judgements of opposite sign, one of them in a concessive (逆接) clause: the
clause that is *not* conceded decides.  Any judgement may stand with its negation (否定).  With the
two judgements exchanged the review has the same words and the other label, so that every bag of
words comes with both labels equally often and a classifier on word counts stays at 50 %::

    料理 は おいしい が 、 接客 は 粗末 です 。                    → 不満
    接客 は 粗末 です が 、 料理 は おいしい です 。               → 満足
    料理 は おいしい です 。 駅 から 近い です 。 接客 は 粗末 です けれど 。  → 満足
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LABELS = ("不満", "満足")
PAD = "〈空き〉"
MAX_LENGTH = 36  # words, without a tail
TAIL_LENGTH = 7  # words of the longest filler

ASPECTS = ("料理", "接客", "部屋", "風呂", "朝食", "店内", "対応", "眺め")
# word as it ends a clause (before です), and its negation, by sign; both fit every aspect
GOOD = (("よい", "よく ない"), ("見事", "見事 で は ない"), ("上等", "上等 で は ない"),
        ("立派", "立派 で は ない"), ("すばらしい", "すばらしく ない"))  # fmt: skip
BAD = (("悪い", "悪く ない"), ("残念", "残念 で は ない"), ("粗末", "粗末 で は ない"),
       ("ひどい", "ひどく ない"), ("貧弱", "貧弱 で は ない"))  # fmt: skip
FILLERS = (
    "駅 から 歩い て 五分 です 。",
    "七月 に 行き まし た 。",
    "予約 は 電話 でし た 。",
    "駐車場 は 建物 の 裏 です 。",
    "二階 の 窓側 でし た 。",
)
JOINED = ("が", "けれど", "けれども")  # X が 、 Y 。          Y decides
OPENED = ("しかし", "でも", "ところが")  # X 。 しかし Y 。   Y decides
TRAILED = ("けれど", "が")  # X 。 Y けれど 。               X decides
PATTERNS = ("{a} は {j} です", "{a} は {j} という 印象 です", "{a} の ほう は {j} です")


class Template(NamedTuple):
    """The frame of a review: everything but aspects, judgements and the fillers' text."""

    form: str  # "joined" | "opened" | "trailed"
    word: str  # the concessive
    patterns: tuple[int, int]  # of the first and the second clause
    fillers: tuple[int, int, int]  # sentences before, between, after


@dataclass(frozen=True)
class Reviews:
    """Tokenised reviews.

    Attributes:
        texts: tokens separated by spaces.
        ids: (T, N) integers; shorter reviews are filled with 0 (`PAD`) at the *front*.
        labels: (N,), 1 = 満足.
        templates: the frame of each review.
    """

    texts: tuple[str, ...]
    ids: Array
    labels: Array
    templates: tuple[Template, ...]


@lru_cache(maxsize=1)
def templates() -> tuple[tuple[Template, ...], tuple[Template, ...]]:
    """The templates of training and those of test: one in five, chosen by lot once for all.

    No template stands on both sides; every word does.
    """
    every: list[Template] = []
    kinds = (("joined", JOINED), ("opened", OPENED), ("trailed", TRAILED))
    for form, words in kinds:
        pairs = itertools.product(range(len(PATTERNS)), repeat=2)
        counts = [f for f in itertools.product(range(3), repeat=3) if sum(f) <= 2]
        if form == "joined":
            counts = [f for f in counts if f[1] == 0]  # nothing stands between X が and Y
        every += itertools.starmap(
            Template, ((form, w, p, f) for w, p, f in itertools.product(words, pairs, counts))
        )
    order = np.random.default_rng(2026).permutation(len(every))
    cut = len(every) // 5
    return (
        tuple(every[k] for k in sorted(order[cut:])),
        tuple(every[k] for k in sorted(order[:cut])),
    )


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """All words, `PAD` first: the id of a word is its place."""
    joined = " ".join(
        [*ASPECTS, *itertools.chain(*GOOD, *BAD), *FILLERS, *JOINED, *OPENED, *TRAILED, "、 。"]
        + [pattern.format(a="", j="") for pattern in PATTERNS]
    )
    return (PAD, *sorted(set(joined.split())))


def make(
    rng: np.random.Generator, n: int, part: str = "train", *, tail: int = 0, form: str | None = None
) -> Reviews:
    """n reviews with labels in pairs: each review comes with its two judgements exchanged.

    Args:
        rng: draws templates, aspects, judgements, negations and fillers.
        n: number of reviews, even; both labels n / 2 times.
        part: "train" or "test": which `templates`.
        tail: irrelevant sentences that follow every review: the answer has to be kept so long.
        form: only templates of this form.

    Raises:
        ValueError: for an odd n or another part.
    """
    if n % 2 or n < 2 or part not in ("train", "test"):
        raise ValueError(f'n は2以上の偶数、part は "train" か "test" です：{n}, {part!r}')
    pool = [t for t in templates()[part == "test"] if form in (None, t.form)]
    texts: list[str] = []
    labels: list[int] = []
    used: list[Template] = []
    for _ in range(n // 2):
        template = pool[int(rng.integers(len(pool)))]
        first, second = rng.choice(ASPECTS, 2, replace=False)
        good, bad = (first, _judgement(rng, True)), (second, _judgement(rng, False))
        fillers = [str(f) for f in rng.permutation(FILLERS)[: sum(template.fillers)]]
        fillers += [str(f) for f in rng.choice(FILLERS, tail)]
        for x, y in ((good, bad), (bad, good)):
            texts.append(_text(template, x, y, fillers))
            labels.append(int((x if template.form == "trailed" else y) is good))
            used.append(template)
    order = rng.permutation(n)
    texts = [texts[k] for k in order]
    return Reviews(
        tuple(texts),
        encode(texts, MAX_LENGTH + TAIL_LENGTH * tail),
        np.array([labels[k] for k in order]),
        tuple(used[k] for k in order),
    )


def encode(texts: list[str] | tuple[str, ...], length: int = MAX_LENGTH) -> Array:
    """Tokens separated by spaces → ids (T, N), filled with 0 at the front.

    Raises:
        ValueError: a word that is not in the vocabulary, or more than `length` words.
    """
    number = {word: k for k, word in enumerate(vocabulary())}
    ids = np.zeros((length, len(texts)), np.int64)
    for column, text in enumerate(texts):
        words = text.split()
        unknown = [w for w in words if w not in number]
        if unknown or len(words) > length:
            raise ValueError(
                f"使えない語です：{'、'.join(unknown)}" if unknown else f"{length}語までです。"
            )
        ids[length - len(words) :, column] = [number[w] for w in words]
    return ids


def counts(ids: Array) -> Array:
    """Bag of words: how often each word stands in each review, (N, V); `PAD` is not counted."""
    bags = np.zeros((ids.shape[1], len(vocabulary())))
    np.add.at(bags, (np.arange(ids.shape[1])[None], ids), 1)
    bags[:, 0] = 0
    return bags


def _judgement(rng: np.random.Generator, positive: bool) -> str:
    """A judgement of that sign: a word of it, or the negation of one of the other sign."""
    negated = rng.random() < 0.5
    word = (GOOD if positive != negated else BAD)[int(rng.integers(len(GOOD)))]
    return word[negated]


def _text(template: Template, x: tuple[str, str], y: tuple[str, str], fillers: list[str]) -> str:
    first, second = (
        PATTERNS[p].format(a=aspect, j=judgement)
        for p, (aspect, judgement) in zip(template.patterns, (x, y), strict=True)
    )
    before, between, _ = template.fillers
    opening, middle = fillers[:before], fillers[before : before + between]
    closing = fillers[before + between :]
    if template.form == "joined":
        core = [f"{first} {template.word} 、 {second} 。"]
    elif template.form == "opened":
        core = [f"{first} 。", *middle, f"{template.word} {second} 。"]
    else:
        core = [f"{first} 。", *middle, f"{second} {template.word} 。"]
    return " ".join([*opening, *core, *closing])
