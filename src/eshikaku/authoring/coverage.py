"""What the course has of each content that the syllabus names: ``eshikaku bank --coverage``.

For every item of ``quizzes/syllabus.yaml`` and every content named under it: the part that tells
of it, the experiments, the questions by kind, the exercises, or that there is none. A content is
found by its name, or by another name that the ledger gives it (``also``), in what a chapter that
claims the item says; width, case, spaces and hyphens make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from eshikaku import course
from eshikaku.course import source
from eshikaku.questions import bank, lint, syllabus
from eshikaku.questions.model import SKILL_NAMES, Question
from eshikaku.questions.syllabus import Item

NONE = "なし"
_DASHES = re.compile("[‐‑–—]")


@dataclass
class Content:
    """What there is of one named content.

    Attributes:
        sections: parts that tell of it, the one that says it most first (``03B``).
        experiments, exercises: their keys.
        questions: answerable questions by kind; the item's id is among their ``syllabus``.
    """

    item: str
    name: str
    sections: list[str] = field(default_factory=list)
    experiments: list[str] = field(default_factory=list)
    questions: Counter[str] = field(default_factory=Counter)
    exercises: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = " ".join(f"{SKILL_NAMES[k]}{n}" for k, n in self.questions.most_common())
        return (
            f"{self.name}　部 {_few(self.sections)}　実験 {_few(self.experiments)}"
            f"　問題 {kinds or NONE}　演習 {_few(self.exercises)}"
        )


def of(item: Item) -> list[Content]:
    """The contents of one item of the syllabus."""
    return [_content(item, name) for name in item.named]


def report(chapters: Sequence[course.Chapter] = ()) -> str:
    """The ledger for the command line, in Japanese: of the items these chapters claim, or all."""
    lines: list[str] = []
    items = syllabus.load().items
    for item in [i for i in items if not chapters or set(chapters) & set(claiming(i))]:
        scope = "" if item.in_scope else "（発展）"
        told = "、".join(c.name for c in claiming(item)) or NONE
        asked = sum(item.id in q.syllabus for q in _asked())
        lines.append(f"{item.id}　{item.title}{scope}　章 {told}　問題 {asked}")
        lines += [f"  {content}" for content in of(item)]
    whole = [c for item in items if item.in_scope for c in of(item)]
    for what, have in (
        ("部", sum(bool(c.sections) for c in whole)),
        ("実験", sum(bool(c.experiments) for c in whole)),
        ("問題", sum(bool(c.questions) for c in whole)),
        ("演習", sum(bool(c.exercises) for c in whole)),
    ):
        lines.append(f"出題対象の内容 {len(whole)} のうち、{what}があるもの {have}")
    return "\n".join(lines)


def claiming(item: Item) -> list[course.Chapter]:
    """The chapters that claim an item, in their front matter or a part's."""
    return [
        c
        for c in course.chapters()
        if item.id in c.syllabus or any(item.id in p.syllabus for p in c.parts)
    ]


def claimed(item: Item) -> list[str]:
    """The contents of an item that some chapter says it has."""
    names = {n for c in claiming(item) if not c.draft for n in c.only.get(item.id, item.named)}
    return [name for name in item.named if name in names]


def _content(item: Item, name: str) -> Content:
    names = _pattern((name, *item.also.get(name, ())))
    found = Content(item.id, name)
    told: Counter[str] = Counter()
    for chapter in claiming(item):
        for part, text in _told(chapter):
            if times := _times(names, text):
                told[chapter.number + part] += times
        for experiment in chapter.experiments().values():
            if _times(names, _plain(experiment.title + experiment.look_for + experiment.seen)):
                found.experiments.append(experiment.key)
        for exercise in chapter.exercises().values():
            if item.id in exercise.syllabus and _times(
                names, _plain(exercise.title + exercise.statement)
            ):
                found.exercises.append(exercise.id)
    found.sections = [part for part, _ in told.most_common()]
    found.questions.update(skill for skill, text in _asked_about(item.id) if _times(names, text))
    return found


@lru_cache(maxsize=64)
def _told(chapter: course.Chapter) -> list[tuple[str, str]]:
    """(part, plain text) of a chapter's texts, each counted with a part."""
    blocks = source.blocks(chapter.source)
    core = [p.id for p in chapter.parts if p.scope == course.IN_SCOPE]
    owners = source.owners(blocks, core)
    return [(p, _plain(b.source)) for p, b in zip(owners, blocks, strict=True) if b.kind == "text"]


def _asked() -> Iterator[Question]:
    """Everything that is asked and counted, items of groups on their own."""
    for question in bank.all_questions():
        yield from (q for q in question.answerable if not q.prediction)


@lru_cache(maxsize=1)
def _asked_about(item: str) -> list[tuple[str, str]]:
    """(kind, plain text) of the questions with an item's id."""
    return [(q.skill, _question_text(q)) for q in _asked() if item in q.syllabus]


def _question_text(question: Question) -> str:
    shared = (question.id, question.shared_stem, question.template)
    return _plain(" ".join([*shared, *(text for _, text in lint.texts(question))]))


def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the names; one that begins or ends with a Latin letter stands as a word."""
    found = []
    for name in sorted(map(_plain, names), key=len, reverse=True):
        inner = r"[\s\-_]*".join(map(re.escape, re.split(r"[\s\-_]+", name)))
        before = "(?<![a-z])" if name[0].isascii() and name[0].isalpha() else ""
        after = "(?![a-z])" if name[-1].isascii() and name[-1].isalpha() else ""
        found.append(before + inner + after)
    return re.compile("|".join(found))


def _times(names: re.Pattern[str], text: str) -> int:
    return len(names.findall(text))


def _plain(text: str) -> str:
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text).casefold())


def _few(names: list[str]) -> str:
    more = f" 他{len(names) - 3}" if len(names) > 3 else ""
    return " ".join(names[:3]) + more if names else NONE
