"""A question as HTML: a function of id, rev, seed, fade and mode alone.

What is stored is a *document*: stem, options as a list, a closed 解説 with a reason per option,
and one base64 attribute with what the page needs to grade. Without script, kernel or trust it
reads as a question in a book; the page's script builds the form from it by moving its nodes,
so that typeset math stays typeset. Earlier answers are never in it; the bridge brings them.

    display(HTML(runtime_html()))                                   # once a notebook
    display(HTML(question_html(instance(question("rnn-bias-01")))))
"""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from eshikaku import web
from eshikaku.course import MODES
from eshikaku.questions.explanation import hole_name, reasons, reference
from eshikaku.questions.markdown import inline, markdown, minus
from eshikaku.questions.model import LEVEL_NAMES, SKILL_NAMES

if TYPE_CHECKING:
    from jinja2 import Template

    from eshikaku.questions.instances import Instance, InstanceStep

__all__ = ["MODES", "markdown", "question_html", "runtime_html", "start_html"]

DEFAULTS: dict[str, Any] = {"rev": 1, "seed": 0, "fade": "alone", "mode": "study", "varies": False}
"""What the page assumes where the attribute says nothing."""

_SCRIPTS = (
    "normalize",
    "grading",
    "queue",
    "controls",
    "documents",
    "showing",
    "variants",
    "page",
    "links",
)
_HOLE = re.compile(r"@\{(\d+)\}")


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
    html = _template().render(
        shown=instance,
        exam=mode == "exam",
        packed=_packed(instance, mode),
        skill=SKILL_NAMES[question.skill],
        level=LEVEL_NAMES[question.level],
    )
    return html.strip()


@lru_cache(maxsize=1)
def runtime_html() -> str:
    """Style and script of every question, style of experiments; shown once, by ``start()``.

    All notebooks of one Lab are one document, in which the first script that is loaded stays:
    so it knows the learner's home as well.
    """
    scripts = [f"questions/{name}.js" for name in _SCRIPTS]
    styles = web.style("questions/questions.css", "experiments/static.css")
    return f"{styles}\n{web.script(*scripts, 'study/home.js')}"


def start_html(name: str) -> str:
    """What a chapter's first cell shows: the runtime, and a line on whether answers are recorded.

    Stored, the line says what to do where no script runs; the page's script renews it.
    """
    return web.template("questions/start.html").render(name=name, runtime=Markup(runtime_html()))


def _packed(instance: Instance, mode: str) -> str:
    """What the page needs, as base64: nobody reads the key by chance."""
    payload = _payload(instance, mode)
    shared = payload | {name: value for name, value in DEFAULTS.items() if name not in payload}
    if instance.items:
        payload["items"] = [
            {n: v for n, v in _payload(item, mode).items() if n not in shared or shared[n] != v}
            for item in instance.items
        ]
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode("ascii")


def _payload(instance: Instance, mode: str) -> dict[str, Any]:
    """One question's own; what :data:`DEFAULTS` says is left out."""
    question = instance.question
    mode = "predict" if question.prediction else mode
    about = {
        "rev": question.rev,
        "seed": instance.seed,
        "fade": instance.fade,
        "mode": mode,
        "varies": bool(instance.values),  # else an answer to another seed fits this one too
    }
    payload: dict[str, Any] = {"id": question.id, "type": question.type}
    payload |= {name: value for name, value in about.items() if DEFAULTS[name] != value}
    payload |= instance.layout()
    if mode not in ("exam", "predict"):
        payload |= instance.key()
    return payload


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = web.environment()
    environment.filters["inline"] = lambda text: Markup(inline(text))
    environment.filters["md"] = lambda text: Markup(markdown(text))
    helpers = {
        "figure": _figure,
        "hole_name": hole_name,
        "numbered": _numbered,
        "reasons": reasons,
        "reference": reference,
        "step": _step,
        "template": _with_holes,
    }
    environment.globals.update(helpers)
    return web.template("questions/question.html")


def _numbered(text: str, number: int | str) -> Markup:
    """The stem, with an item's number inside its first paragraph."""
    html = markdown(text)
    if number:
        shown = f"<b>({number})</b> "
        html = html.replace("<p>", f"<p>{shown}", 1) if html.startswith("<p>") else shown + html
    return Markup(html)


def _figure(instance: Instance) -> Markup:
    from eshikaku import course, plot

    assert instance.figure is not None
    draw = course.chapter(instance.question.topic.replace("-", "_")).figure(instance.figure.draw)
    return Markup(plot.html(draw(**instance.figure.args), instance.figure.alt))


def _step(step: InstanceStep, answer: float | None) -> Markup:
    """A line of the worked solution; a blank or, before grading, the answer itself is hidden."""
    if step.blank:
        return Markup(inline(step.text).replace("@{?}", "<u>　　　</u>"))
    hidden = answer is not None and step.value == answer
    return Markup(inline(step.text.replace("@{?}", "？" if hidden else minus(step.shown))))


def _with_holes(instance: Instance) -> Markup:
    """The template of a ``blank``, its holes marked （あ）, （い）, …"""

    def hole(match: re.Match[str]) -> str:
        return f"<u>{hole_name(int(match[1]))}</u>"

    if instance.question.language is None:
        return Markup(f"<div>{_HOLE.sub(hole, markdown(instance.template))}</div>")
    lines = "\n".join(map(_in_column, instance.template.rstrip("\n").split("\n")))
    code = _HOLE.sub(hole, str(escape(lines)))
    return Markup(f"<pre><code>{code}</code></pre>")


def _in_column(line: str) -> str:
    """The line with its comment where its author put it: （あ） is wider than ``@{1}``."""
    found = re.fullmatch(r"(?P<code>.*\S)(?P<gap> {2,})(?P<comment>#.*)", line)
    if not found:
        return line
    wider = 2 * len(_HOLE.findall(found["code"]))
    gap = max(2, len(found["gap"]) - wider)
    return f"{found['code']}{' ' * gap}{found['comment']}"
