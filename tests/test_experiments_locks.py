"""No press, no drag and no training can make the page and the kernel wait for each other."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import demo_experiments as demo
from eshikaku.experiments import worker
from eshikaku.experiments.declaration import Experiment, Slider
from eshikaku.experiments.panel import panel as new_panel
from eshikaku.experiments.session import Session
from eshikaku.plot import theme
from experiment_fakes import WAIT, FakePage, demo_course, fresh_kernel  # noqa: F401 - fixtures
from lock_order import LockOrder

ROUNDS = 60


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> Iterator[LockOrder]:
    """All shared locks under observation; threads change as often as they can."""
    watch = LockOrder()
    monkeypatch.setattr(theme, "LOCK", watch.watched("theme.LOCK"))
    for name in ("trainings", "pictures"):
        fresh = worker.Worker(f"test-{name}")
        fresh._change = threading.Condition(watch.watched(f"{name}._change"))
        monkeypatch.setattr(worker, name, fresh)
        monkeypatch.setattr(sys.modules[Session.__module__], name, fresh)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield watch
    sys.setswitchinterval(before)


def watched(experiment: Experiment, order: LockOrder) -> Session:
    """A session on a real panel; whatever leaves it is checked for locks that are held."""
    run = order.calling(f"{experiment.name}.run", experiment.run)
    draw = order.calling(f"{experiment.name}.draw", experiment.draw, "theme.LOCK")
    alt = order.calling(f"{experiment.name}.alt", experiment.alt)
    session = Session(replace(experiment, run=run, draw=draw, alt=alt))
    session._lock = order.watched(f"{experiment.name}.session")
    session.history._lock = order.watched(f"{experiment.name}.history")
    for name in ("moved", "overlaid", "pressed"):
        handler = order.calling(f"session.{name}", getattr(session, name))
        setattr(session, name, handler)
    return session


def attached(session: Session, order: LockOrder, numbers: Iterator[int]) -> Any:
    """A new panel for the session, as when its cell runs again."""
    name = session.experiment.name
    panel = new_panel(spec=session.spec(), positions=session.positions, overlay=True)
    panel.lock = order.watched(f"{name}.panel{next(numbers)}")
    panel.put = order.calling("panel.put", panel.put)
    page = FakePage()
    for part in ("figure", "unfold", "record"):
        setattr(page, part, order.calling(f"page.{part}", getattr(page, part)))
    session.attach(panel, page)
    return panel


def finished(*jobs: Callable[[], None]) -> None:
    """Run all at once; fails where one does not come back."""
    errors: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # told below: a thread's own error is lost
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert not any(thread.is_alive() for thread in threads), "two threads wait for each other"
    assert not errors, errors


def drag(panel: Any, experiment: Experiment, times: int = ROUNDS) -> None:
    """To and fro on the first slider, each position a message of the page."""
    slider = next(c for c in experiment.controls if isinstance(c, Slider))
    last = len(slider.values()) - 1
    for k in range(times):
        at = k % last if (k // last) % 2 else last - k % last
        panel.set_state({"positions": {**panel.positions, slider.name: at}})


def press(panel: Any, kind: str, **message: Any) -> None:
    content = {"type": kind, "positions": dict(panel.positions), **message}
    panel._handle_custom_msg(content, [])


def idle() -> None:
    assert worker.trainings.wait_until_idle(WAIT) and worker.pictures.wait_until_idle(WAIT)


@pytest.mark.usefixtures("demo_course")
def test_drags_and_presses_on_live_panels_never_wait_for_each_other(order: LockOrder) -> None:
    numbers = itertools.count()
    sessions = [watched(replace(demo.wave, name=f"wave{k}"), order) for k in range(2)]
    panels = [attached(session, order, numbers) for session in sessions]

    def hand(panel: Any, session: Session) -> Callable[[], None]:
        return lambda: drag(panel, session.experiment)

    def others(panel: Any, session: Session) -> Callable[[], None]:
        def job() -> None:
            for k in range(ROUNDS):
                press(panel, ("keep", "clear", "keep", "delete")[k % 4], run=k)
                panel.set_state({"overlay": bool(k % 2)})

        return job

    pairs = list(zip(panels, sessions, strict=True))
    finished(*(make(*pair) for pair in pairs for make in (hand, others)))
    idle()
    assert not order.faults
    for panel, session in pairs:
        assert panel.positions == session.positions, "the last move counts"


@pytest.mark.usefixtures("demo_course")
def test_trainings_stops_and_restarts_never_wait_for_each_other(order: LockOrder) -> None:
    numbers = itertools.count()
    training = watched(replace(demo.descent, name="descent"), order)
    live = watched(replace(demo.wave, name="wave"), order)
    panels = [attached(session, order, numbers) for session in (training, live)]

    def runs() -> None:
        for k in range(ROUNDS // 4):
            panels[0].set_state({"positions": {**panels[0].positions, "seed": k % 10}})
            press(panels[0], ("run", "change", "run", "stop")[k % 4])
            press(panels[0], "clear" if k % 5 == 4 else "delete", run=k)
            panels[0].set_state({"overlay": bool(k % 2)})

    def restarts() -> None:
        for _ in range(6):
            panels[0] = attached(training, order, numbers)
            panels[1] = attached(live, order, numbers)

    finished(runs, restarts, lambda: drag(panels[1], demo.wave))
    training.stop()
    idle()
    assert not order.faults
    assert panels[0].state["phase"] == "idle", "what is shown at last is what is so"


@pytest.mark.usefixtures("demo_course")
def test_the_page_is_told_the_last_state_last(order: LockOrder) -> None:
    """Threads that speak at once: the panel ends with what is true, not with an older word."""
    session = watched(replace(demo.descent, name="descent"), order)
    panel = attached(session, order, itertools.count())
    idle()
    for k in range(20):
        settings = {**demo.descent.defaults(), "seed": k % 10}
        finished(lambda s=settings: session.submit(s), session.stop)  # type: ignore[misc]
        session.stop()
        idle()
        assert (panel.state["phase"], panel.state["waiting"]) == ("idle", 0)
        assert [row["id"] for row in panel.runs] == [r.id for r in reversed(session.history.runs)]
    assert not order.faults
