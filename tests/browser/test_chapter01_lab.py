"""A learner's day with chapter 01 in a real JupyterLab.

Run all; move every control of every experiment to both ends; answer a question of each type
by keyboard alone; reload the page, restart the kernel, stop and start the server: answers and
figures are still there, and nowhere does it say "model not found".
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, Notebook, lab
from playwright.sync_api import Locator, Page, expect
from test_experiments_lab import control, press, shown

from eshikaku import course
from eshikaku.record.store import Store

NAME = "01_rnn.ipynb"
expect.set_options(timeout=90_000)  # training runs on a busy machine
SHOTS = os.environ.get("ESHIKAKU_SHOTS")  # a folder for screenshots of what was seen

BY_KEYBOARD = {  # a question of each type → the keys after its first control is focused
    "rnn-bias-01": ("Space", "ArrowDown"),  # single
    "rnn-shapes-01": ("ArrowDown",),  # blank
    "rnn-sharing-count-01": ("1", "2"),  # numeric
    "rnn-forms-01": ("ArrowDown",),  # match
    "rnn-training-loop-01": ("Enter",),  # order
    "rnn-three-weights-01": ("h", "W"),  # text
    "rnn-exam-group-01": ("Space", "ArrowDown"),  # group
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chapter01")


def serve(place: Path) -> Iterator[Lab]:
    home = place / "home"
    home.mkdir(exist_ok=True)
    work = {"ESHIKAKU_WORK": str(place / "notebooks")}
    with lab(place, home, env=work, timeout=120) as running:
        if not (running.root / NAME).exists():
            shutil.copy(course.chapter("rnn").notebook, running.root / NAME)
        yield running


def opened(server: Lab, page: Page) -> Notebook:
    page.set_default_timeout(60_000)
    page.set_viewport_size({"width": 1300, "height": 900})
    return server.open(page, NAME)


def experiments(page: Page) -> Locator:
    return page.locator(".esk-exp-live")


def shot(target: Locator, name: str) -> None:
    if SHOTS:
        target.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


def move(page: Page, live: Locator, name: str, end: int) -> None:
    """A control to its low (0) or high (1) end."""
    found = control(live, name)
    kind = found.evaluate("e => e.tagName + (e.type || '')")
    if kind.startswith("SELECT"):
        options = found.locator("option")
        found.select_option(index=0 if end == 0 else options.count() - 1)
    elif kind.endswith("checkbox"):
        found.set_checked(bool(end))
    else:
        found.focus()
        page.keyboard.press(("Home", "End")[end])


def test_every_control_moves_to_both_ends(
    place: Path, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    for server in serve(place):
        notebook = opened(server, page)
        notebook.run_all(300)
        notebook.command("notebook:expand-all-headings")  # 発展 parts are folded
        assert not page.get_by_text("model not found").count()
        declared = course.chapter("rnn").experiments()
        assert experiments(page).count() == len(declared)
        seen = []
        for number in range(len(declared)):
            live = experiments(page).nth(number)
            live.scroll_into_view_if_needed()
            if live.get_by_text("押すと始まります").count():  # a training of a folded part
                press(live, "実行")
            expect(live.locator(".esk-exp-picture img")).to_be_visible()
            names = live.locator("[data-name]").evaluate_all("all => all.map(e => e.dataset.name)")
            training = live.get_by_role("button", name="実行", exact=True).count() > 0
            for end in (1, 0):
                before, began = shown(live), time.perf_counter()
                for name in names:
                    move(page, live, name, end)
                if training:
                    press(live, "実行")
                expect(live.locator(f'.esk-exp-picture img:not([src="{before}"])')).to_be_visible()
                seen.append(
                    f"{number} {'最大' if end else '最小'} {time.perf_counter() - began:.2f} s"
                )
                if training:
                    expect(live.get_by_role("button", name="停止", exact=True)).to_be_disabled()
            expect(live.locator(".esk-exp-said")).not_to_have_attribute("data-kind", "error")
            shot(live, f"experiment-{number}")
        with capsys.disabled():
            print("\n図が変わるまで:", *seen, sep="\n  ")
        notebook.save()


def test_answers_of_every_type_outlive_page_kernel_and_server(place: Path, page: Page) -> None:
    for server in serve(place):
        notebook = opened(server, page)
        notebook.run_all(300)
        for id, keys in BY_KEYBOARD.items():
            answer(page, id, keys)
        notebook.save()
        notebook.reload()
        kept(page)
        notebook.restart_kernel()
        kept(page)
        notebook.run_all(300)
        kept(page)
        notebook.save()
    recorded = {
        event.id.split("/")[0]: event for event in Store(place / "home" / "record.jsonl").events()
    }
    assert set(BY_KEYBOARD) <= set(recorded)
    assert all(recorded[id].confidence == "sure" for id in BY_KEYBOARD)
    for server in serve(place):  # the same notebook on another server: saved figures, no kernel
        page.goto(f"{server.url}/lab/tree/{NAME}?reset")
        expect(page.locator(".esk-exp-static:visible").first).to_be_visible()
        assert page.get_by_text("model not found").locator("visible=true").count() == 0
        question = page.locator('.esk[data-id="rnn-why-tanh-01"]').first
        question.scroll_into_view_if_needed()
        question.locator("input").first.check()
        question.locator("[data-action=unsure]").click()
        expect(question.locator(".esk-result")).to_contain_text("正解")
        shot(question, "question-without-kernel")


def answer(page: Page, id: str, keys: tuple[str, ...]) -> None:
    """Answer by keyboard: focus the first control, press ``keys``, then Tab to 採点."""
    form = page.locator(f'.esk[data-id="{id}"] form').first
    form.scroll_into_view_if_needed()
    form.locator("input, select, textarea, button").first.focus()
    for key in keys:
        page.keyboard.press(key)
    if id == "rnn-shapes-01" or id == "rnn-forms-01":
        for number in range(1, form.locator("select").count()):
            form.locator("select").nth(number).focus()
            page.keyboard.press("ArrowDown")
    sure = form.locator("[data-action=sure]")
    for _ in range(60):
        if sure.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    if id == "rnn-three-weights-01":
        form.locator(".esk-self").focus()
        page.keyboard.press("Enter")
    expect(form.locator(".esk-saved")).to_have_text("記録しました")
    shot(page.locator(f'.esk[data-id="{id}"]').first, id)


def kept(page: Page) -> None:
    """Every answer is on the page again, and no widget is missed."""
    for id in BY_KEYBOARD:
        form = page.locator(f'.esk[data-id="{id}"] form').first
        form.scroll_into_view_if_needed()
        expect(form.locator(".esk-result")).not_to_be_empty()
    assert page.get_by_text("model not found").locator("visible=true").count() == 0
