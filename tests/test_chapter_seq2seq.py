"""Chapter 05: what its text claims, measured with seeds the text does not use."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from eshikaku import course, nn
from eshikaku.chapters import seq2seq as lab
from eshikaku.chapters.seq2seq import figures
from eshikaku.chapters.seq2seq.experiments.beams import LIMIT, checked
from eshikaku.chapters.seq2seq.experiments.bottleneck import by_length, tests
from eshikaku.experiments.declaration import BadSetting
from eshikaku.models import decoding, training, translators
from eshikaku.models.seq2seq import seq2seq
from eshikaku.models.translators import Plan
from eshikaku.tasks import dates
from eshikaku.tasks.vocabulary import PAD

SEED = 4


def nobody(done: int, total: int, partial: object = None) -> None:
    """A report that nobody reads."""


def run(experiment, **changes):
    """The result of an experiment with its defaults but for `changes`."""
    return experiment.run({**experiment.defaults(), **changes}, nobody)


class Aligned(nn.Layer):
    """One character written for each one read, as the text's first cell has it."""

    def __init__(self, V_in, V_out, D, H, rng):
        super().__init__()
        self.embedding = self.child("embedding", nn.Embedding(V_in, D, rng))
        self.gru = self.child("gru", nn.GRU(D, H, rng))
        self.out = self.child("out", nn.Affine(H, V_out, rng))

    def forward(self, ids):
        return self.out(self.gru(self.embedding(ids))[0])

    def backward(self, dy):
        dx, _ = self.gru.backward(self.out.backward(dy))
        self.embedding.backward(dx)


@pytest.fixture(scope="module")
def english():
    rng = np.random.default_rng(SEED)
    some = ["英語（米）"]
    return dates.make(rng, 6000, notations=some), dates.make(rng, 200, "test", notations=some)


class TestReadingBeforeWriting:
    def test_an_aligned_network_cannot_know_the_year(self, english) -> None:
        data, test = english

        def aligned(pairs):
            return pairs.source_words.targets(pairs.sources, 30)[:11]

        model = Aligned(len(data.source_words), 14, 16, 64, np.random.default_rng(SEED))
        rng = np.random.default_rng(SEED)
        batches = training.columns(rng, 400, 32, aligned(data), data.target)
        for _ in training.train_writer(model, batches, lr=0.01):
            pass
        with model.evaluation():
            right = model(aligned(test)).argmax(-1) == test.target
        assert right.all(axis=0).mean() < 0.05
        assert right[2:4].mean() < 0.2  # the year's last digits are read last, written first
        assert right[5:7].mean() > 0.95  # the month is read first

    def test_an_encoder_and_a_decoder_solve_it(self, english) -> None:
        data, test = english
        model = seq2seq(
            len(data.source_words), 14, SEED, embedding_size=16, hidden_size=64, context="every"
        )
        rng = np.random.default_rng(SEED)
        batches = training.columns(rng, 600, 32, data.source[-18:], data.target)
        rate = training.falling(0.01, 600)
        for _ in training.train_writer(model, training.forced(batches), lr=rate):
            pass
        assert training.accuracy(model, test.source, test.target) > 0.9

    def test_the_vector_does_not_grow(self) -> None:
        model = seq2seq(13, 13, hidden_size=64)
        digits = translators.lesson("copy", 0).source_words
        shapes = {model.encode(digits.sources(["7" * n])).shape for n in (1, 10, 1000)}
        assert shapes == {(1, 64)}


@pytest.fixture(scope="module")
def model():
    return translators.trained(Plan("read", SEED))


class TestTranslate:
    def test_unseen_dates_are_read(self, model) -> None:
        test = translators.pairs("read", SEED, 300, "test")
        assert training.accuracy(model, test.source, test.target) > 0.95

    def test_what_the_explanation_names(self, model) -> None:
        written = {t: run(lab.translate, text=t, seed=SEED).data["written"] for t in (
            "令和6年5月3日", "2024/5/3", "2024年2月31日")}  # fmt: skip
        assert written["令和6年5月3日"] == "2024-05-03"
        assert written["2024/5/3"] != "2024-05-03"
        assert written["2024年2月31日"] == "2024-02-31"

    @pytest.mark.parametrize("text", ["", "昨日", "あ" * 5])
    def test_what_cannot_be_read_is_said(self, text: str) -> None:
        with pytest.raises(BadSetting):
            run(lab.translate, text=text, seed=SEED)

    def test_no_test_date_is_trained_on(self) -> None:
        for task in ("read", "write"):
            train, test = translators.lesson(task, SEED), translators.pairs(task, SEED, 300, "test")
            sides = (
                (train.targets, test.targets) if task == "read" else (train.sources, test.sources)
            )
            assert not set(sides[0]) & set(sides[1])


