"""The exercises of all chapters, walked by one generated suite.

For each exercise: the reference passes, the starter is 未着手, alternatives pass, each known wrong
solution gets its own message, mutants of the reference are rejected, and what the learner sees
stands alone. The engine itself is tested in ``test_exercise_*.py``.
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

each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.stem)


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> Callable[[int], range]:
    """``seeds(n)``: so many seeds, or as many as ``--seeds`` says."""
    given = request.config.getoption("--seeds")
    return lambda count: range(given or count)


def solved(exercise: Exercise, function: Callable[..., Any], seed: int) -> str:
    """The report on a function that is never taken for the untouched starter."""
    report = check(exercise, lambda *args: function(*args), seed=seed)
    return f"{report}\n{report.error!r}" if report.status != "passed" else ""


@pytest.mark.parametrize("chapter", [c for c in CHAPTERS if not c.draft], ids=lambda c: c.stem)
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
def test_reference_passes(exercise: Exercise, seeds: Callable[[int], range]) -> None:
    for seed in seeds(10):
        assert not solved(exercise, exercise.reference, seed)


@each_exercise
def test_alternatives_pass(exercise: Exercise, seeds: Callable[[int], range]) -> None:
    for function in exercise.alternatives:
        for seed in seeds(10):
            assert not solved(exercise, function, seed), function.__name__


@each_exercise
def test_starter_is_untouched(exercise: Exercise) -> None:
    report = check(exercise, exercise.starter)
    assert report.status == "untouched", str(report)


@each_exercise
def test_each_wrong_gets_its_own_message(exercise: Exercise, seeds: Callable[[int], range]) -> None:
    for wrong in exercise.misconceptions:
        for seed in seeds(5):
            function = wrong.function
            report = check(exercise, lambda *args: function(*args), seed=seed)  # noqa: B023
            assert report.status in ("failed", "error"), f"{function.__name__}: {report}"
            assert ("次に", wrong.message) in report.rows, f"{function.__name__}: {report}"


def _cast(value: Any, kind: str, dtype: Any) -> Any:
    """``value`` with its floats of one type in another, through tuples and lists."""
    if isinstance(value, tuple | list):
        return type(value)(_cast(v, kind, dtype) for v in value)
    if isinstance(value, np.ndarray | np.generic) and value.dtype == np.dtype(kind):
        return value.astype(dtype)  # a plain number has no dtype, and None would equal float64
    return value


@each_exercise
def test_a_solution_that_calculates_in_float64_passes(
    exercise: Exercise, seeds: Callable[[int], range]
) -> None:
    """``np.zeros((N, H))`` is a natural way to begin; only where said must float32 be kept."""
    if any(getattr(one, "floats", "") == "kept" for one in exercise.checks):
        assert "float32" in exercise.statement
        return

    def natural(*args: Any) -> Any:
        return exercise.reference(*_cast(args, "float32", np.float64))

    for seed in seeds(5):
        assert not solved(exercise, natural, seed)


Function = Callable[..., Any]


def cached_by_shape(function: Function, exercise: Exercise) -> Function:
    """Remembers what it gave for arguments of the same shapes."""
    memory: dict[Any, Any] = {}

    def wrong(*args: Any) -> Any:
        key = tuple(np.shape(a) for a in args)
        if key not in memory:
            memory[key] = function(*args)
        return memory[key]

    return wrong


def remembers_the_first(function: Function, exercise: Exercise) -> Function:
    """Adds a little more at each call."""
    calls: list[int] = []

    def wrong(*args: Any) -> Any:
        calls.append(1)
        return _scaled(function(*args), 1 + 1e-5 * len(calls))

    return wrong


def changes_an_argument(function: Function, exercise: Exercise) -> Function | None:
    """Multiplies its first array of floats in place."""

    def floats(args: Any) -> list[np.ndarray]:
        return [a for a in args if isinstance(a, np.ndarray) and a.dtype.kind == "f" and a.any()]

    def wrong(*args: Any) -> Any:
        result = function(*args)
        for a in floats(args)[:1]:
            a *= 2
        return result

    return wrong if floats(exercise.inputs(np.random.default_rng(0))) else None


def calculates_in_float32(function: Function, exercise: Exercise) -> Function | None:
    """Loses half of the digits on the way."""

    def wrong(*args: Any) -> Any:
        result = function(*_cast(args, "float64", np.float32))
        return _cast(result, "float32", np.float64)

    return wrong if _gives_floats(exercise) else None


def returns_float32(function: Function, exercise: Exercise) -> Function | None:
    """Loses half of the digits at the end."""

    def wrong(*args: Any) -> Any:
        return _cast(function(*args), "float64", np.float32)

    return wrong if _gives_floats(exercise) else None


def returns_lists(function: Function, exercise: Exercise) -> Function:
    """Lists of rows in the place of arrays."""

    def listed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(listed, value))
        return list(value) if np.ndim(value) else [value]

    return lambda *args: listed(function(*args))


def nearly_right(function: Function, exercise: Exercise) -> Function | None:
    """Off by a millionth."""
    if not _gives_floats(exercise):
        return None
    return lambda *args: _scaled(function(*args), 1 + 1e-6)


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, tuple):
        return tuple(_scaled(v, factor) for v in value)
    return value * factor


def _gives_floats(exercise: Exercise) -> bool:
    result = exercise.reference(*exercise.inputs(np.random.default_rng(0)))
    outputs = result if isinstance(result, tuple) else (result,)
    return any(np.asarray(v).dtype.kind == "f" for v in outputs)


FAULTS = [
    cached_by_shape,
    remembers_the_first,
    changes_an_argument,
    calculates_in_float32,
    returns_float32,
    returns_lists,
    nearly_right,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
@each_exercise
def test_faults_that_any_function_may_have_are_rejected(
    exercise: Exercise, fault: Any, seeds: Callable[[int], range]
) -> None:
    for seed in seeds(3):
        function = fault(exercise.reference, exercise)
        if function is not None:
            report = check(exercise, lambda *args: function(*args), seed=seed)  # noqa: B023
            assert report.status == "failed", f"seed {seed}: {report}"


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
