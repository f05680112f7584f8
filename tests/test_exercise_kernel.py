"""check() in a kernel: code that can't be stopped, cells that did not run."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from eshikaku import course, notebook
from eshikaku.exercises import watchdog
from eshikaku.exercises.runner import PATIENCE
from eshikaku.record.store import Store

HOG = textwrap.dedent("""
    import sys
    from pathlib import Path
    from eshikaku.exercises import watchdog
    from eshikaku.exercises.runner import run_limited

    with watchdog.kernel_ends(Path(sys.argv[1]), {"id": "rnn-step", "source": "def f"}, 0.3):
        run_limited(lambda: eval(sys.argv[2]), 0.3)
    print("went on")
""")


def _run(folder: Path, expression: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", HOG, str(folder), expression]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_code_that_holds_the_interpreter_ends_the_kernel_and_leaves_a_note(tmp_path: Path) -> None:
    start = time.monotonic()
    ended = _run(tmp_path, "sum(range(10**11))")
    assert time.monotonic() - start < 0.3 + PATIENCE + watchdog.GRACE + 10  # the import included
    assert ended.returncode == 1
    assert "went on" not in ended.stdout
    time.sleep(0.1)
    assert watchdog.unfinished(tmp_path) == [{"id": "rnn-step", "source": "def f"}]
    assert watchdog.unfinished(tmp_path) == []


def test_code_that_ends_leaves_nothing(tmp_path: Path) -> None:
    ended = _run(tmp_path / "new", "sum(range(10**3))")
    assert ended.stdout == "went on\n", ended.stderr
    assert list((tmp_path / "new").iterdir()) == []


def test_a_check_under_way_in_another_kernel_is_none_of_this_ones(tmp_path: Path) -> None:
    note = {"until": time.time() + 60, "id": "rnn-step", "source": ""}
    (tmp_path / "check-1.json").write_text(json.dumps(note), encoding="utf-8")
    assert watchdog.unfinished(tmp_path) == []
    assert list(tmp_path.iterdir())


def test_the_next_kernel_says_and_records_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = {"until": 1.0, "id": "rnn-step", "source": "def rnn_step(): ..."}
    (home / "check-1.json").write_text(json.dumps(note), encoding="utf-8")
    exercise = course.exercise("rnn-step")
    for _ in range(2):
        notebook.check("rnn-step", exercise.starter)
    event, *others = Store().events()
    assert (event.kind, event.id, event.status) == ("check", "rnn-step", "error")
    assert event.answer == "def rnn_step(): ..."
    assert not others  # told once, and a starter is nothing the learner did
    assert "rnn-step のコードは10秒で終わらず" in capsys.readouterr().out


# --- cells that did not run -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def cells() -> Any:
    """``cells(*sources)``: what the last one shows, in one IPython shell each time."""
    script = textwrap.dedent(f"""
        import json, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from IPython.core.interactiveshell import InteractiveShell
        for sources in json.load(sys.stdin):
            InteractiveShell.clear_instance()
            shell = InteractiveShell.instance(history_length=0)
            shell.showtraceback = shell.showsyntaxerror = lambda *a, **k: None
            for source in sources:
                result = shell.run_cell(source, store_history=True)
            print(json.dumps([str(result.result)]))
    """)

    def run(*runs: list[str]) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", script], input=json.dumps(runs), capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = [json.loads(x)[0] for x in done.stdout.splitlines() if x.startswith('["')]
        assert len(found) == len(runs), done.stdout
        return found

    return run


SETUP = (
    "import numpy as np, demo_exercises as demo\n"
    "from eshikaku.exercises.check import check\n"
    "def other(): ..."
)
RIGHT = "def dense(x, W, b):\n    return np.tanh(x @ W + b)"
CHECK = "check(demo.DENSE, dense)"


def test_the_version_on_the_screen_must_have_run(cells: Any) -> None:
    empty, syntax, before, mended, older, on_purpose, other, twice, indented = cells(
        [SETUP, RIGHT, "def dense(x, W, b):", CHECK],
        [SETUP, RIGHT, "def dense(x, W, b):\n    return np.tanh(x @ W +", CHECK],
        [SETUP, RIGHT, "oops\ndef dense(x, W, b):\n    return x", CHECK],
        [SETUP, "def dense(x, W, b):\n    return x @", RIGHT, CHECK],
        [SETUP, RIGHT, "def dense(x, W, b):\n    return x", RIGHT, CHECK],
        [SETUP, RIGHT, "old = dense", "def dense(x, W, b):\n    return x",
         "check(demo.DENSE, old)"],
        [SETUP, RIGHT, "def other(:", CHECK],
        [SETUP, RIGHT, RIGHT + "\n" + CHECK],
        [SETUP, RIGHT, "if True:\n    def dense(x, W, b):\n        return np.tanh(x @ W + b) + 0",
         CHECK],
    )  # fmt: skip
    assert "1行目　def dense(x, W, b):" in empty
    assert "2行目　return np.tanh(x @ W +" in syntax
    assert "SyntaxError" in syntax
    assert "採点はしていません" in syntax
    assert "途中のエラーで実行されていません" in before
    for passed in (mended, older, on_purpose, other, twice, indented):
        assert passed.startswith("✔ 合格"), passed
