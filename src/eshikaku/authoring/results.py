"""``make results``: tables that take longer than a chapter may.

A chapter with such tables has a room ``results`` (``chapters/<stem>/results.py``) with a
function ``make() -> dict``: plain numbers, text and lists, the seeds among them. What it returns
is written to ``notebooks/results/<name>.json`` with what it was measured on; the chapter shows
it beside the learner's own quick run.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from eshikaku import course
from eshikaku.authoring import build


def make(names: Sequence[str] = ()) -> int:
    """Compute and write the tables of the chapters named (of all that have some)."""
    for chapter in build.chosen(names):
        room = chapter.module("results")
        if room is None:
            if names:
                raise course.CourseError(f"{chapter.name} には時間のかかる表がありません。")
            continue
        began = time.perf_counter()
        tables = room.make()
        seconds = time.perf_counter() - began
        chapter.results.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(
            {"tables": tables, "measured": circumstances(seconds)}, ensure_ascii=False, indent=1
        )
        chapter.results.write_text(text + "\n", encoding="utf-8", newline="\n")
        print(f"{chapter.name}: {seconds:.0f} s")
    return 0


def circumstances(seconds: float) -> dict[str, Any]:
    """What numbers were measured on: versions, machine, date, time taken."""
    versions = {}
    for name in ("numpy", "torch"):
        try:
            versions[name] = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": versions,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "seconds": round(seconds, 1),
        "command": "make results",
    }
