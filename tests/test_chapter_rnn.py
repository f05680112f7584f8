"""Chapter 01: what its text claims, measured with seeds the text does not use."""

from __future__ import annotations

import numpy as np
import pytest

from eshikaku import nn, plot
from eshikaku.chapters import rnn as lab
from eshikaku.chapters.rnn import adder, figures
from eshikaku.chapters.rnn.experiments.grid_view import RATES, ROWS
from eshikaku.models import recursive
from eshikaku.models.forecasting import Forecaster, Scaled
from eshikaku.models.stacked import StackedRNN
from eshikaku.tasks import series, trees
from eshikaku.tasks.addition import binary_addition, to_bits

SEEDS = (1, 2, 3)

each_seed = pytest.mark.parametrize("seed", SEEDS)


def nobody(done: int, total: int, partial: object = None) -> None:
    """A report that nobody reads."""


def run(experiment, **changes):
    """The result of an experiment with its defaults but for `changes`."""
    return experiment.run({**experiment.defaults(), **changes}, nobody)


class TestHandMade:
    """Part A: weights written down, not trained."""

    def test_adds_sums_of_any_length(self) -> None:
        net = adder.hand_made()
        for bits in (2, 8, 60):
            assert adder.right(net, *adder.held_out(200, bits)).all()

    def test_its_states_are_those_of_the_table_in_the_text(self) -> None:
        net = adder.hand_made()
        x = to_bits(np.array([[3, 1]]), 3).astype(np.float32)  # 3 + 1, lowest digit first
        h, _ = net.rnn(x)
        assert h[:, 0].tolist() == [[2, 1, 0], [2, 1, 0], [1, 0, 0]]

    def test_no_table_of_single_digits_gets_past_63_percent(self) -> None:
        x, t = binary_addition(np.random.default_rng(9), 20_000)
        pair = (2 * x[..., 0] + x[..., 1]).astype(int)
        best = (
            sum(max((t[pair == k] == digit).sum() for digit in (0, 1)) for k in range(4)) / t.size
        )
        assert 0.61 < best < 0.64


class TestSeriesOfTheText:
    def test_numbers_of_the_autocorrelation_section(self) -> None:
        x = series.sunspots().values
        r = series.autocorrelation(x, 30)
        assert r[1] == pytest.approx(0.82, abs=0.005)
        assert 9 <= 5 + r[5:16].argmax() <= 12  # the sunspot cycle
        shuffled = np.random.default_rng(0).permutation(x)
        assert abs(series.autocorrelation(shuffled, 1)[1]) < 0.1
        assert series.rmse(series.lag_forecast(x), x[1:]) == pytest.approx(24.0, abs=0.05)
        assert x.std() == pytest.approx(40.4, abs=0.05)


class TestAddition:
    @each_seed
    def test_the_defaults_learn_to_carry(self, seed: int) -> None:
        found = run(lab.binary_addition, seed=seed)
        assert found.summary["8桁すべて正解"] > 0.99
        before = found.data["y"][:50].mean()
        assert before > 0.6 and found.summary["最後の損失"] < 0.02

    @each_seed
    def test_a_small_start_stays_at_ln_2(self, seed: int) -> None:
        found = run(lab.binary_addition, seed=seed, std=0.01)
        assert found.summary["最後の損失"] == pytest.approx(np.log(2), abs=0.005)
        assert 0.45 < found.summary["桁の正解率"] < 0.55

    @each_seed
    def test_a_large_start_saturates(self, seed: int) -> None:
        found = run(lab.binary_addition, seed=seed, std=3.2)
        assert found.summary["最後の損失"] > 0.6 and found.summary["桁の正解率"] < 0.65

    @each_seed
    def test_a_wider_layer_needs_a_smaller_start(self, seed: int) -> None:
        wide = run(lab.binary_addition, seed=seed, hidden=64)
        scaled = run(lab.binary_addition, seed=seed, hidden=64, init="xavier")
        assert scaled.summary["桁の正解率"] > 0.99 and scaled.summary["最後の損失"] < 0.02
        assert wide.summary["最後の損失"] > 3 * scaled.summary["最後の損失"]

    def test_a_diverging_run_ends_and_says_so(self) -> None:
        with np.errstate(all="ignore"):
            found = run(lab.binary_addition, activation="relu", lr=10.0, std=3.2)
        assert found.diverged or found.summary["桁の正解率"] < 0.65


