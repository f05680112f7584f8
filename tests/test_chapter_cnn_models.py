"""Chapter 13: what its text claims, with numbers the text does not use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eshikaku import course, nn
from eshikaku.chapters import cnn_models as lab
from eshikaku.chapters.cnn_models import block, networks
from eshikaku.chapters.cnn_models.experiments.cost import products
from eshikaku.experiments import Experiment, Result
from eshikaku.study import results

SEEDS = (3, 4, 5)


def result(experiment: Experiment, **changes: Any) -> Result:
    """A run with the defaults but for ``changes``."""
    return experiment.run({**experiment.defaults(), **changes}, lambda *a: None)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_normalisation_small_weights_make_the_last_layer_silent(seed: int) -> None:
    x = networks.pictures(seed)[0][:64]
    silent = networks.spreads(networks.convolutional("none", seed, 0.2), x)
    assert silent[-1] < 1e-3 * silent[0]
    assert min(networks.spreads(networks.convolutional("batch", seed, 0.2), x)) > 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_two_pictures_are_too_few_for_batch_normalisation_of_a_dense_network(seed: int) -> None:
    def test_accuracy(**changes: Any) -> float:
        found = result(lab.batch, seed=seed, **changes).summary
        return float(found["テスト（評価時の動作）"])

    small = {norm: test_accuracy(size=2, norm=norm) for norm in ("none", "batch", "layer", "group")}
    alone = small.pop("batch")
    assert alone < test_accuracy(size=32) - 0.2
    assert min(small.values()) > alone + 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_statistics_of_two_pictures_do_not_bring_the_accuracy_back(seed: int) -> None:
    found = result(lab.batch, seed=seed, size=2).summary
    assert found["テスト（学習時の動作）"] < 0.65


def test_the_stored_table_shows_degradation_and_its_cure() -> None:
    rows = results.load(course.chapter("cnn_models"))["tables"]["degradation"]["rows"]
    right = {(row["depth"], row["residual"]): row["right"] for row in rows}
    assert max(right[40, False]) < 0.25
    assert min(right[8, False]) > 0.65
    assert min(right[40, True]) > 0.7


@pytest.mark.parametrize("seed", SEEDS[:1])
def test_depth_costs_training_accuracy_and_shortcuts_give_it_back(seed: int) -> None:
    name = "訓練データの正解率（最後の30回）"
    shallow, plain, residual = (
        float(result(lab.deep, seed=seed, depth=depth, residual=shortcut).summary[name])
        for depth, shortcut in ((8, False), (40, False), (40, True))
    )
    assert plain < shallow - 0.3
    assert residual > plain + 0.3


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("gain", "lr"), [(0.2, 0.05), (1.0, 0.5)])
def test_batch_normalisation_bears_small_weights_and_large_rates(
    seed: int, gain: float, lr: float
) -> None:
    name = "訓練データの正解率（最後の20回）"
    none, batch = (
        float(result(lab.tolerance, seed=seed, norm=norm, gain=gain, lr=lr).summary[name])
        for norm in ("none", "batch")
    )
    assert batch > none + 0.3


def test_two_values_become_minus_one_and_one() -> None:
    y = nn.BatchNorm1d(1)(np.array([[3.0], [8.5]]))
    np.testing.assert_allclose(y, [[-1], [1]], atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "groups", "layer"),
    [
        ("batch", 1, nn.BatchNorm2d(6)),
        ("layer", 1, nn.LayerNorm((6, 3, 3))),
        ("instance", 1, nn.InstanceNorm2d(6)),
        ("group", 2, nn.GroupNorm(2, 6)),
    ],
)
def test_what_the_block_lights_is_what_moves_the_layer(
    kind: str, groups: int, layer: nn.Layer
) -> None:
    x = np.random.default_rng(0).normal(size=(4, 6, 3, 3))
    moved = x.copy()
    moved[2, 4, 1, 1] += 1
    changed = layer.forward(x) != layer.forward(moved)
    lit = block.sharing(kind, (4, 6, 9), 2, 4, groups)
    np.testing.assert_array_equal(changed.reshape(4, 6, 9), lit)


@pytest.mark.parametrize(("C", "M", "K", "H"), [(12, 40, 5, 9), (7, 8, 3, 14)])
def test_the_ratio_depends_on_the_outputs_and_the_kernel_alone(
    C: int, M: int, K: int, H: int
) -> None:
    plain, depthwise, pointwise = products(C, M, K, H)
    assert (depthwise + pointwise) / plain == pytest.approx(1 / M + 1 / K**2)
