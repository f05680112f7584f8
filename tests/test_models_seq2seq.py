"""Vocabulary, encoder–decoder, decoding and training: by differences, by torch, by brute force."""

import itertools

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.models import decoding, training
from eshikaku.models.seq2seq import Decoder, Encoder, Seq2seq, rows, seq2seq
from eshikaku.tasks.vocabulary import BOS, EOS, PAD, Vocabulary, shifted

RNG = np.random.default_rng
SHAPES = [(1, 1, 1, 3, 2), (4, 3, 1, 2, 4), (1, 5, 3, 4, 3), (5, 4, 2, 3, 4)]  # T, T', N, D, H
FORMS = [
    {"context": "initial"},
    {"context": "every"},
    {"context": "initial", "context_size": 5},
    {"context": "every", "context_size": 5},
]


# --- vocabulary --------------------------------------------------------------------------------


def test_vocabulary_of_characters():
    words = Vocabulary.of(["ばか", "かば"])
    assert words.tokens[3:] == ("か", "ば") and len(words) == 5 and "か" in words
    assert words.sources(["か", "かば"]).T.tolist() == [[PAD, 3], [3, 4]]
    assert words.targets(["か", "かば"]).T.tolist() == [[3, EOS, PAD], [3, 4, EOS]]
    assert words.sources(["か"], 3).T.tolist() == [[PAD, PAD, 3]]
    assert words.sources([]).shape == (0, 0)
    assert words.texts(words.targets(["か", "かば"])) == ["か", "かば"]
    assert words.decode([BOS, 3, PAD, 4, EOS, 3]) == "かば"


def test_vocabulary_of_words():
    words = Vocabulary.of(["雨 が 降る"], " ")
    assert words.decode(words.encode("降る 雨")) == "降る 雨"


def test_vocabulary_names_what_it_does_not_know():
    words = Vocabulary("ab")
    with pytest.raises(ValueError, match=r"あります：c$"):
        words.encode("acb")
    with pytest.raises(ValueError, match="重なる"):
        Vocabulary("aa")
    with pytest.raises(ValueError, match="長さは1まで"):
        words.targets(["a"], 1)
    with pytest.raises(ValueError, match="〈終〉"):
        Vocabulary(["a"], " ").encode("a 〈終〉")


def test_shifted():
    assert shifted(np.array([[3], [4], [EOS], [PAD]])).ravel().tolist() == [BOS, 3, 4, EOS]


# --- padding that a GRU skips ------------------------------------------------------------------


@pytest.mark.parametrize("form", [{}, {"update": "renew"}, {"reset": "after", "biases": 2}])
def test_padding_leaves_the_state_and_gets_no_gradient(form):
    gru = randomised(nn.GRU(3, 4, RNG(0), **form))
    x, pad = RNG(1).normal(size=(6, 2, 3)), np.zeros((6, 2), bool)
    pad[:2, 1] = pad[3, 0] = True
    h_0 = RNG(2).normal(size=(2, 4))
    y, last = gru.forward(x, h_0, pad)
    assert np.allclose(y[1, 1], h_0[1], atol=1e-15)
    short, short_last = gru.forward(x[2:, 1:], h_0[1:])
    np.testing.assert_allclose(y[2:, 1:], short, atol=1e-14)
    np.testing.assert_allclose(last[1:], short_last, atol=1e-14)
    gru.forget()

    def loss():
        y, last = gru.forward(x, h_0, pad)
        gru.forget()
        return float((y**2).sum() + last.sum())

    y, last = gru.forward(x, h_0, pad)
    gru.zero_grad()
    dx, dh = gru.backward(2 * y, np.ones_like(last))
    assert np.all(dx[pad] == 0)
    report = nn.compare_gradients(
        loss, gru.params | {"x": x, "h": h_0}, gru.grads | {"x": dx, "h": dh}
    )
    assert report.ok(), report


