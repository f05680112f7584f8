"""Copies made before, without their key, broken: what to run is said, the rest lives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from answering import BY_KEYBOARD, SINGLE
from playwright.sync_api import Page
from static import answer, begin, form, kept, question, result, show

from eshikaku.questions import parameters
from eshikaku.questions.bank import Bank
from vectors import example

NUMERIC = "example-lstm-parameters-01"
PREDICTION = "example-forget-bias-prediction-01"
TEXT = "example-sharing-text-01"


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    return example.install(monkeypatch)


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
    old, *_ = re.findall(rf'<div class="esk" lang="ja" data-id="{id}".*?\n</div>', STORED, re.S)
    show(page, old)
    BY_KEYBOARD[id](page)
    form(page).locator("[data-action=sure]").click()
    assert "正解" in result(page) and "不正解" not in result(page)
    assert [(e["id"], e["status"]) for e in kept(page)] == [(id, "correct")]
    assert not page.locator(".esk-dead").is_visible(), "its buttons do work"
    assert page.locator(".esk-answer > br:visible").count() == 0
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
    changes = page.evaluate(
        """() => new Promise((done) => {
             let changes = 0;
             const seen = new MutationObserver((list) => { changes += list.length; });
             seen.observe(document.documentElement, { childList: true, subtree: true });
             setTimeout(() => done(changes), 400);
           })"""
    )
    assert changes == 0, "a page at rest does not keep writing to itself"


def _answer(bank: Bank, seed: int = 0) -> str:
    return str(parameters.instance(bank.question(NUMERIC), seed).answer)
