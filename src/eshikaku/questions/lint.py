"""The linter of the bank: what an author's text must keep, beyond what the loader refuses.

:func:`check` reads the text, :func:`check_values` draws values; :mod:`guessing` measures
whether keys can be guessed from their form. Each returns a list of problems; tests want none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from eshikaku import course
from eshikaku.questions import draws, markup, parameters, syllabus, symbols
from eshikaku.questions.bank import Bank
from eshikaku.questions.building import PLACEHOLDER
from eshikaku.questions.calculation import Calculation
from eshikaku.questions.errors import BankError, suggestion
from eshikaku.questions.guessing import Statistics, chapter_limits, limits, statistics
from eshikaku.questions.model import Near, NumericKey, Question, Ref
from eshikaku.questions.normalize import plain

__all__ = [
    "Problem",
    "Statistics",
    "chapter_limits",
    "check",
    "check_values",
    "limits",
    "quotas",
    "statistics",
]

SEEDS = 200
VARIANTS = 8  # fewer, and a learner remembers the answers
_ALL_OF_THEM = re.compile(
    "(上記|以上|ほか)の?(すべて|全て|いずれ|どれ|選択肢)|(すべて|全て|いずれも|どれも)(正しい|誤り|当てはまる|$)"
)


@dataclass(frozen=True)
class Problem:
    """One broken rule; as a text: file, line, id, field, what to do."""

    question: Question
    field: str
    message: str

    def __str__(self) -> str:
        q = self.question
        return f"{q.path}:{q.line}: {q.id}: {self.field}: {self.message}"


def check(bank: Bank) -> list[Problem]:
    """The rules about texts, ids and references of one bank."""
    found: list[Problem] = []
    stems: dict[str, str] = {}
    for question in bank.by_id.values():
        found += _texts(question)
        found += _ledger(question)
        found += _options(question)
        found += _sources(question)
        found += _exercise(question)
        found += _precision(question)
        same = plain(question.shared_stem + question.stem + "".join(map(str, question.options)))
        if same in stems:
            found.append(Problem(question, "stem", f"{stems[same]} と同じ問題です。"))
        stems[same] = question.id
    return found


def quotas(bank: Bank) -> list[str]:
    """How many questions of which kind a chapter needs."""
    questions = bank.questions
    generators = {q.generator for q in bank.by_id.values() if q.generator}
    asked = [q for q in questions if not q.prediction]
    counts = {
        "問題": (len(asked), 25),
        "生成関数": (len(generators), 4),
        "group": (sum(q.type == "group" for q in questions), 2),
        "text": (sum(q.type == "text" for q in questions), 1),
    }
    return [
        f"{bank.path.name}: {name}が{have}個です（{need}個以上）。"
        for name, (have, need) in counts.items()
        if have < need
    ]


# -- texts --------------------------------------------------------------------------------------


def texts(question: Question) -> Iterator[tuple[str, str]]:
    """(field, Markdown) of everything a learner reads in a question (items on their own)."""
    for field in ("stem", "explain", "model_answer"):
        yield field, getattr(question, field)
    for field in ("hints", "rubric"):
        for text in getattr(question, field):
            yield field, text
    yield from _reasoned("options", question.options)
    for near in question.near:
        yield "near", near.why
    if question.language is None:
        yield "template", question.template
    for hole in question.holes:
        yield from _reasoned("holes", hole.choices)
        yield "holes", hole.why
        for near in hole.near:
            yield "holes", near.why
    yield from _reasoned("blocks", question.blocks)
    for pair in question.pairs:
        yield "pairs", pair.left or ""
        yield "pairs", pair.right
        yield "pairs", pair.why
    if question.figure:
        yield "figure", question.figure.alt


def _reasoned(field: str, entries: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        yield field, entry.text
        yield field, entry.why


def _texts(question: Question) -> Iterator[Problem]:
    for field, text in texts(question):
        for message in markup.problems(PLACEHOLDER.sub("1", text)):
            yield Problem(question, field, message)
        place = markup.names_a_place(text)
        if place and field != "stem":
            message = f"「{place}」: 選択肢は並べ替えられます。位置でなく内容で指します。"
            yield Problem(question, field, message)
    if not question.explain and question.group_id is None and question.type != "group":
        yield Problem(question, "explain", "解説が必要です。")


def _options(question: Question) -> Iterator[Problem]:
    unnamed = symbols.undefined(question) if question.standalone else ()
    if unnamed:
        message = f"選択肢の記号 {'、'.join(sorted(unnamed))} が問題文にありません。"
        yield Problem(question, "stem", message)
    for option in question.options:
        if _ALL_OF_THEM.match(option.text):
            yield Problem(question, "options", f"「{option.text}」は並べ替えると意味が変わります。")
    if question.type == "multi" and all(o.correct for o in question.options):
        yield Problem(question, "options", "誤った選択肢が1つもありません。")


# -- ledger and sources -------------------------------------------------------------------------


def _ledger(question: Question) -> Iterator[Problem]:
    known = syllabus.load().by_id
    for id in question.syllabus:
        if id not in known:
            yield Problem(question, "syllabus", f"{id} はありません。{suggestion(id, known)}")
    items = [known[id] for id in question.syllabus if id in known]
    if items and not any(i.in_scope for i in items) and question.scope == course.IN_SCOPE:
        ids = "、".join(question.syllabus)
        yield Problem(question, "scope", f"{ids} は出題されません。scope: 発展 と書きます。")


def _sources(question: Question) -> Iterator[Problem]:
    if question.group_id is None or question.refs:
        refs = question.refs or tuple(r for item in question.items for r in item.refs)
        if not any(r.paper or r.doc for r in refs):
            yield Problem(question, "refs", "一次資料（paper か doc）が必要です。")
    for ref in question.refs:
        yield from _notebook(question, ref)


def _notebook(question: Question, ref: Ref) -> Iterator[Problem]:
    if ref.notebook is None:
        return
    chapters = {c.name: c for c in course.chapters()}
    chapter = chapters.get(ref.notebook)
    if chapter is None:
        near = suggestion(ref.notebook, chapters)
        yield Problem(question, "refs", f"章 {ref.notebook} はありません。{near}")
    elif ref.section and ref.section not in {p.id for p in chapter.parts}:
        headings = re.findall(r"^## (.+?)\s*$", chapter.source.read_text("utf-8"), re.M)
        if ref.section not in headings:
            near = suggestion(ref.section, [*headings, *(p.id for p in chapter.parts)])
            message = f"{ref.notebook} に節 {ref.section!r} はありません。{near}"
            yield Problem(question, "refs", message)


def _exercise(question: Question) -> Iterator[Problem]:
    if question.exercise is None:
        return
    try:
        known = course.chapter(question.topic.replace("-", "_")).exercises()
    except course.CourseError as error:
        yield Problem(question, "exercise", str(error))
        return
    if question.exercise not in known:
        near = suggestion(question.exercise, known)
        yield Problem(question, "exercise", f"演習 {question.exercise} はありません。{near}")


# -- values -------------------------------------------------------------------------------------


def check_values(question: Question, seeds: Iterable[int] = range(SEEDS)) -> list[Problem]:
    """The rules that hold for every seed; each broken rule is reported once."""
    found: dict[tuple[str, str], Problem] = {}
    variants: set[str] = set()
    seeds = tuple(seeds) if question.generator else (0,)
    for seed in seeds:
        try:
            shown = parameters.instance(question, seed)
        except BankError as error:
            return [Problem(question, error.field or "generator", error.message)]
        variants.add(repr(sorted(shown.values.items())))
        for field, rule, detail in _of_instance(shown):
            message = f"{rule}（seed {seed}: {detail}）"
            found.setdefault((field, rule), Problem(question, field, message))
    if 1 < len(variants) < VARIANTS <= len(seeds) // 10:
        message = f"{len(variants)}通りしかありません。{VARIANTS}通り以上にするか、値を固定します。"
        found["generator", "variants"] = Problem(question, "generator", message)
    return list(found.values())


def _of_instance(shown: parameters.Instance) -> Iterator[tuple[str, str, str]]:
    question = shown.question
    for field in ("stem", "shared_stem", "template"):
        yield from _exact(field, getattr(question, field), shown.values)
    yield from _distinct("options", [o.text for o in shown.options])
    for hole in shown.holes:
        yield from _distinct("holes", [c.text for c in hole.choices])
    yield from _distinct("pairs", [s.text for s in shown.lefts])
    if question.type == "numeric":
        yield from _judged(shown)
    for step in shown.steps:
        blank = step.name in question.blank_steps
        if blank and (step.value is None or step.text.count("@{?}") != 1):
            rule = "空欄にする途中式には、値と @{?} が1つ必要です"
            yield "blank_steps", rule, step.name
        for message in markup.problems(step.text.replace("@{?}", "1")):
            yield "generator", message, step.name
    for near in shown.near:
        for message in markup.problems(near.why):
            yield "near", message, near.text


def _exact(field: str, text: str, values: Any) -> Iterator[tuple[str, str, str]]:
    """What is shown is what the answer is computed from."""
    for match in PLACEHOLDER.finditer(text):
        value = values.get(match["name"])
        if not isinstance(value, float):
            continue
        spec = (match["spec"] or "")[1:]
        seen = format(value, spec) if spec else parameters.format_number(value)
        if float(seen.replace(",", "")) != value:
            rule = f"{match[0]} の値が表示で丸まります。先に丸めてから計算します"
            yield field, rule, f"{value!r} → {seen}"


def _distinct(field: str, given: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    seen: set[str] = set()
    for text in given:
        normal = plain(text, case=True)
        if normal in seen:
            yield field, "同じ文が2回あります", text
        seen.add(normal)


def _judged(shown: parameters.Instance) -> Iterator[tuple[str, str, str]]:
    """Near misses stand clear of the key and of one another, and can be typed."""
    question, key = shown.question, shown.answer
    if key == 0 and not question.atol:
        yield "rtol", "正解が0になるので、rtol では許す幅がありません。atol を書きます", "0"
    if key is None:
        return
    near = tuple(Near(float(n.value), n.why) for n in shown.near)
    judged = NumericKey(None, question.rtol, question.atol, near)
    for rule, detail in draws.problems(judged, Calculation(values={}, answer=key)):
        yield "near", rule, detail
    yield from _distinct("near", [n.text for n in shown.near])


def _precision(question: Question) -> Iterator[Problem]:
    """What is asked for to so many digits says 四捨五入, and rounding so is forgiven."""
    for found in _DIGITS.finditer(question.stem):
        places, digits = found["places"], found["digits"]
        allowed = question.atol if places else question.rtol
        needed = 0.5 * 10.0 ** (-int(places) if places else 1 - int(digits))
        if "四捨五入" not in question.stem:
            yield Problem(question, "stem", f"{found[0]} は、四捨五入か切り捨てかを書きます。")
        if question.type == "numeric" and allowed < needed:
            field = "atol" if places else "rtol"
            yield Problem(question, field, f"{found[0]} の四捨五入には {needed:g} 以上が要ります。")


_DIGITS = re.compile(r"(?:小数第(?P<places>\d)位|有効数字(?P<digits>\d)桁)(?:まで)?(?!を)")
