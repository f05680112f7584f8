"""Where the learner stands and what to do next, as data; :mod:`eshikaku.study.html` shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from eshikaku import course
from eshikaku.questions import bank, parameters
from eshikaku.questions.markdown import plain
from eshikaku.questions.model import SKILL_NAMES, SKILLS, Question
from eshikaku.questions.syllabus import Item
from eshikaku.record.state import Plan, Score, State
from eshikaku.record.store import Problem
from eshikaku.study import calendar, outline, review
from eshikaku.study import progress as parts_progress
from eshikaku.study.calendar import Calendar
from eshikaku.study.knowledge import Coverage, Knowledge
from eshikaku.study.outline import Outline
from eshikaku.study.placement import AreaPlacement, placement
from eshikaku.study.progress import BEGUN, OPEN, PartProgress
from eshikaku.study.review import Choice

PLAN_HEADING, REVIEW_HEADING = "試験日と計画", "今日の復習"  # of 00_home
MOST_WEAK = 5
_TEXT = 44  # characters of a question's text


@dataclass(frozen=True)
class Step:
    """One thing to do next, and why (once for several of a kind).

    ``link`` is relative, empty where a verb does it.
    """

    text: str
    reason: str
    link: str = ""


@dataclass(frozen=True)
class AreaScore:
    """One area of the syllabus: its score, and that of each item the bank asks about."""

    title: str
    score: Score
    items: tuple[tuple[Item, Score], ...]
    unasked: int  # items in scope without a question yet


@dataclass(frozen=True)
class WeakQuestion:
    """A question to look at again."""

    id: str
    text: str
    reason: str
    link: str
    shown: str = ""  # the id of the question as it stands in the notebook; "" where it does not


@dataclass(frozen=True)
class Dashboard:
    """Everything 00_home shows."""

    plan: Plan
    today: date
    started: bool  # whether anything was answered, run or checked
    parts: tuple[PartProgress, ...]
    areas: tuple[AreaScore, ...]
    skills: tuple[tuple[str, Score], ...]
    coverage: Coverage
    today_review: Choice
    chapter: str  # the name of the one the learner is in
    weak: tuple[WeakQuestion, ...]
    weak_count: int
    steps: tuple[Step, ...]
    calendar: Calendar | None
    placement: tuple[AreaPlacement, ...]
    disagreements: int
    problems: tuple[Problem, ...]

    @property
    def days_left(self) -> int | None:
        return (self.plan.exam_date - self.today).days if self.plan.exam_date else None


def dashboard(
    state: State, now: datetime, known: Knowledge, problems: Sequence[Problem] = ()
) -> Dashboard:
    """The learner's dashboard at ``now`` (aware)."""
    outlines = outline.outlines(state.plan.hide_advanced)
    current = known.current(state)
    parts = tuple(parts_progress.progress(current, outlines))
    choice = review.choose(state, now, known)
    values = part_values(outlines, known)
    laid = calendar.calendar(
        state.plan, parts, now, lambda o: values[o.key], choice.seconds / 60, choice.spent
    )
    wrong = len(review.again(state, now, known))
    weak = [q for q in current.weak() if known.weight(q.id) > 0]
    weak_shown = tuple(
        _weak(known.questions[q.id], q.wrong_and_sure, outlines) for q in weak[:MOST_WEAK]
    )
    skills = known.scores(state, known.by_skill())
    return Dashboard(
        plan=state.plan,
        today=now.date(),
        started=bool(state.questions or state.exercises or state.runs),
        parts=parts,
        areas=tuple(_areas(state, known)),
        skills=tuple((SKILL_NAMES[s], skills.get(s, Score(0, 0, None))) for s in SKILLS),
        coverage=known.coverage(),
        today_review=choice,
        chapter=_chapter(current, parts),
        weak=weak_shown,
        weak_count=len(weak),
        steps=tuple(next_steps(state.plan, now.date(), parts, choice, laid, wrong)),
        calendar=laid,
        placement=tuple(placement(current, now, outlines, known.ledger)),
        disagreements=len(state.disagreements),
        problems=tuple(problems),
    )


def next_steps(
    plan: Plan,
    today: date,
    parts: Sequence[PartProgress],
    choice: Choice,
    laid: Calendar | None,
    wrong: int = 0,
) -> list[Step]:
    """What to do now, the first thing first, each with its reason; today's parts by the plan."""
    steps = [step for step in (_review_step(plan, today, choice),) if step]
    if not calendar.last_days(plan, today):
        steps += _part_steps(plan, today, parts, laid)
    if wrong and not choice.ids:
        reason = "復習のセルを実行すると、数値を変えてもう一度出ます。"
        link = outline.home_link(REVIEW_HEADING)
        steps.append(Step(f"今日間違えた{wrong}問をもう一度", reason, link))
    if not plan.complete:
        reason = "決めると、復習の間隔と毎日の計画を試験日から逆算します。"
        link = outline.home_link(PLAN_HEADING)
        steps.append(Step("試験日と、1日に使える時間を決める（1分）", reason, link))
    if not steps:
        reason = "計画した部は終わり、今日の復習もありません。苦手な問題は下の一覧にあります。"
        steps.append(Step("今日の分は終わりです", reason))
    return steps


