"""What is replayed from the record, and when a question comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.record_makers import NOW, answered, state_of

from eshikaku.record import schedule
from eshikaku.record.events import Event
from eshikaku.record.replay import replay
from eshikaku.record.state import Attempt, QuestionRecord, Score, scores

# -- replay -------------------------------------------------------------------------------------


def test_attempts_streak_and_mastery() -> None:
    state = state_of(
        answered(days=0, status="wrong"), answered(days=1), answered(days=2), answered("rnn-b-01")
    )
    question = state.question("rnn-a-01")
    assert [a.status for a in question.attempts] == ["wrong", "correct", "correct"]
    assert question.streak == 2
    assert question.mastery == pytest.approx(0.75)
    assert state.question("never").attempts == ()
    assert [q.id for q in state.weak()] == []


def test_with_help_one_can_lose_but_not_win() -> None:
    """Below an example, along given steps or after a hint: right is no proof, wrong is one."""
    for help in ({"extra": {"fade": "worked"}}, {"extra": {"fade": "faded"}}, {"hints": 1}):
        state = state_of(answered(days=0, **help))
        question = state.question("rnn-a-01")
        assert (question.mastery, question.counted, question.secure) == (0.0, (), False)
        assert scores(state, {"rnn-a-01": ("x",)}) == {"x": Score(1, 1, None)}
        assert state.weak() == []
        failed = state_of(answered(days=0, status="wrong", **help))
        assert scores(failed, {"rnn-a-01": ("x",)}) == {"x": Score(1, 1, 0.0)}
        later = state_of(answered(days=0, **help), answered(days=1)).question("rnn-a-01")
        assert (later.mastery, later.secure) == (1.0, True)


def test_weak_questions_begin_with_wrong_and_sure() -> None:
    state = state_of(
        answered("rnn-unsure-01", "wrong", confidence="unsure"),
        answered("rnn-sure-01", "wrong"),
        answered("rnn-half-01", "partial", score=0.5, confidence="unsure"),
        answered("rnn-right-01"),
    )
    assert [q.id for q in state.weak()] == ["rnn-sure-01", "rnn-unsure-01", "rnn-half-01"]


def test_predictions_are_kept_and_never_counted() -> None:
    state = state_of(
        answered(mode="predict", status="self", answer="b"),
        answered("rnn-b-01", "wrong", mode="predict"),
    )
    assert state.question("rnn-a-01").attempts == ()
    assert [a.answer for a in state.question("rnn-a-01").predictions] == ["b"]
    assert state.weak() == []
    assert schedule.cards(state, NOW, None) == {}
    labels = {"rnn-a-01": ("3.5.i",), "rnn-b-01": ("3.5.i",)}
    assert scores(state, labels) == {"3.5.i": Score(2, 0, None)}


def test_an_older_revision_asked_something_else() -> None:
    state = state_of(answered(days=0, rev=1, status="wrong"), answered(days=1, rev=2))
    assert [a.rev for a in state.question("rnn-a-01").attempts] == [2]


def test_the_standard_showing_is_what_the_page_shows_again() -> None:
    state = state_of(
        answered(days=0, answer="a", status="wrong"),
        answered(days=1, answer="b"),
        answered(days=2, answer="7", seed=99, mode="review"),
        answered("rnn-b-01", answer="5", seed=42),
    )
    assert state.answers["rnn-a-01"].answer == "b"
    assert state.answers["rnn-b-01"].seed == 42


def test_fading_goes_on_and_back() -> None:
    fades = []
    history: list[Event] = []
    for n, status in enumerate(["correct", "correct", "wrong", "wrong", "correct"]):
        shown = state_of(*history).question("rnn-a-01").fade
        fades.append(shown)
        history.append(answered(days=n, status=status, extra={"fade": shown}))
    assert fades == ["worked", "faded", "alone", "faded", "worked"]
    assert state_of(*history).question("rnn-a-01").fade == "faded"
    alone = answered(mode="skip", extra={"fade": "alone"})
    assert state_of(alone).question("rnn-a-01").fade == "alone"


def test_exercises_remember_the_last_source_and_that_they_were_solved() -> None:
    def checked(days: float, status: str, source: str) -> Event:
        time = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)).isoformat()
        return Event("check", "rnn-step", time=time, status=status, answer=source)

    state = state_of(
        Event("hint", "rnn-step"),
        checked(1, "failed", "one"),
        checked(2, "passed", "two"),
        checked(3, "error", "three"),
        Event("solution", "rnn-step"),
    )
    exercise = state.exercises["rnn-step"]
    assert (exercise.checks, exercise.hints, exercise.solution_seen) == (3, 1, True)
    assert (exercise.solved, exercise.solved_source) == (True, "two")
    assert (exercise.status, exercise.source) == ("error", "three")


def test_runs_parts_plan_and_disagreements() -> None:
    early, late = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"
    state = state_of(
        Event("run", "rnn/addition", time=early, extra={"settings": {"lr": 0.1}}),
        Event("run", "rnn/addition", time=late, extra={"settings": {"lr": 1.0}}),
        Event("part", "rnn/A", time=early, status="done", extra={"evidence": "4問"}),
        Event("part", "rnn/A", time=late, status="open"),
        Event("plan", "", time=early, extra={"exam_date": "2026-02-20", "weekday": 40}),
        Event(
            "plan", "", time=late, extra={"weekend": 120, "route": "8週間", "hide_advanced": True}
        ),
        Event("disagree", "rnn-a-01", extra={"page": "correct", "python": "wrong"}),
    )
    assert state.runs["rnn/addition"].runs == 2
    assert state.runs["rnn/addition"].settings == {"lr": 1.0}
    assert state.parts["rnn/A"].status == "open"
    assert state.plan.complete
    assert state.plan.exam_date == date(2026, 2, 20)
    assert (state.plan.weekday, state.plan.weekend, state.plan.hide_advanced) == (40, 120, True)
    assert [e.id for e in state.disagreements] == ["rnn-a-01"]
    assert state_of(Event("plan", "", extra={"exam_date": None})).plan.exam_date is None


def test_a_clock_that_was_wrong_does_not_reach_into_the_future() -> None:
    state = state_of(answered(days=5000))
    assert state.question("rnn-a-01").attempts[0].time == NOW


def test_scores_by_label() -> None:
    labels = {
        "rnn-a-01": ("3.5.i",),
        "rnn-b-01": ("3.5.i", "3.5.ii"),
        "rnn-c-01": ("3.5.ii",),
        "rnn-d-01": ("3.6.i",),
    }
    state = state_of(answered(), answered("rnn-b-01", "wrong"), answered("gone-01"))
    assert scores(state, labels) == {
        "3.5.i": Score(2, 2, 0.5),
        "3.5.ii": Score(2, 1, 0.0),
        "3.6.i": Score(1, 0, None),
    }


# -- schedule -----------------------------------------------------------------------------------


def attempt(status: str = "correct", **more: Any) -> Attempt:
    event = answered(status=status, **more)
    [found] = state_of(event).question(event.id).attempts
    return found


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"status": "wrong"}, "Again"),
        ({"status": "unanswered"}, "Again"),
        ({"status": "partial", "score": 0.9}, "Again"),
        ({"confidence": "unsure"}, "Hard"),
        ({"hints": 1}, "Hard"),
        ({"extra": {"fade": "worked"}}, "Hard"),
        ({}, "Good"),
        ({"confidence": None, "mode": "exam"}, "Good"),
        ({"status": "self", "score": 1.0}, "Good"),
        ({"status": "self", "score": 0.5}, "Hard"),
        ({"status": "self", "score": 0.2}, "Again"),
    ],
)
def test_rating(made: dict[str, Any], expected: str) -> None:
    assert schedule.rating(attempt(**made)).name == expected


def test_easy_needs_two_successes_and_half_the_usual_time() -> None:
    usual = [attempt(seconds=40.0), attempt(seconds=60.0)]  # median 50
    assert schedule.rating(attempt(seconds=25.0), usual).name == "Easy"
    assert schedule.rating(attempt(seconds=25.1), usual).name == "Good"
    assert schedule.rating(attempt(seconds=25.0), usual[:1]).name == "Good"
    assert schedule.rating(attempt(seconds=25.0, confidence="unsure"), usual).name == "Hard"
    assert schedule.rating(attempt(seconds=0.0), usual).name == "Good"
    broken = [*usual, attempt("wrong")]
    assert schedule.rating(attempt(seconds=5.0), broken).name == "Good"


def test_no_answer_comes_back_on_the_same_day() -> None:
    for status in ("correct", "wrong"):
        card = schedule.cards(state_of(answered(status=status)), NOW, None)["rnn-a-01"]
        assert card.due > date(2026, 1, 1)


def test_intervals_grow_and_a_lapse_shrinks_them() -> None:
    history: list[Event] = []
    gaps = []
    day = 0
    for status in ["correct", "correct", "correct", "wrong"]:
        history.append(answered(days=day, status=status))
        card = schedule.cards(replay(history, NOW + timedelta(400)), NOW, None)["rnn-a-01"]
        gaps.append((card.due - date(2026, 1, 1)).days - day)
        day += gaps[-1]
    assert gaps[0] < gaps[1] < gaps[2] > gaps[3]
    assert gaps[2] > 30


def test_the_exam_bounds_every_interval() -> None:
    """Everything comes back once more, on the day before the exam at the latest."""
    history = [answered(days=d) for d in (0, 2, 13)]
    now = NOW + timedelta(days=30)
    free = schedule.cards(replay(history, now), now, None)["rnn-a-01"]
    assert free.due > date(2026, 2, 20)
    for exam in (date(2026, 2, 20), date(2026, 1, 20), date(2026, 1, 16)):
        bound = schedule.cards(replay(history, now), now, exam)["rnn-a-01"]
        assert bound.due == exam - timedelta(days=1)
        assert bound.stability == free.stability
    eve = schedule.cards(replay(history, now), now, date(2026, 1, 15))["rnn-a-01"]
    assert eve.due == date(2026, 1, 15)  # an interval has at least a day
    past = schedule.cards(replay(history, now), now, date(2026, 1, 5))["rnn-a-01"]
    assert past.due == free.due


def test_the_next_morning_is_the_next_day() -> None:
    """21:00 and 7:00 are ten hours apart, but a night lies between them."""
    evening = Event("answer", "q", time="2026-01-01T12:00:00+00:00", status="correct", score=1.0)
    morning = Event("answer", "q", time="2026-01-01T22:00:00+00:00", status="correct", score=1.0)
    again = Event("answer", "q", time="2026-01-01T13:00:00+00:00", status="correct", score=1.0)
    night = schedule.cards(replay([evening, morning], NOW), NOW, None)["q"]
    once = schedule.cards(replay([evening, again], NOW), NOW, None)["q"]
    assert night.stability > once.stability
    assert night.due > date(2026, 1, 3)


def card(id: str, weakness: float = 0.5, due: int = 0, sure: bool = False) -> schedule.Card:
    return schedule.Card(id, NOW.date() + timedelta(days=due), 1.0, 0.9, weakness, sure)


def test_the_queue_keeps_to_the_minutes() -> None:
    cards = [
        card("tomorrow", due=1, weakness=1.0),
        card("weak", weakness=0.8),
        card("strong", weakness=0.1),
        card("sure", weakness=0.2, sure=True),
        card("overdue", weakness=0.7, due=-30),
        card("light", weakness=0.9),
        card("hidden", weakness=0.9),
    ]
    weights = {"light": 0.1, "hidden": 0.0}
    found = schedule.queue(
        cards, NOW, 3, weight=lambda id: weights.get(id, 1.0), seconds=lambda id: 60.0
    )
    assert [c.id for c in found.today] == ["sure", "weak", "overdue"]
    assert [c.id for c in found.dropped] == ["strong", "light"]
    assert found.seconds == 180
    assert schedule.queue(cards, NOW, 0).today == ()


def test_a_long_question_does_not_stop_the_short_ones() -> None:
    times = {"long": 600.0}
    cards = [card("long", 0.9), card("short", 0.1)]
    found = schedule.queue(cards, NOW, 2, seconds=lambda id: times.get(id, 60.0))
    assert [c.id for c in found.today] == ["short"]


def test_reviews_never_pile_up() -> None:
    """Whoever was away for a month meets no more than one day's minutes."""
    history = [answered(f"rnn-{n}-01", days=0) for n in range(200)]
    now = NOW + timedelta(days=30)
    cards = schedule.cards(replay(history, now), now, None).values()
    found = schedule.queue(cards, now, 15)
    assert len(found.today) == 15
    assert len(found.dropped) == 185


def test_mastery_of_an_empty_record_is_nothing() -> None:
    assert QuestionRecord("x").mastery == 0.0
    assert schedule.card(QuestionRecord("x"), NOW, None) is None
