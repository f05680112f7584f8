"""Live experiments in the real JupyterLab: dragged by the mouse, and timed from move to picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab import Lab, Notebook
from playwright.sync_api import Browser, Locator, expect

from eshikaku import course
from eshikaku.experiments.declaration import Experiment, Slider

# Moves a slider step by step, up to its end and down again; waits each time until the new
# picture is decoded and painted.
_MOVES = """async ([panel, name, moves]) => {
  const live = document.querySelectorAll('.esk-exp-live')[panel];
  const input = live.querySelector(`[data-name="${name}"] input`);
  const picture = live.querySelector('.esk-exp-picture');
  const times = [];
  let step = 1;
  for (let i = 0; i < moves; i++) {
    if (Number(input.value) + step > Number(input.max)) step = -1;
    if (Number(input.value) + step < Number(input.min)) step = 1;
    const begin = performance.now();
    input.value = Number(input.value) + step;
    input.dispatchEvent(new Event('input', {bubbles: true}));
    await new Promise((done, late) => {
      const limit = setTimeout(() => late(new Error(`no picture came after ${i} moves`)), 30_000);
      const watcher = new MutationObserver(() => {
        watcher.disconnect();
        clearTimeout(limit);
        requestAnimationFrame(done);
      });
      watcher.observe(picture, {childList: true});
    });
    times.push(performance.now() - begin);
    await new Promise((done) => setTimeout(done, 30));
  }
  return times;
}"""


def live_experiments() -> list[tuple[str, Experiment]]:
    """Every live experiment with a slider and the expression that shows it."""
    found = []
    for chapter in course.chapters():
        for experiment in chapter.experiments().values():
            if experiment.live and any(isinstance(c, Slider) for c in experiment.controls):
                package = f"eshikaku.chapters.{chapter.stem}"
                call = (
                    f"__import__('{package}', fromlist=['x']).{_attribute(chapter, experiment)}()"
                )
                found.append((call, experiment))
    return found


def _attribute(chapter: Any, experiment: Experiment) -> str:
    names = vars(chapter.module("experiments")).items()
    return next(name for name, value in names if value is experiment)


def open_all(server: Lab, browser: Browser, live: Sequence[tuple[str, Experiment]]) -> Notebook:
    """One notebook with all of them, run, each with its first picture."""
    size = {"width": 1280, "height": 1300}
    page = browser.new_context(viewport=size, locale="ja-JP").new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    start = "from eshikaku.notebook import start\nstart('01_rnn')"
    server.write("live.ipynb", [start, *(call for call, _ in live)])
    opened = server.open(page, "live.ipynb")
    opened.run_all()
    pictures = page.locator(".esk-exp-live .esk-exp-picture img")
    expect(pictures).to_have_count(len(live), timeout=60_000)
    return opened


def first_slider(experiment: Experiment) -> str:
    """The name of the slider that is moved: the one with most positions."""
    sliders = [c for c in experiment.controls if isinstance(c, Slider)]
    return max(sliders, key=lambda c: len(c.values())).name


def panel(notebook: Notebook, number: int) -> Locator:
    return notebook.page.locator(".esk-exp-live").nth(number)


def times(notebook: Notebook, number: int, name: str, moves: int) -> list[float]:
    """Milliseconds from each move of a slider to its picture on the screen, in order.

    Raises:
        Error: after a move no picture came within 30 s.
    """
    taken: list[float] = notebook.page.evaluate(_MOVES, [number, name, moves])
    return taken


def drag(notebook: Notebook, slider: Locator, drags: int, steps: int = 12) -> None:
    """To and fro with the mouse, from one end of the slider to the other."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    mouse, y = notebook.page.mouse, box["y"] + box["height"] / 2
    ends = (box["x"] + 4, box["x"] + box["width"] - 4)
    mouse.move(ends[0], y)
    mouse.down()
    for k in range(drags):
        mouse.move(ends[(k + 1) % 2], y, steps=steps)
    mouse.up()


def summary(taken: Sequence[float]) -> tuple[float, float, float]:
    """Median, 95th percentile and largest."""
    order = sorted(taken)
    return order[len(order) // 2], order[round(0.95 * (len(order) - 1))], order[-1]