class TestGrid:
    def test_trains_each_setting_as_if_alone(self) -> None:
        inits, lrs = [nn.xavier(), nn.normal(0.3), nn.he()], [1.0, 0.3, 3.0]
        together = StackedRNN(inits, 16, "tanh", seed=4)
        alone = [adder.Adder(16, np.random.default_rng(4), init=init) for init in inits]
        data = list(adder.batches(4, samples=320))
        for x, t in data:
            logits = together.forward(x)
            dy = (nn.sigmoid(logits) - t.reshape(-1, 1)) / t.size
            together.update(dy, np.array(lrs, np.float32)[:, None, None])
        for k, (net, lr) in enumerate(zip(alone, lrs, strict=True)):
            list(adder.train(net, lr, data))
            assert np.allclose(together.W_h[k], net.params["rnn.W_h"], atol=1e-4)
            assert np.allclose(together.W_x[k, :2], net.params["rnn.W_x"], atol=1e-4)
            assert np.allclose(together.W_x[k, 2], net.params["rnn.b_h"], atol=1e-4)
            assert np.allclose(together.W_y[k], net.params["out.W"], atol=1e-4)

    @each_seed
    def test_sigmoid_moves_the_bright_cells_to_larger_weights(self, seed: int) -> None:
        log_std = np.log10([float(name) for name in ROWS["std"]])
        log_lr = np.log10(RATES)
        centre = {}
        for kind in ("tanh", "sigmoid"):
            words = run(lab.grid_view, seed=seed, activation=kind).data["words"]
            rows, columns = np.nonzero(words > 0.9)
            assert len(rows) >= 3
            centre[kind] = np.array([log_std[rows].mean(), log_lr[columns].mean()])
            dark = words[3:] if kind == "tanh" else words[:2]
            assert dark.mean() < 0.3  # tanh from 1 on, sigmoid up to 0.1; one cell may get lucky
        assert (centre["sigmoid"] - centre["tanh"] > (0.5, 0.3)).all()


class TestHiddenState:
    def test_one_unit_of_the_trained_net_is_the_carry(self) -> None:
        correlation = np.abs(adder.carry_correlation(adder.trained(), adder.held_out()[0]))
        assert (correlation >= 0.9).sum() == 1 and correlation.argmax() == 14
        assert correlation.max() > 0.95

    def test_another_unit_follows_the_threshold_one(self) -> None:
        x, _ = adder.held_out()
        h, _ = adder.trained().rnn(x)
        a, b = x[..., 0], x[..., 1]
        carry = np.concatenate([np.zeros_like(a[:1]), adder.carries(a, b)[:-1]])
        at_least_one = (a + b + carry >= 1).ravel()
        assert abs(np.corrcoef(h[..., 15].ravel(), at_least_one)[0, 1]) > 0.95

    @pytest.mark.parametrize("weights", ["hand", "trained"])
    def test_both_nets_answer_rightly(self, weights: str) -> None:
        for a, b in ((0, 0), (127, 127), (85, 42), (127, 1)):
            found = run(lab.hidden_state, weights=weights, a=a, b=b)
            assert found.summary["ネットワークの答え"] == a + b


class TestSharing:
    @each_seed
    def test_eight_digits_carry_to_sixty_four(self, seed: int) -> None:
        assert run(lab.length, seed=seed).summary["64桁すべて正解"] > 0.95

    @each_seed
    def test_three_digits_do_not(self, seed: int) -> None:
        found = run(lab.length, seed=seed, bits=3)
        assert found.data["words"][1] > 0.95  # 3 digits: as trained
        assert 0.1 < found.summary["12桁すべて正解"] < 0.5
        assert found.summary["64桁すべて正解"] < 0.05
        passed = found.data["passed"]
        assert passed[0] > 0.8 and passed[3] < 0.6


