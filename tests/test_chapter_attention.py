"""Chapter 07: what its text claims, measured with seeds the text does not use."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from eshikaku import course, nn, plot
from eshikaku.chapters import attention as lab
from eshikaku.chapters.attention import figures, networks
from eshikaku.chapters.attention.experiments.alignment import checked, task_of
from eshikaku.chapters.attention.experiments.scaling import SIZES, measured
from eshikaku.experiments.declaration import BadSetting
from eshikaku.models import guessing
from eshikaku.models.attention import AttentionSeq2seq
from eshikaku.tasks import dice

SEEDS = (3, 4, 5)

each_seed = pytest.mark.parametrize("seed", SEEDS)


def nobody(done: int, total: int, partial: object = None) -> None:
    """A report that nobody reads."""


def run(experiment, **changes):
    """The result of an experiment with its defaults but for `changes`."""
    return experiment.run({**experiment.defaults(), **changes}, nobody)


class TestByHand:
    """Part A."""

    def test_the_numbers_of_the_table(self) -> None:
        found = run(lab.lookup).data
        assert np.allclose(found["weights"], [0.401, 0.198, 0.401], atol=5e-4)
        assert np.allclose(found["output"], [1.203, 1.0], atol=5e-4)

    def test_the_temperature(self) -> None:
        cold, warm = run(lab.lookup, tau=0.2), run(lab.lookup, tau=10.0)
        assert np.allclose(cold.data["weights"], [0.493, 0.014, 0.493], atol=5e-4)
        assert np.allclose(warm.data["weights"], [0.34, 0.32, 0.34], atol=6e-3)
        assert np.allclose(run(lab.lookup, q1=0.0).data["weights"], 1 / 3)

    @each_seed
    def test_the_output_never_leaves_the_values(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        q, k, v = rng.normal(0, 3, (20, 4)), rng.normal(0, 3, (6, 4)), rng.normal(size=(6, 2))
        context, _ = nn.DotAttention()(q, k, v)
        assert (context <= v.max(axis=0) + 1e-12).all() and (context >= v.min(axis=0) - 1e-12).all()

    @each_seed
    def test_the_root_keeps_the_slope_and_nothing_loses_it(self, seed: int) -> None:
        at = SIZES.index(512)
        root = run(lab.scaling, seed=seed).data
        bare = run(lab.scaling, seed=seed, power=0.0).data
        flat = run(lab.scaling, seed=seed, power=1.0).data
        assert np.ptp(root["slope"][2:]) < 0.04 and np.ptp(root["entropy"][2:]) < 0.06
        assert 0.15 < bare["slope"][at] / root["slope"][at] < 0.4
        assert 0.9 < bare["highest"][at] < 0.97
        assert flat["entropy"][at] > 0.995 and flat["highest"][at] < 0.08

    def test_the_size_of_the_jacobian_is_that_of_the_matrix(self) -> None:
        a = nn.softmax(np.random.default_rng(0).normal(0, 2, (5, 4)))
        entropy, norm, most = measured(a)
        for row, e, n, m in zip(a, entropy, norm, most, strict=True):
            assert n == pytest.approx(np.linalg.norm(np.diag(row) - np.outer(row, row)))
            assert e == pytest.approx(-np.sum(row * np.log(row)) / np.log(4)) and m == row.max()
        assert np.isfinite(measured(np.array([[1.0, 0.0, 0.0]]))).all()


class TestCopies:
    """Part B: accuracy against length. (The stored table says the same of the text's seeds.)"""

    def test_attention_removes_the_bottleneck_but_does_not_extrapolate(self) -> None:
        seed = SEEDS[0]
        plain = run(lab.length, seed=seed).data["share"]
        looking = run(lab.length, seed=seed, kind="luong").data["share"]
        assert plain[:4].min() > 0.7 and plain[6] < 0.6 and plain[11] < 0.1
        assert looking[:12].min() > 0.9 and looking[13:].max() < 0.5

    def test_the_prediction_says_how_many_parameters_there_are(self) -> None:
        data = networks.pairs("copies", 0)
        sizes = [networks.translator(kind, data, 0, hidden=32).size for kind in ("luong", "none")]
        assert sizes == [13357, 14797]

    def test_the_tests_are_those_of_chapter_05(self) -> None:
        from eshikaku.chapters.seq2seq.experiments.bottleneck import tests

        for ours, theirs in zip(networks.copy_tests(), tests(), strict=True):
            assert ours.sources == theirs.sources

    def test_no_pair_of_the_test_stands_in_the_training(self) -> None:
        for task in ("readings", "dates"):
            train, test = networks.pairs(task, 0), networks.pairs(task, 0, "test", 300)
            assert not set(train.targets) & set(test.targets)


class TestAlignment:
    """Part B: the reader's own input."""

    @pytest.mark.parametrize("seed", [3])
    def test_dates_are_written_and_the_year_is_looked_at_first(self, seed: int) -> None:
        data, net = networks.pairs("dates", seed), networks.trained("dates", "luong", seed)
        test = networks.pairs("dates", seed, "test", 200)
        assert networks.right(net, test).mean() > 0.8
        first = []
        for text in test.sources:
            if "," in text:
                _, weights = networks.look(net, data, text)
                first.append(int(weights[0].argmax()) >= len(text) - 4)
        assert len(first) > 30 and np.mean(first) > 0.9

    @pytest.mark.parametrize("kind", ["luong", "bahdanau"])
    def test_the_first_kana_of_a_digit_looks_at_the_digit(self, kind: str) -> None:
        data, net = networks.pairs("readings", 0), networks.trained("readings", kind, 0)
        tokens, weights = networks.look(net, data, "38624")
        assert "".join(tokens) == "さんまんはっせんろっぴゃくにじゅうよん〈終〉"
        at = [tokens.index(kana) for kana in "さはろによ"]
        assert weights[at].argmax(axis=1).tolist() == [0, 1, 2, 3, 4]
        assert networks.right(net, networks.pairs("readings", 0, "test", 200)).mean() > 0.95

    def test_weights_of_the_drawing_are_those_of_the_letters_shown(self) -> None:
        result = run(lab.alignment, updates=3, text=" 2024年5月3日 ")
        assert result.data["weights"].shape == (len(result.data["tokens"]), 9)
        assert np.allclose(result.data["weights"].sum(axis=1), 1, atol=1e-5)

    def test_what_cannot_be_read_is_refused_in_japanese(self) -> None:
        for text in ("", "こんにちは", "1234567", "May 3, 2024 and more"):
            task = task_of(text)
            with pytest.raises(BadSetting, match=r"使えるのは|入れてください"):
                checked(networks.pairs(task, 0), text, task)

    def test_a_translator_is_trained_once(self) -> None:
        net = networks.trained("dates", "luong", 0, 3)
        assert networks.trained("dates", "luong", 0, 3) is net and isinstance(net, AttentionSeq2seq)


class TestDice:
    """Part C: what leaks. (The stored table says the same of three seeds.)"""

    def test_only_the_mask_before_the_softmax_is_honest(self) -> None:
        found = {}
        for place in guessing.PLACES.values():
            result = run(lab.leak, place=place, seed=SEEDS[0])
            found[place] = (result.summary["損失（まとめて）"], result.summary["損失（1つずつ）"])
        for honest in ("before", "renormalised"):
            assert found[honest] == pytest.approx((dice.CHANCE,) * 2, abs=0.02)
        assert found["none"][0] < 0.35 and found["none"][1] > 2.2
        assert 0.3 < found["after"][0] < 1.1 and found["after"][1] > 8

    @pytest.mark.parametrize("place", guessing.PLACES.values())
    def test_every_place_of_the_mask_has_the_right_gradient(self, place: str) -> None:
        rng, causal = np.random.default_rng(0), np.tril(np.ones((4, 4), bool))
        inputs = [rng.normal(size=(2, 4, size)) for size in (3, 3, 2)]
        report = nn.gradient_check(guessing.MisplacedAttention(place), *inputs, causal)
        assert report.ok(), report

    def test_the_guesser_passes_its_gradient_on(self) -> None:
        net = guessing.Guesser("after", 0, np.float64)
        for p in net.params.values():
            p[...] = np.random.default_rng(1).normal(0, 0.5, p.shape)
        x, _ = dice.throws(np.random.default_rng(2), 2, 3)
        r = np.random.default_rng(3).normal(size=net(x).shape)
        net.forget()

        def loss() -> float:
            value = float(np.sum(net(x) * r))
            net.forget()
            return value

        net(x)
        net.backward(r)
        some = {k: net.params[k] for k in ("embedding.W", "rnn.b", "q.b", "v.b", "out.b")}
        report = nn.compare_gradients(loss, some, {k: net.grads[k] for k in some})
        assert report.ok(), report

    def test_an_unknown_place_is_refused(self) -> None:
        with pytest.raises(ValueError, match="place"):
            guessing.MisplacedAttention("beside")

    def test_where_the_past_may_see_the_future_it_moves(self) -> None:
        rng = np.random.default_rng(0)
        x = rng.normal(size=(1, 5, 4))
        changed = x.copy()
        changed[:, 3:] += 1
        causal = np.tril(np.ones((5, 5), bool))
        for place, leaks in (("before", 0), ("renormalised", 0), ("none", 1), ("after", 1)):
            layer = guessing.MisplacedAttention(place)
            moved = layer(changed, changed, changed, causal)[0] - layer(x, x, x, causal)[0]
            assert (abs(moved[:, :3]).max() > 1e-9) == leaks, place


class TestStored:
    def test_the_stored_table_says_what_the_text_says(self) -> None:
        tables = json.loads(course.chapter("attention").results.read_text("utf-8"))["tables"]
        assert len(tables["seeds"]) >= 3
        copies = {row["model"]: np.array(row["share"]) for row in tables["copies"]}
        for name in ("Luong H=32", "Bahdanau H=32"):
            assert copies[name][:, :12].min() > 0.95
            assert copies[name][:, 13:].max() < 0.5
        plain = copies["なし H=32"]
        assert plain[:, :4].min() > 0.7 and plain[:, 6].max() < 0.6 and plain[:, 11].max() < 0.1
        found = {(r["task"], r["model"]): r["accuracy"] for r in tables["translations"]}
        assert max(found["数の読み", "なし"]) < 0.9 < 0.97 < min(found["数の読み", "Luong general"])
        assert min(found["数の読み", "なし、更新10倍"]) > 0.97
        assert max(found["日付", "なし"]) < 0.7 < 0.9 < min(found["日付", "Luong 双方向"])
        scores = {
            k: np.mean(found["数の読み", f"Luong {k}"]) for k in ("√d で割る", "内積", "加法")
        }
        assert list(scores) == sorted(scores, key=lambda k: scores[k])

    def test_only_the_mask_before_the_softmax_is_honest(self) -> None:
        """For every seed, at once and one by one."""
        rows = json.loads(course.chapter("attention").results.read_text("utf-8"))["tables"]["dice"]
        found = {guessing.PLACES[r["place"]]: (r["at_once"], r["one_by_one"]) for r in rows}
        assert all(len(losses) >= 3 for pair in found.values() for losses in pair)
        for honest in ("before", "renormalised"):
            assert np.allclose(found[honest], dice.CHANCE, atol=0.02)
        assert max(found["none"][0]) < 0.35 and min(found["none"][1]) > 2.2
        at_once, one_by_one = found["after"]
        assert min(at_once) > 0.3 and max(at_once) < 1.1 and min(one_by_one) > 8


def test_figures_are_drawn_without_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in (figures.decoders(), figures.masks()):
            assert plot.html(figure, alt="図")