def test_wrappers_hand_the_padding_on():
    rng = RNG(0)
    layer = nn.Stack(nn.Bidirectional(nn.GRU(3, 4, rng), nn.GRU(3, 4, rng)), nn.GRU(8, 2, rng))
    x, pad = rng.normal(size=(5, 2, 3)), np.zeros((5, 2), bool)
    pad[:2, 1] = True
    y, states = layer.forward(x, None, pad)
    short, short_states = layer.forward(x[2:, 1:])
    np.testing.assert_allclose(y[2:, 1:], short, atol=1e-14)
    np.testing.assert_allclose(states[0][1][1:], short_states[0][1], atol=1e-14)


# --- the model ---------------------------------------------------------------------------------


def randomised(layer):
    rng = RNG(9)
    for p in layer.params.values():
        p[...] = rng.normal(0, 0.5, p.shape)
    return layer


def model_of(D, H, form, **gru):
    rng = RNG(0)
    options = dict(form)
    encoder_H = options.get("context_size", H)
    encoder = Encoder(6, D, encoder_H, rng, **gru)
    return randomised(Seq2seq(encoder, Decoder(7, D + 1, H, rng, **options, **gru)))


def pair(T, T_out, N):
    source, target = RNG(1).integers(3, 6, (T, N)), RNG(2).integers(3, 7, (T_out, N))
    if T > 1:
        source[0, -1] = PAD
    target[-1] = EOS
    if T_out > 1:
        target[-2:, -1] = EOS, PAD
    return source, target


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gradients(shape, form):
    T, T_out, N, D, H = shape
    model, loss = model_of(D, H, form), nn.SoftmaxCrossEntropy(ignore_index=PAD)
    source, target = pair(T, T_out, N)

    def value():
        y = loss.forward(model.forward(source, shifted(target)), target)
        model.forget()
        loss.forget()
        return y

    logits = model.forward(source, shifted(target))
    assert logits.shape == (T_out, N, 7)
    loss.forward(logits, target)
    model.zero_grad()
    model.backward(loss.backward())
    report = nn.compare_gradients(value, model.params, model.grads, h=1e-5)
    assert report.ok(), report


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_model_agrees_with_torch(shape, form):
    torch = pytest.importorskip("torch")
    T, T_out, N, D, H = shape
    model = model_of(D, H, form, reset="after", biases=2)
    source, target = pair(T, T_out, N)
    parts = {"encoder.embedding": model.encoder.embedding, "encoder.rnn": model.encoder.rnn}
    parts |= {f"decoder.{k}": v for k, v in model.decoder.children.items()}
    there = {name: nn.to_torch(layer) for name, layer in parts.items()}
    lengths = (source != PAD).sum(0)
    hs = []  # PyTorch has no padding at the front: each column by itself
    for n, length in enumerate(lengths):
        ids = torch.from_numpy(source[len(source) - length :, n : n + 1])
        hs.append(there["encoder.rnn"](there["encoder.embedding"](ids))[1][0])
    c = torch.cat(hs)
    s_0 = torch.tanh(there["decoder.bridge"](c)) if "decoder.bridge" in there else c
    e = there["decoder.embedding"](torch.from_numpy(shifted(target)))
    repeated = c.expand(T_out, *c.shape)
    every = form["context"] == "every"
    y, _ = there["decoder.rnn"](torch.cat([e, repeated], -1) if every else e, s_0[None])
    logits = there["decoder.out"](torch.cat([y, repeated], -1) if every else y)
    there_loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, 7), torch.from_numpy(target).reshape(-1), ignore_index=PAD
    )
    there_loss.backward()

    loss = nn.SoftmaxCrossEntropy(ignore_index=PAD)
    ours = model.forward(source, shifted(target))
    np.testing.assert_allclose(ours, logits.detach().numpy(), atol=1e-12)
    assert loss.forward(ours, target) == pytest.approx(there_loss.item(), rel=1e-12)
    model.backward(loss.backward())
    for name, layer in parts.items():
        for key, grad in nn.torch_grads(there[name], layer).items():
            np.testing.assert_allclose(
                model.grads[f"{name}.{key}"], grad, atol=1e-12, err_msg=f"{name}.{key}"
            )


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_steps_are_the_sequence(form):
    model = model_of(3, 4, form)
    source, target = pair(5, 4, 3)
    logits = model.forward(source, shifted(target))
    state = model.start(source)
    for t, ids in enumerate(shifted(target)):
        step, state = model.step(ids, state)
        np.testing.assert_allclose(step, logits[t], atol=1e-13)
    assert model.training and len(model.decoder._passes) == 1  # steps keep nothing


