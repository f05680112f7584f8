"""A record of 100 000 events (two years of hard work): what a learner waits for.

Reading and replaying is one thread of Python, so processor time is taken: a busy neighbour does
not count. Each step runs in a fresh kernel's process, in the order of an evening.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench import Row

from eshikaku.questions import bank

EVENTS = 100_000
BUDGETS = {"start": 1.5, "quiz": 0.1, "home": 2.0, "review": 2.0, "answer": 0.1}  # seconds

_EVENING = """
import contextlib, io, json, time
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance()
from eshikaku import notebook
from eshikaku.questions import bank
from eshikaku.record.events import Event

taken = {}

def measure(name, act):
    begun = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        act()
    taken[name] = time.process_time() - begun

first, second = [q.id for q in bank.all_questions()[:2]]  # the bank is read: no part of this
def start():
    notebook.start("01_rnn")
    notebook._session.state()  # the page asks at once for the answers to show again

measure("start", start)
measure("quiz", lambda: notebook.quiz(first))
measure("review", notebook.review)
measure("home", notebook.home)
measure("answer", lambda: (notebook._session.write(Event("run", "x")), notebook.quiz(second)))
print(json.dumps(taken))
"""


def big_record(path: Path, events: int = EVENTS, seed: int = 0) -> None:
    """A record of ``events`` lines over two years: answers, checks, runs."""
    draw = random.Random(seed)
    questions = [q for whole in bank.all_questions() for q in whole.answerable if q.type != "code"]
    begin, step = datetime.now(UTC) - timedelta(days=730), timedelta(days=729) / events
    with path.open("w", encoding="utf-8") as file:
        for n in range(events):
            file.write(json.dumps(_event(draw, questions, begin + n * step)) + "\n")


def _event(
    draw: random.Random, questions: list[bank.Question], moment: datetime
) -> dict[str, object]:
    question, right, kind = draw.choice(questions), draw.random() < 0.7, draw.random()
    event: dict[str, object] = {
        "kind": "answer",
        "id": question.id,
        "uuid": str(uuid.UUID(int=draw.getrandbits(128))),
        "v": 1,
        "time": moment.isoformat(timespec="milliseconds"),
        "rev": question.rev,
        "seed": draw.randrange(2**31),
        "mode": draw.choice(["study", "review", "skip"]),
        "answer": "A",
        "status": "correct" if right else "wrong",
        "score": float(right),
        "seconds": draw.uniform(10, 100),
        "hints": 0,
        "confidence": draw.choice(["sure", "unsure"]),
        "extra": {},
    }
    if kind > 0.9:
        event |= {"kind": "check", "id": "rnn-step", "answer": "def step(x):\n    return x\n" * 20}
    elif kind > 0.8:
        event |= {"kind": "run", "id": "lstm.gates", "extra": {"settings": {"lr": 0.1}}}
    return event


def main() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        big_record(Path(folder) / "record.jsonl")
        run = subprocess.run(
            [sys.executable, "-c", _EVENING],
            env={**os.environ, "ESHIKAKU_HOME": folder},
            capture_output=True,
            text=True,
            check=True,
        )
    taken = json.loads(run.stdout.splitlines()[-1])
    return [
        Row(
            f"{EVENTS:,} events: {name}",
            f"{taken[name]:.2f} s",
            f"≤ {most:g} s",
            taken[name] <= most,
        )
        for name, most in BUDGETS.items()
    ]
