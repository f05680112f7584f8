"""``eshikaku check 09``: what a chapter has and what it lacks, in seconds and without a kernel.

What is lacking is ``✖`` (a test or the guide demands it) or ``△`` (advice). The shared tests
(``pytest --chapter cnn``) run everything; this reads what is declared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from eshikaku import course
from eshikaku.authoring import build, coverage, lint, minutes, sources
from eshikaku.course import source
from eshikaku.course.source import Block
from eshikaku.exercises.declaration import KINDS
from eshikaku.questions import bank, syllabus
from eshikaku.questions import lint as bank_lint
from eshikaku.questions.errors import BankError
from eshikaku.questions.model import SKILL_NAMES, Question

OPENING = ("**学習目標**", "**前提**", "**思い出す**")
CLOSING = ("## 試験ではこう問われる", "## まとめ", "## 参考文献")
IN_A_PART = (3, 7)  # questions shown; the rest of the bank is met in review and exam
PER_ITEM = {course.IN_SCOPE: 10, course.ADVANCED: 4}
WRONG_ONE = (0.20, 0.30)  # share of 「最も不適切なものはどれか」
SHARES = {"concept": 0.40, "formula": 0.17, "code": 0.23, "calculation": 0.13}
WIDE = 0.15  # how far a chapter's share of a kind may lie from these
SKIP_QUESTIONS = 4
CONTRASTS = 2


@dataclass(frozen=True)
class Finding:
    """One line of the report: ``room`` (文章, 問題, …), what is wanted, what there is.

    ``binding`` findings fail the command (a test or the guide demands them); others are advice.
    """

    room: str
    good: bool
    said: str
    binding: bool = True

    def __str__(self) -> str:
        mark = "✔" if self.good else "✖" if self.binding else "△"
        return f"{mark} {self.room}　{self.said}"


def findings(chapter: course.Chapter) -> list[Finding]:
    """All findings about a chapter; a bank that can't be read is one of them."""
    found: list[Finding] = []
    rooms: tuple[Callable[[course.Chapter], Iterator[Finding]], ...] = (
        _text,
        _parts,
        _experiments,
        _exercises,
        _questions,
        _ledger,
        _tests,
        _notebook,
    )
    for room in rooms:
        try:
            found += room(chapter)
        except (BankError, course.CourseError) as error:
            found.append(Finding("読めない", False, str(error)))
    return found


def main(names: list[str]) -> int:
    """Print the findings of the chapters named (all without a name); 1 where one binds."""
    lacking = 0
    for chapter in [c for c in build.chosen(names) if c.parts]:
        here = findings(chapter)
        bad = sum(not f.good and f.binding for f in here)
        lacking += bad
        draft = "（下書き）" if chapter.draft else ""
        print(f"{chapter.name}　{chapter.title}{draft}：足りないもの {bad}")
        print(*(f"  {finding}" for finding in here if not finding.good), sep="\n")
        print(f"  ✔ 満たしているもの {sum(f.good for f in here)}")
    return 1 if lacking else 0


def _text(chapter: course.Chapter) -> Iterator[Finding]:
    text = chapter.source.read_text(encoding="utf-8")
    for wanted in (*OPENING, *CLOSING):
        yield Finding("文章", wanted in text, wanted.strip("#* "))
    blocks = source.blocks(chapter.source)
    torch = [b for b in blocks if b.heading and "PyTorch" in b.heading]
    yield Finding("文章", bool(torch), "PyTorchで読む節（見出しにPyTorch）", binding=False)
    problems = lint.findings(sources.cells(chapter))
    yield Finding("文章", not problems, "；".join(problems) or "コードセルの長さ、タグ、assert")
    unfinished = re.findall(r"^（[^）]*書きます。）$|（[^（）]*書きます。）", text, re.M)
    yield Finding("文章", not unfinished, f"書き残した所 {len(unfinished)}")


def _parts(chapter: course.Chapter) -> Iterator[Finding]:
    blocks = source.blocks(chapter.source)
    counted = minutes.of(chapter)
    most = minutes.allowed(chapter)
    for part in chapter.parts:
        name = f"{chapter.number}{part.id}"
        here = [b for b in blocks if b.part == part.id]
        asked = _called(here, "quiz")
        few, many = IN_A_PART
        advanced = part.scope == course.ADVANCED
        yield Finding(
            "部",
            few <= len(asked) <= many,
            f"{name} 問題 {len(asked)}（{few}〜{many}）",
            not advanced,
        )
        skipped = _called(here, "skip_check")[1:]
        enough = advanced or len(skipped) == SKIP_QUESTIONS
        yield Finding("部", enough, f"{name} 「この部は飛ばせる?」 {len(skipped)} 問（4）")
        shown = sum(len(minutes.experiments_called(chapter, b)) for b in here)
        yield Finding("部", 1 <= shown <= 2, f"{name} 実験 {shown}（1〜2）", binding=False)
        total = counted[part.id].total
        exact = abs(part.minutes - total) <= max(0.1 * total, 1)
        yield Finding("部", exact, f"{name} 表示 {part.minutes} 分、計算 {total:.0f} 分")
        if not advanced:
            yield Finding("部", total <= 1.1 * most, f"{name} {total:.0f} 分（{most} 分まで）")