def test_a_text_is_read_alone_as_in_a_batch():
    for reverse in (False, True):
        model = randomised(seq2seq(9, 7, reverse=reverse, hidden_size=5, dtype=np.float64))
        words = Vocabulary("abcdef")
        together = model.encode(words.sources(["ab", "abcdef"]))
        np.testing.assert_allclose(together[:1], model.encode(words.sources(["ab"])), atol=1e-14)
    forwards = seq2seq(9, 7, hidden_size=5).load(model.params)
    np.testing.assert_allclose(
        forwards.encode(words.sources(["abc"])), model.encode(words.sources(["cba"])), atol=1e-6
    )


def test_float32_stays_float32():
    model = seq2seq(9, 7, context="every", hidden_size=5)
    logits = model.forward(*pair(4, 3, 2))
    assert logits.dtype == np.float32
    state = model.start(pair(4, 3, 2)[0])
    assert model.step(np.array([BOS, BOS]), state)[0].dtype == np.float32


def test_rows_picks_in_nested_states():
    state = (np.arange(3), (np.arange(6).reshape(3, 2), None))
    picked = rows(state, np.array([2, 2]))
    assert picked[0].tolist() == [2, 2]
    assert picked[1][0].tolist() == [[4, 5], [4, 5]] and picked[1][1] is None


def test_wrong_context_is_named():
    with pytest.raises(ValueError, match="context は"):
        Decoder(5, 2, 3, RNG(0), context="always")


# --- decoding ----------------------------------------------------------------------------------


class Table:
    """p(next | all before), drawn once for each prefix: what any model of a language is."""

    def __init__(self, seed, V=5, scale=1.5):
        self.seed, self.V, self.scale = seed, V, scale

    def start(self, source):
        return (np.asarray(source), np.zeros((len(source), 0), np.int64))

    def step(self, ids, state):
        source, prefix = state
        prefix = np.concatenate([prefix, np.asarray(ids)[:, None]], axis=1)
        logits = np.stack(
            [
                RNG([self.seed, s, *p]).normal(0, self.scale, self.V)
                for s, p in zip(source, prefix, strict=True)
            ]
        )
        return logits, (source, prefix)


def every_answer(model, source, limit):
    """All answers up to `limit` tokens with their log p: {ids: log p}."""
    found = {}
    for T in range(1, limit + 1):
        for body in itertools.product(range(3, model.V), repeat=T - 1):
            ends = [EOS, *range(3, model.V)] if limit == T else [EOS]
            for last in ends:
                ids = (*body, last)
                target = np.array(ids)[:, None]
                found[ids] = decoding.log_likelihood(model, [source], target)[0]
    return found


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_wide_beam_finds_the_best_of_all(seed, alpha):
    model, limit = Table(seed), 4
    for source in (0, 1):
        everything = every_answer(model, source, limit)
        assert np.exp(list(everything.values())).sum() == pytest.approx(1)
        score = {ids: p / len(ids) ** alpha for ids, p in everything.items()}
        ordered = sorted(score, key=lambda ids: -score[ids])
        (found,) = decoding.beam(model, [source], len(everything), limit, alpha=alpha)
        assert [h.ids for h in found] == ordered
        for h in found:
            assert h.log_probability == pytest.approx(everything[h.ids])
            assert h.score == pytest.approx(score[h.ids])


