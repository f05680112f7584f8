"""A question as one learner sees it: values drawn, holes filled, options shuffled.

Everything here is a function of (id, rev, part, seed) alone, so that book, screen and class
show the same numbers, and a recorded answer can be graded again years later.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from eshikaku import course
from eshikaku.course import FADES
from eshikaku.questions import draws
from eshikaku.questions.building import PLACEHOLDER
from eshikaku.questions.calculation import Calculation
from eshikaku.questions.errors import BankError, suggestion
from eshikaku.questions.instances import (
    Instance,
    InstanceBlock,
    InstanceHole,
    InstanceNear,
    InstanceOption,
    InstanceSide,
    InstanceStep,
)
from eshikaku.questions.model import Figure, Hole, Option, Question

if TYPE_CHECKING:
    pass

__all__ = [
    "FADES",
    "Instance",
    "InstanceBlock",
    "InstanceHole",
    "InstanceNear",
    "InstanceOption",
    "InstanceSide",
    "InstanceStep",
    "calculate",
    "first_fade",
    "format_number",
    "generator_of",
    "instance",
    "next_fade",
    "other_numbers",
    "values_seed",
    "variant_seed",
]


# -- seeds ------------------------------------------------------------------------------------


def variant_seed(id: str, rev: int, learner: str, attempt: int) -> int:
    """The seed of a learner's next variant: positive, exact in JavaScript (< 2**53)."""
    return 1 + _digest(f"{id}|{rev}|{learner}|{attempt}") % (2**53 - 1)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")


def values_seed(question: Question, seed: int = 0) -> int:
    """What seeds a question's values; an item without values of its own has its group's."""
    return _digest(f"{question.seed_id}|{question.rev}|{question.values_part}|{seed}")


_Keyed = TypeVar("_Keyed", InstanceOption, InstanceBlock, InstanceSide)


def _shuffled(question: Question, seed: int, salt: str, given: Sequence[_Keyed]) -> list[_Keyed]:
    """In the order of a hash: the same in every version of NumPy, whatever the values drew."""
    head = f"{question.seed_id}|{question.rev}|{question.part}|{seed}|{salt}"
    return sorted(given, key=lambda x: _digest(f"{head}|{x.key}"))


# -- fading -----------------------------------------------------------------------------------


def first_fade(question: Question) -> str:
    """How a question is met first: worked, if some of its steps can be emptied later."""
    return "worked" if question.blank_steps else "alone"


def next_fade(question: Question, fade: str, correct: bool) -> str:
    """One level on after a right answer, one level back after a wrong one."""
    if not question.blank_steps:
        return "alone"
    place = FADES.index(fade) + (1 if correct else -1)
    return FADES[min(max(place, 0), len(FADES) - 1)]


# -- values -----------------------------------------------------------------------------------


def generator_of(question: Question) -> Callable[..., Calculation]:
    """The function of the chapter's ``calculations`` that a question names."""
    chapter = course.chapter(question.topic.replace("-", "_"))
    return chapter.generator(str(question.generator))


def format_number(value: float, *, thousands: bool = False) -> str:
    """A number as a learner reads it: ``117248`` · ``0.125`` · ``1.5e-7``; six digits."""
    if math.isfinite(value) and float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}" if thousands and abs(value) >= 10_000 else str(int(value))
    text = f"{value:.6g}"
    if "e" in text:
        mantissa, _, power = text.partition("e")
        if 0 < int(power) < 15:
            return f"{value:.0f}"
        return f"{mantissa}e{int(power)}"
    return text


class _Filler:
    """Fills ``@{name}`` with the values of one calculation."""

    def __init__(self, question: Question, values: Mapping[str, Any]) -> None:
        self.question, self.values = question, values

    def fail(self, message: str) -> NoReturn:
        q = self.question
        raise BankError(message, path=q.path, line=q.line, id=q.id, field="generator")

    def value(self, name: str) -> Any:
        if name not in self.values:
            known = list(self.values)
            text = suggestion(name, known)
            message = f"生成関数 {self.question.generator} は値 {name!r} を返しません。{text}"
            self.fail(f"{message}返す値: {', '.join(known) or 'なし'}。")
        return self.values[name]

    def text(self, text: str) -> str:
        if "@{" not in text:
            return text
        return PLACEHOLDER.sub(self._one, text)

    def _one(self, match: Any) -> str:
        if match["name"].isdigit() or match["name"] == "?":
            return str(match[0])  # a hole of the template, the value of a step
        value = self.value(match["name"])
        if match["spec"]:
            try:
                return format(value, match["spec"][1:])
            except (TypeError, ValueError) as error:
                self.fail(f"{match[0]} の書式が合いません: {error}")
        return shown(value)

    def args(self, value: Any) -> Any:
        """Arguments of a figure: a text that is one ``@{name}`` becomes the value itself."""
        if isinstance(value, str):
            whole = PLACEHOLDER.fullmatch(value)
            return self.value(whole["name"]) if whole else self.text(value)
        if isinstance(value, Mapping):
            return {k: self.args(v) for k, v in value.items()}
        return [self.args(v) for v in value] if isinstance(value, list) else value


