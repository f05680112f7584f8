"""What ``check()`` gives back: a status, at most six lines, the learner's source."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

MOST_LINES = 6
_WIDTH = 220  # characters of one line's text; messages of a declaration are shorter

# status → (icon, name, colours of border and background in light themes)
STATUSES = {
    "passed": ("✔", "合格", "#1b7f4d"),
    "failed": ("✖", "不合格", "#b3261e"),
    "untouched": ("○", "未着手", "#5f6368"),
    "error": ("⚠", "あなたのコードでエラー", "#a05a00"),
    "grader-error": ("⚙", "採点側のエラー", "#6a3fa0"),
}


class CheckFailed(AssertionError):
    """Raised by a strict check that was not passed."""


@dataclass(frozen=True)
class Report:
    """The result of one check.

    Attributes:
        status: passed | failed | untouched | error | grader-error.
        rows: the feedback as (label, text); with the headline at most six lines.
        source: the learner's function as written, for the record; "" where Python has none.
        title: the exercise's title.
        check: the name of the check that failed, else "".
        error: what was raised, by the learner's code or by ours.
    """

    status: str
    rows: tuple[tuple[str, str], ...]
    source: str = ""
    title: str = ""
    check: str = ""
    error: BaseException | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status {self.status!r} is none of {', '.join(STATUSES)}")
        short = tuple((label, _one_line(text)) for label, text in self.rows[: MOST_LINES - 1])
        object.__setattr__(self, "rows", short)

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    @property
    def headline(self) -> str:
        icon, name, _ = STATUSES[self.status]
        detail = f"（{self.check}）" if self.check else ""
        return f"{icon} {name}{detail}　{self.title}".rstrip("　")

    @property
    def lines(self) -> tuple[str, ...]:
        """The feedback as plain text: the headline and at most five lines."""
        return (self.headline, *(f"{k}: {v}" if k else v for k, v in self.rows))

    def __str__(self) -> str:
        return "\n".join(self.lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        """The report as HTML with inline styles only: it looks the same without our style sheet."""
        icon, name, colour = STATUSES[self.status]
        detail = f"（{escape(self.check)}）" if self.check else ""
        rows = "".join(_row(label, text) for label, text in self.rows)
        table = (
            '<table style="border-collapse:collapse;margin:6px 0 0;font-size:inherit;'
            f'background:transparent">{rows}</table>'
            if rows
            else ""
        )
        return (
            f'<div class="esk-report esk-report-{self.status}" lang="ja" role="status" '
            f'style="border:1px solid var(--jp-border-color2,#ccc);border-left:6px solid {colour};'
            "border-radius:4px;padding:8px 14px;margin:4px 0;max-width:52em;line-height:1.6;"
            'color:var(--jp-ui-font-color1,#212121);background:var(--jp-layout-color1,#fff)">'
            f'<div><span style="display:inline-block;background:{colour};color:#fff;'
            'border-radius:3px;padding:0 .6em;margin-right:.8em">'
            f'<span aria-hidden="true">{icon}</span> <strong>{name}</strong></span>'
            f"{escape(self.title)}{detail}</div>{table}</div>"
        )


def _row(label: str, text: str) -> str:
    plain = label in ("次に", "確認")
    font = "" if plain else "font-family:var(--jp-code-font-family,monospace);font-size:.93em;"
    cell = "border:0;padding:1px 0;text-align:left;vertical-align:top;background:transparent;"
    return (
        f'<tr style="background:transparent">'
        f'<th scope="row" style="{cell}padding-right:1.2em;white-space:nowrap;font-weight:600">'
        f"{escape(label)}</th>"
        f'<td style="{cell}{font}white-space:pre-wrap;overflow-wrap:anywhere">'
        f"{escape(text)}</td></tr>"
    )


def _one_line(text: str) -> str:
    joined = " ".join(text[: 4 * _WIDTH].split("\n")).strip()
    return joined if len(joined) <= _WIDTH else joined[: _WIDTH - 1] + "…"
