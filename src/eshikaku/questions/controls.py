"""The answering part of a question: one function a type, from an instance to HTML.

Every control is a real one (radio, checkbox, text field, select, button) inside its label or
a fieldset; nothing has an ``id`` (the same question may stand twice on a page): the script
finds parts by class and ``data-`` attribute and sets ``aria-describedby`` at run time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

from eshikaku.questions.markdown import inline, markdown, plain

if TYPE_CHECKING:
    from eshikaku.questions.parameters import Instance, InstanceOption, InstanceStep

HOLE_NAMES = "あいうえおかきくけこ"
LETTERS = "ABCDEFGHIJ"

_HOLE = re.compile(r"@\{(\d+)\}")


def controls(instance: Instance) -> str:
    """The fieldset in which ``instance`` is answered."""
    legend, body = _CONTROLS[instance.question.type](instance)
    return (
        f'<fieldset class="esk-answer"><legend class="esk-legend">{legend}</legend>\n'
        f"{body}\n</fieldset>"
    )


def steps(given: Sequence[InstanceStep]) -> str:
    """The worked solution as a list; a blank step has a field to fill in."""
    items = []
    for step in given:
        if step.blank:
            field = (
                '<label class="esk-hole"><span class="esk-sr">途中の値</span>'
                f'<input type="text" class="esk-step" data-step="{escape(step.name)}" size="10"'
                ' inputmode="decimal" autocomplete="off" spellcheck="false"></label>'
            )
            html = inline(step.text).replace("@{?}", field)
        else:
            html = inline(step.text.replace("@{?}", step.shown))
        items.append(f"<li>{html}</li>")
    return f'<ol class="esk-steps">{"".join(items)}</ol>'


def hole_name(number: int) -> str:
    """How the hole ``@{number}`` is called: （あ）, （い）, …"""
    return f"（{HOLE_NAMES[number - 1]}）"


def _choices(kind: str, options: Sequence[InstanceOption]) -> str:
    # Where scripts and styles are stripped (an untrusted notebook, a preview on the web), the
    # breaks give each option a line of its own; the style hides them.
    return "<br>\n".join(
        f'<label class="esk-option" data-key="{escape(o.key)}">'
        f'<input type="{kind}" name="choice" value="{escape(o.key)}">'
        f'<span class="esk-option-text">{inline(o.text)}</span></label>'
        for o in options
    )


def _single(instance: Instance) -> tuple[str, str]:
    return "1つ選んでください", _choices("radio", instance.options)


def _multi(instance: Instance) -> tuple[str, str]:
    return "当てはまるものをすべて選んでください", _choices("checkbox", instance.options)


def _numeric(instance: Instance) -> tuple[str, str]:
    unit = instance.question.unit
    shown = f'<span class="esk-unit">{inline(unit)}</span>' if unit else ""
    return (
        "数値で答えてください",
        '<label class="esk-number"><span class="esk-label">答え</span>'
        '<input type="text" class="esk-input" inputmode="decimal" size="16"'
        f' autocomplete="off" spellcheck="false">{shown}</label>',
    )


def _select(data: str, texts: Sequence[tuple[str, str]], lettered: bool, prompt: str) -> str:
    options = "".join(
        f'<option value="{escape(key)}">{LETTERS[i] if lettered else escape(plain(text))}</option>'
        for i, (key, text) in enumerate(texts)
    )
    return f'<select {data}><option value="">{prompt}</option>{options}</select>'


def _lettered(texts: Sequence[tuple[str, str]]) -> bool:
    """Whether the texts hold math, which an ``<option>`` cannot show."""
    return any("$" in text for _, text in texts)


def _letters(texts: Sequence[tuple[str, str]], title: str) -> str:
    items = "".join(
        f'<li><span class="esk-letter">{LETTERS[i]}</span> {inline(text)}</li>'
        for i, (_, text) in enumerate(texts)
    )
    return f'<div class="esk-letters"><span class="esk-label">{title}</span><ul>{items}</ul></div>'


def _blank(instance: Instance) -> tuple[str, str]:
    code = instance.question.language is not None
    legends: list[str] = []

    def control(match: re.Match[str]) -> str:
        number = int(match[1])
        hole = instance.holes[number - 1]
        name = hole_name(number)
        data = f'class="esk-hole-input" data-hole="{number}"'
        if hole.choices:
            texts = [(c.key, c.text) for c in hole.choices]
            if _lettered(texts):
                legends.append(_letters(texts, f"{name}の候補"))
            field = _select(data, texts, _lettered(texts), "選択")
        else:
            field = (
                f'<input type="text" {data} size="{16 if code else 10}" autocomplete="off"'
                ' autocapitalize="off" spellcheck="false">'
            )
        return f'<label class="esk-hole"><span class="esk-hole-name">{name}</span>{field}</label>'

    if code:
        body = _HOLE.sub(control, escape(instance.template.rstrip("\n"), quote=False))
        body = f'<pre class="esk-code"><code>{body}</code></pre>'
    else:
        body = f'<div class="esk-template">{_HOLE.sub(control, markdown(instance.template))}</div>'
    return "空欄をうめてください", body + "".join(legends)


def _order(instance: Instance) -> tuple[str, str]:
    unused = any(b.distractor for b in instance.blocks)
    buttons = (
        '<span class="esk-moves"><button type="button" class="esk-up">上へ</button>'
        '<button type="button" class="esk-down">下へ</button>'
        + ('<button type="button" class="esk-drop">使わない</button>' if unused else "")
        + "</span>"
    )
    blocks = "".join(
        f'<li class="esk-block" data-key="{escape(b.key)}">'
        f'<span class="esk-block-text">{inline(b.text)}</span>{buttons}</li>'
        for b in instance.blocks
    )
    body = f'<ol class="esk-blocks">{blocks}</ol>'
    if unused:
        body += (
            '<div class="esk-unused"><span class="esk-label">使わないもの</span>'
            '<ul class="esk-pool"></ul></div>'
        )
    return (
        "並べ替えてください（使わないものもあります）" if unused else "並べ替えてください"
    ), body


def _match(instance: Instance) -> tuple[str, str]:
    texts = [(r.key, r.text) for r in instance.rights]
    lettered = _lettered(texts)
    rows = "\n".join(
        f'<label class="esk-pair"><span class="esk-left">{inline(left.text)}</span>'
        + _select(
            f'class="esk-right-choice" data-left="{escape(left.key)}"', texts, lettered, "選択"
        )
        + "</label>"
        for left in instance.lefts
    )
    legend = _letters(texts, "候補") if lettered else ""
    return "対応するものを選んでください", f'<div class="esk-pairs">{rows}</div>{legend}'


def _text(instance: Instance) -> tuple[str, str]:
    return (
        "文章で答えてください（自己採点）",
        '<label class="esk-free"><span class="esk-label">あなたの解答</span>'
        '<textarea class="esk-text" rows="4" spellcheck="false"></textarea></label>',
    )


_CONTROLS: dict[str, Callable[[Instance], tuple[str, str]]] = {
    "single": _single,
    "multi": _multi,
    "numeric": _numeric,
    "blank": _blank,
    "order": _order,
    "match": _match,
    "text": _text,
}
