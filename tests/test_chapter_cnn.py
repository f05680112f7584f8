"""Chapter 12: what its text and experiments say of convolution, measured over seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from eshikaku.chapters import cnn as lab
from eshikaku.chapters.cnn import images, networks
from eshikaku.chapters.cnn.experiments.receptive_field import layers as stack_of
from eshikaku.experiments.declaration import Experiment, Result
from eshikaku.experiments.execution import execute
from eshikaku.tasks import photos

SEEDS = (0, 1, 2)


def result(experiment: Experiment, **changes: Any) -> Result:
    """A run with the defaults but for `changes`."""
    return execute(experiment, {**experiment.defaults(), **changes})


class TestImages:
    def test_the_photograph_is_grey_and_shared(self) -> None:
        picture = photos.china()
        assert picture.shape == (107, 160) and picture.dtype == np.float32
        assert 0 <= picture.min() < 0.2 and 0.8 < picture.max() <= 1
        with pytest.raises(ValueError, match="read-only"):
            picture[0, 0] = 1

    def test_a_missing_package_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(photos, "_FILE", ("no_such_package", "china.jpg"))
        photos.china.cache_clear()
        with pytest.raises(FileNotFoundError, match="pip install scikit-learn"):
            photos.china()
        photos.china.cache_clear()

    def test_correlate_is_torch_conv2d(self) -> None:
        rng = np.random.default_rng(0)
        x, w = rng.normal(size=(9, 7)), rng.normal(size=(4, 3))
        theirs = torch.conv2d(torch.from_numpy(x)[None, None], torch.from_numpy(w)[None, None])
        np.testing.assert_allclose(images.correlate(x, w), theirs[0, 0], rtol=1e-12)


class TestExperiments:
    def test_a_kernel_of_sum_zero_is_blind_to_brightness(self) -> None:
        w = np.array(lab.kernel.defaults()["kernel"], float)
        assert w.sum() == 0
        assert not images.correlate(np.full((8, 8), 0.7), w).any()
        plain, flipped = result(lab.kernel), result(lab.kernel, flip=True)
        np.testing.assert_allclose(flipped.data["y"], -plain.data["y"], atol=1e-6)
        flat = ((1, 1, 1),) * 3
        np.testing.assert_allclose(
            result(lab.kernel, kernel=flat).data["y"],
            result(lab.kernel, kernel=flat, flip=True).data["y"],
        )

    @pytest.mark.parametrize("phase", [0, 40, 130, 350])
    def test_the_energy_forgets_the_phase_not_the_angle(self, phase: int) -> None:
        upright = result(lab.gabor, phase=phase)
        assert np.abs(upright.data["energy"] - 1).max() < 0.02
        assert upright.data["a"].min() < -0.95 and upright.data["a"].max() > 0.95
        assert result(lab.gabor, phase=phase, angle=45).data["energy"].max() < 0.01

    @pytest.mark.parametrize("size", [5, 10, 16])
    @pytest.mark.parametrize("kernel", [1, 3, 5])
    @pytest.mark.parametrize("stride", [1, 2, 3])
    @pytest.mark.parametrize(("padding", "dilation"), [(0, 1), (2, 1), (1, 2), (3, 3)])
    def test_places_are_those_of_torch(
        self, size: int, kernel: int, stride: int, padding: int, dilation: int
    ) -> None:
        settings = {"size": size, "kernel": kernel, "stride": stride}
        found = result(lab.output_size, **settings, padding=padding, dilation=dilation)
        if dilation * (kernel - 1) + 1 > size + 2 * padding:
            assert found.summary["出力の一辺"] == "置けません"
            return
        x = torch.zeros(1, 1, size, requires_grad=True)
        y = torch.conv1d(x, torch.ones(1, 1, kernel), None, stride, padding, dilation)
        assert found.summary["出力の一辺"] == y.shape[-1]
        y.sum().backward()
        assert x.grad is not None
        assert found.summary["どの窓にも入らない画素"] == int((x.grad == 0).sum())

    @pytest.mark.parametrize("layers", [1, 3, 5])
    @pytest.mark.parametrize(("kernel", "stride"), [(2, 1), (3, 1), (3, 2), (5, 2)])
    @pytest.mark.parametrize("growth", ["one", "double"])
    def test_the_field_is_what_the_gradient_reaches(
        self, layers: int, kernel: int, stride: int, growth: str
    ) -> None:
        settings = {"layers": layers, "kernel": kernel, "stride": stride, "growth": growth}
        found = result(lab.receptive_field, **settings)
        width = found.summary["受容野"]
        x = torch.zeros(1, 1, width, requires_grad=True)  # exactly one output fits
        y = x
        for k, s, d in stack_of(settings):
            y = torch.conv1d(y, torch.ones(1, 1, k), None, s, 0, d)
        assert y.shape[-1] == 1
        y.sum().backward()
        assert x.grad is not None
        assert found.summary["実際に見る画素"] == int((x.grad != 0).sum())

    @pytest.mark.parametrize(
        ("kernel", "stride", "even"), [(3, 2, False), (4, 2, True), (5, 3, False), (6, 3, True)]
    )
    def test_the_checkerboard_goes_where_the_stride_divides(
        self, kernel: int, stride: int, even: bool
    ) -> None:
        inner = result(lab.checkerboard, kernel=kernel, stride=stride).data["inner"]
        assert (inner.min() == inner.max()) == even

    def test_maps_move_along_and_averages_stay(self) -> None:
        for shift in (-6, 1, 4):
            found = result(lab.shift, shift=shift).summary
            assert found["ずらし戻したマップ"] < 1e-6 and found["GAP"] < 1e-6
            assert found["特徴マップ"] > 0.7
        near, far = result(lab.shift, shift=1).summary, result(lab.shift, shift=4).summary
        assert near["最大プーリング"] < 0.8 * near["特徴マップ"]
        assert far["最大プーリング"] > 0.9 * far["特徴マップ"]


class TestDigits:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_the_smaller_cnn_beats_the_dense_network(self, seed: int) -> None:
        x, t, x_test, t_test = networks.pictures(seed)
        right, size = {}, {}
        for kind in ("cnn", "dense"):
            net = networks.network(kind, seed)
            for _ in networks.train(net, x[:1000], t[:1000], 400, seed):
                pass
            right[kind] = networks.accuracy(net, x_test, t_test)
            size[kind] = net.size
        assert size == {"cnn": 5994, "dense": 9550}
        assert right["cnn"] > right["dense"] + 0.015

    @pytest.mark.parametrize("seed", [7, 8])
    def test_the_dense_network_does_not_see_neighbours(self, seed: int) -> None:
        plain, order = np.arange(784), np.random.default_rng(seed).permutation(784)
        dense = [networks.trained_on_pixels("dense", rows) for rows in (plain, order)]
        cnn = [networks.trained_on_pixels("cnn", rows) for rows in (plain, order)]
        assert abs(dense[0] - dense[1]) < 0.02
        assert cnn[0] - cnn[1] > 0.02
