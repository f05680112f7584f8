"""The study room: what is next, when, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import study_course
from eshikaku import course
from eshikaku.course import source
from eshikaku.questions import bank
from eshikaku.questions.model import Question, Ref
from eshikaku.record.events import Event, EventError
from eshikaku.record.replay import replay
from eshikaku.record.state import Plan, State
from eshikaku.record.store import Store
from eshikaku.study import answers, calendar, dashboard, pages, placement, progress, review, words
from eshikaku.study import outline as outlines
from eshikaku.study import settings as plans
from eshikaku.study.knowledge import Knowledge, knowledge
from eshikaku.study.outline import Outline
from eshikaku.study.progress import PartProgress

JST = timezone(timedelta(hours=9))
NOW = datetime(2027, 1, 11, 20, tzinfo=JST)  # a Monday
TODAY = NOW.date()
SKIP = [f"alpha-s-0{n}" for n in range(1, 5)]
FULL = Plan(date(2027, 2, 20), 40, 120, "8週間")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The two small chapters instead of the course."""
    root = tmp_path / "course"
    study_course.write(root)
    monkeypatch.setenv("ESHIKAKU_ROOT", str(root))
    study_course.forget()
    yield root
    study_course.forget()


def answer(id: str, status: str = "correct", ago: float = 0.0, **more: Any) -> Event:
    """An answer ``ago`` days before NOW."""
    time = (NOW - timedelta(days=ago)).astimezone(UTC).isoformat()
    fields = {"score": float(status == "correct"), "confidence": "sure", "seconds": 60.0}
    return Event("answer", id, time=time, status=status, **(fields | more))


def state_of(*events: Event, plan: Plan | None = None) -> State:
    found = replay(events, NOW)
    return replace(found, plan=plan) if plan else found


def known(**more: Any) -> Knowledge:
    return knowledge(**more)


def part_of(key: str, state: State) -> PartProgress:
    [found] = progress.progress(state, [outlines.outline(key)])
    return found


# -- outline ------------------------------------------------------------------------------------


def test_what_each_part_holds(small: Path) -> None:
    a, b, c, beta = outlines.outlines()
    assert (a.short, a.key, a.title) == ("01A", "alpha/A", "01A　はじめ")
    assert a.questions == ("alpha-a-01", "alpha-a-02")
    assert a.exercises == ("alpha-step",)
    assert a.skip == tuple(SKIP)
    assert b.questions == ("alpha-group-01", "alpha-after-01")  # what stands after it, counted too
    assert c.questions == ("alpha-c-01",)
    assert c.advanced
    assert beta.syllabus == ("3.5.ii",)
    assert [o.short for o in outlines.outlines(hide_advanced=True)] == ["01A", "01B", "02A"]


def test_links_lead_to_the_cell_of_a_heading(small: Path) -> None:
    assert outlines.outline("01B").link == "01_alpha.ipynb#cell-id=part-B"
    assert course.link(course.chapter("beta")) == "02_beta.ipynb"
    id = course.heading_cell("今日の復習")
    assert re.fullmatch(r"section-[0-9a-f]{12}", id)
    assert id != course.heading_cell("試験日と計画")


@pytest.mark.parametrize("key", ["01A", "alpha/A", "01_alpha/A", "alphaA"])
def test_a_part_by_its_names(small: Path, key: str) -> None:
    assert outlines.outline(key).key == "alpha/A"


def test_an_unknown_part_is_named_with_those_there_are(small: Path) -> None:
    with pytest.raises(course.CourseError, match="01A、01B、01C"):
        outlines.outline("01D")
    with pytest.raises(course.CourseError, match="09"):
        outlines.outline("09A")
    with pytest.raises(course.CourseError, match="01A のように"):
        outlines.outline("first")


def test_the_real_course_is_what_its_sources_say() -> None:
    """Every id a source shows exists, and every link leads to a heading."""
    for found in outlines.outlines():
        for id in (*found.questions, *found.skip):
            assert bank.question(id).id == id
        for id in found.exercises:
            assert id in found.chapter.exercises()
        source = found.chapter.source.read_text(encoding="utf-8")
        assert f"\n## {found.part.id}　{found.part.title}\n" in source


def test_no_question_of_a_chapter_stands_outside_its_parts() -> None:
    """Those of 試験ではこう問われる belong to the part that counts their minutes."""
    for chapter in course.chapters():
        if chapter.parts:
            asked = {id for b in source.blocks(chapter.source) for id in b.arguments("quiz")}
            assert asked == {id for part in outlines.of(chapter) for id in part.questions}


def test_the_home_has_the_headings_the_dashboard_links_to() -> None:
    source = course.chapter("home").source.read_text(encoding="utf-8")
    for heading in (dashboard.PLAN_HEADING, dashboard.REVIEW_HEADING):
        assert f"\n## {heading}\n" in source
    assert "](#" not in source  # Lab follows no Japanese anchor


# -- progress -----------------------------------------------------------------------------------


def test_a_part_goes_from_open_to_done(small: Path) -> None:
    passed = Event("check", "alpha-step", status="passed", answer="def f(): ...")
    steps = [answer("alpha-a-01", "wrong"), answer("alpha-a-02"), passed]
    found = [part_of("01A", state_of(*steps[:n])) for n in range(4)]
    assert [p.status for p in found] == ["open", "begun", "begun", "done"]
    assert [p.minutes_left for p in found] == [20, 13, 7, 0]
    assert found[3].finished is not None


def test_done_is_not_learned(small: Path) -> None:
    """Four of five wrong is 一通り; what is right again, unaided, is 身についた."""
    passed = Event("check", "alpha-step", status="passed", answer="def f(): ...")
    wrong = [answer("alpha-a-01", "wrong", ago=2), answer("alpha-a-02", "wrong", ago=2), passed]
    found = part_of("01A", state_of(*wrong))
    assert (found.status, found.learned, found.secure) == ("done", False, 0)
    assert words.state(found)[1] == "一通り"
    assert (found.minutes_left, found.minutes_again) == (0, 2 * progress.AGAIN)
    hinted = part_of("01A", state_of(*wrong, answer("alpha-a-01", hints=1), answer("alpha-a-02")))
    assert (hinted.secure, hinted.learned) == (1, False)
    right = part_of("01A", state_of(*wrong, answer("alpha-a-01"), answer("alpha-a-02")))
    assert (right.learned, words.state(right)[1], right.minutes_again) == (True, "身についた", 0)
    again = [*wrong, answer("alpha-a-01", ago=1), answer("alpha-a-02", ago=1)]
    assert not part_of("01A", state_of(*again, answer("alpha-a-02", "wrong"))).learned
    assert "解き直し4分" in pages.home(_stored(wrong), NOW).html
    assert "身についた" in pages.home(_stored(again), NOW).html