class TestDecoding:
    """Greedy misses the best answer, a beam of 2 finds it; temperature, top-k."""

    def test_a_beam_of_two_finds_the_era(self) -> None:
        one, two, five = (run(lab.beams, width=w, seed=SEED) for w in (1, 2, 5))
        assert one.data["texts"][0].startswith("2")
        assert two.data["texts"][0] == five.data["texts"][0] == "平成27年9月29日"
        assert two.data["p"][0] > one.data["p"][0] + 0.05
        known = set(translators.right_writings("2015-09-29"))
        assert known == {"2015年9月29日", "2015/9/29", "平成27年9月29日"}

    def test_the_trace_is_the_search(self) -> None:
        found = run(lab.beams, width=3, seed=SEED)
        model = translators.trained(Plan("write", SEED))
        ids = checked("2015-09-29", SEED)
        (whole,) = decoding.beam(model, ids, 3, LIMIT)
        assert [h.ids for h in whole] == [ids for ids, _ in found.data["beams"][-1]]
        for before, after in zip(found.data["beams"], found.data["beams"][1:], strict=False):
            kept = {ids for ids, _ in before}
            assert all(ids in kept or ids[:-1] in kept for ids, _ in after)

    def test_temperature_and_top_k(self) -> None:
        share = {
            (tau, k): run(lab.sampling, tau=tau, top_k=k, seed=SEED).summary["正しい答えの割合"]
            for tau, k in ((0.3, 20), (1.0, 20), (2.0, 20), (2.0, 2))
        }
        assert share[0.3, 20] > 0.97
        assert share[1.0, 20] > 0.75
        assert share[2.0, 20] < 0.45
        assert share[2.0, 2] > share[2.0, 20] + 0.15
        once = run(lab.sampling, tau=3.0, top_k=1, seed=SEED)
        assert once.summary["違う答えの種類"] == 1

    @pytest.mark.parametrize("date", ["", "2024-5-3", "2024-02-30", "きのう"])
    def test_what_is_no_date_is_said(self, date: str) -> None:
        with pytest.raises(BadSetting, match="実在する日付"):
            run(lab.beams, date=date)

    def test_names_are_searched_too(self) -> None:
        found = run(lab.beams, task="name", date="山田", width=3, seed=SEED, updates=20)
        assert len(found.data["texts"]) == 3 and found.data["known"][0] in (True, False)
        asked = run(lab.beams, task="name", date="山川山川", width=1, seed=SEED, updates=20)
        assert asked.data["known"] == [None] and asked.summary["書き方"] == "データにない町名"
        for text in ("", "山", "きのう", "2015-09-29"):
            with pytest.raises(BadSetting, match="町名"):
                run(lab.beams, task="name", date=text, seed=SEED, updates=20)

    def test_numbers_of_the_text(self) -> None:
        first = np.log([0.5, 0.4, 0.1])
        second = np.log([[0.4, 0.35, 0.25], [0.8, 0.15, 0.05], [0.6, 0.3, 0.1]])
        whole = np.exp(first[:, None] + second)
        assert np.unravel_index(whole.argmax(), (3, 3)) == (1, 0)
        assert whole.max() == pytest.approx(0.32) and whole[0].max() == pytest.approx(0.20)
        assert pytest.approx(7e11, rel=0.1) == 12**11
        assert pytest.approx(0.25, abs=0.005) == 0.87**10


class TestBottleneck:
    def test_longer_is_harder_and_larger_reaches_further(self) -> None:
        found = {}
        for hidden in (16, 64):
            model = translators.fresh(plan := Plan("copy", SEED, hidden=hidden))
            for _ in translators.train(plan, model):
                pass
            found[hidden] = by_length(model, 50)
        for accuracy in found.values():
            assert accuracy[:2].mean() > 0.9 and accuracy[-2:].mean() < 0.2
        reach = {hidden: int((a >= 0.5).sum()) for hidden, a in found.items()}
        assert reach[16] < reach[64] < 4 * reach[16]  # 4 times the size, not 4 times the digits

    def test_tests_are_not_in_the_training(self) -> None:
        seen = set(translators.lesson("copy", SEED).sources)
        assert all(not seen & set(t.sources) for t in tests()[3:])

    def test_the_context_at_every_step_learns_sooner(self) -> None:
        plain, every = (run(lab.variants, context=c, seed=SEED) for c in ("initial", "every"))
        key = "正解率（見せていない300の日付）"
        assert plain.summary[key] < 0.2 and every.summary[key] > 0.7

    def test_the_context_at_every_step_costs_rows(self) -> None:
        plain, every = (translators.fresh(Plan("read", context=c)) for c in ("initial", "every"))
        H, V = translators.HIDDEN, len(translators.lesson("read", 0).target_words)
        assert every.size - plain.size == H * 3 * H + H * V + (H * H + H)


@pytest.fixture(scope="module")
def tables():
    path = course.chapter("seq2seq").results
    return json.loads(path.read_text(encoding="utf-8"))["tables"]


class TestStoredTables:
    def test_beams_rise_with_their_width(self, tables) -> None:
        log_p = [np.mean(row["log_p"]) for row in tables["beams"]]
        era = [np.mean(row["era"]) for row in tables["beams"]]
        assert log_p[0] < log_p[1] <= log_p[2] + 0.01 and era[0] < 0.7 < era[1]

    def test_bottleneck(self, tables) -> None:
        half = {
            row["model"]: np.mean((np.array(row["accuracy"]) >= 0.5).sum(axis=1))
            for row in tables["bottleneck"]
        }
        assert half["H=16"] < half["H=32"] < half["H=64"] < 2 * half["H=32"]
        assert half["H=64・逆順"] > half["H=64"]

    def test_variants(self, tables) -> None:
        mean = {
            r["model"]: np.mean(r["accuracy"]) for r in tables["variants"] if r["updates"] == 800
        }
        assert mean["初期状態だけ"] < 0.1 < mean["初期状態だけ・逆順"] < mean["毎時刻"]

    def test_figures_draw(self, tables) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for figure in (
                figures.model(),
                figures.lengths(tables["lengths"], tables["bottleneck"]),
            ):
                figure.canvas.draw()


def test_padding_never_changes_what_is_read() -> None:
    model = translators.fresh(Plan("read", SEED))
    words = translators.lesson("read", SEED).source_words
    short, long = words.sources(["2024年5月3日"]), words.sources(["2024年5月3日"], 29)
    assert (long == PAD).sum() == 20
    np.testing.assert_allclose(model.encode(short), model.encode(long), atol=1e-6)
