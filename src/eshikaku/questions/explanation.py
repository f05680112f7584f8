"""What stands in the folded 解説 of a question: the key, every option's reason, the way there.

The script opens it after grading and copies single reasons (``.esk-why``) to the result line,
so that math is typeset once, by Lab, with everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from eshikaku import course
from eshikaku.questions.controls import hole_name, steps
from eshikaku.questions.markdown import inline, markdown

if TYPE_CHECKING:
    from eshikaku.questions.model import Ref
    from eshikaku.questions.parameters import Instance, InstanceNear, InstanceOption

RIGHT, WRONG = "◯", "✕"


def explanation(instance: Instance) -> str:
    """The closed ``<details>`` with everything that is known about the answer."""
    parts = [_KEYS[instance.question.type](instance)]
    if instance.explain:
        parts.append(f'<div class="esk-explain-text">{markdown(instance.explain)}</div>')
    if instance.steps:
        solved = [replace(step, blank=False) for step in instance.steps]
        parts.append(f'<p class="esk-label">解き方</p>{steps(solved)}')
    parts.append(_references(instance.question.refs))
    body = "\n".join(part for part in parts if part)
    title = "解説（実行してから開いてください）" if instance.question.prediction else "解説"
    return f'<details class="esk-explain"><summary>{title}</summary>\n{body}\n</details>'


def model_answer(instance: Instance) -> str:
    """Model answer and rubric of a ``text`` question, folded until the learner has written."""
    rubric = "".join(
        f'<li><label><input type="checkbox" class="esk-point"> <span>{inline(point)}</span>'
        "</label></li>"
        for point in instance.rubric
    )
    return (
        '<details class="esk-model"><summary>模範解答と採点の観点</summary>\n'
        f"{markdown(instance.model_answer)}\n"
        '<fieldset class="esk-rubric"><legend class="esk-legend">書けた観点に印を付けてください'
        f"</legend><ul>{rubric}</ul></fieldset>\n</details>"
    )


def _reason(key: str, mark: str, text: str, why: str) -> str:
    """One entry: mark, text, reason; ``key`` is how the script finds the reason."""
    kind = {RIGHT: " esk-is-right", WRONG: " esk-is-wrong"}.get(mark, "")
    word = {RIGHT: "正", WRONG: "誤"}.get(mark, "")
    marked = f'<span class="esk-mark">{mark} {word}</span> ' if mark else ""
    because = f'<div class="esk-why">{inline(why)}</div>' if why else ""
    return (
        f'<li class="esk-reason{kind}" data-key="{escape(key)}">{marked}'
        f'<span class="esk-reason-text">{text}</span>{because}</li>'
    )


def _list(items: Sequence[str], title: str = "") -> str:
    if not items:
        return ""
    head = f'<p class="esk-label">{title}</p>' if title else ""
    return f'{head}<ul class="esk-reasons">{"".join(items)}</ul>'


def _options(options: Sequence[InstanceOption], prefix: str = "", marks: bool = True) -> list[str]:
    return [
        _reason(
            prefix + o.key, (RIGHT if o.correct else WRONG) if marks else "", inline(o.text), o.why
        )
        for o in options
    ]


def _nears(nears: Sequence[InstanceNear], prefix: str, code: bool = False) -> list[str]:
    return [
        _reason(f"{prefix}{i}", WRONG, _typed(near.text, code), near.why)
        for i, near in enumerate(nears)
    ]


def _typed(text: str, code: bool) -> str:
    return f"<code>{escape(text, quote=False)}</code>" if code else escape(text, quote=False)


def _choice_key(instance: Instance) -> str:
    return _list(_options(instance.options, marks=not instance.question.prediction))


def _numeric_key(instance: Instance) -> str:
    unit = inline(instance.question.unit)
    space = " " if unit.isascii() and unit.isalpha() else ""  # 400 MB, but 12個 and 50%
    answer = f"<strong>{escape(instance.answer_text)}{space}{unit}</strong>"
    nears = _list(_nears(instance.near, "near-"), "よくある誤り")
    return f'<p class="esk-key">答え：{answer}</p>{nears}'


def _blank_key(instance: Instance) -> str:
    parts = []
    for number, hole in enumerate(instance.holes, start=1):
        prefix = f"{number}-"
        if hole.choices:
            items = _options(hole.choices, prefix)
        else:
            text = "、".join(_typed(form, hole.code) for form in hole.accept)
            items = [
                _reason(f"{prefix}right", RIGHT, text, hole.why),
                *_nears(hole.near, f"{prefix}near-", hole.code),
            ]
        parts.append(_list(items, hole_name(number)))
    return "".join(parts)


def _order_key(instance: Instance) -> str:
    texts = {b.key: inline(b.text) for b in instance.blocks}
    whys = {b.key: b.why for b in instance.blocks}

    def sequence(keys: Sequence[str], reasons: bool) -> str:
        items = "".join(
            f"<li>{texts[k]}"
            + (f'<div class="esk-why">{inline(whys[k])}</div>' if reasons and whys[k] else "")
            + "</li>"
            for k in keys
        )
        return f'<ol class="esk-sequence">{items}</ol>'

    first, *others = instance.orders
    out = f'<p class="esk-label">正しい順</p>{sequence(first, True)}'
    if others:
        also = "".join(sequence(keys, False) for keys in others)
        out += f'<p class="esk-label">次の順も正解です</p>{also}'
    unused = [_reason(b.key, WRONG, texts[b.key], b.why) for b in instance.blocks if b.distractor]
    return out + _list(unused, "使わないもの")


def _match_key(instance: Instance) -> str:
    rights = {r.key: r for r in instance.rights}
    used = set(instance.pairs.values())
    items = [
        _reason(
            left.key,
            RIGHT,
            f"{inline(left.text)} → {inline(rights[instance.pairs[left.key]].text)}",
            left.why,
        )
        for left in instance.lefts
    ]
    items += [
        _reason(r.key, WRONG, inline(r.text), r.why) for r in instance.rights if r.key not in used
    ]
    return _list(items)


def _text_key(instance: Instance) -> str:
    return ""  # the model answer stands in a fold of its own


def _references(refs: Sequence[Ref]) -> str:
    if not refs:
        return ""
    items = "".join(f"<li>{_reference(ref)}</li>" for ref in refs)
    return f'<div class="esk-refs"><span class="esk-label">参考</span><ul>{items}</ul></div>'


def _reference(ref: Ref) -> str:
    if not ref.notebook:
        return escape(ref.paper or ref.doc or "")
    chapter = next((c for c in course.chapters() if c.name == ref.notebook), None)
    if chapter is None:
        return escape(ref.notebook)  # not written yet: nothing to follow
    headings = {part.id: part.heading for part in chapter.parts}
    heading = headings.get(ref.section or "", ref.section or "")
    link = course.link(chapter, heading)
    text = f'<a href="{escape(link)}">{escape(f"{chapter.number} {chapter.title}")}</a>'
    return f"{text} {inline(heading)}" if heading else text


_KEYS: dict[str, Callable[[Instance], str]] = {
    "single": _choice_key,
    "multi": _choice_key,
    "numeric": _numeric_key,
    "blank": _blank_key,
    "order": _order_key,
    "match": _match_key,
    "text": _text_key,
}
