"""Word vectors: gradients, parity with PyTorch, samplers, windows, counting, n-grams."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.models import windows
from eshikaku.models.ngram import NGram, perplexity
from eshikaku.models.word2vec import (
    CBOW,
    NegativeSampling,
    Sampler,
    SkipGram,
    add_rows,
    keep_probability,
)
from eshikaku.models.word2vec_training import Recipe, examples, gradients, subsample, trained
from eshikaku.tasks import facts, texts, verses

V, D = 7, 3
SHAPES = ((1, 1), (1, 4), (5, 1), (6, 4))  # batch, words around or scored


def filled(kind, rng, dtype=np.float64):
    """A model whose output rows are not 0."""
    net = kind(V, D, rng, dtype=dtype)
    for value in net.params.values():
        value[...] = rng.normal(size=value.shape)
    return net


def read_of(kind, rng, N: int, C: int) -> np.ndarray:
    """Ids to be read; CBOW's with paddings, but never all of a row."""
    if kind is SkipGram:
        return rng.integers(1, V, N)
    x = rng.integers(0, V, (N, C))
    x[:, 0] = rng.integers(1, V, N)
    return x


each_kind = pytest.mark.parametrize("kind", (SkipGram, CBOW))
each_shape = pytest.mark.parametrize("shape", SHAPES)


class TestGradients:
    @each_kind
    @each_shape
    @pytest.mark.parametrize("scored", ("all", "own", "shared"))
    def test_scores(self, kind, shape, scored) -> None:
        rng = np.random.default_rng(0)
        N, K = shape
        words = {"all": (), "own": (rng.integers(0, V, (N, K)),), "shared": (np.array([2, 2, 5]),)}
        report = nn.gradient_check(filled(kind, rng), read_of(kind, rng, N, K), *words[scored])
        assert report.ok(), str(report)

    @each_shape
    @pytest.mark.parametrize("weight", (1.0, 0.25))
    def test_negative_sampling(self, shape, weight) -> None:
        N, K = shape
        u = np.random.default_rng(1).normal(size=(N, K + 1))
        layer = NegativeSampling(weight)
        layer(u)
        du = layer.backward(2.0)
        numeric = nn.numerical_gradient(lambda: 2.0 * layer(u), u)
        assert nn.relative_error(du, numeric) < 1e-8

    def test_negative_sampling_of_large_scores_stays_finite(self) -> None:
        layer = NegativeSampling()
        assert layer(np.array([[-800.0, 800.0]])) == pytest.approx(1600)
        assert np.allclose(layer.backward(), [[-1, 1]])

    @pytest.mark.parametrize("shape", ((5,), (1,), (400,)))
    def test_add_rows_is_add_at(self, shape) -> None:
        rng = np.random.default_rng(2)
        ids, rows = rng.integers(0, 4, shape), rng.normal(size=(*shape, D))
        ours, theirs = np.ones((V, D)), np.ones((V, D))
        add_rows(ours, ids, rows)
        np.add.at(theirs, ids, rows)
        assert np.allclose(ours, theirs, rtol=1e-13)

    def test_a_padding_gets_no_gradient_and_takes_no_part_in_the_mean(self) -> None:
        net = filled(CBOW, np.random.default_rng(3))
        assert np.allclose(net.hidden(np.array([[0, 2, 0, 5]])), net.params["W_in"][[2, 5]].mean(0))
        net(np.array([[0, 2, 0, 5]]))
        net.backward(np.ones((1, V)))
        assert not net.grads["W_in"][0].any() and net.grads["W_in"][2].any()

    @each_kind
    def test_float32_stays_and_size_is_2vd(self, kind) -> None:
        rng = np.random.default_rng(4)
        net = filled(kind, rng, np.float32)
        u = net(read_of(kind, rng, 3, 4), rng.integers(0, V, (3, 2)))
        loss = NegativeSampling()
        loss(u)
        net.backward(loss.backward())
        assert u.dtype == np.float32 and net.grads["W_in"].dtype == np.float32
        assert net.size == 2 * V * D

    def test_faults_are_named(self) -> None:
        net = SkipGram(V, D, np.random.default_rng(0))
        with pytest.raises(IndexError, match="0〜6"):
            net(np.array([V]))
        with pytest.raises(TypeError, match="整数"):
            net(np.array([1.0]))
        with pytest.raises(ValueError, match=r"\(N,\)"):
            net(np.array([[1]]))
        with pytest.raises(ValueError, match="words"):
            net(np.array([1, 2]), np.array([[1], [2], [3]]))
        with pytest.raises(ValueError, match=r"\(N, C\)"):
            CBOW(V, D, np.random.default_rng(0))(np.array([1]))

    def test_shared_negatives_are_the_weighted_mean_of_one_set_for_each(self) -> None:
        """With S = K the loss is that of the same K words written out for every row."""
        rng = np.random.default_rng(5)
        net = filled(SkipGram, rng)
        read, target = rng.integers(1, V, 6), rng.integers(1, V, 6)
        counts = np.r_[0, np.ones(V - 1)]
        sampler, recipe = Sampler(counts), Recipe(negatives=3, shared=3)
        loss = gradients(net, read, target, recipe, sampler, np.random.default_rng(9))
        shared = {k: g.copy() for k, g in net.grads.items()}
        others = sampler.draw(np.random.default_rng(9), (3,))
        words = np.concatenate([target[:, None], np.tile(others, (6, 1))], axis=1)
        net.zero_grad()
        layer = NegativeSampling()
        assert layer(net(read, words)) == pytest.approx(loss)
        net.backward(layer.backward())
        assert all(np.allclose(net.grads[k], shared[k]) for k in shared)


