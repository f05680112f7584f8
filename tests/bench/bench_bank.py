"""Reading the bank: 400 questions loaded and validated within a second, schema and all.

All of it is one thread of Python, so processor time is taken: a busy neighbour does not count.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import Row

from eshikaku.questions import bank, lint, parameters

EXAMPLE = Path(__file__).parents[1] / "vectors" / "example_bank.yaml"
QUESTIONS = 400
BUDGET = 1.0  # seconds

_FIRST = """
import time
start = time.process_time()
from eshikaku.questions import bank
bank.load({path!r})
print(time.process_time() - start)
"""


def big_bank(folder: Path) -> Path:
    """The example bank over and over, with ids of its own each time."""
    head, _, body = EXAMPLE.read_text(encoding="utf-8").partition("questions:\n")
    copies = -(-QUESTIONS // body.count("\n- id: "))
    bodies = (body.replace("- id: example-", f"- id: example-{n}-") for n in range(copies))
    path = folder / "big.yaml"
    path.write_text(head + "questions:\n" + "".join(bodies), encoding="utf-8")
    return path


def main() -> list[Row]:
    """Cold (a process of its own, imports included) and warm, then the whole course's bank."""
    with tempfile.TemporaryDirectory() as folder:
        path = big_bank(Path(folder))
        code = _FIRST.format(path=str(path))
        done = [
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
            for _ in range(3)
        ]
        cold = sorted(map(float, done))[1]
        start = time.process_time()
        loaded = bank.load(path)
        warm = time.process_time() - start
    rows = [
        _row(f"{len(loaded.questions)} questions, imports and schema included", cold),
        _row(f"{len(loaded.questions)} questions again", warm),
    ]
    start = time.process_time()
    questions = bank.all_questions()
    rows.append(_row(f"the course's bank ({len(questions)} questions)", _since(start)))
    start = time.process_time()
    for question in questions:
        parameters.instance(question, 1)
    rows.append(Row("an instance of each", f"{_since(start):.2f} s"))
    start = time.process_time()
    lint.statistics(questions)
    rows.append(Row("statistics", f"{_since(start):.2f} s"))
    return rows


def _since(start: float) -> float:
    return time.process_time() - start


def _row(what: str, seconds: float) -> Row:
    return Row(what, f"{seconds:.2f} s", f"≤ {BUDGET:g} s", seconds <= BUDGET)
