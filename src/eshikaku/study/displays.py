"""What a notebook has displayed of the record, and how it follows it while the kernel lives."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eshikaku.study.pages import Page

Build = Callable[[], "Page"]


def display_html(html: str, text: str, **keywords: Any) -> None:
    """Display HTML; ``text`` is what a page without HTML (and a diff) shows."""
    from IPython.display import display

    if html:
        display({"text/html": html, "text/plain": text}, raw=True, **keywords)


def display_page(page: Page) -> str:
    """Display a page; returns the id by which it can be renewed."""
    display_id = uuid.uuid4().hex
    display_html(page.html, page.text, display_id=display_id)
    return display_id


def display_form(build: Callable[[], Any]) -> None:
    """Display a form of widgets; the stored notebook has none (it would be dead there)."""
    if os.environ.get("ESHIKAKU_SYNC") != "1":
        from IPython.display import display

        display(build())


class Shown:
    """The pages of one kernel that say what the record says now."""

    def __init__(self) -> None:
        self._pages: dict[str, tuple[str, Build]] = {}  # verb → display id, its page
        self._checks: dict[str, tuple[Sequence[str], str, Build]] = {}  # part → ids, the same
        self._waiting = False

    def lasting(self, verb: str, build: Build, first: Page | None = None) -> None:
        """Display a page that follows the record; ``first`` where its first showing differs."""
        self._pages[verb] = (display_page(first or build()), build)

    def skip_check(self, part: str, ids: Sequence[str], build: Build) -> None:
        """Display how a part's check stands; it follows the answers to its questions ``ids``."""
        self._checks[part] = (ids, display_page(build()), build)

    def answered(self, event: Mapping[str, Any]) -> None:
        """An answer came: its check is renewed at once, the pages soon."""
        if event.get("mode") == "skip":
            for ids, display_id, build in self._checks.values():
                if event["id"] in ids or event["id"].split("/")[0] in ids:
                    _renew(display_id, build)
        self._renew_soon()

    def renew(self) -> None:
        """Show what the record says now wherever a page of this notebook stands."""
        for display_id, build in self._pages.values():
            _renew(display_id, build)

    def _renew_soon(self) -> None:
        """The same in a second, once for all the answers that arrive together."""
        import asyncio

        def renew() -> None:
            self._waiting = False
            self.renew()

        if not self._pages or self._waiting:
            return
        try:
            asyncio.get_running_loop().call_later(1.0, renew)
            self._waiting = True
        except RuntimeError:  # no kernel around: a script, a test
            self.renew()


def _renew(display_id: str, build: Build) -> None:
    page = build()
    display_html(page.html, page.text, display_id=display_id, update=True)