class TestParity:
    """The same numbers as torch's Embedding, EmbeddingBag, cross_entropy and BCE with logits."""

    @each_kind
    @each_shape
    @pytest.mark.parametrize("negatives", (0, 1, 3))
    @pytest.mark.parametrize("dtype", (np.float64, np.float32))
    def test_loss_and_gradients(self, kind, shape, negatives, dtype) -> None:
        torch = pytest.importorskip("torch")
        rng = np.random.default_rng(6)
        N, C = shape
        net = filled(kind, rng, dtype)
        read, target = read_of(kind, rng, N, C), rng.integers(1, V, N)
        weights = {k: torch.tensor(v).requires_grad_() for k, v in net.params.items()}
        ids = torch.from_numpy(read)
        if kind is SkipGram:
            h = torch.nn.functional.embedding(ids, weights["W_in"])
        else:
            h = torch.nn.functional.embedding_bag(ids, weights["W_in"], mode="mean", padding_idx=0)
        if negatives:
            words = np.concatenate([target[:, None], rng.integers(0, V, (N, negatives))], axis=1)
            u = (weights["W_out"][torch.from_numpy(words)] * h[:, None]).sum(-1)
            label = torch.zeros_like(u)
            label[:, 0] = 1
            bce = torch.nn.BCEWithLogitsLoss(reduction="sum")
            theirs = bce(u, label) / N
            layer = NegativeSampling()
            ours = layer(net(read, words))
        else:
            u = h @ weights["W_out"].T
            theirs = torch.nn.functional.cross_entropy(u, torch.from_numpy(target))
            layer = nn.SoftmaxCrossEntropy()
            ours = layer(net(read), target)
        theirs.backward()
        net.backward(layer.backward())
        tolerance = 1e-12 if dtype is np.float64 else 2e-5
        assert ours == pytest.approx(theirs.item(), rel=tolerance)
        for name, w in weights.items():
            assert np.allclose(net.grads[name], w.grad.numpy(), rtol=tolerance, atol=tolerance)


class TestSampling:
    def test_probabilities_and_draws(self) -> None:
        counts = np.array([0, 81, 16, 1, 0])
        sampler = Sampler(counts, 0.75)
        assert np.allclose(sampler.probabilities, np.array([0, 27, 8, 1, 0]) / 36)
        drawn = np.bincount(sampler.draw(np.random.default_rng(0), (20_000,)), minlength=5)
        assert not drawn[[0, 4]].any()
        assert np.allclose(drawn / 20_000, sampler.probabilities, atol=0.01)
        assert np.allclose(Sampler(counts, 0).probabilities, [0, 1 / 3, 1 / 3, 1 / 3, 0])
        with pytest.raises(ValueError, match="counts"):
            Sampler(np.zeros(3))

    def test_no_draw_falls_outside(self) -> None:
        class Edge:
            def random(self, shape):
                return np.full(shape, np.nextafter(1.0, 0))

        sampler = Sampler(np.array([0, 3, 7, 11, 0]))
        assert sampler.draw(Edge(), (4,)).tolist() == [3] * 4

    def test_keep_probability(self) -> None:
        keep = keep_probability(np.array([0, 1, 99, 900]), 0.01)
        assert np.allclose(keep, [1, 1, math.sqrt(0.01 / 0.099), math.sqrt(0.01 / 0.9)])
        assert keep_probability(np.array([5, 5]), 0).tolist() == [1, 1]
        rng = np.random.default_rng(0)
        kept = subsample([np.full(10_000, 3)], keep, rng)
        assert len(kept[0]) == pytest.approx(10_000 * keep[3], rel=0.1)


