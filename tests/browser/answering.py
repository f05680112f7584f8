"""How each type of the example bank is answered rightly: by keyboard alone, by mouse alone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page
from static import tab

SINGLE = "example-cell-gradient-01"
NUMERIC = "example-lstm-parameters-01"
ANSWER = 29440  # of NUMERIC, first showing


def choose_single(page: Page) -> None:
    tab(page, "input[type=radio]")
    page.keyboard.press("Space")
    while page.evaluate("() => document.activeElement.value") != "a":
        page.keyboard.press("ArrowDown")


def choose_multi(page: Page) -> None:
    for key in ("memory", "state"):
        page.evaluate("() => document.activeElement.blur()")
        tab(page, f"input[type=checkbox][value={key}]")
        page.keyboard.press("Space")


def type_code(page: Page) -> None:
    tab(page, "[data-hole='1']")
    page.keyboard.type("np.dot( x,W_x )")
    tab(page, "[data-hole='2']")
    page.keyboard.type("ｈ＠W_h")
    tab(page, "[data-hole='3']")
    while page.evaluate("() => document.activeElement.value") != "tanh":
        page.keyboard.press("ArrowDown")


def type_words(page: Page) -> None:
    tab(page, "[data-hole='1']")
    page.keyboard.type("Forget")
    tab(page, "[data-hole='2']")
    page.keyboard.type("リセット")


def put_in_order(page: Page) -> None:
    tab(page, ".esk-block[data-key=detach] .esk-drop")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.textContent") == "使う"
    for key in ("step", "clip", "backward", "loss", "zero"):  # each to the top, last one first
        page.evaluate("() => document.activeElement.blur()")
        tab(page, f".esk-block[data-key={key}] .esk-up")
        for _ in range(6):
            page.keyboard.press("Space")


def choose_pairs(page: Page) -> None:
    for left in ("wx", "wh", "b", "h"):
        tab(page, f"[data-left={left}]")
        while page.evaluate("() => document.activeElement.value") != left:
            page.keyboard.press("ArrowDown")


def type_number(page: Page) -> None:
    tab(page, ".esk-input")
    page.keyboard.type(str(ANSWER))


BY_KEYBOARD: dict[str, Callable[[Page], None]] = {
    SINGLE: choose_single,
    "example-bptt-facts-01": choose_multi,
    NUMERIC: type_number,
    "example-rnn-step-code-01": type_code,
    "example-gates-words-01": type_words,
    "example-training-order-01": put_in_order,
    "example-shapes-match-01": choose_pairs,
}


# -- by mouse: clicks on what is seen; only letters are typed ------------------------------------


def click_option(form: Locator, key: str) -> None:
    form.locator(f".esk-option[data-key={key}] .esk-option-text").click()


def click_single(form: Locator) -> None:
    click_option(form, "a")


def click_multi(form: Locator) -> None:
    for key in ("memory", "exact", "state", "exact"):  # a wrong one, taken back
        click_option(form, key)


def click_number(form: Locator) -> None:
    form.locator(".esk-number").click()  # the label leads into the field
    form.page.keyboard.type(str(ANSWER))


def click_code(form: Locator) -> None:
    for hole, text in (("1", "x @ W_x"), ("2", "h @ W_h")):
        form.locator(f"[data-hole='{hole}']").click()
        form.page.keyboard.type(text)
    form.locator("[data-hole='3']").select_option("tanh")


def click_words(form: Locator) -> None:
    for hole, text in (("1", "忘却"), ("2", "リセット")):
        form.locator(f"[data-hole='{hole}']").click()
        form.page.keyboard.insert_text(text)


def click_order(form: Locator) -> None:
    form.locator(".esk-block[data-key=detach] .esk-drop").click()
    for place, key in enumerate(("zero", "loss", "backward", "clip", "step")):
        block = form.locator(f".esk-blocks > .esk-block[data-key={key}]")
        while block.evaluate("(b) => [...b.parentNode.children].indexOf(b)") > place:
            block.locator(".esk-up").click()


def click_pairs(form: Locator) -> None:
    for left in ("wx", "wh", "b", "h"):
        form.locator(f"[data-left={left}]").select_option(left)


BY_MOUSE: dict[str, Callable[[Locator], None]] = {
    SINGLE: click_single,
    "example-bptt-facts-01": click_multi,
    NUMERIC: click_number,
    "example-rnn-step-code-01": click_code,
    "example-gates-words-01": click_words,
    "example-training-order-01": click_order,
    "example-shapes-match-01": click_pairs,
}
