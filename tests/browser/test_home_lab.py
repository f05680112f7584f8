"""The learner's home in a real JupyterLab: links, forms, both themes, without a kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import nbformat
import pytest
from lab import Lab, Notebook, free_port, lab
from nbformat.sign import NotebookNotary
from playwright.sync_api import Locator, Page, expect

from eshikaku import course
from eshikaku.authoring import sources
from eshikaku.questions import bank, parameters
from eshikaku.questions.render import question_html, start_html
from eshikaku.record.events import Event
from eshikaku.record.store import Store
from eshikaku.study import outline, pages

WRONG = "rnn-bias-01"
UNFOLD = """(node) => {
  for (let fold = node.closest('details'); fold; fold = fold.parentElement.closest('details')) {
    fold.open = true;
  }
}"""
OPEN = "async (path) => { await jupyterapp.commands.execute('docmanager:open', { path }) }"


@pytest.fixture(scope="module")
def home_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with one wrong answer, three days old."""
    folder = tmp_path_factory.mktemp("record")
    then = (date.today() - timedelta(days=3)).isoformat() + "T03:00:00+00:00"
    Store(folder / "record.jsonl").append(
        Event("answer", WRONG, time=then, status="wrong", confidence="sure", seconds=40)
    )
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, home_folder: Path) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("lab")
    work = {"ESHIKAKU_WORK": str(root / "notebooks")}
    with lab(root, home_folder, env=work) as found:
        home = course.chapter("home")
        nbformat.write(sources.notebook(home), found.root / home.notebook.name)
        deliver(found, course.chapter("rnn"), with_questions("rnn"))
        yield found


def with_questions(name: str) -> nbformat.NotebookNode:
    """A chapter as it is built now, its questions or the home shown, nothing else executed."""
    found = sources.notebook(course.chapter(name))
    for cell in found.cells:
        if cell.cell_type == "code":
            ids = re.findall(r'"([a-z0-9-]+)"', cell.source) if "quiz(" in cell.source else []
            html = [question_html(parameters.instance(bank.question(id))) for id in ids]
            html += [start_html(name)] if "\nstart(" in cell.source else []
            html += [pages.home(Store(), pages.now()).html] if cell.source == "home()" else []
            cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": h}) for h in html]
    return found


def deliver(server: Lab, chapter: course.Chapter, notebook: nbformat.NotebookNode) -> None:
    """Write a notebook, trusted as ``eshikaku lab`` delivers it."""
    data = server.root.parent / "jupyter_data_dir"
    data.mkdir(exist_ok=True)
    nbformat.write(notebook, server.root / chapter.notebook.name)
    NotebookNotary(data_dir=str(data)).sign(notebook)


@pytest.fixture
def notebook(server: Lab, page: Page) -> Notebook:
    found = server.open(page, "00_home.ipynb")
    found.run_all()
    return found


def in_view(page: Page, heading: str) -> None:
    """Wait until a heading stands inside the window."""
    page.wait_for_function(
        """(text) => [...document.querySelectorAll('h2')].some((h) => {
          const box = h.getBoundingClientRect();
          return h.textContent.includes(text) && h.checkVisibility() && box.height > 0
            && box.top >= 0 && box.bottom <= window.innerHeight;
        })""",
        arg=heading,
        timeout=120_000,  # Lab lays cells out when it is idle
    )


def test_the_home_shows_what_is_next_and_leads_there(notebook: Notebook) -> None:
    page = notebook.page
    top = page.locator(".esk-top").first
    expect(top).to_contain_text("今日の復習 1問")
    expect(top).to_contain_text("続きから：01A")
    top.get_by_role("link", name="今日の復習").click()
    in_view(page, "今日の復習")
    expect(page.locator(f'.esk[data-id="{WRONG}"]').first).to_be_attached()
    first = outline.outline("01A")
    onward = top.get_by_role("link", name=re.compile("続きから"))
    onward.scroll_into_view_if_needed()
    onward.click()
    page.wait_for_function("() => jupyterapp.shell.currentWidget?.context?.path === '01_rnn.ipynb'")
    in_view(page, first.part.title)


