"""The plan as weeks: what stands in each cell of the calendar's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from eshikaku.study import words
from eshikaku.study.calendar import Block, Calendar

SHOWN = 3  # weeks; the later ones are folded


@dataclass(frozen=True)
class Cell:
    """One day: ``kind`` is ``today``, ``examday``, ``outside`` or nothing."""

    name: str
    weekday: str
    kind: str = ""
    text: str = ""
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Table:
    """Weeks from Monday to Sunday; ``title`` is for the fold of the later ones."""

    caption: str
    title: str
    weeks: tuple[tuple[Cell, ...], ...]


def tables(calendar: Calendar) -> list[Table]:
    """The weeks from today to the exam: the first three, then the rest where there is one."""
    first = calendar.today - timedelta(days=calendar.today.weekday())
    count = (calendar.exam - first).days // 7 + 1
    weeks = [[first + timedelta(days=7 * week + n) for n in range(7)] for week in range(count)]
    found = [_table(calendar, weeks[:SHOWN], "今週からの計画")]
    if weeks[SHOWN:]:
        found.append(_table(calendar, weeks[SHOWN:], "そのあとの計画"))
    return found


def _table(calendar: Calendar, weeks: Sequence[Sequence[date]], caption: str) -> Table:
    title = f"{words.day(weeks[0][0])}から試験日まで"
    return Table(
        caption, title, tuple(tuple(_cell(calendar, day) for day in week) for week in weeks)
    )


def _cell(calendar: Calendar, when: date) -> Cell:
    name, weekday = f"{when.month}/{when.day}", words.WEEKDAYS[when.weekday()]
    if when == calendar.exam:
        return Cell(name, weekday, "examday", "試験日")
    if not calendar.today <= when < calendar.exam:
        return Cell(name, weekday, "outside")
    day = calendar.days[(when - calendar.today).days]
    lesson = f"授業 第{day.lesson}回" if day.lesson else ""
    if when == calendar.today:
        return Cell(f"{name} 今日", weekday, "today", lesson, day.blocks)
    return Cell(name, weekday, "", lesson, day.blocks)
