"""Questions and calculations made by hand, for tests of values and of the linter."""

from __future__ import annotations

from typing import Any

import pytest

from eshikaku.questions import parameters
from eshikaku.questions.model import Option, Question, Ref


def numeric(**fields: Any) -> Question:
    """A numeric question with a generator; see :func:`draw`."""
    given: dict[str, Any] = {
        "id": "demo-n-01",
        "rev": 1,
        "type": "numeric",
        "topic": "demo",
        "stem": "@{x} @{x:.2f} @{n:,} @{v}",
        "generator": "make",
        "atol": 0.01,
    }
    return Question(**{**given, **fields})


def draw(monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
    """Let every generator return ``found``."""
    monkeypatch.setattr(parameters, "generator_of", lambda q: lambda rng, **args: found)


def question(**fields: Any) -> Question:
    """A clean single-choice question."""
    options = tuple(Option(k, f"文{k}", k == "a", "理由。") for k in "abcd")
    given: dict[str, Any] = {
        "id": "demo-q-01",
        "rev": 1,
        "type": "single",
        "topic": "demo",
        "stem": "どれですか。",
        "syllabus": ("3.5.i",),
        "explain": "解説。",
        "options": options,
        "refs": (Ref(paper="Elman 1990"),),
    }
    return Question(**{**given, **fields})
