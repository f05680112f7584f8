"""The chapters and their parts, and what each chapter declares.

A chapter is described by the front matter of its source::

    notebooks/source/01_rnn.md
    ---
    eshikaku:
      title: RNNの数学
      syllabus: [3.5.i]
      parts:
      - {id: A, title: 順伝播, minutes: 28, scope: 出題対象}
    ---

:meth:`Chapter.declared` is the only way by which an engine reaches a chapter: it imports the
room by the chapter's stem and hands over the declarations of one kind.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from eshikaku.course.place import CourseError, root
from eshikaku.course.source import front_matter
from eshikaku.course.vocabulary import IN_SCOPE

_PART_HEADING = re.compile(r"(?P<id>[A-Z])　")
_NAME = re.compile(r"(?P<number>\d{2})_(?P<stem>[a-z0-9_]+)")


@dataclass(frozen=True)
class Part:
    """One part (部) of a chapter: one goal, minutes computed, an end where one can stop."""

    id: str  # "A", "B", …; unique within its chapter
    title: str
    minutes: int
    scope: str = IN_SCOPE  # 出題対象 | 発展
    syllabus: tuple[str, ...] = ()
    content: str = ""  # what it holds, in the table of parts

    @property
    def heading(self) -> str:
        """What stands behind ``## `` in the chapter's source."""
        return f"{self.id}　{self.title}"


@dataclass(frozen=True)
class Chapter:
    """One chapter: a number, a stem, and the declarations found under that stem.

    Attributes:
        only: items of the syllabus of which the chapter has only these named contents.
        draft: not yet held to the quotas of a finished chapter; CI takes no draft.
    """

    number: str  # "01"
    stem: str  # "rnn"
    title: str
    parts: tuple[Part, ...]
    syllabus: tuple[str, ...]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    draft: bool = False

    @property
    def name(self) -> str:
        """The stem every file of the chapter carries: ``01_rnn``."""
        return f"{self.number}_{self.stem}"

    @property
    def source(self) -> Path:
        return root() / "notebooks" / "source" / f"{self.name}.md"

    @property
    def notebook(self) -> Path:
        return root() / "notebooks" / f"{self.name}.ipynb"

    @property
    def bank(self) -> Path:
        return root() / "quizzes" / f"{self.name}.yaml"

    @property
    def results(self) -> Path:
        return root() / "notebooks" / "results" / f"{self.name}.json"

    def module(self, room: str = "") -> ModuleType | None:
        """``eshikaku.chapters.<stem>[.<room>]``, or ``None`` where the chapter has no such room."""
        name = f"eshikaku.chapters.{self.stem}" + (f".{room}" if room else "")
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and name.startswith(error.name):
                return None
            raise  # the room exists, but something *it* imports is missing

    def declared(self, room: str, kind: str) -> list[Any]:
        """What a room declares, in its order: ``declared("exercises", "Exercise")``.

        ``kind`` is the class by its name, so that a room below the engine can ask too.
        """
        module = self.module(room)
        values = vars(module).values() if module else ()
        return [x for x in values if any(c.__name__ == kind for c in type(x).__mro__)]

    def experiments(self) -> dict[str, Any]:
        """The chapter's experiments by name."""
        return {x.name: x for x in self.declared("experiments", "Experiment")}

    def exercises(self) -> dict[str, Any]:
        """The chapter's graded exercises by id."""
        return {x.id: x for x in self.declared("exercises", "Exercise")}

    def generator(self, name: str) -> Callable[..., Any]:
        """The function ``name`` of the chapter's ``calculations`` (see ``questions.md``)."""
        return self._function("calculations", name)

    def figure(self, name: str) -> Callable[..., Any]:
        """The function ``name`` of the chapter's ``figures``: returns a matplotlib Figure."""
        return self._function("figures", name)

    def table(self, name: str) -> Callable[..., Any]:
        """The function ``name`` of the chapter's ``tables``: stored results → a table."""
        return self._function("tables", name)

    def _function(self, room: str, name: str) -> Callable[..., Any]:
        module = self.module(room)
        found = getattr(module, name, None)
        if not callable(found):
            where = f"eshikaku.chapters.{self.stem}.{room}"
            there = vars(module) if module else {}
            own = [k for k, v in there.items() if callable(v) and _home(v).startswith(where)]
            names = ", ".join(sorted(own)) or "nothing"
            raise CourseError(f"{where} has no function {name!r}; it has: {names}")
        return found


def _home(function: Any) -> str:
    return getattr(function, "__module__", None) or ""


@lru_cache(maxsize=1)
def chapters() -> tuple[Chapter, ...]:
    """All chapters in the order of their numbers (00_home included)."""
    found = []
    for path in sorted((root() / "notebooks" / "source").glob("[0-9][0-9]_*.md")):
        match = _NAME.fullmatch(path.stem)
        if not match:
            raise CourseError(f"{path}: a chapter's name is NN_stem")
        meta = front_matter(path).get("eshikaku")
        if not isinstance(meta, dict) or "title" not in meta:
            raise CourseError(f"{path}: front matter needs eshikaku.title and eshikaku.parts")
        parts = tuple(
            Part(
                id=p["id"],
                title=p["title"],
                minutes=p["minutes"],
                scope=p.get("scope", IN_SCOPE),
                syllabus=tuple(p.get("syllabus", meta.get("syllabus", ()))),
                content=p.get("content", ""),
            )
            for p in meta.get("parts", ())
        )
        found.append(
            Chapter(
                match["number"],
                match["stem"],
                meta["title"],
                parts,
                syllabus=tuple(meta.get("syllabus", ())),
                only={item: tuple(names) for item, names in meta.get("only", {}).items()},
                draft=bool(meta.get("draft", False)),
            )
        )
    return tuple(found)


def chapter(key: str) -> Chapter:
    """A chapter by stem (``rnn``), number (``01``) or name (``01_rnn``)."""
    for found in chapters():
        if key in (found.stem, found.number, found.name):
            return found
    names = "、".join(c.name for c in chapters())
    raise CourseError(f"章 {key!r} はありません。あるのは {names} です。")


def link(chapter: Chapter, heading: str = "") -> str:
    """Relative link from another notebook, to the cell of one of its ``## `` headings if given.

    JupyterLab 4.6 looks a heading up by its percent-encoded text and so never finds a Japanese
    one; the id of the heading's cell it finds.
    """
    anchor = f"#cell-id={heading_cell(heading)}" if heading else ""
    return f"{quote(chapter.notebook.name)}{anchor}"


def heading_cell(heading: str) -> str:
    """The id of the cell that begins with ``## `` and this heading, in every notebook.

    A part's is ``part-A``: a link to it survives another title.
    """
    part = _PART_HEADING.match(heading)
    if part:
        return f"part-{part['id']}"
    return f"section-{hashlib.sha256(heading.encode()).hexdigest()[:12]}"


def exercise(id: str) -> Any:
    """A graded exercise by its id, whichever chapter declares it.

    Raises:
        CourseError: no such exercise; the message names the nearest ids.
    """
    import difflib

    known: list[str] = []
    # the id begins with its chapter's stem: that chapter is looked at first
    for found in sorted(chapters(), key=lambda c: not id.startswith(c.stem.replace("_", "-"))):
        declared = found.exercises()
        if id in declared:
            return declared[id]
        known += declared
    near = difflib.get_close_matches(id, known, n=3, cutoff=0.4) or sorted(known)[:3]
    raise CourseError(f"演習 {id!r} はありません。近いもの: {'、'.join(near) or 'なし'}")
