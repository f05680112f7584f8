"""What each part of the course holds: read from the chapters' sources.

A part begins at ``## A　順伝播`` and ends at the next ``## ``. What its code cells call says
what a learner meets there: ``quiz("rnn-bias-01")``, ``skip_check("01A", …)``; exercises stand
as ``<!-- exercise: rnn-step -->``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from eshikaku import course
from eshikaku.course import source as read
from eshikaku.questions.model import Question

_KEY = re.compile(r"(?P<chapter>[0-9a-z_]+?)/?(?P<part>[A-Z])")


@dataclass(frozen=True)
class Outline:
    """One part of one chapter with the ids of what it holds.

    Attributes:
        questions: shown by ``quiz``; groups whole.
        skip: of its 「この部は飛ばせる?」.
    """

    chapter: course.Chapter
    part: course.Part
    questions: tuple[str, ...] = ()
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
    held = _held(chapter.source, chapter.source.stat().st_mtime_ns)
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

    Those of its own chapter come first.
    """
    found = list(outlines)
    id = question.seed_id
    here = tuple(o for o in found if id in o.questions or id in o.skip)
    if here:
        return here[:1]
    refs = question.refs or tuple(ref for item in question.items for ref in item.refs)
    sections = {(ref.notebook, ref.section) for ref in refs}
    named = [o for o in found if (o.chapter.name, o.part.id) in sections]
    return tuple(sorted(named, key=lambda o: o.chapter.stem != question.topic.replace("-", "_")))


@lru_cache(maxsize=64)
def _held(source: Path, changed: int) -> dict[str, dict[str, tuple[str, ...]]]:
    """By part letter: questions, exercises and skip questions."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for block in read.blocks(source):
        here = found.setdefault(block.part, {"questions": (), "exercises": (), "skip": ()})
        here["exercises"] += (block.exercise,) if block.exercise else ()
        here["questions"] += block.arguments("quiz")
        here["skip"] += block.arguments("skip_check")[1:]
    return found
