"""Chapter 22: what its text claims, with seeds and numbers the text does not use."""

from __future__ import annotations

import io
import re
import wave
from typing import Any

import numpy as np
import pytest

from eshikaku.chapters.wavenet import dilation, mu_law, networks, sound
from eshikaku.chapters.wavenet.experiments.blind_spot import SIDE, seen_by
from eshikaku.experiments import Experiment
from eshikaku.models.autoregressive import mu_law_inverse
from eshikaku.tasks import vowels


def summary(experiment: Experiment, **changes: Any) -> dict[str, Any]:
    """The table of a live experiment at its defaults but for ``changes``."""
    settings = {**experiment.defaults(), **changes}
    return dict(experiment.run(settings, lambda *a: None).summary)


@pytest.mark.parametrize("layers", [1, 3, 6])
@pytest.mark.parametrize("kernel", [2, 3])
def test_the_drawn_tree_reaches_as_far_as_its_field(layers: int, kernel: int) -> None:
    settings = {"layers": layers, "kernel": kernel, "growth": "double"}
    data = dilation.run(settings, lambda *a: None).data
    assert data["rows"][0] == list(range(data["field"]))  # no place is left out
    assert all(to <= start for start, _, to, _ in data["lines"])  # none leads to the future
    assert data["field"] == 1 + (kernel - 1) * (2**layers - 1)


def test_mu_law_wins_for_quiet_sounds_and_loses_for_loud_ones() -> None:
    for bits in (5, 6, 8):
        quiet, loud = (
            [
                summary(mu_law, volume=volume, bits=bits, method=method)["SN比（dB）"]
                for method in ("mu", "even")
            ]
            for volume in (0.05, 1.0)
        )
        assert quiet[0] > quiet[1] + 6
        assert loud[0] < loud[1] - 2


def test_a_triangle_stays_hidden_whatever_the_depth() -> None:
    for row, column in ((6, 4), (4, 2)):
        seen = seen_by(row, column, 30, 3, stacks=1)
        hidden = {(i, j) for i in range(row) for j in range(SIDE) if not seen[i, j]}
        assert hidden == {(i, j) for i in range(row) for j in range(SIDE) if j > column + row - i}
        assert hidden
        assert len(hidden) > (~seen_by(row, column, 30, 5, stacks=1)[:row]).sum() > 0


@pytest.mark.parametrize("kernel", [3, 5])
def test_two_stacks_see_every_earlier_pixel_and_no_other(kernel: int) -> None:
    for row, column in ((0, 0), (6, 4), (10, 10), (3, 0)):
        seen = seen_by(row, column, 30, kernel, stacks=2).ravel()
        assert seen.tolist() == [k < row * SIDE + column for k in range(SIDE * SIDE)]


def test_speaking_with_queues_is_sampling() -> None:
    net = networks.wavenet((1, 2, 4, 8), seed=3)
    for _ in networks.train(net, networks.crops(networks.voices(3), 15, 3), 15):
        pass
    start = networks.voices(4, 60)[:2]
    slow = net.sample(start, 40, np.random.default_rng(0))
    fast = networks.speak(net, start, 40, np.random.default_rng(0))
    np.testing.assert_array_equal(fast, slow)


def test_a_wide_field_needs_fewer_bits_and_keeps_the_period() -> None:
    heard = networks.voices(200, 800)
    for seed in (11, 12, 13):
        data, bits, period = networks.voices(seed, times=4), {}, {}
        for layers in (3, 8):
            net = networks.wavenet(networks.doubling(layers), seed)
            for _ in networks.train(net, networks.crops(data, 200, seed), 200, lr=0.02):
                pass
            bits[layers] = networks.bits(net, heard)
            drawn = networks.speak(net, heard[:, :300], 1000, np.random.default_rng(seed))
            sounds = mu_law_inverse(drawn, networks.LEVELS)
            period[layers] = np.mean([networks.periodicity(s) for s in sounds])
        assert bits[8] < bits[3] - 0.3, bits
        assert period[8] > 0.6 > 0.3 > period[3], period


def test_a_first_mask_that_sees_the_pixel_learns_to_copy() -> None:
    train, test = networks.grey_digits()
    for seed in (4, 5, 6):
        means = {}
        for mask in "AB":
            net = networks.pixelcnn(seed, mask)
            for _ in networks.train(net, networks.images(train, 150, seed), 150):
                pass
            bits = networks.bits(net, test)
            means[mask] = net.sample((16, 8, 8), np.random.default_rng(seed)).mean()
            assert (bits < 0.1) == (mask == "B"), bits
        assert means["B"] < 0.1
        assert abs(means["A"] - train.mean()) < 0.25


def test_the_vowels_are_told_apart() -> None:
    for seed in (0, 1, 2):
        rng = np.random.default_rng([seed, 9])
        for name in networks.VOWELS:
            assert vowels.nearest(vowels.vowel(name, 1600, rng)) == name


def test_a_player_holds_its_sound() -> None:
    wanted = np.sin(np.arange(800) / 5)
    with wave.open(io.BytesIO(sound.wav(wanted))) as file:
        assert (file.getframerate(), file.getnframes(), file.getnchannels()) == (8000, 800, 1)
        values = np.frombuffer(file.readframes(800), np.uint8) / 127.5 - 1
    assert np.abs(values - wanted).max() < 0.005
    html = sound.players({"「あ」<b>": wanted})
    assert re.search(r'src="data:audio/wav;base64,[A-Za-z0-9+/=]+"', html)
    assert "<b>" not in html
    assert "http" not in html
