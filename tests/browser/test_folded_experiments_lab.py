"""A training in a folded part runs when it is asked for, not in 「すべて実行」."""

from __future__ import annotations

from pathlib import Path

import nbformat
from lab import Notebook, lab
from playwright.sync_api import Browser, expect

CELLS = [
    "from eshikaku.chapters import bptt as lab\nfrom eshikaku.notebook import start",
    "start('02_bptt')",
    "#%% md\n## B　見える部",
    "lab.gradient_map()",
    "#%% md\n## D　畳まれた部",
    "lab.echo_state()",
    "# " + "長い行の畳まれたセル" * 30,
]
HEADING, LONG = 4, 6


def test_what_is_folded_trains_when_it_is_asked_for(tmp_path: Path, browser: Browser) -> None:
    for name in ("lab", "home"):
        (tmp_path / name).mkdir()
    page = browser.new_context(viewport={"width": 1280, "height": 1300}, locale="ja-JP").new_page()
    page.set_default_timeout(60_000)
    with lab(tmp_path / "lab", tmp_path / "home") as server:
        path = server.write("folded.ipynb", CELLS)
        whole = nbformat.read(path, as_version=4)
        whole.cells[HEADING].metadata["jp-MarkdownHeadingCollapsed"] = True
        whole.cells[LONG].metadata["jupyter"] = {"source_hidden": True}
        nbformat.write(whole, path)
        notebook: Notebook = server.open(page, "folded.ipynb")
        notebook.run_all()
        pictures = page.locator(".esk-exp-live .esk-exp-picture img")
        expect(pictures).to_have_count(1, timeout=60_000)
        assert runs(notebook) == "[0, 0]", (
            "a forward pass keeps no run, the folded training has none"
        )
        notebook.command("notebook:expand-all-headings")
        edge = page.locator(".jp-Notebook").bounding_box()
        line = page.locator(".jp-PlaceholderText:visible").last.bounding_box()
        assert edge is not None and line is not None
        assert line["x"] + line["width"] <= edge["x"] + edge["width"]
        asked = page.locator(".esk-exp-live:visible").nth(1)
        expect(asked).to_contain_text("「実行」を押すと始まります。")
        box = asked.locator(".esk-exp-picture").bounding_box()
        assert box is not None and box["height"] < 100, "no room for a picture that may not come"
        assert runs(notebook) == "[0, 0]"
        asked.get_by_role("button", name="実行", exact=True).click()
        expect(asked.locator(".esk-exp-said")).to_contain_text("終わりました", timeout=120_000)
        expect(pictures).to_have_count(2)
        assert runs(notebook) == "[0, 1]"
    page.context.close()


def runs(notebook: Notebook) -> str:
    """How many runs each experiment keeps, as the kernel says."""
    show = "__import__('eshikaku.experiments.show', fromlist=['x'])"
    found: str = notebook.page.evaluate(
        """async (code) => {
             const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
             const asked = {code: '', user_expressions: {it: code}, store_history: false};
             const reply = await kernel.requestExecute(asked).done;
             return reply.content.user_expressions.it.data['text/plain'];
           }""",
        f"[len(s.history.runs) for s in {show}._sessions.values()]",
    )
    return found