def test_a_mark_by_hand_is_done_and_a_passed_check_is_learned(small: Path) -> None:
    assert not part_of("01A", state_of(progress.mark("01A", "done"))).learned
    evidence = f"{progress.BY_CHECK}：4問中4問に自信をもって正解"
    assert part_of("01A", state_of(progress.mark("01A", "done", evidence))).learned


def test_items_of_a_group_count_one_each(small: Path) -> None:
    found = part_of("01B", state_of(answer("alpha-group-01/one")))
    assert (found.answered, found.questions, found.status) == (1, 3 + 1, "begun")


def test_marks_are_the_learners_word(small: Path) -> None:
    done = progress.mark("01B", "done", "授業で学んだ")
    part = part_of("01B", state_of(done))
    assert (part.status, part.evidence, part.minutes_left) == ("done", "授業で学んだ", 0)
    assert done.id == "alpha/B"
    reopened = replace(progress.mark("01B", "open"), time="2099-01-01T00:00:00+00:00")
    assert part_of("01B", state_of(done, reopened)).status == "open"
    with pytest.raises(ValueError, match="status"):
        progress.mark("01B", "perhaps")


# -- knowledge ----------------------------------------------------------------------------------


def test_predictions_and_groups_themselves_are_not_counted(small: Path) -> None:
    ids = set(known().questions)
    assert "alpha-predict-01" not in ids
    assert "alpha-group-01" not in ids
    assert "alpha-group-01/one" in ids


def test_weights_follow_the_exam(small: Path) -> None:
    """An item gets its area's share of the mock exam's questions."""
    found = known()
    area = next(a for a in found.ledger.areas if a.id == "3")
    asked = sum(item.in_scope for item in area.items)
    assert found.weight("alpha-a-01") == pytest.approx(area.mock / asked)
    assert 0 < found.weight("alpha-c-01") < 1
    assert known(hide_advanced=True).weight("alpha-c-01") == 0
    total = sum(found.item_weight(i.id) for a in found.ledger.areas for i in a.items if i.in_scope)
    assert total == pytest.approx(104)


def test_rewritten_and_deleted_questions_do_not_count(small: Path) -> None:
    state = state_of(answer("alpha-a-01"), answer("alpha-gone-01"))
    assert set(known().current(state).questions) == {"alpha-a-01"}
    study_course.rewrite(small, "alpha-a-01")
    assert set(known().current(state).questions) == set()


def test_the_learners_own_pace(small: Path) -> None:
    found = known()
    state = state_of(answer("alpha-a-01", seconds=30), answer("alpha-a-02", seconds=90_000))
    assert found.seconds(state, "alpha-a-01") == 30
    assert found.seconds(state, "alpha-a-02") == 600  # the screen was left open
    assert found.seconds(state, "alpha-text-01") == 120


# -- calendar -----------------------------------------------------------------------------------


def chapter(minutes: list[int], advanced: set[int] = frozenset()) -> list[PartProgress]:
    """Open parts of so many minutes."""
    parts = tuple(
        course.Part(chr(65 + n), f"部{n}", m, "発展" if n in advanced else "出題対象")
        for n, m in enumerate(minutes)
    )
    whole = course.Chapter("01", "x", "章", parts, ())
    return [PartProgress(Outline(whole, p), "open", 0, 4, 0, 0) for p in parts]


def minutes_laid(found: calendar.Calendar) -> dict[str, int]:
    laid: dict[str, int] = {}
    for day in found.days:
        for block in day.blocks:
            if block.outline:
                laid[block.outline.short] = laid.get(block.outline.short, 0) + block.minutes
    return laid


def lay(plan: Plan, parts: list[PartProgress], now: datetime = NOW) -> calendar.Calendar:
    found = calendar.calendar(plan, parts, now)
    assert found is not None
    return found


PARTS = st.lists(st.integers(1, 30), min_size=1, max_size=26)


@settings(max_examples=60, deadline=None)
@given(
    PARTS,
    st.sets(st.integers(0, 25)),
    st.integers(0, 180),
    st.integers(0, 300),
    st.integers(1, 70),
    st.sampled_from(sorted(calendar.ROUTES)),
)
def test_the_calendar_loses_no_minute(
    minutes: list[int], advanced: set[int], weekday: int, weekend: int, left: int, route: str
) -> None:
    plan = Plan(TODAY + timedelta(days=left), weekday, weekend, route)
    parts = chapter(minutes, advanced)
    found = lay(plan, parts)
    wanted = [p.outline for p in parts if calendar.ROUTES[route].advanced or not p.outline.advanced]
    out = {o.short for o in found.left_out}
    laid = minutes_laid(found)
    assert laid == {o.short: o.part.minutes for o in wanted if o.short not in out}
    assert list(laid) == [o.short for o in wanted if o.short not in out]  # in order
    assert found.needed == sum(o.part.minutes for o in wanted)
    assert found.fits == (not out) == (found.missing == 0)
    for day in found.days:
        assert TODAY <= day.date < plan.exam_date  # type: ignore[operator]
        taught = sum(b.minutes for b in day.blocks if b.outline)
        if calendar.last_days(plan, day.date):
            assert taught == 0
        if route == "授業":
            assert taught <= calendar.LESSON + calendar.STRETCH
        else:
            assert sum(b.minutes for b in day.blocks) <= day.minutes + calendar.STRETCH
    if found.more_per_day:
        more = replace(
            plan,
            weekday=weekday and weekday + found.more_per_day,
            weekend=weekend and weekend + found.more_per_day,
        )
        assert lay(more, parts).fits


def test_a_missed_day_moves_the_plan() -> None:
    parts = chapter([30] * 6)
    before = lay(FULL, parts)
    after = lay(FULL, parts, NOW + timedelta(days=1))
    first = [d.date for d in before.days if any(b.outline for b in d.blocks)]
    later = [d.date for d in after.days if any(b.outline for b in d.blocks)]
    assert first[0] == TODAY
    assert later[0] == TODAY + timedelta(days=1)
    assert minutes_laid(before) == minutes_laid(after)


def test_what_was_studied_today_leaves_the_rest_for_tomorrow() -> None:
    parts = chapter([30, 30])
    done = replace(parts[0], status="done", finished=NOW - timedelta(hours=1))
    found = lay(FULL, [done, parts[1]])
    assert [b.minutes for b in found.days[0].blocks] == [10]  # of forty, thirty are spent
    assert any(b.outline for b in found.days[1].blocks)
    skipped = replace(done, evidence="4問中4問")
    assert any(b.outline for b in lay(FULL, [skipped, parts[1]]).days[0].blocks)


