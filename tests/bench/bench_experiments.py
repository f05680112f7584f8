"""How fast the experiments answer, against the budgets of the course.

    python -m tests.bench.bench_experiments

For each experiment of each chapter: a live one's time from settings to picture, beside a plain
redraw of the same figure; a training's first report, longest silence between two reports
(停止 works at the next one) and whole time. ``thread`` is the time of this thread alone: what
the machine's other work does not change.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from demo_experiments import descent, wave
from eshikaku import plot
from eshikaku.experiments.declaration import Experiment, Result, Run, Slider
from eshikaku.experiments.execution import execute
from eshikaku.experiments.painter import Painter, build
from experiment_sweep import all_experiments, runs_of

MOVES = 25


def measured(job: Callable[[Any], Any], over: Sequence[Any]) -> tuple[float, float, float]:
    """Median and 95th percentile of the wall time, median of the thread's time, in ms."""
    walls, threads = [], []
    for item in over:
        wall, thread = time.perf_counter(), time.thread_time()
        job(item)
        walls.append(time.perf_counter() - wall)
        threads.append(time.thread_time() - thread)
    walls.sort()
    return (
        1e3 * walls[len(walls) // 2],
        1e3 * walls[int(0.95 * (len(walls) - 1))],
        1e3 * sorted(threads)[len(threads) // 2],
    )


def moves(experiment: Experiment) -> list[dict[str, Any]]:
    """Settings as one slider is dragged."""
    sliders = [c for c in experiment.controls if isinstance(c, Slider)]
    values = sliders[0].values()
    return [
        {**experiment.defaults(), sliders[0].name: values[i % len(values)]} for i in range(MOVES)
    ]


def bench_live(experiment: Experiment) -> None:
    painter = Painter(experiment)

    def runs(settings: dict[str, Any]) -> list[Run]:
        return runs_of(experiment, (settings, execute(experiment, settings)))

    def plain(settings: dict[str, Any]) -> None:
        plot.png(build(experiment, runs(settings)), 1.0)

    def draft(settings: dict[str, Any]) -> None:
        painter.draft(runs(settings))

    dragged = moves(experiment)
    for job in (plain, draft):  # fonts and caches
        job(dragged[0])
        job(dragged[1])
    for name, job in (("plain redraw", plain), ("draft", draft)):
        median, p95, thread = measured(job, dragged)
        print(
            f"{experiment.key:28} {name:14} median {median:6.1f} ms"
            f"   p95 {p95:6.1f}   thread {thread:6.1f}"
        )


def bench_training(experiment: Experiment) -> None:
    came: list[float] = []  # a report began
    left: list[float] = []  # … and ended: between them the engine works, not the run
    first: list[float] = []

    def report(done: int, total: int, partial: Any = None) -> None:
        came.append(time.perf_counter())
        if partial is not None and not first:
            made = partial() if callable(partial) else partial
            assert isinstance(made, Result)
            Painter(experiment).draft(runs_of(experiment, (experiment.defaults(), made)))
            first.append(time.perf_counter() - begin)
        left.append(time.perf_counter())

    execute(experiment, experiment.defaults())  # imports and caches
    begin = time.perf_counter()
    execute(experiment, experiment.defaults(), report)
    end = time.perf_counter()
    silences = [b - a for a, b in zip([begin, *left], [*came, end], strict=True)]
    point = f"{1e3 * first[0]:.0f} ms" if first else "none"
    print(
        f"{experiment.key:28} first point {point:>8} (≤ 300)   longest silence"
        f" {1e3 * max(silences):5.0f} ms (≤ 200)   whole run {end - begin:5.2f} s (≤ 10)"
    )


def main() -> None:
    for experiment in (wave, descent, *all_experiments()):
        (bench_live if experiment.live else bench_training)(experiment)


if __name__ == "__main__":
    main()
