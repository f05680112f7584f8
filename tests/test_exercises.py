"""The exercises of all chapters, walked by one generated suite.

For each exercise: the reference passes, the starter is 未着手, alternatives pass, each known wrong
solution gets its own message, mutants of the reference are rejected, and what the learner sees
stands alone. The engine itself is tested in ``test_exercise_engine.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from eshikaku import course
from eshikaku.exercises import Exercise
from eshikaku.exercises.cells import cells
from eshikaku.exercises.check import check, verdict
from eshikaku.exercises.declaration import KINDS
from eshikaku.exercises.mutants import LEAST_EACH, LEAST_OVERALL, Score, score
from eshikaku.exercises.source import blanks, shown_source, source_of

CHAPTERS = [c for c in course.chapters() if c.module("exercises") is not None]
EXERCISES = [e for c in CHAPTERS for e in c.exercises().values()]
SEEDS = range(20)

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.stem)


def solved(exercise: Exercise, function: Callable[..., Any], seed: int) -> str:
    """The report on a function that is never taken for the untouched starter."""
    report = check(exercise, lambda *args: function(*args), seed=seed)
    return f"{report}\n{report.error!r}" if report.status != "passed" else ""


@each_chapter
def test_a_chapter_has_three_kinds_of_exercises_under_its_stem(chapter: course.Chapter) -> None:
    found = chapter.exercises().values()
    assert len(found) >= 3
    assert {e.kind for e in found} == set(KINDS)
    for exercise in found:
        assert re.fullmatch(rf"{chapter.stem.replace('_', '-')}(-[a-z0-9]+)+", exercise.id)


@each_chapter
def test_each_exercise_stands_once_in_the_text(chapter: course.Chapter) -> None:
    text = chapter.source.read_text(encoding="utf-8")
    placed = re.findall(r"^<!-- exercise: (\S+) -->$", text, re.M)
    assert sorted(placed) == sorted(chapter.exercises())


@each_chapter
def test_the_notebook_has_the_declared_cells(chapter: course.Chapter) -> None:
    notebook = json.loads(chapter.notebook.read_text(encoding="utf-8"))
    sources = {"".join(cell["source"]) for cell in notebook["cells"]}
    for exercise in chapter.exercises().values():
        for cell in cells(exercise):
            assert cell["source"] in sources, f"{exercise.id}: run `make notebooks`"


def test_ids_are_unique() -> None:
    ids = [e.id for e in EXERCISES]
    assert len(ids) == len(set(ids))


@each_exercise
def test_declaration_is_complete(exercise: Exercise) -> None:
    assert exercise.title and exercise.statement.strip() and exercise.minutes > 0
    assert len(exercise.hints) >= 2
    assert len(exercise.alternatives) >= 2
    assert len(exercise.misconceptions) >= 5
    messages = [w.message for w in exercise.misconceptions]
    assert len(set(messages)) == len(messages)
    assert all(len(m) <= 200 and "\n" not in m for m in messages)
    arity = exercise.reference.__code__.co_argcount
    others = [
        exercise.starter,
        *exercise.alternatives,
        *(w.function for w in exercise.misconceptions),
    ]
    assert {f.__code__.co_argcount for f in others} == {arity}
    assert len(exercise.inputs(np.random.default_rng(0))) == arity
    assert bool(blanks(source_of(exercise.starter))) == (exercise.kind == "blank")


@each_exercise
def test_reference_passes(exercise: Exercise) -> None:
    for seed in SEEDS:
        assert not solved(exercise, exercise.reference, seed)


@each_exercise
def test_alternatives_pass(exercise: Exercise) -> None:
    for function in exercise.alternatives:
        for seed in SEEDS:
            assert not solved(exercise, function, seed), function.__name__


@each_exercise
def test_starter_is_untouched(exercise: Exercise) -> None:
    report = check(exercise, exercise.starter)
    assert report.status == "untouched", str(report)


@each_exercise
def test_each_wrong_gets_its_own_message(exercise: Exercise) -> None:
    for wrong in exercise.misconceptions:
        for seed in range(5):
            function = wrong.function
            report = check(exercise, lambda *args: function(*args), seed=seed)  # noqa: B023
            assert report.status in ("failed", "error"), f"{function.__name__}: {report}"
            assert ("次に", wrong.message) in report.rows, f"{function.__name__}: {report}"


@each_exercise
def test_what_the_learner_sees_stands_alone(exercise: Exercise) -> None:
    """The starter can be defined, and the shown solution passes, with the notebook's names."""
    given = {name: exercise.reference.__globals__[name] for name in exercise.names}
    exec(shown_source(exercise.starter), dict(given))
    space = dict(given)
    exec(shown_source(exercise.reference, exercise.function_name), space)
    assert verdict(exercise, space[exercise.function_name])


@pytest.fixture(scope="session")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Exercise], Score]:
    """Mutant scores, computed once a session also where xdist runs several workers."""
    place: Path = tmp_path_factory.getbasetemp()
    if re.fullmatch(r"popen-gw\d+", place.name):
        place = place.parent

    def of(exercise: Exercise) -> Score:
        kept = place / f"mutants-{exercise.id}.json"
        with FileLock(f"{kept}.lock"):
            if not kept.exists():
                kept.write_text(json.dumps(vars(score(exercise))), encoding="utf-8")
        return Score(**json.loads(kept.read_text(encoding="utf-8")))

    return of


@each_exercise
def test_mutants_are_rejected(exercise: Exercise, scores: Callable[[Exercise], Score]) -> None:
    result = scores(exercise)
    assert result.counted >= 5, "a reference with so few mutants measures nothing"
    assert result.share >= LEAST_EACH, result.survivors
    assert not result.unused, "declared equivalents that no surviving mutant is like"


def test_mutants_are_rejected_overall(scores: Callable[[Exercise], Score]) -> None:
    results = [scores(e) for e in EXERCISES]
    counted = sum(r.counted for r in results)
    assert counted
    assert sum(r.rejected for r in results) / counted >= LEAST_OVERALL