def _experiments(chapter: course.Chapter) -> Iterator[Finding]:
    blocks = source.blocks(chapter.source)
    shown = {name for b in blocks for name in minutes.experiments_called(chapter, b)}
    declared = chapter.experiments()
    lab = chapter.module()
    names = {getattr(getattr(lab, name), "name", name) for name in shown}
    hidden = sorted(set(declared) - names)
    yield Finding("実験", bool(declared) and not hidden, f"本文にない実験: {_list(hidden)}")
    unasked = sorted(n for n, x in declared.items() if x.prediction is None)
    yield Finding("実験", not unasked, f"予想のない実験: {_list(unasked)}", binding=False)


def _exercises(chapter: course.Chapter) -> Iterator[Finding]:
    declared = chapter.exercises()
    placed = [b.exercise for b in source.blocks(chapter.source) if b.exercise]
    yield Finding("演習", len(declared) >= 3, f"{len(declared)} 題（3以上）")
    kinds = {x.kind for x in declared.values()}
    missing = [KINDS[k] for k in KINDS if k not in kinds]
    yield Finding("演習", not missing, f"ない形式: {_list(missing)}")
    apart = sorted(set(declared) ^ set(placed)) + [x for x, n in Counter(placed).items() if n > 1]
    yield Finding("演習", not apart, f"本文に1度ずつない演習: {_list(apart)}")


def _questions(chapter: course.Chapter) -> Iterator[Finding]:
    own = bank.bank_of(chapter)
    for problem in bank_lint.check(own):
        yield Finding("問題", False, str(problem))
    for lack in [*bank_lint.quotas(own), *bank_lint.chapter_limits(own.questions)]:
        yield Finding("問題", False, lack)
    stats = bank_lint.statistics(own.questions) if own.questions else None
    yield Finding("問題", stats is not None, f"{len(own.questions)} 問")
    if stats is None:
        return
    low, high = WRONG_ONE
    yield Finding(
        "問題",
        low <= stats.wrong_one <= high,
        f"最も不適切なもの {stats.wrong_one:.0%}（{low:.0%}〜{high:.0%}）",
        binding=False,
    )
    for kind, share in SHARES.items():
        have = stats.kinds.get(kind, 0.0)
        said = f"{SKILL_NAMES[kind]} {have:.0%}（{share:.0%} ほど）"
        yield Finding("問題", abs(have - share) <= WIDE, said, binding=False)
    contrasts = sum(bool(q.contrast) for q in own.questions)
    said = f"見分けの組 {contrasts}（{CONTRASTS} 以上）"
    yield Finding("問題", contrasts >= CONTRASTS, said, binding=False)
    unplaced = [q.id for q in own.questions if not any(r.notebook for r in q.refs)]
    said = f"読み返す部（refs の notebook）のない問題: {_list(unplaced)}"
    yield Finding("問題", not unplaced, said, binding=False)


def _ledger(chapter: course.Chapter) -> Iterator[Finding]:
    known = syllabus.load()
    claimed = {*chapter.syllabus, *(id for p in chapter.parts for id in p.syllabus)}
    asked = [q for q in _answerable() if not q.prediction]
    for id in sorted(claimed):
        item = known.by_id.get(id)
        if item is None:
            yield Finding("範囲", False, f"{id} はシラバスにありません")
            continue
        count, need = sum(id in q.syllabus for q in asked), PER_ITEM[item.scope]
        yield Finding("範囲", count >= need, f"{id} {item.title} 問題 {count}（{need} 以上）")
        own = chapter.only.get(id, item.named)
        for content in coverage.of(item):
            if content.name in own:
                yield Finding(
                    "範囲", bool(content.sections and content.questions), f"{id} {content}"
                )


def _tests(chapter: course.Chapter) -> Iterator[Finding]:
    tests = course.root() / "tests"
    own = sorted(p.name for p in tests.glob(f"test_chapter_{chapter.stem}*.py"))
    yield Finding("テスト", bool(own), f"tests/test_chapter_{chapter.stem}.py")
    keys = tests / f"keys_{chapter.stem}.py"
    written = keys.read_text(encoding="utf-8") if keys.exists() else ""
    generators = {q.generator for q in bank.bank_of(chapter).by_id.values() if q.generator}
    lacking = sorted(g for g in generators if f'"{g}"' not in written)
    said = f"tests/{keys.name} で計算し直していない生成関数: {_list(lacking)}"
    yield Finding("テスト", not lacking, said, binding=False)  # some only draw what is shown


def _notebook(chapter: course.Chapter) -> Iterator[Finding]:
    behind = build.differences(chapter)
    yield Finding("ノート", not behind, "；".join(behind) or "ソースと同じ")
    if chapter.notebook.exists():
        size = chapter.notebook.stat().st_size
        most = build.MOST_BYTES
        yield Finding("ノート", size <= most, f"{size / 1000:.0f} KB（{most / 1000:.0f} KB まで）")


def _answerable() -> Iterator[Question]:
    for question in bank.all_questions():
        yield from question.answerable


def _called(blocks: list[Block], verb: str) -> list[str]:
    return [id for block in blocks for id in block.arguments(verb)]


def _list(names: list[str]) -> str:
    return "、".join(names) or "なし"
