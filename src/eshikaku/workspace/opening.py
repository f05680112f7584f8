"""A chapter's cell run in a fresh kernel: what it needs is there, or is named.

After a kernel restart a page still shows everything, but nothing is defined. Lab's kernels load
this module when they start (:func:`install` lays a start-up file into the learner's own IPython
folder). Then, in a notebook of the course,

- a cell that uses what the chapter's opening cell defines (``lab``, ``quiz``, ``check``) has that
  cell run first, without a word: it imports, and connects the page to the record; imports that
  stand in other cells (``np``) are made too;
- a cell that uses what another cell defines says in Japanese which cells to run first, and shows
  again what stood below it and what the record knows, where it would otherwise leave a traceback.
"""

from __future__ import annotations

import ast
import builtins
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from symtable import SymbolTable, symtable
from types import TracebackType
from typing import Any
from urllib.parse import quote

from eshikaku import course

STARTUP = """\
# Written by `eshikaku lab`: see eshikaku.workspace.opening.
try:
    from eshikaku.workspace.opening import watch
except ImportError:  # a kernel of another environment
    pass
else:
    watch()
"""
_WIDGET = "application/vnd.jupyter.widget-view+json"
_RESULTS = {"passed": "合格", "failed": "不合格", "error": "エラー", "grader-error": "採点できず"}


def install(ipython: Path) -> None:
    """Let the kernels that use this IPython folder load this module.

    Raises:
        OSError: the folder can't be written.
    """
    path = ipython / "profile_default" / "startup" / "00-eshikaku.py"
    if not path.exists() or path.read_text(encoding="utf-8") != STARTUP:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(STARTUP, encoding="utf-8")


def watch() -> None:
    """Look after the cells of this kernel; nothing happens outside the course's notebooks."""
    from IPython import get_ipython

    notebook = Path(os.environ.get("JPY_SESSION_NAME", ""))
    chapter = next((c for c in course.chapters() if notebook.stem.startswith(c.name)), None)
    shell = get_ipython()
    if shell is None or chapter is None or not chapter.notebook.exists():
        return
    guide = Guide(shell, chapter, notebook)
    shell.events.register("pre_run_cell", guide.before)
    shell.set_custom_exc((NameError,), guide.missing)


@dataclass(frozen=True)
class Cell:
    """A code cell: names it binds at its top level, global names it reads, its imports."""

    id: str
    source: str
    binds: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    imports: tuple[ast.stmt, ...] = ()

    @classmethod
    def of(cls, id: str, source: str) -> Cell:
        """Nothing is known of a cell that is no Python (a magic, a typing error)."""
        try:
            tree = ast.parse(source)
            reads = _read(symtable(source, "cell", "exec"))
        except (SyntaxError, ValueError):
            return cls(id, source)
        imports = tuple(s for s in tree.body if isinstance(s, (ast.Import, ast.ImportFrom)))
        return cls(id, source, frozenset(_bound(tree.body)), frozenset(reads), imports)

    @property
    def first_line(self) -> str:
        """What a learner recognises it by."""
        lines = [line for line in self.source.splitlines() if line.strip()]
        functions = (line for line in lines if line.startswith(("def ", "class ")))
        telling = (line for line in lines if not line.startswith(("import ", "from ", "#")))
        return next(functions, next(telling, lines[0] if lines else ""))


