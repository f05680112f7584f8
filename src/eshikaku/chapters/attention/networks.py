"""The translators that the chapter compares: without attention, Luong's, Bahdanau's."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from eshikaku import nn
from eshikaku.models import decoding, training
from eshikaku.models.attention import AttentionSeq2seq, BidirectionalEncoder, attention_seq2seq
from eshikaku.models.seq2seq import Decoder, Encoder, Seq2seq
from eshikaku.nn import Array
from eshikaku.tasks import dates, numbers
from eshikaku.tasks.pairs import Pairs
from eshikaku.tasks.vocabulary import EOS, shifted

Translator = Seq2seq | AttentionSeq2seq

KINDS = {
    "なし（05章）": "none",
    "Luong（今の状態で見る）": "luong",
    "Bahdanau（前の状態で見る）": "bahdanau",
}
SCORE = {"luong": "general", "bahdanau": "additive"}  # as in their papers
NOTATIONS = ("西暦", "和暦", "英語（米）")
LONGEST_DATE = 18  # September 30, 2049
LONGEST_COPY, LONGEST_READING = 12, 6
EMBEDDING = 16


@dataclass(frozen=True)
class Lesson:
    """How a task is trained: different pairs, pairs an update, learning rate, updates."""

    pairs: int
    batch: int
    lr: float
    updates: int


LESSONS = {
    "copies": Lesson(12_000, 32, 0.01, 900),  # digits → the same digits, as chapter 05 does it
    "readings": Lesson(6_000, 64, 0.02, 300),  # digits → かな
    "dates": Lesson(6_000, 64, 0.01, 500),  # three notations → ISO 8601
}


@lru_cache(maxsize=8)
def pairs(task: str, seed: int, part: str = "train", count: int = 0) -> Pairs:
    """Pairs of one of `LESSONS`; those of the test never stand in the training.

    (Numbers of one digit are all for training.) count: as many as the lesson says if 0.
    """
    rng, n = np.random.default_rng([seed, part == "test"]), count or LESSONS[task].pairs
    if task == "copies":
        return numbers.copies(rng, n, part, longest=LONGEST_COPY)
    if task == "readings":
        shortest = 2 if part == "test" else 1
        return numbers.readings(rng, n, part, shortest=shortest, longest=LONGEST_READING)
    return replace(dates.make(rng, n, part, notations=NOTATIONS), source_length=LONGEST_DATE)


def translator(
    kind: str,
    data: Pairs,
    seed: int,
    *,
    hidden: int = 64,
    score: str | None = None,
    both: bool = False,
) -> Translator:
    """An untrained network; all kinds have the same encoder.

    Without attention the decoder sees the encoder's last state at every step (Cho et al. 2014).

    Args:
        kind: "none", "luong" or "bahdanau".
        data: says how many tokens there are.
        score: of the attention; that of the paper if None.
        both: the encoder reads from both ends, with half the size each.
    """
    V_in, V_out = len(data.source_words), len(data.target_words)
    if kind != "none":
        return attention_seq2seq(
            V_in, V_out, seed, embedding_size=EMBEDDING, hidden_size=hidden,
            decoder=kind, score=score or SCORE[kind], bidirectional=both,
        )  # fmt: skip
    rng = np.random.default_rng(seed)

    def reads(size: int) -> Encoder:
        return Encoder(V_in, EMBEDDING, size, rng, dtype=np.float32)

    encoder: Any = (
        BidirectionalEncoder(reads(hidden // 2), reads(hidden // 2)) if both else reads(hidden)
    )
    decoder = Decoder(V_out, EMBEDDING, hidden, rng, context="every", dtype=np.float32)
    return Seq2seq(encoder, decoder)


def train(
    net: nn.Layer, task: str, seed: int, updates: int = 0, data: Pairs | None = None
) -> Iterator[float]:
    """Adam with teacher forcing and a falling learning rate; yields each batch's loss."""
    lesson, data = LESSONS[task], pairs(task, seed) if data is None else data
    rng, updates = np.random.default_rng([seed, 2]), updates or lesson.updates
    batches = training.columns(rng, updates, lesson.batch, data.source, data.target)
    forced = training.forced((source, target) for source, target in batches)
    return training.train_writer(net, forced, lr=training.falling(lesson.lr, updates))


def right(net: Translator, data: Pairs) -> Array:
    """Which greedy answers are right from the first token to EOS: (N,) booleans."""
    return decoding.right(decoding.greedy(net, data.source, data.target_length), data.target)


COPY_LENGTHS = np.arange(1, 16)  # 13 to 15 digits are longer than any of the training


@lru_cache(maxsize=1)
def copy_tests() -> tuple[Pairs, ...]:
    """100 rows of digits of each of `COPY_LENGTHS`: the very ones of chapter 05.

    Rows of more than three digits are not in the training.
    """
    rng = np.random.default_rng(2026)
    return tuple(
        numbers.copies(rng, 100, "test" if k > 3 else "train", shortest=k, longest=k)
        for k in map(int, COPY_LENGTHS)
    )


def copied(net: Translator, each: int = 100) -> Array:
    """The share of rows copied without a fault, for each of `COPY_LENGTHS`."""
    return np.array(
        [training.accuracy(net, t.source[:, :each], t.target[:, :each]) for t in copy_tests()]
    )


def by_length(found: Array, data: Pairs) -> tuple[Array, Array]:
    """(lengths of the sources, share of right answers at each)."""
    sizes = np.array([len(text) for text in data.sources])
    lengths = np.unique(sizes)
    return lengths, np.array([found[sizes == n].mean() for n in lengths])


_kept: dict[tuple[str, str, int, int], AttentionSeq2seq] = {}


def growing(
    task: str, kind: str, seed: int, updates: int | None = None
) -> Iterator[AttentionSeq2seq]:
    """A translator with attention after each update of its training; nothing if remembered."""
    key = (task, kind, seed, updates or LESSONS[task].updates)
    if key not in _kept:
        data = pairs(task, seed)
        net = translator(kind, data, seed, both=True)
        assert isinstance(net, AttentionSeq2seq)
        for _ in train(net, task, seed, key[-1]):
            yield net
        _kept[key] = net


def trained(
    task: str, kind: str = "luong", seed: int = 0, updates: int | None = None
) -> AttentionSeq2seq:
    """The trained translator (3 to 8 s, then remembered for this kernel)."""
    for _ in growing(task, kind, seed, updates):
        pass
    return _kept[task, kind, seed, updates or LESSONS[task].updates]


def look(net: AttentionSeq2seq, data: Pairs, text: str) -> tuple[list[str], Array]:
    """What `net` writes for a text, token by token, and its weights (tokens, letters of the text).

    Raises:
        ValueError: a letter that the model has never seen, or too many of them.
    """
    source = data.read(text)  # (T, 1)
    ids = decoding.greedy(net, source, data.target_length)  # (L, 1)
    weights = net.align(source, shifted(ids))[0]  # (L, T)
    found = ids[:, 0].tolist()
    length = found.index(EOS) + 1 if EOS in found else len(found)
    tokens = [data.target_words.tokens[k] for k in found[:length]]
    return tokens, weights[:length, -len(text) :]
