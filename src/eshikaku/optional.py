"""What a learner may do without: PyTorch.

A cell that uses it is written as anyone would write it. Where PyTorch is missing, :func:`skip`
lets the kernel say so instead of running the cell, and the notebook goes on.
"""

from __future__ import annotations

import ast
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

HAS_TORCH = find_spec("torch") is not None
NO_TORCH = "PyTorchがないので、このセルは飛ばしました。入れ方はREADMEの「PyTorch」にあります。"
NEEDS_TORCH = "# PyTorch"  # the first line of a cell that uses what such a cell made


def uses_torch(code: str) -> bool:
    """Whether a cell can only run with PyTorch; one that asks for ``HAS_TORCH`` decides itself."""
    if code.startswith(NEEDS_TORCH):
        return True
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:  # a magic, or a learner's slip: IPython says it better
        return False
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    imported = {
        a.name.partition(".")[0] for n in nodes if isinstance(n, ast.Import) for a in n.names
    }
    imported |= {(n.module or "").partition(".")[0] for n in nodes if isinstance(n, ast.ImportFrom)}
    return "torch" in names | imported and "HAS_TORCH" not in names


def skip(lines: list[str]) -> list[str]:
    """An input transformer: cells that need PyTorch become the notice that it is missing."""
    return [f"print({NO_TORCH!r})\n"] if uses_torch("".join(lines)) else lines


def prepare(shell: InteractiveShell | None) -> None:
    """Skip such cells in this kernel where PyTorch is missing; calling it again adds nothing."""
    if shell is None:  # a plain script
        return
    transformers = shell.input_transformers_cleanup
    if not HAS_TORCH and skip not in transformers:
        transformers.append(skip)
