"""``training(…)``: what the engine makes of the numbers that a run adds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from eshikaku.experiments import (
    SEED,
    Curve,
    Curves,
    Experiment,
    Prediction,
    Settings,
    Slider,
    Summary,
    training,
)
from eshikaku.experiments.curves import FEW
from eshikaku.experiments.declaration import DeclarationError, Result, Stopped
from eshikaku.experiments.execution import execute
from eshikaku.experiments.painter import build
from experiment_sweep import drawn_badly, runs_of

LEVELS = [(0.5, "でたらめ")]


def run(settings: Settings, curve: Curve) -> Summary:
    rng = np.random.default_rng(settings["seed"])
    curve.show(picture=lambda: np.full((2, 2), curve.done))
    for step in range(curve.updates):
        loss = np.float64(settings["rate"]) ** step + 0.01 * rng.random()
        curve.add(loss, accuracy=1 - min(loss, 1))
        curve.every(10, test=lambda: 0.9)
    return {"最後の5回": curve.last(5), "届いた": curve.reached(0.5, 2, "accuracy") or "届かない"}


def declared(**changes: Any) -> Experiment:
    fields: dict[str, Any] = {
        "name": "curve",
        "title": "題",
        "controls": (Slider("rate", "率", 0.9, low=0.5, high=30.0), SEED),
        "run": run,
        "updates": 45,
        "what": "損失",
        "panels": Curves("下がるか", ylabel="損失", smooth=5, levels=LEVELS),
        "look_for": "見る",
        "seen": "見えた",
    }
    return training(**{**fields, **changes})


def points(result: Result, line: str) -> list[int]:
    return [int(x) for x in result.data["at"][line]]


def lines_of(experiment: Experiment, *settings: dict[str, Any]) -> Iterator[Any]:
    runs = [({**experiment.defaults(), **s}, execute(experiment, {**experiment.defaults(), **s}))
            for s in settings]  # fmt: skip
    shown = runs_of(experiment, *runs)
    assert not drawn_badly(experiment, shown)
    yield from build(experiment, shown).axes


def test_points_stand_at_their_updates() -> None:
    result = execute(declared(), declared().defaults())
    assert points(result, "y") == list(range(1, 46))
    assert points(result, "test") == [1, 10, 20, 30, 40, 45]
    assert result.data["updates"] == 45 and (result.data["picture"] == 45).all()
    y = result.data["accuracy"]
    assert result.summary["最後の5回"] == pytest.approx(result.data["y"][-5:].mean())
    at = result.summary["届いた"]
    assert y[at - 2 : at].mean() >= 0.5 > y[at - 3 : at - 1].mean()


@pytest.mark.parametrize("name", ["updates", "full", "short"])
def test_long_and_short_versions_take_their_own_number_of_updates(name: str) -> None:
    x = declared(full={"updates": 60}, full_minutes=1, short={"updates": 3})
    more = {"updates": {"updates": 7}, "full": x.full, "short": x.short}[name]
    assert more is not None
    assert len(execute(x, {**x.defaults(), **more}).data["y"]) == more["updates"]
    by_settings = declared(updates=lambda settings: settings["seed"] + 4)
    assert len(execute(by_settings, {**by_settings.defaults(), "seed": 2}).data["y"]) == 6


def test_divergence_ends_the_run_and_is_drawn() -> None:
    x = declared(updates=2000, panels=Curves("題", ylabel="損失", axes={"yscale": "log"}))
    result = execute(x, {**x.defaults(), "rate": 30.0})
    assert result.diverged and len(result.data["y"]) < 2000 and result.summary == {}
    (shown,) = runs_of(x, ({**x.defaults(), "rate": 30.0}, result))
    assert not drawn_badly(x, [shown]) and "発散" in x.alt(shown)


def test_stop_and_progress_come_with_every_update() -> None:
    seen: list[tuple[int, int]] = []

    def report(done: int, total: int, partial: Any = None) -> None:
        seen.append((done, total))
        if done == 7:
            raise Stopped

    with pytest.raises(Stopped):
        declared().run(declared().defaults(), report)
    assert seen == [(k, 45) for k in range(8)]


def test_a_growing_picture_calls_what_it_shows_and_no_more() -> None:
    calls: list[int] = []

    def counted(settings: Settings, curve: Curve) -> Summary:
        curve.show(picture=lambda: calls.append(curve.done) or np.zeros(1))
        for _ in range(curve.updates):
            curve.add(1.0)
        return {}

    x = declared(run=counted)
    partials: list[Callable[[], Result]] = []
    x.run(x.defaults(), lambda done, total, partial=None: partials.append(partial))
    assert calls == [45], "only for the result"
    assert partials[0] is None and callable(partials[3])


def test_several_networks_are_drawn_thin_with_their_mean() -> None:
    def many(settings: Settings, curve: Curve) -> Summary:
        for step in range(curve.updates):
            curve.add(np.array([step, 2.0 * step, 3.0 * step]))
        return {"最後": curve.last(1)}

    (ax,) = lines_of(declared(run=many, panels=Curves("題", ylabel="値")), {})
    widths = [line.get_linewidth() for line in ax.lines]
    assert widths == [0.8, 0.8, 0.8, 2.2]
    assert list(ax.lines[-1].get_ydata()[:3]) == [0, 2, 4]


def test_legend_and_levels_stand_below_the_axes() -> None:
    x = declared()
    shown = runs_of(x, *(
        ({**x.defaults(), **s}, execute(x, {**x.defaults(), **s})) for s in ({}, {"seed": 1})
    ))  # fmt: skip
    figure = build(x, shown)
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["初期設定", "でたらめ", "乱数の種=1"] or [
        t.get_text() for t in legend.get_texts()
    ] == ["初期設定", "乱数の種=1", "でたらめ"]
    figure.canvas.draw()
    assert legend.get_window_extent().y1 <= figure.axes[0].get_window_extent().y0
    assert figure.axes[0].get_legend() is None


def test_panels_stand_side_by_side_in_their_widths() -> None:
    def squares(ax: Any, runs: Any) -> None:
        ax.imshow(runs[-1].result.data["picture"])
        ax.set(title="画像")

    curves = Curves("テスト", ylabel="率", line="test", percent=True)
    x = declared(panels=(squares, curves), widths=(1, 2))
    left, right = lines_of(x, {})
    assert left.get_title() == "画像" and right.get_title() == "テスト"
    assert len(right.lines[0].get_xdata()) == 6 <= FEW and right.lines[0].get_markevery() == 1
    assert x.alt(runs_of(x, (x.defaults(), execute(x, x.defaults())))[0]) == (
        "損失の曲線。初期設定では最後の値は90%。"
    )


def test_an_experiment_belongs_to_the_chapter_of_its_run() -> None:
    from eshikaku.chapters.gru import experiments

    assert experiments.memory.key == "gru/memory"
    asked = Prediction({"rate": 0.5}, ask="demo-predict-01")
    assert declared(prediction=asked).prediction is asked


@pytest.mark.parametrize(
    "changes", [{"panels": ()}, {"what": ""}, {"draw": lambda figure, runs: None}]
)
def test_a_training_without_picture_or_words_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match="'curve': needs"):
        declared(**changes)
