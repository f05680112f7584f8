"""Claims of chapter 02 over several seeds, and its figures."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.chapters import bptt as lab
from eshikaku.chapters.bptt import figures, recurrent
from eshikaku.chapters.bptt.experiments.clipping import clipped, loss_and_gradient
from eshikaku.chapters.bptt.experiments.echo_state import free_run, linear_run, valid_steps
from eshikaku.experiments.declaration import Experiment, Result
from eshikaku.tasks.chaos import mackey_glass

SEEDS = range(3)
each_seed = pytest.mark.parametrize("seed", SEEDS)


def run(experiment: Experiment, **changes: Any) -> Result:
    defaults = {c.name: c.default for c in experiment.controls}
    return experiment.run({**defaults, **changes}, lambda *args: None)


def test_a_linear_orthogonal_network_multiplies_by_r_each_step() -> None:
    Q = nn.orthogonal()(np.random.default_rng(0), (6, 6))
    for r in (0.9, 1.0, 1.1):
        size = recurrent.state_gradients(r * Q, 50, "identity")
        assert np.allclose(size, r ** np.arange(50.0, -1, -1))


@each_seed
def test_state_gradients_are_those_of_the_layer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    T, H = 6, 4
    rnn = nn.RNN(H, H, rng)
    rnn.load({"W_x": np.eye(H), "W_h": rng.normal(size=(H, H)), "b_h": np.zeros(H)})
    size = recurrent.state_gradients(rnn.params["W_h"], T, "tanh", count=1, seed=seed)
    again = np.random.default_rng(seed)
    x = again.normal(size=(T, 1, H))
    g = again.normal(size=(1, H))
    rnn(x)
    _, dh_0 = rnn.backward(None, g / np.linalg.norm(g))
    assert size[-1] == pytest.approx(1)
    assert size[0] == pytest.approx(np.linalg.norm(dh_0))


def test_sigmoid_vanishes_below_the_proved_bound() -> None:
    for radius in (0.5, 1.0, 2.0):
        decades = run(lab.gradient_map, activation="sigmoid", radius=radius).data["decades"]
        assert decades[-1, 0] <= 50 * np.log10(radius / 4) + 1e-9
    tanh = run(lab.gradient_map).data["decades"][-1, 0]
    assert (
        -7 < tanh < -5 < 0
        and run(lab.gradient_map, activation="sigmoid").data["decades"][-1, 0] < -30
    )


@each_seed
def test_a_segment_shorter_than_the_span_learns_nothing(seed: int) -> None:
    assert run(lab.truncation, seed=seed, length=6).data["y"][-20:].mean() < 0.05
    assert run(lab.truncation, seed=seed, length=4).data["y"][-20:].mean() > 0.6


def test_the_gradient_on_the_cliff_is_right() -> None:
    for w, b in ((5.5, -2.2), (4.5, -2.2), (4.0, -1.5)):
        _, dw, db = loss_and_gradient(w, b)
        e = 1e-6
        numeric = [
            (loss_and_gradient(w + e, b)[0] - loss_and_gradient(w - e, b)[0]) / (2 * e),
            (loss_and_gradient(w, b + e)[0] - loss_and_gradient(w, b - e)[0]) / (2 * e),
        ]
        assert np.allclose([dw, db], numeric, rtol=1e-5)


def test_clipping_by_norm_keeps_the_direction_and_saves_the_descent() -> None:
    g = np.array([3.0, 0.4])
    assert np.allclose(clipped(g, "norm", 1.0), g / np.linalg.norm(g))
    assert np.allclose(clipped(g, "value", 1.0), [1.0, 0.4])
    free, norm, value = (run(lab.clipping, method=m) for m in ("none", "norm", "value"))
    assert free.data["loss"][-1] > 0.08
    assert norm.data["loss"][-1] < 0.001 < value.data["loss"][-1] < 0.02
    assert np.hypot(*np.diff(norm.data["path"], axis=0).T).max() == pytest.approx(0.15)


@each_seed
def test_a_small_start_learns_nothing_where_an_orthogonal_one_does(seed: int) -> None:
    good, small = (run(lab.initialisation, seed=seed, init=i) for i in ("orthogonal", "small"))
    name = "正解率（でたらめなら25%）"
    assert good.summary[name] > 0.9 > 0.4 > small.summary[name]
    assert good.data["first"][0] - good.data["first"][-1] > -2
    assert small.data["first"][0] - small.data["first"][-1] < -20


@each_seed
def test_clipping_decides_whether_the_irnn_learns(seed: int) -> None:
    right = {}
    for clip, limit in (("none", 0.0), ("norm", 1.0)):
        rng = np.random.default_rng(seed)
        net = recurrent.Recall(32, rng, nonlinearity="relu", init_h=nn.identity())
        list(recurrent.train(net, 30, 200, rng, optimiser=nn.SGD(0.01), clip=clip, limit=limit))
        right[clip] = net.accuracy(30)
    assert right["none"] < 0.5 < 0.9 < right["norm"]


@each_seed
def test_the_reservoir_needs_memory_to_beat_the_linear_baseline(seed: int) -> None:
    settings = {c.name: c.default for c in lab.echo_state.controls} | {"seed": seed}
    linear = valid_steps(linear_run()).mean()
    assert valid_steps(free_run(settings, 0.9)).mean() > 3 * linear
    assert valid_steps(free_run(settings, 0.1)).mean() < 1.2 * linear


def test_mackey_glass_is_bounded_seeded_and_chaotic() -> None:
    first, again, other = mackey_glass(600), mackey_glass(600), mackey_glass(600, seed=1)
    assert first.shape == (600,) and np.array_equal(first, again)
    assert 0.1 < first.min() < first.max() < 1.5
    assert np.abs(first - other).max() > 0.3  # a start that differs a little ends up elsewhere
    # one value for each unit of time: the equation holds along the finer steps
    fine = mackey_glass(300, step=0.1, skip=0)
    finer = mackey_glass(300, step=0.02, skip=0)
    assert np.corrcoef(fine[:60], finer[:60])[0, 1] > 0.9
    with pytest.raises(ValueError, match="正"):
        mackey_glass(0)


def test_the_tasks_pose_what_they_say() -> None:
    x, target = recurrent.recall(np.random.default_rng(0), 7, 9)
    assert np.array_equal(x[0, :, :4].argmax(-1), target) and not x[1:, :, :4].any()
    x, target = recurrent.echo(np.random.default_rng(0), 12, 3, delay=5)
    assert np.array_equal(target[5:], (x[:-5] > 0).astype(np.float32))


@pytest.mark.parametrize(
    "name", ["square_of_sum", "step_graph", "cut_graph", "slopes", "gradient_heatmap_quiz"]
)
def test_figures_are_drawn_without_a_warning(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        getattr(figures, name)().canvas.draw()
        figures.contributions(np.logspace(-3, 0, 20).reshape(2, 10), ["P", "Q"]).canvas.draw()


@pytest.mark.parametrize("kind", recurrent.LongRecall.KINDS)
def test_gradients_of_the_networks_with_a_way_round(kind: str) -> None:
    rng = np.random.default_rng(0)
    net = recurrent.LongRecall(kind, rng, skip=3, alpha=0.8)
    for name, value in net.params.items():
        net.params[name] = value.astype(np.float64)
    net.zero_grad()
    x, _ = recurrent.recall(rng, 6, 2)
    assert nn.gradient_check(net, x.astype(np.float64)).ok()


@each_seed
def test_a_way_round_solves_what_the_simple_network_does_not(seed: int) -> None:
    found = {}
    for kind, alpha in (("rnn", 0.9), ("skip", 0.9), ("leaky", 0.9), ("leaky", 0.5)):
        rng = np.random.default_rng(seed)
        net = recurrent.LongRecall(kind, rng, skip=5, alpha=alpha)
        for _ in recurrent.train(net, 30, 300, rng, optimiser=nn.Adam(0.005)):
            pass
        found[kind, alpha] = net.accuracy(30)
    assert found["skip", 0.9] > 0.95 and found["leaky", 0.9] > 0.95
    assert found["rnn", 0.9] < 0.4 and 0.4 < found["leaky", 0.5] < 0.65
