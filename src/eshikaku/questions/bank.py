"""The bank: one YAML file a chapter, checked when it is read.

What is refused here would mis-grade or break a page; what is merely bad style or unfair is
found by :mod:`eshikaku.questions.lint`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from eshikaku import course
from eshikaku.questions import reading, shape
from eshikaku.questions.building import Builder
from eshikaku.questions.errors import BankError, UnknownQuestion, suggestion
from eshikaku.questions.model import Question

__all__ = ["Bank", "BankError", "UnknownQuestion", "all_questions", "bank_of", "load", "question"]

_FILE = re.compile(r"\d{2}_(?P<stem>[a-z0-9_]+)")


@dataclass(frozen=True)
class Bank:
    """The questions of one chapter, in the order of its file."""

    path: Path
    topic: str
    questions: tuple[Question, ...]

    @cached_property
    def by_id(self) -> dict[str, Question]:
        """Questions and items of groups by id."""
        return {x.id: x for q in self.questions for x in (q, *q.items)}

    def question(self, id: str) -> Question:
        """A question, or an item of a group (``<group-id>/<item-key>``).

        Raises:
            UnknownQuestion: with the nearest ids.
        """
        found = self.by_id.get(id)
        if found is None:
            raise _unknown(id, self.by_id)
        return found


def _unknown(id: str, known: Iterable[str]) -> UnknownQuestion:
    return UnknownQuestion(f"問題 {id!r} はありません。{suggestion(id, known)}")


def load(path: str | Path) -> Bank:
    """Read and check one file.

    Raises:
        BankError: names file, line, id, field and what is allowed.
    """
    path = Path(path)
    data = reading.read(path)
    shape.check(data, path)
    named = _FILE.fullmatch(path.stem)
    expected = named["stem"].replace("_", "-") if named else data["topic"]
    if data["topic"] != expected:
        line = data.lines["topic"]
        raise BankError(f"{expected} です。", path=path, line=line, field="topic")
    questions: list[Question] = []
    lines: dict[str, int] = {}
    for raw in data["questions"]:
        built = Builder(path, data["topic"], raw).question()
        if built.id in lines:
            message = f"同じidが{lines[built.id]}行目にもあります。"
            raise BankError(message, path=path, line=raw.lines["id"], id=built.id, field="id")
        lines[built.id] = built.line
        questions.append(built)
    return Bank(path, data["topic"], tuple(questions))


def bank_of(chapter: course.Chapter | str) -> Bank:
    """A chapter's bank (empty where it has none); read again only after the file changed."""
    found = course.chapter(chapter) if isinstance(chapter, str) else chapter
    path = found.bank
    try:
        stat = path.stat()
    except FileNotFoundError:
        return Bank(path, _topic(found), ())
    return _cached(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _cached(path: Path, changed: int, size: int) -> Bank:
    return load(path)


def _topic(chapter: course.Chapter) -> str:
    return chapter.stem.replace("_", "-")


def question(id: str) -> Question:
    """A question by id; only the banks whose topic begins the id are read.

    Raises:
        UnknownQuestion: in Japanese, with the nearest ids.
    """
    for chapter in sorted(course.chapters(), key=lambda c: len(c.stem), reverse=True):
        if id.startswith(f"{_topic(chapter)}-"):
            found = bank_of(chapter).by_id.get(id)
            if found is not None:
                return found
    raise _unknown(id, [q.id for q in all_questions(items=True)])


def all_questions(
    items: bool = False, where: Callable[[course.Chapter], bool] | None = None
) -> tuple[Question, ...]:
    """The questions of all chapters (groups whole; with ``items`` their items besides)."""
    found: list[Question] = []
    for chapter in course.chapters():
        if where is None or where(chapter):
            bank = bank_of(chapter)
            found.extend(bank.by_id.values() if items else bank.questions)
    return tuple(found)
