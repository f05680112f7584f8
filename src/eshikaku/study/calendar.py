"""The parts of the course on the days until the exam.

The plan is never stored: it is laid anew from today over what is left, so a missed day moves
it by itself. Once there is something to review, each day keeps a share of its minutes for it; the
last three days before the exam are for review alone. Where the parts do not fit, the calendar
says how many minutes are missing and which parts to leave out, and lays the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from eshikaku.record.moments import local_day
from eshikaku.record.state import Plan
from eshikaku.study.outline import Outline
from eshikaku.study.progress import DONE, OPEN, PartProgress

MOST_DAYS = 731  # to an exam; beyond it the date is a slip
LAST_DAYS = 3
REVIEW_SHARE = 0.25
REVIEW_LEAST, REVIEW_MOST = 5, 30  # minutes a day before the last three
REVIEW_UNPLANNED = 15
STRETCH = 5  # minutes by which a day may be overdrawn to end a part
WORTH_BEGINNING = 10  # minutes; less is left free
LESSON = 90
MOST_MORE = 240  # minutes a day beyond which "study longer" is no advice


@dataclass(frozen=True)
class Route:
    """A way through the course."""

    name: str
    advanced: bool  # whether 発展 belongs to it
    lessons: bool
    text: str


ROUTES = {
    route.name: route
    for route in (
        Route("3週間", False, False, "出題対象の部だけ"),
        Route("8週間", True, False, "発展もふくむすべての部"),
        Route("授業", True, True, "90分の授業に分ける"),
    )
}


@dataclass(frozen=True)
class Block:
    """A stretch of one day.

    Attributes:
        kind: ``part`` | ``review``; ``part`` names its outline.
        continued: the part was begun on an earlier day; ``unfinished``: it goes on later.
    """

    kind: str
    minutes: int
    outline: Outline | None = None
    continued: bool = False
    unfinished: bool = False


@dataclass(frozen=True)
class Day:
    """One day of the plan; ``lesson`` numbers a lesson from 1, 0 where it is none."""

    date: date
    minutes: int
    blocks: tuple[Block, ...] = ()
    lesson: int = 0


@dataclass(frozen=True)
class Calendar:
    """The plan from today to the day before the exam.

    Attributes:
        needed: minutes of all parts left on the route; ``missing``: what does not fit of them.
        left_out: parts that the days have no room for.
        more_per_day: minutes more on each day that would make everything fit; 0: none would.
        finish: the day on which the last part ends.
        lessons_a_week: of the route 授業.
    """

    route: Route
    exam: date
    today: date
    days: tuple[Day, ...]
    needed: int = 0
    missing: int = 0
    left_out: tuple[Outline, ...] = ()
    more_per_day: int = 0
    finish: date | None = None
    lessons_a_week: int = 0

    @property
    def fits(self) -> bool:
        return not self.missing


def capacity(plan: Plan, day: date) -> int:
    """The minutes the learner has on a day (0 without a plan)."""
    minutes = plan.weekend if day.weekday() >= 5 else plan.weekday
    return minutes or 0


def last_days(plan: Plan, day: date) -> bool:
    """Whether ``day`` is one of the last three before the exam."""
    return plan.exam_date is not None and 1 <= (plan.exam_date - day).days <= LAST_DAYS


def review_minutes(plan: Plan, day: date) -> int:
    """The minutes of a day that belong to review."""
    minutes = capacity(plan, day)
    if plan.weekday is None and plan.weekend is None:
        return REVIEW_UNPLANNED
    if last_days(plan, day):
        return minutes
    share = round(min(max(minutes * REVIEW_SHARE, REVIEW_LEAST), REVIEW_MOST))
    return min(share, minutes)


def calendar(
    plan: Plan,
    parts: Sequence[PartProgress],
    now: datetime,
    value: Callable[[Outline], float] = lambda outline: 1.0,
    due: float = 0.0,
    reviewed: float = 0.0,
) -> Calendar | None:
    """Lay what is left of ``parts`` on the days; ``None`` without a whole plan.

    There is none after the exam either.

    Args:
        parts: in the order to study them.
        now: aware; its time zone says what today is.
        value: how much of the exam a part prepares for; what prepares for least is left out
            first, 発展 before everything else.
        due: the minutes that today's reviews will take; ``reviewed``: what they took so far.
    """
    route, today = ROUTES.get(plan.route), now.date()
    if not plan.complete or route is None or plan.exam_date is None:
        return None
    if not 0 < (plan.exam_date - today).days <= MOST_DAYS:
        return None
    hidden = plan.hide_advanced or not route.advanced
    wanted = [p for p in parts if not p.settled and not (hidden and p.outline.advanced)]
    begun = any(p.status != OPEN for p in parts)
    if route.lessons:
        return _lessons(route, plan, wanted, _Start(today, 0, due, begun))
    spent = sum(p.outline.part.minutes for p in parts if _finished_today(p, now))
    return _study(route, plan, wanted, _Start(today, spent + round(reviewed), due, begun), value)


def _finished_today(part: PartProgress, now: datetime) -> bool:
    """Studied today, so that today has fewer minutes left; a skip check took hardly any."""
    if part.finished is None or part.status != DONE or part.evidence:
        return False
    return local_day(part.finished, now) == now.date()


@dataclass(frozen=True)
class _Start:
    """Where the learner stands on the first day.

    Attributes:
        spent: minutes studied today already; ``due``: minutes of today's reviews.
        begun: whether any part was begun, so that there is something to review from tomorrow on.
    """

    today: date
    spent: int
    due: float
    begun: bool


# -- studying alone -----------------------------------------------------------------------------


@dataclass
class _Room:
    """A day that is being filled."""

    date: date
    minutes: int  # of the day
    free: int  # for parts
    blocks: list[Block] = field(default_factory=list)


def _study(
    route: Route,
    plan: Plan,
    wanted: list[PartProgress],
    start: _Start,
    value: Callable[[Outline], float],
) -> Calendar:
    assert plan.exam_date is not None
    rooms = _rooms(plan, start)
    missing = rest = _fill(rooms, wanted)
    order = sorted(range(len(wanted)), key=lambda n: _keep(wanted[n], value, n))
    out: set[int] = set()
    while rest:
        out.add(order[len(out)])
        rooms = _rooms(plan, start)
        rest = _fill(rooms, [p for n, p in enumerate(wanted) if n not in out])
    return Calendar(
        route,
        plan.exam_date,
        start.today,
        tuple(Day(r.date, r.minutes, tuple(r.blocks)) for r in rooms),
        needed=sum(p.minutes_left for p in wanted),
        missing=missing,
        left_out=tuple(wanted[n].outline for n in sorted(out)),
        more_per_day=_more(plan, wanted, start) if missing else 0,
        finish=max((r.date for r in rooms if _teaches(r)), default=None),
    )


def _teaches(room: _Room) -> bool:
    return any(block.kind == "part" for block in room.blocks)


def _more(plan: Plan, wanted: list[PartProgress], start: _Start) -> int:
    """The fewest minutes (in fives) more on each day of study that make everything fit."""
    for more in range(5, MOST_MORE + 1, 5):
        longer = replace(
            plan,
            weekday=plan.weekday and plan.weekday + more,
            weekend=plan.weekend and plan.weekend + more,
        )
        if not _fill(_rooms(longer, start), wanted):
            return more
    return 0


def _keep(
    part: PartProgress, value: Callable[[Outline], float], place: int
) -> tuple[bool, float, int]:
    """Sort key: the smaller, the sooner a part is left out."""
    return (not part.outline.advanced, value(part.outline), -place)


def _rooms(plan: Plan, start: _Start) -> list[_Room]:
    """The days from today to the day before the exam, with their reviews."""
    assert plan.exam_date is not None
    rooms = []
    met = start.begun  # whether anything was studied before the day
    for n in range((plan.exam_date - start.today).days):
        day = start.today + timedelta(days=n)
        minutes, review = capacity(plan, day), review_minutes(plan, day) if met else 0
        if n == 0:
            review = min(math.ceil(start.due), review_minutes(plan, day))
            minutes = max(minutes - start.spent, review)
        teaching = 0 if last_days(plan, day) else minutes - review
        room = _Room(day, capacity(plan, day), teaching)
        if review:
            room.blocks.append(Block("review", review))
        rooms.append(room)
        met = met or teaching > 0
    return rooms


def _fill(rooms: list[_Room], parts: list[PartProgress]) -> int:
    """Lay parts one after another; returns the minutes that found no room."""
    place = 0
    missing = 0
    for part in parts:
        left, begun = part.minutes_left, part.status == "begun"
        while left and place < len(rooms):
            room = rooms[place]
            if left <= room.free + (STRETCH if room.free else 0):
                taken = left
            elif room.free >= WORTH_BEGINNING:
                taken = room.free
            else:
                place += 1
                continue
            left -= taken
            room.free = max(room.free - taken, 0)
            block = Block("part", taken, part.outline, continued=begun, unfinished=left > 0)
            room.blocks.append(block)
            begun = True
        missing += left
    return missing


# -- in class -----------------------------------------------------------------------------------


def _lessons(
    route: Route,
    plan: Plan,
    wanted: list[PartProgress],
    start: _Start,
) -> Calendar:
    """Lessons of 90 minutes, as many a week as are needed, from today on.

    Parts are never cut; what is left of a lesson is for questions. The days keep their reviews.
    """
    assert plan.exam_date is not None
    lessons: list[list[PartProgress]] = []
    for part in wanted:
        used = sum(p.minutes_left for p in lessons[-1]) if lessons else 0
        if not lessons or used + part.minutes_left > LESSON + STRETCH:
            lessons.append([])
        lessons[-1].append(part)
    last = plan.exam_date - timedelta(days=LAST_DAYS + 1)
    room = max((last - start.today).days + 1, 0)
    a_week = max(1, math.ceil(len(lessons) * 7 / room)) if room else 7
    a_week = min(a_week, 7)
    rooms = {room.date: room for room in _rooms(plan, start)}
    numbers: dict[date, int] = {}
    left_out: list[PartProgress] = []
    for n, lesson in enumerate(lessons):
        day = start.today + timedelta(days=n * 7 // a_week)
        if day > last:
            left_out += lesson
            continue
        numbers[day] = n + 1
        rooms[day].blocks[:0] = [Block("part", p.minutes_left, p.outline) for p in lesson]
    return Calendar(
        route,
        plan.exam_date,
        start.today,
        tuple(
            Day(r.date, r.minutes, tuple(r.blocks), numbers.get(r.date, 0)) for r in rooms.values()
        ),
        needed=sum(p.minutes_left for p in wanted),
        missing=sum(p.minutes_left for p in left_out),
        left_out=tuple(p.outline for p in left_out),
        finish=max(numbers, default=None),
        lessons_a_week=a_week,
    )
