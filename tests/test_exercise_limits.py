"""Whatever a learner's function does, check() ends with a true message and harms nothing."""

from __future__ import annotations

import contextlib
import random
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

import demo_exercises as demo
from eshikaku.exercises.cells import cells
from eshikaku.exercises.check import check
from exercise_helpers import advice, written

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
