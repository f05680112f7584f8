"""Sources of functions: what the learner wrote, what a declaration shows."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

from eshikaku.exercises.declaration import BLANK

_LINT = re.compile(r"[ \t]*#[ \t]*(?:noqa|type:|pragma:|fmt:|ruff:).*$", re.M)


def source_of(function: Any) -> str:
    """The source of a function, dedented; ``""`` where Python has none (built-ins, ``exec``).

    A function defined in a notebook cell has one: IPython puts each cell into ``linecache``.
    """
    while isinstance(function, functools.partial):
        function = function.func
    try:
        return textwrap.dedent(inspect.getsource(inspect.unwrap(function))).strip("\n") + "\n"
    except (OSError, TypeError):
        return ""


def shown_source(function: Callable[..., Any], name: str | None = None) -> str:
    """A declared function as the learner sees it: no lint comments, its name replaced."""
    text = _LINT.sub("", source_of(function))
    if name and name != function.__name__:
        text = re.sub(rf"\b{re.escape(function.__name__)}\b", name, text)
    return text


def definition(source: str) -> ast.FunctionDef | None:
    """The function in ``source``, or ``None`` (a lambda, something unparsable)."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    return next((node for node in body if isinstance(node, ast.FunctionDef)), None)


def normalised(source: str) -> str | None:
    """The function's tree without name, docstring, comments and layout: equal trees, equal code."""
    node = definition(source)
    if node is None:
        return None
    node.name = "_"
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(node)


def blanks(source: str) -> list[int]:
    """The lines (1-based, within the function) in which ``____`` still stands."""
    node = definition(source)
    if node is None:
        return []
    return sorted(n.lineno for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == BLANK)