def test_the_last_three_days_are_review() -> None:
    found = lay(FULL, chapter([30]))
    kinds = [[(b.kind, b.minutes) for b in d.blocks] for d in found.days[-3:]]
    assert kinds == [[("review", 40)]] * 3


def test_only_what_there_is_is_planned() -> None:
    """Nothing to review before anything was studied; no exam that does not exist."""
    found = lay(FULL, chapter([30] * 6))
    assert {b.kind for d in found.days for b in d.blocks} == {"part", "review"}
    assert [(b.kind, b.minutes) for b in found.days[0].blocks] == [("part", 30), ("part", 10)]
    assert found.days[1].blocks[0].kind == "review"
    begun = [replace(chapter([30] * 6)[0], status="begun"), *chapter([30] * 6)[1:]]
    due = calendar.calendar(FULL, begun, NOW, due=6.2)
    assert due is not None
    assert due.days[0].blocks[0] == calendar.Block("review", 7)
    spent = calendar.calendar(FULL, begun, NOW, reviewed=10.0)
    assert spent is not None
    assert sum(b.minutes for b in spent.days[0].blocks) == 30
    for text in (pages.home(Store(), NOW).html, pages.plan(Store(), NOW).html):
        assert "模試" not in text


def test_what_does_not_fit_is_said_and_advanced_goes_first() -> None:
    plan = Plan(TODAY + timedelta(days=6), 40, 40, "8週間")  # 40, 30 and 30 minutes for parts
    found = lay(plan, chapter([30, 30, 30, 30, 30], advanced={1}))
    assert found.missing == 50
    assert [o.short for o in found.left_out] == ["01B", "01E"]
    assert found.more_per_day > 0


def test_the_part_that_prepares_for_least_is_left_out() -> None:
    plan = Plan(TODAY + timedelta(days=6), 40, 40, "8週間")
    parts = chapter([30, 30, 30, 30])
    found = calendar.calendar(plan, parts, NOW, lambda o: 0.1 if o.short == "01B" else 1.0)
    assert found is not None
    assert [o.short for o in found.left_out] == ["01B"]


def test_routes_and_the_switch() -> None:
    parts = chapter([30, 30], advanced={1})
    assert minutes_laid(lay(FULL, parts)) == {"01A": 30, "01B": 30}
    assert minutes_laid(lay(replace(FULL, route="3週間"), parts)) == {"01A": 30}
    assert minutes_laid(lay(replace(FULL, hide_advanced=True), parts)) == {"01A": 30}


def test_lessons_of_ninety_minutes() -> None:
    found = lay(replace(FULL, route="授業"), chapter([30] * 9))
    lessons = [d for d in found.days if d.lesson]
    assert [d.lesson for d in lessons] == [1, 2, 3]
    assert [(d.date - TODAY).days for d in lessons] == [0, 7, 14]
    assert [sum(b.minutes for b in d.blocks if b.outline) for d in lessons] == [90, 90, 90]
    tight = lay(replace(FULL, route="授業", exam_date=TODAY + timedelta(14)), chapter([30] * 9))
    assert tight.lessons_a_week == 2


@pytest.mark.parametrize(
    "plan",
    [
        Plan(),
        replace(FULL, weekday=None),
        replace(FULL, route="近道"),
        replace(FULL, exam_date=TODAY),
        replace(FULL, exam_date=TODAY - timedelta(days=1)),
        replace(FULL, exam_date=date(9999, 1, 1)),
    ],
)
def test_no_calendar_without_a_whole_plan(plan: Plan) -> None:
    assert calendar.calendar(plan, chapter([30]), NOW) is None


def test_minutes_of_review() -> None:
    assert calendar.review_minutes(Plan(), TODAY) == 15
    assert calendar.review_minutes(FULL, TODAY) == 10
    assert calendar.review_minutes(FULL, date(2027, 1, 16)) == 30  # a Saturday, at most 30
    assert calendar.review_minutes(FULL, date(2027, 2, 19)) == 40  # the eve: all of them
    assert calendar.review_minutes(replace(FULL, weekday=0), TODAY) == 0


# -- settings -----------------------------------------------------------------------------------


def test_a_plan_is_set_piece_by_piece() -> None:
    first = plans.plan_event(TODAY, exam_date="2027-02-20", weekday=40)
    second = plans.plan_event(TODAY, weekend=120, route="8週間", hide_advanced=True)
    later = replace(second, time="2099-01-01T00:00:00+00:00")
    assert replace(replay([first, later], NOW).plan, since=None) == replace(
        FULL, hide_advanced=True
    )
    exam = date(2027, 2, 20)
    assert plans.plan_event(TODAY, exam_date=exam).extra == {"exam_date": "2027-02-20"}
    assert plans.plan_event(TODAY, exam_date=datetime(2027, 2, 20)).extra == {
        "exam_date": "2027-02-20"
    }
    assert plans.plan_event(TODAY, exam_date=None).extra == {"exam_date": None}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"exam_date": "2月20日"}, "日付ではありません"),
        ({"exam_date": "2027-02-30"}, "日付ではありません"),
        ({"exam_date": 20270220}, "日付ではありません"),
        ({"exam_date": "2027-01-10"}, "過ぎています"),
        ({"exam_date": "2207-02-20"}, "2年より先"),
        ({"weekday": -5}, "0から720"),
        ({"weekend": 30.5}, "0から720"),
        ({"weekday": True}, "0から720"),
        ({"route": "8週"}, "3週間・8週間・授業"),
        ({"hide_advanced": "はい"}, "True か False"),
        ({"weekdays": 40}, "近いもの: weekday"),
    ],
)
def test_a_bad_setting_is_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(plans.PlanError, match=words):
        plans.plan_event(TODAY, **given)


def _press(box: Any, label: str) -> Any:
    """Press a button of a form; returns the line it shows."""
    widgets = [box]
    for found in widgets:
        widgets += getattr(found, "children", ())
    next(
        w for w in widgets if getattr(w, "description", "") == label and hasattr(w, "click")
    ).click()
    return next(w for w in widgets if type(w).__name__ == "HTML").value


