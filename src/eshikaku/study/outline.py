"""What each part of the course holds: read from the chapters' sources.

A part begins at ``## A　順伝播`` and ends at the next ``## ``; what stands outside the parts
(試験ではこう問われる) is counted with one of them, as its minutes are (:func:`source.owners`).
What its code cells call says what a learner meets there: ``quiz("rnn-bias-01")``,
``skip_check("01A", …)``; exercises stand as ``<!-- exercise: rnn-step -->``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from eshikaku import course
from eshikaku.course import source as read
from eshikaku.questions.model import Question

_KEY = re.compile(r"(?P<chapter>[0-9a-z_]+?)/?(?P<part>[A-Z])")


@dataclass(frozen=True)
class Outline:
    """One part of one chapter with the ids of what it holds.

    Attributes:
        questions: shown by ``quiz``; groups whole.
        closing: those of them that stand under no part's heading.
        skip: of its 「この部は飛ばせる?」.
    """

    chapter: course.Chapter
    part: course.Part
    questions: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    exercises: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What the record calls it: ``rnn/A`` (a chapter may get another number)."""
        return f"{self.chapter.stem}/{self.part.id}"

    @property
    def short(self) -> str:
        """What a learner calls it: ``01A``."""
        return f"{self.chapter.number}{self.part.id}"

    @property
    def title(self) -> str:
        return f"{self.short}　{self.part.title}"

    @property
    def advanced(self) -> bool:
        return self.part.scope == course.ADVANCED

    @property
    def syllabus(self) -> tuple[str, ...]:
        return self.part.syllabus or self.chapter.syllabus

    @property
    def link(self) -> str:
        """Relative link from another notebook to the part's heading, as JupyterLab names it."""
        return course.link(self.chapter, self.part.heading)


def home_link(heading: str) -> str:
    """Link to a heading of the learner's home; empty where the course has none."""
    found = [c for c in course.chapters() if c.stem == "home"]
    return course.link(found[0], heading) if found else ""


def outlines(hide_advanced: bool = False) -> tuple[Outline, ...]:
    """Every part of the course in its order."""
    found = [o for chapter in course.chapters() for o in of(chapter)]
    return tuple(o for o in found if not (hide_advanced and o.advanced))


def of(chapter: course.Chapter) -> tuple[Outline, ...]:
    """The parts of one chapter, in the order of its front matter."""
    scope = tuple(part.id for part in chapter.parts if part.scope == course.IN_SCOPE)
    held = _held(chapter.source, scope, chapter.source.stat().st_mtime_ns)
    return tuple(Outline(chapter, part, **held.get(part.id, {})) for part in chapter.parts)


def outline(key: str) -> Outline:
    """A part by ``01A``, ``rnn/A`` or ``01_rnn/A``.

    Raises:
        CourseError: there is none; the message (Japanese) names those there are.
    """
    match = _KEY.fullmatch(key)
    if match:
        parts = of(course.chapter(match["chapter"]))
        for found in parts:
            if found.part.id == match["part"]:
                return found
        names = "、".join(o.short for o in parts) or "なし"
        raise course.CourseError(f"部 {key!r} はありません。この章にあるのは {names} です。")
    raise course.CourseError(f"部 {key!r} の書き方が違います。01A のように書きます。")


def parts_of(question: Question, outlines: Iterable[Outline]) -> tuple[Outline, ...]:
    """The parts that prepare for a question: where it stands, else those it refers to.

    What stands under no part's heading is prepared for by the parts it refers to, if there are
    any. Those of its own chapter come first.
    """
    found = list(outlines)
    id = question.seed_id
    here = [o for o in found if id in o.questions or id in o.skip]
    taught = [o for o in here if id not in o.closing]
    if taught:
        return (taught[0],)
    refs = question.refs or tuple(ref for item in question.items for ref in item.refs)
    sections = {(ref.notebook, ref.section) for ref in refs}
    named = [o for o in found if (o.chapter.name, o.part.id) in sections]
    first = question.topic.replace("-", "_")
    return tuple(sorted(named, key=lambda o: o.chapter.stem != first) or here[:1])


@lru_cache(maxsize=64)
def _held(source: Path, scope: tuple[str, ...], changed: int) -> dict[str, dict[str, Any]]:
    """What each part holds, by its letter; ``scope`` are the parts in scope."""
    found: dict[str, dict[str, Any]] = {}
    blocks = read.blocks(source)
    for part, block in zip(read.owners(blocks, scope), blocks, strict=True):
        here = found.setdefault(
            part, dict.fromkeys(("questions", "closing", "exercises", "skip"), ())
        )
        asked = block.arguments("quiz")
        here["questions"] += asked
        here["closing"] += () if block.part else asked
        here["exercises"] += (block.exercise,) if block.exercise else ()
        here["skip"] += block.arguments("skip_check")[1:]
    return found
