"""What one learner sees of a question: values filled in, options shuffled.

Made by :func:`eshikaku.questions.parameters.instance`, where these names are found too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from eshikaku.questions.building import PLACEHOLDER
from eshikaku.questions.model import Figure, Question


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

    @property
    def solved(self) -> InstanceStep:
        """The same step with its value."""
        return replace(self, blank=False)


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
        fade: ``worked`` (below an example with other numbers), ``faded`` (named steps empty) or
            ``alone``; the steps belong to the explanation besides.
        example: the same question with other numbers, to be read with all its steps before this
            one is answered (``worked`` only).
        answer: the key of a ``numeric``; ``answer_text`` is how it is shown (without unit).
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
    example: Instance | None = None

    @property
    def segments(self) -> tuple[str | int, ...]:
        """The template cut at its holes: text, number of the hole (from 1), text, …"""
        found: list[str | int] = []
        end = 0
        for match in PLACEHOLDER.finditer(self.template):
            if match["name"].isdigit():
                found += [self.template[end : match.start()], int(match["name"])]
                end = match.end()
        return (*found, self.template[end:])

    def layout(self) -> dict[str, Any]:
        """The keys of what is shown, in the order shown: nothing of it tells what is right."""
        question = self.question
        if question.type in ("single", "multi"):
            return {"keys": [o.key for o in self.options]}
        if question.type == "blank":
            return {"holes": [{"keys": [c.key for c in h.choices]} for h in self.holes]}
        if question.type == "order":
            spare = any(b.distractor for b in self.blocks)
            return {"keys": [b.key for b in self.blocks], "spare": spare}
        if question.type == "match":
            lefts, rights = [s.key for s in self.lefts], [s.key for s in self.rights]
            return {"lefts": lefts, "rights": rights}
        return {}

    def key(self) -> dict[str, Any]:
        """What the page needs to grade: JSON-able, without texts (see :mod:`grading`)."""
        question = self.question
        payload: dict[str, Any] = {"type": question.type}
        if question.type in ("single", "multi"):
            right = [o.key for o in self.options if o.correct]
            payload["keys"] = [o.key for o in self.options]
            if question.prediction:
                payload["prediction"] = True
            elif question.type == "single":
                payload["correct"] = right[0]
            else:
                payload["correct"] = sorted(right)
        elif question.type == "numeric":
            payload |= {"answer": self.answer, "rtol": question.rtol, "atol": question.atol}
            payload |= {"unit": question.unit, "near": [n.value for n in self.near]}
            payload["steps"] = {s.name: s.value for s in self.steps if s.blank}
        elif question.type == "blank":
            payload["holes"] = [_hole_key(h) for h in self.holes]
        elif question.type == "order":
            payload["orders"] = [list(o) for o in self.orders]
        elif question.type == "match":
            payload["pairs"] = dict(self.pairs)
        elif question.type == "text":
            payload["rubric"] = len(self.rubric)
        return payload


def _hole_key(hole: InstanceHole) -> dict[str, Any]:
    if hole.choices:
        right = next(c.key for c in hole.choices if c.correct)
        return {"keys": [c.key for c in hole.choices], "correct": right}
    return {
        "accept": list(hole.accept),
        "near": [n.value for n in hole.near],
        "code": hole.code,
        "case": hole.case,
    }
