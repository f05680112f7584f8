"""HRED, VHRED and the dialogues they are fed with."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.models import answering, conversation, decoding
from eshikaku.models.hred import hred
from eshikaku.models.seq2seq import Decoder, Encoder
from eshikaku.models.vhred import KLBetween, drop_words, kl_between, vhred
from eshikaku.tasks import dialogues
from eshikaku.tasks.vocabulary import BOS, EOS, PAD, shifted

V = 8
# K answers, T and T' words, N dialogues, J latent dimensions, how the decoder is told
SHAPES = [(1, 1, 1, 1, 2, "initial"), (3, 4, 5, 2, 3, "every"), (2, 3, 2, 1, 1, "initial")]


def data(K: int, T: int, T2: int, N: int, rng: np.random.Generator):
    """Dialogues of 2K utterances, with padding at the front where there is room."""
    dialogue = rng.integers(3, V, (2 * K, T, N))
    dialogue[1:, : T // 2] = PAD
    target_in = rng.integers(3, V, (K, T2, N))
    target_in[:, 0] = BOS
    return dialogue, target_in


def stirred(model, rng):
    """The same with larger weights and biases that are not 0."""
    for p in model.params.values():
        p[...] = rng.normal(0, 0.5, p.shape)
    return model


class TestDialogues:
    def test_no_booking_of_test_stands_in_training_but_every_pair_of_values_does(self) -> None:
        train, test = dialogues.bookings()
        assert not set(train) & set(test)
        assert len(train) + len(test) == 125 and len(test) == 25
        for i, j in itertools.combinations(range(3), 2):
            assert {(b[i], b[j]) for b in train} == {(b[i], b[j]) for b in test}

    @pytest.mark.parametrize("part", ["train", "test"])
    def test_every_answer_fits_its_context(self, part: str) -> None:
        pool = dialogues.bookings()[part == "test"]
        for d in dialogues.make(np.random.default_rng(0), 200, part, exchanges=3):
            assert d.booking in pool and len(d.utterances) == 8
            assert len(set(d.kinds)) == 4
            for kind, said in zip(d.kinds, d.utterances[1::2], strict=True):
                assert said in dialogues.answers(kind, d.booking)
            # what a fact's question asks for is said in the first utterance alone, by the guest
            assert not any(v in q for v in d.booking for q in d.utterances[2::2])

    @pytest.mark.parametrize("kind", dialogues.KINDS)
    def test_answers_come_as_often_as_they_should(self, kind: str) -> None:
        made = dialogues.make(np.random.default_rng(1), 3000, exchanges=1, last=kind)
        booking = dialogues.bookings()[0][0]
        known = dialogues.answers(kind, booking)
        assert sum(known.values()) == pytest.approx(1)
        short = max(known, key=lambda text: known[text])
        if kind not in dialogues.FACTS:
            share = np.mean([d.utterances[-1] == short for d in made])
            assert share == pytest.approx(known[short], abs=0.035)
            assert all(len(short.split()) <= len(text.split()) for text in known)

    def test_free_text_is_cut_into_the_words_of_the_grammar(self) -> None:
        for d in dialogues.make(np.random.default_rng(2), 400, exchanges=4):
            for utterance in d.utterances:
                assert dialogues.tokenise(utterance.replace(" ", "")) == utterance
        with pytest.raises(ValueError, match="犬"):
            dialogues.tokenise("三人で犬")

    def test_batches_hold_the_dialogues(self) -> None:
        made = dialogues.make(np.random.default_rng(3), 5)
        found, words = dialogues.batch(made), dialogues.vocabulary()
        for n, d in enumerate(made):
            assert tuple(words.texts(found.dialogue[..., n].T)) == d.utterances
            assert tuple(words.texts(found.target[..., n].T)) == d.utterances[1::2]
        for target, target_in in zip(found.target, found.target_in, strict=True):
            np.testing.assert_array_equal(target_in, shifted(target))
        few = found.rows(np.array([3, 1]))
        np.testing.assert_array_equal(few.dialogue, found.dialogue[..., [3, 1]])

    def test_what_cannot_be_made_is_refused(self) -> None:
        rng = np.random.default_rng(0)
        for wrong in ({"part": "dev"}, {"last": "name"}, {"exchanges": 9}):
            with pytest.raises(ValueError):
                dialogues.make(rng, 1, **wrong)
        with pytest.raises(ValueError, match="発話の数"):
            dialogues.read([["はい 。"], ["はい 。", "はい 。"]])


class TestGradients:
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_hred(self, shape) -> None:
        K, T, T2, N, _, into = shape
        rng = np.random.default_rng(0)
        sizes = {"embedding_size": 3, "hidden_size": 4, "context_size": 5}
        model = stirred(hred(V, into=into, dtype=np.float64, **sizes), rng)
        assert nn.gradient_check(model, *data(K, T, T2, N, rng)).ok()

    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_vhred_with_fixed_noise(self, shape) -> None:
        K, T, T2, N, J, into = shape
        rng = np.random.default_rng(1)
        sizes = {"embedding_size": 3, "hidden_size": 4, "context_size": 5, "latent_size": J}
        model = stirred(vhred(V, into=into, dtype=np.float64, **sizes), rng)
        noise = rng.normal(size=(K, N, J))
        report = nn.gradient_check(model, *data(K, T, T2, N, rng), noise, constants=(2,))
        assert report.ok(), str(report)

    @pytest.mark.parametrize("every", [1, 2, 3])
    def test_other_utterances_may_be_answered(self, every: int) -> None:
        rng = np.random.default_rng(2)
        model = stirred(hred(V, embedding_size=3, hidden_size=4, context_size=4), rng)
        model = model.astype(np.float64)
        model.every = every
        dialogue = rng.integers(3, V, (2 * every + 2, 3, 2))
        target_in = rng.integers(3, V, (3, 4, 2))
        assert nn.gradient_check(model, dialogue, target_in).ok()

    @pytest.mark.parametrize("whole", [False, True])
    def test_seq2seq_on_dialogues(self, whole: bool) -> None:
        rng = np.random.default_rng(3)
        model = conversation.Flat(
            Encoder(V, 3, 4, rng), Decoder(V, 3, 4, rng, context="every"), whole=whole
        )
        assert nn.gradient_check(stirred(model, rng), *data(3, 4, 5, 2, rng)).ok()

    def test_too_few_utterances_are_refused(self) -> None:
        rng = np.random.default_rng(4)
        dialogue, target_in = data(3, 2, 2, 1, rng)
        with pytest.raises(ValueError, match="発話が5個以上"):
            hred(V, dtype=np.float64).forward(dialogue[:4], target_in)
        with pytest.raises(ValueError, match="最後の答え"):
            vhred(V).forward(dialogue[:5], target_in, np.zeros((3, 1, 8)))


class TestKL:
    def test_against_torch(self) -> None:
        torch = pytest.importorskip("torch")
        from torch.distributions import Normal, kl_divergence

        rng = np.random.default_rng(0)
        mu_q, logvar_q, mu_p, logvar_p = rng.normal(0, 1.5, (4, 7, 3))
        q, p = (
            Normal(torch.tensor(mu), torch.tensor(np.exp(logvar / 2)))
            for mu, logvar in ((mu_q, logvar_q), (mu_p, logvar_p))
        )
        expected = kl_divergence(q, p).numpy()
        np.testing.assert_allclose(kl_between(mu_q, logvar_q, mu_p, logvar_p), expected, rtol=1e-12)
        np.testing.assert_allclose(
            KLBetween()(mu_q, logvar_q, mu_p, logvar_p), expected.sum(-1), rtol=1e-12
        )

    def test_gradient(self) -> None:
        parts = np.random.default_rng(1).normal(size=(4, 5, 3))
        assert nn.gradient_check(KLBetween(), *parts).ok()

    def test_same_distribution_costs_nothing_and_a_standard_prior_gives_the_vaes_formula(
        self,
    ) -> None:
        mu, logvar = np.random.default_rng(2).normal(size=(2, 6, 4))
        assert np.abs(kl_between(mu, logvar, mu, logvar)).max() < 1e-15
        zero = np.zeros_like(mu)
        np.testing.assert_allclose(
            kl_between(mu, logvar, zero, zero), 0.5 * (mu**2 + np.exp(logvar) - 1 - logvar)
        )


class TestReading:
    """What an answer may and may not depend on."""

    def test_teacher_forcing_and_step_by_step_agree(self) -> None:
        rng = np.random.default_rng(0)
        dialogue, target_in = data(3, 4, 5, 2, rng)
        eps = rng.normal(size=(3, 2, 8))
        for into in ("initial", "every"):
            model = stirred(hred(V, into=into, dtype=np.float64), rng)
            other = stirred(vhred(V, into=into, dtype=np.float64), rng)
            for k in range(3):
                so_far = dialogue[: 2 * k + 1]
                state = model.start(so_far)
                expected = model.forward(dialogue, target_in)[k]
                for ids, logits in zip(target_in[k], expected, strict=True):
                    found, state = model.step(ids, state)
                    np.testing.assert_allclose(found, logits, rtol=1e-10, atol=1e-12)
                # writing with the z that the posterior gave in training
                expected = other.forward(dialogue, target_in, eps)[0][k]
                mu, logvar = other.posterior_of(so_far, dialogue[2 * k + 1])
                prior_mu, prior_logvar = other.prior_of(so_far)
                z = mu + np.exp(logvar / 2) * eps[k]
                state = other.start(so_far, (z - prior_mu) / np.exp(prior_logvar / 2))
                for ids, logits in zip(target_in[k], expected, strict=True):
                    found, state = other.step(ids, state)
                    np.testing.assert_allclose(found, logits, rtol=1e-9, atol=1e-10)

    def test_hred_sees_nothing_of_an_answer_before_it_is_written(self) -> None:
        rng = np.random.default_rng(1)
        dialogue, target_in = data(3, 4, 5, 2, rng)
        changed = dialogue.copy()
        changed[3:] = rng.integers(3, V, changed[3:].shape)
        model = stirred(hred(V, dtype=np.float64), rng)
        before, after = (model.forward(d, target_in) for d in (dialogue, changed))
        np.testing.assert_array_equal(before[:2], after[:2])
        assert np.abs(before[2] - after[2]).max() > 1e-3

    def test_the_last_utterance_alone_hides_the_others(self) -> None:
        rng = np.random.default_rng(2)
        context = rng.integers(3, V, (5, 4, 2))
        changed = context.copy()
        changed[:4] = rng.integers(3, V, (4, 4, 2))
        for whole in (False, True):
            model = conversation.Flat(
                Encoder(V, 3, 4, rng), Decoder(V, 3, 4, rng, context="every"), whole=whole
            )
            a, b = (model.start(c)[1] for c in (context, changed))
            assert np.array_equal(a, b) != whole

    def test_padding_in_front_of_an_utterance_changes_nothing(self) -> None:
        rng = np.random.default_rng(3)
        context = rng.integers(3, V, (3, 4, 2))
        wider = np.concatenate([np.full((3, 2, 2), PAD), context], axis=1)
        model = stirred(hred(V, dtype=np.float64), rng)
        np.testing.assert_allclose(model.start(context)[1], model.start(wider)[1], rtol=1e-12)

    def test_z_is_the_priors_mean_unless_it_is_drawn(self) -> None:
        rng = np.random.default_rng(4)
        model = stirred(vhred(V, dtype=np.float64), rng)
        context = rng.integers(3, V, (3, 4, 2))
        mu, logvar = model.prior_of(context)
        np.testing.assert_allclose(model.start(context)[1][:, -8:], mu)
        eps = rng.normal(size=(2, 8))
        np.testing.assert_allclose(
            model.start(context, eps)[1][:, -8:], mu + np.exp(logvar / 2) * eps
        )


class TestAnswering:
    def test_dropped_words_are_pad_and_bos_stays(self) -> None:
        rng = np.random.default_rng(0)
        target_in = rng.integers(3, V, (2, 500, 3))
        target_in[:, 0] = BOS
        dropped = drop_words(target_in, 0.25, rng)
        assert (dropped[:, 0] == BOS).all()
        assert np.mean(dropped == PAD) == pytest.approx(0.25, abs=0.03)
        kept = dropped != PAD
        np.testing.assert_array_equal(dropped[kept], target_in[kept])
        np.testing.assert_array_equal(drop_words(target_in, 0.0, rng), target_in)

    def test_distinct(self) -> None:
        texts = ["a b a", "a b", "c"]
        assert answering.distinct(texts, 1) == pytest.approx(3 / 6)
        assert answering.distinct(texts, 2) == pytest.approx(2 / 3)  # ab, ba, ab
        assert answering.distinct(["a"], 2) == 0.0

    def test_draws_of_one_context_stand_together(self) -> None:
        asked = answering.questions(0, ("day",), 3)
        contexts = [d.utterances[:-1] for d in asked]
        model = conversation.fresh(conversation.LATENT, 0)
        one = answering.answer(model, contexts)
        three = answering.answer(model, contexts, draws=3)
        assert three == [row * 3 for row in one]
        drawn = answering.answer(model, contexts, "latent", draws=4)
        assert drawn == answering.answer(model, contexts, "latent", draws=4)  # same default seed
        with pytest.raises(ValueError, match="greedy"):
            answering.answer(model, contexts, "beam")

    def test_a_perfect_desk_is_judged_perfect(self) -> None:
        """A model that writes what the grammar says."""
        asked = answering.questions(0, dialogues.KINDS, 4)
        words = dialogues.vocabulary()
        targets = words.targets([d.utterances[-1] for d in asked])

        class Known(nn.Layer):
            def start(self, source):
                return np.stack([np.arange(len(asked)), np.zeros(len(asked), int)], axis=1)

            def step(self, ids, state):
                row, t = state.T
                wanted = np.where(
                    t < len(targets), targets[np.minimum(t, len(targets) - 1), row], EOS
                )
                logits = np.where(np.arange(len(words)) == wanted[:, None], 9.0, 0.0)
                return logits, np.stack([row, t + 1], axis=1)

        found = answering.judge(Known(), asked)
        assert found.fits == 1 and found.different == 1
        assert found.length == pytest.approx(
            np.mean([len(d.utterances[-1].split()) for d in asked])
        )

    def test_a_training_is_done_once_and_repeats_itself(self) -> None:
        for name in conversation.NAMES:
            a = list(conversation.remembered(name, 8, 3))
            assert len(a) == 3 and not list(conversation.remembered(name, 8, 3))
            b = list(conversation.training(name, 8, 3))
            assert [p.loss for p in a] == [p.loss for p in b]
            assert conversation.trained(name, 8, 3) is a[-1].model
            assert conversation.kl_curve(name, 8, 3).tolist() == [p.kl for p in b]
            ids = decoding.greedy(a[-1].model, conversation.material(8).dialogue[:3, :, :2], 4)
            assert ids.shape[1] == 2


class TestClaims:
    """What chapters 05 and 06 say of the models, on a seed that their text does not use."""

    SEED = 6

    def test_facts_need_more_than_the_last_utterance(self) -> None:
        asked = answering.questions(self.SEED, dialogues.FACTS, 40)
        far = answering.questions(self.SEED, dialogues.FACTS, 20, exchanges=6)
        last = conversation.trained(conversation.LAST, self.SEED)
        tall = conversation.trained(conversation.HIERARCHY, self.SEED)
        assert answering.judge(last, asked).fits < 0.4
        assert answering.judge(tall, asked).fits > 0.7
        assert answering.judge(tall, far).fits > 0.7

    def test_hred_gives_the_short_answer_and_vhred_others_that_fit(self) -> None:
        asked = answering.questions(self.SEED, dialogues.OPEN, 20)
        tall = conversation.trained(conversation.HIERARCHY, self.SEED)
        latent = conversation.trained(conversation.LATENT, self.SEED)
        dull = answering.judge(tall, asked, draws=3)
        assert dull.short > 0.6 and dull.different == 1
        drawn = answering.judge(latent, asked, "latent", draws=20)
        assert drawn.different > 3 and drawn.short < 0.65 and drawn.fits > 0.9

    def test_without_annealing_and_word_dropout_the_kl_all_but_vanishes(self) -> None:
        kls = {}
        for strength in (0.25, 0.0):
            how = {"annealing": strength, "drop": strength}
            steps = conversation.training(conversation.LATENT, self.SEED, 400, **how)
            kls[strength] = np.mean([step.kl for step in steps][-50:])
        assert kls[0.25] > 2 * kls[0.0]
