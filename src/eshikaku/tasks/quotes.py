"""Short Japanese sentences whose ending is decided by their first letter.

「私は「寒い、眠い」と言いました。」, but 「俺は「寒い、眠い」と言った。」: between the cue and the
ending stands a quotation that says nothing about it, so that a model of letters has to remember.
"""

from __future__ import annotations

import numpy as np

FEELINGS = ("寒い", "暑い", "眠い", "遠い", "忙しい", "楽しい")
DEEDS = (
    ("本を読", "みました", "んだ"),
    ("水を飲", "みました", "んだ"),
    ("手紙を書", "きました", "いた"),
    ("魚を食べ", "ました", "た"),
)
WORDS = 4  # at most so many words in a quotation


def quotation(rng: np.random.Generator, words: int, polite: bool) -> str:
    """A sentence with a quotation of `words` words; its ending is that of 私 or of 俺."""
    inner = "、".join(rng.choice(FEELINGS) for _ in range(words))
    return f"{'私' if polite else '俺'}は「{inner}」と{'言いました' if polite else '言った'}。"


def sentence(rng: np.random.Generator) -> str:
    """A quotation of 1 … `WORDS` words (7 of 10 times), or a plain deed."""
    polite = bool(rng.random() < 0.5)
    if rng.random() < 0.7:
        return quotation(rng, int(rng.integers(1, WORDS + 1)), polite)
    deed, *endings = DEEDS[rng.integers(len(DEEDS))]
    return f"{'私' if polite else '俺'}は{deed}{endings[0] if polite else endings[1]}。"


def corpus(rng: np.random.Generator, sentences: int) -> str:
    """That many sentences in a row."""
    return "".join(sentence(rng) for _ in range(sentences))


def alphabet() -> tuple[str, ...]:
    """Every letter that can occur, in the order of their code points."""
    words = [
        *FEELINGS,
        *(part for deed in DEEDS for part in deed),
        "私俺は「、」と言いましたった。",
    ]
    return tuple(sorted(set("".join(words))))
