"""The engine of exercises: statuses, errors, edits, hints, cells."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

import demo_exercises as demo
from eshikaku.exercises import Case, Edit, Exercise, Finding
from eshikaku.exercises.cells import cells
from eshikaku.exercises.check import check
from eshikaku.exercises.checks import (
    standard,
)
from eshikaku.exercises.hints import hint, solution
from eshikaku.exercises.mutants import score
from eshikaku.exercises.report import MOST_LINES, STATUSES, CheckFailed, Report
from eshikaku.exercises.source import shown_source, source_of
from exercise_helpers import DEMOS, advice, anonymous, written

# --- the demos, as the generated suite treats a chapter's exercises ----------------------------


@pytest.mark.parametrize("exercise", DEMOS, ids=lambda e: e.id)
def test_demo_exercises(exercise: Exercise) -> None:
    for seed in range(20):
        for function in (exercise.reference, *exercise.alternatives):
            report = check(exercise, anonymous(function), seed=seed)
            assert report.passed, f"{function.__name__}: {report}"
    assert check(exercise, exercise.starter).status == "untouched"
    for wrong in exercise.misconceptions:
        report = check(exercise, anonymous(wrong.function))
        assert report.status in ("failed", "error")
        assert advice(report) == wrong.message


@pytest.mark.parametrize("exercise", DEMOS, ids=lambda e: e.id)
def test_demo_mutants(exercise: Exercise) -> None:
    result = score(exercise)
    assert result.counted >= 9
    assert result.share == 1.0, result.survivors


# --- statuses -----------------------------------------------------------------------------------


def test_passed_names_what_was_checked_and_keeps_the_source() -> None:
    report = check(demo.DENSE, demo.alt_dense_loop)
    assert report.passed
    assert report.source == source_of(demo.alt_dense_loop)
    assert report.source.startswith("def alt_dense_loop(x, W, b):\n    rows = []")
    assert "float32" in str(report)


def test_untouched_says_what_to_do_by_kind() -> None:
    assert "空欄 ____ が2個あります（3行目、4行目）" in advice(
        check(demo.DENSE, demo.DENSE.starter)
    )
    assert "関数を書き" in advice(check(demo.CROSS_ENTROPY, demo.CROSS_ENTROPY.starter))
    assert "誤りを1つ見つけて" in advice(check(demo.AFFINE, demo.AFFINE.starter))


def test_comments_docstring_and_layout_do_not_touch_the_starter() -> None:
    def cross_entropy(logits, t):
        """別の説明"""
        # 何か書こうとした
        raise NotImplementedError("ここを書いてください")

    assert check(demo.CROSS_ENTROPY, cross_entropy).status == "untouched"


def test_open_blank_without_a_source_is_untouched() -> None:
    report = check(demo.DENSE, written("def dense(x, W, b): return x @ ____"))
    assert report.source == ""
    assert report.status == "untouched"


def test_strict_raises_unless_passed() -> None:
    assert check(demo.DENSE, demo.dense, strict=True).passed
    with pytest.raises(CheckFailed, match="バイアス b が足されていません"):
        check(demo.DENSE, demo.wrong_dense_no_bias, strict=True)
    with pytest.raises(CheckFailed, match="未着手"):
        check(demo.DENSE, demo.DENSE.starter, strict=True)


@pytest.mark.parametrize("given", [np.zeros((3, 2)), None, 1.5, "dense", [demo.DENSE.starter]])
def test_what_is_not_callable_is_refused(given: Any) -> None:
    report = check(demo.DENSE, given)
    assert report.status == "failed"
    assert 'check("demo-dense", dense)' in advice(report)


def test_wrong_arity_is_refused() -> None:
    report = check(demo.DENSE, lambda x, W: x @ W)
    assert report.status == "failed"
    assert dict(report.rows)["期待"] == "dense(x, W, b)"
    assert "引数は3個" in advice(report)


def test_a_fault_of_ours_is_called_ours() -> None:
    class Broken:
        name, inputs = "壊れた検査", demo.DENSE_INPUTS

        def cases(self, reference: Any, rng: np.random.Generator) -> list[Case]:
            return [Case(self.inputs(rng))]

        def judge(self, submitted: Any, reference: Any, case: Case) -> Finding | None:
            raise ZeroDivisionError("in the check")

    report = check(replace(demo.DENSE, checks=[Broken()]), demo.alt_dense_loop)
    assert report.status == "grader-error"
    assert "ZeroDivisionError: in the check" in str(report)
    assert "あなたのコードの誤りではありません" in str(report)


def test_a_reference_that_overflows_is_our_fault() -> None:
    exercise = replace(
        demo.CROSS_ENTROPY,
        reference=demo.wrong_cross_entropy_overflow,
        checks=standard(demo.CROSS_ENTROPY_INPUTS),
    )
    report = check(exercise, anonymous(demo.wrong_cross_entropy_overflow))
    assert report.status == "grader-error"


def test_at_most_six_lines() -> None:
    def noisy(x, W, b):
        print("x の形\n" * 100)
        return x @ W

    for report in (
        check(demo.DENSE, noisy),
        check(demo.DENSE, lambda x, W, b: print(x) or x @ W + None),
    ):
        assert len(report.lines) <= MOST_LINES
        assert "\n" not in "".join(report.lines)
        assert any(line.startswith("print: ") for line in report.lines)
    long = Report("failed", tuple(("行", "あ" * 500) for _ in range(9)))
    assert len(long.lines) == MOST_LINES
    assert max(map(len, long.lines)) < 250


def test_the_same_code_gets_the_same_report() -> None:
    assert str(check(demo.DENSE, demo.wrong_dense_sigmoid)) == str(
        check(demo.DENSE, demo.wrong_dense_sigmoid)
    )


# --- errors in the learner's code -----------------------------------------------------------------

ERRORS: list[tuple[str, str, str]] = [
    ("x @ W + bb", "NameError", "bb という名前は定義されていません"),
    ("np.tanh(W @ x @ x)", "ValueError", "行列の積 @ の内側の大きさが合いません"),
    ("np.dot(W, np.ones(99))", "ValueError", "行列の積の形が合いません"),
    ("x + np.ones(99)", "ValueError", "形が合わない配列どうし"),
    ("x[len(x)]", "IndexError", "添字"),
    ("x[0, 0, 0]", "IndexError", "添字の数が配列の軸の数より"),
    ("[][0]", "IndexError", "長さと、ループの端"),
    ("{}['h']", "KeyError", "キー 'h'"),
    ("x + None", "TypeError", "NoneType の間では使えません"),
    ("x.shape()", "TypeError", "関数のように呼んで"),
    ("len(x)[0]", "TypeError", "int に添字"),
    ("np.tanh(None)", "TypeError", "型の合わない値"),
    ("np.sumo(x)", "AttributeError", "モジュール numpy に sumo はありません"),
    ("x.dott(W)", "AttributeError", "dott はありません"),
    ("1 / 0", "ZeroDivisionError", "0で割っています"),
    ("dense(x, W, b)", "RecursionError", "自分自身を呼び続けて"),
    ("x.sum(axis=7)", "AxisError", "軸 7"),
    ("x.reshape(99, 99)", "ValueError", "並べ替える"),
    ("1 if x else 2", "ValueError", "if の条件"),
    ("np.concatenate([x, np.ones((3, 99))])", "ValueError", "連結しない軸"),
    ("dense(x)", "TypeError", "dense の呼び方"),
    ("exit()", "SystemExit", "return で値を返して"),
    ("np.linalg.inv(np.zeros((2, 2)))", "LinAlgError", "print で確かめて"),
]


@pytest.mark.parametrize(("expression", "kind", "explanation"), ERRORS)
def test_errors_are_explained(expression: str, kind: str, explanation: str) -> None:
    source = f"def dense(x, W, b):\n    return {expression}\n"
    report = check(demo.DENSE, written(source, exit=sys.exit))
    assert report.status == "error", str(report)
    assert dict(report.rows)["エラー"].startswith(kind)
    assert explanation in advice(report)
    assert dict(report.rows)["呼び出し"].startswith("dense(x (")


@pytest.mark.parametrize(
    ("body", "explanation"),
    [
        ("    a, c = x, W, b\n    return a", "左辺の変数は2個ですが、値はそれより多く"),
        ("    a, c, d = x, W\n    return a", "左辺の変数は3個ですが、値は2個"),
        ("    x = x + y\n    y = 1\n    return x", "y は、値を入れる前に"),
        ("    x = x.copy()\n    x[0] = np.ones(99)\n    return x", "の場所に代入"),
        ("    raise NotImplementedError", "raise の行を"),
        ("    assert False", "assert が成り立ちません"),
        ("    import no_such_module", "NumPy だけで"),
    ],
)
def test_errors_of_statements_are_explained(body: str, explanation: str) -> None:
    report = check(demo.DENSE, written(f"def dense(x, W, b):\n{body}\n"))
    assert report.status == "error", str(report)
    assert explanation in advice(report)


def test_an_error_names_the_learners_own_line_not_the_librarys() -> None:
    def mine(x, W, b):
        a = x @ W
        return np.concatenate([a, b])  # 2次元と1次元

    report = check(demo.DENSE, mine)
    first = mine.__code__.co_firstlineno
    line = dict(report.rows)["行"]
    assert line == f"{first + 2}行目　return np.concatenate([a, b])  # 2次元と1次元"


# --- edits of the reference -----------------------------------------------------------------------


def _edited(**changes: Any) -> Exercise:
    return replace(demo.SCALED, **changes)


def test_blanks_make_the_starter_of_the_reference() -> None:
    assert demo.SCALED.kind == "blank"
    assert shown_source(demo.SCALED.starter) == (
        'def scaled(x, W):\n    """x: (N, D)、W: (D, H) → (N, H)"""\n'
        "    a = ____  # (N, H)\n    return ____ / len(W) ** 0.5\n"
    )
    assert check(demo.SCALED, demo.SCALED.starter).status == "untouched"


def test_a_bug_makes_the_starter_and_is_a_misconception() -> None:
    bug = Edit("len(W)", "len(x)", "√D です。")
    exercise = _edited(blanks=(), bug=bug)
    assert exercise.kind == "bug"
    assert "len(x) ** 0.5" in source_of(exercise.starter)
    assert exercise.misconceptions[0].message == "√D です。"
    assert check(exercise, exercise.starter).status == "untouched"
    assert advice(check(exercise, anonymous(exercise.starter))) == "√D です。"


def test_with_neither_the_function_is_to_be_written() -> None:
    exercise = _edited(blanks=())
    assert exercise.kind == "write"
    assert source_of(exercise.starter) == (
        'def scaled(x, W):\n    """x: (N, D)、W: (D, H) → (N, H)"""\n'
        '    raise NotImplementedError("ここを書いてください")\n'
    )
    assert check(exercise, exercise.starter).status == "untouched"


def test_an_edit_may_change_several_places_at_once() -> None:
    swapped = Edit({"x @ W": "W", "np.tanh(a)": "x @ np.tanh(a)"}, message="tanh は積の外です。")
    source = source_of(swapped.of(demo.scaled).function)
    assert "a = W  #" in source
    assert "return x @ np.tanh(a) / len" in source


def test_an_error_in_an_edited_function_shows_its_own_line() -> None:
    wrong = Edit("x @ W", "x @ W @ W", "").of(demo.scaled).function
    report = check(demo.SCALED, wrong)
    assert dict(report.rows)["行"] == "3行目　a = x @ W @ W  # (N, H)"


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (Edit("x @ V", "x", "m"), "demo-scaled: 'x @ V' stands 0 times in scaled"),
        (Edit("W", "x", "m"), "demo-scaled: 'W' stands 4 times in scaled"),
        (Edit("", "x", "m"), "stands"),
        (Edit("x @ W", "x @ W", "m"), "'x @ W' is its own replacement"),
        (Edit({"x @ W": "x", "W  #": "W #"}, message="m"), "overlap at 'W'"),
        (Edit("x @ W", "x @", "m"), "no Python"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edit: Edit, fault: str) -> None:
    for declared in ({"wrongs": [edit]}, {"blanks": (), "bug": edit}):
        with pytest.raises(ValueError, match=re.escape(fault)):
            _edited(**declared)


def test_a_blank_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="'W' stands 4 times"):
        _edited(blanks=("W",))
    with pytest.raises(ValueError, match="not both"):
        _edited(bug=Edit("len(W)", "len(x)", "m"))


def test_the_documented_example_is_an_exercise(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "exercises.md").read_text(encoding="utf-8")
    file = tmp_path / "documented_exercise.py"
    file.write_text(text.split("```python\n")[1].split("```")[0], encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    exercise: Exercise = module.STEP
    assert exercise.kind == "blank"
    for right in (exercise.reference, *exercise.alternatives):
        assert check(exercise, anonymous(right)).passed
    assert len(exercise.misconceptions) >= 5
    for wrong in exercise.misconceptions:
        assert advice(check(exercise, anonymous(wrong.function))) == wrong.message


# --- hints, solution, cells -----------------------------------------------------------------------


def test_hints_lead_to_the_next_and_then_to_the_solution() -> None:
    first, last = hint(demo.DENSE), hint(demo.DENSE, 2)
    assert "ヒント 1/2" in str(first)
    assert 'hint("demo-dense", 2)' in str(first)
    assert 'solution("demo-dense")' in str(last)
    assert str(hint(demo.DENSE, 99)) == str(last)
    assert str(hint(demo.DENSE, 0)) == str(first)
    assert first._repr_markdown_() == str(first)


def test_the_solution_is_the_reference_under_the_learners_name() -> None:
    text = str(solution(demo.DENSE))
    assert "```python\ndef dense(x, W, b):\n" in text
    assert "reference_dense" not in text
    assert "np.tanh(a)" in text


def test_the_shown_source_has_no_lint_comments() -> None:
    assert "fmt: skip" in source_of(demo.relu)
    assert "fmt: skip" not in shown_source(demo.relu)
    assert "# (N, H)" in shown_source(demo.dense)


def test_cells_are_valid_and_stable() -> None:
    for exercise in (*DEMOS, replace(demo.DENSE, id="demo-" + "x" * 90)):
        made = cells(exercise)
        assert made == cells(exercise)
        book = nbformat.v4.new_notebook()
        book.cells = [nbformat.from_dict(c) for c in made]
        nbformat.validate(book)
        assert len({c["id"] for c in made}) == 3
    statement, starter, checked = cells(demo.DENSE)
    assert statement["source"].startswith("### 演習　全結合層\n\n穴埋め ・ ★☆☆ ・ 目安 3分\n")
    assert 'hint("demo-dense")' in statement["source"]
    assert starter["source"].startswith("def dense(x, W, b):")
    assert checked["source"] == 'check("demo-dense", dense)'
    assert statement["id"] == "exercise-demo-dense-statement"


def test_html_says_the_status_in_words_and_escapes() -> None:
    for status, (icon, name) in STATUSES.items():
        report = Report(status, (("戻り値", "<script>alert(1)</script>"),), title="<b>")
        html = report._repr_html_()
        assert icon in html
        assert name in html
        assert 'lang="ja"' in html
        assert "<script>" not in html
        assert "<b>" not in html
        assert report._repr_mimebundle_()["text/plain"] == str(report) == repr(report)
