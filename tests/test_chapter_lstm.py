"""Chapter 03: what its text and experiments say of the LSTM, measured over seeds."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest

from eshikaku import course, nn
from eshikaku.chapters import lstm as lab
from eshikaku.chapters.lstm import figures, letters, networks
from eshikaku.chapters.lstm.experiments.ablation import HIDDEN as SUM_HIDDEN
from eshikaku.chapters.lstm.experiments.ablation import networks_of
from eshikaku.chapters.lstm.experiments.gradient_path import (
    HIDDEN,
    INPUT,
    cell_jacobians,
    layers,
    rnn_jacobians,
)
from eshikaku.experiments.declaration import Experiment, Result
from eshikaku.experiments.execution import execute
from eshikaku.tasks import memory, quotes

SEEDS = (0, 1, 2)


def result(experiment: Experiment, **changes: Any) -> Result:
    """A run with the defaults but for `changes`."""
    return execute(experiment, {**experiment.defaults(), **changes})


class TestTasks:
    def test_recall_hides_the_answer_behind_distractors(self) -> None:
        x, t = memory.recall(np.random.default_rng(0), 50, 12)
        assert x.shape == (12, 50, 8) and x.dtype == np.float32
        assert (x.sum(-1) == 1).all()
        symbols = x.argmax(-1)
        assert (symbols[0] == t).all() and (symbols[1:] >= memory.CLASSES).all()
        assert set(t) == set(range(memory.CLASSES))

    def test_running_sum_against_a_loop_in_words(self) -> None:
        x, t, asked = memory.running_sum(np.random.default_rng(1), 5, 40)
        for row in range(5):
            total = 0.0
            for step in range(40):
                value, write, clear, read = x[step, row]
                total = 0.0 if clear else total
                total += value if write else 0.0
                assert t[step, row, 0] == (total if read else 0)
                assert asked[step, row] == bool(read)

    @pytest.mark.parametrize("delay", [1, 7, 11])
    def test_alarm_rings_once_after_the_delay(self, delay: int) -> None:
        x, t = memory.alarm(np.random.default_rng(2), 30, 12, delay)
        assert (x.sum(0) == 1).all() and (t.sum(0) == 1).all()
        assert (t.argmax(0) - x.argmax(0) == delay).all()

    def test_tasks_refuse_what_cannot_be(self) -> None:
        rng = np.random.default_rng(0)
        with pytest.raises(ValueError, match="2以上"):
            memory.recall(rng, 1, 1)
        with pytest.raises(ValueError, match="1以上"):
            memory.running_sum(rng, 1, 0)
        with pytest.raises(ValueError, match="遅れ"):
            memory.alarm(rng, 1, 5, 5)

    def test_the_first_letter_decides_the_ending(self) -> None:
        text = quotes.corpus(np.random.default_rng(3), 300)
        assert set(text) == set(quotes.alphabet())
        sentences = text.split("。")[:-1]
        assert len(sentences) == 300
        for sentence in sentences:
            assert sentence.endswith("ました") == (sentence[0] == "私")


class TestGates:
    def test_a_gate_held_open_is_one_and_stays_so(self) -> None:
        (net,) = networks_of("i", False, [0])
        rng = np.random.default_rng(0)

        def batch() -> tuple[Any, Any]:
            x, t, _ = memory.running_sum(rng, 8, 10)
            return x[:, None], t[:, None]

        loss = nn.SquaredError(axis=(0, 2, 3))
        for last, *_ in networks.train([net], batch, loss, 0.03, 5):
            trained = last
        rnn = trained.children["rnn"]
        assert isinstance(rnn, nn.LSTM)
        for gate in "fo":
            views = rnn.gate(gate)
            assert not views["W_x"].any() and (views["b"] == networks.OPEN).all()
        plain = nn.LSTM(4, SUM_HIDDEN, rng, dtype=np.float32)
        plain.load(
            {name: value[0] for name, value in rnn.params.items() if name != "b"}
            | {"b": rnn.params["b"][0, 0]}
        )
        trace = plain.trace(np.ones((6, 2, 4), np.float32))
        assert (trace["f"] == 1).all() and (trace["o"] == 1).all() and (trace["i"] < 1).all()

    @pytest.mark.parametrize("seed", SEEDS)
    def test_the_factor_along_the_cell_is_f(self, seed: int) -> None:
        """With the gates' sight of h cut off, BPTT brings back exactly the product of f."""
        lstm = nn.LSTM(3, 5, np.random.default_rng(seed))
        lstm.params["W_h"] = np.zeros((5, 20))
        x = np.random.default_rng([seed, 1]).normal(size=(20, 4, 3))
        f = lstm.trace(x)["f"]
        lstm(x)
        _, (_, dc_0) = lstm.backward(None, (None, np.ones((4, 5))))
        np.testing.assert_allclose(dc_0, f.prod(0), rtol=1e-12)
        slope = (f * (1 - f)).prod(0)
        assert (dc_0 > 1e3 * slope).all(), "it is f, not the slope of the sigmoid"

    @pytest.mark.parametrize("seed", SEEDS)
    def test_all_paths_against_finite_differences(self, seed: int) -> None:
        settings = {"seed": seed, "forget": 2.0, "radius": 1.5, "length": 12}
        lstm, rnn = layers(settings)
        x = np.random.default_rng(seed).normal(size=(12, 1, INPUT))
        along, total = cell_jacobians(lstm, x)
        cell, states = lstm.cell(), [None]
        for x_t in x:
            states.append(cell.forward(x_t, states[-1]))  # type: ignore[arg-type]
        for t in (1, 5, 12):
            numeric = np.empty((HIDDEN, HIDDEN))
            for k in range(HIDDEN):
                ends = []
                for step in (1e-6, -1e-6):
                    h, c = (a.copy() for a in states[t])  # type: ignore[union-attr]
                    c[0, k] += step
                    state = (h, c)
                    for x_t in x[t:]:
                        state = cell.forward(x_t, state)
                    ends.append(state[1][0])
                numeric[:, k] = (ends[0] - ends[1]) / 2e-6
            np.testing.assert_allclose(total[t - 1], numeric, atol=1e-7)
        f = lstm.trace(x)["f"][:, 0]
        np.testing.assert_allclose(along[0], f[1:].prod(0), rtol=1e-12)
        J = rnn_jacobians(rnn, x)
        h = rnn(x)[0][:, 0]
        np.testing.assert_allclose(J[-2], (np.diag(1 - h[-1] ** 2) @ rnn.params["W_h"].T))

    def test_what_gradient_path_shows(self) -> None:
        for seed in SEEDS:
            low, high = (result(lab.gradient_path, seed=seed, forget=b).summary for b in (1.0, 5.0))
            along = "セルの経路だけ（fの積）"
            assert low[along] < 1e-6 and 0.6 < high[along] < 0.7
            assert high["すべての経路"] > 1, "gates don't forbid growth"

    def test_the_explorer_shows_one_fault_for_each_part(self) -> None:
        def answers(**changes: Any) -> tuple[float, float]:
            found = result(lab.gate_explorer, **changes).summary
            return found["t=23 の h"], found["t=43 の h"]

        full, bare, no_forget = answers(), answers(stage=""), answers(stage="io")
        assert full[0] > 0.6 and full[1] < -0.55
        assert bare[1] > 0.99 and np.abs(result(lab.gate_explorer, stage="").data["c"]).max() > 8
        assert no_forget[0] > 0.6 and 0 < no_forget[1] < 0.2
        assert abs(answers(forget=1.0)[0]) < 0.01
        assert result(lab.gate_explorer, gate="relu").summary["f の積（t=4〜23）"] > 1e13
        assert result(lab.gate_explorer, gate="hard_sigmoid").summary["f の積（t=4〜23）"] == 1

    def test_the_clock_rings_every_ten_steps(self) -> None:
        rings = "鳴りはじめる時刻"
        assert result(lab.timing).summary[rings] == "10、20、30、40"
        without = result(lab.timing, p_f=0.0)
        assert without.summary[rings] == "10"
        assert (without.data["h"][9:] > 0.4).all()
        assert result(lab.timing, p_o=0.0).summary[rings] == "鳴らない"


