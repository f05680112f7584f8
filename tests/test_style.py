"""One term for one thing: the text a learner sees against ``notebooks/source/notation.md``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from eshikaku import course
from eshikaku.course import source
from eshikaku.questions.markdown import unclosed

ROOT = course.root()
NOTATION = ROOT / "notebooks" / "source" / "notation.md"
ASSUMED = "前提"  # known to readers before the first chapter
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
_NOT_PROSE = re.compile(r"```.*?```|~~~.*?~~~|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`|<!--.*?-->", re.S)


@dataclass(frozen=True)
class Term:
    """One row of the glossary."""

    name: str
    english: str
    first: str  # "01A"
    banned: tuple[str, ...]


def rows(heading: str) -> Iterator[list[str]]:
    """The rows of the table under a heading of notation.md, without its head."""
    text = NOTATION.read_text(encoding="utf-8")
    section = re.split(r"^## ", text.split(f"\n## {heading}\n")[1], flags=re.M)[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    for line in table[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def patterns(cell: str) -> tuple[str, ...]:
    """The variants in a cell: words between 、, regular expressions between slashes."""
    found = re.findall(r"/(?:[^/]+)/|[^、/]+", cell)
    return tuple(p[1:-1] if p.startswith("/") else re.escape(p.strip()) for p in found if p.strip())


@cache
def glossary() -> tuple[Term, ...]:
    return tuple(Term(r[0], r[1], r[3], patterns(r[4])) for r in rows("用語"))


@cache
def banned() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What to write instead → what may not be written."""
    pairs = [(t.name, p) for t in glossary() for p in t.banned]
    pairs += [(r[0], p) for r in rows("表記") for p in patterns(r[1])]
    return tuple((use, re.compile(p)) for use, p in pairs)


def texts() -> Iterator[tuple[str, str]]:
    """Everything Japanese that a learner or author reads, with where it stands."""
    for pattern in ("notebooks/source/*.md", "quizzes/*.yaml", "*.md", "docs/**/*.md"):
        for path in sorted(ROOT.glob(pattern)):
            if path != NOTATION and path.name != "syllabus.yaml":  # its words are the exam's
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in sorted(p for end in ("*.js", "*.html") for p in (ROOT / "src").rglob(end)):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "src").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        strings = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        yield str(path.relative_to(ROOT)), "\n".join(s for s in strings if JAPANESE.search(s))


def test_glossary_is_well_formed() -> None:
    terms = glossary()
    names = [t.name for t in terms]
    assert len(terms) >= 40 and len(set(names)) == len(names)
    for term in terms:
        assert term.english, term
        assert re.fullmatch(rf"\d{{2}}[A-Z]|{ASSUMED}", term.first), term
        for use, pattern in banned():
            assert not pattern.search(term.name), f"{term.name} is itself banned: write {use}"
    order = [t.first for t in terms if t.first != ASSUMED]
    assert order == sorted(order, key=lambda first: first[:2]), "in the order of the chapters"


@pytest.mark.parametrize(
    ("text", "use"),
    [("忘れゲート", "忘却ゲート"), ("順伝搬", "順伝播"), ("フォルダに", "フォルダー")],
)
def test_banned_variants_are_seen(text: str, use: str) -> None:
    assert use in [u for u, pattern in banned() if pattern.search(text)]
    assert not [u for u, pattern in banned() if pattern.search(use)]


def test_one_term_for_one_thing() -> None:
    found = []
    for where, text in texts():
        for use, pattern in banned():
            for match in pattern.finditer(text):
                near = text[max(0, match.start() - 12) : match.end() + 12].replace("\n", " ")
                found.append(f"{where}: 「{match[0]}」→「{use}」: …{near}…")
    assert found == []


def test_chapters_are_polite() -> None:
    """です・ます throughout a chapter's text (stems of questions follow the exam's である)."""
    plain = re.compile(r"(?:である|だった|する|(?<![でま])した|なる|(?<!ゃ)ない)。")
    found = []
    for chapter in course.chapters():
        for block in source.blocks(chapter.source):
            prose = _NOT_PROSE.sub("", block.source) if block.kind == "text" else ""
            lines = [x for x in prose.splitlines() if not re.match(r"\s*(?:[-*|>]|\d+\.)", x)]
            found += [
                f"{chapter.name}: {m[0]} in {x[:60]}" for x in lines if (m := plain.search(x))
            ]
    assert found == []


