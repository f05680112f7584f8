"""Chapter 08: what its text claims, measured with seeds the text does not use."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest

from eshikaku import course, nn, plot
from eshikaku.chapters import word2vec as lab
from eshikaku.chapters.word2vec import figures, vectors
from eshikaku.experiments.declaration import BadSetting, Experiment, Result
from eshikaku.models import windows
from eshikaku.models.word2vec import keep_probability
from eshikaku.models.word2vec_training import Recipe, trained

SEEDS = (3, 4)

each_seed = pytest.mark.parametrize("seed", SEEDS)


def nobody(done: int, total: int, partial: object = None) -> None:
    """A report that nobody reads."""


def run(experiment: Experiment, **changes: Any) -> Result:
    """The result of an experiment with its defaults but for `changes`."""
    return experiment.run({**experiment.defaults(), **changes}, nobody)


class TestCounting:
    """Part A."""

    @each_seed
    def test_a_window_of_one_cannot_tell_capitals_apart(self, seed: int) -> None:
        text = vectors.corpus(seed)
        cities = vectors.capitals(text)[1]
        narrow = windows.unit(vectors.reduced(1, True, 50, seed)[cities])
        wide = windows.unit(vectors.reduced(5, True, 50, seed)[cities])
        assert (narrow @ narrow.T).min() > 0.98 > 0.9 > (wide @ wide.T).min()
        assert vectors.accuracy(vectors.reduced(1, True, 50, seed), text) < 0.05
        assert vectors.accuracy(vectors.reduced(5, True, 50, seed), text) > 0.97

    @each_seed
    def test_ppmi_takes_frequent_words_off_the_top(self, seed: int) -> None:
        text, C = vectors.corpus(seed), vectors.counts(5, seed)
        paris = text.index()["パリ"]
        frequent = set(np.argsort(-text.counts)[:10])
        by_count, by_ppmi = (
            set(np.argsort(-M[paris], kind="stable")[:4]) for M in (C, windows.ppmi(C))
        )
        assert len(by_count & frequent) >= 3 and not by_ppmi & frequent
        own = {text.index()[w] for w in ("フランス", "西ヨーロッパ", "フランス語", "ユーロ")}
        assert len(by_ppmi & own) >= 3

    @each_seed
    def test_counts_and_ppmi_fall_to_zero_where_the_question_is_not_excluded(
        self, seed: int
    ) -> None:
        text, C = vectors.corpus(seed), vectors.counts(5, seed)
        for matrix in (C, windows.ppmi(C)):
            assert vectors.accuracy(matrix, text) > 0.95
            assert vectors.accuracy(matrix, text, exclude=False) < 0.02
        assert vectors.accuracy(vectors.reduced(5, True, 50, seed), text, exclude=False) > 0.95

    def test_words_that_share_no_document_meet_in_two_dimensions(self) -> None:
        docs = np.array([[1.0, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 2]])
        found = windows.unit(windows.svd_vectors(docs, 2))
        assert found[0] @ found[1] == pytest.approx(1) and abs(found[0] @ found[3]) < 1e-12


class TestModels:
    """Parts B and C."""

    @each_seed
    def test_cbow_makes_an_example_a_place_and_learns_less_in_the_same_epochs(
        self, seed: int
    ) -> None:
        skip_gram, cbow = (run(lab.models, kind=k, seed=seed) for k in ("skip-gram", "CBOW"))
        assert skip_gram.summary["更新回数"] > 2.5 * cbow.summary["更新回数"]
        assert skip_gram.summary["類推の正解率"] > 0.6 > 0.4 > cbow.summary["類推の正解率"]

    @each_seed
    def test_negative_sampling_is_no_worse_after_the_same_updates(self, seed: int) -> None:
        softmax, negative = (
            run(lab.models, output=kind, seed=seed) for kind in ("softmax", "negative")
        )
        assert negative.summary["類推の正解率"] > softmax.summary["類推の正解率"] - 0.03
        scores = "1回の更新で計算するスコア"
        assert softmax.summary[scores] / negative.summary[scores] == pytest.approx(80, abs=5)

    @each_seed
    def test_analogies_and_what_spoils_them(self, seed: int) -> None:
        text = vectors.corpus()
        net = vectors.learned("facts", seed)
        W = net.params["W_in"]
        assert vectors.accuracy(W, text) > 0.85
        assert 0.55 < vectors.accuracy(W, text, exclude=False) < 0.88
        assert vectors.accuracy(W + net.params["W_out"], text) > 0.99
        found = run(lab.explorer, seed=seed)
        assert found.data["near"][0] == "パリ"
        first, second = vectors.capitals(text)
        wrong = added = 0
        for i, answers in windows._answers(windows.unit(W), first, second, exclude=False):
            bad = (answers != second) & (np.arange(len(first)) != i)
            wrong, added = wrong + bad.sum(), added + (answers == first)[bad].sum()
        assert added / wrong > 0.6, "the nearest word is the country that was added"

    def test_the_best_score_of_a_pair_is_pmi_minus_log_k(self) -> None:
        """Levy & Goldberg 2014: −C log σ(x) − K (S_i S_j / S) log σ(−x) is least there."""
        C, S_i, S_j, S, K = 7.0, 30.0, 50.0, 900.0, 5
        x = np.log(C * S / (S_i * S_j)) - np.log(K)
        slope = C * (nn.sigmoid(np.array(x)) - 1) + K * S_i * S_j / S * nn.sigmoid(np.array(x))
        assert abs(slope) < 1e-12

    @pytest.mark.parametrize(
        ("query", "message"),
        [("", "1つ以上"), ("東京 - 江戸", "江戸"), ("+ -", "1つ以上"), ("〈空〉", "語彙にない")],
    )
    def test_what_cannot_be_looked_up_is_said(self, query: str, message: str) -> None:
        with pytest.raises(BadSetting, match=message):
            run(lab.explorer, query=query)

    def test_queries_are_read_with_any_sign_and_space(self) -> None:
        index = vectors.corpus().index()
        wanted = [(1, index["東京"]), (-1, index["日本"]), (1, index["フランス"])]
        for query in ("東京 - 日本 + フランス", "東京−日本＋フランス", "東京 －日本　+フランス"):
            assert vectors.parse(query, index) == wanted

    def test_the_english_text_answers_whether_or_not_it_is_installed(self) -> None:
        found = run(lab.explorer, text="english", query="king - man + woman", updates=30)
        assert len(found.data["near"]) == 7
        if not vectors.english().real:
            assert "pip install" in found.summary["注意"]


class TestExamples:
    """Part D."""

    @each_seed
    def test_both_ends_of_the_power_are_worse(self, seed: int) -> None:
        uniform, best, steep = (run(lab.power, power=p, seed=seed) for p in (0.0, 0.75, 1.5))
        share, no, between = (
            "類推の正解率",
            "名詞と「の」のスコア",
            "別の首都どうしのスコア",
        )
        assert best.summary[share] > uniform.summary[share] + 0.1
        assert uniform.summary[share] > steep.summary[share] + 0.1
        assert uniform.summary[no] > 0 > best.summary[no]
        assert steep.summary[between] > -1 > -2 > best.summary[between]

    @each_seed
    def test_without_subsampling_capitals_are_near_to_capitals_alone(self, seed: int) -> None:
        thinned, whole, narrow = (
            run(lab.window, seed=seed, **changes)
            for changes in ({}, {"threshold": 0.0}, {"window": 1})
        )
        kind, country = "首都の近傍5語：ほかの首都", "首都の近傍5語：自国の語"
        assert whole.summary[kind] > 0.97 and whole.summary[country] < 0.02
        assert thinned.summary[country] > 0.3
        assert narrow.summary[kind] > thinned.summary[kind] + 0.15
        assert whole.summary["類推の正解率"] < 0.2 < 0.8 < thinned.summary["類推の正解率"]

    def test_the_numbers_of_the_text(self) -> None:
        text = vectors.corpus()
        keep = keep_probability(text.counts, 1e-3)
        index = text.index()
        assert keep[index["の"]] == pytest.approx(0.11, abs=0.005) and keep[index["東京"]] == 1
        assert (keep * text.counts).sum() / text.tokens == pytest.approx(0.39, abs=0.01)

    def test_going_on_without_subsampling_solves_most_analogies(self) -> None:
        text = vectors.corpus()
        found = trained(text, Recipe(threshold=0.0), 5).params["W_in"]
        assert vectors.accuracy(found, text) > 0.65


class TestNgrams:
    """Part E."""

    @each_seed
    def test_two_is_best_and_laplace_adds_too_much(self, seed: int) -> None:
        little, laplace = (run(lab.ngrams, k=k, seed=seed).data for k in (0.01, 1.0))
        for data in (little, laplace):
            assert data["test"].argmin() == 1
        assert little["test"].min() < 24 < 28 < laplace["test"].min()
        assert little["train"][2] < little["train"][1] < little["train"][0]

    @each_seed
    def test_without_smoothing_longer_contexts_are_infinite(self, seed: int) -> None:
        data = run(lab.ngrams, k=0.0, seed=seed).data
        assert data["test"][0] > 0 and np.all(data["test"][1:] < 0)
        assert data["zeros"][2] > 0.1


class TestStored:
    TABLES = json.loads(course.chapter("word2vec").results.read_text(encoding="utf-8"))["tables"]

    def test_methods(self) -> None:
        found = {row["method"]: row for row in self.TABLES["methods"]}
        assert len(self.TABLES["seeds"]) >= 3
        for name in ("共起の数", "PPMI"):
            assert min(found[name]["accuracy"]) > 0.97 and max(found[name]["not_excluded"]) == 0
        assert min(found["PPMI＋SVD（50次元）"]["not_excluded"]) > 0.99
        mean = {name: np.mean(row["accuracy"]) for name, row in found.items()}
        assert mean["skip-gram、負例5"] == pytest.approx(0.93, abs=0.006)
        assert mean["CBOW、負例5"] == pytest.approx(0.90, abs=0.006)
        assert mean["skip-gram、softmax"] == pytest.approx(0.83, abs=0.006)
        assert mean["CBOW、softmax"] == pytest.approx(0.40, abs=0.006)
        assert min(s for row in found.values() for s in row["sum"]) > 0.99

    def test_powers_longer_trainings_and_ngrams(self) -> None:
        power = {row["power"]: np.mean(row["accuracy"]) for row in self.TABLES["powers"]}
        assert max(power, key=lambda p: power[p]) == 0.75
        assert 0.01 < power[0.75] - power[0.5] < 0.02
        for row in self.TABLES["longer"]:
            assert max(row["loss_long"]) < min(row["loss_short"])
            rises = np.mean(row["long"]) > np.mean(row["short"]) + 0.05
            assert rises is not row["method"].startswith("CBOW")
        for row in self.TABLES["ngrams"]:
            for test in row["test"]:
                if row["k"]:
                    assert np.argmin(test) == 1
                else:
                    assert test[1:] == [None] * 4


def test_figures_are_drawn_without_warnings() -> None:
    rows = [
        {"method": name, "accuracy": [0.9, 0.8], "not_excluded": [0.5, 0.4]}
        for name in ("甲", "乙、長い名前の方法（共有）")
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in (figures.architectures(), figures.methods(rows)):
            assert plot.html(figure, alt="図")
