"""A question as one learner sees it: values drawn, holes filled, options shuffled.

Everything here is a function of (id, rev, part, seed) alone, so that book, screen and class
show the same numbers, and a recorded answer can be graded again years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eshikaku.questions.model import Figure, Question

FADES = ("worked", "faded", "alone")


@dataclass(frozen=True)
class InstanceOption:
    """An option as shown; the order in ``Instance.options`` is the order on the page."""

    key: str
    text: str
    correct: bool = False
    why: str = ""


@dataclass(frozen=True)
class InstanceNear:
    """A typical wrong answer: a number (``numeric``) or a typed form (a hole)."""

    value: float | str
    text: str  # the value as shown
    why: str


@dataclass(frozen=True)
class InstanceStep:
    """A step of the worked solution.

    ``text`` is Markdown with at most one ``@{?}`` where the value stands; ``shown`` is the
    value as text. ``blank``: an input stands there instead (fade ``faded``).
    """

    name: str
    text: str
    value: float | None = None
    shown: str = ""
    blank: bool = False


@dataclass(frozen=True)
class InstanceHole:
    """A hole: shuffled choices, or accepted typed forms (the first is the one shown)."""

    choices: tuple[InstanceOption, ...] = ()
    accept: tuple[str, ...] = ()
    near: tuple[InstanceNear, ...] = ()
    why: str = ""
    code: bool = False
    case: bool = False


@dataclass(frozen=True)
class InstanceBlock:
    """A block of an ``order`` question, in the order shown."""

    key: str
    text: str
    distractor: bool = False
    why: str = ""


@dataclass(frozen=True)
class InstanceSide:
    """A left or right side of a ``match`` question."""

    key: str
    text: str
    why: str = ""


@dataclass(frozen=True)
class Instance:
    """A question with its values (see :class:`~eshikaku.questions.model.Question`).

    Attributes:
        fade: ``worked`` (all steps shown), ``faded`` (named steps empty) or ``alone`` (the
            steps belong to the explanation).
        answer: the key of a ``numeric``; ``answer_text`` is how it is shown.
        template: ``blank``; parameters filled in, ``@{1}`` … left; see :attr:`segments`.
        blocks, lefts, rights: shuffled. pairs: left key -> right key.
        orders: every right sequence of block keys.
        items: the instances of a group's items.
    """

    question: Question
    seed: int
    fade: str
    values: Mapping[str, Any]
    stem: str
    shared_stem: str = ""
    explain: str = ""
    hints: tuple[str, ...] = ()
    figure: Figure | None = None
    steps: tuple[InstanceStep, ...] = ()
    options: tuple[InstanceOption, ...] = ()
    answer: float | None = None
    answer_text: str = ""
    near: tuple[InstanceNear, ...] = ()
    template: str = ""
    holes: tuple[InstanceHole, ...] = ()
    blocks: tuple[InstanceBlock, ...] = ()
    orders: tuple[tuple[str, ...], ...] = ()
    lefts: tuple[InstanceSide, ...] = ()
    rights: tuple[InstanceSide, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)
    model_answer: str = ""
    rubric: tuple[str, ...] = ()
    items: tuple[Instance, ...] = ()
