"""``check(exercise, function)``: grade a learner's function and say what to do next."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from eshikaku.exercises.checks import Values
from eshikaku.exercises.compare import describe
from eshikaku.exercises.declaration import Case, Check, Exercise, Finding
from eshikaku.exercises.inputs import call_text
from eshikaku.exercises.messages import explain, is_open_blank, where
from eshikaku.exercises.recognise import general_mistakes, misconception
from eshikaku.exercises.report import CheckFailed, Report
from eshikaku.exercises.runner import (
    TIME_LIMIT,
    LearnerError,
    Stuck,
    Submission,
    TimeUp,
    run_limited,
)
from eshikaku.exercises.source import blanks, normalised, source_of
from eshikaku.exercises.versions import Failed, failed_version

Rows = tuple[tuple[str, str], ...]
_OTHERS = 6  # further calls on which a general mistake must show too
_BY_HAND = "上の呼び出しは、違いが出るいちばん小さな入力です。"


def check(
    exercise: Exercise,
    function: Any,
    *,
    strict: bool = False,
    seed: int | None = None,
    limit: float = TIME_LIMIT,
) -> Report:
    """Grade ``function`` as a solution of ``exercise``.

    The first failing check alone is reported. Cases are drawn from the function's source, so that
    the same code gets the same report and any change gets fresh cases; ``seed`` pins them.

    Args:
        strict: raise :class:`CheckFailed` unless passed (for CI and nbgrader).
        limit: seconds for all checks together.
    """
    report = _graded(exercise, function, seed, limit)
    if strict and not report.passed:
        raise CheckFailed(str(report)) from report.error
    return report


def verdict(
    exercise: Exercise, function: Callable[..., Any], seed: int = 0, limit: float = TIME_LIMIT
) -> bool:
    """Whether the checks pass, without words; errors and endless loops fail. For mutants.

    Raises:
        Exception: the grader itself failed.
    """
    try:
        with _random_state_kept():
            return run_limited(lambda: _first(exercise, Submission(function), seed), limit) is None
    except (LearnerError, TimeUp, Stuck):
        return False


def _graded(exercise: Exercise, function: Any, seed: int | None, limit: float) -> Report:
    source = source_of(function)
    blank = Report("passed", (), source, exercise.title)  # what every report has in common
    failed = failed_version(function)
    if failed is not None:
        return replace(blank, status="error", source=failed.source, rows=_not_run(failed))
    refused = _untouched(exercise, source) or _unusable(exercise, function)
    if refused:
        status, rows = refused
        return replace(blank, status=status, rows=rows)
    if seed is None:
        seed = int(hashlib.sha256(source.encode()).hexdigest()[:12], 16)
    submission = Submission(function)
    until = time.monotonic() + limit
    try:
        with _random_state_kept():
            found = run_limited(lambda: _first(exercise, submission, seed), limit)
            if found is None:
                names = "・".join(dict.fromkeys(c.name for c in exercise.checks))
                return replace(blank, rows=(("確認", names),))
            which, finding = found
            printed = _printed(submission)
            finding, advice = _explained(exercise, submission, which, finding, until)
    except LearnerError as raised:
        return _error(exercise, blank, submission, raised, until)
    except TimeUp as over:
        return replace(
            blank, status="error", rows=_too_long(exercise, submission, over, limit), error=over
        )
    except Stuck as over:
        rows = (
            ("エラー", f"{limit:g}秒で終わらず、止めることもできませんでした。"),
            (
                "次に",
                "メニューの「カーネル」から再起動し、ループの終わりを確かめてください。",
            ),
        )
        return replace(blank, status="error", rows=rows, error=over)
    except Exception as ours:
        rows = (
            ("内容", f"{exercise.id}: {type(ours).__name__}: {ours}"),
            ("次に", "あなたのコードの誤りではありません。この表示を添えて知らせてください。"),
        )
        return replace(blank, status="grader-error", rows=rows, error=ours)
    return replace(
        blank,
        status="failed",
        check=which.name,
        rows=(
            ("呼び出し", exercise.function_name + finding.called),
            ("戻り値", finding.got),
            ("期待", finding.expected),
            ("次に", advice),
            *printed,
        ),
    )


@functools.lru_cache(maxsize=256)
def _cases(exercise: Exercise, seed: int) -> tuple[tuple[Check, tuple[Case, ...]], ...]:
    """What is asked of every submission that is graded with this seed."""
    rng = np.random.default_rng(seed)
    return tuple((one, tuple(one.cases(exercise.reference, rng))) for one in exercise.checks)


def _first(exercise: Exercise, submission: Submission, seed: int) -> tuple[Check, Finding] | None:
    for one, cases in _cases(exercise, seed):
        for case in cases:
            finding = one.judge(submission, exercise.reference, case)
            if finding is not None:
                return one, finding
    return None


def _explained(
    exercise: Exercise,
    submission: Submission,
    which: Check,
    finding: Finding,
    until: float,
) -> tuple[Finding, str]:
    """What to show and what to say: a known mistake, a general one, else the smallest failure."""

    def explain_it() -> tuple[Finding, str]:
        rng = np.random.default_rng(0)
        known = misconception(exercise, submission.function, finding.args)
        if known:
            return finding, known.message
        general = _general(exercise, submission, which, finding)
        if general:
            return finding, general
        if finding.case is not None and isinstance(which, Values):
            for case in which.smaller(exercise.reference, rng, finding.case):
                found = which.judge(submission, exercise.reference, case)
                if found is not None and found.case is not None:
                    return found, finding.where + _BY_HAND + found.next_step
        return finding, finding.where + finding.next_step

    try:
        shown: tuple[Finding, str] = run_limited(explain_it, _left(until))
    except (LearnerError, TimeUp, Stuck):  # the failure itself is known; its own words stand
        return finding, finding.where + finding.next_step
    return shown


def _general(
    exercise: Exercise, submission: Submission, which: Check, finding: Finding
) -> str | None:
    """The first general mistake that this failure, and others like it, may all be."""
    if not finding.values:
        return None
    said = _kinds(finding)
    if finding.case is not None:
        rng, kind = np.random.default_rng(0), finding.case.origin
        for _ in range(_OTHERS):  # sizes differ: a factor of 2 is not always that of N = 2
            case = kind.case(exercise.reference, kind.draw(rng))
            found = which.judge(submission, exercise.reference, case)
            if found is not None:
                others = _kinds(found) if found.values else {}
                said = {kind: text for kind, text in said.items() if kind in others}
    return next(iter(said.values()), None)


def _kinds(finding: Finding) -> dict[str, str]:
    """The general mistakes of a finding, by their text without the numbers in it."""
    assert finding.values is not None
    texts = general_mistakes(*finding.values, finding.args, finding.returns)
    return {re.sub(r"[\d.]+", "#", text): text for text in texts}


def _left(until: float) -> float:
    return max(until - time.monotonic(), 0.2)


def _not_run(failed: Failed) -> Rows:
    """Nothing is graded: the version on the screen did not run."""
    error = failed.error
    step = "エラーを直してセルを実行してから、もう一度採点してください。採点はしていません。"
    if error is None:
        what = "関数のセルの新しい版が、途中のエラーで実行されていません。"
        return ("エラー", what), ("次に", step)
    lines = failed.source.splitlines()
    number = min(error.lineno or 1, len(lines))  # an error at the end is on the line after it
    return (
        ("行", f"{number}行目　{lines[number - 1].strip()}"),
        ("エラー", f"{type(error).__name__}: {error.msg}"),
        ("次に", f"関数のセルの新しい版が、構文のエラーで実行されていません。{step}"),
    )


def _untouched(exercise: Exercise, source: str) -> tuple[str, Rows] | None:
    open_lines = blanks(source)
    if open_lines:
        lines = "、".join(f"{n}行目" for n in dict.fromkeys(open_lines))
        step = f"空欄 ____ が{len(open_lines)}個あります（{lines}）。埋めてから実行してください。"
    elif (written := normalised(source)) and written == normalised(source_of(exercise.starter)):
        step = (
            "上のセルの誤りを1つ見つけて直し、セルを実行してから、もう一度採点してください。"
            if exercise.kind == "bug"
            else "上のセルの関数を書き、セルを実行してから、もう一度採点してください。"
        )
    else:
        return None
    return "untouched", (("次に", step),)


def _unusable(exercise: Exercise, function: Any) -> tuple[str, Rows] | None:
    name = exercise.function_name
    if not callable(function):
        return "failed", (
            ("渡した値", describe(function)),
            ("期待", f"関数 {name} そのもの"),
            ("次に", f'check("{exercise.id}", {name}) のように、( ) を付けずに渡してください。'),
        )
    parameters = list(inspect.signature(exercise.reference).parameters)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # a built-in without a signature: the call will show
    try:
        signature.bind(*parameters)
    except TypeError:
        return "failed", (
            ("定義", f"{getattr(function, '__name__', '関数')}{signature}"),
            ("期待", f"{name}({', '.join(parameters)})"),
            ("次に", f"引数は{len(parameters)}個、この順です。def の行を元に戻してください。"),
        )
    return None


def _error(
    exercise: Exercise, blank: Report, submission: Submission, raised: LearnerError, until: float
) -> Report:
    error = raised.error
    if is_open_blank(error):
        rows: Rows = (("次に", "空欄 ____ が残っています。埋めてから実行してください。"),)
        return replace(blank, status="untouched", rows=rows)
    place, printed = _place(exercise, submission, error), _printed(submission)
    try:
        with _random_state_kept():
            known = run_limited(
                lambda: misconception(exercise, submission.function, submission.args),
                _left(until),
            )
    except (TimeUp, Stuck):
        known = None  # too slow to compare; what the error means is known
    advice = known.message if known else explain(error)
    rows = (*place, ("エラー", raised.text), ("次に", advice), *printed)
    return replace(blank, status="error", rows=rows, error=error)


def _place(exercise: Exercise, submission: Submission, error: BaseException) -> Rows:
    """The call that failed and the learner's line."""
    line = where(error)
    call = exercise.function_name + call_text(exercise.reference, None, submission.args or ())
    return (
        *([("呼び出し", call)] if submission.args is not None else []),
        *([("行", f"{line[0]}行目　{line[1]}")] if line else []),
    )


def _too_long(exercise: Exercise, submission: Submission, over: TimeUp, limit: float) -> Rows:
    return (
        *_place(exercise, submission, over),
        ("エラー", f"{limit:g}秒で終わらなかったので止めました。"),
        ("次に", "while の条件が変わるか、ループの回数が多すぎないかを確かめてください。"),
    )


def _printed(submission: Submission) -> Rows:
    output = submission.printed
    text = output.text.strip()
    if not text:
        return ()
    more = f"…（全{output.size}文字）" if len(text) > 100 else ""
    return (("print", text[:100] + more),)


@contextlib.contextmanager
def _random_state_kept() -> Iterator[None]:
    """Grading leaves the notebook's global random state as it was."""
    state = (random.getstate(), np.random.get_state())  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(state[0])
        np.random.set_state(state[1])  # noqa: NPY002
