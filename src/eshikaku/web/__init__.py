"""Everything a browser reads: style sheets, scripts and HTML templates; nothing else holds any.

One folder a room that shows something. Templates are Jinja2's with autoescape: what an author
or a learner wrote is escaped unless it is :class:`markupsafe.Markup` already.

    web.style("study/study.css")                        # <style>…</style>
    web.template("questions/question.html").render(…)
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment, Template

__all__ = ["environment", "script", "style", "template", "text"]

_FOLDER = Path(__file__).parent
_COMMENT = re.compile(r"^\s*/\*.*?\*/\s*|^\s*//[^\n]*\n", re.S | re.M)  # on lines of its own


@cache
def text(name: str) -> str:
    """The file ``name`` of this room, as it is."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def style(*names: str) -> str:
    """Style sheets as one ``<style>``."""
    return f"<style>\n{''.join(map(_bare, names))}</style>"


def script(*names: str) -> str:
    """Scripts as one ``<script>``, in one scope of their own and in strict mode."""
    parts = "\n".join(map(_bare, names))
    return f"<script>\n(() => {{\n'use strict';\n{parts}\n}})();\n</script>"


def _bare(name: str) -> str:
    """The file without its comments: it stands in every notebook."""
    return _COMMENT.sub("", text(name))


@cache
def environment() -> Environment:
    """Where templates are found; an unknown name inside one is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def template(name: str) -> Template:
    """The template ``name``, compiled once."""
    return environment().get_template(name)