def _part_steps(
    plan: Plan, today: date, parts: Sequence[PartProgress], laid: Calendar | None
) -> list[Step]:
    """The part that was begun, then those the plan lays on today; else the first one left."""
    left_out = {o.key for o in laid.left_out} if laid else set()
    route = calendar.ROUTES.get(plan.route)
    left = {
        p.outline.key: p
        for p in parts
        if not p.settled
        and p.outline.key not in left_out
        and not (route and not route.advanced and p.outline.advanced)
    }
    steps = []
    begun = next((p for p in left.values() if p.status == BEGUN), None)
    if begun:
        steps.append(Step(f"続きから：{begun.outline.title}", _rest(begun), begun.outline.link))
    planned = [
        (block, block.outline)
        for day in (laid.days if laid else ())
        for block in day.blocks
        if day.date == today and block.outline and block.outline.key in left
    ]
    for n, (block, found) in enumerate(p for p in planned if not begun or p[1] != begun.outline):
        reason = "" if n else "計画で、今日の部です。"
        steps.append(Step(f"{found.title}（{block.minutes}分）", reason, found.link))
    fresh = next((p for p in left.values() if p.status == OPEN), None)
    if fresh and not steps:
        name = f"{fresh.outline.title}（{fresh.minutes_left}分）"
        steps.append(Step(name, _fresh_reason(fresh, parts, laid), fresh.outline.link))
    return steps


def _chapter(state: State, parts: Sequence[PartProgress]) -> str:
    """The chapter of the newest answer, or the first after it with something left."""
    names = list(dict.fromkeys(p.outline.chapter.name for p in parts))
    left = {p.outline.chapter.name for p in parts if not p.settled}
    times = {
        id: record.last.time
        for id, record in state.questions.items()
        if record.last and record.last.mode in ("study", "skip")
    }
    here = 0
    if times:
        topic = bank.question(max(times, key=lambda id: times[id])).topic
        name = course.chapter(topic.replace("-", "_")).name
        here = names.index(name) if name in names else 0
    return next((name for name in [*names[here:], *names[:here]] if name in left), "")


def part_values(outlines: Sequence[Outline], known: Knowledge) -> dict[str, float]:
    """How many questions of the mock exam each part prepares for (its items' share)."""
    parts_of: dict[str, int] = {}
    for found in outline.outlines():
        for item in found.syllabus:
            parts_of[item] = parts_of.get(item, 0) + 1
    return {
        o.key: sum(known.item_weight(item) / parts_of[item] for item in o.syllabus)
        for o in outlines
    }


def _review_step(plan: Plan, today: date, choice: Choice) -> Step | None:
    if not choice.ids:
        return None
    sure = sum(card.wrong_and_sure for card in choice.queue.today)
    minutes = max(1, round(choice.seconds / 60))
    if sure:
        reason = f"自信があったのに間違えた問題が{sure}問あり、最初に出ます。"
    elif choice.queue.today:
        reason = "忘れかけている順に、試験での重みを掛けて選びました。"
    else:
        reason = "終えた部から、まだ解いていない問題を選びました。"
    if calendar.last_days(plan, today):
        reason = "試験まで3日を切りました。新しい部より、忘れたものを戻します。" + reason
    new = f"、うち新しい問題{len(choice.new)}問" if choice.new else ""
    text = f"今日の復習 {len(choice.ids)}問（約{minutes}分{new}）"
    return Step(text, reason, outline.home_link(REVIEW_HEADING))


def _rest(part: PartProgress) -> str:
    left = []
    if part.answered < part.questions:
        left.append(f"問題{part.questions - part.answered}問")
    if part.solved < part.exercises:
        left.append(f"演習{part.exercises - part.solved}つ")
    return (
        f"途中まで進んでいます。残りは{'と'.join(left)}です。" if left else "途中まで進んでいます。"
    )


def _fresh_reason(part: PartProgress, parts: Sequence[PartProgress], laid: Calendar | None) -> str:
    planned = [
        day.date
        for day in (laid.days if laid else ())
        for block in day.blocks
        if block.outline is not None and block.outline.key == part.outline.key
    ]
    if planned:
        return f"計画では{planned[0].month}月{planned[0].day}日の部です。先に進めても構いません。"
    if not any(p.settled for p in parts):
        return "最初の部です。知っている内容なら、部の初めの4問で飛ばせます。"
    return "まだ終えていない部のうち、いちばん前にあります。"


def _areas(state: State, known: Knowledge) -> list[AreaScore]:
    by_area = known.scores(state, known.by_area())
    by_item = known.scores(state, known.by_item())
    return [
        AreaScore(
            area.title,
            by_area.get(area.id, Score(0, 0, None)),
            tuple((item, by_item[item.id]) for item in area.items if item.id in by_item),
            sum(item.in_scope and item.id not in by_item for item in area.items),
        )
        for area in known.ledger.areas
    ]


def _weak(question: Question, sure: bool, outlines: Sequence[Outline]) -> WeakQuestion:
    reason = "自信があったのに不正解" if sure else "直近が不正解、または正解が半分未満"
    whole = question.seed_id
    shown = whole if any(whole in (*o.questions, *o.skip) for o in outlines) else ""
    return WeakQuestion(question.id, summary(question), reason, where(question, outlines), shown)


def summary(question: Question) -> str:
    """The beginning of a question, an item's with that of its group, cut outside of formulas."""
    made = parameters.instance(question)
    if question.group_id is None or not made.stem:
        return _short(made.stem or made.shared_stem, _TEXT)
    return f"{_short(made.shared_stem, _TEXT // 2)} › {_short(made.stem, _TEXT)}"


def _short(markdown: str, width: int) -> str:
    text = " ".join(plain(markdown).split())
    if len(text) <= width:
        return text
    cut = text[:width]
    if cut.count("$") % 2:
        cut = cut[: cut.rindex("$")]
    return cut.rstrip() + "…"


def where(question: Question, outlines: Sequence[Outline]) -> str:
    """Link to the part that explains a question, else to its chapter."""
    found = outline.parts_of(question, outlines)
    if found:
        return found[0].link
    return course.link(course.chapter(question.topic.replace("-", "_")))
