"""Questions on a page without a kernel: every type by keyboard, memory, trouble, access."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answering import BY_KEYBOARD, BY_MOUSE
from playwright.sync_api import Page
from static import form, kept, question, result, show, tab

from eshikaku.questions import parameters
from eshikaku.questions.bank import Bank
from eshikaku.questions.grading import judge
from eshikaku.questions.render import question_html
from vectors import example

SINGLE = "example-cell-gradient-01"
NUMERIC = "example-lstm-parameters-01"
PREDICTION = "example-forget-bias-prediction-01"


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    return example.install(monkeypatch)


# -- each type by keyboard alone --------------------------------------------------------------


@pytest.mark.parametrize("id", BY_KEYBOARD)
def test_answered_by_keyboard_alone(page: Page, bank: Bank, id: str) -> None:
    show(page, question(bank, id))
    BY_KEYBOARD[id](page)
    assert result(page) == "", "nothing is graded before a button is pressed"
    tab(page, "[data-action=unsure]")
    page.keyboard.press("Enter")
    assert "正解" in result(page) and "不正解" not in result(page)
    explanation = form(page).locator(".esk-explain")
    assert explanation.get_attribute("open") is not None
    (event,) = kept(page)
    assert (event["id"], event["status"], event["confidence"]) == (id, "correct", "unsure")
    tab(page, ".esk-again")
    page.keyboard.press("Enter")
    assert result(page) == "" and not explanation.is_visible()


@pytest.mark.parametrize("id", BY_MOUSE)
def test_answered_by_mouse_alone(page: Page, bank: Bank, id: str) -> None:
    show(page, question(bank, id))
    BY_MOUSE[id](form(page))
    assert result(page) == "", "nothing is graded before a button is pressed"
    form(page).locator("[data-action=sure]").click()
    assert "正解" in result(page) and "不正解" not in result(page)
    (event,) = kept(page)
    assert (event["id"], event["status"], event["confidence"]) == (id, "correct", "sure")
    form(page).locator(".esk-again").click()
    assert result(page) == ""


def test_options_carry_the_letters_of_the_exam(page: Page, bank: Bank) -> None:
    """The same letter beside an option and its reason, by the order shown and not by the key."""
    show(page, question(bank, SINGLE), question(bank, SINGLE, seed=3))
    for number in (0, 1):
        options = form(page, number).locator(".esk-option")
        letters = options.locator(".esk-letter").all_inner_texts()
        assert letters == list("アイウエ")
        shown = [option.get_attribute("data-key") for option in options.all()]
        reasons = form(page, number).locator(".esk-explain ol[type=A] > li")
        assert [reason.get_attribute("data-key") for reason in reasons.all()] == shown
        style = reasons.first.evaluate("(n) => getComputedStyle(n).listStyleType")
        assert style == "esk-kana"


def test_comments_behind_blanks_stand_in_one_column(page: Page, bank: Bank) -> None:
    """Fields are wider than holes: comments keep a column, filled or marked, and no line breaks."""
    template = (
        "h = @{1}     # (N, H)\nfor t in range(T):\n    a = @{2} + @{3}   # (N, H)\n\nb = a   # b"
    )
    asked = replace(bank.question("example-rnn-step-code-01"), template=template)
    show(page, question_html(parameters.instance(asked)))
    lefts = """() => [...document.querySelectorAll('.esk-comment')].map(
      (n) => Math.round(n.getBoundingClientRect().left))"""
    assert len(page.evaluate(lefts)) == 3
    assert len(set(page.evaluate(lefts))) == 1
    form(page).locator("[data-hole='1']").fill("x")
    form(page).locator("[data-action=sure]").click()
    assert form(page).locator(".esk-tag").count() == 3
    assert len(set(page.evaluate(lefts))) == 1
    lines = form(page).locator(".esk-line")
    assert lines.count() == 5
    indent = "(n) => n.textContent.match(/^ */)[0].length"
    assert [line.evaluate(indent) for line in lines.all()] == [0, 0, 4, 0, 0]
    heights = [line.evaluate("(n) => n.getBoundingClientRect().height") for line in lines.all()]
    assert max(heights) < 2 * min(heights), "an empty line is a line, none is broken"


def test_candidates_with_math_are_lettered(page: Page, bank: Bank) -> None:
    """An ``<option>`` shows no math: the letters stand there, the texts in a list below."""
    asked = bank.question("example-shapes-match-01")
    pairs = tuple(replace(p, right=f"${p.key}$") for p in asked.pairs)
    markup = question_html(parameters.instance(replace(asked, pairs=pairs)))
    show(page, markup, question(bank, asked.id))
    offered = form(page).locator("select").first.locator("option").all_inner_texts()
    assert offered == ["選択", *"アイウエオ"]
    assert form(page).locator(".esk-answer > ol").is_visible()
    assert not form(page, 1).locator(".esk-answer > ol").is_visible()
    assert "(D, H)" in form(page, 1).locator("select").first.inner_text()


def test_numeric_by_enter_with_full_width_digits(page: Page, bank: Bank) -> None:
    show(page, question(bank, NUMERIC))
    answer = int(_answer(bank))
    tab(page, ".esk-input")
    page.keyboard.type(
        f"{answer:,}個".translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))
    )
    page.keyboard.press("Enter")
    assert "正解" in result(page)
    (event,) = kept(page)
    assert event["confidence"] == "sure"


def _answer(bank: Bank, seed: int = 0) -> float:
    found = parameters.instance(bank.question(NUMERIC), seed).answer
    assert found is not None
    return found


def test_near_miss_is_named(page: Page, bank: Bank) -> None:
    show(page, question(bank, NUMERIC))
    near = parameters.instance(bank.question(NUMERIC)).near[0]
    form(page).locator(".esk-input").fill(near.text)
    form(page).locator("[data-action=sure]").click()
    assert "不正解" in result(page)
    assert "バイアス" in result(page)


def test_faded_steps_are_checked(page: Page, bank: Bank) -> None:
    instance = parameters.instance(bank.question(NUMERIC), 5, "faded")
    show(page, question(bank, NUMERIC, 5, "faded"))
    way = form(page).locator(".esk-way")
    assert str(int(_answer(bank, 5))) not in way.inner_text().replace(",", "")
    way.locator(".esk-step").fill("1")
    form(page).locator(".esk-input").fill(str(instance.answer))
    form(page).locator("[data-action=sure]").click()
    assert "正解" in result(page)
    assert "✕" in way.inner_text()
    (event,) = kept(page)
    assert event["answer"] == {"value": str(instance.answer), "steps": {"per_gate": "1"}}


def test_text_is_scored_by_the_learner(page: Page, bank: Bank) -> None:
    show(page, question(bank, "example-sharing-text-01"))
    model = form(page).locator(".esk-model")
    assert not model.is_visible()
    tab(page, "textarea")
    page.keyboard.type("パラメータ数が長さによらない")
    page.keyboard.press("Enter")
    assert not kept(page), "Enter in a longer text is a new line"
    tab(page, "[data-action=sure]")
    page.keyboard.press("Enter")
    assert model.is_visible()
    page.keyboard.press("Space")
    tab(page, ".esk-self")
    page.keyboard.press("Enter")
    assert "自己採点（1/2）" in result(page)
    (event,) = kept(page)
    assert event["status"] == "self" and event["score"] == 0.5
    assert event["answer"]["rubric"] == [True, False]


def test_draft_survives_reload(page: Page, bank: Bank) -> None:
    show(page, question(bank, "example-sharing-text-01"))
    form(page).locator("textarea").press_sequentially("書きかけ")
    page.reload()
    assert form(page).locator("textarea").input_value() == "書きかけ"


def test_group_items_are_graded_each(page: Page, bank: Bank) -> None:
    show(page, question(bank, "example-gru-set-01"))
    assert page.locator("form.esk-q").count() == 3
    form(page, 1).locator(".esk-input").fill("3/4")
    form(page, 1).locator("[data-action=sure]").click()
    assert "正解" in result(page, 1)
    assert result(page, 0) == "" and result(page, 2) == ""
    assert [event["id"] for event in kept(page)] == ["example-gru-set-01/ratio"]


def test_code_points_to_the_exercise(page: Page, bank: Bank) -> None:
    show(page, question(bank, "example-step-exercise-01"))
    assert "rnn-step" in page.locator(".esk-stem + p").inner_text()
    assert page.locator("form").count() == 0


# -- grading --------------------------------------------------------------------------------

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "grading.json").read_text(encoding="utf-8")
)
JUDGE = """(text) => JSON.stringify(
  JSON.parse(text).map(({ payload, raw }) => window.eshikaku.judge(payload, raw)))"""


def judged_by_the_page(page: Page, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    show(page)
    found: list[dict[str, Any]] = json.loads(page.evaluate(JUDGE, json.dumps(cases)))
    return found


def test_page_grades_as_the_vectors_say(page: Page) -> None:
    wrong = []
    for vector, found in zip(VECTORS, judged_by_the_page(page, VECTORS), strict=True):
        expected = {k: vector[k] for k in ("status", "score", "parts") if k in vector}
        got = {
            "status": found["status"],
            "score": pytest.approx(found["score"], abs=1e-12),
            "parts": [status for _, status in found["parts"]],
        }
        if vector["status"] == "wrong" and vector["payload"]["type"] == "numeric":
            expected["near"], got["near"] = vector.get("near"), found["near"]
        if "part_near" in vector:
            expected["part_near"], got["part_near"] = vector["part_near"], found["partNear"]
        if any(got[name] != value for name, value in expected.items()):
            wrong.append((vector["name"], expected, found))
    assert not wrong


def test_page_and_python_agree_on_whatever_is_typed(page: Page) -> None:
    """Random texts from the characters that matter, in every type that is typed."""
    rng = random.Random(20260801)
    digits = "0123456789.,+-eE/*x×^()%個 ０１２．，－ー⁻³²１"
    letters = [*digits, "10^", "\\times", "\u3000", "\u200b"]
    words = [*"abAB_xW@.*()[]'\"`“” ＠（）ａＢ", "np.dot", "  ", "\t", "忘却", "ﾜｽﾚ", "ß", "İ"]
    number = {"type": "numeric", "answer": 12.0, "rtol": 0.05, "atol": 0.0, "unit": "個"}
    number |= {"near": [3.0, -1e-3], "steps": {"a": 1.0}}
    cases: list[dict[str, Any]] = []
    for _ in range(3000):
        typed = "".join(rng.choices(letters, k=rng.randint(1, 7)))
        raw = {"value": typed, "steps": {"a": typed}} if rng.random() < 0.3 else typed
        cases.append({"payload": number, "raw": raw})
        form_, other = ("".join(rng.choices(words, k=rng.randint(1, 5))) for _ in range(2))
        again = "".join(f" {c}　" if rng.random() < 0.2 else c for c in form_).upper()
        hole = {"accept": [form_], "near": [other], "code": rng.random() < 0.5, "case": False}
        typed = rng.choice([form_, other, again, again.lower()])
        cases.append({"payload": {"type": "blank", "holes": [hole]}, "raw": [typed]})
    found = judged_by_the_page(page, cases)
    differ = [
        (case, f["status"], python)
        for case, f in zip(cases, found, strict=True)
        for python in [judge(case["payload"], case["raw"])]
        if (f["status"], f["near"], [tuple(p) for p in f["parts"]], tuple(f["partNear"]))
        != (python.status, python.near, list(python.parts), python.part_near)
    ]
    assert not differ, differ[:3]
    assert len({f["status"] for f in found}) == 3


def test_unanswered_then_given_up(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE))
    button = form(page).locator("[data-action=unsure]")
    button.click()
    assert "未回答" in result(page)
    assert not kept(page) and not form(page).locator(".esk-explain").is_visible()
    button.click()
    (event,) = kept(page)
    assert event["status"] == "unanswered" and event["answer"] is None
    assert form(page).locator(".esk-explain").is_visible()


def test_unreadable_number_is_not_graded(page: Page, bank: Bank) -> None:
    show(page, question(bank, NUMERIC))
    form(page).locator(".esk-input").fill("1,5")
    for _ in range(2):
        form(page).locator("[data-action=sure]").click()
        assert "数として読めません" in result(page) and "未回答" in result(page)
    assert not kept(page)


def test_hints_open_one_by_one_and_are_counted(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE))
    form(page).locator(".esk-hint summary").first.click()
    form(page).locator("input").first.check()
    form(page).locator("[data-action=sure]").click()
    assert kept(page)[0]["hints"] == 1


def test_composing_enter_does_not_grade(page: Page, bank: Bank) -> None:
    show(page, question(bank, "example-gates-words-01"))
    field = form(page).locator("[data-hole='1']")
    field.focus()
    cdp = page.context.new_cdp_session(page)
    cdp.send("Input.imeSetComposition", {"text": "わすれ", "selectionStart": 3, "selectionEnd": 3})
    key = {"type": "keyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    cdp.send("Input.dispatchKeyEvent", key)
    field.evaluate(
        """(f) => f.dispatchEvent(new KeyboardEvent('keydown',
             {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"""
    )
    assert result(page) == "" and not kept(page)
    cdp.send("Input.insertText", {"text": "忘却"})
    assert field.input_value() == "忘却"
    page.keyboard.press("Enter")
    assert "一部正解" in result(page)


def test_three_copies_do_not_disturb_each_other(page: Page, bank: Bank) -> None:
    show(page, *[question(bank, SINGLE)] * 3)
    for number, key in enumerate("bac"):
        form(page, number).locator(f"input[value={key}]").check()
    for number, word in enumerate(["不正解", "正解", "不正解"]):
        form(page, number).locator("[data-action=sure]").click()
        assert result(page, number).split("\n")[0].endswith(word)
    assert [event["answer"] for event in kept(page)] == ["b", "a", "c"]
    assert len({event["uuid"] for event in kept(page)}) == 3
    assert all(re.fullmatch(r"[0-9a-f-]{36}", event["uuid"]) for event in kept(page))
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((n) => n.id)")
    assert len(ids) == len(set(ids)) > 0


def test_every_option_is_explained(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE))
    form(page).locator("input[value=b]").check()
    form(page).locator("[data-action=sure]").click()
    shown = form(page).locator(".esk-explain").inner_text()
    for option in bank.question(SINGLE).options:
        assert option.why in shown
    assert bank.question(SINGLE).options[1].why in result(page)


def test_review_keys(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE, mode="review"), question(bank, SINGLE))
    form(page).locator("input[value=a]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("2")
    (event,) = kept(page)
    assert event["mode"] == "review" and event["confidence"] == "unsure"
    form(page, 1).locator("input[value=a]").focus()
    page.keyboard.press("1")
    assert len(kept(page)) == 1, "outside of a review the digits are the page's"


def test_exam_shows_nothing(page: Page, bank: Bank) -> None:
    markup = question(bank, SINGLE, mode="exam")
    assert bank.question(SINGLE).options[0].why not in markup
    show(page, markup)
    form(page).locator("input[value=b]").check()
    form(page).locator("[data-action=exam]").click()
    assert "記録しました" in result(page)
    assert kept(page)[0]["status"] == "self"


def test_prediction_is_neither_right_nor_wrong(page: Page, bank: Bank) -> None:
    show(page, question(bank, PREDICTION, mode="predict"), question(bank, PREDICTION))
    form(page).locator("input[value=up]").check()
    form(page).locator("[data-action=predict]").click()
    assert "予想を記録しました" in result(page)
    for _ in range(2):
        form(page, 1).locator("[data-action=predict]").click()
        assert "未回答" in result(page, 1)
    form(page, 1).locator("[data-action=pass]").click()
    assert "予想せずに" in result(page, 1)
    assert [(e["mode"], e["status"], e["answer"]) for e in kept(page)] == [
        ("predict", "self", "up"),
        ("predict", "unanswered", None),
    ]
    assert not page.locator(".esk-tag").count()
    page.reload()
    assert "予想" in result(page)