def test_the_form_says_what_was_saved_and_what_is_wrong() -> None:
    saved: list[dict[str, Any]] = []

    def save(values: dict[str, Any]) -> str:
        plans.plan_event(TODAY, **values)
        saved.append(values)
        return "保存しました <ok>"

    form = plans.plan_form(FULL, TODAY, save)
    assert _press(form, "計画を保存") == "保存しました &lt;ok&gt;"
    assert saved == [
        {
            "exam_date": date(2027, 2, 20),
            "weekday": 40,
            "weekend": 120,
            "route": "8週間",
            "hide_advanced": False,
        }
    ]
    form.children[0].value = date(2020, 1, 1)
    assert "過ぎています" in _press(form, "計画を保存")
    assert len(saved) == 1


def test_the_route_follows_the_date_until_it_is_chosen() -> None:
    assert plans.suggested(None, TODAY) == "8週間"
    assert plans.suggested(TODAY + timedelta(days=21), TODAY) == "3週間"
    form = plans.plan_form(Plan(), TODAY, lambda values: "")
    exam, *_, route, _, _ = form.children
    assert route.value == "8週間"
    exam.value = TODAY + timedelta(days=21)
    assert route.value == "3週間"
    exam.value = TODAY + timedelta(days=90)
    assert route.value == "8週間"
    chosen = plans.plan_form(FULL, TODAY, lambda values: "")
    chosen.children[0].value = TODAY + timedelta(days=21)
    assert chosen.children[3].value == "8週間"
    words = [getattr(child, "description", "") for child in form.children]
    assert "平日に使う時間（分）" in words


def test_parts_are_marked_by_a_form(small: Path) -> None:
    found = progress.progress(state_of(), outlines.outlines())
    events: list[Event] = []
    form = plans.marks_form(found, lambda event: events.append(event) or "記録しました")
    assert _press(form, "飛ばす") == "記録しました"
    assert [(e.id, e.status) for e in events] == [("alpha/A", "skipped")]


def test_the_record_is_carried_by_a_form(tmp_path: Path) -> None:
    from eshikaku.record import transfer

    merged: list[str] = []

    def merge(content: bytes, name: str) -> str:
        transfer.import_bytes(Store(), content, name)
        merged.append(name)
        return "取り込みました"

    form = plans.transfer_form(lambda: "書き出しました", merge)
    assert _press(form, "記録を書き出す") == "書き出しました"
    upload = form.children[0].children[1]
    told = form.children[1]

    def choose(name: str, content: bytes) -> None:
        file = {"name": name, "content": content, "type": "", "size": len(content)}
        upload.value = ({**file, "last_modified": NOW},)

    choose("a.jsonl", answer("q").to_line())
    assert told.value == "取り込みました"
    choose("b.png", b"PNG")
    assert "b.png は eshikaku の記録ではありません" in told.value
    assert merged == ["a.jsonl"]


# -- review, recall, fading ---------------------------------------------------------------------


def test_reviews_are_what_is_due_drawn_anew(small: Path) -> None:
    state = state_of(
        answer("alpha-a-01", ago=9),
        answer("alpha-a-02", "wrong", ago=3),
        answer("alpha-s-01", ago=0),
        answer("alpha-predict-01", ago=9, mode="predict"),
    )
    found = review.review(state, NOW, known())
    assert [i.question.id for i in found.instances] == ["alpha-a-02", "alpha-a-01"]
    assert all(i.seed > 0 for i in found.instances)
    again = review.review(state, NOW, known())
    assert [i.seed for i in again.instances] == [i.seed for i in found.instances]
    assert found.choice.minutes == calendar.REVIEW_UNPLANNED


def test_every_attempt_brings_other_numbers_and_every_learner_their_own(small: Path) -> None:
    question = bank.question("alpha-a-01")
    first = answer("alpha-a-01", ago=9)
    seeds = [
        review.next_seed(state_of(*events), question)
        for events in ([first], [first, answer("alpha-a-01")], [answer("alpha-a-01", ago=9)])
    ]
    assert len(set(seeds)) == 3
    assert review.anew(state_of(), question).seed == 0


def test_a_group_is_reviewed_whole(small: Path) -> None:
    state = state_of(
        answer("alpha-group-01/one", "wrong", ago=5), answer("alpha-group-01/two", ago=0)
    )
    [found] = review.review(state, NOW, known()).instances
    assert found.question.id == "alpha-group-01"
    assert len(found.items) == 3


def test_the_days_minutes_bound_the_reviews(small: Path) -> None:
    ids = [*SKIP, "alpha-a-01", "alpha-a-02", "alpha-after-01"]
    state = state_of(*(answer(id, ago=9, seconds=120) for id in ids))
    found = review.review(state, NOW, known(), minutes=6)
    assert found.count == 3
    assert len(found.choice.queue.dropped) == 4
    assert "ためずに" in pages.review(_stored(state_events(ids)), NOW, 6).html


def state_events(ids: list[str]) -> list[Event]:
    return [answer(id, ago=9, seconds=120) for id in ids]


def _stored(events: list[Event]) -> Store:
    store = Store()
    for event in events:
        store.append(event)
    return store


def finish(*keys: str) -> list[Event]:
    return [progress.mark(key, "done") for key in keys]


def test_new_questions_come_from_parts_that_are_done(small: Path) -> None:
    assert review.choose(state_of(), NOW, known()).ids == ()
    assert review.choose(state_of(answer("alpha-a-01")), NOW, known()).ids == ()
    group = review.choose(state_of(*finish("01B")), NOW, known())
    assert set(group.new) == {"alpha-group-01", "alpha-after-01"}
    assert group.seconds == 4 * 70
    assert "新しい問題" in pages.review(_stored(finish("01B")), NOW).html


def test_a_contrast_waits_for_every_part_it_refers_to(small: Path) -> None:
    refs = tuple(Ref(notebook=n, section="A") for n in ("01_alpha", "02_beta"))
    question = replace(bank.question("alpha-after-01"), refs=refs)
    found = outlines.parts_of(question, outlines.outlines())
    assert [o.short for o in found] == ["01A", "02A"]
    other = replace(question, topic="beta")
    assert [o.short for o in outlines.parts_of(other, outlines.outlines())] == ["02A", "01A"]


def test_a_day_brings_a_number_of_new_questions(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "NEW_A_DAY", 2)
    marks = finish("01A", "01B", "01C", "02A")
    events = list(marks)
    asked: list[set[str]] = []
    for _ in range(3):  # the cell is run again and again on one day
        today = review.choose(state_of(*events), NOW, known()).new
        asked.append(set(today))
        for id in today:
            events += [answer(q.id, mode="review", ago=0.01) for q in bank.question(id).answerable]
    assert [len(found) for found in asked] == [2, 0, 0]
    assert len(review.choose(state_of(*events), NOW, known(), minutes=60).new) > 2  # asked for


