"""How long a part takes: the minutes printed with it are computed, not guessed.

    python -m eshikaku.authoring.minutes 01

Reading goes at 400 Japanese characters a minute (kana, kanji and their punctuation in the text;
not formulas, code, tables' rules or folded ``<details>``), an experiment takes 6 minutes with
its prediction and reason, a question 1.7 (each item of a group is one), a graded exercise the
minutes it declares. The questions of a skip check are not counted: whoever answers them skips
the part. What stands before the first part is counted under ``""``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from eshikaku import course
from eshikaku.authoring import sources

READING = 400  # characters a minute
EXPERIMENT = 6.0
QUESTION = 1.7

_JAPANESE = re.compile(r"[぀-ヿ㐀-䶿一-鿿々〆〇、。「」『』（）・！？：；]")
_NOT_READ = re.compile(
    r"```.*?```|~~~.*?~~~|<details.*?</details>|<!--.*?-->|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`", re.S
)


@dataclass
class Minutes:
    """What one part holds, and how long that takes."""

    characters: int = 0
    experiments: int = 0
    questions: int = 0
    exercises: float = 0.0  # minutes

    @property
    def total(self) -> float:
        reading = self.characters / READING
        return reading + self.experiments * EXPERIMENT + self.questions * QUESTION + self.exercises

    def __str__(self) -> str:
        return (
            f"{self.total:5.1f} 分 = 読む {self.characters} 字 {self.characters / READING:.1f}"
            f" + 実験 {self.experiments} 個 {self.experiments * EXPERIMENT:.1f}"
            f" + 問題 {self.questions} 問 {self.questions * QUESTION:.1f}"
            f" + 演習 {self.exercises:.1f}"
        )


def of(chapter: course.Chapter) -> dict[str, Minutes]:
    """The minutes of each part of a chapter by its letter."""
    found: dict[str, Minutes] = {}
    exercises = chapter.exercises()
    for part, cell in sources.in_parts(sources.written(chapter)):
        minutes = found.setdefault(part, Minutes())
        if cell.exercise:
            minutes.exercises += exercises[cell.exercise].minutes
        elif cell.kind == "markdown":
            minutes.characters += characters(cell.source)
        else:
            minutes.experiments += len(experiments_called(chapter, cell.source))
            minutes.questions += sum(_size(id) for id in quizzed(cell.source))
    return found


def characters(text: str) -> int:
    """Japanese characters that are read."""
    return len(_JAPANESE.findall(_NOT_READ.sub("", text)))


def quizzed(source: str) -> list[str]:
    """The question ids of the ``quiz(…)`` calls in a code cell."""
    return [
        argument.value
        for call in _calls(source)
        if isinstance(call.func, ast.Name) and call.func.id == "quiz"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def experiments_called(chapter: course.Chapter, source: str) -> list[str]:
    """The experiments a code cell shows: ``lab.gate_explorer()``."""
    from eshikaku.experiments.declaration import Experiment

    return [
        call.func.attr
        for call in _calls(source)
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "lab"
        and isinstance(getattr(chapter.module(), call.func.attr, None), Experiment)
    ]


def _calls(source: str) -> list[ast.Call]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _size(id: str) -> int:
    from eshikaku.questions import bank

    return max(1, len(bank.question(id).items))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the computation for the chapters named (all without a name)."""
    names = list(sys.argv[1:] if argv is None else argv)
    for chapter in [course.chapter(n) for n in names] or course.chapters():
        print(f"{chapter.name}　{chapter.title}")
        declared = {p.id: p for p in chapter.parts}
        for part, minutes in of(chapter).items():
            given = f"（表示 {declared[part].minutes} 分）" if part in declared else ""
            print(f"  {part or '-'} {minutes}{given}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
