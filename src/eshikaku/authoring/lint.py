"""What a notebook's code may not do unnoticed.

A cell's output is either *exact* (nbval compares it strictly) or *measured*: it depends on
training, time or the processor. A measured cell carries the tag ``nbval-ignore-output`` and
asserts the claim of the text. :func:`measured` finds cells that measure by what they call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from eshikaku.authoring.sources import Cell

IGNORE = "nbval-ignore-output"
CLOCKS = frozenset({"perf_counter", "process_time", "monotonic", "timeit", "time"})
UPDATES = frozenset({"step", "update"})  # an optimiser's, inside a loop
TRAINERS = ("train", "fit")
MAX_LINES = 20


def findings(cells: Iterable[Cell]) -> list[str]:
    """What is wrong with a chapter's code cells, one line each."""
    found: list[str] = []
    measuring: set[str] = set()  # functions of this notebook that train or time when called
    for n, cell in enumerate(cells):
        if cell.kind != "code" or cell.source.lstrip().startswith(("%", "!")):
            continue
        where = f"code cell {n} ({cell.source.splitlines()[0][:40]!r})"
        tree = ast.parse(cell.source)
        measuring |= {f.name for f in _functions(tree) if _measures(f.body, measuring)}
        if _measures(tree.body, measuring):
            if IGNORE not in cell.tags:
                found.append(f"{where} trains or times and lacks the tag {IGNORE}")
            if not any(isinstance(node, ast.Assert) for node in ast.walk(tree)):
                found.append(f"{where} trains or times and asserts nothing")
        if not cell.generated and lines(cell.source) > MAX_LINES:
            found.append(f"{where} has {lines(cell.source)} lines; {MAX_LINES} can be read")
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
