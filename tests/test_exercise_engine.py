"""The engine of exercises: statuses and messages, limits, recognisers, mutants, cells."""

from __future__ import annotations

import contextlib
import importlib.util
import random
import re
import signal
import sys
import threading
import time
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

import demo_exercises as demo
from eshikaku.exercises import Case, Check, Edit, Exercise, Finding
from eshikaku.exercises.cells import cells
from eshikaku.exercises.check import check
from eshikaku.exercises.checks import (
    arrays,
    bits,
    choice,
    constant,
    derived,
    generator,
    gradients,
    integer,
    labels,
    number,
    onehot,
    probabilities,
    standard,
    uniform,
)
from eshikaku.exercises.compare import describe, difference
from eshikaku.exercises.hints import hint, solution
from eshikaku.exercises.mutants import main, score, verdicts
from eshikaku.exercises.mutation import mutants
from eshikaku.exercises.recognise import general_mistake
from eshikaku.exercises.report import MOST_LINES, STATUSES, CheckFailed, Report
from eshikaku.exercises.source import shown_source, source_of

DEMOS = [demo.DENSE, demo.CROSS_ENTROPY, demo.AFFINE, demo.SCALED]
RNG = np.random.default_rng


def anonymous(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with a source that is not the starter's."""
    return lambda *args: function(*args)


def advice(report: Report) -> str:
    return dict(report.rows)["次に"]


def written(source: str, name: str = "dense", **names: Any) -> Callable[..., Any]:
    """A learner's function from text, without a file: like code pasted into ``exec``."""
    space: dict[str, Any] = {"np": np, **names}
    exec(source, space)
    return space[name]


def judged(one: Check, submitted: Callable[..., Any], reference: Callable[..., Any]) -> Any:
    """The first finding of one check."""
    found = (one.judge(submitted, reference, c) for c in one.cases(reference, RNG(0)))
    return next(filter(None, found), None)


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


# --- limits ---------------------------------------------------------------------------------------


def test_an_endless_loop_is_stopped_and_located() -> None:
    def endless(x, W, b):
        n = 0
        while n < 1:
            n = 0
        return x

    start = time.monotonic()
    report = check(demo.DENSE, endless, limit=0.3)
    assert time.monotonic() - start < 8
    assert report.status == "error"
    assert "0.3秒で終わらなかった" in str(report)
    assert "while" in dict(report.rows)["行"] or "n = 0" in dict(report.rows)["行"]


def test_code_that_hides_every_exception_does_not_hold_the_kernel() -> None:
    stop = False

    def stubborn(x, W, b):
        while not stop:
            with contextlib.suppress(BaseException):
                time.sleep(0.01)
        return x

    stdout = sys.stdout
    report = check(demo.DENSE, stubborn, limit=0.2)
    stop = True
    assert report.status == "error"
    assert "再起動" in advice(report)
    assert sys.stdout is stdout


def test_an_interrupt_ends_an_endless_loop_and_gives_stdout_back() -> None:
    """■ while check() waits. Python ≤ 3.12 takes a thread for ended where a join is broken into."""
    rounds = 0

    def endless(x, W, b):
        nonlocal rounds
        while True:
            rounds += 1

    stdout = sys.stdout
    main = threading.main_thread().ident
    threading.Timer(0.3, signal.pthread_kill, [main, signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        check(demo.DENSE, endless)
    assert sys.stdout is stdout
    before = rounds
    time.sleep(0.2)
    assert rounds == before, "the loop goes on"


class Stop(BaseException):
    """A learner's own kind of exception."""


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


ENDS: list[tuple[str, str, str]] = [
    ("raise Stop", "Stop", "print で確かめて"),
    ("raise KeyboardInterrupt", "KeyboardInterrupt", "return で値を返して"),
    ("raise Unspeakable", "Unspeakable", "__str__ が RuntimeError"),
    ("return input('x = ')", "InputAsked", "input() を使えません"),
    ("raise ValueError('concatenat' * 1_000_000)", "ValueError", "concatenatcon"),
    ("while True:\n        pass", "0.5秒で終わらなかった", "while"),
    ("try:\n        while True: pass\n    except BaseException:\n        raise ValueError",
     "0.5秒で終わらなかった", "while"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "error", "said"), ENDS)
def test_whatever_the_function_does_check_ends_with_a_true_message(
    body: str, error: str, said: str
) -> None:
    source = f"def dense(x, W, b):\n    {body}\n"
    start = time.monotonic()
    report = check(demo.DENSE, written(source, Stop=Stop, Unspeakable=Unspeakable), limit=0.5)
    assert time.monotonic() - start < 5
    assert report.status == "error"
    assert dict(report.rows)["エラー"].startswith(error)
    assert said in str(report)


def test_an_abandoned_thread_makes_no_further_call() -> None:
    calls = []

    def hides(x, W, b):
        calls.append(1)
        with contextlib.suppress(BaseException):
            while True:
                pass
        return np.tanh(x @ W + b)

    report = check(demo.DENSE, hides, limit=0.2)
    assert "0.2秒で終わらなかった" in str(report)
    assert len(calls) == 1


def test_what_a_function_does_to_numpy_does_not_outlive_its_call() -> None:
    def patching(x, W, b):
        np.tanh = np.sin
        np.linalg.norm = None
        np.mine = 1  # type: ignore[attr-defined]
        return np.tanh(x @ W + b)

    tanh, norm = np.tanh, np.linalg.norm
    assert check(demo.DENSE, patching).status == "failed"
    assert np.tanh is tanh
    assert np.linalg.norm is norm
    assert not hasattr(np, "mine")


def test_what_an_endless_function_did_to_numpy_is_undone() -> None:
    stop = False

    def patching(x, W, b):
        np.tanh = np.sin
        while not stop:
            with contextlib.suppress(BaseException):
                time.sleep(0.01)

    tanh = np.tanh
    assert check(demo.DENSE, patching, limit=0.2).status == "error"
    found = np.tanh
    stop = True
    assert found is tanh


def test_prints_are_captured_and_cut(capsys: pytest.CaptureFixture[str]) -> None:
    def loud(x, W, b):
        for _ in range(2000):
            print("とても長い出力" * 20)
        return x

    report = check(demo.DENSE, loud)
    assert capsys.readouterr().out == ""
    assert "とても長い出力" in str(report)
    assert "（全" in str(report)
    assert len(str(report)) < 1000


def test_the_global_random_state_survives_a_check() -> None:
    random.seed(7)
    np.random.seed(7)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    check(demo.DENSE, demo.alt_dense_loop)
    check(demo.DENSE, demo.wrong_dense_sigmoid)
    assert before == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


def test_use_of_the_global_random_state_is_found() -> None:
    def seeding(x, W, b):
        np.random.seed(0)  # noqa: NPY002
        return np.tanh(x @ W + b)

    def noise(x, W, b):
        return np.tanh(x @ W + b) + x.dtype.type(1e-12 * np.random.randn())  # noqa: NPY002

    for function in (seeding, noise):
        report = check(demo.DENSE, function)
        assert report.status == "failed"
        assert "全体の乱数の状態を変えました" in str(report)


def test_a_value_kept_between_calls_is_found() -> None:
    calls: list[int] = []

    def remembers(x, W, b):
        calls.append(1)
        return np.tanh(x @ W + b) * (1 + 1e-3 * (len(calls) > 12))

    exercise = replace(demo.DENSE, wrongs=[], checks=demo.DENSE.checks[-1:])
    calls += [1] * 11
    report = check(exercise, remembers)
    assert report.check == "呼び出しごとに独立"
    assert "既定の引数" in advice(report)


def test_a_lying_array_is_seen_through() -> None:
    class Liar(np.ndarray):
        def __array_function__(self, *_: Any) -> Any:
            return True

        def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
            return np.ones(self.shape, bool)

    def lying(x, W, b):
        return np.zeros((len(x), len(b))).view(Liar)

    assert check(demo.DENSE, lying).status == "failed"


@pytest.mark.parametrize(
    "value",
    [None, "text", object(), [[1, 2], [3]], {"h": 1}, (1, 2), iter([1]), 3, np.array(["a"])],
)
def test_any_returned_value_is_a_finding(value: Any) -> None:
    for exercise, names in ((demo.DENSE, "x, W, b"), (demo.AFFINE, "dy, x, W")):
        function = written(f"def dense({names}): return value", value=value)
        report = check(exercise, function)
        assert report.status == "failed", str(report)


# --- comparison and recognisers -------------------------------------------------------------------


def test_differences_come_in_the_order_shape_dtype_nan_value() -> None:
    a = np.ones((2, 3))
    kinds = []
    for other in (
        np.ones((3, 2), np.float32) * np.nan,
        np.ones((2, 3), np.float32) * np.nan,
        np.full((2, 3), np.nan),
        a * 2,
    ):
        found = difference(other, a)
        assert found is not None
        kinds.append(found.kind)
    assert kinds == ["shape", "dtype", "nan", "value"]
    assert difference(a.copy(), a) is None


def test_the_shape_of_a_later_output_comes_before_the_value_of_an_earlier() -> None:
    found = difference((np.zeros(2), np.zeros(3)), (np.ones(2), np.zeros(4)), ("h", "c"))
    assert found is not None
    assert (found.kind, found.got) == ("shape", "c の形 (3,)")


@pytest.mark.parametrize(
    ("got", "expected", "text"),
    [
        ((1.0,), (1.0, 2.0), "2個の値を"),
        ({"h": 1.0}, {"h": 1.0, "c": 2.0}, "キーの名前"),
        (np.ones(2), {"h": 1.0}, "dict を返して"),
        ([np.ones(2)] * 3, np.ones((3, 2)), "np.stack"),
        ((np.ones(2), np.ones(2)), np.ones(2), "1つだけ"),
        (np.ones((2, 2)), (np.ones(2), np.ones(2)), "2個の値を"),
        ({"a": {"b": 1.0}}, {"a": {"b": 2.0}}, "手で計算"),
        (np.array([1, 2]), np.array([1.0, 2.0]), "小数で"),
        (np.array([True]), np.array([1]), "整数で"),
    ],
)
def test_structures(got: Any, expected: Any, text: str) -> None:
    found = difference(got, expected)
    assert found is not None
    assert text in found.next_step


def test_an_array_is_as_good_as_a_list_of_its_rows() -> None:
    assert difference(np.ones((3, 2)), [np.ones(2)] * 3) is None
    assert difference([1.0, 2.0], (1.0, 2.0)) is None


def test_tensors_are_compared_as_arrays() -> None:
    torch = pytest.importorskip("torch")
    x = torch.ones(2, 3, requires_grad=True)
    assert difference(x, np.ones((2, 3), np.float32)) is None
    found = difference((x * 2,), (x,), ("h",))
    assert found is not None
    assert found.got.startswith("h[0, 0] = 2")
    assert describe(x) == "(2, 3) torch.float32"


def test_tolerance_follows_the_largest_element_and_the_dtype() -> None:
    b = np.array([1e6, 1e-3])
    assert difference(b + 1e-4, b) is None  # 1e-10 of the largest
    assert difference(b + 1.0, b) is not None
    single = np.array([1.0, 1e-3], np.float32)
    assert difference(single + np.float32(1e-4), single) is None
    assert difference(np.zeros(2), np.array([1e-9, 2e-9])) is not None


A = np.array([[1.0, -2.0, 0.3], [0.5, 4.0, -1.0], [0.2, 0.7, 2.5]])
GENERAL: list[tuple[Any, Any, str]] = [
    (-A, A, "符号が逆"),
    (A.T, A, "転置"),
    (A[:2].T, A[:2], "転置"),
    (A / 3, A, "1/3"),
    (A * 3, A, "3 倍"),
    (-A * 3, A, "符号も逆"),
    (A * np.sqrt(3), A, "√3"),
    (A * 2, A, "2 倍"),
    (np.log2(np.abs(A)), np.log(np.abs(A)), "log の底"),
    (A[::-1], A, "向きが逆"),
    (np.vstack([A[:1] * 9, A[:-1]]), A, "1つずれて"),
    (A, np.tanh(A), "tanh を適用する前"),
    (np.tanh(np.tanh(A)), np.tanh(A), "tanh が1回余分"),
    (A, np.maximum(A, 0), "ReLU を適用する前"),
    (A, 1 / (1 + np.exp(-A)), "シグモイド を適用する前"),
    (A + 1, A, "+1 ずれて"),
    (np.zeros_like(A), A, "すべて0"),
    (A, A.sum(axis=0), "最初の軸（バッチ）について和"),
    (np.stack([A, A]), 2 * A.sum(axis=0), "時刻とバッチ"),
    (A, A.mean(axis=0), "平均を取っていません"),
    (A[:, :1], A[:, 0], "形だけが違います"),
    (A, A[-1], "最後の時刻だけを返して"),
    (A[-1], A, "最後の時刻だけが返って"),
    (A.sum(axis=0), A, "和を取りすぎ"),
    (np.stack([A, 2 * A]).transpose(1, 0, 2), np.stack([A, 2 * A]), "軸の順"),
    (np.stack([A, 2 * A, A]).swapaxes(0, 1), np.stack([A, 2 * A, A]), "軸が入れ替わって"),
    ((A[0], A[1]), (A[1], A[0]), "h, c の順"),
    ((A[0], -A[1]), (A[0], A[1]), "c: 符号が逆"),
]


@pytest.mark.parametrize(("got", "expected", "text"), GENERAL, ids=[g[2] for g in GENERAL])
def test_general_mistakes_are_recognised(got: Any, expected: Any, text: str) -> None:
    found = general_mistake(got, expected, (np.ones((3, 5)),), ("h", "c"))
    assert found is not None
    assert text in found


def test_an_argument_returned_as_it_came_is_recognised() -> None:
    found = general_mistake(A, A + A.T, (np.ones(2), A))
    assert found is not None
    assert "2番目の引数がそのまま" in found


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (A, A + RNG(0).normal(size=A.shape)),
        (A, np.array(["a"])),
        (np.zeros((0, 2)), np.zeros((0, 3))),
        (np.full((3, 3), np.nan), A),
        (None, A),
        (2.0, 3.0),
    ],
)
def test_no_general_mistake_is_made_up(got: Any, expected: Any) -> None:
    assert general_mistake(got, expected, None) is None


def test_a_misconception_that_raises_is_recognised_too() -> None:
    report = check(demo.DENSE, lambda x, W, b: np.tanh(x @ W.T + b))
    assert report.status == "error"
    assert advice(report) == "W は (D, H) なので転置は要りません。"


def test_an_unknown_mistake_keeps_the_checks_own_words() -> None:
    report = check(demo.DENSE, lambda x, W, b: np.tanh(x @ W + b) ** 3 + x.sum())
    assert "手で計算し" in advice(report)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.zeros((2, 3)), "(2, 3) float64"),
        (None, "None"),
        (0.25, "0.25"),
        (np.float32(0.5), "0.5"),
        ((np.zeros(2), 1), "2個の組（(2,) float64、1）"),
        ([1] * 9, "9個のlist（1、1、1、1、…）"),
        ({"a": 1, "b": 2}, "dict（a, b）"),
        (RNG(0), "Generator"),
    ],
)
def test_values_are_described_shortly(value: Any, text: str) -> None:
    assert describe(value) == text


