"""The models that the chapter trains, kept so that a second look costs nothing."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eshikaku.models import training as loops
from eshikaku.models.seq2seq import Seq2seq, seq2seq
from eshikaku.tasks import dates, numbers, places
from eshikaku.tasks.pairs import Pairs

NOTATIONS = ("西暦", "和暦", "西暦の漢数字")  # what the reader of dates learns to read
SHARES = {"西暦": 0.27, "斜線": 0.27, "和暦": 0.46}  # how often the writer of dates sees each
YEARS = (1990, 2049)  # of the writer
LONGEST = 12  # digits of the copies
EMBEDDING, HIDDEN, BATCH, RATE = 16, 64, 32, 0.01
UPDATES = {"read": 1200, "write": 1200, "copy": 900, "name": 3000}
SIZES = {"read": 12_000, "write": 36_000, "copy": 12_000, "name": 60_000}  # pairs to train on
WIDE = 128  # hidden size for names: a thousand kanji


@dataclass(frozen=True)
class Plan:
    """What is trained.

    `task`: "read" (date → ISO), "write" (ISO → date), "copy" (digits), "name" (町名 → reading).
    """

    task: str = "read"
    seed: int = 0
    context: str = "every"
    reverse: bool = False
    hidden: int = HIDDEN
    ratio: float = 1.0  # of teacher forcing
    updates: int = 0  # 0: as many as the task needs

    @property
    def steps(self) -> int:
        """The number of updates."""
        return self.updates or UPDATES[self.task]


def pairs(task: str, seed: int, n: int, part: str = "train") -> Pairs:
    """n pairs of the task; the test never holds a date or number of the training."""
    rng = np.random.default_rng([seed, part == "test"])
    if task == "read":
        return dates.make(rng, n, part, notations=NOTATIONS)
    if task == "write":
        return dates.writings(rng, n, SHARES, part, years=YEARS)
    if task == "name":
        return places.readings(rng, n, part)
    return numbers.copies(rng, n, part, longest=LONGEST)


@lru_cache(maxsize=8)
def lesson(task: str, seed: int) -> Pairs:
    """The pairs that a model is trained on."""
    return pairs(task, seed, SIZES[task])


def fresh(plan: Plan) -> Seq2seq:
    """The model before its first update."""
    data = lesson(plan.task, plan.seed)
    return seq2seq(
        len(data.source_words),
        len(data.target_words),
        plan.seed,
        embedding_size=EMBEDDING,
        hidden_size=plan.hidden,
        context=plan.context,
        reverse=plan.reverse,
    )


def train(plan: Plan, model: Seq2seq) -> Iterator[float]:
    """The losses of the updates."""
    data, rng = lesson(plan.task, plan.seed), np.random.default_rng([plan.seed, 7])
    batches = loops.columns(rng, plan.steps, BATCH, data.source, data.target)
    inputs = loops.partly_forced(model, batches, plan.ratio, rng)
    return loops.train_writer(model, inputs, lr=loops.falling(RATE, plan.steps))


_kept: dict[Plan, Seq2seq] = {}


def training(plan: Plan) -> Iterator[tuple[int, Seq2seq]]:
    """(step, model) after each update; nothing if the model is remembered."""
    if plan not in _kept:
        model = fresh(plan)
        for step, _ in enumerate(train(plan, model)):
            yield step, model
        _kept[plan] = model


def trained(plan: Plan) -> Seq2seq:
    """The trained model."""
    for _ in training(plan):
        pass
    return _kept[plan]


def writer(task: str, seed: int, updates: int = 0) -> Plan:
    """The plan of a task with several right answers: "write" or "name"."""
    return Plan(task, seed, hidden=WIDE if task == "name" else HIDDEN, updates=updates)


def right_answers(task: str, text: str) -> dict[str, str]:
    """All right answers of a writer: answer → what it is.  {} for a name that nobody bears."""
    if task == "name":
        return {reading: "実在の読み" for reading in places.readings_of(text)}
    return right_writings(text)


def right_writings(iso: str) -> dict[str, str]:
    """All right answers of the writer: text → name of its notation."""
    day = datetime.date.fromisoformat(iso)
    return {dates.NOTATIONS[name](day): name for name in SHARES}
