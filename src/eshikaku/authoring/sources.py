"""A chapter's text → the input cells of its notebook.

:func:`notebook` takes the blocks of ``notebooks/source/NN_stem.md``
(:mod:`eshikaku.course.source`) and adds what an author should not have to write:

- a line ``<!-- exercise: rnn-step -->`` becomes the cells generated from its declaration;
- a line ``<!-- parts -->`` becomes the table of parts from the front matter, with links;
- the headings of 発展 parts stand alone and start folded;
- a cell that only calls verbs, experiments or ``plot.show`` hides its source;
- a cell with the tag ``verify`` hides it too, and the asserts of any other cell are moved into a
  hidden one behind it: what only verifies is no reading, and leaves one line (合格 …);
- ids: the same cell has the same id in every build.

Nothing here runs a cell: see :mod:`eshikaku.authoring.build`.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eshikaku import course, optional
from eshikaku.course import source

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
PARTS = "<!-- parts -->"
VERIFY = "verify"
# Verbs of eshikaku.notebook whose call says nothing a reader needs to see. `check` is not
# among them: the learner runs that line and changes nothing in it, but must find it.
HIDDEN_VERBS = frozenset(
    {
        "quiz",
        "recall",
        "skip_check",
        "progress",
        "review",
        "plan",
        "home",
        "transfer",
        "results_table",
    }
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
            found.extend(_code_cells(block))
        else:
            found.extend(_fold(block.source.replace(PARTS, parts_table(chapter)), advanced))
    return found


def parts_table(chapter: course.Chapter) -> str:
    """The parts with links, what each holds, its minutes and its scope."""
    lines = ["| 部 | 内容 | 目安 | 範囲 |", "|---|---|---|---|"]
    for part in chapter.parts:
        name = f"[{part.title}]({course.link(chapter, part.heading)})"
        content = f"{name}：{part.content}" if part.content else name
        scope = part.scope
        if scope == course.IN_SCOPE:
            scope += f" {'・'.join(part.syllabus)}"
        lines.append(f"| {part.id} | {content} | {part.minutes}分 | {scope} |")
    return "\n".join(lines)


def _code_cells(block: source.Block) -> Iterator[Cell]:
    """The cell, and behind it the one with its asserts."""
    if VERIFY in block.tags:
        yield Cell("code", block.source, list(block.tags), hidden=True)
        return
    late = asserted_late(block.source)
    if late:
        raise course.CourseError(
            f"a cell asserts about {', '.join(late)} and sets it again below: split the cell\n"
            + block.source
        )
    shown, claims = claims_apart(block.source)
    if shown:
        yield Cell("code", shown, list(block.tags), hidden=only_shows(shown))
    if claims:
        opening = [optional.NEEDS_TORCH] if optional.uses_torch(block.source) else []
        count = len([c for c in claims if c.startswith("assert")])
        ending = f'print("合格：本文の主張を{count}つ確かめました。")'
        code = "\n".join([*opening, *claims, ending])
        yield Cell("code", code, [VERIFY], hidden=True)


def claims_apart(code: str) -> tuple[str, list[str]]:
    """A cell's code without its asserts, and the asserts (those at the top of the cell)."""
    try:
        body = ast.parse(code).body
    except SyntaxError:  # a magic
        return code, []
    lines = code.splitlines()
    claims: list[str] = []
    gone: set[int] = set()
    for statement in body:
        if isinstance(statement, ast.Assert):
            place = range(statement.lineno - 1, statement.end_lineno or statement.lineno)
            claims += [lines[n] for n in place]
            gone |= set(place)
    kept = "\n".join(line for n, line in enumerate(lines) if n not in gone)
    return re.sub(r"\n{3,}", "\n\n\n", kept).strip("\n"), claims


def asserted_late(code: str) -> list[str]:
    """Names that an assert at the top of a cell speaks of and a later statement sets again.

    The assert is moved behind the cell (:func:`claims_apart`): it would speak of another value.
    """
    try:
        body = ast.parse(code).body
    except SyntaxError:  # a magic
        return []
    found: list[str] = []
    for n, statement in enumerate(body):
        if isinstance(statement, ast.Assert):
            named = {x.id for x in ast.walk(statement) if isinstance(x, ast.Name)}
            found += sorted(named & {name for s in body[n + 1 :] for name in _set_by(s)})
    return found


def _set_by(node: ast.AST) -> Iterator[str]:
    """Names that a statement sets (those of comprehensions are their own)."""
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from _set_by(child)


def only_shows(code: str) -> bool:
    """Whether a code cell only calls verbs, experiments (``lab.memory()``) and ``plot.show``."""
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
    if not (isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)):
        return False
    return called.value.id == "lab" or (called.value.id, called.attr) == ("plot", "show")


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
