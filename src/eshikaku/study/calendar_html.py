"""The plan as HTML: in words what fits and what does not, then the weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from eshikaku.record.state import Plan
from eshikaku.study.calendar import LESSON, MOCK, ROUTES, Block, Calendar, Day
from eshikaku.study.html import fold, say, soft

WEEKS_SHOWN = 3
_WEEKDAYS = "月火水木金土日"


def plan_words(plan: Plan, calendar: Calendar | None, today: date) -> str:
    """What was decided, and whether it fits."""
    if not plan.complete:
        return soft("試験日、平日と週末に使える分数、進め方を決めると、ここに計画が出ます。")
    assert plan.exam_date is not None
    if calendar is None:
        done = plan.exam_date <= today
        text = "試験日を過ぎました。新しい試験日を入れると、計画を作り直します。"
        return say(text) if done else say(f"進め方は {'・'.join(ROUTES)} から選びます。")
    hours = "" if calendar.route.lessons else f"、平日{plan.weekday}分・週末{plan.weekend}分"
    head = (
        f"{_day(plan.exam_date)}の試験まで{(plan.exam_date - today).days}日{hours}、"
        f"{calendar.route.name}（{calendar.route.text}）。"
    )
    return soft(head) + (_fits(calendar) if calendar.fits else _too_much(calendar))


def _fits(calendar: Calendar) -> str:
    if not calendar.needed:
        return soft("計画した部はすべて終わりました。残りの日は復習と模試に使います。")
    if calendar.finish is None:
        return soft("残りはわずかです。")
    lessons = ""
    if calendar.route.lessons:
        count = sum(day.lesson > 0 for day in calendar.days)
        often = f"週{calendar.lessons_a_week}回"
        lessons = f"{LESSON}分の授業{count}回（{often}）で進めます。"
    return soft(
        f"残りの部は合計{calendar.needed}分です。{lessons}{_day(calendar.finish)}に終わります。"
        "試験前の3日は復習と模試に使います。"
    )


def _too_much(calendar: Calendar) -> str:
    names = "、".join(o.title for o in calendar.left_out)
    more = (
        f"1日あたり{calendar.more_per_day}分ふやすと、すべて入ります。"
        if calendar.more_per_day
        else ""
    )
    return say(
        f"この計画には入りきりません。残りの部は{calendar.needed}分で、{calendar.missing}分足りません。"
        f"{more}ふやさない場合は、発展、次に出題の割合が小さいものから、"
        f"次の{len(calendar.left_out)}部を外します：{names}。"
    )


def calendar_table(calendar: Calendar) -> str:
    """The weeks from today to the exam; the later ones folded."""
    days = {day.date: day for day in calendar.days}
    first = calendar.today - timedelta(days=calendar.today.weekday())
    count = (calendar.exam - first).days // 7 + 1
    weeks = [[first + timedelta(days=7 * week + n) for n in range(7)] for week in range(count)]
    shown, later = weeks[:WEEKS_SHOWN], weeks[WEEKS_SHOWN:]
    found = _table(calendar, days, shown, "今週からの計画")
    if later:
        rest = _table(calendar, days, later, "そのあとの計画")
        found += fold(f"{_day(later[0][0])}から試験日まで", rest)
    return found


def _table(
    calendar: Calendar, days: dict[date, Day], weeks: Sequence[Sequence[date]], caption: str
) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in _WEEKDAYS)
    rows = "".join(
        f"<tr>{''.join(_cell(calendar, days.get(day), day) for day in week)}</tr>" for week in weeks
    )
    return (
        f'<table class="esk-calendar" aria-label="{caption}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _cell(calendar: Calendar, day: Day | None, when: date) -> str:
    name = f"{when.month}/{when.day}"
    if when == calendar.exam:
        return f'<td class="esk-examday"><span class="esk-date">{name}</span>試験日</td>'
    if when < calendar.today or when > calendar.exam:
        return f'<td class="esk-outside"><span class="esk-date">{name}</span></td>'
    today = when == calendar.today
    kind = ' class="esk-today"' if today else ""
    mark = " 今日" if today else ""
    blocks = "".join(_block(block) for block in day.blocks) if day else ""
    lesson = f"授業 第{day.lesson}回" if day and day.lesson else ""
    inside = f"{lesson}<ul>{blocks}</ul>" if blocks else ""
    return f'<td{kind}><span class="esk-date">{name}{mark}</span>{inside}</td>'


def _block(block: Block) -> str:
    minutes = f'<span class="esk-min">{block.minutes}分</span>'
    if block.outline is None:
        mock = "模試" if block.minutes >= MOCK else "模試（短縮）"
        name, kind = {"review": ("復習", ""), "mock": (mock, "esk-mock")}[block.kind]
        return f'<li class="{kind}">{name} {minutes}</li>'
    again = "（つづき）" if block.continued else ""
    title = escape(block.outline.title)
    link = escape(block.outline.link)
    return f'<li class="esk-part"><a href="{link}">{title}</a>{again} {minutes}</li>'


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"
