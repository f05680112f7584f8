"""What ``check()`` gives back: a status, at most six lines, the learner's source."""

from __future__ import annotations

from dataclasses import dataclass, field

from eshikaku import web

MOST_LINES = 6
_WIDTH = 220  # characters of one line's text; messages of a declaration are shorter

STATUSES = {  # status → (icon, name)
    "passed": ("✔", "合格"),
    "failed": ("✖", "不合格"),
    "untouched": ("○", "未着手"),
    "error": ("⚠", "あなたのコードでエラー"),
    "grader-error": ("⚙", "採点側のエラー"),
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
        icon, name = STATUSES[self.status]
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
        icon, name = STATUSES[self.status]
        return web.template("exercises/report.html").render(
            status=self.status,
            icon=icon,
            name=name,
            title=self.title,
            check=self.check,
            rows=self.rows,
        )


def _one_line(text: str) -> str:
    joined = " ".join(text[: 4 * _WIDTH].split("\n")).strip()
    return joined if len(joined) <= _WIDTH else joined[: _WIDTH - 1] + "…"
