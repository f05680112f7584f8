"""Drafts that follow each other: the same settings give the same pixels, and nothing piles up."""

from __future__ import annotations

from typing import Any

import pytest

from eshikaku.experiments.declaration import Experiment
from eshikaku.experiments.execution import execute
from eshikaku.experiments.painter import FRAMES, Painter
from experiment_sweep import all_experiments, runs_of

EXPERIMENTS = {x.key: x for x in all_experiments()}


def draft(painter: Painter, **change: Any) -> bytes:
    """As a slider is moved to there."""
    x: Experiment = painter.experiment
    settings = {**x.defaults(), **change}
    return painter.draft(runs_of(x, (settings, execute(x, settings))))


@pytest.mark.parametrize(
    ("key", "name", "values"),
    [
        ("bptt/gradient-map", "steps", (50, 100)),
        ("lstm/gradient-path", "length", (20, 50)),
        ("lstm/gate-explorer", "gate", ("sigmoid", "relu")),
    ],
)
def test_a_frame_that_is_met_again_is_not_drawn_again(
    key: str, name: str, values: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.axis import Axis

    painter = Painter(EXPERIMENTS[key])
    first = [draft(painter, **{name: value}) for value in values]
    drawn: list[Any] = []
    monkeypatch.setattr(Axis, "draw", lambda axis, *_: drawn.append(axis))
    assert [draft(painter, **{name: value}) for value in values] == first
    assert drawn == []


def test_a_colour_bar_stays_one_however_often_it_is_drawn() -> None:
    painter = Painter(EXPERIMENTS["bptt/gradient-map"])
    counts = []
    for k in range(6):
        draft(painter, radius=1.0 + k / 10)
        bar = painter._figure.axes[1]
        listeners = sum(len(found) for found in bar.callbacks.callbacks.values())
        counts.append((listeners, len(bar.get_children())))
    assert len(set(counts)) == 1, counts
    assert len(painter._frames) <= FRAMES
