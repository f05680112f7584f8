"""Benchmarks: `python -m tests.bench` prints what is measured beside its budget.

A module `bench_<room>.py` has `main() -> list[Row]`. What is compared runs side by side in one
process, in turns, so that whatever else the machine does meets both alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table; `ok` is None where there is no budget."""

    what: str
    measured: str
    budget: str = ""
    ok: bool | None = None


def ratio_row(what: str, ratio: float, *, at_most: float = 0.0, at_least: float = 0.0) -> Row:
    """A ratio with its budget."""
    if at_most:
        return Row(what, f"{ratio:.2f} ×", f"≤ {at_most:g} ×", ratio <= at_most)
    return Row(what, f"{ratio:.2f} ×", f"≥ {at_least:g} ×", ratio >= at_least)


def in_turns(
    *runs: Callable[[], object],
    seconds: float = 2.0,
    least: int = 7,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Median seconds of each of `runs`, called in turns for about `seconds` in all.

    Short runs are repeated within a turn until a turn takes about 5 ms. With
    `clock=time.process_time` the time that other programs take does not count; for runs of one
    thread it is what `perf_counter` shows on an idle machine.
    """
    repeats = []
    for run in runs:
        run()
        start = time.perf_counter()
        run()
        repeats.append(max(1, round(0.005 / (time.perf_counter() - start))))
    times: list[list[float]] = [[] for _ in runs]
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[0]) < least:
        for run, repeat, taken in zip(runs, repeats, times, strict=True):
            start = clock()
            for _ in range(repeat):
                run()
            taken.append((clock() - start) / repeat)
    return [statistics.median(taken) for taken in times]
