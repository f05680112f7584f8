"""Questions in a real JupyterLab: the way of an answer to Python and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from answering import BY_KEYBOARD, BY_MOUSE
from lab import Lab, Notebook, lab
from playwright.sync_api import Page, expect
from static import tab

SINGLE = "example-cell-gradient-01"
NUMERIC = "example-lstm-parameters-01"

START = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
import json, os, pathlib
import pytest
from filelock import FileLock
from IPython.display import HTML, display
from vectors import example
example.install(pytest.MonkeyPatch())
from eshikaku.questions import bank, bridge, parameters, render
from eshikaku.questions.grading import grade

log = pathlib.Path(os.environ["ESHIKAKU_HOME"]) / "log.jsonl"

def read():
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

def on_event(event):
    with FileLock(f"{{log}}.lock"):  # as the record does: two kernels get the same event
        if all(known["uuid"] != event["uuid"] for known in read()):
            with log.open("a") as out:
                print(json.dumps(event), file=out)
    fade = event["extra"].get("fade")
    shown = parameters.instance(bank.question(event["id"]), event["seed"], fade)
    verdict = grade(shown, event["answer"])
    return {{"status": verdict.status, "score": verdict.score}}

def history():
    names = ("rev", "seed", "answer", "status", "confidence", "mode")
    return {{e["id"]: {{k: e[k] for k in names}} for e in read() if e["kind"] == "answer"}}

display(HTML(render.runtime_html()))
_ = bridge.Bridge(on_event, history)
"""