def test_the_plan_is_saved_and_the_page_follows(notebook: Notebook) -> None:
    page = notebook.page
    form = page.locator(".esk-home-form").first
    form.scroll_into_view_if_needed()
    exam = date.today() + timedelta(days=40)
    form.locator("input[type=date]").fill(exam.isoformat())
    form.get_by_role("button", name="計画を保存").click()
    expect(form).to_contain_text("保存しました")
    calendar = page.locator(".esk-home[data-page=plan] .esk-calendar")
    expect(calendar.first).to_be_visible()
    expect(calendar.locator(".esk-today").first).to_contain_text("01A")
    expect(page.get_by_text(f"{exam.month}月{exam.day}日").first).to_be_visible()


def test_the_head_follows_the_plan_and_the_run_ends_at_the_top(notebook: Notebook) -> None:
    page = notebook.page
    head = page.locator(".esk-home[data-page=home]").first
    expect(head.locator(".esk-exam")).to_be_in_viewport()  # though Lab went on to the last cell
    form = page.locator(".esk-home-form").first
    exam = date.today() + timedelta(days=30)
    form.locator("input[type=date]").fill(exam.isoformat())
    form.get_by_role("button", name="計画を保存").click()
    expect(head.locator(".esk-days")).to_have_text("30日")
    head.locator("summary", has_text="カレンダー").click()
    form.locator("input[type=date]").fill((exam + timedelta(days=1)).isoformat())
    form.get_by_role("button", name="計画を保存").click()
    expect(head.locator(".esk-days")).to_have_text("31日")
    expect(head.locator(".esk-calendar").first).to_be_visible()  # left open by the reader


def test_an_answer_of_another_tab_renews_the_home(notebook: Notebook, server: Lab) -> None:
    """All tabs are one document: the home's kernel hears an answer given in a chapter."""
    page = notebook.page
    server.write("answer.ipynb", ["from eshikaku.notebook import *", 'quiz("rnn-y1-from-s0-01")'])
    head = page.locator(".esk-home[data-page=home]").first
    row = head.locator("tr", has_text="01A").locator("[data-name=解いた]")
    before = row.text_content()
    page.evaluate(OPEN, "answer.ipynb")
    page.wait_for_function("() => jupyterapp.shell.currentWidget.context.path === 'answer.ipynb'")
    other = Notebook(page, server, "answer.ipynb")
    other.ready()
    other.run_all()
    form = page.locator("form.esk-live:visible").first
    form.locator("input[type=radio]").first.check()
    form.get_by_role("button", name="採点（自信あり）").click()
    page.evaluate(OPEN, "00_home.ipynb")
    expect(row).not_to_have_text(before or "", timeout=10_000)


def test_a_page_of_another_day_says_so_and_is_renewed_by_its_kernel(notebook: Notebook) -> None:
    page = notebook.page
    head = page.locator(".esk-home[data-page=home]").first
    today = date.today().isoformat()
    expect(head).to_have_attribute("data-day", today)
    expect(head.locator(".esk-old")).to_be_hidden()
    make_old = """() => {
      const page = document.querySelector('.esk-home[data-page=home]');
      page.dataset.day = '2020-01-01';
      page.append(document.createElement('i'));
    }"""
    notebook.shut_kernel_down()
    page.evaluate("() => window.eshikakuPorts.clear()")
    page.evaluate(make_old)
    expect(head.locator(".esk-old")).to_be_visible()
    expect(head).to_contain_text("日付が変わりました")


def test_the_next_day_a_living_kernel_shows_todays(notebook: Notebook) -> None:
    page = notebook.page
    head = page.locator(".esk-home[data-page=home]").first
    page.evaluate(
        """() => {
          const page = document.querySelector('.esk-home[data-page=home]');
          page.dataset.day = '2020-01-01';
          page.append(document.createElement('i'));
        }"""
    )
    expect(head).to_have_attribute("data-day", date.today().isoformat())
    expect(head.locator(".esk-old")).to_be_hidden()


def test_a_date_in_the_past_is_refused_in_words(notebook: Notebook) -> None:
    form = notebook.page.locator(".esk-home-form").first
    form.scroll_into_view_if_needed()
    form.locator("input[type=date]").fill("2020-01-01")
    form.get_by_role("button", name="計画を保存").click()
    expect(form.get_by_role("alert")).to_contain_text("過ぎています")


def follow(page: Page, link: Locator, file: str) -> None:
    link.scroll_into_view_if_needed()
    link.click()
    page.wait_for_function(
        "(path) => jupyterapp.shell.currentWidget?.context?.path === path", arg=file
    )