def test_new_questions_find_room_beside_a_full_queue(small: Path) -> None:
    ids = [*SKIP, "alpha-a-01", "alpha-a-02", "alpha-c-01", "beta-a-01"]
    due = [answer(id, "wrong", ago=9, seconds=300) for id in ids]
    found = review.choose(state_of(*due, *finish("01B")), NOW, known(), minutes=10)
    assert set(found.new) == {"alpha-group-01", "alpha-after-01"}
    assert found.queue.today and found.queue.dropped


def test_what_was_reviewed_today_is_off_the_days_minutes(small: Path) -> None:
    due = [answer(id, ago=9, seconds=300) for id in (*SKIP, "alpha-a-01")]
    first = review.choose(state_of(*due), NOW, known())
    assert len(first.ids) == 3  # of fifteen minutes
    done = [answer(id, ago=0.01, seconds=300, mode="review") for id in first.ids]
    assert review.choose(state_of(*due, *done), NOW, known()).ids == ()
    assert "review(10)" in pages.review(_stored([*due, *done]), NOW).html


def test_every_question_of_the_bank_is_reached() -> None:
    """Met in a part, drawn by review once its parts are done, or asked by an experiment."""
    learner = state_of(*finish(*(o.short for o in outlines.outlines())))
    drawn = set(review.unmet(learner, known()))
    shown = {id for o in outlines.outlines() for id in (*o.questions, *o.skip)}
    for chapter in course.chapters():
        for experiment in chapter.experiments().values():
            if experiment.prediction is not None:
                shown |= {experiment.prediction.ask, experiment.prediction.reason}
    for question in bank.all_questions():
        assert question.id in drawn | shown, question.id
        if question.standalone and question.type != "code":
            assert question.id in drawn, question.id
        else:
            assert question.id not in drawn, question.id
    types = {bank.question(id).type for id in drawn}
    assert types >= {"single", "numeric", "blank", "order", "match", "text", "group"}


