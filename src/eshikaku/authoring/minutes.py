"""How long a part takes: the minutes printed with it are computed, not guessed.

    python -m eshikaku.authoring.minutes 01            # the sum, part by part
    python -m eshikaku.authoring.minutes --write 01    # into the front matter

Reading goes at 400 Japanese characters a minute (kana, kanji and their punctuation in the text;
not formulas, code, tables' rules or folded ``<details>``), a displayed formula takes half a
minute, a line of code 0.15, an experiment 6 with its prediction and reason, a question 1.7 (each
item of a group is one; 思い出す asks three), a graded exercise the minutes it declares. The
questions of a skip check are not counted: whoever answers them skips the part. Imports, asserts,
calls that show a figure and code that a notebook hides are not read.

Nothing of a chapter belongs to no part: the opening counts with the first part, what follows the
core (試験ではこう問われる, まとめ) with the last part in scope.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from eshikaku import course
from eshikaku.authoring import lint, sources
from eshikaku.course import source
from eshikaku.course.source import Block

READING = 400  # characters a minute
FORMULA = 0.5
LINE = 0.15
EXPERIMENT = 6.0
QUESTION = 1.7
RECALLED = 3  # questions of 思い出す

_NOT_STUDIED = (ast.Assert, ast.Import, ast.ImportFrom)

# Parts written before formulas and code were counted keep their letters (records name them).
LONG, SHORT, SHORTEST = 40, 30, 25

_JAPANESE = re.compile(r"[぀-ヿ㐀-䶿一-鿿々〆〇、。「」『』（）・！？：；]")
_NOT_READ = re.compile(
    r"```.*?```|~~~.*?~~~|<details.*?</details>|<!--.*?-->|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`", re.S
)
_FOLDED = re.compile(r"<details.*?</details>|<!--.*?-->", re.S)
_SHOWN_CODE = re.compile(r"(?:```|~~~)[^\n]*\n(.*?)(?:```|~~~)", re.S)
_DISPLAYED = re.compile(r"\$\$.*?\$\$", re.S)


@dataclass
class Minutes:
    """What one part holds, and how long that takes."""

    characters: int = 0
    formulas: int = 0
    lines: int = 0
    experiments: int = 0
    questions: int = 0
    exercises: float = 0.0  # minutes

    @property
    def total(self) -> float:
        return sum(minutes for *_, minutes in self._terms())

    def _terms(self) -> list[tuple[str, str, float]]:
        return [
            ("読む", f"{self.characters} 字", self.characters / READING),
            ("式", f"{self.formulas} 個", self.formulas * FORMULA),
            ("コード", f"{self.lines} 行", self.lines * LINE),
            ("実験", f"{self.experiments} 個", self.experiments * EXPERIMENT),
            ("問題", f"{self.questions} 問", self.questions * QUESTION),
            ("演習", "", self.exercises),
        ]

    def __str__(self) -> str:
        terms = (f"{name} {count} {m:.1f}".replace("  ", " ") for name, count, m in self._terms())
        return f"{self.total:5.1f} 分 = {' + '.join(terms)}"


def of(chapter: course.Chapter) -> dict[str, Minutes]:
    """The minutes of each part of a chapter by its letter (``""`` without parts)."""
    blocks = source.blocks(chapter.source)
    core = [p.id for p in chapter.parts if p.scope == course.IN_SCOPE]
    exercises = chapter.exercises()
    found: dict[str, Minutes] = {}
    for part, block in zip(source.owners(blocks, core), blocks, strict=True):
        minutes = found.setdefault(part, Minutes())
        if block.exercise:
            if block.exercise not in exercises:
                raise course.CourseError(f"{chapter.name}: 演習 {block.exercise} がありません")
            minutes.exercises += exercises[block.exercise].minutes
        elif block.kind == "text":
            minutes.characters += characters(block.source)
            minutes.formulas += formulas(block.source)
            minutes.lines += shown_lines(block.source)
        else:
            minutes.lines += 0 if sources.VERIFY in block.tags else read_lines(block.source)
            minutes.experiments += len(experiments_called(chapter, block))
            minutes.questions += sum(_size(id) for id in block.arguments("quiz"))
            minutes.questions += RECALLED * len(block.arguments("recall"))
    return found


def allowed(chapter: course.Chapter) -> int:
    """The most minutes a part in scope may take."""
    if chapter.number <= "08":
        return LONG
    return SHORTEST if "30" <= chapter.number <= "36" else SHORT


def characters(text: str) -> int:
    """Japanese characters that are read."""
    return len(_JAPANESE.findall(_NOT_READ.sub("", text)))


def formulas(text: str) -> int:
    """Displayed formulas that are not folded."""
    return len(_DISPLAYED.findall(_SHOWN_CODE.sub("", _FOLDED.sub("", text))))


def shown_lines(text: str) -> int:
    """Lines of code shown in a text."""
    return sum(lint.lines(code) for code in _SHOWN_CODE.findall(_FOLDED.sub("", text)))


def read_lines(code: str) -> int:
    """Lines of a code cell that are read: not its imports, asserts and ``plot.show(…)``."""
    if sources.only_shows(code):
        return 0
    try:
        body = ast.parse(code).body
    except SyntaxError:  # a magic
        return lint.lines(code)
    lines = code.splitlines()
    passed = [s for s in body if isinstance(s, _NOT_STUDIED) or _shows_a_figure(s)]
    for statement in passed:
        lines[statement.lineno - 1 : statement.end_lineno] = [""] * (
            (statement.end_lineno or statement.lineno) - statement.lineno + 1
        )
    return lint.lines("\n".join(lines))


def _shows_a_figure(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("plot.show(")


def experiments_called(chapter: course.Chapter, block: Block) -> list[str]:
    """The experiments a code cell shows: ``lab.gate_explorer()``."""
    lab = chapter.module()
    return [
        call.func.attr
        for call in block.calls()
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "lab"
        and type(getattr(lab, call.func.attr, None)).__name__ == "Experiment"
    ]


def _size(id: str) -> int:
    from eshikaku.questions import bank

    return max(1, len(bank.question(id).items))


def write(chapter: course.Chapter) -> list[str]:
    """Put the computed minutes into the front matter of parts.

    Returns:
        What changed, one line a part.
    """
    text = chapter.source.read_text(encoding="utf-8")
    found, changed = of(chapter), []
    for part in chapter.parts:
        minutes = max(1, round(found[part.id].total))
        if minutes == part.minutes:
            continue
        changed.append(f"{chapter.name} {part.id}: {part.minutes} → {minutes} 分")
        entry = re.compile(rf"(- {{id: {part.id}, .*?minutes: ){part.minutes}\b")
        text = entry.sub(rf"\g<1>{minutes}", text, count=1)
    if changed:
        chapter.source.write_text(text, encoding="utf-8", newline="\n")
        course.chapters.cache_clear()
    return changed


def main(argv: Sequence[str] | None = None) -> int:
    """Print the computation for the chapters named (all without a name), or write it."""
    parser = argparse.ArgumentParser(prog="python -m eshikaku.authoring.minutes")
    parser.add_argument("chapters", nargs="*")
    parser.add_argument("--write", action="store_true", help="into the sources' front matter")
    given = parser.parse_args(argv)
    for chapter in [course.chapter(n) for n in given.chapters] or course.chapters():
        if given.write:
            for line in write(chapter):
                print(line)
            continue
        print(f"{chapter.name}　{chapter.title}")
        declared = {p.id: p for p in chapter.parts}
        minutes = of(chapter)
        for part, sums in minutes.items():
            shown = f"（表示 {declared[part].minutes} 分）" if part in declared else ""
            print(f"  {part or '-'} {sums}{shown}")
        core = sum(minutes[p.id].total for p in chapter.parts if p.scope == course.IN_SCOPE)
        print(f"  出題対象の合計 {core:.0f} 分")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
