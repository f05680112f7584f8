"""Transformers over tokens: gradients, masks, step by step as all at once, and what they learn."""

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.models import decoding, training
from eshikaku.models.seq2seq import rows
from eshikaku.models.transformer import LanguageModel, TokenEmbedding, TransformerSeq2seq
from eshikaku.tasks.vocabulary import BOS, EOS, PAD, shifted

RNG = np.random.default_rng
SMALL = {"d_model": 4, "nhead": 2, "dim_feedforward": 6, "dtype": np.float64}
SOURCE = np.array([[3, 4], [5, 3], [4, PAD], [6, PAD]])  # (T, N)
TARGET_IN = np.array([[BOS, BOS], [4, 5], [3, PAD]])


def stirred(net):
    for key, p in net.params.items():
        p[...] += RNG(len(key)).normal(0, 0.2, p.shape)
    return net


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "none"])
@pytest.mark.parametrize("norm_first", [False, True])
def test_gradients(positions, norm_first):
    how = {**SMALL, "positions": positions, "norm_first": norm_first}
    net = stirred(TransformerSeq2seq(7, 8, RNG(0), **how))
    assert net(SOURCE, TARGET_IN).shape == (3, 2, 8)
    net.forget()
    assert nn.gradient_check(net, SOURCE, TARGET_IN).ok()
    language = stirred(LanguageModel(7, RNG(0), layers=1, longest=6, **how))
    assert nn.gradient_check(language, SOURCE).ok()


def test_padding_changes_nothing():
    net = stirred(TransformerSeq2seq(7, 8, RNG(0), **SMALL))
    alone = net(SOURCE[:2, 1:], TARGET_IN[:2, 1:])
    np.testing.assert_allclose(net(SOURCE, TARGET_IN)[:2, 1:], alone, atol=1e-12)


def test_no_token_sees_a_later_one():
    net = stirred(LanguageModel(7, RNG(0), **SMALL))
    ids = RNG(1).integers(0, 7, (6, 1))
    y = net(ids)
    ids[4] = (ids[4] + 1) % 7
    assert np.array_equal(net(ids)[:4], y[:4])
    assert not np.allclose(net(ids)[4:], y[4:])


def test_step_by_step_is_all_at_once():
    net = stirred(TransformerSeq2seq(7, 8, RNG(0), **SMALL))
    whole, state = net(SOURCE, TARGET_IN), net.start(SOURCE)
    for t, ids in enumerate(TARGET_IN[:2]):
        logits, state = net.step(ids, state)
        np.testing.assert_allclose(logits, whole[t], atol=1e-12)
    swapped = rows(state, np.array([1, 0]))
    first, _ = net.step(np.array([3, 3]), state)
    second, _ = net.step(np.array([3, 3]), swapped)
    np.testing.assert_allclose(first, second[::-1])


def test_without_positions_the_order_is_lost():
    ids = np.array([[3], [4], [5]])
    for positions, same in (("none", True), ("sinusoidal", False), ("learned", False)):
        x = TokenEmbedding(7, 4, RNG(0), positions=positions)(ids)
        y = nn.MultiheadAttention(4, 2, RNG(0)).forward(x)[0]
        other = TokenEmbedding(7, 4, RNG(0), positions=positions)(ids[[1, 0, 2]])
        z = nn.MultiheadAttention(4, 2, RNG(0)).forward(other)[0]
        assert np.allclose(y[:, 2], z[:, 2]) == same
    with pytest.raises(ValueError, match="3 個まで"):
        TokenEmbedding(7, 4, RNG(0), positions="learned", longest=3)(np.zeros((4, 1), int))
    with pytest.raises(ValueError, match="rotary"):
        TokenEmbedding(7, 4, RNG(0), positions="rotary")


def test_it_learns_to_reverse():
    rng = RNG(0)
    net = TransformerSeq2seq(8, 8, RNG(1), d_model=32, nhead=4, dim_feedforward=64)

    def batches():
        for _ in range(400):
            source = rng.integers(3, 8, (5, 32))
            target = np.concatenate([source[::-1], np.full((1, 32), EOS)])
            yield source, shifted(target), target

    for _ in training.train_writer(net, batches(), lr=training.falling(0.01, 400)):
        pass
    source = RNG(2).integers(3, 8, (5, 50))
    written = decoding.greedy(net, source, 6)
    assert (written[:5] == source[::-1]).mean() > 0.95


def test_a_language_model_learns_to_count():
    net = LanguageModel(6, RNG(0), layers=1, d_model=16, nhead=2, dim_feedforward=32)
    starts = np.arange(6)
    ids = (starts + np.arange(9)[:, None]) % 6  # (T + 1, N)
    batches = [(ids[:-1], ids[1:])] * 60
    for _ in training.train(net, nn.SoftmaxCrossEntropy(), nn.Adam(0.01), batches):
        pass
    assert (net.eval()(ids[:-1]).argmax(-1) == ids[1:]).all()
