"""Exercises in a real JupyterLab: interrupted, not run, not to be stopped by anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab import Lab, Notebook, lab
from playwright.sync_api import Page, expect

PATIENCE = 60_000  # milliseconds, for a busy machine

START = "import numpy as np\nfrom eshikaku.notebook import check, start\nstart('01_rnn')"
HEAD = "def rnn_step(x, h_prev, W_x, W_h, b_h):\n"
RIGHT = HEAD + "    return np.tanh(x @ W_x + h_prev @ W_h + b_h)"
WRONG = HEAD + "    h = np.tanh(x @ W_x + h_prev @ W_h + b_h)\n    h[:, 0] **= 3\n    return h"
ENDLESS = HEAD + "    while True:\n        pass"
SYNTAX = HEAD + "    return np.tanh(x @ W_x +"
HOG = HEAD + "    return sum(range(10**11))"
CHECK = "check('rnn-step', rnn_step)"
HEARD = "print('こちらは聞こえます')"

# Runs one cell; with ``wait`` until it has ended.
RUN = """async ([index, wait]) => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  const done = jupyterapp.commands.execute('notebook:run-cell');
  if (wait) await done;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("exercises")
    with lab(root, root / "home") as running:
        yield running


def opened(server: Lab, page: Page, name: str, *cells: str) -> Notebook:
    server.write(name, [START, *cells])
    return server.open(page, name)


def run(notebook: Notebook, *cells: int, wait: bool = True) -> None:
    for cell in cells:
        notebook.page.evaluate(RUN, [cell, wait])


def output(notebook: Notebook, cell: int) -> str:
    return notebook.page.locator(".jp-Notebook .jp-Cell").nth(cell).inner_text()


def test_an_interrupted_check_leaves_a_kernel_that_works(server: Lab, page: Page) -> None:
    notebook = opened(server, page, "interrupt.ipynb", ENDLESS, CHECK, HEARD, RIGHT, CHECK)
    run(notebook, 0, 1)
    run(notebook, 2, wait=False)
    page.wait_for_timeout(1500)
    notebook.command("notebook:interrupt-kernel")
    notebook.ready(8)  # before the ten seconds of a check are over
    run(notebook, 3, 4, 5)
    assert "KeyboardInterrupt" in output(notebook, 2)
    assert output(notebook, 3).count("こちらは聞こえます") == 2  # the code and what it prints
    assert "合格" in output(notebook, 5)


def test_a_cell_that_did_not_run_is_not_graded(server: Lab, page: Page) -> None:
    notebook = opened(server, page, "syntax.ipynb", RIGHT, SYNTAX, CHECK, WRONG, CHECK)
    run(notebook, 0, 1, 2, 3, 4, 5)
    text = output(notebook, 3)
    assert "構文のエラーで実行されていません" in text
    assert "2行目　return np.tanh(x @ W_x +" in text
    located = output(notebook, 5)
    assert "（どれも h[:, 0]）" in located
    assert "違いが出るいちばん小さな入力" in located


def test_code_that_nothing_stops_ends_the_kernel_and_the_next_one_says_so(
    server: Lab, page: Page
) -> None:
    notebook = opened(server, page, "hog.ipynb", HOG, CHECK, RIGHT, CHECK)
    run(notebook, 0, 1)
    run(notebook, 2, wait=False)
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_be_visible(timeout=PATIENCE)
    dialog.get_by_role("button").last.click()
    notebook.ready()
    run(notebook, 0, 3, 4)
    assert "rnn-step のコードは10秒で終わらず" in output(notebook, 0)
    assert "合格" in output(notebook, 4)
