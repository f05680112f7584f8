"""A table that takes too long to measure in a notebook: stored by ``make results``, shown here.

``chapters/<stem>/tables.py`` says for each name what the stored rows mean::

    def recall(stored: Mapping[str, Any]) -> plot.Table: ...

``stored`` is the ``tables`` of ``notebooks/results/NN_stem.json``.
"""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from eshikaku import course, plot, web
from eshikaku.plot import Table


def load(chapter: course.Chapter) -> dict[str, Any]:
    """What ``make results`` stored: ``tables`` and how they were ``measured``."""
    found: dict[str, Any] = json.loads(chapter.results.read_text(encoding="utf-8"))
    return found


def table(name: str, which: str) -> Table:
    """The table ``which`` of a chapter.

    Raises:
        CourseError: no such chapter, or its ``tables`` has no such function.
    """
    chapter = course.chapter(name)
    made: Table = chapter.table(which)(load(chapter)["tables"])
    return made


def html(name: str, which: str) -> str:
    """The table with its picture; seeds, date and machine folded away."""
    chapter, made = course.chapter(name), table(name, which)
    stored = load(chapter)
    seeds = made.seeds or stored["tables"]["seeds"]
    picture = plot.html(made.figure, made.alt) if made.figure is not None else ""
    return web.template("study/results.html").render(
        style=Markup(web.style("study/results.css")),
        table=made,
        picture=Markup(picture),
        seeds=seeds if isinstance(seeds, str) else "、".join(map(str, seeds)),
        measured=stored["measured"],
    )
