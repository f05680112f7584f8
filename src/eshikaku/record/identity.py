"""Which record this is: a name that the browser keeps a learner's unsent answers under.

Two learners may share a browser, and a record may be one of several on a machine. The name is
made once and lies beside the record; where it can't be written, the folder's path names it.
"""

from __future__ import annotations

import uuid
from pathlib import Path

FILE_NAME = "record-id"
_NAMESPACE = uuid.UUID("b1d3c6b8-3f5e-4c0e-9a53-0d5f4f1c2a77")


def identity(folder: Path) -> str:
    """The name of the record in ``folder``: the same in every kernel, made where there is none."""
    path = folder / FILE_NAME
    known = _read(path)
    if known:
        return known
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="ascii") as file:  # whoever comes first names it
            file.write(f"{uuid.uuid4()}\n")
    except FileExistsError:
        pass
    except OSError:
        return str(uuid.uuid5(_NAMESPACE, str(folder.absolute())))
    return _read(path) or str(uuid.uuid5(_NAMESPACE, str(folder.absolute())))


def _read(path: Path) -> str:
    try:
        return str(uuid.UUID(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError):
        return ""