def plain_beam(model, source, width, limit, alpha):
    """The same search, written for one row and with lists."""
    beam = [((), 0.0)]
    finished = lambda ids: bool(ids) and ids[-1] == EOS  # noqa: E731
    score = lambda item: item[1] / max(len(item[0]), 1) ** alpha  # noqa: E731
    for _ in range(limit):
        candidates = []
        for ids, log_p in beam:
            if finished(ids):
                candidates.append((ids, log_p))
                continue
            state = model.start([source])
            for last in (BOS, *ids):
                logits, state = model.step(np.array([last]), state)
            step = decoding.log_probabilities(logits)[0]
            candidates += [((*ids, v), log_p + step[v]) for v in range(2, model.V)]
        beam = sorted(candidates, key=lambda item: -score(item))[:width]
        if all(finished(ids) for ids, _ in beam):
            break
    return beam


@pytest.mark.parametrize("width", [1, 2, 3, 7])
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_beam_against_plain_lists(width, alpha):
    model, limit = Table(5, V=6), 5
    found = decoding.beam(model, [0, 1, 2], width, limit, alpha=alpha)
    for source in range(3):
        plain = plain_beam(model, source, width, limit, alpha)
        assert [h.ids for h in found[source]] == [ids for ids, _ in plain]
        np.testing.assert_allclose(
            [h.log_probability for h in found[source]], [p for _, p in plain]
        )


@pytest.mark.parametrize("seed", range(5))
def test_width_1_is_greedy_and_wider_finds_better(seed):
    model, sources = Table(seed, V=7), [0, 1, 2]
    written = decoding.greedy(model, sources, 6)
    assert np.array_equal(decoding.best(decoding.beam(model, sources, 1, 6)), written)
    wide = decoding.beam(model, sources, 200, 6)
    one = decoding.log_likelihood(model, sources, written)
    assert all(wide[n][0].log_probability >= one[n] - 1e-12 for n in range(3))


def test_greedy_stops_at_eos_or_at_the_limit():
    class Counter(Table):
        def step(self, ids, state):
            logits, state = super().step(ids, state)
            logits[:] = 0
            t = state[1].shape[1]
            logits[np.arange(len(logits)), np.where(state[0] == t, EOS, 3)] = 5
            return logits, state

    assert decoding.greedy(Counter(0), [1, 3], 9).T.tolist() == [[EOS, PAD, PAD], [3, 3, EOS]]
    assert decoding.greedy(Counter(0), [9], 4).T.tolist() == [[3, 3, 3, 3]]


def test_padding_and_bos_are_never_answered():
    logits = np.zeros((1, 6))
    logits[0, [PAD, BOS]] = 50
    p = np.exp(decoding.log_probabilities(logits))[0]
    assert p.tolist() == [0, 0, 0.25, 0.25, 0.25, 0.25]


def test_sampling_draws_the_distribution():
    class One(Table):
        def step(self, ids, state):
            logits = np.tile(np.log([0.3, 0.1, 1e-9, 0.5, 0.3, 0.2]), (len(ids), 1))
            return logits, state

    def shares(**options):
        ids = decoding.sample(One(0), np.zeros(20_000, int), 1, RNG(0), **options)[0]
        return np.bincount(ids, minlength=6) / 20_000

    np.testing.assert_allclose(shares(), [0, 0, 0, 0.5, 0.3, 0.2], atol=0.015)
    np.testing.assert_allclose(shares(top_k=2), [0, 0, 0, 0.625, 0.375, 0], atol=0.015)
    p = np.array([0.5, 0.3, 0.2]) ** 2
    np.testing.assert_allclose(shares(temperature=0.5)[3:], p / p.sum(), atol=0.015)
    assert shares(top_k=1)[3] == 1 and shares(temperature=0.01)[3] == 1
    assert np.array_equal(
        decoding.sample(Table(1), [0, 1], 5, RNG(0), top_k=1), decoding.greedy(Table(1), [0, 1], 5)
    )


