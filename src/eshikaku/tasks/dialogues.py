"""Dialogues between a guest and the desk of an inn, in Japanese, from a small grammar.

The guest says day, number of people and purpose once, in the first utterance; the desk repeats
them, which is the first thing a model learns to do. After that come exchanges of one question and
one answer each::

    客　土曜日 から 三人 で お願い し ます 。 登山 です 。
    宿　土曜日 から 三人 、 登山 です ね 。
    客　近く に おすすめ の 場所 は あり ます か 。       "place": open, hangs on the purpose
    宿　はい 。
    客　何曜日 でし た か 。                             "day": a fact, said four utterances ago
    宿　土曜日 です 。

* *Facts* (day, people, purpose) can't be answered from the question alone.
* *Open* questions (place, plan) have one short answer, はい, that always fits and is the most
  frequent one (40 %), and 8 or 24 longer ones, each rarer, that fit one purpose alone.
* *Chat* has the same short answer half of the time.

`answers` gives every answer that fits, with its probability: what a model says can be judged.
A fifth of the bookings (day, people, purpose) never stands in training; each pair of values does.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eshikaku.tasks.vocabulary import Vocabulary, shifted

Array = NDArray[Any]

DAYS = ("木曜日", "金曜日", "土曜日", "日曜日", "月曜日")
PEOPLE = ("二人", "三人", "四人", "五人", "六人")
PLACES = {
    "家族旅行": ("動物園", "水族館", "牧場", "遊園地"),
    "登山": ("展望台", "尾根道", "滝", "湿原"),
    "歴史散策": ("城跡", "古寺", "資料館", "宿場町"),
    "写真撮影": ("棚田", "灯台", "花畑", "渓谷"),
    "食べ歩き": ("朝市", "酒蔵", "茶屋", "漁港"),
}
PURPOSES = tuple(PLACES)
TIMES = ("午前", "午後", "夕方")

OPENINGS = (
    "{day} から {people} で お願い し ます 。 {purpose} です 。",
    "{purpose} に 行き ます 。 {day} から {people} です 。",
    "{people} で 泊まり ます 。 {purpose} を {day} に し ます 。",
)
FACTS = ("day", "people", "purpose")
OPEN = ("place", "plan")
CHAT = ("station", "breakfast", "weather")
QUESTIONS = {
    "day": ("何曜日 でし た か 。", "曜日 を 確認 し て ください 。"),
    "people": ("何人 でし た か 。", "人数 を 確認 し て ください 。"),
    "purpose": ("目的 は 何 でし た か 。", "目的 を 確認 し て ください 。"),
    "place": (
        "近く に おすすめ の 場所 は あり ます か 。",
        "どこ か よい 場所 は あり ます か 。",
    ),
    "plan": ("一日 の 過ごし方 を 教え て ください 。", "一日 の 案内 を お願い し ます 。"),
    "station": ("駅 から 近い です か 。",),
    "breakfast": ("朝食 は 付き ます か 。",),
    "weather": ("天気 は よい です か 。",),
}
SHORT = "はい 。"  # the most frequent answer to every question that is not about a fact
LONG = {
    "place": ("{p} が 近く に ござい ます 。", "{p} まで 歩い て 行け ます 。"),
    "plan": ("{p} へ {w} に お出かけ ください 。", "{w} の {p} が おすすめ です 。"),
}
SMALL_TALK = {
    "station": (SHORT, "歩い て 五分 です 。", "駅 の すぐ 前 です 。"),
    "breakfast": (SHORT, "七時 から 広間 で どうぞ 。", "和食 を ご用意 し ます 。"),
    "weather": (SHORT, "晴れ の 予報 です 。", "少し 曇り そう です 。"),
}
ACKNOWLEDGED = "{day} から {people} 、 {purpose} です ね 。"
SHARE_SHORT = 0.4  # of the short answer to an open question
KINDS = (*FACTS, *OPEN, *CHAT)
WEIGHTS = {k: 4 if k in FACTS else 3 if k in OPEN else 1 for k in KINDS}
PART = {"train": "学習", "test": "テスト"}


class Booking(NamedTuple):
    """What the guest says in the first utterance."""

    day: str
    people: str
    purpose: str


class Dialogue(NamedTuple):
    """One dialogue: utterances in turn (guest first), the booking, the kinds of its exchanges."""

    utterances: tuple[str, ...]
    booking: Booking
    kinds: tuple[str, ...]  # "opening" first, then one of KINDS for each exchange


@dataclass(frozen=True)
class Batch:
    """N dialogues of the same number of answers K, as numbers; U = 2K utterances.

    Attributes:
        dialogue: (U, T, N) ids, filled with PAD at the *front*: guest and desk in turn.
        target_in: (K, T', N) ids of each answer of the desk, BOS first.
        target: (K, T', N) ids of each answer, EOS last, then PAD.
    """

    dialogue: Array
    target_in: Array
    target: Array

    def rows(self, index: Array) -> Batch:
        """Some of the dialogues."""
        return Batch(*(ids[..., index] for ids in (self.dialogue, self.target_in, self.target)))


@lru_cache(maxsize=1)
def bookings() -> tuple[tuple[Booking, ...], tuple[Booking, ...]]:
    """The bookings of training and those of test (a fifth), in a fixed order.

    A booking is one of test where the places of its four values add up to a multiple of five:
    every pair of values stands on both sides.
    """
    sides: tuple[list[Booking], list[Booking]] = ([], [])
    lists = [tuple(enumerate(values)) for values in (DAYS, PEOPLE, PURPOSES)]
    for chosen in itertools.product(*lists):
        places, values = zip(*chosen, strict=True)
        sides[sum(places) % 5 == 0].append(Booking(*values))
    return tuple(sides[0]), tuple(sides[1])


def answers(kind: str, booking: Booking) -> dict[str, float]:
    """Every answer that fits, with the probability that the desk gives it.

    Args:
        kind: "opening" (the desk repeats the booking) or one of `KINDS`.
        booking: what the guest said at the beginning.
    """
    if kind == "opening":
        return {ACKNOWLEDGED.format(**booking._asdict()): 1.0}
    if kind in FACTS:
        value = getattr(booking, kind)
        return {f"{value} です 。": 0.7, f"{value} で 承って おり ます 。": 0.3}
    if kind in CHAT:
        short, *others = SMALL_TALK[kind]
        return {short: 0.5, **dict.fromkeys(others, 0.25)}
    times = TIMES if kind == "plan" else ("",)
    texts = [
        frame.format(p=place, w=time)
        for frame, place, time in itertools.product(LONG[kind], PLACES[booking.purpose], times)
    ]
    return {SHORT: SHARE_SHORT, **dict.fromkeys(texts, (1 - SHARE_SHORT) / len(texts))}


def make(
    rng: np.random.Generator,
    n: int,
    part: str = "train",
    *,
    exchanges: int = 2,
    last: str | None = None,
) -> list[Dialogue]:
    """n dialogues: an opening and then `exchanges` questions with their answers.

    Args:
        rng: draws bookings, wordings, questions (no kind twice in a dialogue) and answers.
        part: "train" or "test": whose `bookings`.
        exchanges: questions after the opening, 0 … 8.
        last: the kind of the last question.

    Raises:
        ValueError: another part, kind or number.
    """
    if part not in PART or not 0 <= exchanges <= len(KINDS) or last not in (None, *KINDS):
        raise ValueError(f'part は "train" か "test"、質問は{len(KINDS)}個までです：{part!r}')
    pool = bookings()[part == "test"]
    made = []
    for _ in range(n):
        booking = pool[int(rng.integers(len(pool)))]
        kinds = _kinds(rng, exchanges, last)
        utterances: list[str] = []
        for kind in ("opening", *kinds):
            wordings = OPENINGS if kind == "opening" else QUESTIONS[kind]
            asked = wordings[int(rng.integers(len(wordings)))]
            utterances += [asked.format(**booking._asdict()), _drawn(rng, answers(kind, booking))]
        made.append(Dialogue(tuple(utterances), booking, ("opening", *kinds)))
    return made


def _kinds(rng: np.random.Generator, count: int, last: str | None) -> list[str]:
    """`count` different kinds of question in random order, facts most often (see `WEIGHTS`)."""
    # the largest of w-th roots of uniform numbers: a draw without replacement by weights w
    lots = {k: rng.random() ** (1 / WEIGHTS[k]) for k in KINDS if k != last}
    drawn = sorted(lots, key=lambda k: lots[k], reverse=True)
    return drawn[:count] if last is None else [*drawn[: count - 1], last]


def _drawn(rng: np.random.Generator, choices: dict[str, float]) -> str:
    """One of the keys, with its probability."""
    edges = np.cumsum(list(choices.values()))
    return list(choices)[int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """All words of the grammar."""
    texts = [*OPENINGS, ACKNOWLEDGED, *DAYS, *PEOPLE, *PURPOSES, *TIMES, "で 承って おり ます"]
    for table in (QUESTIONS, LONG, SMALL_TALK, PLACES):
        texts += itertools.chain(*table.values())
    words = {word for text in texts for word in text.split() if "{" not in word}
    return Vocabulary(sorted(words), " ")


def tokenise(text: str) -> str:
    """Free text → the words of the grammar, separated by spaces: the longest word first.

    Raises:
        ValueError: letters that begin no known word; the message names them.
    """
    words = sorted(vocabulary().tokens[3:], key=len, reverse=True)
    found, rest = [], text.replace(" ", "").replace("\u3000", "")
    while rest:
        word = next((w for w in words if rest.startswith(w)), None)
        if word is None:
            raise ValueError(f"「{rest[:6]}」から始まる語は、この文法にありません。")
        found.append(word)
        rest = rest[len(word) :]
    return " ".join(found)


def told(opening: str) -> Booking:
    """What a guest's own first utterance says.

    Raises:
        ValueError: an unknown word, or not exactly one day, number of people and purpose.
    """
    words = tokenise(opening).split()
    found = [[w for w in words if w in values] for values in (DAYS, PEOPLE, PURPOSES)]
    for values, name, known in zip(
        found, ("曜日", "人数", "目的"), (DAYS, PEOPLE, PURPOSES), strict=True
    ):
        if len(values) != 1:
            raise ValueError(f"{name}を1つ入れてください（{'、'.join(known)}）。")
    return Booking(*(values[0] for values in found))


def so_far(opening: str, asked: str, between: int) -> tuple[str, ...]:
    """What has been said when a question of the kind `asked` comes after `between` other ones.

    The desk has given its most frequent answers; `between` is 0 … 7.
    """
    booking = told(opening)
    kinds = [k for k in (*CHAT, *OPEN, *FACTS) if k != asked][:between]
    utterances = [tokenise(opening)]
    for kind, following in zip(("opening", *kinds), (*kinds, asked), strict=True):
        known = answers(kind, booking)
        utterances += [max(known, key=lambda text: known[text]), QUESTIONS[following][0]]
    return tuple(utterances)


def read(utterances: Sequence[Sequence[str]]) -> Array:
    """N dialogues (or what has been said so far), U utterances each → ids (U, T, N).

    Raises:
        ValueError: dialogues of different numbers of utterances, or a word that is not known.
    """
    if len({len(row) for row in utterances}) != 1:
        raise ValueError("発話の数を揃えてください。")
    flat = vocabulary().sources([u for turn in zip(*utterances, strict=True) for u in turn])
    T, U, N = len(flat), len(utterances[0]), len(utterances)
    return flat.reshape(T, U, N).swapaxes(0, 1)  # (T, U·N) → (U, T, N)


def batch(dialogues: Sequence[Dialogue]) -> Batch:
    """Dialogues of the same number of utterances, as numbers."""
    dialogue = read([d.utterances for d in dialogues])
    answered = [d.utterances[1::2] for d in dialogues]
    flat = vocabulary().targets([u for turn in zip(*answered, strict=True) for u in turn])
    K, N = len(dialogue) // 2, len(dialogues)
    target, target_in = (
        ids.reshape(-1, K, N).swapaxes(0, 1) for ids in (flat, shifted(flat))
    )  # (T', K·N) → (K, T', N)
    return Batch(dialogue, target_in, target)
