"""How fast the experiments answer.

A live experiment: from settings to the bytes of the picture, beside a plain redraw of the same
figure (a message to the page and back takes about 25 ms more); where Chromium is, also the
whole way in the real JupyterLab, from a moved slider to the new picture on the screen. A
training: its first point, its longest silence between two reports (停止 works at the next one),
the whole run. Processor time is taken: a busy neighbour does not count.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import Row, in_turns, ratio_row

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as pytest does

from demo_experiments import wave
from eshikaku import plot
from eshikaku.experiments.declaration import Experiment, Run, Slider
from eshikaku.experiments.execution import execute
from eshikaku.experiments.painter import Painter, build
from experiment_sweep import all_experiments, runs_of

MESSAGES = 0.025  # seconds to the kernel and back
MOVES = 30  # of a slider in the browser


def live_rows(experiment: Experiment) -> list[Row]:
    """As one slider is dragged (where there is none, the first control is changed)."""
    painter = Painter(experiment)
    sliders = (c for c in experiment.controls if isinstance(c, Slider))
    moved = next(sliders, experiment.controls[0])
    dragged = itertools.cycle(moved.values() if isinstance(moved, Slider) else moved.sweep())

    def runs() -> list[Run]:
        settings = {**experiment.defaults(), moved.name: next(dragged)}
        return runs_of(experiment, (settings, execute(experiment, settings)))

    plain, draft = in_turns(
        lambda: plot.png(build(experiment, runs()), 1.0),
        lambda: painter.draft(runs()),
        clock=time.process_time,
    )
    limit = 0.1 - MESSAGES
    return [
        Row(f"{experiment.key}: a plain redraw", f"{1e3 * plain:.0f} ms"),
        Row(
            f"{experiment.key}: a moved slider",
            f"{1e3 * draft:.0f} ms",
            f"≤ {1e3 * limit:.0f} ms",
            draft <= limit,
        ),
        ratio_row(f"{experiment.key}: plain : moved", plain / draft, at_least=2),
    ]


def browser_rows() -> list[Row]:
    """Wall time, the way a learner sees it: an idle machine is needed."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return [Row("slider → new picture in the browser", "no Chromium here")]
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))
    import sliders
    from lab import lab
    from playwright.sync_api import sync_playwright

    live, rows = sliders.live_experiments(), []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        (root / "home").mkdir()
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        with lab(root, root / "home", {"OMP_NUM_THREADS": "1"}) as server:
            notebook = sliders.open_all(server, browser, live)
            for number, (_, x) in enumerate(live):
                taken = sliders.times(notebook, number, sliders.first_slider(x), MOVES)
                median, late, _ = sliders.summary(taken)
                ok = median <= 100 and late <= 200
                shown = f"{median:.0f} ms, p95 {late:.0f}"
                rows.append(Row(f"{x.key}: slider → picture", shown, "≤ 100, p95 ≤ 200", ok))
        browser.close()
    return rows


def training_rows(experiment: Experiment) -> list[Row]:
    """One run at the defaults, reported as in a kernel."""
    clock = time.process_time
    came: list[float] = []  # a report began …
    left: list[float] = []  # … and ended: between them the engine works, not the run
    first: list[float] = []
    draw = _drawer(experiment)

    def report(done: int, total: int, partial: Any = None) -> None:
        came.append(clock())
        if partial is not None and not first:
            draw(partial() if callable(partial) else partial)
            first.append(clock() - begin)
        left.append(clock())

    draw(execute(experiment, experiment.defaults()))  # imports, fonts and caches
    begin = clock()
    execute(experiment, experiment.defaults(), report)
    end = clock()
    silence = max(b - a for a, b in zip([begin, *left], [*came, end], strict=True))
    whole = end - begin
    point = first[0] if first else float("inf")
    return [
        _limited(f"{experiment.key}: first point", point, 0.3),
        _limited(f"{experiment.key}: longest silence", silence, 0.2),
        _limited(f"{experiment.key}: whole run", whole, 10),
    ]


def _drawer(experiment: Experiment) -> Callable[[Any], bytes]:
    painter = Painter(experiment)
    return lambda result: painter.draft(runs_of(experiment, (experiment.defaults(), result)))


def _limited(what: str, seconds: float, limit: float) -> Row:
    return Row(what, f"{seconds:.2f} s", f"≤ {limit:g} s", seconds <= limit)


def main() -> list[Row]:
    """In the browser, then all live experiments (and a demo one), then all trainings."""
    rows = browser_rows()
    experiments = [wave, *all_experiments()]
    for experiment in sorted(experiments, key=lambda x: not x.live):
        rows += (live_rows if experiment.live else training_rows)(experiment)
    return rows
