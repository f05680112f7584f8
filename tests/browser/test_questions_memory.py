"""What the page keeps, whose it is, and what it says to Python: all without a kernel."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from answering import BY_KEYBOARD, SINGLE
from playwright.sync_api import Page, expect
from static import PORT, events, form, kept, question, result, show

from eshikaku.questions import parameters
from eshikaku.questions.bank import Bank
from eshikaku.questions.render import runtime_html
from vectors import example

NUMERIC = "example-lstm-parameters-01"
PREDICTION = "example-forget-bias-prediction-01"
TEXT = "example-sharing-text-01"


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    return example.install(monkeypatch)


# -- memory ---------------------------------------------------------------------------------


def test_reload_keeps_the_answer(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE), question(bank, SINGLE, mode="review"))
    form(page).locator("input[value=b]").check()
    form(page).locator("[data-action=sure]").click()
    page.reload()
    assert form(page).locator("input[value=b]").is_checked()
    assert "前回：不正解" in result(page)
    assert form(page).locator(".esk-explain").get_attribute("open") is None
    assert not form(page, 1).locator("input:checked").count(), "a review starts empty"
    assert len(kept(page)) == 1


def test_every_type_is_restored(page: Page, bank: Bank) -> None:
    ids = list(BY_KEYBOARD)
    show(page, *[question(bank, id) for id in ids])
    for number, id in enumerate(ids):
        page.evaluate("() => document.activeElement.blur()")
        form(page, number).evaluate("(f) => f.querySelector('input, button, select').focus()")
        page.keyboard.press("Shift+Tab")
        BY_KEYBOARD[id](page)
        form(page, number).locator("[data-action=sure]").click()
    page.reload()
    for number in range(len(ids)):
        assert result(page, number).startswith("◯前回：正解"), ids[number]


APPEND = "(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)"


def test_forms_that_appear_later(page: Page, bank: Bank) -> None:
    show(page)
    page.evaluate(APPEND, question(bank, SINGLE))
    form(page).locator("input[value=a]").check()
    form(page).locator("[data-action=sure]").click()
    assert "正解" in result(page)
    page.evaluate("() => document.querySelector('.esk').remove()")
    page.evaluate(APPEND, question(bank, SINGLE))
    expect(form(page).locator(".esk-result")).to_contain_text("前回：正解")


def test_runtime_loaded_twice_counts_once(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE), runtime_html())
    page.evaluate(PORT)
    form(page).locator("input[value=a]").check()
    form(page).locator("[data-action=sure]").click()
    assert len(kept(page)) == len(events(page)) == 1


def test_newer_runtime_takes_over(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE))
    page.evaluate(PORT)
    form(page).locator("input[value=b]").check()
    form(page).locator("[data-action=sure]").click()
    script = re.search(r"<script>(.*)</script>", runtime_html(), re.S)
    assert script
    newer = re.sub(r"const VERSION = (\d+);", r"const VERSION = \g<1>000;", script[1])
    page.evaluate("() => { window.eshikakuPorts = new Set([window.port]); }")
    page.add_script_tag(content=newer)
    assert page.evaluate("() => window.eshikaku.version") >= 1000
    assert "前回：不正解" in result(page)
    form(page).locator(".esk-again").click()
    form(page).locator("input[value=a]").check()
    form(page).locator("[data-action=sure]").click()
    assert [e["answer"] for e in kept(page)] == ["b", "a"]


@pytest.mark.parametrize("blocked", ["full", "forbidden"])
def test_storage_trouble_is_said(page: Page, bank: Bank, blocked: str) -> None:
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
        if blocked == "full"
        else "Object.defineProperty(window, 'localStorage', "
        "{ get() { throw new DOMException('no', 'SecurityError') } })"
    )
    show(page, question(bank, SINGLE))
    form(page).locator("input[value=a]").check()
    form(page).locator("[data-action=sure]").click()
    assert "保存できません" in page.locator(".esk-page-trouble").inner_text()
    page.evaluate(PORT)
    assert [event["answer"] for event in events(page)] == ["a"], "sent when a bridge appears"


# -- the bridge, played by the test -----------------------------------------------------------


def answered(page: Page, bank: Bank) -> str:
    show(page, question(bank, SINGLE))
    page.evaluate(PORT)
    form(page).locator("input[value=b]").check()
    form(page).locator("[data-action=sure]").click()
    return str(events(page)[0]["uuid"])


def reply(page: Page, message: dict[str, object]) -> None:
    page.evaluate("(m) => window.port.receive(m)", message)


def test_acknowledged_event_leaves_the_queue(page: Page, bank: Bank) -> None:
    uuid = answered(page, bank)
    assert len(kept(page)) == 1
    reply(page, {"type": "verdict", "uuid": uuid, "verdict": {"status": "wrong", "score": 0}})
    assert not kept(page)
    assert form(page).locator(".esk-saved").inner_text() == "記録しました"


def test_refused_event_stays(page: Page, bank: Bank) -> None:
    uuid = answered(page, bank)
    reply(page, {"type": "verdict", "uuid": uuid, "error": "記録できませんでした（ディスク満杯）"})
    assert len(kept(page)) == 1
    assert "ディスク満杯" in form(page).locator(".esk-saved").inner_text()
    page.evaluate(PORT)
    assert [event["uuid"] for event in events(page)] == [uuid], "offered to the next bridge"


def test_disagreement_is_our_fault(page: Page, bank: Bank) -> None:
    uuid = answered(page, bank)
    reply(page, {"type": "verdict", "uuid": uuid, "verdict": {"status": "correct", "score": 1}})
    assert "教材側の不具合" in result(page)
    (event,) = events(page, "disagree")
    assert event["extra"] == {"uuid": uuid, "page": "wrong", "python": "correct"}


def test_history_fills_untouched_forms(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE), question(bank, SINGLE), question(bank, NUMERIC))
    page.evaluate(PORT)
    form(page, 1).locator("input[value=c]").check()
    before = {"rev": 1, "seed": 5, "answer": "a", "status": "correct", "confidence": "sure"}
    other = {"rev": 1, "seed": 77, "answer": "5", "status": "wrong", "confidence": "sure"}
    reply(page, {"type": "history", "answers": {SINGLE: before, NUMERIC: other}})
    assert "前回：正解" in result(page)
    assert result(page, 1) == "" and form(page, 1).locator("input[value=c]").is_checked()
    assert result(page, 2) == ""
    assert "別の数値で不正解" in page.locator(".esk-notice").inner_text()


def test_variant_needs_a_kernel_and_says_so(page: Page, bank: Bank) -> None:
    show(page, question(bank, NUMERIC, fade="worked"))
    page.locator(".esk-variant").click()
    assert "カーネルが必要" in page.locator(".esk-notice").inner_text()
    page.evaluate(PORT)
    form(page).locator(".esk-input").fill(_answer(bank))
    page.keyboard.press("Enter")
    page.locator(".esk-variant").focus()
    page.keyboard.press("Enter")
    (asked,) = [m for m in page.evaluate("() => window.sent") if m["type"] == "variant"]
    assert (asked["id"], asked["fade"], asked["correct"]) == (NUMERIC, "worked", True)
    html = question(bank, NUMERIC, 12, "faded")
    reply(page, {"type": "variant", "id": NUMERIC, "token": asked["token"], "html": html})
    assert page.locator(".esk").get_attribute("data-seed") == "12"
    assert page.evaluate("() => window.typeset.matches('.esk')")
    assert page.evaluate("() => document.activeElement.matches('.esk-input')")
    form(page).locator(".esk-input").fill(_answer(bank, 12))
    form(page).locator("[data-action=sure]").click()
    assert events(page)[-1]["seed"] == 12 and "正解" in result(page)


def _answer(bank: Bank, seed: int = 0) -> str:
    return str(parameters.instance(bank.question(NUMERIC), seed).answer)


# -- whose it is --------------------------------------------------------------------------------

LEARNER = """([record, answers]) => {
  window.sent = [];
  window.port = {
    send(message) {
      window.sent.push(JSON.parse(JSON.stringify(message)));
      if (message.type === "hello") this.receive({ type: "history", record, answers });
    },
    typeset() {},
  };
  window.eshikaku.attach(window.port);
}"""


def begin(page: Page, record: str, answers: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The first cell is run by the learner with this record; returns what reaches that record."""
    page.evaluate(LEARNER, [record, answers or {}])
    return events(page)


