"""A question as HTML: a function of id, rev, seed, fade and mode alone.

The markup works in JupyterLab, on a static page and, without its script, as a text to read:
explanations are closed ``<details>``. What the page needs to grade travels as base64 JSON in
``data-esk``. Earlier answers are never in the HTML; the bridge brings them.

    display(HTML(runtime_html()))                                   # once a notebook
    display(HTML(question_html(instance(question("rnn-bias-01")))))
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from eshikaku import web
from eshikaku.course import MODES
from eshikaku.questions.controls import controls, steps
from eshikaku.questions.explanation import explanation, model_answer
from eshikaku.questions.markdown import inline, markdown
from eshikaku.questions.model import LEVEL_NAMES, SKILL_NAMES

if TYPE_CHECKING:
    from eshikaku.questions.parameters import Instance

__all__ = ["MODES", "markdown", "question_html", "runtime_html"]


_SCRIPTS = ("normal", "grading", "queue", "controls", "showing", "page")
_EXAMPLE_TITLE = "例題：解き方を読んでから、下の問題を解いてください（数値が変わります）"
_FADED_TITLE = "途中の空欄をうめてから、答えを出してください"


def question_html(instance: Instance, mode: str = "study") -> str:
    """The question with everything needed to answer, grade and explain it.

    Args:
        instance: the question with its values (``parameters.instance``).
        mode: ``study`` | ``review`` | ``skip`` | ``recall``: graded at once; ``predict``: kept
            without right or wrong; ``exam``: one button, no key and no explanation inside.

    Raises:
        ValueError: an unknown mode.
    """
    if mode not in MODES:
        raise ValueError(f"mode は {'・'.join(MODES)} のどれかです（{mode!r} が渡されました）。")
    question = instance.question
    if instance.items:
        stem = _stem(instance)
        forms = "\n".join(
            _form(item, mode, f'<span class="esk-number-of">({i})</span> ')
            for i, item in enumerate(instance.items, start=1)
        )
        body = f"{stem}\n{forms}"
    else:
        body = f"{_example(instance)}{_form(instance, mode)}"
    varies = bool(question.generator) and mode not in ("exam", "predict")
    variant = (
        '<div class="esk-foot"><button type="button" class="esk-variant">別の数値で</button>'
        '<span class="esk-notice" role="status"></span></div>\n'
        if varies
        else ""
    )
    data = {
        "id": question.id,
        "seed": str(instance.seed),
        "mode": mode,
        "fade": instance.fade,
    }
    attributes = " ".join(f'data-{k}="{escape(v)}"' for k, v in data.items())
    return (
        f'<div class="esk" lang="ja" {attributes}>\n{_head(instance)}\n{body}\n{variant}'
        '<p class="esk-dead">ボタンが動かないときは、'
        "ノートブックの最初のセルを実行してください。</p>\n</div>"
    )


@lru_cache(maxsize=1)
def runtime_html() -> str:
    """Style and script of every question; shown once in a notebook, by ``start()``."""
    scripts = (f"questions/{name}.js" for name in _SCRIPTS)
    return f"{web.style('questions/questions.css')}\n{web.script(*scripts)}"


def _head(instance: Instance) -> str:
    question = instance.question
    badges = [
        *(
            [f'<span class="esk-badge esk-syllabus">{escape(" ".join(question.syllabus))}</span>']
            if question.syllabus
            else []
        ),
        *(
            [f'<span class="esk-badge">{escape(question.scope)}</span>']
            if question.scope != "出題対象"
            else []
        ),
        f'<span class="esk-badge">{SKILL_NAMES[question.skill]}</span>',
        f'<span class="esk-badge">レベル{question.level}　{LEVEL_NAMES[question.level]}</span>',
    ]
    badges.append(f'<span class="esk-id">{escape(question.id)}</span>')
    return f'<div class="esk-head">{" ".join(badges)}</div>'  # words apart without the style


def _stem(instance: Instance, number: str = "") -> str:
    text = markdown(instance.stem)
    if number:
        text = text.replace("<p>", f"<p>{number}", 1) if text.startswith("<p>") else number + text
    return f'<div class="esk-stem">{text}</div>{_figure(instance)}'


def _figure(instance: Instance) -> str:
    if instance.figure is None:
        return ""
    from eshikaku import course, plot

    draw = course.chapter(instance.question.topic.replace("-", "_")).figure(instance.figure.draw)
    picture = plot.html(draw(**instance.figure.args), instance.figure.alt)
    return f'\n<div class="esk-figure">{picture}</div>'


def _form(instance: Instance, mode: str, number: str = "") -> str:
    question = instance.question
    predict = mode == "predict" or question.prediction
    mode = "predict" if predict else mode
    if question.type == "code":
        return (
            f"{_stem(instance, number)}\n"
            f'<p class="esk-pointer">演習 <code>{escape(str(question.exercise))}</code> '
            "のセルで解きます。採点は <code>check</code> が行います。</p>"
        )
    payload: dict[str, Any] = {"id": question.id, "rev": question.rev, "type": question.type}
    payload |= {"seed": instance.seed, "fade": instance.fade, "mode": mode}
    payload["varies"] = bool(instance.values)  # else an answer to another seed fits this one too
    if mode not in ("exam", "predict"):
        payload |= instance.key()
    packed = base64.b64encode(
        json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    ).decode("ascii")
    inside = [_stem(instance, number)]
    if mode != "exam":
        inside += [_way(instance), controls(instance), _hints(instance)]
        if question.type == "text":
            inside.append(model_answer(instance))
    else:
        inside.append(controls(instance))
    inside.append(_actions(mode, question.type))
    if mode != "exam":
        inside.append(explanation(instance))
    body = "\n".join(part for part in inside if part)
    return (
        f'<form class="esk-q esk-type-{question.type}" data-esk="{packed}"'
        f' novalidate autocomplete="off">\n{body}\n</form>'
    )


def _example(instance: Instance) -> str:
    """The question with other numbers and its whole solution, to be read first."""
    if instance.example is None:
        return ""
    return (
        f'<div class="esk-way esk-example"><p class="esk-label">{_EXAMPLE_TITLE}</p>'
        f"{_stem(instance.example)}{steps(instance.example.steps)}</div>\n"
    )


def _way(instance: Instance) -> str:
    """The steps of a faded solution above the answer, with holes and without the answer."""
    if not instance.steps or instance.fade != "faded":
        return ""
    shown = tuple(
        replace(step, shown="？") if step.value == instance.answer else step
        for step in instance.steps
    )
    return f'<div class="esk-way"><p class="esk-label">{_FADED_TITLE}</p>{steps(shown)}</div>'


def _hints(instance: Instance) -> str:
    """Folds within folds: the next hint is offered when the one before is open."""
    html = ""
    for number in range(len(instance.hints), 0, -1):
        text = inline(instance.hints[number - 1])
        html = (
            f'<details class="esk-hint"><summary>ヒント{number}</summary>'
            f'<div class="esk-hint-text">{text}</div>{html}</details>'
        )
    return html


def _actions(mode: str, type: str) -> str:
    if mode == "predict":
        buttons = _button("予想を記録", "predict") + _button("予想せずに進む", "pass", quiet=True)
    elif mode == "exam":
        buttons = _button("解答する", "exam")
    else:
        buttons = _button("採点（自信あり）", "sure") + _button("採点（自信なし）", "unsure")
        if type == "text":
            buttons += '<button type="button" class="esk-self" hidden>自己採点を記録</button>'
        buttons += '<button type="button" class="esk-again" hidden>もう一度</button>'
    return (
        f'<div class="esk-actions">{buttons}<span class="esk-saved"></span></div>\n'
        '<div class="esk-result" role="status" aria-live="polite"></div>'
    )


def _button(label: str, action: str, *, quiet: bool = False) -> str:
    kind = "esk-grade esk-quiet" if quiet else "esk-grade"
    return f'<button type="button" class="{kind}" data-action="{action}">{label}</button>'
