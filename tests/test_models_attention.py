"""Encoder–decoder with attention: gradients, PyTorch, step by step, padding, both decoders."""

from __future__ import annotations

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.models import attention as models
from eshikaku.models import decoding, seq2seq
from eshikaku.tasks.vocabulary import BOS, PAD, shifted

RNG = np.random.default_rng
V_IN, V_OUT = 7, 6
# T, L, N, D, H: one of everything, batch 1, one source token, one target token
SHAPES = [(1, 1, 1, 1, 2), (4, 3, 1, 3, 4), (1, 4, 3, 2, 4), (5, 1, 2, 3, 4), (5, 4, 3, 2, 6)]

BUILDS = {
    f"{decoder} {score}{' both ways' if both else ''}": {
        "decoder": decoder,
        "score": score,
        "bidirectional": both,
    }
    for decoder in ("luong", "bahdanau")
    for score, both in (
        ("dot", False),
        ("scaled", False),
        ("general", False),
        ("general", True),
        ("additive", True),
    )
}
every_build = pytest.mark.parametrize("name", BUILDS)


def build(name, D=3, H=4, dtype=np.float64, **form):
    net = models.attention_seq2seq(
        V_IN, V_OUT, embedding_size=D, hidden_size=H, dtype=dtype, **BUILDS[name], **form
    )
    for p in net.params.values():
        p[...] = RNG(1).normal(0, 0.7, p.shape)
    return net


def pair(T=5, L=4, N=3):
    """Sources with padding in front (but in the last column), targets."""
    source = RNG(2).integers(3, V_IN, (T, N))
    for n in range(N - 1):
        source[: min(n + 1, T - 1), n] = PAD
    return source, RNG(3).integers(2, V_OUT, (L, N))


@every_build
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gradients(name, shape):
    T, L, N, D, H = shape
    net, (source, target) = build(name, D, H), pair(T, L, N)
    report = nn.gradient_check(net, source, shifted(target))
    assert report.ok(), report
    assert set(report.errors) == set(net.params)


def test_a_memory_of_another_size_needs_a_bridge():
    encoder = seq2seq.Encoder(V_IN, 3, 5, RNG(0))
    for kind in (models.LuongDecoder, models.BahdanauDecoder):
        attend = models.attention_layer("general", 4, 5, RNG(0))
        decoder = kind(V_OUT, 3, 4, RNG(0), attention=attend, memory_size=5)
        net = models.AttentionSeq2seq(encoder, decoder)
        assert {"decoder.bridge.W", "decoder.bridge.b"} <= set(net.params)
        source, target = pair()
        for p in net.params.values():
            p[...] = RNG(1).normal(0, 0.7, p.shape)
        report = nn.gradient_check(net, source, shifted(target))
        assert report.ok(), report


def test_both_ways_without_attention():
    encoder = models.BidirectionalEncoder(*(seq2seq.Encoder(V_IN, 3, 2, RNG(k)) for k in (0, 1)))
    net = seq2seq.Seq2seq(encoder, seq2seq.Decoder(V_OUT, 3, 4, RNG(2)))
    for p in net.params.values():
        p[...] = RNG(1).normal(0, 0.7, p.shape)
    source, target = pair()
    report = nn.gradient_check(net, source, shifted(target))
    assert report.ok(), report


@every_build
def test_step_by_step_gives_what_all_steps_at_once_give(name):
    net, (source, target) = build(name), pair()
    logits = net(source, shifted(target))
    weights = net.align(source, shifted(target))
    state = net.start(source)
    for i, ids in enumerate(shifted(target)):
        found, state = net.step(ids, state)
        np.testing.assert_allclose(found, logits[i], atol=1e-13)
        np.testing.assert_allclose(state[-1], weights[:, i], atol=1e-13)


@every_build
def test_weights_add_up_to_1_over_the_tokens_and_are_0_on_padding(name):
    net, (source, target) = build(name), pair()
    weights = net.align(source, shifted(target))
    assert weights.shape == (3, 4, 5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-13)
    padded = np.broadcast_to((source == PAD).T[:, None], weights.shape)
    assert not weights[padded].any() and (weights[~padded] > 0).all()


@every_build
def test_more_padding_changes_nothing(name):
    net, (source, target) = build(name), pair()
    more = np.concatenate([np.full((3, 3), PAD), source])
    logits = net(source, shifted(target))
    np.testing.assert_allclose(net(more, shifted(target)), logits, atol=1e-13)
    greedy = decoding.greedy(net, source, 6)
    np.testing.assert_array_equal(decoding.greedy(net, more, 6), greedy)


