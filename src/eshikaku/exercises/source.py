"""Sources of functions: what the learner wrote, what a declaration shows."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import linecache
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

BLANK = "____"  # the blank's name, as it appears in sources and in NameError.name
_UNWRITTEN = '    raise NotImplementedError("ここを書いてください")\n'

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


def edited(function: Callable[..., Any], changes: Mapping[str, str]) -> Callable[..., Any]:
    """``function`` with each text in ``changes`` replaced, all at once.

    The new function has a source (:func:`source_of`) and sees the globals that ``function`` sees
    by now.

    Raises:
        ValueError: a text does not stand in the source exactly once, two of them overlap, nothing
            changes, or what comes out is no Python.
    """
    source = source_of(function)
    places = []
    for old, new in changes.items():
        count = source.count(old)
        if count != 1 or not old or old == new:
            fault = "is its own replacement" if old == new else f"stands {count} times"
            raise ValueError(f"{old!r} {fault} in {function.__name__}; an edit needs exactly one")
        start = source.index(old)
        places.append((start, start + len(old), new))
    end, pieces = 0, []
    for start, stop, new in sorted(places):
        if start < end:
            raise ValueError(f"edits of {function.__name__} overlap at {source[start:end]!r}")
        pieces += [source[end:start], new]
        end = stop
    return _defined(function, "".join([*pieces, source[end:]]))


def unwritten(function: Callable[..., Any]) -> Callable[..., Any]:
    """The ``def`` line and docstring of ``function``, and a line that asks for the rest."""
    source = source_of(function)
    node = definition(source)
    if node is None:
        raise ValueError(f"{function.__name__} has no source that can be read")
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    head = source.splitlines(keepends=True)[: body[0].lineno - 1]
    return _defined(function, "".join(head) + _UNWRITTEN)


def _defined(function: Callable[..., Any], source: str) -> Callable[..., Any]:
    """The function that ``source`` defines, beside ``function``; tracebacks show its lines."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    file = f"<{function.__module__}.{function.__name__} edited {digest}>"
    try:
        code = compile(source, file, "exec")
    except SyntaxError as error:
        raise ValueError(f"no Python: {error}\n{source}") from error
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space = dict(function.__globals__)
    exec(code, space)
    found: Callable[..., Any] = space[function.__name__]
    return found