class Guide:
    """Looks after one kernel of one chapter."""

    def __init__(self, shell: Any, chapter: course.Chapter, notebook: Path) -> None:
        self.shell = shell
        self.chapter = chapter
        self.notebook = notebook
        self.cell = Cell.of("", "")

    def before(self, info: Any) -> None:
        """Run the opening cell first, where the cell needs it, and imports of other cells."""
        self.cell = Cell.of("", info.raw_cell or "")
        there = cells(self.chapter.notebook)
        if not there or self.cell.binds >= there[0].binds:
            return
        if self.cell.reads & (there[0].binds - self.shell.user_ns.keys()):
            self._run(there[0].source)
        lacking = self.cell.reads - self.cell.binds - self.shell.user_ns.keys()
        for cell in there:
            for statement in cell.imports:
                if lacking & _bound([statement]):
                    self._run(ast.unparse(statement))

    def _run(self, source: str) -> None:
        """Run what another cell says.

        What it shows stands hidden above this cell's own output: the page gets the script that
        belongs to this version of the course, and nobody sees a second 準備ができました. An
        alert is shown all the same.
        """
        from IPython.display import display
        from IPython.utils.capture import capture_output

        with capture_output() as said:
            exec(compile(source, "<前のセル>", "exec"), self.shell.user_ns)
        for html in ((output.data or {}).get("text/html", "") for output in said.outputs):
            hidden = "" if "esk-warning" in html else " hidden"
            if html:
                display({"text/html": f"<div{hidden}>{html}</div>", "text/plain": ""}, raw=True)

    def missing(
        self, shell: Any, kind: type, error: NameError, trace: TracebackType, tb_offset: Any = None
    ) -> list[str]:
        """Say what to run first; another name is Python's business."""
        there = cells(self.file) or cells(self.chapter.notebook)
        theirs = kind is NameError and any(error.name in cell.binds for cell in there)
        needed = self.needed(str(error.name), there) if theirs else []
        if not needed:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
            return []
        html, text = self.advice(str(error.name), needed)
        _show(html, text)
        for output in self.outputs_before():
            _show_again(output)
        short = [f"NameError: {error.name} はまだありません。先に上のセルを実行してください。"]
        shell._showtraceback(kind, error, short)
        return short

    @property
    def file(self) -> Path:
        """The notebook on the disk."""
        from eshikaku.workspace import copies

        return copies.workplace() / self.notebook.name

    def needed(self, name: str, there: list[Cell]) -> list[Cell]:
        """The cells above that define a name and what else the cell lacks, from the top down.

        Each name is taken from the nearest cell above the one that reads it.
        """
        known = self.shell.user_ns.keys() | vars(builtins).keys()
        known |= {b for c in there for statement in c.imports for b in _bound([statement])}
        here = next((n for n, c in enumerate(there) if self._runs(c)), len(there))
        wanted = [(here, lacking) for lacking in {name, *self.cell.reads} - known]
        found: set[int] = set()
        while wanted:
            below, lacking = wanted.pop()
            above = (n for n in range(below - 1, -1, -1) if lacking in there[n].binds)
            at = next(above, None)
            if at is not None and at not in found:
                found.add(at)
                wanted += [(at, more) for more in there[at].reads - known - there[at].binds]
        return [there[n] for n in sorted(found)]

    @property
    def id(self) -> str:
        """The id of the cell that runs, where the front end tells it."""
        return str((self.shell.parent_header.get("metadata") or {}).get("cellId", ""))

    def _runs(self, cell: Cell) -> bool:
        return cell.id == self.id if self.id else cell.source == self.cell.source

    def advice(self, name: str, needed: list[Cell]) -> tuple[str, str]:
        """What to run first, as HTML with links to the cells and as text."""
        items = "".join(
            f'<li><a href="{quote(self.notebook.name)}#cell-id={escape(c.id)}">'
            f"<code>{escape(c.first_line)}</code></a></li>"
            for c in needed
        )
        said = (
            f"{name} はまだありません（カーネルを起動し直すと、実行したものは消えます）。"
            "次のセルを上から順に実行してから、このセルをもう一度実行してください。"
        )
        known = self.recorded()
        html = (
            f'<div class="esk-warning" role="alert" lang="ja"><p>{escape(said)}</p>'
            f"<ol>{items}</ol>" + (f"<p>{escape(known)}</p>" if known else "") + "</div>"
        )
        lines = [said, *(f"  {n}. {c.first_line}" for n, c in enumerate(needed, 1)), known]
        return html, "\n".join(line for line in lines if line)

    def recorded(self) -> str:
        """What the record knows of the exercise that the cell checks."""
        from eshikaku.record.store import Store

        for id in checked(self.cell.source):
            exercise = Store().state().exercises.get(id)
            if exercise is not None and exercise.status:
                result = _RESULTS.get(exercise.status, exercise.status)
                return (
                    f"記録にある前回の結果：{result}。"
                    "採点したコードは、学習ホームの「演習のコード」にあります。"
                )
        return ""

    def outputs_before(self) -> list[dict[str, Any]]:
        """What stood below this cell when the notebook was saved, if the notebook is trusted."""
        import nbformat
        from nbformat.sign import NotebookNotary

        if not self.id or not self.file.exists():
            return []
        notebook = nbformat.read(self.file, as_version=4)
        notary = NotebookNotary(data_dir=os.environ.get("JUPYTER_DATA_DIR", ""))
        try:
            trusted = notary.check_signature(notebook)
        finally:
            notary.store.close()
        found = [c.get("outputs", []) for c in notebook.cells if c.get("id") == self.id]
        return list(found[0]) if trusted and found else []


def cells(path: Path) -> list[Cell]:
    """The code cells of a notebook, empty where it can't be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [
            Cell.of(str(cell.get("id", "")), "".join(cell["source"]))
            for cell in found
            if cell["cell_type"] == "code"
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def checked(source: str) -> list[str]:
    """The exercises that ``check("…", …)`` names in a cell."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "check"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


def _read(table: SymbolTable) -> set[str]:
    """Names that a cell takes from outside; parameters and locals of functions are their own."""
    top = table.get_type() == "module"
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (top or symbol.is_global())
    }
    return found.union(*(_read(inner) for inner in table.get_children()))


def _bound(body: Iterable[ast.stmt]) -> set[str]:
    """Names that statements bind, those within functions and classes left out."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(statement.name)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            found |= {(a.asname or a.name).split(".")[0] for a in statement.names}
        else:
            found |= {
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            inner = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
            for block in inner:
                found |= _bound(s for s in block if isinstance(s, ast.stmt))
    return found


def _show(html: str, text: str) -> None:
    from IPython.display import display

    display({"text/html": html, "text/plain": text}, raw=True)


def _show_again(output: dict[str, Any]) -> None:
    """An output as it was; a widget is dead and an error is over."""
    from IPython.display import display

    if output["output_type"] == "stream":
        print(output["text"], end="")
    elif output["output_type"] in ("display_data", "execute_result"):
        data = {mime: held for mime, held in output["data"].items() if mime != _WIDGET}
        if _WIDGET not in output["data"] and "esk-warning" not in data.get("text/html", ""):
            display(data, raw=True)
