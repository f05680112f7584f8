"""Experiments in a real JupyterLab: moved, run, stopped, saved, opened again without a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, Notebook, lab
from playwright.sync_api import Browser, Locator, Page, expect

import demo_experiments as demo

TESTS = Path(__file__).resolve().parents[1]
PATIENCE = 60  # seconds, for a busy machine

CELLS = [
    "import demo_experiments as demo\nfrom eshikaku.notebook import start\nstart('01_demo')",
    "demo.descent()",
    "demo.wave()",
    "demo.letters()",
]

# Presses 停止; waits until the page says that the run has ended.
STOP = """async () => {
  const live = document.querySelector('.esk-exp-live');
  const said = live.querySelector('.esk-exp-said');
  const begin = performance.now();
  [...live.querySelectorAll('button')].find((b) => b.textContent === '停止').click();
  while (!said.textContent.startsWith('止めました')) {
    if (performance.now() - begin > 30_000) throw new Error(`still: ${said.textContent}`);
    await new Promise((done) => setTimeout(done, 5));
  }
  return performance.now() - begin;
}"""

# Moves a slider step by step; waits each time until the new picture is on the screen.
LATENCY = """async ([live, name, moves]) => {
  const input = document.querySelectorAll('.esk-exp-live')[live]
    .querySelector(`[data-name="${name}"] input`);
  const picture = input.closest('.esk-exp-live').querySelector('.esk-exp-picture');
  const times = [];
  for (let i = 0; i < moves; i++) {
    const begin = performance.now();
    input.value = (Number(input.value) + 1) % Number(input.max);
    input.dispatchEvent(new Event('input', {bubbles: true}));
    await new Promise((done, late) => {
      const limit = setTimeout(() => late(new Error('no picture came')), 30_000);
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
  return times.sort((a, b) => a - b);
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Server, course and record of this module."""
    root = tmp_path_factory.mktemp("experiments")
    for name in ("lab", "home", "course"):
        (root / name).mkdir()
    demo.course(root / "course")
    return root


def serve(folder: Path) -> Iterator[Lab]:
    env = {
        "ESHIKAKU_ROOT": str(folder / "course"),
        "PYTHONPATH": str(TESTS),
        "OMP_NUM_THREADS": "1",
    }
    with lab(folder / "lab", folder / "home", env) as server:
        yield server


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Lab]:
    yield from serve(folder)


def wide(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 1300}, locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    expect.set_options(timeout=1000 * PATIENCE)
    return page


@pytest.fixture(scope="module")
def notebook(server: Lab, browser: Browser) -> Iterator[Notebook]:
    """All cells run, all default runs done."""
    page = wide(browser)
    server.write("demo.ipynb", CELLS)
    opened = server.open(page, "demo.ipynb")
    opened.run_all()
    expect(panel(opened, 2).locator(".esk-exp-picture img")).to_be_visible()
    settled(panel(opened, 0), "終わりました")
    # the sharp picture for the saved file follows the end of the run
    expect(page.locator(".esk-exp-static img")).to_have_count(3)
    yield opened
    page.context.close()


def panel(notebook: Notebook, number: int) -> Locator:
    return notebook.page.locator(".esk-exp-live").nth(number)


def press(live: Locator, name: str) -> None:
    live.get_by_role("button", name=name, exact=True).click()


def settled(live: Locator, said: str) -> None:
    """Wait until the panel says this."""
    expect(live.locator(".esk-exp-said")).to_contain_text(said)


def control(live: Locator, name: str) -> Locator:
    return live.locator(f'[data-name="{name}"] :is(input, select)')


def shown(live: Locator) -> str:
    """The present picture, as the address of its bytes."""
    return live.locator(".esk-exp-picture img").get_attribute("src") or ""


def rows(live: Locator) -> list[str]:
    return live.locator("tbody th").all_inner_texts()


def clean(notebook: Notebook, dead: int) -> None:
    """So many widgets that Lab could not show, and none of its messages to be seen."""
    messages = notebook.page.get_by_text("model not found")
    expect(messages).to_have_count(dead)
    assert messages.locator("visible=true").count() == 0


def test_live_panels_stand_in_for_the_static_figures(notebook: Notebook) -> None:
    assert notebook.page.locator(".esk-exp-live:visible").count() == 3
    assert notebook.page.locator(".esk-exp-static:visible").count() == 0
    expect(notebook.page.locator(".esk-exp-static img")).to_have_count(3)
    for number in range(3):
        image = panel(notebook, number).locator(".esk-exp-picture img")
        assert (image.get_attribute("alt") or "").strip()


def test_every_control_moves_to_both_ends_and_the_picture_follows(notebook: Notebook) -> None:
    live = panel(notebook, 1)
    for name in ("speed", "height", "phase"):
        slider = control(live, name)
        for key, end in (("Home", "min"), ("End", "max")):
            before = shown(live)
            slider.focus()
            notebook.page.keyboard.press(key)
            assert slider.input_value() == slider.get_attribute(end)
            expect(live.locator(f'.esk-exp-picture img:not([src="{before}"])')).to_be_visible()
        live.locator(f'[data-name="{name}"] .esk-exp-back').click()
    expect(live.locator("tbody th")).to_have_text("初期設定")
    assert live.locator("[data-name=speed] .esk-exp-value").inner_text() == "1 rad/s"


def test_latency_of_a_moved_slider(notebook: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    times = notebook.page.evaluate(LATENCY, [1, "phase", 30])
    with capsys.disabled():
        print(f"\nslider → picture: median {times[15]:.0f} ms, p95 {times[28]:.0f} ms")
    assert len(times) == 30  # each move brought a picture of its own
    panel(notebook, 1).get_by_role("button", name="既定に戻す", exact=True).click()


def test_keys_stay_in_the_control_and_lab_keeps_its_own(notebook: Notebook) -> None:
    page, live = notebook.page, panel(notebook, 1)
    cells = "jupyterapp.shell.currentWidget.content.widgets.length"
    active = "jupyterapp.shell.currentWidget.content.activeCellIndex"
    slider = control(live, "height")
    slider.focus()
    before = (page.evaluate(cells), page.evaluate(active), int(slider.input_value()))
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowLeft", "b", "a"):
        page.keyboard.press(key)
    assert page.evaluate(cells) == before[0], "a letter made a cell"
    assert page.evaluate(active) == before[1], "an arrow left the cell"
    assert int(slider.input_value()) == before[2] - 2
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    press(live, "既定に戻す")


def test_prediction_then_the_named_change_then_the_reason(notebook: Notebook) -> None:
    page, live = notebook.page, panel(notebook, 0)
    area = notebook.outputs().nth(1)
    assert not area.get_by_text("なぜ1回で0になりましたか。").is_visible()
    asked = area.locator('.esk[data-id="demo-predict-01"]')
    asked.get_by_label("増える").check()
    asked.get_by_role("button", name="予想を記録").click()
    change = live.get_by_role("button", name="予想した変更で実行（学習率: 0.01 → 1）")
    change.focus()
    page.keyboard.press("Enter")  # not Lab's Enter: that would open the editor
    expect(live.locator("tbody th")).to_have_text(["学習率=1", "初期設定"])
    assert live.locator("[data-name=rate] .esk-exp-value").inner_text() == "1"
    expect(area.get_by_text("なぜ1回で0になりましたか。")).to_be_visible()
    seen = area.get_by_text("1回の更新で")
    assert not seen.is_visible()
    reason = area.locator('.esk[data-id="demo-reason-01"]')
    reason.get_by_label("倍率が0").check()
    reason.get_by_role("button", name="採点（自信あり）").click()
    expect(seen).to_be_visible()


def test_after_the_prediction_it_is_told_whether_it_came_true(notebook: Notebook) -> None:
    area = notebook.outputs().nth(1)  # 「増える」 was chosen, and the loss fell to 0
    verdict = area.locator(".esk-exp-verdict")
    expect(verdict).to_contain_text("予想とは違いました。")
    expect(verdict).to_contain_text("1回で0になる")


def test_divergence_is_shown_as_a_result(notebook: Notebook) -> None:
    live = panel(notebook, 0)
    control(live, "rate").focus()
    notebook.page.keyboard.press("End")
    press(live, "実行")
    settled(live, "発散しました")
    assert rows(live)[0].split() == ["学習率=10", "発散"]
    live.get_by_role("button", name="学習率=10の結果を消す").click()
    expect(live.locator("tbody th")).to_have_text(["学習率=1", "初期設定"])
    live.locator("[data-name=rate] .esk-exp-back").click()


def test_a_long_run_moves_and_stops(notebook: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    live = panel(notebook, 0)
    press(live, "長い版を実行（約0.2分）")
    settled(live, "実行しています")
    before = shown(live)
    expect(live.locator(f'.esk-exp-picture img:not([src="{before}"])')).to_be_visible()
    expect(live.locator("progress")).to_be_visible()
    taken = notebook.page.evaluate(STOP)
    with capsys.disabled():
        print(f"\n停止 → stopped: {taken:.0f} ms")
    assert rows(live)[0].split() == ["長い版", "停止"]
    before = shown(live)
    live.get_by_label("前の結果を重ねて描く").uncheck()
    expect(live.locator(f'.esk-exp-picture img:not([src="{before}"])')).to_be_visible()
    live.get_by_label("前の結果を重ねて描く").check()


def test_an_error_keeps_the_settings(notebook: Notebook) -> None:
    live = panel(notebook, 2)
    control(live, "text").fill("ＲＮＮ")
    control(live, "order").select_option(label="多い順")
    control(live, "break").check()
    press(live, "実行")
    settled(live, "わざと起こしたエラー")
    assert control(live, "text").input_value() == "ＲＮＮ"
    control(live, "break").uncheck()
    press(live, "実行")
    settled(live, "終わりました")
    assert rows(live) == ["数える文=「ＲＮＮ」、並べ方=多い順", "初期設定"]


def test_a_drag_on_the_left_edge_folds_no_experiment(notebook: Notebook) -> None:
    live = panel(notebook, 0)
    box = live.bounding_box()
    assert box is not None
    x, y = box["x"] - 12, box["y"] + 40
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(x + 3, y + 60, steps=4)
    notebook.page.mouse.up()
    notebook.page.mouse.click(x, y)
    after = live.bounding_box()
    assert after is not None and after["height"] == box["height"]
    whole = (
        "e => [e.closest('.jp-Cell-outputArea')].map((a) => [a.scrollHeight, a.clientHeight])[0]"
    )
    scroll, client = live.evaluate(whole)
    assert scroll <= client + 1, "the outputs scroll in a box of their own"


def test_no_room_is_kept_for_a_picture_that_was_cleared(notebook: Notebook) -> None:
    live = panel(notebook, 2)
    press(live, "すべて消す")
    expect(live.locator(".esk-exp-empty")).to_be_visible()
    box = live.locator(".esk-exp-picture").bounding_box()
    assert box is not None and box["height"] < 100
    press(live, "実行")
    expect(live.locator(".esk-exp-picture img")).to_be_visible()


def test_nothing_is_clipped_and_axe_finds_nothing_serious(notebook: Notebook) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = notebook.page
    wide_ones = page.evaluate(
        """() => [...document.querySelectorAll('.esk-exp-live *')]
          .filter((e) => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1
                         && getComputedStyle(e).display !== 'inline')
          .map((e) => e.className + ': ' + e.textContent.slice(0, 40))"""
    )
    assert wide_ones == []
    found = Axe().run(page, context=".esk-exp-live, .esk-exp-head, .esk-exp-after").response
    serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert not serious, [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in serious]


def test_a_reload_brings_the_panel_back(notebook: Notebook) -> None:
    notebook.save()
    notebook.reload()
    live = panel(notebook, 2)
    expect(live.locator(".esk-exp-picture img")).to_be_visible()
    assert rows(live) == ["数える文=「ＲＮＮ」、並べ方=多い順"]
    assert control(live, "text").input_value() == "ＲＮＮ"
    clean(notebook, dead=0)


def test_running_the_cell_again_keeps_the_runs(notebook: Notebook) -> None:
    before = rows(panel(notebook, 0))
    notebook.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 1")
    notebook.command("notebook:run-cell")
    notebook.ready()
    expect(panel(notebook, 0).locator("tbody th")).to_have_text(before)
    expect(panel(notebook, 0).locator(".esk-exp-picture img")).to_be_visible()
    assert notebook.page.locator('.esk[data-id="demo-predict-01"]').count() == 0


def test_a_dead_kernel_leaves_the_static_figures(notebook: Notebook) -> None:
    expect(notebook.page.locator(".esk-exp-static img")).to_have_count(3)
    notebook.save()
    notebook.restart_kernel()
    expect(notebook.page.locator(".esk-exp-static:visible")).to_have_count(3)
    assert notebook.page.locator(".esk-exp-live:visible").count() == 0
    clean(notebook, dead=0)


def test_after_a_server_restart_the_last_figures_are_there(
    folder: Path, notebook: Notebook, browser: Browser
) -> None:
    path = notebook.lab.root / notebook.name
    assert path.stat().st_size < 550_000
    notebook.page.goto("about:blank")
    page = wide(browser)
    for server in serve(folder):  # another server, no kernel of the one before
        again = Notebook(page, server, notebook.name)
        page.goto(f"{server.url}/lab/tree/{notebook.name}?reset")
        again.ready()
        figures = page.locator(".esk-exp-static:visible")
        expect(figures).to_have_count(3)
        expect(figures.nth(0)).to_contain_text("セルを実行すると操作できます。")
        expect(figures.nth(2)).to_contain_text("数える文 「ＲＮＮ」")
        assert figures.nth(0).locator("img").get_attribute("alt")
        assert page.locator(".esk-exp-live:visible").count() == 0
        clean(again, dead=3)
        again.run_all()
        expect(page.locator(".esk-exp-live:visible")).to_have_count(3)
        expect(page.locator(".esk-exp-static:visible")).to_have_count(0)
        again.shut_kernel_down()
        expect(page.locator(".esk-exp-static:visible")).to_have_count(3)
        assert page.locator(".esk-exp-live:visible").count() == 0
    page.context.close()