class TestWindows:
    SENTENCES = (np.array([1, 2, 3]), np.array([4, 5]), np.array([6]))

    def test_pairs_stay_in_their_sentence(self) -> None:
        for window in (1, 2, 5):
            found = sorted(zip(*windows.pairs(self.SENTENCES, window), strict=True))
            wanted = sorted(
                (s[i], s[j])
                for s in self.SENTENCES
                for i, j in itertools.permutations(range(len(s)), 2)
                if abs(i - j) <= window
            )
            assert found == wanted

    def test_contexts_hold_their_places(self) -> None:
        around, centres = windows.contexts(self.SENTENCES, 2)
        assert centres.tolist() == [1, 2, 3, 4, 5]
        assert around.tolist() == [[0, 0, 2, 3], [0, 1, 3, 0], [1, 2, 0, 0], [0, 0, 5, 0],
                                   [0, 4, 0, 0]]  # fmt: skip
        assert examples("CBOW", self.SENTENCES, 2)[0].shape == (5, 4)
        assert windows.contexts(self.SENTENCES, 50)[0].shape == (5, 100)

    def test_cooccurrence_and_ppmi_by_brute_force(self) -> None:
        rng = np.random.default_rng(0)
        text = [rng.integers(1, 6, n) for n in (7, 1, 4)]
        C = windows.cooccurrence(text, 6, 2)
        wanted = Counter(zip(*windows.pairs(text, 2), strict=True))
        assert all(C[i, j] == wanted[i, j] for i in range(6) for j in range(6))
        assert np.array_equal(C, C.T)
        M, total = windows.ppmi(C), C.sum()
        for i, j in np.ndindex(6, 6):
            p, q, r = C[i, j] / total, C[i].sum() / total, C[:, j].sum() / total
            assert M[i, j] == pytest.approx(max(0, math.log2(p / (q * r))) if p else 0)

    def test_svd_is_the_best_of_its_rank(self) -> None:
        M = np.random.default_rng(0).normal(size=(6, 5))
        vectors = windows.svd_vectors(M, 2)
        assert np.linalg.norm(M @ M.T, 2) == pytest.approx(np.linalg.norm(vectors @ vectors.T, 2))
        assert np.allclose(windows.svd_vectors(M, 5) @ windows.svd_vectors(M, 5).T, M @ M.T)
        assert np.all(vectors[np.abs(vectors).argmax(axis=0), [0, 1]] > 0)

    def test_analogies_are_counted_as_one_would_by_hand(self) -> None:
        rng = np.random.default_rng(0)
        vectors = rng.normal(size=(9, 3))
        first, second = np.array([1, 2, 3]), np.array([4, 5, 6])
        u = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        for exclude in (True, False):
            wanted = []
            for i, j in itertools.permutations(range(3), 2):
                query = u[second[i]] - u[first[i]] + u[first[j]]
                order = [
                    k
                    for k in np.argsort(-(u @ query))
                    if k and not (exclude and k in (first[i], second[i], first[j]))
                ]
                wanted.append(order[0] == second[j])
            found = windows.analogies(vectors, first, second, exclude=exclude)
            assert found.tolist() == wanted

    def test_nearest(self) -> None:
        vectors = np.array([[9.0, 9], [1, 0], [2, 0.1], [0, 1], [0, 0]])
        found = windows.nearest(vectors, vectors[1], 2, exclude=(1,))
        assert [k for k, _ in found] == [2, 3] and found[0][1] == pytest.approx(0.9988, abs=1e-4)


class TestNGram:
    TEXT = ([1, 2, 1, 3], [1, 2])

    def test_by_hand(self) -> None:
        bigram = NGram(2, 3).count(self.TEXT)
        assert bigram.probability(1) == 1
        assert bigram.probability(2, [1]) == pytest.approx(2 / 3)
        assert bigram.probability(3, [2, 1]) == pytest.approx(1 / 3)
        smooth = NGram(2, 3, k=1).count(self.TEXT)
        assert smooth.probability(2, [1]) == pytest.approx(3 / 6)
        assert smooth.probability(2, [3]) == pytest.approx(1 / 3), "a context never seen"
        assert NGram(1, 3).count(self.TEXT).probability(1) == pytest.approx(3 / 6)

    @pytest.mark.parametrize("n", (1, 2, 3, 5))
    def test_probabilities_sum_to_one(self, n: int) -> None:
        rng = np.random.default_rng(n)
        model = NGram(n, 5, k=0.3).count([rng.integers(1, 6, 30)])
        for before in ([], [1], [2, 5], [3, 3, 3, 3, 3, 3]):
            assert sum(model.probability(w, before) for w in range(1, 6)) == pytest.approx(1)

    def test_perplexity(self) -> None:
        assert perplexity(np.log([0.5, 0.25, 0.125])) == pytest.approx(4)
        assert NGram(1, 8, k=1).perplexity([[3, 4]]) == pytest.approx(8), "no text: 1/V each"
        assert NGram(2, 3).count(self.TEXT).perplexity([[1, 1]]) == math.inf
        model = NGram(2, 3, k=0.5).count(self.TEXT)
        words = [(1, []), (2, [1]), (3, [1, 2])]
        product = math.prod(model.probability(w, before) for w, before in words)
        assert model.perplexity([[1, 2, 3]]) == pytest.approx(product ** (-1 / 3))
        with pytest.raises(ValueError, match="語"):
            perplexity(np.array([]))
        with pytest.raises(ValueError, match="n と語彙"):
            NGram(0, 3)