# --- declared inputs ------------------------------------------------------------------------------


def test_sizes_differ_so_that_axes_cannot_be_confused() -> None:
    inputs = arrays(x="T N D", W="D 4H", b="D+H", c="T+1", k="3")
    for seed in range(50):
        x, W, b, c, k = inputs(RNG(seed))
        (T, N, D), H = x.shape, W.shape[1] // 4
        assert len({T, N, D, H}) == 4
        assert min(T, N, D, H) >= 2
        assert W.shape == (D, 4 * H)
        assert b.shape == (D + H,)
        assert c.shape == (T + 1,)
        assert k.shape == (3,)


def test_draws_are_pinned_scaled_typed_and_reproducible() -> None:
    inputs = arrays(x="N D").with_sizes(D=(9, 9), N=(3, 4))
    (x,) = inputs.draw(RNG(0), scale=1000.0, dtype=np.float32, N=1)
    assert x.shape == (1, 9)
    assert x.dtype == np.float32
    assert np.abs(x).max() > 100
    assert inputs.letters == {"N"}
    assert np.array_equal(inputs(RNG(3))[0], inputs(RNG(3))[0])


def test_every_kind_of_argument() -> None:
    inputs = arrays(
        t=labels("N", below="C"),
        o=onehot("N C"),
        p=probabilities("N C"),
        u=uniform("N C", -0.5, 0.5),
        z=bits("N"),
        lr=number(0.1, 0.2),
        k=integer(2, 3),
        mode=choice("a", "b"),
        axis=constant(1),
        rng=generator(),
        logp=derived(lambda a: np.log(a["p"])),
    )
    t, o, p, u, z, lr, k, mode, axis, rng, logp = inputs.draw(RNG(0), scale=1e3)
    assert t.max() < o.shape[1]
    assert np.array_equal(o.sum(axis=1), np.ones(len(t)))
    assert np.allclose(p.sum(axis=1), 1)
    assert np.abs(u).max() <= 0.5
    assert set(z) <= {0.0, 1.0}
    assert 0.1 <= lr < 0.2
    assert k in (2, 3)
    assert mode in ("a", "b")
    assert axis == 1
    assert isinstance(rng, np.random.Generator)
    assert np.allclose(np.exp(logp), p)


