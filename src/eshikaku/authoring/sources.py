"""A chapter's text → the input cells of its notebook.

:func:`notebook` takes the blocks of ``notebooks/source/NN_stem.md``
(:mod:`eshikaku.course.source`) and adds what an author should not have to write:

- a line ``<!-- exercise: rnn-step -->`` becomes the cells generated from its declaration;
- the headings of 発展 parts stand alone and start folded;
- a cell that only calls verbs or experiments hides its source;
- ids: the same cell has the same id in every build.

Nothing here runs a cell: see :mod:`eshikaku.authoring.build`.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eshikaku import course
from eshikaku.course import source

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
# Verbs of eshikaku.notebook whose call says nothing a reader needs to see. `check` is not
# among them: the learner runs that line and changes nothing in it, but must find it.
HIDDEN_VERBS = frozenset(
    {"quiz", "recall", "skip_check", "progress", "review", "plan", "home", "transfer"}
)


@dataclass
class Cell:
    """One input cell."""

    kind: str  # markdown | code
    source: str
    tags: list[str] = field(default_factory=list)
    hidden: bool = False
    folded: bool = False
    id: str = ""  # where its declaration gives one
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def generated(self) -> bool:
        """Whether a declaration wrote it, not the chapter's author."""
        return bool(self.id)


def notebook(chapter: course.Chapter) -> NotebookNode:
    """The chapter's notebook without outputs.

    Raises:
        CourseError: the source names an exercise that the chapter does not declare.
    """
    import nbformat.v4 as v4

    nodes = []
    seen: dict[str, int] = {}
    for cell in cells(chapter):
        make = v4.new_code_cell if cell.kind == "code" else v4.new_markdown_cell
        node = make(cell.source, id=cell.id or _identity(cell, seen), metadata=cell.metadata)
        if cell.tags:
            node.metadata["tags"] = cell.tags
        if cell.hidden:
            node.metadata["jupyter"] = {"source_hidden": True}
        if cell.folded:
            node.metadata["jp-MarkdownHeadingCollapsed"] = True
        nodes.append(node)
    metadata = {
        "kernelspec": dict(KERNEL),
        "language_info": dict(LANGUAGE),
        "eshikaku": {"chapter": chapter.name},
    }
    return v4.new_notebook(cells=nodes, metadata=metadata)


def cells(chapter: course.Chapter) -> list[Cell]:
    """The chapter's input cells, in order."""
    advanced = {p.id for p in chapter.parts if p.scope == course.ADVANCED}
    found: list[Cell] = []
    for block in source.blocks(chapter.source):
        if block.exercise:
            found.extend(_exercise_cells(chapter, block.exercise))
        elif block.kind == "code":
            hidden = only_shows(block.source)
            found.append(Cell("code", block.source, list(block.tags), hidden=hidden))
        else:
            found.extend(_fold(block.source, advanced))
    return found


def only_shows(code: str) -> bool:
    """Whether a code cell does nothing but call verbs and experiments (``lab.gate_explorer()``)."""
    try:
        body = ast.parse(code).body
    except SyntaxError:  # a magic: something to see
        return False
    return bool(body) and all(_shows(statement) for statement in body)


def _shows(statement: ast.stmt) -> bool:
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    called = statement.value.func
    if isinstance(called, ast.Name):
        return called.id in HIDDEN_VERBS
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id == "lab"
    )


def _fold(text: str, advanced: set[str]) -> Iterator[Cell]:
    match = source.PART.match(text)
    if not match or match["id"] not in advanced:
        yield Cell("markdown", text)
        return
    heading, _, rest = text.partition("\n")
    yield Cell("markdown", heading, folded=True)
    if rest.strip():
        yield Cell("markdown", rest.strip())


def _exercise_cells(chapter: course.Chapter, id: str) -> Iterator[Cell]:
    from eshikaku.exercises import cells as generated

    declared = chapter.exercises()
    if id not in declared:
        raise course.CourseError(
            f"{chapter.source}: exercise {id!r} is not declared in "
            f"chapters/{chapter.stem}/exercises; declared: {', '.join(sorted(declared)) or 'none'}"
        )
    for cell in generated.cells(declared[id]):
        yield Cell(cell["cell_type"], cell["source"], id=cell["id"], metadata=cell["metadata"])


def _identity(cell: Cell, seen: dict[str, int]) -> str:
    """An id from what the cell says, a heading's from its name; equal cells are numbered."""
    if cell.kind != "code" and cell.source.startswith("## "):
        base = course.heading_cell(cell.source.splitlines()[0][3:])
    else:
        base = _digest(cell)
    seen[base] = seen.get(base, 0) + 1
    return base if seen[base] == 1 else f"{base}-{seen[base]}"


def _digest(cell: Cell) -> str:
    return hashlib.sha256(f"{cell.kind}\n{cell.source}".encode()).hexdigest()[:12]
