"""Whether a function is the newest version its notebook has.

After a cell that failed (a syntax error, an error before the ``def``) the name still means the
version before: grading that one would name lines that are no longer on the screen.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eshikaku.exercises.source import source_of


@dataclass(frozen=True)
class Failed:
    """A newer cell that defines the function, but did not run.

    Attributes:
        source: the cell.
        error: its syntax error; ``None`` where the cell could be read but raised before the
            definition.
    """

    source: str
    error: SyntaxError | None


def failed_version(function: Callable[..., Any]) -> Failed | None:
    """The newest cell defining the name of ``function``, where ``function`` is not from it.

    ``None`` where all is well, where there is no notebook, and where the function is not from a
    cell or another one was passed on purpose.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    name = getattr(function, "__name__", "")
    source = source_of(function).strip()
    if shell is None or not source or not name.isidentifier():
        return None
    if shell.user_ns.get(name) is not function:
        return None
    cells = list(shell.history_manager.input_hist_parsed)
    if not any(source in cell for cell in cells):
        return None
    defines = re.compile(rf"^(?:async\s+)?def\s+{name}\b", re.M)
    newest = next(cell for cell in reversed(cells) if defines.search(cell) or source in cell)
    if source in newest:
        return None
    try:
        ast.parse(newest)
    except SyntaxError as error:
        return Failed(newest, error)
    return Failed(newest, None)
