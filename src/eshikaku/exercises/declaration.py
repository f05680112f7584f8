"""How a chapter declares a graded exercise.

Starter, reference, alternatives and misconceptions are real functions (read by ``inspect``),
so that ruff, mypy and the debugger see them. The cells of the notebook are generated from
the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

____: Any = "____"
"""The blank of a starter: imported by a chapter so that its starters are valid Python there.

In the learner's notebook the name is undefined: a blank left open raises NameError when called.
"""

BLANK = "____"  # the blank's name, as it appears in sources and in NameError.name
KINDS = {"blank": "穴埋め", "write": "関数を書く", "bug": "バグを探す"}
LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Wrong:
    """A misconception: a wrong solution and the message (Japanese) it must get."""

    function: Callable[..., Any]
    message: str


class Check(Protocol):
    """One check of a submitted function; see :mod:`eshikaku.exercises.checks` for ready ones.

    A check draws its cases from ``rng``, calls ``submitted`` and compares with ``reference``
    or a property. It returns ``None`` when all is right, else a ``Finding``. It need not guard
    the calls: what ``submitted`` raises is reported as the learner's error.
    """

    @property
    def name(self) -> str: ...

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
        called: what was called, with shapes and dtypes: ``rnn_step(x (3, 2), …)``.
        got: what came back.
        expected: what was expected, or which property failed.
        next_step: what to look at now (replaced by a misconception's message where one is
            recognised).
        args: the arguments of the failing call, before it: misconceptions are tried on them.
        values: what came back and what was expected there, where the check compares two values:
            general mistakes (sign, transposition, …) are looked for in them.
        returns: the names of the outputs, where there are several.
    """

    called: str
    got: str
    expected: str
    next_step: str
    args: tuple[Any, ...] | None = field(default=None, compare=False, repr=False)
    values: tuple[Any, Any] | None = field(default=None, compare=False, repr=False)
    returns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """A declared exercise.

    Attributes:
        id: kebab-case with the chapter's stem in front, unique for ever: ``rnn-step``.
        kind: ``blank`` (fill ``____``), ``write`` (a function), ``bug`` (find and mend it).
        level: 1, 2 or 3.
        statement: Markdown: task, shapes, what is returned.
        starter: the function the learner starts from; blanks ``____`` stand inside it. Its name
            is the name the learner's function has.
        reference: a right solution with the same signature.
        alternatives: ≥ 2 other right solutions.
        wrongs: ≥ 5 misconceptions.
        checks: in order; the first that fails is reported.
        hints: from a nudge to nearly the answer.
        inputs: ``inputs(rng) -> args`` a typical call (used to recognise misconceptions).
        names: the global names a solution may use; the notebook has them by then.
        equivalent_mutants: mutants of the reference that are right too, each justified:
            ``"z = x - np.min(x)  # 定数は比で消える"``.
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
    names: tuple[str, ...] = ("np",)
    equivalent_mutants: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.id}: kind {self.kind!r} is none of {', '.join(KINDS)}")
        if self.level not in LEVELS:
            raise ValueError(f"{self.id}: level {self.level!r} is none of {LEVELS}")

    @property
    def function_name(self) -> str:
        """The name of the learner's function: the starter's."""
        return self.starter.__name__
