"""Stand-ins and fixtures for the tests of the experiments' engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import demo_experiments as demo
from eshikaku import course
from eshikaku.experiments import show as page
from eshikaku.experiments.declaration import (
    Experiment,
    Prediction,
    Report,
    Result,
    Settings,
    Slider,
)
from eshikaku.experiments.history import Kept
from eshikaku.experiments.session import Session
from eshikaku.experiments.worker import pictures, trainings

WAIT = 20.0


@pytest.fixture
def demo_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A course with the questions of the demo experiments."""
    monkeypatch.setenv("ESHIKAKU_ROOT", str(demo.course(tmp_path / "course")))
    for cached in (course.root, course.chapters):
        cached.cache_clear()
    yield
    for cached in (course.root, course.chapters):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def fresh_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No runs remembered from another test, no job left over."""
    monkeypatch.setattr(page, "_sessions", {})
    monkeypatch.setattr(page, "on_run", None)
    yield
    assert trainings.wait_until_idle(WAIT) and pictures.wait_until_idle(WAIT)


class FakePanel:
    """Stands for the page: keeps what was put, and all states that were shown."""

    def __init__(self) -> None:
        self.shown: dict[str, Any] = {}
        self.notes: list[dict[str, Any]] = []
        self.pictures = 0
        self.closed = False

    def put(self, **traits: Any) -> None:
        self.shown.update(traits)
        self.pictures += "picture" in traits
        if "state" in traits:
            self.notes.append(traits["state"])

    def listen(self, listener: Any) -> None: ...

    def close(self) -> None:
        self.closed = True


class FakePage:
    """Stands for the other outputs of the cell."""

    def __init__(self) -> None:
        self.figures: list[tuple[Kept, bytes, str]] = []
        self.unfolded: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.verdicts: list[Any] = []

    def figure(self, kept: Kept, picture: bytes, alt: str) -> None:
        self.figures.append((kept, picture, alt))

    def unfold(self, part: str) -> None:
        self.unfolded.append(part)

    def verdict(self, raw: Any) -> None:
        self.verdicts.append(raw)

    def record(self, event: dict[str, Any]) -> None:
        self.events.append(event)


def idle() -> None:
    assert trainings.wait_until_idle(WAIT) and pictures.wait_until_idle(WAIT)


def opened(experiment: Experiment) -> tuple[Session, FakePanel, FakePage]:
    """A session whose default run is done."""
    session, panel, outputs = Session(experiment), FakePanel(), FakePage()
    session.attach(panel, outputs)
    idle()
    return session, panel, outputs


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


# -- a training that goes on until it is let go ---------------------------------------------------

gate = threading.Event()
begun = threading.Event()


def _slow(settings: Settings, report: Report) -> Result:
    begun.set()
    for i in range(int(1e6)):
        report(i % 1000, 1000, Result({"y": np.arange(float(i % 50) + 1)}))
        if gate.is_set():
            break
        time.sleep(0.002)
    return Result({"y": np.arange(50.0)}, {"終わり": settings["a"]})


def _draw(figure: Any, runs: Any) -> None:
    ax = figure.subplots()
    for run in runs:
        ax.plot(run.result.data["y"], label=run.label, **run.style)


slow = Experiment(
    name="slow",
    title="長い実験",
    controls=(Slider("a", "係数", 1.0, low=0, high=2),),
    run=_slow,
    draw=_draw,
    alt=lambda run: f"直線（{run.label}）",
    look_for="見る",
    seen="見えた",
    prediction=Prediction({"a": 2.0}, ask="demo-predict-01"),
)


@pytest.fixture
def held() -> Iterator[None]:
    """``slow`` runs until ``gate.set()``."""
    gate.clear()
    begun.clear()
    yield
    gate.set()
    idle()