def test_bad_declarations_are_refused() -> None:
    with pytest.raises(ValueError, match="write H, 4H"):
        arrays(x="N 2*H")(RNG(0))
    with pytest.raises(ValueError, match="no argument z"):
        arrays(x="N").only("z")
    with pytest.raises(ValueError, match="level 5"):
        replace(demo.DENSE, level=5)
    with pytest.raises(ValueError, match="status"):
        Report("great", ())


def test_a_plain_function_may_draw_the_arguments() -> None:
    def inputs(rng: np.random.Generator) -> tuple[Any, ...]:
        return ({"W": rng.normal(size=(3, 2))}, [rng.normal(size=3)])

    def reference(params, xs):
        return xs[0] @ params["W"]

    exercise = replace(
        demo.DENSE,
        reference=reference,
        blanks=(),
        alternatives=[],
        wrongs=[],
        checks=standard(inputs),
    )
    names = [c.name for c in exercise.checks]
    assert names == ["形と値", "float32", "入力を書き換えない", "呼び出しごとに独立"]
    assert check(exercise, lambda params, xs: np.dot(xs[0], params["W"])).passed

    def spoils(params, xs):
        y = xs[0] @ params["W"]
        params["W"][0, 0] = 9.0
        return y

    report = check(exercise, spoils)
    assert report.check == "入力を書き換えない"
    assert "params の中身" in str(report)


