"""What the folded 解説 of a question lists: the key, and a reason for every option.

The script copies single reasons to the result line after grading and finds them by their
place: lists stand in the order of the options (or near misses, or holes) as shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from eshikaku import course
from eshikaku.questions.markdown import inline, minus

if TYPE_CHECKING:
    from eshikaku.questions.instances import Instance, InstanceHole, InstanceNear, InstanceOption
    from eshikaku.questions.model import Ref

HOLE_NAMES = "あいうえおかきくけこ"


@dataclass(frozen=True)
class Reason:
    """One entry of a list: whether it is right (``None``: neither), its text, and why.

    ``text`` is empty where the options above carry the same letters.
    """

    right: bool | None
    text: Markup | str
    why: str


@dataclass(frozen=True)
class Reasons:
    """A list of reasons, its marker a dot, a number (in order) or a letter (as the options)."""

    marker: str  # dot | number | letter
    title: Markup | str = ""
    reasons: tuple[Reason, ...] = ()


def reasons(instance: Instance) -> list[Reasons]:
    """Everything the explanation lists, key first."""
    return _LISTS[instance.question.type](instance)


def hole_name(number: int) -> str:
    """How the hole ``@{number}`` is called: （あ）, （い）, …"""
    return f"（{HOLE_NAMES[number - 1]}）"


def reference(ref: Ref) -> Markup:
    """A source, or a link to the part of a chapter."""
    if not ref.notebook:
        return escape(ref.paper or ref.doc or "")
    chapter = next((c for c in course.chapters() if c.name == ref.notebook), None)
    if chapter is None:
        return escape(ref.notebook)  # not written yet: nothing to follow
    headings = {part.id: part.heading for part in chapter.parts}
    heading = headings.get(ref.section or "", ref.section or "")
    link = Markup('<a href="{}">{} {}</a>').format(
        course.link(chapter, heading), chapter.number, chapter.title
    )
    return Markup("{} {}").format(link, Markup(inline(heading))) if heading else link


def _options(options: Iterable[InstanceOption], marked: bool = True) -> tuple[Reason, ...]:
    return tuple(Reason(o.correct if marked else None, "", o.why) for o in options)


def _nears(nears: Iterable[InstanceNear], code: bool = False) -> tuple[Reason, ...]:
    return tuple(Reason(False, _typed(near.text, code), near.why) for near in nears)


def _typed(text: str, code: bool) -> Markup:
    return Markup("<code>{}</code>").format(text) if code else escape(minus(text))


def _choice(instance: Instance) -> list[Reasons]:
    marked = not instance.question.prediction
    return [Reasons("letter", reasons=_options(instance.options, marked))]


def _numeric(instance: Instance) -> list[Reasons]:
    unit = inline(instance.question.unit)
    space = " " if unit.isascii() and unit.isalpha() else ""  # 400 MB, but 12個 and 50%
    answer = f"{escape(minus(instance.answer_text))}{space}{unit}"
    found = [Reasons("dot", Markup(f"答え：<b>{answer}</b>"))]
    return [*found, Reasons("dot", "よくある誤り", _nears(instance.near))][
        : 1 + bool(instance.near)
    ]


def _blank(instance: Instance) -> list[Reasons]:
    return [_hole(n, hole) for n, hole in enumerate(instance.holes, start=1)]


def _hole(number: int, hole: InstanceHole) -> Reasons:
    if hole.choices:
        return Reasons("letter", hole_name(number), _options(hole.choices))
    accepted = Markup("、").join(_typed(form, hole.code) for form in hole.accept)
    right = Reason(True, accepted, hole.why)
    return Reasons("dot", hole_name(number), (right, *_nears(hole.near, hole.code)))


def _order(instance: Instance) -> list[Reasons]:
    blocks = {b.key: b for b in instance.blocks}

    def text(key: str) -> Markup:
        return Markup(inline(blocks[key].text))

    first, *others = instance.orders
    found = [
        Reasons("number", "正しい順", tuple(Reason(None, text(k), blocks[k].why) for k in first)),
        *(
            Reasons("number", "次の順も正解です", tuple(Reason(None, text(k), "") for k in keys))
            for keys in others
        ),
    ]
    unused = [b for b in instance.blocks if b.distractor]
    if unused:
        listed = tuple(Reason(False, text(b.key), b.why) for b in unused)
        found.append(Reasons("dot", "使わないもの", listed))
    return found


def _match(instance: Instance) -> list[Reasons]:
    rights = {r.key: r for r in instance.rights}
    pairs = [(left, rights[instance.pairs[left.key]]) for left in instance.lefts]
    taken = [
        Reason(True, Markup(f"{inline(left.text)} → {inline(right.text)}"), left.why)
        for left, right in pairs
    ]
    used = set(instance.pairs.values())
    unused = [
        Reason(False, Markup(inline(r.text)), r.why) for r in instance.rights if r.key not in used
    ]
    return [Reasons("dot", reasons=(*taken, *unused))]


def _text(instance: Instance) -> list[Reasons]:
    return []  # the model answer stands in a fold of its own


_LISTS: dict[str, Callable[[Instance], list[Reasons]]] = {
    "single": _choice,
    "multi": _choice,
    "numeric": _numeric,
    "blank": _blank,
    "order": _order,
    "match": _match,
    "text": _text,
}
