"""What each part of the course holds: read from the chapters' sources.

A part begins at ``## A　順伝播`` and ends at the next ``## ``. What its code cells call says
what a learner meets there: ``quiz("rnn-bias-01")``, ``skip_check("01A", …)``; exercises stand
as ``<!-- exercise: rnn-step -->``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from eshikaku import course

_HEADING = re.compile(r"## (?:(?P<id>[A-Z])　)?(?P<title>.*)")
_EXERCISE = re.compile(r"<!--\s*exercise:\s*([a-z0-9-]+)\s*-->")
_FENCE = re.compile(r"\s{0,3}(?P<mark>`{3,}|~{3,})(?P<info>.*)")
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


@lru_cache(maxsize=64)
def _held(source: Path, changed: int) -> dict[str, dict[str, tuple[str, ...]]]:
    """By part letter: questions, exercises and skip questions."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for part, kind, text in _blocks(source.read_text(encoding="utf-8")):
        here = found.setdefault(part, {"questions": (), "exercises": (), "skip": ()})
        if kind == "text":
            here["exercises"] += tuple(_EXERCISE.findall(text))
        else:
            here["questions"] += _arguments(text, "quiz")
            here["skip"] += _arguments(text, "skip_check")[1:]
    return found


def _blocks(source: str) -> list[tuple[str, str, str]]:
    """(part, ``text`` or ``code``, content) in order; fenced examples in the text are left out."""
    blocks: list[tuple[str, str, str]] = []
    part = fence = ""
    code: list[str] | None = None
    for line in source.splitlines():
        mark = _FENCE.match(line)
        if fence:
            if mark and mark["mark"].startswith(fence) and not mark["info"].strip():
                if code is not None:
                    blocks.append((part, "code", "\n".join(code)))
                fence, code = "", None
            elif code is not None and not line.startswith(":"):
                code.append(line)
        elif mark:
            fence = mark["mark"]
            code = [] if mark["info"].startswith("{code-cell}") else None
        elif heading := _HEADING.fullmatch(line):
            part = heading["id"] or ""
        elif line.strip():
            blocks.append((part, "text", line))
    return blocks


def _arguments(code: str, verb: str) -> tuple[str, ...]:
    """The texts given to each call of ``verb`` in a cell."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a magic
        return ()
    return tuple(
        argument.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == verb
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )
