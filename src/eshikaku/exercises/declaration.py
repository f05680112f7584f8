"""How a chapter declares a graded exercise.

Starter, reference, alternatives and misconceptions are real functions (read by ``inspect``),
so that ruff, mypy and the debugger see them. The cells of the notebook are generated from
the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class Wrong:
    """A misconception: a wrong solution and the message (Japanese) it must get."""

    function: Callable[..., Any]
    message: str


class Check(Protocol):
    """One check of a submitted function; see :mod:`eshikaku.exercises.checks` for ready ones.

    A check draws its cases from ``rng``, calls ``submitted`` and compares with ``reference``
    or a property. It returns ``None`` when all is right, else a ``Finding``.
    """

    name: str

    def __call__(
        self,
        submitted: Callable[..., Any],
        reference: Callable[..., Any],
        rng: np.random.Generator,
    ) -> Finding | None: ...


@dataclass(frozen=True)
class Finding:
    """A failed check, shown in at most six lines.

    Attributes:
        called: what was called, with shapes and dtypes: ``rnn_step(x (3,2) float64, …)``.
        got: what came back.
        expected: what was expected, or which property failed.
        next_step: what to look at now (replaced by a misconception's message where one is recognised).
    """

    called: str
    got: str
    expected: str
    next_step: str


@dataclass(frozen=True)
class Exercise:
    """A declared exercise.

    Attributes:
        id: kebab-case with the chapter's stem in front, unique for ever: ``rnn-step``.
        kind: ``blank`` (fill ``____``), ``write`` (a function), ``bug`` (find and mend it).
        statement: Markdown: task, shapes, what is returned.
        starter: the function the learner starts from; blanks ``____`` stand inside it.
        reference: a right solution with the same signature.
        alternatives: ≥ 2 other right solutions.
        wrongs: ≥ 5 misconceptions.
        checks: in order; the first that fails is reported.
        hints: from a nudge to nearly the answer.
        inputs: ``inputs(rng) -> args`` a typical call (used to recognise misconceptions and mutants).
    """

    id: str
    title: str
    kind: str
    level: int
    minutes: int
    statement: str
    starter: Callable[..., Any]
    reference: Callable[..., Any]
    alternatives: Sequence[Callable[..., Any]]
    wrongs: Sequence[Wrong]
    checks: Sequence[Check]
    hints: Sequence[str]
    inputs: Callable[[np.random.Generator], tuple[Any, ...]]
    syllabus: tuple[str, ...] = ()
    equivalent_mutants: Sequence[str] = ()  # justified: "line: reason"