def test_wrong_settings_are_named():
    with pytest.raises(ValueError, match="温度"):
        decoding.sample(Table(0), [0], 3, RNG(0), temperature=0)
    with pytest.raises(ValueError, match="top-k"):
        decoding.sample(Table(0), [0], 3, RNG(0), top_k=0)
    with pytest.raises(ValueError, match="ビーム幅"):
        decoding.beam(Table(0), [0], 0, 3)


def test_right_compares_up_to_eos():
    target = np.array([[3, 3, 3], [EOS, 4, EOS], [PAD, EOS, PAD]])
    ids = np.array([[3, 3, 3], [EOS, 4, 4], [PAD, EOS, EOS], [PAD, PAD, PAD]])
    assert decoding.right(ids, target).tolist() == [True, True, False]
    assert decoding.right(ids[:2], target).tolist() == [True, False, False]


def test_log_likelihood_is_the_sequence_loss():
    model = model_of(3, 4, FORMS[1])
    source, target = pair(5, 4, 3)
    logits = model.forward(source, shifted(target))
    logits[..., [PAD, BOS]] = -np.inf
    p = nn.softmax(logits)
    picked = np.take_along_axis(p, target[..., None], -1)[..., 0]
    wanted = np.where(target == PAD, 0, np.log(np.where(target == PAD, 1, picked))).sum(0)
    np.testing.assert_allclose(decoding.log_likelihood(model, source, target), wanted)


# --- training ----------------------------------------------------------------------------------


def reversal(rng, n, T=4):
    source = rng.integers(3, 8, (T, n))
    return source, np.concatenate([source[::-1], np.full((1, n), EOS)])


@pytest.mark.parametrize("context", ["initial", "every"])
def test_it_learns_to_reverse(context):
    source, target = reversal(RNG(0), 512)
    model = seq2seq(8, 8, embedding_size=16, hidden_size=48, context=context)
    batches = training.forced(training.columns(RNG(1), 250, 32, source, target))
    lr = training.falling(0.01, 250)
    losses = list(training.train_writer(model, batches, lr=lr))
    assert len(losses) == 250 and losses[-1] < 0.3 < losses[0]
    assert training.accuracy(model, *reversal(RNG(5), 200)) > 0.8


def test_columns_uses_every_one_before_any_twice():
    ids = np.arange(10)[None]
    seen = np.concatenate([a[0] for (a,) in training.columns(RNG(0), 5, 4, ids)])
    assert sorted(seen[:10]) == list(range(10)) and sorted(seen[10:]) == sorted(set(seen[10:]))
    (big,) = next(training.columns(RNG(0), 1, 25, ids))
    assert big.shape == (1, 25)


def test_teacher_forcing_ratio():
    model = model_of(3, 4, FORMS[0])
    source, target = pair(4, 5, 3)
    pairs = [(source, target)]
    ((_, all_forced, _),) = training.partly_forced(model, pairs, 1.0, RNG(0))
    assert np.array_equal(all_forced, shifted(target))
    ((_, free, _),) = training.partly_forced(model, pairs, 0.0, RNG(0))
    assert np.all(free[0] == BOS) and np.all((free == PAD) == (all_forced == PAD))
    written = decoding.greedy(model, source, 5)
    for n in range(3):  # free running is greedy decoding until EOS is written
        until = next((t for t, k in enumerate(written[:, n]) if k == EOS), len(written))
        until = min(until, int((all_forced[:, n] != PAD).sum()) - 1)
        assert free[1 : until + 1, n].tolist() == written[:until, n].tolist()


def test_falling_rate():
    rate = training.falling(1.0, 100, warm=10)
    assert rate(0) == 0.1 and rate(9) == pytest.approx(0.91) and rate(99) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("", "", 0),
        ("", "あい", 2),
        ("kitten", "sitting", 3),
        ("あかど", "あかつち", 2),
        ("ab", "ba", 2),
    ],
)
def test_edit_distance(a: str, b: str, distance: int) -> None:
    assert decoding.edit_distance(a, b) == decoding.edit_distance(b, a) == distance
