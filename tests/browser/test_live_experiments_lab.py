"""Every live experiment in a real JupyterLab: dragged, it answers; how fast, is printed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sliders
from lab import Notebook, lab
from playwright.sync_api import Browser

LIVE = sliders.live_experiments()
DRAGS = -(-200 // len(LIVE))  # 200 over all of them
MOVES = 20


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Notebook]:
    """All live experiments in one notebook, one kernel."""
    root = tmp_path_factory.mktemp("live")
    (root / "home").mkdir()
    with lab(root, root / "home", {"OMP_NUM_THREADS": "1"}) as server:
        opened = sliders.open_all(server, browser, LIVE)
        yield opened
        opened.page.context.close()


@pytest.mark.parametrize("number", range(len(LIVE)), ids=[x.key for _, x in LIVE])
def test_a_dragged_slider_never_stops_answering(
    notebook: Notebook, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    name = sliders.first_slider(LIVE[number][1])
    live = sliders.panel(notebook, number)
    slider = live.locator(f'[data-name="{name}"] input')
    sliders.drag(notebook, slider, DRAGS)
    taken = sliders.times(notebook, number, name, MOVES)
    notebook.ready()  # the kernel has nothing left to do
    median, late, most = sliders.summary(taken)
    with capsys.disabled():
        print(f"\n{LIVE[number][1].key}: {median:.0f} ms, p95 {late:.0f}, most {most:.0f}")
