"""Run every `bench_*.py` beside this file, or those named: `python -m tests.bench nn rnn`."""

from __future__ import annotations

import importlib
import sys
import unicodedata
from pathlib import Path

from tests.bench import Row

VERDICTS = {True: "ok", False: "OVER", None: ""}


def main(names: list[str]) -> int:
    """Print a table for each module; a missed budget is reported, not an error."""
    found = sorted(
        path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
    )
    unknown = set(names) - set(found)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(found)}")
        return 2
    rows: list[Row] = []
    for name in names or found:
        print(f"\n{name}", flush=True)
        measured = importlib.import_module(f"tests.bench.bench_{name}").main() or []
        print_table(measured)
        rows += measured
    judged = [row for row in rows if row.ok is not None]
    print(f"\n{sum(row.ok is True for row in judged)} of {len(judged)} budgets met")
    return 0


def print_table(rows: list[Row]) -> None:
    """what | measured | budget | ok"""
    cells = [("what", "measured", "budget", "")]
    cells += [(row.what, row.measured, row.budget, VERDICTS[row.ok]) for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (text + " " * (w - _width(text)) for text, w in zip(line, widths, strict=True))
        print("  " + "  ".join(padded).rstrip())


def _width(text: str) -> int:
    """Columns on a terminal: Japanese letters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
