"""What the page keeps, whose it is, and what it says to Python: all without a kernel."""

from __future__ import annotations

import json
import re

import pytest
from answering import BY_KEYBOARD, SINGLE
from playwright.sync_api import Page, expect
from static import PORT, answer, begin, events, form, kept, question, result, show

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
