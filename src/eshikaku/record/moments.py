"""When something happened: what a wrong clock wrote, and the learner's own days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from eshikaku.record.events import Event

LEEWAY = timedelta(minutes=10)  # by which the page's clock may be ahead of the kernel's


class Moments:
    """When each event happened, as far as the record can tell.

    An event dated after ``now`` (give or take :data:`LEEWAY`) was dated by a wrong clock: it
    happened right after the latest believable event before it, or, at the head of the record,
    with the first believable one; where no event is believable, now.
    """

    def __init__(self, events: Iterable[Event], now: datetime) -> None:
        self._limit = now + LEEWAY
        believable = (e.moment for e in events if e.moment <= self._limit)
        first = next(believable, None)
        self._lost = first is None
        self._start = first or now
        self._ahead: datetime | None = None  # the least of the moments that were not believed
        self.latest: datetime | None = None

    def of(self, event: Event) -> datetime:
        """Call it for one event after another."""
        moment = event.moment
        if moment <= self._limit:
            if self.latest is None or moment > self.latest:
                self.latest = moment
            return moment
        self._ahead = min(moment, self._ahead or moment)
        return self.latest or self._start

    def hold(self, now: datetime) -> bool:
        """Whether what was said so far is still so at ``now``."""
        limit = now + LEEWAY
        return not (
            self._lost
            or (self.latest is not None and self.latest > limit)
            or (self._ahead is not None and self._ahead <= limit)
        )


def local_now() -> datetime:
    """The present in the learner's time zone, with its summer time.

    ``datetime.now().astimezone()`` would carry today's offset only: seen in July, an answer of
    23:30 in January falls on the next day.
    """
    from dateutil.tz import tzlocal

    return datetime.now(tzlocal())


def local_day(moment: datetime, now: datetime) -> date:
    """The learner's day of a moment; the time zone of ``now`` says where a day ends."""
    return local_days(now)(moment)


def local_days(now: datetime) -> Callable[[datetime], date]:
    """The same for many moments."""
    from dateutil.tz import tzlocal

    if isinstance(now.tzinfo, tzlocal):  # by the system's rules, ten times as fast
        return lambda moment: date.fromtimestamp(moment.timestamp())
    return lambda moment: moment.astimezone(now.tzinfo).date()