def shown(value: Any) -> str:
    """A value as it stands in a text: numbers plain, sequences as ``(1, 2)``."""
    import numpy as np

    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, str | bool | np.bool_):
        return str(value)
    if isinstance(value, list | tuple):
        return f"({', '.join(shown(v) for v in value)})"
    return format_number(value)


def calculate(question: Question, seed: int = 0) -> Calculation:
    """What the question's generator returns for this seed (empty without a generator).

    Drawn again until the near misses of every key can be told apart (see :mod:`draws`), and
    computed once in a process.

    Raises:
        BankError: the generator is missing, returns something else, or no draw was clear.
    """
    if not question.generator:
        return Calculation(values={})
    filler = _Filler(question, {})
    try:
        found = draws.remembered(
            generator_of(question),
            values_seed(question, seed),
            json.dumps(question.args, sort_keys=True),
            question.keys,
        )
    except draws.NotDrawn as error:
        filler.fail(f"生成関数 {question.generator} の数では、誤りを見分けられません: {error}。")
    except (course.CourseError, TypeError) as error:
        raise BankError(
            str(error), path=question.path, line=question.line, id=question.id, field="generator"
        ) from error
    if not isinstance(found, Calculation):
        filler.fail(f"生成関数 {question.generator} は Calculation を返していません。")
    return found


# -- instances --------------------------------------------------------------------------------


def instance(question: Question, seed: int = 0, fade: str | None = None) -> Instance:
    """A question as shown: ``seed`` 0 is the first showing, the same for everyone.

    Args:
        question: from the bank; an item of a group may stand alone.
        seed: 0, or one of :func:`variant_seed`.
        fade: one of :data:`FADES`; ``None`` is ``alone``.

    Raises:
        BankError: the generator does not give what the text needs.
    """
    fade = fade or "alone"
    if fade not in FADES:
        raise ValueError(f"fade is one of {FADES}, not {fade!r}")
    calculation = calculate(question, seed)
    fill = _Filler(question, calculation.values)
    figure = question.figure
    made = Instance(
        question=question,
        seed=seed,
        fade=fade,
        values=calculation.values,
        stem=fill.text(question.stem),
        shared_stem=fill.text(question.shared_stem),
        explain=fill.text(question.explain),
        hints=tuple(fill.text(h) for h in question.hints),
        figure=figure and Figure(figure.draw, fill.text(figure.alt), fill.args(dict(figure.args))),
        steps=_steps(question, calculation, fill, fade),
        model_answer=fill.text(question.model_answer),
        rubric=tuple(fill.text(r) for r in question.rubric),
        items=tuple(instance(item, seed, fade) for item in question.items),
    )
    if fade == "worked" and question.blank_steps:
        made = replace(made, example=_example(question, seed))
    parts = {"numeric": _numeric, "blank": _blank, "order": _order, "match": _match}
    if question.options:
        options = [_option(fill, o) for o in question.options]
        if question.shuffle:
            options = _shuffled(question, seed, "options", options)
        return replace(made, options=tuple(options))
    if question.type in parts:
        return replace(made, **parts[question.type](question, seed, calculation, fill))
    return made


def other_numbers(question: Question, seed: int, shown: int, fade: str | None = None) -> Instance:
    """The variant of ``seed``, or of a seed near it where that shows the numbers of ``shown``.

    Generators draw from few values, so two seeds may well agree; 「別の数値で」 must not.
    Where every seed gives the same numbers (constant parameters), so does this.
    """
    before = _numbers(instance(question, shown))
    near = (seed ^ k for k in range(_SEEDS_TRIED) if seed != k)  # as safe an integer as the seed
    made = (instance(question, other, fade) for other in near)
    return next((m for m in made if _numbers(m) != before), instance(question, seed, fade))


