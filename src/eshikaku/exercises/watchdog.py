"""The last resort against code that never lets go of the interpreter.

``sum(range(10**11))`` runs in compiled code and holds the interpreter's lock: no other thread of
the kernel gets to run, so none can stop it, answer an interrupt or show a message. Only the timer
of :mod:`faulthandler`, which needs no lock, can end it: by ending the kernel. JupyterLab starts
another. A note is left on the disk before the code runs and taken away after it, so that the next
kernel can say what happened and record it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from eshikaku.exercises.runner import PATIENCE, TIME_LIMIT

GRACE = 0.9  # seconds beyond the deadline and the patience of the runner: 11.9 in all
_PATTERN = "check-*.json"


@contextlib.contextmanager
def kernel_ends(folder: Path, note: dict[str, str], limit: float = TIME_LIMIT) -> Iterator[None]:
    """End this process where the block keeps the interpreter for longer than ``limit`` allows.

    Args:
        folder: where the note is kept while the block runs.
        note: what :func:`unfinished` gives to the next kernel.
    """
    seconds = limit + PATIENCE + GRACE
    path = folder / _PATTERN.replace("*", str(os.getpid()))
    text = json.dumps({"until": time.time() + seconds, **note})
    with contextlib.suppress(OSError):  # the record can't be written either, and says so itself
        folder.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".tmp").write_text(text, encoding="utf-8")
        path.with_suffix(".tmp").replace(path)
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def unfinished(folder: Path) -> list[dict[str, str]]:
    """The notes of kernels that were ended; each is given once."""
    found = []
    for path in sorted(folder.glob(_PATTERN)):
        note = json.loads(path.read_text(encoding="utf-8"))
        if note.pop("until") < time.time():
            path.unlink()
            found.append(note)
    return found
