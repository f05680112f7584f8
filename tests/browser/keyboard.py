"""How each type of the example bank is answered rightly, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page
from static import tab

SINGLE = "example-cell-gradient-01"


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


BY_KEYBOARD: dict[str, Callable[[Page], None]] = {
    SINGLE: choose_single,
    "example-bptt-facts-01": choose_multi,
    "example-rnn-step-code-01": type_code,
    "example-gates-words-01": type_words,
    "example-training-order-01": put_in_order,
    "example-shapes-match-01": choose_pairs,
}