def _example(question: Question, seed: int) -> Instance | None:
    """What is read before the variant of ``seed`` is answered: other numbers, another answer.

    ``None`` where every seed near it has the same answer.
    """
    asked = instance(question, seed)
    found = (instance(question, seed ^ k) for k in range(1, _SEEDS_TRIED))
    return next((m for m in found if m.answer != asked.answer), None)


_SEEDS_TRIED = 32


def _numbers(made: Instance) -> tuple[Mapping[str, Any], ...]:
    return (made.values, *(item.values for item in made.items))


def _option(fill: _Filler, option: Option) -> InstanceOption:
    return InstanceOption(option.key, fill.text(option.text), option.correct, fill.text(option.why))


def _steps(
    question: Question, calculation: Calculation, fill: _Filler, fade: str
) -> tuple[InstanceStep, ...]:
    names = [s.name for s in calculation.steps]
    for name in question.blank_steps:
        if name not in names:
            fill.fail(f"blank_steps の {name!r} がありません。あるもの: {', '.join(names)}。")
    return tuple(
        InstanceStep(
            name=s.name,
            text=fill.text(s.text),
            value=None if s.value is None else float(s.value),
            shown="" if s.value is None else format_number(s.value, thousands=True),
            blank=fade == "faded" and s.name in question.blank_steps,
        )
        for s in calculation.steps
    )


def _numeric(
    question: Question, seed: int, calculation: Calculation, fill: _Filler
) -> dict[str, Any]:
    answer = fill.value(question.answer) if question.answer else calculation.answer
    if answer is None or not math.isfinite(answer):
        fill.fail(f"生成関数 {question.generator} の答え {answer!r} は数ではありません。")
    written = [
        (fill.value(n.value) if isinstance(n.value, str) else n.value, n.why) for n in question.near
    ]
    near = written if question.answer else written + [(n.value, n.why) for n in calculation.near]
    return {
        "answer": float(answer),
        "answer_text": format_number(answer, thousands=True),
        "near": tuple(
            InstanceNear(float(v), format_number(v, thousands=True), fill.text(why))
            for v, why in near
        ),
    }


def _blank(question: Question, seed: int, calc: Calculation, fill: _Filler) -> dict[str, Any]:
    holes = [_hole(question, seed, n, h, fill) for n, h in enumerate(question.holes, 1)]
    return {"template": fill.text(question.template), "holes": tuple(holes)}


def _hole(question: Question, seed: int, number: int, hole: Hole, fill: _Filler) -> InstanceHole:
    choices = _shuffled(question, seed, f"hole{number}", [_option(fill, c) for c in hole.choices])
    return InstanceHole(
        choices=tuple(choices),
        accept=tuple(fill.text(a) for a in hole.accept),
        near=tuple(
            InstanceNear(fill.text(n.value), fill.text(n.value), fill.text(n.why))
            for n in hole.near
        ),
        why=fill.text(hole.why),
        code=question.language is not None,
        case=hole.case,
    )


def _order(question: Question, seed: int, calc: Calculation, fill: _Filler) -> dict[str, Any]:
    given = [
        InstanceBlock(b.key, fill.text(b.text), b.distractor, fill.text(b.why))
        for b in question.blocks
    ]
    blocks = _shuffled(question, seed, "blocks", given)
    if tuple(b.key for b in blocks if not b.distractor) in question.orders:
        blocks.reverse()  # never shown already in order
    return {"blocks": tuple(blocks), "orders": question.orders}


def _match(question: Question, seed: int, calc: Calculation, fill: _Filler) -> dict[str, Any]:
    lefts: list[InstanceSide] = []
    rights: dict[str, InstanceSide] = {}
    pairs: dict[str, str] = {}
    for pair in question.pairs:
        text = fill.text(pair.right)
        why = fill.text(pair.why) if pair.left is None else ""
        side = rights.setdefault(text, InstanceSide(pair.key, text, why))  # equal texts: one side
        if pair.left is not None:
            lefts.append(InstanceSide(pair.key, fill.text(pair.left), fill.text(pair.why)))
            pairs[pair.key] = side.key
    return {
        "lefts": tuple(lefts),
        "rights": tuple(_shuffled(question, seed, "rights", list(rights.values()))),
        "pairs": pairs,
    }