def asks(id: str, fade: str = "alone", mode: str = "study") -> str:
    return f"""
shown = parameters.instance(bank.question({id!r}), 0, {fade!r})
display(HTML(render.question_html(shown, {mode!r})))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Lab]:
    home = place / "home"
    home.mkdir()
    with lab(place, home) as running:
        yield running


@pytest.fixture
def notebook(server: Lab, page: Page, place: Path, request: pytest.FixtureRequest) -> Notebook:
    """A fresh notebook with two questions, run, and an empty log."""
    (place / "home" / "log.jsonl").unlink(missing_ok=True)
    name = f"{request.node.name}.ipynb"
    server.write(name, [START, asks(SINGLE), asks(NUMERIC)])
    opened = server.open(page, name)
    opened.run_all()
    expect(page.locator("form.esk-live")).to_have_count(2)
    return opened


def log(place: Path) -> list[dict[str, Any]]:
    path = place / "home" / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def answer(page: Page, key: str) -> None:
    form = page.locator("form.esk-q").first
    form.locator(f"input[value={key}]").check()
    form.locator("[data-action=sure]").click()


SAVED = "form.esk-q >> nth=0 >> .esk-saved"
RESULT = "form.esk-q >> nth=0 >> .esk-result"


def test_answer_reaches_python_and_comes_back(notebook: Notebook, page: Page, place: Path) -> None:
    first = page.locator("form.esk-q").first
    assert first.locator(".esk-stem mjx-container").count() >= 2, "math is typeset"
    assert first.locator(".esk-explain mjx-container").count() >= 4, "in closed folds too"
    answer(page, "b")
    expect(page.locator(SAVED)).to_have_text("記録しました")
    assert first.locator(".esk-result mjx-container").count(), "a copied reason stays typeset"
    (event,) = log(place)
    assert (event["id"], event["answer"], event["status"]) == (SINGLE, "b", "wrong")

    notebook.save()
    saved = nbformat.read(notebook.lab.root / notebook.name, as_version=4)
    kinds = {mime for cell in saved.cells for out in cell.outputs for mime in out.data}
    assert kinds == {"text/html", "text/plain"}, "the bridge leaves no output"
    page.evaluate("() => localStorage.clear()")
    notebook.reload()
    expect(page.locator(RESULT)).to_contain_text("前回：不正解")
    assert first.locator("input[value=b]").is_checked()
    assert not page.get_by_text("model not found").count()

    notebook.restart_kernel()
    first.locator(".esk-again").click()
    answer(page, "a")
    expect(page.locator(RESULT)).to_contain_text("正解")
    assert len(log(place)) == 1, "no bridge yet: kept in the browser"
    notebook.run_all()
    page.wait_for_function("() => !Object.keys(localStorage).some((k) => k.includes(':event:'))")
    assert [event["answer"] for event in log(place)] == ["b", "a"]
    expect(page.locator(RESULT)).to_contain_text("前回：正解")
    notebook.run_all()
    page.wait_for_function("() => window.eshikakuPorts.size === 1")  # replaced, not added


@pytest.mark.parametrize("way", ["keyboard", "mouse"])
def test_every_type_is_answered_and_recorded(
    server: Lab, page: Page, place: Path, way: str
) -> None:
    (place / "home" / "log.jsonl").unlink(missing_ok=True)
    page.set_viewport_size({"width": 1000, "height": 3000})  # Lab builds only what is near
    name = f"every_type_{way}.ipynb"
    server.write(name, [START, *(asks(id) for id in BY_MOUSE)])
    notebook = server.open(page, name)
    notebook.run_all()
    expect(page.locator("form.esk-live")).to_have_count(len(BY_MOUSE))
    for number, id in enumerate(BY_MOUSE):
        form = page.locator("form.esk-q").nth(number)
        if way == "mouse":
            BY_MOUSE[id](form)
            form.locator("[data-action=sure]").click()
        else:
            form.evaluate("(f) => f.querySelector('input, button, select').focus()")
            page.keyboard.press("Shift+Tab")
            BY_KEYBOARD[id](page)
            tab(page, "[data-action=sure]")
            page.keyboard.press("Enter")
        expect(form.locator(".esk-result")).to_contain_text("◯正解")
        expect(form.locator(".esk-saved")).to_have_text("記録しました")
    assert [(e["id"], e["status"]) for e in log(place)] == [(id, "correct") for id in BY_MOUSE]


def test_texts_and_groups_are_answered_and_recorded(server: Lab, page: Page, place: Path) -> None:
    (place / "home" / "log.jsonl").unlink(missing_ok=True)
    page.set_viewport_size({"width": 1000, "height": 3000})
    text, group = "example-sharing-text-01", "example-gru-set-01"
    server.write("more.ipynb", [START, asks(text), asks(group)])
    server.open(page, "more.ipynb").run_all()
    forms = page.locator("form.esk-live")
    expect(forms).to_have_count(4)
    first = forms.first
    first.locator("textarea").click()
    page.keyboard.type("b m d d")  # shortcuts of Lab, if it took the keys
    page.keyboard.press("Tab")
    page.keyboard.press(
        "Enter"
    )  # 採点（自信あり）: the model answer opens, its first box has focus
    page.keyboard.press("Space")
    first.locator(".esk-self").click()
    expect(first.locator(".esk-result")).to_contain_text("自己採点（1/2）")
    forms.nth(2).locator(".esk-number").click()
    page.keyboard.type("3/4")
    page.keyboard.press("Enter")
    forms.nth(3).locator(".esk-option[data-key=keep] .esk-option-text").click()
    forms.nth(3).locator("[data-action=sure]").click()
    for number in (0, 2, 3):
        expect(forms.nth(number).locator(".esk-saved")).to_have_text("記録しました")
    assert [(e["id"], e["status"]) for e in log(place)] == [
        (text, "self"),
        (f"{group}/ratio", "correct"),
        (f"{group}/keep", "correct"),
    ]


def test_an_untrusted_copy_reads_as_a_book_and_comes_alive(
    notebook: Notebook, server: Lab, page: Page, place: Path
) -> None:
    """As VS Code or jupytext save it, or a friend: Lab drops script, style and key."""
    notebook.save()
    copy = nbformat.read(server.root / notebook.name, as_version=4)
    for cell in copy.cells:
        cell.source += "\n"
        for output in cell.outputs:
            output.data["text/html"] += "\n"
    nbformat.write(copy, server.root / "copy.ipynb")
    page.goto("about:blank")
    opened = server.open(page, "copy.ipynb")
    expect(page.locator(".esk")).to_have_count(2)
    assert page.locator(".esk :is(form, input, button)").count() == 0, "nothing looks alive"
    assert page.locator(".esk").first.locator("ol li").first.is_visible()
    assert page.locator(".esk details[open]").count() == 0

    page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    opened.command("notebook:run-cell")
    expect(page.locator(".esk-notice", has_text="この問題のセルを実行")).to_have_count(2)
    page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    opened.command("notebook:run-cell")
    expect(page.locator("form.esk-live")).to_have_count(1)
    answer(page, "a")
    expect(page.locator(SAVED)).to_have_text("記録しました")


def test_variant_comes_typeset_from_the_kernel(notebook: Notebook, page: Page) -> None:
    second = page.locator(".esk").nth(1)
    stem = second.locator(".esk-stem").inner_text()
    second.locator(".esk-variant").click()
    expect(second).not_to_have_attribute("data-seed", "0")
    expect(second.locator(".esk-stem mjx-container").first).to_be_visible()
    assert second.locator(".esk-stem").inner_text() != stem
    assert "$" not in second.locator(".esk-stem").inner_text()
    assert page.evaluate("() => document.querySelectorAll('.esk').length") == 2


def test_keys_stay_in_the_controls_and_ctrl_s_in_lab(notebook: Notebook, page: Page) -> None:
    cells = "() => jupyterapp.shell.currentWidget.content.widgets.map((c) => c.model.type)"
    active = "() => jupyterapp.shell.currentWidget.content.activeCellIndex"
    before = page.evaluate(cells)
    first = page.locator("form.esk-q").first
    first.locator("input").first.click()
    where = page.evaluate(active)
    for key in ("ArrowDown", "b", "1", "m", "d", "d", "ArrowUp", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert page.evaluate(cells) == before
    assert page.evaluate(active) == where
    assert first.locator("input").nth(1).is_checked(), "ArrowDown moved the choice"
    page.keyboard.press("Tab")
    for _ in range(5):
        if page.evaluate("() => document.activeElement.matches('[data-action=sure]')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("b")
    assert page.evaluate(cells) == before
    page.keyboard.press("Enter")
    expect(page.locator(RESULT)).not_to_be_empty()
    assert page.evaluate("() => jupyterapp.shell.currentWidget.context.model.dirty")
    first.locator("summary").last.focus()
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")


def test_without_a_kernel_answers_wait(notebook: Notebook, page: Page, place: Path) -> None:
    notebook.save()
    notebook.shut_kernel_down()
    answer(page, "a")
    expect(page.locator(RESULT)).to_contain_text("正解")
    assert log(place) == []
    notebook.reload()
    expect(page.locator(RESULT)).to_contain_text("前回：正解")
    assert not page.get_by_text("model not found").count()
    notebook.run_all()
    page.wait_for_function("() => !Object.keys(localStorage).some((k) => k.includes(':event:'))")
    assert [event["answer"] for event in log(place)] == ["a"]


def test_two_notebooks_in_one_lab_record_an_answer_once(
    notebook: Notebook, server: Lab, page: Page, place: Path
) -> None:
    server.write("other.ipynb", [START, asks(NUMERIC)])
    notebook.command("docmanager:open", path="other.ipynb")
    page.wait_for_function("() => jupyterapp.shell.currentWidget.context?.path === 'other.ipynb'")
    notebook.ready()
    notebook.run_all()
    page.wait_for_function("() => window.eshikakuPorts.size === 2")
    form = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) form.esk-q")
    form.locator(".esk-input").fill("1")
    form.locator("[data-action=unsure]").click()
    expect(form.locator(".esk-saved")).to_have_text("記録しました")
    page.wait_for_timeout(500)
    (event,) = log(place)
    assert (event["id"], event["confidence"]) == (NUMERIC, "unsure")
