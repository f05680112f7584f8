"""What a question is: the bank's YAML, read into frozen dataclasses.

A :class:`Question` is the text as its author wrote it: ``@{H}`` still stands where a value
goes, options in their stored order. What a learner sees (values filled in, options shuffled)
is a :class:`eshikaku.questions.parameters.Instance`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TYPES = ("single", "multi", "numeric", "blank", "order", "match", "text", "code", "group")
SKILLS = ("concept", "formula", "code", "calculation", "figure")
SKILL_NAMES = {
    "concept": "概念",
    "formula": "式",
    "code": "コード",
    "calculation": "計算",
    "figure": "図表",
}
LEVEL_NAMES = {1: "基本", 2: "標準", 3: "応用"}


@dataclass(frozen=True)
class Option:
    """One option of a ``single`` or ``multi`` question, or one choice of a hole.

    Attributes:
        key: what is recorded as the answer; unique within the question, never shown.
        text: Markdown.
        correct: whether choosing it is right.
        why: why it is right, or which misconception leads to it.
    """

    key: str
    text: str
    correct: bool = False
    why: str = ""


@dataclass(frozen=True)
class Near:
    """A typical wrong answer and the misconception behind it.

    ``value`` is a number or the name of a value of the generator (``numeric``), or a typed
    form (a hole of ``blank``).
    """

    value: Any
    why: str


@dataclass(frozen=True)
class NumericKey:
    """What a drawn number is judged by.

    Attributes:
        answer: the generator's value that is the key; ``None`` is ``Calculation.answer``.
        rtol, atol: what is allowed. near: the mistakes the question names.
    """

    answer: str | None = None
    rtol: float = 0.0
    atol: float = 0.0
    near: tuple[Near, ...] = ()


@dataclass(frozen=True)
class Hole:
    """The hole ``@{1}`` of a ``blank`` template: choices, or accepted typed forms.

    Attributes:
        choices: options to choose from; empty where the learner types.
        accept: accepted forms; the first is the one shown afterwards.
        near: typed forms that are recognised as wrong, each with its reason.
        why: the reason of the right answer (``choices`` carry their own).
        case: whether upper and lower case differ (always so in code).
    """

    choices: tuple[Option, ...] = ()
    accept: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    why: str = ""
    case: bool = False


@dataclass(frozen=True)
class Block:
    """One block of an ``order`` question; a distractor belongs nowhere."""

    key: str
    text: str
    distractor: bool = False
    why: str = ""


@dataclass(frozen=True)
class Pair:
    """One pair of a ``match`` question; ``left`` is ``None`` for a right side nobody takes."""

    key: str
    left: str | None
    right: str
    why: str = ""


@dataclass(frozen=True)
class Figure:
    """A picture drawn by the function ``draw`` of the chapter's ``figures``."""

    draw: str
    alt: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ref:
    """Where to read on: a section of a notebook, or a primary source (``paper``, ``doc``)."""

    notebook: str | None = None
    section: str | None = None
    paper: str | None = None
    doc: str | None = None


@dataclass(frozen=True)
class Question:
    """One question of the bank, or one item of a ``group``.

    Attributes:
        id: kebab-case with the topic in front, unique for ever. An item: ``<group-id>/<key>``.
        rev: +1 when meaning or key changes; an item has its group's.
        type: one of :data:`TYPES`.
        prediction: a ``single`` without a right option, asked before an experiment; it is kept
            and never counted.
        stem: Markdown; an item has the group's in ``shared_stem`` besides.
        generator, args: the function of the chapter's ``calculations`` that draws the values.
            An item without one has its group's, and sees the same values.
        standalone: false where only someone who has seen an experiment's result can answer;
            review, recall and exam never draw it, nor any ``prediction``.
        answer: the generator's value that is the key (``numeric``); by default it is
            ``Calculation.answer``.
        rtol, atol: an answer is right where ``|raw - key| <= atol + rtol * |key|``.
        keys: the numbers its draw is the key of: its own (``numeric``), or those of every item
            that shares a group's values; see :mod:`eshikaku.questions.draws`.
        template, holes: ``blank``; ``language`` names the code's language, ``None`` for text.
        blocks, orders: ``order``; ``orders`` holds every right sequence of keys.
        pairs: ``match``.
        model_answer, rubric: ``text``.
        exercise: ``code``, the id of the exercise.
        items: ``group``. contrast: the topics a 「見分け」 group tells apart.
        blank_steps: steps of the worked solution that are empty at the second meeting.
        shuffle: false where the stored order of the options means something.
        path, line: where it stands, for messages.
    """

    id: str
    rev: int
    type: str
    topic: str
    stem: str
    syllabus: tuple[str, ...] = ()
    scope: str = "出題対象"
    skill: str = "concept"
    level: int = 1
    explain: str = ""
    hints: tuple[str, ...] = ()
    refs: tuple[Ref, ...] = ()
    figure: Figure | None = None
    generator: str | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    blank_steps: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    shuffle: bool = True
    prediction: bool = False
    standalone: bool = True
    answer: str | None = None
    rtol: float = 0.0
    atol: float = 0.0
    unit: str = ""
    near: tuple[Near, ...] = ()
    keys: tuple[NumericKey, ...] = ()
    template: str = ""
    language: str | None = None
    holes: tuple[Hole, ...] = ()
    blocks: tuple[Block, ...] = ()
    orders: tuple[tuple[str, ...], ...] = ()
    pairs: tuple[Pair, ...] = ()
    model_answer: str = ""
    rubric: tuple[str, ...] = ()
    exercise: str | None = None
    items: tuple[Question, ...] = ()
    contrast: tuple[str, ...] = ()
    group_id: str | None = None
    part: str = ""  # an item's key
    values_part: str = ""  # the same where the item has a generator of its own
    shared_stem: str = ""
    path: str = ""
    line: int = 0

    @property
    def seed_id(self) -> str:
        """The id that seeds the values: an item draws with its group."""
        return self.group_id or self.id

    @property
    def answerable(self) -> tuple[Question, ...]:
        """What is answered on its own: the items of a group, else the question itself."""
        return self.items or (self,)