class TestTraining:
    """Three networks each: the claims hold for the mean, with room."""

    def test_each_part_mends_its_fault(self) -> None:
        on = dict.fromkeys(("input", "output"), True)
        bare, gated, full = (
            result(lab.ablation, **changes).summary for changes in ({}, on, {**on, "forget": True})
        )
        short, long, silent = "誤差（1〜30時刻）", "誤差（271〜300時刻）", "聞かれない時刻の誤差"
        assert bare[short] > 0.6
        assert gated[short] < 0.35 and gated[long] > 2 * gated[short]
        assert full[short] < 0.15 and full[long] < 0.25
        blind = result(lab.ablation, input=True, forget=True).summary
        assert blind[silent] > 1.2 * full[silent] and blind[short] < 0.15
        assert full["学習するパラメータ"] == 4 * 8 * (4 + 8 + 1) + 9

    def test_both_biases_are_needed_for_a_hundred_steps(self) -> None:
        solved = "解けたネットワーク"
        assert result(lab.memory_task, forget=4.5, input=-4.5).summary[solved] == "3 / 3"
        assert result(lab.memory_task, forget=4.5).summary[solved] == "0 / 3"

    def test_the_simple_rnn_wins_at_twenty_steps(self) -> None:
        rnn = result(lab.memory_task, length=20, model="RNN").summary["解けたネットワーク"]
        lstm = result(lab.memory_task, length=20).summary["解けたネットワーク"]
        assert rnn == "3 / 3" and lstm != "3 / 3"

    @pytest.mark.parametrize("seed", SEEDS)
    def test_the_letters_keep_the_first_one(self, seed: int) -> None:
        net = letters.trained(seed)
        assert min(letters.politeness(net, words) for words in (1, 2, 3, 4)) > 0.75
        text = "俺は「寒い、眠い」と言った。"
        p, _ = letters.read(net, text)
        other, _ = letters.read(net, "私" + text[1:])
        at = text.index("っ")
        assert p[at] > 0.9 and other[at] < 0.1
        assert np.abs(p - other)[3 : text.index("」")].max() < 0.1, "the quotation says nothing"
        kept = (np.abs(letters.difference(net, text)) > 0.5).all(0)
        assert kept.any(), "a cell carries it to the end"


