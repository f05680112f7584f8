"""After a kernel restart, doing just what the page says works: in real Lab."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from tests.browser.lab import Notebook
from tests.browser.test_workspace_lab import eshikaku_lab

from eshikaku import course


def run_cell(opened: Notebook, id: str) -> Locator:
    """Run one cell alone, as Shift+Enter does; its output area."""
    opened.page.evaluate(
        """async id => {
          const notebook = jupyterapp.shell.currentWidget.content;
          notebook.activeCellIndex = notebook.widgets.findIndex(w => w.model.id === id);
          await notebook.scrollToItem(notebook.activeCellIndex);
          await jupyterapp.commands.execute('notebook:run-cell');
        }""",
        id,
    )
    opened.ready()
    index = opened.page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex")
    return opened.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")


def id_of(chapter: str, source: str) -> str:
    """The id of the first code cell that begins with ``source``."""
    import nbformat

    notebook = nbformat.read(course.chapter(chapter).notebook, as_version=4)
    return str(
        next(c.id for c in notebook.cells if c.cell_type == "code" and c.source.startswith(source))
    )


def errors(cell: Locator) -> list[str]:
    kinds = ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr")
    return [t for k in kinds for t in cell.locator(f"[data-mime-type='{k}']").all_inner_texts()]


def test_one_cell_alone_in_a_fresh_kernel(page: Page, tmp_path: Path) -> None:
    name = course.chapter("03").notebook.name
    with eshikaku_lab(tmp_path) as (server, url):
        page.goto(url.replace("00_home.ipynb", name))
        opened = Notebook(page, server, name)
        opened.ready()

        experiment = run_cell(opened, id_of("03", "lab.gate_explorer()"))
        expect(experiment.locator(".esk-exp-live").first).to_be_visible(timeout=30_000)
        assert errors(experiment) == []

        opened.restart_kernel()
        quiz = run_cell(opened, id_of("03", 'quiz("lstm-cec-01")'))
        expect(quiz.locator("input, textarea").first).to_be_visible(timeout=20_000)
        assert errors(quiz) == []

        opened.restart_kernel()
        numbers = run_cell(opened, id_of("03", "for a in (-5.0"))
        assert errors(numbers) == [], "np and nn are imported"

        opened.restart_kernel()
        check = id_of("03", 'check("lstm-step"')
        refused = run_cell(opened, check)
        advice = refused.locator(".esk-warning")
        expect(advice).to_contain_text("lstm_step はまだありません")
        link = advice.get_by_role("link")
        expect(link).to_have_text("def lstm_step(x, h_prev, c_prev, W_x, W_h, b):")
        assert "Traceback" not in refused.inner_text()
        href = link.get_attribute("href") or ""
        assert href.endswith("#cell-id=exercise-lstm-step-starter")
        run_cell(opened, "exercise-lstm-step-starter")
        graded = run_cell(opened, check)
        expect(graded.locator(".esk-warning")).to_have_count(0)
        assert errors(graded) == []


def test_what_stood_below_a_cell_is_shown_again(page: Page, tmp_path: Path) -> None:
    name = course.chapter("03").notebook.name
    with eshikaku_lab(tmp_path) as (server, url):
        page.goto(url.replace("00_home.ipynb", name))
        opened = Notebook(page, server, name)
        opened.ready()
        first = "from eshikaku.notebook import HAS_TORCH\n\ndy = rng.normal"
        refused = run_cell(opened, id_of("03", first))
        expect(refused.locator(".esk-warning")).to_contain_text("まだありません")
        assert len(refused.locator(".esk-warning li").all()) >= 2
        expect(refused.locator(".jp-OutputArea-output").nth(1)).to_be_visible()
