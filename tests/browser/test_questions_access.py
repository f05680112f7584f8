"""Questions for every reader: keys that stay Lab's, axe, no script, no requests."""

from __future__ import annotations

import pytest
from answering import NUMERIC, SINGLE
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from static import document, form, question, show

from eshikaku.questions.bank import Bank
from vectors import example


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    return example.install(monkeypatch)


def test_shortcuts_are_suppressed_on_the_control_itself(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE))
    radio = form(page).locator("input").first
    radio.focus()
    page.keyboard.press("ArrowDown")
    focused = page.locator(":focus")
    page.keyboard.press("b")
    assert focused.get_attribute("data-lm-suppress-shortcuts") is not None
    for key in ("Control+s", "Meta+s", "Alt+x", "Escape"):
        page.keyboard.press("b")
        page.keyboard.press(key)
        assert focused.get_attribute("data-lm-suppress-shortcuts") is None, key


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 600), ("dark", 360)])
def test_axe_finds_nothing_serious(page: Page, bank: Bank, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    bodies = [question(bank, q.id) for q in bank.questions]
    show(page, *bodies, question(bank, NUMERIC, 5, "faded"), question(bank, SINGLE, mode="exam"))
    page.add_style_tag(content=":root { color-scheme: light dark; }")

    def serious() -> list[str]:
        found = Axe().run(page).response["violations"]
        return [
            f"{v['id']}: {v['nodes'][0]['html'][:200]} {v['nodes'][0]['failureSummary']}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]

    assert serious() == []
    for button in page.locator("[data-action=sure]").all():
        button.click()
        if button.is_visible():
            button.click()
    form(page).locator(".esk-again").click()
    form(page).locator("input[value=b]").check()
    form(page).locator("[data-action=sure]").click()
    page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert serious() == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_readable_without_script_and_style(page: Page, bank: Bank) -> None:
    show(page, question(bank, SINGLE), runtime=False)
    assert page.locator(".esk :is(input, button, form)").count() == 0, "nothing looks alive"
    assert page.locator(".esk-answer li").count() == 4
    explanation = page.locator(".esk-explain")
    assert explanation.get_attribute("open") is None
    explanation.locator("summary").click()
    assert bank.question(SINGLE).options[0].why in explanation.inner_text()


def test_nothing_is_requested(page: Page, bank: Bank) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    show(page, *[question(bank, q.id) for q in bank.questions])
    assert asked == ["http://page.test/"]
    assert "://" not in document([])
