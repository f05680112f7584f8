"""How a chapter declares a graded exercise.

The reference is written once, as a real function (read by ``inspect``, seen by ruff and the
debugger). What the learner starts from and the misconceptions are edits of it. The cells of the
notebook are generated from the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from eshikaku.exercises.source import BLANK, edited, unwritten

Inputs = Callable[[np.random.Generator], tuple[Any, ...]]  # draws the arguments of one call

KINDS = {"blank": "穴埋め", "write": "関数を書く", "bug": "バグを探す"}
LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Wrong:
    """A misconception: a wrong solution and the message (Japanese) it must get."""

    function: Callable[..., Any]
    message: str


@dataclass(frozen=True)
class Edit:
    """A misconception as a change of the reference's text.

    ``Edit("f * c_prev", "c_prev", "…")`` changes one place. A mapping changes several at once:
    ``Edit({"i * g": "f * g", "f * c_prev": "i * c_prev"}, message="…")``.

    Attributes:
        old: what stands in the reference, exactly once; or each old text with its new one.
        new: what stands there instead.
        message: what the learner is told (Japanese).
    """

    old: str | Mapping[str, str]
    new: str = ""
    message: str = ""

    def of(self, reference: Callable[..., Any]) -> Wrong:
        """The wrong solution that this edit makes of ``reference``.

        Raises:
            ValueError: an old text is not there or stands there several times, or what comes out
                is no Python.
        """
        changes = {self.old: self.new} if isinstance(self.old, str) else self.old
        return Wrong(edited(reference, changes), self.message)


@dataclass(frozen=True)
class Case:
    """A call and what the reference gives for it; drawn once, given to every submission.

    Attributes:
        args: the arguments; a check passes copies.
        expected: what the reference returns.
        note: how a message names the case: ``　N=1 のとき``.
        origin: what the check drew it from.
    """

    args: tuple[Any, ...]
    expected: Any = None
    note: str = ""
    origin: Any = None


class Check(Protocol):
    """One check of a submitted function; see :mod:`eshikaku.exercises.checks` for ready ones.

    ``cases`` are drawn from ``rng`` with the reference alone; ``judge`` calls ``submitted`` on
    one of them and returns ``None`` when all is right, else a ``Finding``. It need not guard the
    calls: what ``submitted`` raises is reported as the learner's error.
    """

    @property
    def name(self) -> str: ...

    @property
    def inputs(self) -> Inputs: ...

    def cases(self, reference: Callable[..., Any], rng: np.random.Generator) -> Sequence[Case]: ...

    def judge(
        self, submitted: Callable[..., Any], reference: Callable[..., Any], case: Case
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
        where: which outputs and elements differ (Japanese), where shapes are right.
        case: the case that failed, where a smaller one may be looked for.
    """

    called: str
    got: str
    expected: str
    next_step: str
    args: tuple[Any, ...] | None = field(default=None, compare=False, repr=False)
    values: tuple[Any, Any] | None = field(default=None, compare=False, repr=False)
    returns: tuple[str, ...] = ()
    where: str = ""
    case: Case | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, eq=False)
class Exercise:
    """A declared exercise.

    ``blanks`` or ``bug`` make of the reference what the learner starts from; with neither the
    function is to be written, from its ``def`` line and docstring.

    Attributes:
        id: kebab-case with the chapter's stem in front, unique for ever: ``rnn-step``.
        level: 1, 2 or 3.
        statement: Markdown: task, shapes, what is returned.
        reference: a right solution, under the name the learner's function has.
        alternatives: ≥ 2 other right solutions.
        wrongs: ≥ 5 misconceptions: edits of the reference, a function only where an edit can't
            say it.
        checks: in order; the first that fails is reported. The first one's ``inputs`` are the
            typical calls on which misconceptions are recognised.
        hints: from a nudge to nearly the answer.
        blanks: texts of the reference (each stands there once) that become ``____``; a mapping
            gives what each becomes: ``{"z = noisy": "z = ____"}``.
        bug: the error the learner is to find; it is a misconception too.
        names: the global names a solution may use; the notebook has them by then.
        equivalent_mutants: mutants of the reference that are right too, each justified:
            ``"z = x - np.min(x)  # 定数は比で消える"``.
        kind: ``blank`` (fill ``____``), ``write`` (a function), ``bug`` (find and mend it).
        starter: the function the learner starts from.

    In the learner's notebook ``____`` is undefined: a blank left open raises NameError when called.

    Raises:
        ValueError: an edit does not fit the reference; the message names the exercise.
    """

    id: str
    title: str
    level: int
    minutes: int
    statement: str
    reference: Callable[..., Any]
    alternatives: Sequence[Callable[..., Any]]
    wrongs: Sequence[Wrong | Edit]
    checks: Sequence[Check]
    hints: Sequence[str]
    blanks: Sequence[str] | Mapping[str, str] = ()
    bug: Edit | None = None
    syllabus: tuple[str, ...] = ()
    names: tuple[str, ...] = ("np",)
    equivalent_mutants: Sequence[str] = ()
    kind: str = field(init=False)
    starter: Callable[..., Any] = field(init=False, repr=False)
    misconceptions: tuple[Wrong, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.blanks and self.bug:
            raise ValueError(f"{self.id}: blanks or a bug, not both")
        if self.level not in LEVELS:
            raise ValueError(f"{self.id}: level {self.level!r} is none of {LEVELS}")
        wrongs = [*([self.bug] if self.bug else []), *self.wrongs]
        try:
            kind, starter = self._derived()
            known = tuple(w.of(self.reference) if isinstance(w, Edit) else w for w in wrongs)
        except ValueError as error:
            raise ValueError(f"{self.id}: {error}") from error
        for name, value in (("kind", kind), ("starter", starter), ("misconceptions", known)):
            object.__setattr__(self, name, value)

    def _derived(self) -> tuple[str, Callable[..., Any]]:
        if self.bug:
            return "bug", self.bug.of(self.reference).function
        if not self.blanks:
            return "write", unwritten(self.reference)
        if isinstance(self.blanks, Mapping):
            changes = dict(self.blanks)
        else:
            changes = dict.fromkeys(self.blanks, BLANK)
        if not all(BLANK in new for new in changes.values()):
            raise ValueError(f"each text in blanks becomes one with {BLANK}")
        return "blank", edited(self.reference, changes)

    @property
    def function_name(self) -> str:
        """The name of the learner's function: the reference's."""
        return self.reference.__name__

    @property
    def inputs(self) -> Inputs:
        """``inputs(rng) -> args``: a typical call, as the first check draws it."""
        return self.checks[0].inputs