def test_what_leans_on_an_experiment_is_never_drawn(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaning = replace(bank.question("alpha-a-02"), standalone=False)
    wanted = bank.question
    monkeypatch.setattr(bank, "question", lambda id: leaning if id == leaning.id else wanted(id))
    found = replace(known(), questions={**known().questions, leaning.id: leaning})
    state = state_of(answer(leaning.id, "wrong", ago=9), *finish("01A"))
    assert leaning.id not in review.choose(state, NOW, found, minutes=60).ids
    shown = review.recall(state, NOW, found, "02_beta").instances
    assert leaning.id not in [i.question.id for i in shown]


def test_every_drawn_question_comes_up_in_days(small: Path) -> None:
    """A learner with five minutes a day meets all of them, the long ones included."""
    plan = replace(FULL, weekday=20, weekend=20)
    events = [replace(e, time=(NOW - timedelta(days=60)).isoformat()) for e in finish("01A", "01B")]
    met: set[str] = set()
    for ago in range(30, 0, -1):
        day = NOW - timedelta(days=ago)
        state = replace(replay(events, day), plan=plan)
        for id in review.choose(state, day, known()).ids:
            met.add(id)
            events += [
                answer(q.id, "wrong", ago=ago, mode="review", seconds=160)
                for q in bank.question(id).answerable
            ]
    assert met >= {"alpha-group-01", *SKIP, "alpha-a-01", "alpha-text-01"}


def test_hidden_and_rewritten_questions_are_not_reviewed(small: Path) -> None:
    state = state_of(answer("alpha-c-01", ago=9), answer("alpha-a-01", ago=9))
    assert review.review(state, NOW, known()).count == 2
    study_course.rewrite(small, "alpha-a-01")
    assert review.review(state, NOW, known(hide_advanced=True)).count == 0


def test_the_first_chapter_has_nothing_to_recall(small: Path) -> None:
    found = review.recall(state_of(), NOW, known(), "01_alpha")
    assert found.instances == ()
    assert "最初の章" in found.note


def test_recall_without_a_record_is_the_same_for_everyone(small: Path) -> None:
    found = review.recall(state_of(), NOW, known(), "02_beta")
    assert [i.question.id for i in found.instances] == SKIP[:3]
    assert [i.seed for i in found.instances] == [0, 0, 0]
    later = review.recall(state_of(), NOW + timedelta(days=400), known(), "02_beta")
    assert later == found


def test_recall_begins_with_what_is_being_forgotten(small: Path) -> None:
    state = state_of(
        answer("alpha-s-02", ago=0),
        answer("alpha-after-01", ago=20),
        answer("alpha-a-02", "wrong", ago=1),
        answer("beta-a-01", "wrong", ago=5),
    )
    found = review.recall(state, NOW, known(), "02_beta")
    assert {i.question.id for i in found.instances[:2]} == {"alpha-after-01", "alpha-a-02"}
    assert found.instances[2].question.id == "alpha-s-02"
    assert all(i.seed > 0 for i in found.instances)


def test_recall_asks_every_type_and_a_group_is_a_warm_up_of_its_own(small: Path) -> None:
    text = answer("alpha-text-01", "self", ago=30, score=0.0)
    found = review.recall(state_of(text), NOW, known(), "02_beta")
    assert found.instances[0].question.id == "alpha-text-01"
    group = answer("alpha-group-01/two", "wrong", ago=5)
    [only] = review.recall(state_of(group), NOW, known(), "02_beta").instances
    assert only.question.id == "alpha-group-01"


def test_what_comes_back_comes_without_help() -> None:
    """Review and 思い出す ask a question with steps alone, with new numbers once it was met."""
    question = bank.question("rnn-parameter-count-01")
    assert question.blank_steps
    first = answer(question.id, ago=9, extra={"fade": "worked"})
    for state in (state_of(), state_of(first), state_of(first, answer(question.id, "wrong"))):
        found = review.anew(state, question)
        assert (found.fade, found.example) == ("alone", None)
        assert (found.seed > 0) == bool(state.questions)


def test_fading_needs_steps_to_empty() -> None:
    worked = Question("q", 1, "numeric", "t", "stem", blank_steps=("a",))
    plain = Question("q", 1, "numeric", "t", "stem")
    right = answer("q", extra={"fade": "worked"})
    assert review.fade(state_of(), worked) == "worked"
    assert review.fade(state_of(right), worked) == "faded"
    assert review.fade(state_of(right), plain) == "alone"


# -- placement ----------------------------------------------------------------------------------


def skip(id: str, status: str = "correct", ago: float = 0.0, **more: Any) -> Event:
    return answer(id, status, ago, mode="skip", **more)


def result(*events: Event) -> placement.SkipResult:
    return placement.skip_result(state_of(*events), NOW, outlines.outline("01A"))


def test_four_right_and_sure_pass(small: Path) -> None:
    found = result(*(skip(id) for id in SKIP))
    assert (found.status, found.evidence) == ("passed", "4問中4問に自信をもって正解")
    assert found.day == TODAY


def test_anything_else_does_not(small: Path) -> None:
    assert result().status == "untried"
    assert result(skip(SKIP[0])).status == "partly"
    assert result(skip(SKIP[0]), skip(SKIP[1], "wrong")).status == "failed"
    unsure = result(*(skip(id) for id in SKIP[:3]), skip(SKIP[3], confidence="unsure"))
    assert unsure.status == "failed"
    assert unsure.evidence == "4問中3問に自信をもって正解、1問は自信なしで正解"
    assert result(*(answer(id) for id in SKIP)).status == "untried"  # not asked as a check


def test_reading_the_explanation_first_does_not_pass(small: Path) -> None:
    rest = [skip(id, ago=0.2) for id in SKIP[1:]]
    wrong = skip(SKIP[0], "wrong", ago=0.2)
    assert result(wrong, *rest, skip(SKIP[0])).status == "failed"
    yesterday = skip(SKIP[0], "wrong", ago=1.2)
    assert result(yesterday, *rest, skip(SKIP[0])).status == "passed"


def test_placement_by_area_with_the_evidence(small: Path) -> None:
    state = state_of(*(skip(id) for id in SKIP))
    found = placement.placement(state, NOW, outlines.outlines(), known().ledger)
    [area] = found
    assert area.title.startswith("3.5")
    assert [r.outline.short for r in area.skippable] == ["01A"]
    shown = pages.progress(_stored([skip(id) for id in SKIP]), NOW).html
    assert "4問中4問に自信をもって正解" in shown and "飛ばしてよい" in shown


# -- the way of an answer -----------------------------------------------------------------------


def sent(id: str = "alpha-a-01", raw: Any = "a", **more: Any) -> dict[str, Any]:
    """What the page sends: it says "correct" whatever the answer is."""
    return {
        "uuid": f"{id}-{raw}-{more.get('mode', 'study')}",
        "v": 1,
        "time": NOW.astimezone(UTC).isoformat(),
        "kind": "answer",
        "id": id,
        "rev": 1,
        "seed": 0,
        "mode": "study",
        "answer": raw,
        "status": "correct",
        "score": 1,
        "confidence": "sure",
        "seconds": 12.5,
        "hints": 0,
        "extra": {"fade": "alone"},
    } | more


def test_pythons_verdict_is_recorded(small: Path) -> None:
    store = Store()
    assert answers.record_event(store, sent())["status"] == "correct"
    verdict = answers.record_event(store, sent(raw="b", score=0.7))
    assert (verdict["status"], verdict["score"]) == ("wrong", 0.0)
    recorded = {e.answer: e for e in store.events() if e.kind == "answer"}
    assert (recorded["a"].status, recorded["b"].status, recorded["b"].score) == (
        "correct",
        "wrong",
        0.0,
    )
    assert recorded["a"].seconds == 12.5


def test_a_disagreement_is_recorded_once_whoever_saw_it(small: Path) -> None:
    store = Store()
    event = sent(raw="b")
    answers.record_event(store, event)
    page = {
        **{k: event[k] for k in ("v", "time", "id", "rev", "seed", "mode", "answer")},
        "uuid": "the-pages-own",
        "kind": "disagree",
        "extra": {"uuid": event["uuid"], "page": "correct", "python": "wrong"},
    }
    assert answers.record_event(store, page) == {}
    [found] = [e for e in store.events() if e.kind == "disagree"]
    assert found.extra == {"uuid": event["uuid"], "page": "correct", "python": "wrong"}
    board = dashboard.dashboard(replay(store.events(), NOW), NOW, known())
    assert board.disagreements == 1
    assert "教材側の不具合" in pages.home(store, NOW).html


def test_the_same_event_twice_is_one(small: Path) -> None:
    """Two chapters open in one Lab are one document: two kernels hear one answer."""
    store, other = Store(), Store()
    first = answers.record_event(store, sent(raw="b"))
    assert answers.record_event(other, sent(raw="b")) == first
    assert len(store.events()) == 2  # the answer and its disagreement


def test_predictions_and_exam_answers_are_no_disagreement(small: Path) -> None:
    store = Store()
    verdict = answers.record_event(
        store, sent("alpha-predict-01", mode="predict", status="self", score=0)
    )
    assert verdict["status"] == "self"
    answers.record_event(store, sent(raw="b", mode="exam", status="self", score=0))
    assert [e.status for e in sorted(store.events(), key=lambda e: e.id)] == ["wrong", "self"]
    assert {e.kind for e in store.events()} == {"answer"}


def test_an_answer_to_a_rewritten_question_is_kept_and_not_counted(small: Path) -> None:
    store = Store()
    study_course.rewrite(small, "alpha-a-01")
    assert answers.record_event(store, sent()) == {}
    [event] = store.events()
    assert (event.rev, event.status, event.answer) == (1, "", "a")
    assert known().current(replay(store.events(), NOW)).questions == {}


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (sent("alpha-none-01"), bank.UnknownQuestion),
        (sent(kind="plan"), EventError),
        (sent(time="now"), EventError),
        ({"uuid": "x"}, EventError),
    ],
)
def test_what_cannot_be_graded_leaves_no_trace(
    small: Path, event: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        answers.record_event(Store(), event)
    assert Store().events() == []


def test_the_page_keeps_what_could_not_be_saved(small: Path, home: Path) -> None:
    blocked = home / "data"
    blocked.write_text("a file")
    store = Store(blocked / "record.jsonl")
    with pytest.raises(answers.NotSaved, match="保存できません"):
        answers.record_event(store, sent())
    blocked.unlink()
    assert answers.record_event(store, sent())["status"] == "correct"  # the page sends it again
    assert len(Store(store.path).events()) == 1


def test_a_passed_skip_check_marks_the_part(small: Path) -> None:
    store = Store()
    present = datetime.now(UTC).isoformat()
    for id in SKIP:
        assert part_of("01A", replay(store.events(), NOW)).status == "open"
        answers.record_event(store, sent(id, mode="skip", time=present))
    part = part_of("01A", replay(store.events()))
    assert part.status == "done"
    assert part.evidence == "飛ばせる?：4問中4問に自信をもって正解"
    answers.record_event(store, sent(SKIP[0], raw="b", mode="skip", time=present))
    assert sum(e.kind == "part" for e in store.events()) == 1


def test_history_for_the_page(small: Path) -> None:
    store = Store()
    answers.record_event(store, sent())
    assert answers.history(replay(store.events(), NOW)) == {
        "alpha-a-01": {
            "seed": 0,
            "rev": 1,
            "mode": "study",
            "answer": "a",
            "status": "correct",
            "confidence": "sure",
        }
    }
    assert answers.next_seed(replay(store.events(), NOW), "alpha-a-01") > 0


# -- dashboard ----------------------------------------------------------------------------------


def board_of(*events: Event, plan: Plan | None = None) -> dashboard.Dashboard:
    return dashboard.dashboard(state_of(*events, plan=plan), NOW, known())


def test_the_first_thing_to_do_is_the_first_part(small: Path) -> None:
    steps = board_of().steps
    assert [s.text for s in steps] == [
        "01A　はじめ（20分）",
        "試験日と、1日に使える時間を決める（1分）",
    ]
    assert steps[0].link == outlines.outline("01A").link
    assert "最初の部" in steps[0].reason


def test_reviews_come_before_what_was_begun(small: Path) -> None:
    steps = board_of(answer("alpha-a-01", "wrong", ago=5), plan=FULL).steps
    assert [s.text for s in steps] == [
        "今日の復習 1問（約1分）",
        "続きから：01A　はじめ",
        "01B　つぎ <で&す>（30分）",
    ]
    assert "自信があったのに間違えた問題が1問" in steps[0].reason
    assert "問題1問と演習1つ" in steps[1].reason


def test_the_plan_gives_the_reason(small: Path) -> None:
    steps = board_of(plan=FULL).steps
    assert [(s.text, s.reason) for s in steps] == [
        ("01A　はじめ（20分）", "計画で、今日の部です。"),
        ("01B　つぎ <で&す>（20分）", ""),
    ]
    [step] = board_of(plan=replace(FULL, weekday=0)).steps
    assert step.reason.startswith("計画では1月16日の部です。")


def test_before_the_exam_only_review(small: Path) -> None:
    plan = replace(FULL, exam_date=TODAY + timedelta(days=2))
    [step] = board_of(answer("alpha-a-01", "wrong", ago=5), plan=plan).steps
    assert "3日を切りました" in step.reason


def test_the_3_week_route_never_sends_to_advanced_parts(small: Path) -> None:
    marks = [progress.mark(k, "done") for k in ("01A", "01B", "02A")]
    steps = board_of(*marks, plan=replace(FULL, route="3週間")).steps
    assert [s.text[:5] for s in steps] == ["今日の復習"]
    steps = board_of(*marks, plan=FULL).steps
    assert [s.text[:3] for s in steps] == ["今日の", "01C"]
    hidden = replace(FULL, hide_advanced=True)
    assert len(board_of(*marks, plan=hidden).steps) == 1


def test_scores_by_area_and_skill(small: Path) -> None:
    board = board_of(answer("alpha-a-01"), answer("alpha-group-01/one", "wrong"))
    area = next(a for a in board.areas if a.score.total)
    assert (area.score.answered, area.score.mean) == (2, 0.5)
    assert [item.id for item, _ in area.items] == ["3.2.i", "3.5.i", "3.5.ii"]
    skills = dict(board.skills)
    assert skills["概念"].mean == 1.0
    assert skills["コード"].mean == 0.0
    assert skills["計算"].total == 0


def test_weak_questions_lead_to_their_part(small: Path) -> None:
    board = board_of(answer("alpha-a-01", "wrong"), answer("alpha-group-01/two", "wrong"))
    links = {w.id: w.link for w in board.weak}
    assert links["alpha-a-01"] == outlines.outline("01A").link
    assert links["alpha-group-01/two"] == outlines.outline("01B").link
    assert board.weak[0].reason == "自信があったのに不正解"
    [weak] = board_of(answer("alpha-after-01", "wrong")).weak
    assert weak.link == outlines.outline("01B").link  # after the parts, and refers to none


def test_an_item_is_named_with_its_group(small: Path) -> None:
    board = board_of(answer("alpha-group-01/two", "wrong"), answer("alpha-text-01", "self"))
    weak = {w.id: w for w in board.weak}
    assert weak["alpha-group-01/two"].text == "問題 alpha-group-01 です。… › 小問 two"
    assert weak["alpha-group-01/two"].shown == "alpha-group-01"
    assert weak["alpha-text-01"].shown == ""  # of the bank alone: only its part can be shown
    shown = pages.home(_stored([answer("alpha-group-01/two", "wrong")]), NOW).html
    assert 'data-question="alpha-group-01"' in shown


def test_the_chapter_one_is_in_stands_open(small: Path) -> None:
    assert board_of().chapter == "01_alpha"
    assert board_of(answer("beta-a-01", "wrong")).chapter == "01_alpha"  # 02 is done already
    later = [answer("alpha-a-01", ago=3), *finish("01A", "01B", "01C")]
    assert board_of(*later).chapter == "02_beta"
    events = [answer("alpha-a-01", ago=3), answer("beta-a-01", ago=1), progress.mark("02A", "open")]
    assert board_of(*events).chapter == "02_beta"
    opened = pages.home(_stored(events), NOW).html
    assert re.findall(r"<details open><summary>(\d\d)", opened) == ["02"]


def test_what_was_wrong_today_can_be_answered_again_today(small: Path) -> None:
    events = [answer("alpha-a-01", "wrong", ago=0.05), answer("alpha-group-01/one", "wrong")]
    state = state_of(*events)
    assert review.again(state, NOW, known()) == ["alpha-a-01", "alpha-group-01"]
    assert review.again(state, NOW + timedelta(days=1), known()) == []
    right = [*events, answer("alpha-a-01")]
    assert review.again(state_of(*right), NOW, known()) == ["alpha-group-01"]
    page = pages.review(_stored(events), NOW)
    assert "今日間違えた2問は、下でもう一度解けます" in page.html
    assert page.html.count('<section class="esk"') == 2
    assert any(s.text == "今日間違えた2問をもう一度" for s in board_of(*events).steps)


def test_how_much_of_the_exam_is_covered_is_said_at_home_and_in_the_readme() -> None:
    found = known().coverage()
    assert len(found.asked) + len(found.missing) == sum(
        item.in_scope for item in known().ledger.items
    )
    assert words.coverage(found) in pages.home(Store(), NOW).html
    readme = (course.root() / "README.md").read_text(encoding="utf-8")
    assert words.coverage(found) in readme
    for item in found.missing:
        assert item.title in readme, item.id


def test_a_question_is_cut_outside_of_its_formulas() -> None:
    long = "あ" * 40 + "$" + "x" * 30 + "$"
    assert dashboard.summary(Question("q", 1, "single", "t", long)) == "あ" * 40 + "…"
    assert dashboard.summary(Question("q", 1, "single", "t", "短い\n$x$")) == "短い $x$"


# -- pages --------------------------------------------------------------------------------------


def every_page(store: Store, now: datetime) -> list[pages.Page]:
    return [
        pages.home(store, now),
        pages.progress(store, now),
        pages.plan(store, now),
        pages.record(store),
        pages.review(store, now),
        pages.recall(store, now, "01_alpha"),
        pages.recall(store, now, "02_beta"),
        pages.skip_check(store, now, "01A", SKIP),
        pages.skip_note(store, now, "01A", SKIP),
    ]


def test_pages_of_an_empty_record_do_not_depend_on_the_day(small: Path) -> None:
    later = NOW + timedelta(days=500)
    assert every_page(Store(), NOW) == every_page(Store(), later)


def test_a_page_with_a_record_says_of_which_day_it_is(small: Path) -> None:
    store = _stored([answer("alpha-a-01")])
    shown = pages.home(store, NOW).html
    assert 'data-day="2027-01-11"' in shown and "1月11日（月）の表示です" in shown
    assert "data-day" not in pages.home(Store(Path(f"{store.path}-none")), NOW).html


def test_the_home_offers_the_form_until_there_is_a_plan(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And every page that stands is shown anew once the plan is saved."""
    from eshikaku import notebook
    from eshikaku.study import displays
    from eshikaku.workspace import copies

    forms: list[Any] = []
    renewed: list[str] = []
    monkeypatch.setattr(copies, "news", list)
    monkeypatch.setattr(notebook, "_session", notebook._Session())
    monkeypatch.setattr(notebook, "display_form", forms.append)
    monkeypatch.setattr(
        displays,
        "display_html",
        lambda html, text, **more: more.get("update") and renewed.append(html),
    )
    notebook.home()
    [build] = forms
    form = build()
    form.children[0].value = date.today() + timedelta(days=30)
    assert _press(form, "計画を保存") == "保存しました。"
    [home] = renewed
    assert '<span class="esk-days">30<small>日</small></span>' in home
    forms.clear()
    notebook.home()
    assert forms == []


def test_only_the_check_that_was_answered_is_shown_anew_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The pages follow too: in a kernel a second later, here at once."""
    from eshikaku.study import displays

    renewed: list[str] = []
    monkeypatch.setattr(
        displays,
        "display_html",
        lambda html, text, **more: more.get("update") and renewed.append(text),
    )
    shown = displays.Shown()
    shown.skip_check("01A", ("alpha-s-01",), lambda: pages.Page("a", "01A"))
    shown.skip_check("01B", ("alpha-group-01",), lambda: pages.Page("b", "01B"))
    shown.answered({"id": "alpha-group-01/two", "mode": "skip"})
    assert renewed == ["01B"]
    shown.lasting("home", lambda: pages.Page("h", "home"))
    shown.answered({"id": "alpha-s-01", "mode": "learn"})
    assert renewed == ["01B", "home"]


def busy() -> Store:
    return _stored(
        [
            *state_events([*SKIP, "alpha-a-01"]),
            answer("alpha-a-02", "wrong"),
            skip(SKIP[0], "wrong"),
            Event("check", "alpha-step", status="failed", answer="def f(x):\n    return x < 1"),
            plans.plan_event(TODAY, exam_date="2027-02-20", weekday=20, weekend=60, route="8週間"),
        ]
    )


def test_markup_is_sound(small: Path) -> None:
    """No script or id of its own, every text escaped, every tag closed."""
    from html.parser import HTMLParser

    void = {"input", "br", "img", "hr", "meta"}

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.tags: set[str] = set()
            self.names: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.add(tag)
            self.names |= {name for name, _ in attrs}
            if tag not in void:
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    for page in every_page(busy(), NOW):
        reader = Reader()
        reader.feed(page.html)
        assert reader.open == []
        assert "script" not in reader.tags
        assert "id" not in reader.names
        assert page.text
        assert "つぎ <で" not in page.html
        assert "x < 1" not in page.html


def test_the_home_shows_everything_it_promises(small: Path) -> None:
    shown = pages.home(busy(), NOW, news=["01 に新しい版があります。"]).html
    for promised in (
        "新しい版があります",
        "次にやること",
        "試験まで",
        '<span class="esk-days">40<small>日</small></span>',
        "01　アルファ　一通り 0/3部、身についた 0部、残り",
        "今日の復習",
        "苦手な問題",
        "カレンダー",
        outlines.outline("01B").link,
    ):
        assert promised in shown, promised


def test_the_calendar_says_when_it_does_not_fit(small: Path) -> None:
    store = Store()
    store.append(
        plans.plan_event(TODAY, exam_date="2027-01-16", weekday=20, weekend=20, route="8週間")
    )
    shown = pages.plan(store, NOW).html
    assert "入りきりません" in shown
    assert "50分足りません" in shown
    assert "01C　おまけ" in re.search(r"外します：(.*?)。", shown)[1]  # type: ignore[index]


def test_bars_say_their_number(small: Path) -> None:
    shown = pages.progress(busy(), NOW).html
    assert 'aria-hidden="true"><span style="width:' in shown
    assert re.search(r"\d+/\d+問", shown)
    assert "飛ばしてよい部" in shown
    assert "return x &lt; 1" in shown


def test_a_broken_record_is_said_at_home(small: Path, home: Path) -> None:
    (home / "record.jsonl").write_bytes(b'{"torn')
    assert "途中で切れています" in pages.home(Store(), NOW).html


def test_skip_notes_follow_the_answers(small: Path) -> None:
    def note(*events: Event) -> str:
        store = Store(Path(f"{Store().path}-{len(events)}"))
        for event in events:
            store.append(event)
        return pages.skip_note(store, NOW, "01A", SKIP).text

    assert note() == "4問とも「自信あり」で正解すると、この部は終わりにできます。"
    assert note(skip(SKIP[0])) == "1/4問まで解きました。"
    assert "飛ばさずに" in note(skip(SKIP[0]), skip(SKIP[1], "wrong"))
    assert "身についています" in note(*(skip(id) for id in SKIP))
    done = [progress.mark("01A", "done"), skip(SKIP[0], "wrong"), skip(SKIP[1])]
    assert note(*done) == "この部は終わりにしてあります。"