def test_a_pointer_to_a_chapter_that_is_to_come_says_so() -> None:
    """「準備中」 follows in the same sentence where there is no such chapter, and only there."""
    there = {chapter.number for chapter in course.chapters()}
    found = []
    for where, text in texts():
        if not where.startswith(("notebooks", "quizzes", "src")):
            continue  # README and docs speak of files
        for match in re.finditer(r"(?<![\d.])(\d\d)章", text):
            sentence = re.split(r"[。\n](?!準備中)", text[match.start() :], maxsplit=1)[0]
            if ("準備中" in sentence) == (match[1] in there):
                found.append(f"{where}: {sentence[:40]}")
    assert found == []


@pytest.mark.parametrize("chapter", course.chapters(), ids=lambda c: c.name)
def test_a_chapter_says_what_its_seeds_are(chapter: course.Chapter) -> None:
    """「種」 alone is jargon: the first one is 「乱数の種」, explained."""
    prose = "\n".join(
        _NOT_PROSE.sub("", b.source) for b in source.blocks(chapter.source) if b.kind == "text"
    )
    seeds = re.search(r"(?<![一何各品人火業職])種(?!類|別|明)", prose)
    if seeds:
        before = prose[max(0, seeds.start() - 3) : seeds.end()]
        assert before == "乱数の種", prose[seeds.start() - 30 : seeds.end() + 30]


def mentions(text: str, term: str) -> bool:
    """Whether prose uses a term; Latin terms stand as words."""
    if term.isascii():
        return re.search(rf"(?<![A-Za-z]){re.escape(term)}(?![A-Za-z])", text) is not None
    return term in text


def early(chapter: course.Chapter, terms: tuple[Term, ...]) -> Iterator[str]:
    """Terms a chapter's parts use before the part that explains them."""
    for block in source.blocks(chapter.source):
        if block.kind != "text" or not block.part:
            continue
        here = chapter.number + block.part
        for paragraph in re.split(r"\n\s*\n", _NOT_PROSE.sub("", block.source)):
            for term in terms:
                pointed = re.search(rf"{term.first[:2]}章|{term.first[:2]}_", paragraph)
                longer = any(
                    term.name in other.name and mentions(paragraph, other.name)
                    for other in terms
                    if other != term
                )
                used = mentions(paragraph, term.name) and not longer
                if used and term.first != ASSUMED and here < term.first and not pointed:
                    yield f"{here} uses {term.name}, which {term.first} explains"


@pytest.mark.parametrize("chapter", course.chapters(), ids=lambda c: c.name)
def test_no_part_uses_a_term_before_it_is_explained(chapter: course.Chapter) -> None:
    assert sorted(set(early(chapter, glossary()))) == []


@pytest.mark.parametrize(
    "chapter", [c for c in course.chapters() if not c.draft], ids=lambda c: c.name
)
def test_a_term_is_introduced_where_the_glossary_says(chapter: course.Chapter) -> None:
    text = {}
    for block in source.blocks(chapter.source):
        if block.kind == "text":
            here = chapter.number + block.part
            text[here] = text.get(here, "") + block.source
    missing = [
        f"{t.name} is not mentioned in {t.first}"
        for t in glossary()
        if t.first in text and not mentions(text[t.first], t.name)
    ]
    assert missing == []


def test_python_hides_no_workplace(pytestconfig: pytest.Config) -> None:
    """No absolute path of one machine stands in a tracked text."""
    home = re.compile(r"(?<![\w.])/(?:home|Users|root)/\w+|C:\\Users")
    found = [
        str(path.relative_to(ROOT))
        for folder in ("src", "notebooks/source", "quizzes", "docs", "settings")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".md", ".yaml", ".json", ".js", ".css", ".html"}
        and home.search(Path(path).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_web_is_the_only_room_with_style_sheets_and_scripts() -> None:
    source = ROOT / "src" / "eshikaku"
    found = [
        str(path.relative_to(source))
        for path in source.rglob("*")
        if path.suffix in {".css", ".js", ".html"} and "web" not in path.relative_to(source).parts
    ]
    inline = [
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if "<style" in path.read_text(encoding="utf-8") and path.parent.name != "web"
    ]
    assert found == [] and inline == []


def test_emphasis_closes_everywhere() -> None:
    """``**「語」**の`` stays raw in every CommonMark reader: the marks go inside the brackets."""
    found = [
        f"{chapter.name}: {shown}"
        for chapter in course.chapters()
        for block in source.blocks(chapter.source)
        if block.kind == "text"
        for shown in unclosed(block.source)
    ]
    assert found == []
