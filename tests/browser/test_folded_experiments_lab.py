"""An experiment in a folded part trains when the part is unfolded, not in 「すべて実行」."""

from __future__ import annotations

from pathlib import Path

import nbformat
from lab import Notebook, lab
from playwright.sync_api import Browser, expect

CELLS = [
    "from eshikaku.chapters import lstm as lab",
    "from eshikaku.notebook import start\nstart('03_lstm')",
    "#%% md\n## A　見える部",
    "lab.gate_explorer()",
    "#%% md\n## E　畳まれた部",
    "lab.timing()",
]


def test_what_is_folded_trains_when_it_is_unfolded(tmp_path: Path, browser: Browser) -> None:
    for name in ("lab", "home"):
        (tmp_path / name).mkdir()
    page = browser.new_context(viewport={"width": 1280, "height": 1300}, locale="ja-JP").new_page()
    page.set_default_timeout(60_000)
    with lab(tmp_path / "lab", tmp_path / "home") as server:
        path = server.write("folded.ipynb", CELLS)
        whole = nbformat.read(path, as_version=4)
        whole.cells[4].metadata["jp-MarkdownHeadingCollapsed"] = True
        nbformat.write(whole, path)
        notebook: Notebook = server.open(page, "folded.ipynb")
        notebook.run_all()
        pictures = page.locator(".esk-exp-live .esk-exp-picture img")
        expect(pictures).to_have_count(1, timeout=60_000)
        show = "__import__('eshikaku.experiments.show', fromlist=['x'])"
        runs = f"[s._shown for s in {show}._sessions.values()]"
        assert asked(notebook, runs) == "[True, False]", "the folded one has not run"
        notebook.command("notebook:expand-all-headings")
        expect(page.locator(".esk-exp-live:visible")).to_have_count(2)
        expect(pictures).to_have_count(2, timeout=60_000)
        assert asked(notebook, runs) == "[True, True]"
    page.context.close()


def asked(notebook: Notebook, expression: str) -> str:
    """What the kernel says to an expression."""
    found: str = notebook.page.evaluate(
        """async (code) => {
             const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
             const asked = {code: '', user_expressions: {it: code}, store_history: false};
             const reply = await kernel.requestExecute(asked).done;
             return reply.content.user_expressions.it.data['text/plain'];
           }""",
        expression,
    )
    return found
