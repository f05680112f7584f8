"""What the pages of the study room say in sentences; what stands in tables is in web/study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from eshikaku.record.state import Plan
from eshikaku.study.calendar import LESSON, ROUTES, Calendar
from eshikaku.study.knowledge import Coverage
from eshikaku.study.placement import FAILED, PARTLY, PASSED, SkipResult
from eshikaku.study.progress import BEGUN, DONE, OPEN, SKIPPED, PartProgress
from eshikaku.study.review import Review

WEEKDAYS = "月火水木金土日"

# shape, word, kind: a state is never told by its colour alone
_STATES = {
    DONE: ("✔", "一通り", "esk-done"),
    SKIPPED: ("↷", "飛ばした", "esk-done"),
    BEGUN: ("◐", "途中", "esk-begun"),
    OPEN: ("○", "これから", ""),
}
_LEARNED = ("★", "身についた", "esk-learned")
CHECKS = {
    PASSED: ("✔", "飛ばしてよい", "esk-done"),
    FAILED: ("✕", "読む", "esk-failed"),
    PARTLY: ("◐", "途中", "esk-begun"),
}


def state(part: PartProgress) -> tuple[str, str, str]:
    """Shape, word and kind of how far a part is."""
    return _LEARNED if part.learned else _STATES[part.status]


def day(when: date) -> str:
    return f"{when.month}月{when.day}日（{WEEKDAYS[when.weekday()]}）"


def hours(minutes: int) -> str:
    """Minutes as they are read: 45分, 3時間, 3時間20分."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest}分"
    return f"{whole}時間{rest}分" if rest else f"{whole}時間"


def left(parts: Iterable[PartProgress]) -> str:
    """What is left of parts: to do for the first time, and to do once more."""
    found = list(parts)
    first, again = (sum(p.minutes_left for p in found), sum(p.minutes_again for p in found))
    text = f"残り{hours(first)}"
    return f"{text}と、解き直し{hours(again)}" if again else text


def coverage(found: Coverage) -> str:
    """How much of the exam the course asks about now."""
    asked, total = len(found.asked), len(found.asked) + len(found.missing)
    text = f"この教材の問題は、いま出題対象{total}項目のうち{asked}項目"
    text += f"（試験の{found.of}問のうち、約{found.questions}問分）にあります。"
    return text + ("" if asked == total else "残りの項目は準備中です。")


# -- the plan -----------------------------------------------------------------------------------


def plan(plan: Plan, calendar: Calendar | None, today: date) -> list[tuple[str, str]]:
    """What was decided and whether it fits: (``soft`` or ``say``, sentence)."""
    if not plan.complete:
        text = "試験日、1日に使える時間、進め方を決めると、ここに計画が出ます。"
        return [("soft", text)]
    assert plan.exam_date is not None
    if calendar is None:
        if plan.exam_date <= today:
            return [("say", "試験日になりました。新しい試験日を入れると、計画を作り直します。")]
        return [("say", f"進め方は {'・'.join(ROUTES)} から選びます。")]
    time = "" if calendar.route.lessons else f"、平日{plan.weekday}分・週末{plan.weekend}分"
    head = (
        f"{day(plan.exam_date)}の試験まで{(plan.exam_date - today).days}日{time}、"
        f"{calendar.route.name}（{calendar.route.text}）。"
    )
    return [("soft", head), _fits(calendar) if calendar.fits else _too_much(calendar)]


def _fits(calendar: Calendar) -> tuple[str, str]:
    if not calendar.needed:
        return ("soft", "計画した部はすべて終わりました。残りの日は復習に使います。")
    if calendar.finish is None:
        return ("soft", "残りはわずかです。")
    lessons = ""
    if calendar.route.lessons:
        count = sum(found.lesson > 0 for found in calendar.days)
        lessons = f"{LESSON}分の授業{count}回（週{calendar.lessons_a_week}回）で進めます。"
    text = (
        f"残りの部は合計{hours(calendar.needed)}です。{lessons}{day(calendar.finish)}に終わります。"
        "試験前の3日は復習に使います。"
    )
    return ("soft", text)


def _too_much(calendar: Calendar) -> tuple[str, str]:
    names = "、".join(o.title for o in calendar.left_out)
    more = (
        f"1日あたり{calendar.more_per_day}分ふやすと、すべて入ります。"
        if calendar.more_per_day
        else ""
    )
    text = (
        f"この計画には入りきりません。残りの部は{hours(calendar.needed)}で、"
        f"{hours(calendar.missing)}足りません。{more}"
        "ふやさない場合は、発展、次に出題の割合が小さいものから、"
        f"次の{len(calendar.left_out)}部を外します：{names}。"
    )
    return ("say", text)


# -- review, skip checks --------------------------------------------------------------------------


def review(found: Review, met: bool, again: Sequence[str] = ()) -> str:
    """What today's reviews are, or why there are none."""
    choice = found.choice
    rest = len(choice.queue.dropped)
    if not found.count:
        if rest:
            return (
                f"今日の復習の時間を使いました。ほかに{rest}問が、忘れかけています。"
                "続けるときは review(10) のように、分数を書いて実行します。"
            )
        if not met:
            return "復習する問題はまだありません。解いた問題が、忘れかけるころにここへ出ます。"
        end = "今日の復習は終わりです。次は、忘れかけるころに出ます。"
        return end + (f"今日間違えた{len(again)}問は、下でもう一度解けます。" if again else "")
    new = f"うち{len(choice.new)}問は、終えた部の新しい問題です。" if choice.new else ""
    if len(choice.new) == found.count:
        new = "どれも、終えた部の新しい問題です。"
    text = f"今日の復習は{found.count}問（約{max(1, round(choice.seconds / 60))}分）です。{new}"
    if rest:
        text += (
            f"今日の{round(choice.minutes)}分に入らない{rest}問は出しません。"
            "ためずに、あしたの候補として選び直します。"
        )
    return text + "答えると次に出る日が決まります。キー 1 で自信あり、2 で自信なしの採点です。"


def skip(result: SkipResult) -> str:
    """One sentence on how a skip check stands."""
    if result.status == PASSED:
        return f"{result.evidence}しました。この部は身についています。次の部へ進めます。"
    if result.status == FAILED:
        return (
            f"{result.evidence}しました。この部は飛ばさずに読んでください。"
            "もう一度試すときは、翌日からの解答を数えます。"
        )
    if result.status == PARTLY:
        return f"{result.answered}/{result.asked}問まで解きました。"
    return f"{result.asked}問とも「自信あり」で正解すると、この部は終わりにできます。"