class TestTexts:
    def test_facts_are_complete_and_their_words_unique(self) -> None:
        all_of = facts.countries()
        assert len(all_of) >= 110 and all(c.languages and c.currency for c in all_of)
        names = [word for words in facts.kinds().values() for word in words]
        assert len(names) == len(set(names)), "one word, one kind"
        assert not [word for word in names if " " in word or "(" in word]
        by_code = {c.code: c for c in all_of}
        assert (by_code["FR"].country, by_code["FR"].city) == ("フランス", "パリ")
        assert by_code["JP"].currency == "日本円" and by_code["BR"].languages == ("ポルトガル語",)

    def test_the_corpus(self) -> None:
        corpus = facts.make(np.random.default_rng(0))
        again = facts.make(np.random.default_rng(0))
        assert corpus.sentences == again.sentences and 70_000 < corpus.tokens < 95_000
        assert corpus.words[0] == texts.PAD and corpus.counts[0] == 0
        assert list(corpus.counts[1:]) == sorted(corpus.counts[1:], reverse=True)
        assert [corpus.words[k] for k in corpus.ids[7]] == list(corpus.sentences[7])

    def test_held_out_sentences_fill_no_template_of_training(self) -> None:
        train, test = facts.split(np.random.default_rng(0))
        fixed = {s for s in train if not any("曜日" in w or w.endswith("月") for w in s)}
        assert not fixed & set(test)
        assert len(test) == pytest.approx(len(train) / 2 / 9, rel=0.02)
        whole = texts.corpus([*train, *test])
        assert {w for s in test for w in s} <= set(whole.words)

    def test_rare_words_are_taken_out(self) -> None:
        corpus = texts.corpus([("a", "b", "a"), ("b", "c")], at_least=2)
        assert corpus.words == (texts.PAD, "a", "b") and corpus.sentences[1] == ("b",)

    def test_verses_are_real_or_say_what_to_install(self, monkeypatch) -> None:
        monkeypatch.setattr(verses, "installed", lambda: False)
        corpus = verses.load()
        assert "pip install" in corpus.message and not corpus.real
        index = corpus.index()
        assert all(w in index for pair in verses.PAIRS for w in pair)


def test_verses_are_read_from_the_package_where_it_is(monkeypatch) -> None:
    """A stand-in with the interface of pythonbible: numbers BBCCCVVV, books past 66 left out."""

    class Bible:
        verse_start_indices = {1001001: 0, 1001002: 5, 67001001: 9}  # noqa: RUF012

        def get_scripture(self, number: int) -> str:
            return {1001001: "The king, the KING;", 1001002: "the king!"}[number]

    monkeypatch.setattr(verses, "installed", lambda: True)
    module = type("module", (), {"bible": Bible()})
    monkeypatch.setattr(verses, "import_module", lambda name: module)
    monkeypatch.setattr(verses, "AT_LEAST", 3)
    corpus = verses.load()
    assert corpus.real and not corpus.message
    assert corpus.sentences == (("the", "king", "the", "king"), ("the", "king"))


@pytest.mark.parametrize("kind", ("skip-gram", "CBOW"))
@pytest.mark.parametrize("changes", ({}, {"negatives": 0}, {"shared": 64}), ids=str)
def test_training_lowers_the_loss_and_finds_capitals(kind: str, changes: dict) -> None:
    corpus = facts.make(np.random.default_rng(3), repeats=2)
    recipe = Recipe(kind=kind, size=16, epochs=2 if kind == "skip-gram" else 6, **changes)
    net = trained(corpus, recipe, seed=3)
    index = corpus.index()
    pairs = np.array([(index[c.country], index[c.city]) for c in facts.countries()])
    right = windows.analogies(net.params["W_in"] + net.params["W_out"], *pairs.T)
    assert right.mean() > 0.3, "one in 500 by chance"