def answer(page: Page, key: str, number: int = 0) -> None:
    form(page, number).locator(f"input[value={key}]").check()
    form(page, number).locator("[data-action=sure]").click()


def test_two_learners_in_one_browser(page: Page, bank: Bank) -> None:
    """A's unsent answer and draft stay A's: B neither sees nor sends them; then A finds them."""
    show(page, question(bank, SINGLE), question(bank, TEXT))
    begin(page, "learner-a")
    answer(page, "b")
    form(page, 1).locator("textarea").press_sequentially("Aの書きかけ")
    assert [e["answer"] for e in events(page)] == ["b"]  # and no verdict came: it waits

    page.reload()
    assert "前回：不正解" in result(page), "until a kernel speaks, the page is the last learner's"
    assert begin(page, "learner-b") == []
    assert result(page) == "" and not form(page).locator("input:checked").count()
    assert form(page, 1).locator("textarea").input_value() == ""
    answer(page, "a")
    assert [e["answer"] for e in events(page)] == ["a"]

    page.reload()
    assert [e["answer"] for e in begin(page, "learner-a")] == ["b"]
    assert form(page, 1).locator("textarea").input_value() == "Aの書きかけ"


def test_what_was_done_before_the_kernel_spoke_goes_to_its_record(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE), question(bank, TEXT))
    begin(page, "learner-a")
    page.reload()
    answer(page, "c")
    form(page, 1).locator("textarea").press_sequentially("Bの書きかけ")
    assert [e["answer"] for e in begin(page, "learner-b")] == ["c"]
    assert "不正解" in result(page), "B's own answer stays on the page"
    assert form(page, 1).locator("textarea").input_value() == "Bの書きかけ"
    page.reload()
    assert begin(page, "learner-a") == []
    assert form(page, 1).locator("textarea").input_value() == ""


