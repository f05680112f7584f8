"""Every question of the course becomes a form with all its controls, reasons and no error."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page
from static import show

from eshikaku import course
from eshikaku.questions import bank, parameters, render
from eshikaku.questions.instances import Instance
from eshikaku.questions.render import question_html

BUILT = """() => [...document.querySelectorAll('form.esk-q')].map((form) => {
  const values = (selector, name) =>
    [...form.querySelectorAll(selector)].map((node) => node.dataset[name] ?? node[name]);
  return {
    options: values('.esk-option input', 'value'),
    holes: values('.esk-hole-input', 'hole').sort(),
    offered: [...form.querySelectorAll('select')].map((s) => s.options.length - 1),
    blocks: values('.esk-block', 'key'),
    lefts: values('.esk-right-choice', 'left'),
    steps: values('.esk-step', 'step'),
    points: form.querySelectorAll('.esk-point').length,
    typed: form.querySelectorAll('.esk-input, .esk-text').length,
    reasons: values('.esk-reason[data-key]', 'key').length,
  };
})"""


def built(shown: Instance) -> dict[str, Any]:
    """What the page must make of it."""
    kind = shown.question.type
    chosen = [len(hole.choices) for hole in shown.holes if hole.choices]
    typed = [hole for hole in shown.holes if not hole.choices]
    reasons = len(shown.options) + sum(chosen) + len(shown.near)
    reasons += sum(1 + len(hole.near) for hole in typed)
    reasons += sum(block.distractor for block in shown.blocks)
    return {
        "options": [o.key for o in shown.options],
        "holes": sorted(str(n) for n in range(1, len(shown.holes) + 1)),
        "offered": chosen or [len(shown.rights)] * len(shown.lefts),
        "blocks": [b.key for b in shown.blocks],
        "lefts": [s.key for s in shown.lefts],
        "steps": [s.name for s in shown.steps if s.blank],
        "points": len(shown.rubric),
        "typed": int(kind in ("numeric", "text")),
        "reasons": reasons,
    }


@pytest.mark.parametrize("chapter", course.chapters(), ids=lambda c: c.name)
def test_every_question_becomes_a_form(
    page: Page, chapter: course.Chapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not chapter.bank.exists():
        assert chapter.stem == "home"
        return
    monkeypatch.setattr(render, "_figure", lambda shown: "")  # drawn in the chapter's own tests
    render._template.cache_clear()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    questions = bank.load(chapter.bank).questions
    shown = [parameters.instance(q, 0, fade) for q in questions for fade in _fades(q)]
    show(page, *map(question_html, shown))
    render._template.cache_clear()
    expected = [built(i) for each in shown for i in each.items or (each,) if _answered(i)]
    found = page.evaluate(BUILT)
    assert errors == [] and len(found) == len(expected)
    names = [i.question.id for each in shown for i in each.items or (each,) if _answered(i)]
    different = [(n, f, e) for n, f, e in zip(names, found, expected, strict=True) if f != e]
    assert different == []
    assert page.locator(".esk u").count() == 0, "every hole is a field"
    for width in (1000, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def _answered(shown: Instance) -> bool:
    return shown.question.type != "code"


def _fades(question: Any) -> tuple[str, ...]:
    return ("faded", "alone") if question.blank_steps else ("alone",)