def test_a_given_generator_may_be_drawn_from() -> None:
    inputs = arrays(x="N D", rng=generator())

    def reference(x, rng):
        return x + rng.normal(size=x.shape)

    exercise = replace(
        demo.DENSE, reference=reference, blanks=(), wrongs=[], checks=standard(inputs)
    )
    assert check(exercise, lambda x, rng: x + rng.normal(size=x.shape)).passed
    assert check(exercise, lambda x, rng: x + rng.normal(size=len(x))[:, None]).status == "failed"


# --- gradients ------------------------------------------------------------------------------------


def test_gradients_alone_find_a_wrong_gradient() -> None:
    exercise = replace(demo.AFFINE, wrongs=[], checks=demo.AFFINE.checks[-1:])
    assert check(exercise, demo.affine_backward).passed
    report = check(exercise, lambda dy, x, W: (dy @ W.T, x.T @ dy, 2 * dy.sum(axis=0)))
    assert report.check == "数値微分との一致"
    assert dict(report.rows)["期待"].startswith("数値微分 db[")
    assert "db: " in advice(report)
    assert "2 倍" in advice(report)


def test_gradients_in_a_dict_and_alone() -> None:
    inputs = arrays(x="N D", W="D H")

    def loss(x, W):
        return np.sum((x @ W) ** 2)

    def as_dict(x, W):
        return {"dx": 2 * x @ W @ W.T, "dW": 2 * x.T @ x @ W}

    one = gradients(inputs, loss, wrt=("W",))
    both = gradients(inputs, loss, wrt=("x", "W"))
    assert judged(both, as_dict, as_dict) is None
    assert judged(one, lambda x, W: 2 * x.T @ x @ W, lambda x, W: 2 * x.T @ x @ W) is None
    found = judged(both, lambda x, W: as_dict(x, W) | {"dW": W}, as_dict)
    assert found is not None
    assert found.got.startswith("dW[")


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
    for status, (icon, name, _) in STATUSES.items():
        report = Report(status, (("戻り値", "<script>alert(1)</script>"),), title="<b>")
        html = report._repr_html_()
        assert icon in html
        assert name in html
        assert 'lang="ja"' in html
        assert "<script>" not in html
        assert "<b>" not in html
        assert report._repr_mimebundle_()["text/plain"] == str(report) == repr(report)


