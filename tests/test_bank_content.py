"""Every bank of the course: the linter, the values, the quotas, keys computed a second time.

``tests/keys_<stem>.py`` declares how each generator of a chapter is computed by another way
(torch's own count, a brute-force loop, SciPy), from the values shown::

    INDEPENDENT = {"lstm_parameters": lambda values: count_with_torch(values["D"], values["H"])}

Where a generator serves several keys (``answer: name`` of items of a group), the function
returns a mapping from their names; ``"answer"`` stands for ``Calculation.answer``.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
import inspect
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eshikaku import course
from eshikaku.authoring import coverage
from eshikaku.questions import bank, lint, parameters, reading, syllabus
from eshikaku.questions.building import PLACEHOLDER
from eshikaku.questions.calculation import Calculation
from eshikaku.questions.errors import BankError
from eshikaku.questions.model import Question

FILES = sorted((course.root() / "quizzes").glob("[0-9][0-9]_*.yaml"))
SEEDS = 50
PER_ITEM = {course.IN_SCOPE: 10, course.ADVANCED: 4}
UNREAD = "unreadable"  # stands for the generators of a bank that can't be read
COLLECTIONS = ("basics", "exam")  # banks that belong to no single topic


def stem(path: Path) -> str:
    return path.stem.partition("_")[2]


def bank_at(path: Path) -> bank.Bank:
    """The bank of a file, read once in a session."""
    return bank.bank_of(stem(path))


every_bank = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


DRAFTS = {chapter.name for chapter in course.chapters() if chapter.draft}
FINISHED = [path for path in FILES if path.stem not in DRAFTS]


def independent(name: str) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
    """What ``tests/keys_<stem>.py`` says about the chapter's generators."""
    module = f"keys_{name}"
    if importlib.util.find_spec(module) is None:
        return {}
    found: Mapping[str, Callable[[Mapping[str, Any]], Any]]
    found = importlib.import_module(module).INDEPENDENT
    return found


def test_there_are_banks_and_each_belongs_to_a_chapter() -> None:
    assert FILES
    names = {chapter.name for chapter in course.chapters()}
    assert not [path.name for path in FILES if path.stem not in names]


@every_bank
def test_the_linter_finds_nothing(path: Path) -> None:
    assert "\n".join(map(str, lint.check(bank_at(path)))) == ""


@every_bank
def test_values_keep_the_rules_for_every_seed(path: Path) -> None:
    found = [p for q in bank_at(path).by_id.values() for p in lint.check_values(q)]
    assert "\n".join(map(str, found)) == ""


@pytest.mark.parametrize("path", FINISHED, ids=lambda path: path.stem)
def test_the_chapter_has_enough_and_does_not_give_its_keys_away(path: Path) -> None:
    found = bank_at(path)
    problems = lint.chapter_limits(found.questions)
    if stem(path) not in COLLECTIONS:
        problems += lint.quotas(found)
    assert "\n".join(problems) == ""


@every_bank
def test_every_figure_is_drawn(path: Path) -> None:
    from matplotlib.figure import Figure

    chapter = course.chapter(stem(path))
    for question in bank_at(path).by_id.values():
        figure = parameters.instance(question).figure
        if figure is not None:
            assert isinstance(chapter.figure(figure.draw)(**figure.args), Figure), question.id


def experiments() -> list[Any]:
    """The experiments that ask for a prediction and, after the run, for its reason."""
    found = [x for path in FILES for x in course.chapter(stem(path)).experiments().values()]
    return [x for x in found if x.prediction and x.prediction.reason]


def test_every_reason_says_whether_it_stands_alone() -> None:
    """Its author decides: with setting, sizes and symbols in the stem, or never drawn."""
    stated = {
        raw["id"]: raw.get("standalone")
        for path in FILES
        for raw in reading.read(path)["questions"]
    }
    undecided = [x.name for x in experiments() if stated[x.prediction.reason] is None]
    assert undecided == []


def test_a_stem_that_stands_alone_leans_on_no_experiment() -> None:
    leaning = re.compile(r"(この|その|上の|下の|先ほどの|さっきの|前の)(実験|図|表示|実行|結果)")
    found = [
        f"{question.id}: {match[0]}"
        for path in FILES
        for question in bank.load(path).by_id.values()
        if question.standalone and (match := leaning.search(question.stem))
    ]
    assert found == []


def longest_common(one: str, other: str) -> str:
    """The longest text that stands in both."""
    match = difflib.SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    return one[match.a : match.a + match.size]


def test_what_follows_a_prediction_does_not_give_its_reason_away() -> None:
    found = []
    for experiment in experiments():
        ask = bank.question(experiment.prediction.ask)
        reason = bank.question(experiment.prediction.reason)
        key = next(o.text for o in reason.options if o.correct)
        told = ask.explain + "".join(o.why for o in ask.options)
        shared = longest_common(key, told)
        if len(shared) >= 7:
            found.append(f"{ask.id}: 「{shared}」")
    assert found == []


