"""A static page with questions of the example bank: no server, no kernel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, Page

from eshikaku.questions import parameters
from eshikaku.questions.bank import Bank
from eshikaku.questions.render import question_html, runtime_html

URL = "http://page.test/"  # plain http: crypto.randomUUID is missing there, as on a LAN server

PORT = """() => {
  window.sent = [];
  window.port = {
    send(message) {
      window.sent.push(JSON.parse(JSON.stringify(message)));
      if (message.type === "hello") this.receive({ type: "history", record: "r1" });
    },
    typeset: (node) => { window.typeset = node; },
  };
  window.eshikaku.attach(window.port);
}"""
"""A bridge without a kernel behind it: what the page sends is kept in ``sent``."""


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
"""The same with a record of its own, as a learner's first cell makes it."""


def begin(page: Page, record: str, answers: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The first cell is run by the learner with this record; returns what reaches that record."""
    page.evaluate(LEARNER, [record, answers or {}])
    return events(page)


def answer(page: Page, key: str, number: int = 0) -> None:
    """Choose an option of the ``number``-th form and have it graded."""
    form(page, number).locator(f"input[value={key}]").check()
    form(page, number).locator("[data-action=sure]").click()


def question(
    bank: Bank, id: str, seed: int = 0, fade: str | None = None, mode: str = "study"
) -> str:
    """The markup of one question."""
    return question_html(parameters.instance(bank.question(id), seed, fade), mode)


def document(bodies: Sequence[str], runtime: bool = True) -> str:
    """A page as an export would write it."""
    head = '<meta charset="utf-8"><title>問題</title>'
    script = runtime_html() if runtime else ""
    body = "\n".join(bodies)
    return (
        f'<!doctype html><html lang="ja"><head>{head}</head><body><main><h1>問題</h1>'
        f"{script}{body}</main></body></html>"
    )


def show(page: Page, *bodies: str, runtime: bool = True) -> None:
    """Open a page with these questions (again and again from the same origin)."""
    html = document(bodies, runtime)
    page.unroute_all()
    page.route(
        "**/*",
        lambda route: (
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
            if route.request.url == URL
            else route.abort()
        ),
    )
    page.goto(URL)


def form(page: Page, number: int = 0) -> Locator:
    """The ``number``-th form of the page."""
    return page.locator("form.esk-q").nth(number)


def result(page: Page, number: int = 0) -> str:
    """What the ``number``-th form says."""
    return form(page, number).locator(".esk-result").inner_text()


def tab(page: Page, selector: str) -> None:
    """Press Tab until the focus is on something that matches."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def kept(page: Page) -> list[dict[str, Any]]:
    """Events waiting in the browser's storage."""
    found = page.evaluate(
        """() => Object.keys(localStorage).filter((k) => k.includes(':event:'))
             .map((k) => localStorage[k])"""
    )
    return sorted((json.loads(text) for text in found), key=lambda event: str(event["time"]))


def events(page: Page, kind: str = "answer") -> list[dict[str, Any]]:
    """Events sent to the port of :data:`PORT`."""
    sent = page.evaluate("() => window.sent")
    return [m["event"] for m in sent if m["type"] == "event" and m["event"]["kind"] == kind]