# --- mutants --------------------------------------------------------------------------------------


def keys(source: str) -> set[str]:
    return {m.key for m in mutants(source)}


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("return x @ W + b", {"return x @ W - b", "return x @ W", "return b", "return x * W + b"}),
        ("return x @ W", {"return W @ x", "return -(x @ W)"}),
        ("return x.T @ W", {"return x @ W"}),
        ("return x < 0", {"return x <= 0", "return x > 0", "return x < 1", "return x < -1"}),
        ("return np.tanh(x)", {"return 1 / (1 + np.exp(-x))", "return x"}),
        ("return 1 / (1 + np.exp(-x))", {"return np.tanh(x)", "return 1 / (1 + np.exp(x))"}),
        (
            "return x.sum(axis=0, keepdims=True)",
            {
                "return x",
                "return x.mean(axis=0, keepdims=True)",
                "return x.sum(axis=1, keepdims=True)",
                "return x.sum(axis=0, keepdims=False)",
                "return x.sum(axis=0)",
                "return x.sum(keepdims=True)",
            },
        ),
        ("return np.sum(x)", {"return x", "return np.mean(x)"}),
        ("return f(x, W)", {"return f(W, x)"}),
        ("return x, W, b", {"return (W, x, b)", "return (x, b, W)", "return (x, W)"}),
        ("return x[:H]", {"return x[H:]", "return x[:H + 1]"}),
        ("return x[t]", {"return x[t - 1]"}),
        ("return x[::-1]", {"return x[:]", "return x[::-2]"}),
        ("x += W", {"x -= W", "x = W", "del: x += W"}),
        ("x[0] = W", {"del: x[0] = W", "x[1] = W"}),
        ("return x if W else b", {"return x if not W else b"}),
        ("return x and W", {"return x or W"}),
        ("return not x", {"return x"}),
        ("return [range(T)]", {"return [range(1, T)]", "return [range(T - 1)]"}),
        ("return np.concatenate([x, W], axis=1)", {"return np.concatenate([x, W], axis=2)"}),
        (
            "return np.zeros(3, dtype=x.dtype)",
            {"return np.zeros(3)", "return np.ones(3, dtype=x.dtype)"},
        ),
    ],
)
def test_mutation_operators(line: str, changed: set[str]) -> None:
    assert changed <= keys(f"def f(x, W, b):\n    {line}\n    return x\n")


