"""``make notebooks``: sources → executed notebooks, one way.

A notebook is executed when its code, its bank or its chapter's package changed since the last
time (a hash in the notebook's metadata tells); otherwise only its text is brought up to date
and every unchanged code cell keeps its output. A change in an engine is not in the hash: where
it changes an output, nbval says so and ``eshikaku notebooks --force`` runs everything again.

A kernel runs with an empty record, one thread and a fixed hash seed; experiments run inside
their cells (``ESHIKAKU_SYNC=1``). Outputs with random widget ids are dropped.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eshikaku import course
from eshikaku.authoring import sources

if TYPE_CHECKING:
    from nbformat import NotebookNode

CELL_SECONDS = 300
MOST_BYTES = 550_000  # of one notebook
# One thread: outputs can be compared, and small matrices are several times faster so.
THREADS = {f"{lib}_NUM_THREADS": "1" for lib in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}
WIDGET = "application/vnd.jupyter.widget-view+json"


def chosen(names: Sequence[str]) -> list[course.Chapter]:
    """The chapters named, or all of them."""
    return [course.chapter(n) for n in names] if names else list(course.chapters())


def make(names: Sequence[str] = (), force: bool = False) -> int:
    """Bring the notebooks and the home up to date; 1 where a cell failed."""
    from nbclient.exceptions import CellExecutionError

    status = 0
    for chapter in with_home(chosen(names)):
        began = time.perf_counter()
        try:
            done = make_one(chapter, force)
        except CellExecutionError as error:
            said = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # IPython colours its tracebacks
            print(f"{chapter.name}: a cell failed\n{said}", file=sys.stderr)
            status = 1
            continue
        print(f"{chapter.name}: {done} ({time.perf_counter() - began:.1f} s)", flush=True)
    return status


def with_home(chapters: list[course.Chapter]) -> list[course.Chapter]:
    """The chapters and the learner's home, which shows the parts and questions of all."""
    home = [c for c in course.chapters() if c.stem == "home" and c not in chapters]
    return [*chapters, *home]


def make_one(chapter: course.Chapter, force: bool = False) -> str:
    """Make one notebook and say what was done: executed, text only, or unchanged."""
    old = read(chapter.notebook)
    fresh = sources.notebook(chapter)
    stamp = code_hash(chapter, fresh)
    fresh.metadata["eshikaku"]["code"] = stamp
    if force or old is None or old.metadata.get("eshikaku", {}).get("code") != stamp:
        execute(fresh)
        done = "executed"
    else:
        keep_outputs(fresh, old)
        done = "text only"
    text = _dumps(fresh)
    if chapter.notebook.exists() and chapter.notebook.read_text(encoding="utf-8") == text:
        return "unchanged" if done == "text only" else done
    draft = chapter.notebook.with_suffix(".tmp")
    draft.write_text(text, encoding="utf-8", newline="\n")
    os.replace(draft, chapter.notebook)
    return done


def check(names: Sequence[str] = ()) -> int:
    """Say where :func:`make` would change an input cell; 1 where it would."""
    behind = [line for chapter in chosen(names) for line in differences(chapter)]
    for line in behind:
        print(line)
    return 1 if behind else 0


def differences(chapter: course.Chapter) -> list[str]:
    """How the notebook's input cells differ from what its source says now."""
    old = read(chapter.notebook)
    if old is None:
        return [f"{chapter.name}: notebook missing; run `make notebooks`"]
    new = sources.notebook(chapter)
    before, after = ([_input(c) for c in nb.cells] for nb in (old, new))
    if before == after:
        return []
    for n, (b, a) in enumerate(zip(before, after, strict=False)):
        if b != a:
            return [f"{chapter.name}: cell {n} differs from its source: {a['source'][:60]!r}"]
    return [f"{chapter.name}: {len(before)} cells in the notebook, {len(after)} in the source"]


def code_hash(chapter: course.Chapter, fresh: NotebookNode) -> str:
    """Hash of everything chapter-specific that a cell's output may depend on."""
    digest = hashlib.sha256()
    for cell in fresh.cells:
        if cell.cell_type == "code":
            digest.update(cell.source.encode() + b"\0")
    folder = course.root() / "src" / "eshikaku" / "chapters" / chapter.stem
    files = [chapter.bank, chapter.results, *sorted(folder.rglob("*.py"))]
    if chapter.stem == "home":  # it shows the parts and questions of all
        files += [path for c in course.chapters() for path in (c.source, c.bank)]
        files.append(course.root() / "quizzes" / "syllabus.yaml")
    for path in files:
        if path.exists():
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def environment(home: str) -> dict[str, str]:
    """The environment of a kernel whose outputs can be compared: also nbval's."""
    return {
        "ESHIKAKU_SYNC": "1",
        "ESHIKAKU_HOME": home,
        "ESHIKAKU_WORK": str(Path(home) / "work"),
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **THREADS,
    }


def execute(notebook: NotebookNode) -> None:
    """Run all cells in an empty home; clean the outputs.

    Raises:
        CellExecutionError: a cell raised.
    """
    from nbclient import NotebookClient
    from traitlets.config import Config

    with tempfile.TemporaryDirectory(prefix="eshikaku-") as home:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": home}},
            store_widget_state=False,
            record_timing=False,
            coalesce_streams=True,
            config=Config(KernelManager={"transport_encryption": "auto"}),  # no warning
        )
        client.execute(env={**os.environ, **environment(home)})
    notebook.metadata["language_info"] = dict(sources.LANGUAGE)
    notebook.metadata["kernelspec"] = dict(sources.KERNEL)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if WIDGET not in o.get("data", {})]


def keep_outputs(fresh: NotebookNode, old: NotebookNode) -> None:
    """Carry outputs over to the cells that did not change."""
    known = {c.id: c for c in old.cells if c.cell_type == "code"}
    for cell in fresh.cells:
        if cell.cell_type == "code" and cell.id in known:
            cell.outputs = known[cell.id].outputs
            cell.execution_count = known[cell.id].execution_count


def read(path: Path) -> NotebookNode | None:
    """A notebook, or ``None`` where there is none."""
    import nbformat

    return nbformat.read(path, as_version=4) if path.exists() else None


def _input(cell: NotebookNode) -> dict[str, Any]:
    return {k: cell[k] for k in ("cell_type", "source", "id", "metadata")}


def _dumps(notebook: NotebookNode) -> str:
    import nbformat

    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4) + "\n"
