"""A chapter's cell in a fresh kernel: what it needs is there, or is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from tests.tiny_course import make

from eshikaku.record.events import Event
from eshikaku.record.store import Store
from eshikaku.workspace import copies, opening

CELLS = (
    "from math import sqrt as check\nquiz = print\nprint('準備')",
    "import json\n\nfrom math import pi\nscale = 2",
    "def f(x):\n    y = x * scale\n    return y * pi",
    "values = [f(n) for n in range(3)]",
    "print(values, f(1), scale)",
)


@pytest.fixture
def kernel(root: Path) -> Iterator[Any]:
    """Runs code in a kernel of the notebook 91_tiny; returns what it showed, by kind."""
    from jupyter_client.manager import start_new_kernel

    make(root, "91_tiny", *CELLS)
    copies.sync()
    folder = copies.jupyter_folders()
    opening.install(folder["IPYTHONDIR"])
    environment = {
        **os.environ,
        **{name: str(place) for name, place in folder.items()},
        "JPY_SESSION_NAME": "91_tiny.ipynb",
        "ESHIKAKU_WORK": str(root / "work"),
    }
    manager, client = start_new_kernel(env=environment)

    def run(code: str, cell: str = "") -> dict[str, list[Any]]:
        shown: dict[str, list[Any]] = {}
        client.execute_interactive(
            code,
            timeout=60,
            output_hook=lambda m: shown.setdefault(m["header"]["msg_type"], []).append(
                m["content"]
            ),
        )
        return shown

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_the_opening_cell_and_imports_come_by_themselves(kernel: Any) -> None:
    shown = kernel("quiz(check(4), json.dumps(1))")
    assert "".join(s["text"] for s in shown["stream"]) == "2.0 1\n", "and nothing else is said"
    assert "error" not in shown


def test_what_another_cell_defines_is_named_with_what_that_needs(kernel: Any) -> None:
    shown = kernel(CELLS[4])
    [advice] = shown["display_data"]
    text, html = advice["data"]["text/plain"], advice["data"]["text/html"]
    assert "values はまだありません" in text or "f はまだありません" in text
    names = ["  1. scale = 2", "  2. def f(x):", "  3. values = [f(n) for n in range(3)]"]
    assert text.splitlines()[1:] == names
    assert [f"cell-id=c{n}" in html for n in range(5)] == [False, True, True, True, False]
    [error] = shown["error"]
    assert error["ename"] == "NameError" and "Traceback" not in "".join(error["traceback"])
    for cell in CELLS[1:4]:
        assert "error" not in kernel(cell), "doing just that"
    assert "error" not in kernel(CELLS[4])


def test_other_errors_are_pythons_own(kernel: Any) -> None:
    for code in ("nowhere", "1 / 0", "def g():\n    scale += 1\ng()"):
        shown = kernel(code)
        assert "display_data" not in shown
        assert "Traceback" in "".join(shown["error"][0]["traceback"])
    assert "".join(s["text"] for s in kernel("print(1)")["stream"]) == "1\n"


def test_the_record_knows_the_last_check(kernel: Any) -> None:
    Store().append(Event("check", "tiny-f", status="passed", answer="def f(x): ..."))
    [advice] = kernel('check("tiny-f", f)')["display_data"]
    assert "前回の結果：合格" in advice["data"]["text/plain"]


def test_a_kernel_elsewhere_is_left_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shell:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was touched")

    monkeypatch.setattr("IPython.get_ipython", lambda: Shell())
    for name in ("", "mine.ipynb", "folder/other.ipynb"):
        monkeypatch.setenv("JPY_SESSION_NAME", name)
        opening.watch()


def test_names_a_cell_reads_are_those_from_outside() -> None:
    cell = opening.Cell.of(
        "c", "def f(a, b=base):\n    c = a + np.e\n    return [c for _ in b]\nx = f"
    )
    assert cell.reads - cell.binds == {"base", "np"}
    assert cell.binds == {"f", "x"}
    assert opening.Cell.of("c", "%matplotlib inline\nx = 1").binds == frozenset()
    assert opening.Cell.of("c", "if a:\n    import b\nfor i in r:\n    j = i").binds == {
        "b",
        "i",
        "j",
    }


def test_outputs_are_shown_again_only_from_a_trusted_notebook(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(root, "91_tiny", *CELLS, output="前の出力")
    copies.sync()
    data = copies.jupyter_folders()["JUPYTER_DATA_DIR"]
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(data))

    shell = SimpleNamespace(parent_header={"metadata": {"cellId": "c0"}})
    guide = opening.Guide(shell, opening.course.chapter("91"), Path("91_tiny.ipynb"))
    assert [o["text"] for o in guide.outputs_before()] == ["前の出力"]
    here = root / "work" / "91_tiny.ipynb"
    notebook = nbformat.read(here, as_version=4)
    notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", {"text/html": "<script>"})]
    nbformat.write(notebook, here)
    assert guide.outputs_before() == []