# -- keys, computed a second time ---------------------------------------------------------------


def generators(path: Path) -> dict[str, list[Question]]:
    """The questions of each generator, items of groups included."""
    found: dict[str, list[Question]] = {}
    for question in bank_at(path).by_id.values():
        if question.generator:
            found.setdefault(question.generator, []).append(question)
    return found


def every_generator() -> Iterator[Any]:
    """Each bank's generators; a bank that can't be read fails its own test, not the collection."""
    for path in FILES:
        try:
            names = list(generators(path))
        except BankError:
            names = [UNREAD]
        for name in names:
            yield pytest.param(path, name, id=f"{path.stem}-{name}")


def keys(question: Question, calculation: Calculation) -> dict[str, Any]:
    """The values by which a question is graded, by name.

    In a ``numeric`` its answer; elsewhere the values that stand in a right option (or form, or
    right side) but not in the question itself.
    """
    if question.type == "numeric":
        answer = calculation.values[question.answer] if question.answer else calculation.answer
        return {question.answer or "answer": answer}
    right = [o.text for o in question.options if o.correct]
    right += [c.text for h in question.holes for c in h.choices if c.correct]
    right += [form for h in question.holes for form in h.accept]
    right += [p.right for p in question.pairs if p.left]
    given = question.stem + question.shared_stem + question.template
    names = {m["name"] for text in right for m in PLACEHOLDER.finditer(text)}
    names -= {m["name"] for m in PLACEHOLDER.finditer(given)}
    return {name: calculation.values[name] for name in names}


def agree(value: Any, again: Any) -> bool:
    if isinstance(value, int | float) and isinstance(again, int | float):
        return math.isclose(value, again, rel_tol=1e-6, abs_tol=1e-9)
    return bool(np.array_equal(value, again))


@pytest.mark.parametrize(("path", "name"), list(every_generator()))
def test_every_key_agrees_with_another_computation(path: Path, name: str) -> None:
    computed = independent(stem(path)).get(name)
    for question in generators(path)[name]:
        for seed in range(SEEDS):
            calculation = parameters.calculate(question, seed)
            asked = keys(question, calculation)
            if not asked:
                break  # its values are only shown
            assert computed, f"INDEPENDENT of tests/keys_{stem(path)}.py has no {name}"
            again = computed(calculation.values)
            again = again if isinstance(again, Mapping) else {"answer": again}
            for key, value in asked.items():
                assert key in again, f"{name}: no second computation of {key}"
                assert agree(value, again[key]), (
                    f"{question.id}, seed {seed}, {key}: {value} ≠ {again[key]}"
                )


@every_bank
def test_generators_draw_once(path: Path) -> None:
    """What is drawn again is drawn again by ``draws``: bounded, and by one rule."""
    source = course.chapter(stem(path)).module("calculations")
    tree = ast.parse(inspect.getsource(source)) if source else ast.Module([], [])
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.While)]


@every_bank
def test_no_second_computation_is_left_over(path: Path) -> None:
    assert set(independent(stem(path))) <= set(generators(path))


# -- the whole ----------------------------------------------------------------------------------


def test_no_key_can_be_guessed_from_its_form() -> None:
    questions = [q for path in FILES for q in bank_at(path).questions]
    found = lint.statistics(questions)
    assert "\n".join(lint.limits(found)) == "", "\n".join(found.lines())


def test_every_claimed_item_is_asked_often_enough() -> None:
    """Per syllabus item of a chapter that has a bank: 10 in scope, 4 beyond it."""
    asked = Counter(
        id
        for path in FILES
        for question in bank_at(path).questions
        for part in question.answerable
        if not part.prediction
        for id in part.syllabus
    )
    known = syllabus.load()
    claimed = {id for path in FINISHED for id in course.chapter(stem(path)).syllabus}
    few = {id: asked[id] for id in sorted(claimed) if asked[id] < PER_ITEM[known.item(id).scope]}
    assert not few


def test_every_claimed_content_of_the_syllabus_is_told_and_asked() -> None:
    """Each content named under an item that a chapter claims, not the item's id alone."""
    lacking = []
    for item in syllabus.load().items:
        claimed = coverage.claimed(item)
        lacking += [
            f"{item.id} {content}"
            for content in coverage.of(item)
            if content.name in claimed and not (content.sections and content.questions)
        ]
    assert "\n".join(lacking) == ""


def test_what_a_chapter_claims_stands_in_the_ledger() -> None:
    known = syllabus.load().by_id
    for chapter in course.chapters():
        for item, names in chapter.only.items():
            assert item in chapter.syllabus and set(names) <= set(known[item].named), chapter.name
    for item in known.values():
        assert set(item.also) <= set(item.named), item.id


def test_ids_are_unique_over_all_banks() -> None:
    ids = Counter(q.id for path in FILES for q in bank_at(path).by_id.values())
    assert not [id for id, n in ids.items() if n > 1]