def test_an_answer_from_before_any_kernel_goes_to_the_first_record(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE))
    answer(page, "b")
    page.reload()
    assert "前回：不正解" in result(page)
    assert [e["answer"] for e in begin(page, "learner-a")] == ["b"]


def test_two_kernels_of_two_learners_get_each_their_own(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE), question(bank, SINGLE))
    begin(page, "learner-a")
    page.evaluate("() => { window.first = window.port; window.firstSent = window.sent; }")
    begin(page, "learner-b")
    answer(page, "a")
    assert [e["answer"] for e in events(page)] == ["a"]
    kinds = page.evaluate("() => window.firstSent.map((m) => m.type)")
    assert "event" not in kinds, "the kernel of the other learner hears nothing of it"


CONFIG = '<script id="jupyter-config-data" type="application/json">{}</script>'


def test_each_user_of_a_hub_has_a_place_of_their_own(page: Page, bank: Bank) -> None:
    """One origin, a base URL for each: nothing of A's is shown even before a kernel speaks."""
    a, b = (
        CONFIG.format(json.dumps({"baseUrl": f"/user/{name}/", "serverRoot": "~"})) + runtime_html()
        for name in "ab"
    )
    show(page, a, question(bank, SINGLE), runtime=False)
    begin(page, "learner-a")
    answer(page, "b")
    show(page, b, question(bank, SINGLE), runtime=False)
    assert result(page) == ""
    show(page, a, question(bank, SINGLE), runtime=False)
    assert "前回：不正解" in result(page)


# -- copies made before --------------------------------------------------------------------------

STORED = (Path(__file__).parents[1] / "vectors" / "stored_copy.html").read_text(encoding="utf-8")
OLD_RUNTIME, _, OLD_QUESTIONS = STORED.partition("</script>\n")
OLD_RUNTIME += "</script>\n"


def old_form(page: Page, id: str) -> int:
    """The number of the form of a question among all of the page."""
    ids = page.evaluate(
        """() => [...document.querySelectorAll('form.esk-q')].map(
             (f) => JSON.parse(new TextDecoder().decode(
               Uint8Array.from(atob(f.dataset.esk), (c) => c.charCodeAt(0)))).id)"""
    )
    return int(ids.index(id))


def test_the_stored_copy_has_every_type() -> None:
    assert {q.type for q in example.load().questions} - {"group", "code"} == set(
        re.findall(r'class="esk-q esk-type-(\w+)"', STORED)
    )


@pytest.mark.parametrize("id", BY_KEYBOARD)
def test_an_older_copy_is_answered_with_the_new_runtime(page: Page, bank: Bank, id: str) -> None:
    (old,) = re.findall(rf'<div class="esk" lang="ja" data-id="{id}".*?\n</div>', STORED, re.S)
    show(page, old)
    BY_KEYBOARD[id](page)
    form(page).locator("[data-action=sure]").click()
    assert "正解" in result(page) and "不正解" not in result(page)
    assert [(e["id"], e["status"]) for e in kept(page)] == [(id, "correct")]
    page.reload()
    assert "前回：正解" in result(page)


