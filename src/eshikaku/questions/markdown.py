"""Markdown → HTML for everything a learner reads outside a notebook's text cells.

CommonMark plus tables. Raw HTML is shown as text, never passed through. Math keeps its
dollars (``$…$``, ``$$…$$``): JupyterLab typesets them in a ``text/html`` output, so nothing
between them may be touched by Markdown (``W_{xh}``, ``\\\\``) — only ``<``, ``>`` and ``&``
are escaped. A dollar that is no math stands in a ``<span>`` of its own, where the
typesetter cannot pair it with another. Images are left to ``figure`` (they would be
requests); a line break between two Japanese characters leaves no space.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

__all__ = ["inline", "markdown", "minus", "plain", "unclosed"]

_MINUS = re.compile(r"(?<![\w^)\]}'’.,-])-(?=\d)")
_WIDE = tuple("、。，．：；？！（）「」『』・…")  # punctuation that brings its own space


def markdown(text: str) -> str:
    """HTML blocks (paragraphs, lists, tables, code) of a Markdown text."""
    return str(_parser().render(text)).strip()


def inline(text: str) -> str:
    """HTML of a short text: without the ``<p>`` where the text is a single paragraph."""
    html = markdown(text)
    match = re.fullmatch(r"<p>((?:(?!<p>).)*)</p>", html, re.S)
    return match[1] if match else html


def plain(text: str) -> str:
    """The text without backticks and emphasis, for places that show no markup (``<option>``)."""
    return re.sub(r"`+|\*\*", "", text).strip()


def minus(text: str) -> str:
    """A number's hyphen as the minus sign that formulas have: -0.5 → −0.5, but GPT-2."""
    return _MINUS.sub("\u2212", text)


def unclosed(text: str) -> list[str]:
    """Emphasis that CommonMark leaves raw: ``**「語」**の`` closes nothing, ``「**語**」の`` does.

    Args:
        text: Markdown.

    Returns:
        What is shown around each ``**`` that stays.
    """
    inlines = (token for token in _parser().parse(text) if token.type == "inline")
    texts = (t.content for token in inlines for t in token.children or () if t.type == "text")
    return [t[max(0, t.index("**") - 10) : t.index("**") + 12] for t in texts if "**" in t]


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=True, double_inline=True)
    rules: dict[str, Any] = {
        "math_inline": _math("$"),
        "math_inline_double": _math("$$"),
        "math_block": _math("$$", block=True),
        "text": _text,
        "softbreak": _softbreak,
    }
    cast("RendererHTML", parser.renderer).rules.update(rules)
    return parser


def _math(dollars: str, *, block: bool = False) -> Any:
    def rule(tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        body = f"{dollars}{escape(tokens[index].content.strip(), quote=False)}{dollars}"
        return f'<div class="esk-math">{body}</div>\n' if block else body

    return rule


def _text(tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return escape(minus(tokens[index].content), quote=False).replace("$", "<span>$</span>")


def _softbreak(tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    before, after = tokens[index - 1].content[-1:], tokens[index + 1].content[:1]
    both = before > "\u2fff" and after > "\u2fff"
    return "" if both or before in _WIDE or after in _WIDE else "\n"
