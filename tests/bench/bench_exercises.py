"""How long ``check()`` takes: on right, wrong and untouched functions of every exercise.

``python -m tests.bench.bench_exercises`` prints the median per exercise beside the budget.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable

from eshikaku import course
from eshikaku.exercises import Exercise
from eshikaku.exercises.check import check

BUDGET = 0.5  # seconds, median
REPEATS = 3
_seed = itertools.count()  # fresh cases each time, as for a learner's changed code


def seconds(exercise: Exercise, function: Callable[..., object]) -> float:
    """One check of ``function``, timed (never taken for the untouched starter)."""
    start = time.perf_counter()
    check(exercise, lambda *args: function(*args), seed=next(_seed))
    return time.perf_counter() - start


def main() -> None:
    everything: list[float] = []
    print(f"{'check()':32} {'median':>8} {'slowest':>8}   of {BUDGET} s")
    for chapter in course.chapters():
        for exercise in chapter.exercises().values():
            functions = [exercise.reference, *exercise.alternatives]
            functions += [wrong.function for wrong in exercise.misconceptions]
            taken = [seconds(exercise, f) for f in functions for _ in range(REPEATS)]
            everything += taken
            _print(exercise.id, taken)
    if everything:
        _print("all", everything)


def _print(name: str, taken: list[float]) -> None:
    median = statistics.median(taken)
    print(f"{name:32} {median:7.3f}s {max(taken):7.3f}s   {median / BUDGET:6.1%}")


if __name__ == "__main__":
    main()
