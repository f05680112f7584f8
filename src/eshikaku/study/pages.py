"""What the verbs of a notebook show: the record read, the engines asked, one page each.

Every function takes the store and ``now`` and returns a :class:`Page`; displaying it is the
verb's business. With an empty record and no plan nothing here depends on the day.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from markupsafe import Markup

from eshikaku import web
from eshikaku.questions import bank, parameters
from eshikaku.questions.parameters import Instance
from eshikaku.questions.render import question_html
from eshikaku.record.moments import local_now
from eshikaku.record.state import State
from eshikaku.record.store import Store
from eshikaku.study import placement, weeks, words
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


def home(store: Store, now: datetime, news: Sequence[str] = (), fresh: bool = False) -> Page:
    """The learner's home: what to do next, the parts, weak questions, the plan's first weeks.

    Args:
        news: what changed in the course since the last start, one sentence each.
        fresh: a cell was run to show it, so it is brought into sight.
    """
    board = _board(store, now)
    chapters = [
        list(group) for _, group in groupby(board.parts, key=lambda p: p.outline.chapter.name)
    ]
    shown = _page("home", board, fresh, news=news, chapters=chapters, **_plan(board))
    return Page(shown, f"次にやること：{board.steps[0].text}")


def progress(store: Store, now: datetime) -> Page:
    """Scores by area and skill, placement, exercises' code."""
    board = _board(store, now)
    exercises = store.state(now).exercises.values()
    shown = _page(
        "progress",
        board,
        areas=[(area.title, area.score) for area in board.areas],
        items=[(f"{i.id}　{i.title}", score) for area in board.areas for i, score in area.items],
        checks=[
            (area.title, result)
            for area in board.placement
            for result in area.results
            if result.status in words.CHECKS
        ],
        exercises=sorted((e for e in exercises if e.source), key=lambda e: e.id),
    )
    done = sum(p.settled for p in board.parts)
    learned = sum(p.learned for p in board.parts)
    return Page(shown, f"一通り {done}/{len(board.parts)}部、身についた {learned}部")


def plan(store: Store, now: datetime) -> Page:
    """The plan in words and as a calendar."""
    board = _board(store, now)
    return Page(_page("plan", board, **_plan(board)), "学習計画")


def record(store: Store) -> Page:
    """How much is recorded and where; the same words wherever a test or the pipeline put it."""
    chosen = os.environ.get("ESHIKAKU_HOME")
    place = "環境変数 ESHIKAKU_HOME のフォルダー" if chosen else str(store.path.parent)
    text = f"{len(store.events())}件の記録があります。場所：{place}（{store.path.name}）"
    return Page(_page("record", None, problems=store.problems, text=text), text)


def review(store: Store, now: datetime, minutes: int | None = None) -> Page:
    """Today's reviews, one after another; ``minutes`` overrides the day's limit.

    Where nothing is left, what was answered wrong today can be answered once more.
    """
    state, known = _read(store, now)
    found = reviews.review(state, now, known, minutes)
    again = [] if found.count else reviews.again(state, now, known)
    text = words.review(found, bool(state.questions), again)
    page = _with_questions(_note(text), text, found.instances, "review")
    if not again:
        return page
    shown = [question_html(reviews.anew(state, bank.question(id)), "review") for id in again]
    fold = _fold(f"今日間違えた{len(again)}問をもう一度", shown)
    return Page(f"{page.html}\n{fold}", text)


def recall(store: Store, now: datetime, chapter: str) -> Page:
    """思い出す: three questions from earlier chapters."""
    state, known = _read(store, now)
    found = reviews.recall(state, now, known, chapter)
    if found.note:
        return Page(_note(found.note), found.note)
    return _with_questions("", f"思い出す {len(found.instances)}問", found.instances, "recall")


def skip_check(store: Store, now: datetime, part: str, ids: Sequence[str]) -> Page:
    """この部は飛ばせる?: the questions of a part's check, folded.

    Raises:
        CourseError: there is no such part. UnknownQuestion: there is no such question.
    """
    found = outline(part)
    shown = [question_html(parameters.instance(bank.question(id)), "skip") for id in ids]
    inside = _fold(f"{found.short}　この部は飛ばせる?（{len(ids)}問）", shown)
    return Page(inside, f"{found.short} この部は飛ばせる? {'・'.join(ids)}")


def skip_note(store: Store, now: datetime, part: str, ids: Sequence[str]) -> Page:
    """How a part's check stands; to be shown below it and renewed after each answer."""
    found = outline(part)
    state = store.state(now)
    result = placement.skip_result(state, now, found, ids)
    mark = state.parts.get(found.key)
    marked = mark is not None and mark.status != "open"
    text = (
        "この部は終わりにしてあります。"
        if marked and result.status != placement.PASSED
        else words.skip(result)
    )
    return Page(_note(text), text)


def _page(name: str, board: Dashboard | None, fresh: bool = False, **content: Any) -> str:
    """One output of its own: style and template ``name``.

    Without a record and a plan it bears no date, so that stored outputs are exact.
    """
    made = board.today if board and (board.started or board.plan.since) else None
    return web.template(f"study/{name}.html").render(
        style=Markup(web.style("study/study.css")),
        name=name,
        board=board,
        made=made,
        fresh=fresh,
        words=words,
        **content,
    )


def _plan(board: Dashboard) -> dict[str, Any]:
    return {
        "plan": words.plan(board.plan, board.calendar, board.today),
        "tables": weeks.tables(board.calendar) if board.calendar else [],
    }


def _note(text: str) -> str:
    return web.template("study/note.html").render(text=text)


def _fold(summary: str, shown: Sequence[str]) -> str:
    return web.template("study/note.html").render(fold=summary, content=Markup("\n".join(shown)))


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
