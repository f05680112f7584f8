"""The engine of experiments: worker, history, and what a session does with a press."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import demo_experiments as demo
from eshikaku.experiments.declaration import Experiment, Prediction, Result, Run, saying
from eshikaku.experiments.history import MOST_RUNS, History, Kept, row
from eshikaku.experiments.session import Session
from eshikaku.experiments.worker import Worker, pictures
from experiment_fakes import (  # noqa: F401 - fixtures
    WAIT,
    FakePage,
    FakePanel,
    begun,
    demo_course,
    fresh_kernel,
    gate,
    held,
    idle,
    opened,
    slow,
    until,
)

# -- worker ---------------------------------------------------------------------------------------


def test_worker_does_one_job_at_a_time_urgent_ones_first() -> None:
    worker, order, first = Worker("test"), [], threading.Event()
    at_once: list[int] = []

    def job(name: str) -> Callable[[], None]:
        def work() -> None:
            at_once.append(1)
            assert sum(at_once) == 1
            order.append(name)
            at_once.append(-1)

        return work

    worker.submit("first", lambda: first.wait(WAIT) and None)
    for name in "ab":
        worker.submit(name, job(name), urgent=False)
    for name in "cd":
        worker.submit(name, job(name))
    first.set()
    assert worker.wait_until_idle(WAIT)
    assert order == ["c", "d", "a", "b"]


def test_worker_keeps_the_newest_job_of_a_key_and_survives_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    worker, seen, first = Worker("test"), [], threading.Event()
    worker.submit("first", lambda: first.wait(WAIT) and None)
    until(lambda: not worker.waits("first"))
    for value in range(5):
        worker.submit("look", lambda value=value: seen.append(value))  # type: ignore[misc]
    assert worker.waits("look") and not worker.waits("first")
    worker.submit("gone", lambda: seen.append(-1))
    assert worker.cancel(lambda key: key == "gone") == 1
    worker.submit("bad", lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    first.set()
    assert worker.wait_until_idle(WAIT)
    assert seen == [4]
    assert "ZeroDivisionError" in capsys.readouterr().err
    worker.submit("after", lambda: seen.append(5))
    assert worker.wait_until_idle(WAIT) and seen == [4, 5]


# -- history --------------------------------------------------------------------------------------


def kept(history: History, **settings: Any) -> Kept:
    run = history.new({**demo.wave.defaults(), **settings}, Result({}))
    history.keep(run)
    return run


def test_history_keeps_line_styles_when_runs_go() -> None:
    history = History(demo.wave)
    runs = [kept(history, speed=s) for s in (1.0, 2.0, 3.0)]
    assert [r.style for r in runs] == [0, 1, 2]
    history.delete(runs[0].id)
    assert [r.style for r in history.runs] == [1, 2]
    assert kept(history, speed=4.0).style == 0
    again = kept(history, speed=2.0)
    assert again.style == 1 and [r.settings["speed"] for r in history.runs] == [3.0, 4.0, 2.0]
    history.delete(None)
    assert not history.runs


def test_history_is_as_long_as_there_are_styles() -> None:
    history = History(demo.wave)
    for i in range(MOST_RUNS + 4):
        kept(history, speed=0.2 + i / 10)
    assert len(history.runs) == MOST_RUNS
    assert len({r.style for r in history.runs}) == MOST_RUNS
    growing = history.new({**demo.wave.defaults(), "speed": 4.0}, Result({}))
    seen = history.seen(True, growing)
    assert [r.current for r in seen] == [False] * (MOST_RUNS - 1) + [True]
    assert len({r.style["color"] for r in seen}) == MOST_RUNS
    assert [r.label for r in history.seen(False, growing)] == ["速さ=4 rad/s"]


def test_rows_tell_the_page_what_it_needs() -> None:
    history = History(demo.wave)
    run = history.new({**demo.wave.defaults(), "speed": 2.0}, Result({}, {"最大": 0.12345}, True))
    run.seconds = 1.26
    assert row(run, current=True, deletable=True) == {
        "id": run.id,
        "label": "速さ=2 rad/s",
        "summary": [["最大", "0.123"]],
        "seconds": "1.3",
        "mark": "発散",
        "current": True,
        "deletable": True,
        "color": "#0072B2",
        "dash": "",
    }


# -- sessions: trainings --------------------------------------------------------------------------


def test_the_known_starting_point_runs_by_itself_and_is_not_recorded() -> None:
    session, panel, outputs = opened(demo.descent)
    assert [r.label for r in session.history.runs] == ["初期設定"]
    assert panel.shown["picture"].startswith(b"\x89PNG")
    assert panel.shown["state"]["text"].startswith("終わりました")
    assert panel.shown["runs"][0]["summary"][1] == ["更新", "3000"]
    assert [k.label for k, *_ in outputs.figures] == ["初期設定"]
    assert outputs.events == [] and outputs.unfolded == []


def test_the_named_change_is_recorded_with_the_prediction() -> None:
    session, panel, outputs = opened(demo.descent)
    session.prediction = "b"
    session.pressed({"type": "change"})
    idle()
    assert panel.shown["positions"] == session.positions
    assert [r.label for r in session.history.runs] == ["初期設定", "学習率=1"]
    assert outputs.unfolded == ["reason"]
    (event,) = outputs.events
    assert event["name"] == "demo-descent" and event["prediction"] == "b"
    assert event["settings"] == {"rate": 1.0, "momentum": 0.0, "noise": False, "seed": 0}
    assert event["summary"] == {"最後の損失": 0.0, "更新": 3000}
    assert event["named_change"] and not event["diverged"] and event["seconds"] > 0


def test_a_prediction_is_judged_after_the_run_whenever_it_was_made() -> None:
    session, _, outputs = opened(demo.descent)
    session.predicted("b")
    assert outputs.verdicts == [], "before the run nothing is told"
    session.pressed({"type": "change"})
    idle()
    assert outputs.verdicts == ["b"]
    session.predicted("a")
    assert outputs.verdicts == ["b", "a"]


def folded(experiment: Experiment) -> tuple[Session, FakePanel, FakePage]:
    """Shown in a part that is folded."""
    session, panel, outputs = Session(experiment), FakePanel(), FakePage()
    session.attach(panel, outputs, waits=True)
    idle()
    return session, panel, outputs


def test_a_training_in_a_folded_part_waits_for_its_button() -> None:
    session, panel, _ = folded(demo.descent)
    assert session.history.runs == [] and panel.pictures == 0
    assert panel.shown["state"]["text"] == "「実行」を押すと始まります。"
    session.pressed({"type": "run", "positions": {**session.positions, "seed": 3}})
    idle()
    assert [r.settings["seed"] for r in session.history.runs] == [3]
    again = FakePanel()
    session.attach(again, FakePage(), waits=True)
    idle()
    assert again.shown["picture"] and again.shown["state"]["text"] == ""


def test_the_named_change_in_a_folded_part_is_compared_with_the_start() -> None:
    session, _, outputs = folded(demo.descent)
    session.pressed({"type": "change"})
    idle()
    assert [r.label for r in session.history.runs] == ["初期設定", "学習率=1"]
    assert [event["named_change"] for event in outputs.events] == [True]


def test_a_forward_pass_in_a_folded_part_is_drawn_at_once() -> None:
    _, panel, _ = folded(demo.wave)
    assert panel.shown["picture"].startswith(b"\x89PNG")


def test_runs_without_overlay_are_compared_in_the_list() -> None:
    session, panel, _ = opened(demo.letters)
    for times in (2, 3):
        session.submit({**demo.letters.defaults(), "times": times})
    idle()
    assert [r["label"] for r in panel.shown["runs"]] == ["くり返し=3回", "くり返し=2回", "初期設定"]
    assert all(r["deletable"] for r in panel.shown["runs"])
    assert [r.label for r in session.history.seen(True)] == ["くり返し=3回"], "drawn alone"


def test_the_named_change_of_a_live_experiment_is_listed_beside_the_start() -> None:
    asked = Prediction({"speed": 2.0}, ask="demo-predict-01", reason="demo-reason-01")
    session, panel, _ = opened(Experiment(**{**vars(demo.wave), "prediction": asked}))
    session.pressed({"type": "change"})
    idle()
    assert [(r["label"], r["deletable"]) for r in panel.shown["runs"]] == [
        ("速さ=2 rad/s", False),
        ("初期設定", True),
    ]


def test_another_change_is_recorded_but_opens_nothing() -> None:
    session, _, outputs = opened(demo.descent)
    session.pressed({"type": "run", "positions": {**session.positions, "seed": 3}})
    idle()
    (event,) = outputs.events
    assert event["settings"]["seed"] == 3
    assert not event["named_change"] and event["prediction"] is None
    assert outputs.unfolded == []


def test_divergence_is_a_result() -> None:
    session, panel, outputs = opened(demo.descent)
    last = len(demo.descent.controls[0].values()) - 1  # type: ignore[attr-defined]
    session.pressed({"type": "run", "positions": {**session.positions, "rate": last}})
    idle()
    assert panel.shown["state"]["kind"] == "diverged"
    assert "発散しました" in panel.shown["state"]["text"]
    assert panel.shown["runs"][0]["mark"] == "発散"
    assert outputs.events[0]["diverged"] and outputs.events[0]["summary"]["最後の損失"] == "inf"


def test_the_long_version_takes_its_own_settings() -> None:
    session, _, _ = opened(demo.descent)
    session.experiment = Experiment(**{**vars(demo.descent), "full": {"steps": 100}})
    session.history.experiment = session.experiment
    session.pressed({"type": "full", "positions": session.positions})
    idle()
    assert session.history.runs[-1].label == "長い版"
    assert len(session.history.runs[-1].result.data["loss"]) == 100


def test_an_error_is_said_in_japanese_and_the_settings_stay() -> None:
    session, panel, outputs = opened(demo.letters)
    session.moved({**session.positions, "break": True})
    session.pressed({"type": "run", "positions": session.positions})
    idle()
    state = panel.shown["state"]
    assert state["kind"] == "error" and "わざと起こしたエラー" in state["text"]
    assert "設定は残っています" in state["text"] and "demo_experiments.py" in state["detail"]
    assert session.positions["break"] is True
    assert [r.label for r in session.history.runs] == ["初期設定"]
    assert outputs.events == []
    session.pressed({"type": "run", "positions": {**session.positions, "break": False, "times": 2}})
    idle()
    assert panel.shown["state"]["kind"] == "" and len(outputs.events) == 1


@pytest.mark.parametrize(
    ("position", "said"), [({"text": " "}, "文字を1つ以上"), ({"times": 77}, "範囲の外")]
)
def test_refused_input_is_said_as_it_is(position: Mapping[str, Any], said: str) -> None:
    session, panel, _ = opened(demo.letters)
    session.pressed({"type": "run", "positions": {**session.positions, **position}})
    idle()
    assert said in panel.shown["state"]["text"] and panel.shown["state"]["detail"] == ""


def test_a_figure_that_can_not_be_drawn_is_an_error_not_a_dead_worker() -> None:
    def draw(figure: Any, runs: Any) -> None:
        raise KeyError("loss")

    broken = Experiment(**{**vars(demo.letters), "draw": draw, "name": "broken"})
    _, panel, _ = opened(broken)
    assert panel.shown["state"]["kind"] == "error" and "KeyError" in panel.shown["state"]["text"]
    assert panel.shown["state"]["phase"] == "idle"


def test_a_record_that_can_not_be_written_is_said() -> None:
    session, panel, outputs = opened(demo.letters)

    def full(event: dict[str, Any]) -> None:
        raise OSError("ディスクに空きがありません")

    outputs.record = full  # type: ignore[method-assign]
    session.pressed({"type": "run", "positions": {**session.positions, "times": 3}})
    idle()
    assert "記録できませんでした" in panel.shown["state"]["text"]


@pytest.mark.usefixtures("held")
def test_a_run_grows_and_stops_at_once() -> None:
    session, panel, outputs = Session(slow), FakePanel(), FakePage()
    session.attach(panel, outputs)
    until(lambda: panel.pictures >= 2)
    assert panel.shown["state"]["phase"] == "running"
    assert "途中" in panel.shown["alt"]
    assert 0 <= panel.shown["progress"][0] <= panel.shown["progress"][1] == 1000
    began = time.monotonic()
    session.pressed({"type": "stop"})
    idle()
    assert time.monotonic() - began < 5  # not the end of a run that takes minutes
    assert any(note["phase"] == "stopping" for note in panel.notes)
    assert panel.shown["state"]["text"] == "止めました。途中までの結果を残してあります。"
    assert panel.shown["runs"][0]["mark"] == "停止"
    assert outputs.events == []


@pytest.mark.usefixtures("held")
def test_runs_wait_for_each_other_and_the_learner_comes_first() -> None:
    first, second = Session(slow), Session(Experiment(**{**vars(slow), "name": "slow-2"}))
    third = Session(Experiment(**{**vars(slow), "name": "slow-3"}))
    panels = [FakePanel() for _ in range(3)]
    for session, panel in zip((first, second), panels, strict=False):
        session.attach(panel, FakePage())
        until(begun.is_set)
    assert panels[1].shown["state"]["phase"] == "waiting"
    third.panel, third.page = panels[2], FakePage()
    third.submit(slow.defaults())  # asked for by the learner: before the second's default run
    third.submit(slow.defaults())  # pressed twice: once
    order: list[str] = []
    for name, panel in zip("123", panels, strict=True):
        panel.put = _noting(panel.put, order, name)  # type: ignore[method-assign]
    gate.set()
    idle()
    assert order == ["1", "3", "2"]
    assert [len(s.history.runs) for s in (first, second, third)] == [1, 1, 1]


def _noting(put: Callable[..., None], order: list[str], name: str) -> Callable[..., None]:
    def noting(**traits: Any) -> None:
        if "終わりました" in traits.get("state", {}).get("text", ""):
            order.append(name)
        put(**traits)

    return noting


@pytest.mark.usefixtures("held")
def test_stop_forgets_the_runs_that_wait() -> None:
    session, panel = Session(slow), FakePanel()
    session.attach(panel, FakePage())
    until(begun.is_set)
    for a in (0.0, 0.5):
        session.submit({"a": a})
    assert panel.shown["state"]["waiting"] == 2
    session.stop()
    idle()
    assert [r.settings["a"] for r in session.history.runs] in ([], [1.0])
    assert panel.shown["state"]["phase"] == "idle" and panel.shown["state"]["waiting"] == 0


def test_runs_are_deleted_and_overlaid() -> None:
    session, panel, _ = opened(demo.descent)
    session.submit({**demo.descent.defaults(), "seed": 1})
    idle()
    both = panel.shown["picture"]
    session.overlaid(False)
    idle()
    alone = panel.shown["picture"]
    assert alone != both
    session.overlaid(True)
    idle()
    assert panel.shown["picture"] == both
    session.pressed({"type": "delete", "run": session.history.runs[0].id})
    idle()
    assert [r["label"] for r in panel.shown["runs"]] == ["乱数の種=1"]
    session.pressed({"type": "clear"})
    idle()
    assert panel.shown["runs"] == [] and panel.shown["picture"] == b""


def test_showing_again_keeps_runs_and_closes_the_older_panel() -> None:
    session, panel, _ = opened(demo.letters)
    again = FakePanel()
    session.attach(again, FakePage())
    idle()
    assert panel.closed and len(session.history.runs) == 1
    assert again.shown["picture"] and again.shown["runs"]


# -- sessions: forward passes ---------------------------------------------------------------------


def test_a_moved_slider_draws_and_is_recorded_once() -> None:
    session, panel, outputs = opened(demo.wave)
    assert outputs.events == []
    first = panel.shown["picture"]
    for at in (3, 4, 5):
        session.moved({**session.positions, "speed": at})
        idle()
    assert panel.shown["picture"] != first
    assert panel.shown["runs"][0]["label"].startswith("速さ=")
    assert len(outputs.events) == 1 and outputs.events[0]["name"] == "demo-wave"
    assert outputs.figures[-1][0].settings["speed"] == demo.wave.controls[0].values()[5]  # type: ignore[attr-defined]


def test_moves_that_come_too_fast_are_drawn_once() -> None:
    session, panel, _ = opened(demo.wave)
    before, release = panel.pictures, threading.Event()
    pictures.submit("hold", lambda: release.wait(WAIT) and None)
    for at in range(20):
        session.moved({**session.positions, "speed": at})
    release.set()
    idle()
    assert panel.pictures - before == 2  # one draft, one sharp picture
    assert panel.shown["runs"][0]["label"] == "速さ=2.1 rad/s"


def test_a_result_of_a_forward_pass_can_be_kept_and_compared() -> None:
    session, panel, _ = opened(demo.wave)
    session.pressed({"type": "keep"})
    idle()
    session.moved({**session.positions, "speed": 40})
    idle()
    rows = panel.shown["runs"]
    assert [(r["label"], r["current"], r["deletable"]) for r in rows] == [
        ("速さ=4.2 rad/s", True, False),
        ("初期設定", False, True),
    ]
    assert rows[0]["color"] != rows[1]["color"]


def test_a_live_experiment_opens_its_question_at_the_named_change() -> None:
    asked = Prediction({"speed": 2.0}, ask="demo-predict-01", reason="demo-reason-01")
    session, _, outputs = opened(Experiment(**{**vars(demo.wave), "prediction": asked}))
    session.moved({**session.positions, "height": 0})
    idle()
    assert outputs.unfolded == [] and len(outputs.events) == 1
    session.pressed({"type": "change"})
    idle()
    assert outputs.unfolded == ["reason"] and outputs.events[-1]["named_change"]
    session.pressed({"type": "change"})
    idle()
    assert len(outputs.events) == 2


def test_bad_input_in_a_forward_pass_is_said_and_gone_with_the_next() -> None:
    live = Experiment(**{**vars(demo.letters), "live": True, "name": "live-letters"})
    session, panel, _ = opened(live)
    session.moved({**session.positions, "text": ""})
    idle()
    assert "文字を1つ以上" in panel.shown["state"]["text"]
    session.moved({**session.positions, "text": "あい"})
    idle()
    assert panel.shown["state"]["text"] == ""


def test_alternative_text_from_a_template() -> None:
    """Settings and findings by name; a text takes any format, what is unknown is told so."""
    alt = saying("{label}、T={length}：{正解率:.0%}、解けたのは{解けた:.0f}。")
    of = {"settings": {"length": 20}, "label": "既定", "style": {}, "current": True}
    known = Run(result=Result({}, {"正解率": 0.5, "解けた": "0 / 3"}), **of)
    assert alt(known) == "既定、T=20：50%、解けたのは0 / 3。"
    assert alt(Run(result=Result({}, {}), **of)) == "既定、T=20：測定中、解けたのは測定中。"
    assert "発散" in alt(Run(result=Result({}, {}, diverged=True), **of))