class TestForecast:
    @each_seed
    def test_sunspots_beat_the_lag_baseline_one_step_ahead(self, seed: int) -> None:
        found = run(lab.forecast, seed=seed).summary
        assert found["RMSE 1時刻先"] < 0.8 * found["RMSE ラグ予測"]
        assert found["RMSE 自走"] > 1.3 * found["RMSE 1時刻先"]

    @each_seed
    def test_co2_loses_to_it_unless_differences_are_learned(self, seed: int) -> None:
        values = run(lab.forecast, seed=seed, series="co2").summary
        differences = run(lab.forecast, seed=seed, series="co2", differences=True).summary
        assert values["RMSE 1時刻先"] > 2 * values["RMSE ラグ予測"]
        assert differences["RMSE 1時刻先"] < 0.5 * differences["RMSE ラグ予測"]

    def test_scales_come_from_the_training_part_alone(self) -> None:
        raw = np.arange(100.0) ** 2
        changed = raw.copy()
        changed[80:] *= 5
        for differences in (False, True):
            one, other = (Scaled.of(r, differences) for r in (raw, changed))
            assert (one.mean, one.std) == (other.mean, other.std)

    @pytest.mark.parametrize("differences", [False, True])
    def test_perfect_forecasts_give_the_truth(self, differences: bool) -> None:
        raw = np.random.default_rng(0).normal(size=60).cumsum()
        data = Scaled.of(raw, differences)
        z = data.z[data.cut :]
        assert data.one_step(z) == pytest.approx(data.truth, abs=1e-5)
        assert data.free(z) == pytest.approx(data.truth, abs=1e-4)
        assert len(data.lagged) == len(data.truth)

    def test_free_running_feeds_its_own_forecast(self) -> None:
        net = Forecaster(4, np.random.default_rng(0))
        x = np.random.default_rng(1).normal(size=(5, 1, 1)).astype(np.float32)
        free = net.free_run(x, 3)
        for k in range(3):
            longer = np.concatenate([x, free[:k]])
            assert free[k] == pytest.approx(net(longer)[-1], abs=1e-6)


class TestDirection:
    @each_seed
    def test_highest_digit_first_needs_the_future(self, seed: int) -> None:
        one = run(lab.direction, seed=seed, order="largest").data["places"]
        deep = run(lab.direction, seed=seed, order="largest", layers=2).data["places"]
        for places in (one, deep):
            assert places[0] > 0.98 and 0.65 < places[1] < 0.85 and places[3:].max() < 0.6
        both = run(lab.direction, seed=seed, order="largest", bidirectional=True)
        assert both.data["places"].min() > 0.98

    @pytest.mark.parametrize(("bidirectional", "layers"), [(False, 3), (True, 2)])
    def test_its_gradients(self, bidirectional: bool, layers: int) -> None:
        from eshikaku.chapters.rnn.experiments.direction import deep_adder

        net = deep_adder(3, np.random.default_rng(0), layers, bidirectional)
        report = nn.gradient_check(net, np.random.default_rng(1).normal(size=(4, 2, 2)))
        assert report.ok(), str(report)


@pytest.mark.parametrize(
    "name",
    [
        "unrolled",
        "forms",
        "teacher_forcing",
        "bidirectional",
        "chain_and_tree",
        "learning_rate_curves",
    ],
)
def test_figures_are_drawn(name: str) -> None:
    figure = getattr(figures, name)()
    assert figure.axes and len(plot.png(figure)) > 5_000


def test_adder_gradients() -> None:
    net = adder.Adder(4, np.random.default_rng(0))
    report = nn.gradient_check(net, np.random.default_rng(1).normal(size=(5, 3, 2)))
    assert report.ok(), str(report)


class TestTrees:
    def test_nand_by_hand(self) -> None:
        left = np.array([[[0, 1], [3, 2]]])  # ((a b) c)
        right = np.array([[[1, 2], [0, 3]]])  # (a (b c))
        bits = np.array([[0, 0, 1]])
        assert (trees.nand(bits, left), trees.nand(bits, right)) == (0, 1)

    @pytest.mark.parametrize("leaves", [2, 3, 6])
    def test_every_node_is_used_once(self, leaves: int) -> None:
        drawn = trees.random_trees(np.random.default_rng(0), 50, leaves)
        for merges in (*drawn, *trees.chains(2, leaves)):
            assert sorted(merges.ravel()) == list(range(2 * leaves - 2))
            assert (merges.max(axis=1) < leaves + np.arange(leaves - 1)).all()
        if leaves > 2:
            assert len({m.tobytes() for m in drawn}) > 1

    def test_a_chain_joins_from_the_left(self) -> None:
        assert trees.chains(1, 4)[0].tolist() == [[0, 1], [4, 2], [5, 3]]

    def test_its_gradients(self) -> None:
        rng = np.random.default_rng(0)
        net = recursive.TreeNet(3, rng)
        bits, merges, _ = trees.examples(rng, 4, 5, "tree")
        assert nn.gradient_check(net, bits, merges).ok()

    @each_seed
    def test_brackets_are_needed(self, seed: int) -> None:
        found = {}
        for way in ("tree", "chain"):
            rng = np.random.default_rng(seed)
            net = recursive.TreeNet(16, rng)
            for _ in recursive.train(net, rng, 400, 4, way):
                pass
            found[way] = recursive.right(net, 4, way), recursive.right(net, 8, way)
        assert min(found["tree"]) > 0.97
        assert 0.65 < found["chain"][0] < 0.8 and found["chain"][1] < 0.65