def test_a_weak_question_leads_to_the_question_itself(notebook: Notebook) -> None:
    page = notebook.page
    weak = page.locator(".esk-weak a").first
    follow(page, weak, "01_rnn.ipynb")
    shown = page.locator(f'.jp-NotebookPanel:visible .esk[data-id="{WRONG}"]').first
    expect(shown).to_be_in_viewport(timeout=30_000)


def test_references_lead_to_their_part(notebook: Notebook) -> None:
    """From another notebook, and inside the same one."""
    page = notebook.page
    review = page.locator(f'.esk[data-id="{WRONG}"]').first
    review.scroll_into_view_if_needed()
    review.get_by_role("button", name="採点（自信なし）").dblclick()
    link = review.locator(".esk-refs a").first
    title = outline.outline("01A").part.heading
    follow(page, link, "01_rnn.ipynb")
    in_view(page, title)
    page.locator(".jp-NotebookPanel:visible .jp-WindowedPanel-outer").evaluate(
        "(n) => { n.scrollTop = 0 }"
    )
    inside = page.locator(f'.jp-NotebookPanel:visible .esk[data-id="{WRONG}"] .esk-refs a').first
    inside.evaluate(UNFOLD)
    follow(page, inside, "01_rnn.ipynb")
    in_view(page, title)


def test_links_of_a_restored_lab_land_where_they_say(
    tmp_path: Path, home_folder: Path, page: Page
) -> None:
    """After a restart of the server the tabs come back; their cells are laid out only then."""
    env = {"ESHIKAKU_WORK": str(tmp_path / "notebooks")}
    port = free_port()
    chapters = [course.chapter(name) for name in ("home", "lstm", "attention")]
    with lab(tmp_path, home_folder, env=env, port=port) as first:
        deliver(first, chapters[0], with_questions("home"))
        for chapter in chapters[1:]:
            deliver(first, chapter, nbformat.read(chapter.notebook, as_version=4))
        page.goto(f"{first.url}/lab")
        page.wait_for_function("() => window.jupyterapp?.restored")
        page.evaluate("async () => { await jupyterapp.restored }")
        for chapter in (*chapters, chapters[0]):
            page.evaluate(OPEN, chapter.notebook.name)
        page.wait_for_timeout(2_000)  # Lab keeps the layout a moment later
    with lab(tmp_path, home_folder, env=env, port=port) as second:
        page.goto(f"{second.url}/lab")
        page.wait_for_function("() => window.jupyterapp?.restored")
        page.evaluate("async () => { await jupyterapp.restored }")
        for key in ("07C", "03E"):
            found = outline.outline(key)
            page.evaluate(OPEN, chapters[0].notebook.name)
            home = page.locator(".esk-home[data-page=home]:visible").first
            home.evaluate("(n) => n.querySelectorAll('details').forEach((d) => { d.open = true })")
            follow(
                page, home.get_by_role("link", name=found.title).first, found.chapter.notebook.name
            )
            in_view(page, found.part.heading)
            page.wait_for_timeout(1_000)
            in_view(page, found.part.heading)  # and rests there


def test_without_a_kernel_the_words_remain(server: Lab, notebook: Notebook, page: Page) -> None:
    notebook.save()
    notebook.shut_kernel_down()
    page.goto("about:blank")
    page.goto(f"{server.url}/lab/tree/00_home.ipynb?reset")
    page.wait_for_function("() => jupyterapp?.shell.currentWidget?.content?.widgets?.length")
    expect(page.locator(".esk-top").first).to_be_visible()
    cells = page.evaluate("() => jupyterapp.shell.currentWidget.content.widgets.length")
    for n in range(cells):  # what is out of sight is not rendered
        page.evaluate("(n) => jupyterapp.shell.currentWidget.content.scrollToItem(n)", n)
        page.wait_for_timeout(150)
        for complaint in page.get_by_text(re.compile("model not found", re.I)).all():
            expect(complaint).not_to_be_visible()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious(notebook: Notebook, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = notebook.page
    notebook.command("apputils:change-theme", theme=theme)
    light = "true" if "Light" in theme else "false"
    page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
    page.evaluate(
        "() => document.querySelectorAll('.esk-home details').forEach((d) => d.open = true)"
    )
    found = Axe().run(page, context=".esk-home")
    serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
    assert not serious, [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in serious]
