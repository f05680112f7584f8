"""What the verbs of a notebook show: the record read, the engines asked, one page each.

Every function takes the store and ``now`` and returns a :class:`Page`; displaying it is the
verb's business. With an empty record and no plan nothing here depends on the day.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eshikaku.questions import bank, parameters
from eshikaku.questions.parameters import Instance
from eshikaku.questions.render import question_html
from eshikaku.record.moments import local_now
from eshikaku.record.state import State
from eshikaku.record.store import Store
from eshikaku.study import calendar_html, html, placement
from eshikaku.study import review as reviews
from eshikaku.study.dashboard import Dashboard, dashboard
from eshikaku.study.knowledge import Knowledge, knowledge
from eshikaku.study.outline import outline


@dataclass(frozen=True)
class Page:
    """HTML to display, and the same in a line of text for places without HTML."""

    html: str
    text: str


def now() -> datetime:
    """The present in the learner's time zone."""
    return local_now()


def home(store: Store, now: datetime, news: Sequence[str] = ()) -> Page:
    """The learner's home: what to do next, the parts, weak questions, the plan's first weeks.

    Args:
        news: what changed in the course since the last start, one sentence each.
    """
    board = _board(store, now)
    weeks = (
        html.heading("計画")
        + calendar_html.plan_words(board.plan, board.calendar, board.today)
        + html.fold("カレンダー", calendar_html.calendar_table(board.calendar))
        if board.calendar
        else ""
    )
    shown = html.page(
        html.messages(board, news),
        html.top(board),
        html.heading("部の進み"),
        html.part_tables(board.parts),
        weeks,
        html.heading("苦手な問題"),
        html.weak_list(board.weak, board.weak_count),
    )
    return Page(shown, f"次にやること：{board.steps[0].text}")


def progress(store: Store, now: datetime) -> Page:
    """Scores by area and skill, placement, exercises' code."""
    board = _board(store, now)
    exercises = store.state(now).exercises.values()
    shown = html.page(
        html.messages(board),
        html.heading("分野ごと"),
        html.area_table(board.areas),
        html.heading("力ごと"),
        html.skill_table(board.skills),
        html.heading("飛ばしてよい部（診断）"),
        html.placement_table(board.placement),
        html.heading("演習のコード"),
        html.code_list(exercises),
        html.heading("部に印を付ける"),
        html.soft("部を手で完了にし、または戻します（このセルを実行すると、下に欄が出ます）。"),
    )
    settled = sum(p.settled for p in board.parts)
    return Page(shown, f"完了した部 {settled}/{len(board.parts)}")


def plan(store: Store, now: datetime) -> Page:
    """The plan in words and as a calendar."""
    board = _board(store, now)
    table = calendar_html.calendar_table(board.calendar) if board.calendar else ""
    words = calendar_html.plan_words(board.plan, board.calendar, board.today)
    form = html.soft("計画を変えるには、このセルを実行して、下の欄に入力します。")
    return Page(html.page(words, table, form), "学習計画")


def record(store: Store) -> Page:
    """How much is recorded and where; the same words wherever a test or the pipeline put it."""
    chosen = os.environ.get("ESHIKAKU_HOME")
    place = "環境変数 ESHIKAKU_HOME のフォルダー" if chosen else str(store.path.parent)
    text = f"{len(store.events())}件の記録があります。場所：{place}（{store.path.name}）"
    problems = [html.say(problem.message, bad=True) for problem in store.problems]
    form = html.soft("このセルを実行すると、書き出しと取り込みのボタンが下に出ます。")
    return Page(html.page(*problems, html.soft(text), form), text)


def review(store: Store, now: datetime, minutes: int | None = None) -> Page:
    """Today's reviews, one after another; ``minutes`` overrides the day's limit."""
    state, known = _read(store, now)
    found = reviews.review(state, now, known, minutes)
    words = _review_words(found, bool(state.questions))
    return _with_questions(html.note(html.soft(words)), words, found.instances, "review")


def recall(store: Store, now: datetime, chapter: str) -> Page:
    """思い出す: three questions from earlier chapters."""
    state, known = _read(store, now)
    found = reviews.recall(state, now, known, chapter)
    if found.note:
        return Page(html.note(html.soft(found.note)), found.note)
    return _with_questions("", f"思い出す {len(found.instances)}問", found.instances, "recall")


def skip_check(store: Store, now: datetime, part: str, ids: Sequence[str]) -> Page:
    """この部は飛ばせる?: the questions of a part's check, folded.

    Raises:
        CourseError: there is no such part. UnknownQuestion: there is no such question.
    """
    found = outline(part)
    shown = [question_html(parameters.instance(bank.question(id)), "skip") for id in ids]
    inside = html.fold(f"{found.short}　この部は飛ばせる?（{len(ids)}問）", *shown)
    return Page(html.note(inside), f"{found.short} この部は飛ばせる? {'・'.join(ids)}")


def skip_note(store: Store, now: datetime, part: str, ids: Sequence[str]) -> Page:
    """How a part's check stands; to be shown below it and renewed after each answer."""
    found = outline(part)
    state = store.state(now)
    result = placement.skip_result(state, now, found, ids)
    mark = state.parts.get(found.key)
    passed = result.status == placement.PASSED
    settled = (
        "この部は完了にしてあります。" if mark and mark.status != "open" and not passed else ""
    )
    text = settled or html.skip_text(result)
    return Page(html.note(html.soft(text)), text)


def _with_questions(head: str, text: str, instances: Sequence[Instance], mode: str) -> Page:
    shown = [question_html(instance, mode) for instance in instances]
    ids = "・".join(instance.question.id for instance in instances)
    return Page("\n".join([head, *shown]).strip(), f"{text} {ids}".strip())


def _read(store: Store, now: datetime) -> tuple[State, Knowledge]:
    state = store.state(now)
    return state, knowledge(state.plan.hide_advanced)


def _board(store: Store, now: datetime) -> Dashboard:
    state, known = _read(store, now)
    return dashboard(state, now, known, store.problems)


def _review_words(found: reviews.Review, met: bool) -> str:
    choice = found.choice
    left = len(choice.queue.dropped)
    if not found.count:
        if left:
            return (
                f"今日の復習の時間を使いました。ほかに{left}問が、忘れかけています。"
                "続けるときは review(10) のように、分数を書いて実行します。"
            )
        if not met:
            return "復習する問題はまだありません。解いた問題が、忘れかけるころにここへ出ます。"
        return "今日の復習は終わりです。次は、忘れかけるころに出ます。"
    new = f"うち{len(choice.new)}問は、終えた部の新しい問題です。" if choice.new else ""
    text = f"今日の復習は{found.count}問（約{max(1, round(choice.seconds / 60))}分）です。{new}"
    if left:
        text += (
            f"今日の{round(choice.minutes)}分に入らない{left}問は出しません。"
            "ためずに、あしたの候補として選び直します。"
        )
    return text + "答えると次に出る日が決まります。キー 1 で自信あり、2 で自信なしの採点です。"