@every_build
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(name, dtype):
    net, (source, target) = build(name, dtype=dtype), pair()
    logits = net(source, shifted(target))
    net.backward(logits)
    assert logits.dtype == dtype and all(g.dtype == dtype for g in net.grads.values())
    logits, state = net.step(np.full(3, BOS), net.start(source))
    assert logits.dtype == state[0].dtype == state[-1].dtype == dtype


@every_build
def test_a_beam_of_one_is_greedy_and_rows_can_be_picked(name):
    net, (source, _) = build(name), pair()
    state = net.start(source)
    picked = seq2seq.rows(state, np.array([2, 0, 0]))
    ids = np.full(3, BOS)
    logits, _ = net.step(ids, state)
    np.testing.assert_allclose(net.step(ids, picked)[0], logits[[2, 0, 0]], atol=1e-13)


def test_luong_queries_with_the_new_state_and_bahdanau_with_the_old_one():
    source, target = pair()
    for decoder, same in (("luong", False), ("bahdanau", True)):
        net = build(f"{decoder} general")
        other = np.where(np.arange(4)[:, None] == 0, 3 + (target % 3), shifted(target))
        first = net.align(source, shifted(target))[:, 0]
        assert np.allclose(net.align(source, other)[:, 0], first) == same, decoder


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="luong"):
        models.attention_seq2seq(5, 5, decoder="rnn")
    with pytest.raises(ValueError, match="additive"):
        models.attention_seq2seq(5, 5, score="cosine")


# --- PyTorch -----------------------------------------------------------------------------------


@pytest.mark.parametrize("score", models.SCORES)
@pytest.mark.parametrize("decoder", ["luong", "bahdanau"])
def test_torch_gives_the_same_loss_and_gradients(decoder, score):
    """The same network out of torch's own modules, weights copied; without padding."""
    torch = pytest.importorskip("torch")
    net = models.attention_seq2seq(
        V_IN, V_OUT, embedding_size=3, hidden_size=4, decoder=decoder, score=score,
        dtype=np.float64, reset="after", biases=2,
    )  # fmt: skip
    for p in net.params.values():
        p[...] = RNG(1).normal(0, 0.7, p.shape)
    source, target = RNG(2).integers(3, V_IN, (5, 3)), RNG(3).integers(2, V_OUT, (4, 3))
    loss = nn.SoftmaxCrossEntropy(ignore_index=PAD)
    found = loss(net(source, shifted(target)), target)
    net.backward(loss.backward())

    inner = {"encoder.embedding": net.encoder.embedding, "encoder.rnn": net.encoder.rnn}
    inner |= {f"decoder.{k}": v for k, v in net.decoder.children.items() if k != "attention"}
    modules = {k: nn.to_torch(v) for k, v in inner.items()}
    p = {
        k: torch.from_numpy(v.copy()).requires_grad_()
        for k, v in net.decoder.attention.params.items()
    }

    def look(query, memory):  # (N, L, H), (N, T, H) → (N, L, H)
        keys = memory.transpose(1, 2)
        if score == "additive":
            q, k = query @ p["W_q"], memory @ p["W_k"]
            e = torch.tanh(q[:, :, None] + k[:, None]) @ p["v"]
        elif score == "general":
            e = query @ p["W"] @ keys
        else:
            e = query @ keys / (2.0 if score == "scaled" else 1.0)  # √4
        return e.softmax(-1) @ memory

    hs, last = modules["encoder.rnn"](modules["encoder.embedding"](torch.from_numpy(source)))
    memory = hs.transpose(0, 1)
    e = modules["decoder.embedding"](torch.from_numpy(shifted(target)))
    if decoder == "luong":
        s, _ = modules["decoder.rnn"](e, last)
        c = look(s.transpose(0, 1), memory).transpose(0, 1)
        read = torch.tanh(modules["decoder.combine"](torch.cat([c, s], -1)))
    else:
        s, read = last[0], []
        for e_i in e:
            c = look(s[:, None], memory)[:, 0]
            s = modules["decoder.rnn"](torch.cat([e_i, c], -1), s)
            read.append(torch.cat([s, c], -1))
        read = torch.stack(read)
    logits = modules["decoder.out"](read)
    loss_t = torch.nn.functional.cross_entropy(logits.transpose(1, 2), torch.from_numpy(target))
    loss_t.backward()

    assert found == pytest.approx(loss_t.item(), rel=1e-12)
    for k, layer in inner.items():
        for name, g in nn.torch_grads(modules[k], layer).items():
            np.testing.assert_allclose(layer.grads[name], g, atol=1e-12, err_msg=f"{k}.{name}")
    for name, tensor in p.items():
        ours = net.grads[f"decoder.attention.{name}"]
        np.testing.assert_allclose(ours, tensor.grad.numpy(), atol=1e-12)