def test_the_stored_table_says_what_the_text_says() -> None:
    tables = json.loads(course.chapter("lstm").results.read_text(encoding="utf-8"))["tables"]
    solved = {(r["setting"], r["length"]): r["solved"] for r in tables["recall"]["rows"]}
    seeds = len(tables["recall"]["seeds"])
    chrono, only_forget = "LSTM b_f=ln T, b_i=−ln T", "LSTM b_f=ln T"
    assert all(solved[chrono, T] == seeds for T in (10, 20, 50, 100, 200))
    assert seeds > solved[only_forget, 100] > solved[only_forget, 200]
    assert all(solved[name, T] < seeds for name, T in solved if T >= 100 and name != chrono), (
        "only this one solves all"
    )
    assert solved["単純RNN", 20] == seeds > solved["LSTM b_f=1", 20]
    assert solved["単純RNN", 50] > solved["LSTM b_f=1", 50]
    assert solved["LSTM b_f=1", 200] == solved["単純RNN", 200] == 0
    errors = {r["setting"]: r for r in tables["ablation"]["rows"]}
    plain, peep = errors["＋忘却ゲート（LSTM）"], errors["＋のぞき穴結合"]
    assert abs(plain["short"][0] - peep["short"][0]) < plain["short"][1]
    rings = {(r["hidden"], r["peephole"]): r["solved"] for r in tables["alarm"]["rows"]}
    assert all(0 < rings[H, True] - rings[H, False] <= 3 for H in (2, 4, 8))
    endings = tables["letters"]["rows"]
    assert {r["model"] for r in endings} == {"LSTM", "RNN"}
    assert all(min(r["right"][:3]) > 0.9 for r in endings)


def test_figures_are_drawn_without_warnings() -> None:
    from eshikaku import plot

    rows = [
        {"setting": name, "length": T, "solved": k}
        for name in ("単純RNN", "LSTM b_f=1")
        for k, T in enumerate((10, 20))
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = (
            figures.cell_diagram(),
            figures.cell_diagram(letters=True),
            figures.solved_fraction(rows, 3),
        )
        assert all(plot.png(figure) for figure in drawn)