def test_answers_drafts_and_predictions_of_an_older_copy_are_found(page: Page, bank: Bank) -> None:
    """Answered with the runtime stored then; found by today's, in forms of either kind."""
    show(page, OLD_RUNTIME, OLD_QUESTIONS, runtime=False)
    answer(page, "b", old_form(page, SINGLE))
    predicted = form(page, old_form(page, PREDICTION))
    predicted.locator("input[value=up]").check()
    predicted.locator("[data-action=predict]").click()
    form(page, old_form(page, TEXT)).locator("textarea").press_sequentially("前の書きかけ")
    assert page.evaluate("() => window.eshikaku.version") == 1

    show(page, OLD_RUNTIME, OLD_QUESTIONS, *[question(bank, i) for i in (SINGLE, PREDICTION, TEXT)])
    assert page.evaluate("() => window.eshikaku.version") > 1
    first = old_form(page, SINGLE)
    last = page.locator("form.esk-q").count() - 3
    for number in (first, last):
        assert "前回：不正解" in result(page, number)
    for number in (old_form(page, PREDICTION), last + 1):
        assert "予想を記録しました" in result(page, number)
    for number in (old_form(page, TEXT), last + 2):
        assert form(page, number).locator("textarea").input_value() == "前の書きかけ"
    assert [e["answer"] for e in begin(page, "learner-a")] == ["b", "up"], (
        "sent to the first kernel"
    )


def test_the_older_runtime_gives_way_whichever_comes_first(page: Page, bank: Bank) -> None:
    for bodies in ([OLD_RUNTIME, OLD_QUESTIONS], [OLD_QUESTIONS, OLD_RUNTIME]):
        show(page, *bodies, question(bank, SINGLE))
        number = page.locator("form.esk-q").count() - 1
        answer(page, "a", number)
        assert "正解" in result(page, number)
        assert len(kept(page)) == 1
        page.evaluate("() => localStorage.clear()")


# -- what can't be graded ------------------------------------------------------------------------


def test_a_question_without_its_key_says_what_to_run_and_leaves_the_others(
    page: Page, bank: Bank
) -> None:
    """As a sanitizer leaves it: documents of today and forms of before, among living ones."""
    bare = re.sub(r' data-[\w-]+="[^"]*"', "", question(bank, SINGLE))
    (old,) = re.findall(rf'<div class="esk" lang="ja" data-id="{SINGLE}".*?\n</div>', STORED, re.S)
    bare_old = re.sub(r' data-[\w-]+="[^"]*"', "", old)
    show(page, bare, bare_old, question(bank, NUMERIC))
    for number in (0, 1):
        notice = page.locator(".esk").nth(number).locator(".esk-notice").inner_text()
        assert "最初のセル start(…)" in notice and "この問題のセルを実行" in notice
    living = page.locator(".esk").nth(2)
    living.locator(".esk-input").fill(_answer(bank))
    living.locator("[data-action=sure]").click()
    assert "正解" in living.locator(".esk-result").inner_text()
    page.wait_for_timeout(100)
    assert page.locator(".esk-notice", has_text="最初のセル").count() == 2, "said once"


def test_a_broken_question_is_told_and_leaves_the_others(page: Page, bank: Bank) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    broken = re.sub(r'data-esk="[^"]*"', 'data-esk="e30="', question(bank, SINGLE))
    show(page, broken, question(bank, SINGLE))
    assert "表示できません" in page.locator(".esk").first.inner_text()
    answer(page, "a", page.locator("form.esk-q").count() - 1)
    assert "正解" in page.locator(".esk").nth(1).locator(".esk-result").inner_text()
    assert len(errors) == 1, "reported, once"


def test_the_first_cell_says_whether_answers_are_recorded(page: Page, bank: Bank) -> None:
    from eshikaku.questions.render import start_html

    show(page, start_html("01_rnn　RNN："), question(bank, SINGLE), runtime=False)
    line = page.locator(".esk-start")
    assert "カーネルにつながっていません" in line.inner_text()
    begin(page, "learner-a")
    assert line.inner_text() == "01_rnn　RNN：準備ができました。解答は自動で記録されます。"
    page.evaluate("() => window.eshikaku.detach(window.port)")
    assert "カーネルにつながっていません" in line.inner_text()
