"""What a notebook's code may not do unnoticed.

A cell's output is either *exact* (nbval compares it strictly) or *measured*: it depends on
training, time or the processor. A measured cell carries the tag ``nbval-ignore-output`` and
the claim of the text is asserted (in the cell, or in the hidden one behind it). :func:`measured`
finds cells that measure by what they call. What a learner reads holds no assert, no
``HAS_TORCH`` and no alt text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from eshikaku.authoring.sources import VERIFY, Cell

IGNORE = "nbval-ignore-output"
CLOCKS = frozenset({"perf_counter", "process_time", "monotonic", "timeit", "time"})
UPDATES = frozenset({"step", "update"})  # an optimiser's, inside a loop
TRAINERS = ("train", "fit")
MAX_LINES = 20


def findings(cells: Iterable[Cell]) -> list[str]:
    """What is wrong with a chapter's code cells, one line each."""
    found: list[str] = []
    measuring: set[str] = set()  # functions of this notebook that train or time when called
    code = [c for c in cells if c.kind == "code"]
    for n, (cell, after) in enumerate(zip(code, [*code[1:], None], strict=True)):
        if cell.source.lstrip().startswith(("%", "!")):
            continue
        where = f"code cell {n} ({cell.source.splitlines()[0][:40]!r})"
        tree = ast.parse(cell.source)
        measuring |= {f.name for f in _functions(tree) if _measures(f.body, measuring)}
        if _measures(tree.body, measuring):
            if IGNORE not in cell.tags:
                found.append(f"{where} trains or times and lacks the tag {IGNORE}")
            if not any(_asserts(c) for c in (cell, after) if c is not None):
                found.append(f"{where} trains or times and asserts nothing")
        if not cell.generated and lines(cell.source) > MAX_LINES:
            found.append(f"{where} has {lines(cell.source)} lines; {MAX_LINES} can be read")
        if VERIFY in cell.tags and "合格" not in cell.source:
            found.append(f"{where} only verifies and leaves no line 合格 …")
        if not (cell.hidden or cell.generated):
            found += [f"{where} {reason}" for reason in _not_read(tree)]
    return found


def _asserts(cell: Cell) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source)))


def _not_read(tree: ast.Module) -> list[str]:
    """What stands in the code a learner reads and teaches nothing."""
    found = []
    nodes = list(ast.walk(tree))
    if any(isinstance(n, ast.Assert) for n in nodes):
        found.append(f"has an assert inside a block; put it at the top or into a {VERIFY} cell")
    if any(isinstance(n, ast.Name) and n.id == "HAS_TORCH" for n in nodes):
        found.append("asks for HAS_TORCH; without PyTorch a cell that uses it is skipped")
    if any(isinstance(n, ast.keyword) and n.arg == "alt" for n in nodes):
        found.append("has an alt text; show the figure in a cell of its own")
    return found


def measured(source: str) -> bool:
    """Whether a code cell, run by itself, trains or times something."""
    return _measures(ast.parse(source).body, set())


def lines(source: str) -> int:
    """Lines that a reader has to read: neither blank nor comment alone."""
    stripped = (line.strip() for line in source.splitlines())
    return sum(1 for line in stripped if line and not line.startswith("#"))


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _measures(body: Iterable[ast.AST], measuring: set[str], looped: bool = False) -> bool:
    """Whether statements measure when run (the bodies of functions defined there are not run)."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call) and _measuring_call(node, measuring, looped):
            return True
        inside = looped or isinstance(node, ast.For | ast.While)
        if _measures(ast.iter_child_nodes(node), measuring, inside):
            return True
    return False


def _measuring_call(call: ast.Call, measuring: set[str], looped: bool) -> bool:
    function = call.func
    if isinstance(function, ast.Name):
        name, method = function.id, False
    elif isinstance(function, ast.Attribute):
        name, method = function.attr, True
    else:
        return False
    if name in measuring or name in CLOCKS:
        return True
    if name in UPDATES:
        return method and looped
    # `model.train()` without arguments only switches torch's mode
    switches = method and name == "train" and not call.args and not call.keywords
    return name.startswith(TRAINERS) and not switches