def test_no_mutant_swaps_what_commutes() -> None:
    found = keys("def f(x, W, b):\n    return min(x, np.maximum(W, b))\n")
    assert not found & {"return min(np.maximum(W, b), x)", "return min(x, np.maximum(b, W))"}
    assert {"return max(x, np.maximum(W, b))", "return min(x, np.minimum(W, b))"} <= found


def test_mutants_differ_compile_and_spare_what_does_not_compute() -> None:
    source = (
        "def f(x: int = 1) -> int:\n"
        '    """Doc 1."""\n'
        "    assert x > 0, 2\n"
        "    if x > 3:\n"
        "        raise ValueError(4)\n"
        "    return x\n"
    )
    found = mutants(source)
    assert {m.key for m in found} == {
        "if not x > 3:",
        "if x >= 3:",
        "if x < 3:",
        "if x > 4:",
        "if x > 2:",
        "return -x",
        "del: return x",
        "del: if x > 3:",
    }
    for mutant in found:
        compile(mutant.source, "mutant", "exec")
    assert len({m.source for m in found}) == len(found)


def test_survivors_equivalents_and_stale_declarations_are_told_apart() -> None:
    silent, justified, stale = map(score, (demo.RELU_SILENT, demo.RELU_JUSTIFIED, demo.RELU_STALE))
    assert silent.survivors == ("line 3: return x * (x >= 0)",)
    assert silent.share < 1
    assert (justified.survivors, justified.equivalent, justified.share) == ((), 1, 1.0)
    assert stale.unused == ("return x * (x > 1)",)
    with pytest.raises(ValueError, match="# <reason>"):
        score(replace(demo.RELU_SILENT, equivalent_mutants=["return x"]))


