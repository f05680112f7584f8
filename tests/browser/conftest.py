"""Chromium for the browser tests: Debian's, driven by Playwright.

Without Chromium the tests are skipped, unless ``ESHIKAKU_REQUIRE_BROWSER=1`` (CI) makes that
a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    """Where Chromium is; skips (or fails, see above) where it is not."""
    given = os.environ.get("ESHIKAKU_CHROMIUM")
    found = given or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("ESHIKAKU_REQUIRE_BROWSER") == "1":
            pytest.fail("Chromium is required here (ESHIKAKU_REQUIRE_BROWSER=1) but not installed")
        pytest.skip("Chromium is not installed")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page (own storage); an uncaught script error fails the test."""
    context = browser.new_context(viewport={"width": 1000, "height": 900}, locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    ours = [error for error in errors if "eshikaku" in error or "Eshikaku" in error]
    assert not ours, ours