def test_a_mutant_that_hangs_or_kills_its_process_is_rejected() -> None:
    head = "def dense(x, W, b):\n"
    sources = [
        head + "    while True: pass\n",
        head + "    import os; os._exit(3)\n",
        head + "    return np.tanh(x @ W + b)\n",
        head + "    return x\n",
    ]
    assert verdicts(demo.DENSE, sources, limit=1.0) == [False, False, True, False]


def test_a_grader_that_fails_on_a_mutant_is_not_taken_for_a_rejection() -> None:
    with pytest.raises(RuntimeError, match="SyntaxError"):
        verdicts(demo.DENSE, ["def dense(:"], limit=1)


def test_an_exercise_that_cannot_be_found_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="no child for demo-lost"):
        verdicts(replace(demo.DENSE, id="demo-lost"), ["def f(): pass"])
    assert "no exercise 'demo-lost'" in capfd.readouterr().err


def test_the_command_prints_figures_and_says_by_its_status_whether_they_suffice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from eshikaku import course

    def chapter(*exercises: Exercise) -> Any:
        return types.SimpleNamespace(exercises=lambda: {e.id: e for e in exercises})

    monkeypatch.setattr(course, "chapters", lambda: (chapter(demo.DENSE, demo.RELU_JUSTIFIED),))
    assert main([]) == 0
    assert "equivalent 1" in capsys.readouterr().out
    monkeypatch.setattr(course, "chapter", lambda key: chapter(demo.RELU_SILENT))
    assert main(["rnn"]) == 1
    out = capsys.readouterr().out
    assert "survived  line 3: return x * (x >= 0)" in out
    assert "90.0%" in out


# --- in a real kernel -----------------------------------------------------------------------------


def test_in_a_notebook_kernel() -> None:
    """Cells have sources and line numbers; an untouched exercise is shown the same each time."""
    from nbclient import NotebookClient

    setup = (
        "import sys\n"
        f"sys.path.insert(0, {str(Path(demo.__file__).parent)!r})\n"
        "import numpy as np, demo_exercises as demo\n"
        "from eshikaku.exercises.check import check as grade\n"
        "def check(name, function): return grade({e.id: e for e in vars(demo).values() "
        "if isinstance(e, demo.Exercise)}[name], function)\n"
    )
    _, starter, checked = cells(demo.DENSE)
    book = nbformat.v4.new_notebook()
    sources = [
        setup,
        starter["source"],
        checked["source"],
        "def dense(x, W, b):\n    print('形', x.shape)\n    return x @ W + c",
        checked["source"],
        "r = check('demo-dense', dense); print(r.source)",
        "def dense(x, W, b):\n    while True: pass",
        "from eshikaku.exercises.check import check as g; g(demo.DENSE, dense, limit=0.3)",
        "def dense(x, W, b):\n    return np.tanh(x @ W + b)",
        checked["source"],
    ]
    book.cells = [nbformat.v4.new_code_cell(s) for s in sources]
    shown = []
    for _ in range(2):
        NotebookClient(book, timeout=60, kernel_name="python3").execute()
        shown.append([_text(cell) for cell in book.cells])
    assert shown[0][2] == shown[1][2]
    untouched, error, source, endless, passed = (shown[0][i] for i in (2, 4, 5, 7, 9))
    assert untouched.startswith("○ 未着手")
    assert "行: 3行目　return x @ W + c" in error
    assert "print: 形 (" in error
    assert source == sources[3] + "\n\n"
    assert "行: 2行目　while True: pass" in endless
    assert passed.startswith("✔ 合格")


def _text(cell: Any) -> str:
    output = cell.outputs[0] if cell.outputs else nbformat.v4.new_output("stream", text="")
    return output.text if output.output_type == "stream" else output.data["text/plain"]
