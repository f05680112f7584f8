"""What layers refuse, by name and without harm, and the odd values that they bear."""

import warnings

import numpy as np
import pytest

from eshikaku import nn

RNG = np.random.default_rng


# --- losses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [-np.inf, np.nan, np.inf])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_an_ignored_row_poisons_nothing(bad, reduction):
    y, t = RNG(0).normal(size=(4, 3)), np.array([0, 2, 9, 1])
    clean = nn.SoftmaxCrossEntropy(ignore_index=9, reduction=reduction)
    expected, gradient = clean.forward(y, t), clean.backward()
    y[2] = bad
    loss = nn.SoftmaxCrossEntropy(ignore_index=9, reduction=reduction)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert loss.forward(y, t) == expected
        assert np.array_equal(loss.backward(), gradient)
    assert (y[2] == bad).all() or np.isnan(y[2]).all()  # the caller's array is not written


def test_a_class_of_probability_0_is_no_trouble_unless_it_is_the_target():
    loss = nn.SoftmaxCrossEntropy()
    assert loss.forward(np.array([[0.0, -np.inf]]), np.array([0])) == 0
    assert loss.backward().tolist() == [[0, 0]]
    assert loss.forward(np.array([[0.0, -np.inf]]), np.array([1])) == np.inf


@pytest.mark.parametrize("target", [-1, 3, 100])
def test_a_class_that_is_not_there_is_named(target):
    with pytest.raises(ValueError, match=rf"0〜2.*{target}"):
        nn.SoftmaxCrossEntropy().forward(np.zeros((2, 3)), np.array([0, target]))
    with pytest.raises(ValueError, match=rf"0〜2.*{target}"):
        nn.SoftmaxCrossEntropy(ignore_index=7).forward(np.zeros((2, 3)), np.array([7, target]))
    ignored = nn.SoftmaxCrossEntropy(ignore_index=target)
    assert ignored.forward(np.zeros((2, 3)), np.array([0, target])) == pytest.approx(np.log(3))


@pytest.mark.parametrize("loss", [nn.SquaredError(), nn.BCEWithLogits()], ids=repr)
def test_predictions_of_integers_dont_cut_the_targets(loss):
    y, t = np.array([0, 1, 3]), np.array([0.5, 0.25, 0.75])
    assert loss.forward(y, t) == loss.forward(y.astype(float), t)
    assert loss.backward().dtype == np.float64


def test_logits_of_integers():
    loss = nn.SoftmaxCrossEntropy()
    y, t = np.array([[0, 1, 3]]), np.array([1])
    assert loss.forward(y, t) == loss.forward(y.astype(float), t)
    assert loss.backward().dtype == np.float64


@pytest.mark.parametrize(
    ("loss", "y", "t"),
    [
        (nn.SquaredError(), np.zeros((0, 2)), np.zeros((0, 2))),
        (nn.BCEWithLogits(), np.zeros((0, 2)), np.zeros((0, 2))),
        (nn.SoftmaxCrossEntropy(), np.zeros((0, 2)), np.zeros(0, int)),
        (nn.SoftmaxCrossEntropy(), np.zeros((3, 0)), np.zeros(3, int)),
    ],
    ids=repr,
)
def test_a_mean_of_nothing_is_refused(loss, y, t):
    with pytest.raises(ValueError, match="空"):
        loss.forward(y, t)


def test_a_loss_takes_one_number_for_each_of_its_losses():
    loss = nn.SquaredError(axis=1)
    loss.forward(np.ones((3, 2)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"dout の形は \(3,\).*\(2,\)"):
        loss.backward(np.ones(2))
    assert loss.backward(np.ones(3)).shape == (3, 2)


# --- the recurrent layers ----------------------------------------------------------------------


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0])
def test_lstm_keeps_small_candidates_in_float32(size):
    rng = RNG(0)
    layer, x = nn.LSTM(3, 4, rng), size * RNG(1).normal(size=(6, 2, 3))
    exact, single = layer.trace(x), layer.astype(np.float32).forward(x.astype(np.float32))[0]
    assert nn.relative_error(single, layer.forward(x)[0]) < 5e-7
    assert nn.relative_error(layer.forward(x)[0], exact["h"]) < 1e-14


STEPWISE = {
    "peephole": lambda rng: nn.LSTM(3, 4, rng, peephole=True),
    "hard": lambda rng: nn.LSTM(3, 4, rng, gate_activation="hard_sigmoid"),
}


@pytest.mark.parametrize("name", STEPWISE)
def test_lstm_by_step_checks_its_gradients_as_the_fused_one(name):
    layer, x = STEPWISE[name](RNG(0)), np.ones((5, 2, 3), np.float32)
    y, (h, c) = layer.forward(x)
    assert y.dtype == h.dtype == c.dtype == np.float32
    for dy in (np.ones((5, 1, 4)), np.ones((4, 2, 4)), np.ones(4)):
        with pytest.raises(ValueError, match=r"dy の形は \(5, 2, 4\)"):
            layer.backward(dy)
    for dstate in ((np.ones(4), None), (None, np.ones((1, 4)))):
        with pytest.raises(ValueError, match=r"dstate の形は \(2, 4\)"):
            layer.backward(None, dstate)
    dx, (dh, dc) = layer.backward(np.ones((5, 2, 4)), (np.ones((2, 4)), None))
    assert dx.dtype == dh.dtype == dc.dtype == np.float32
    with pytest.raises(RuntimeError, match="forward"):
        layer.backward(y)


@pytest.mark.parametrize("poison", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize(
    "layer",
    [
        nn.GRU(3, 4, RNG(0)),
        nn.GRU(3, 4, RNG(0), update="renew", reset="after", biases=2),
        nn.LSTM(3, 4, RNG(0)),
    ],
    ids=["GRU keep", "GRU renew", "LSTM"],
)
def test_padding_is_passed_by_exactly_whatever_stands_there(layer, poison):
    T, N = 40, 2
    x = RNG(1).normal(size=(T, N, 3))
    pad = np.zeros((T, N), bool)
    pad[5:, 0] = True
    clean = np.where(pad[..., None], 0, x)
    x[pad] = poison
    y, _ = layer.forward(x, None, pad)
    assert np.array_equal(y[5:, 0], np.broadcast_to(y[4, 0], (T - 5, 4)))  # no drift at all
    layer.zero_grad()
    dx, _ = layer.backward(np.ones_like(y))
    grads = {name: g.copy() for name, g in layer.grads.items()}
    layer.zero_grad()
    layer.forward(clean, None, pad)
    assert np.array_equal(layer.backward(np.ones_like(y))[0], dx)
    assert not dx[pad].any()
    for name, g in layer.grads.items():
        assert np.array_equal(g, grads[name]), name
        assert np.isfinite(g).all()


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
@pytest.mark.parametrize("pad", [np.zeros(5, bool), np.zeros((2, 5), bool), np.zeros((5, 2))])
def test_padding_of_another_form_is_refused(kind, pad):
    with pytest.raises((ValueError, TypeError), match="pad"):
        kind(3, 4, RNG(0)).forward(np.ones((5, 2, 3)), None, pad)


RECURRENT = {
    "RNN": lambda rng: nn.RNN(3, 4, rng),
    "LSTM": lambda rng: nn.LSTM(3, 4, rng),
    "LSTM peephole": lambda rng: nn.LSTM(3, 4, rng, peephole=True),
    "GRU": lambda rng: nn.GRU(3, 4, rng),
    "SkipRNN": lambda rng: nn.SkipRNN(3, 4, rng, skip=2),
    "LeakyRNN": lambda rng: nn.LeakyRNN(3, 4, rng, alpha=0.5),
    "Bidirectional": lambda rng: nn.Bidirectional(nn.GRU(3, 4, rng), nn.GRU(3, 4, rng)),
    "Stack": lambda rng: nn.Stack(nn.LSTM(3, 4, rng), nn.LSTM(4, 4, rng)),
}
CELLS = {
    "RNNCell": lambda rng: nn.RNNCell(3, 4, rng),
    "LSTMCell": lambda rng: nn.LSTMCell(3, 4, rng),
    "LSTMCell peephole": lambda rng: nn.LSTMCell(3, 4, rng, peephole=True),
    "GRUCell": lambda rng: nn.GRUCell(3, 4, rng),
    "GRUCell after": lambda rng: nn.GRUCell(3, 4, rng, reset="after", biases=2),
}


@pytest.mark.parametrize("shape", [(0, 2, 3), (5, 0, 3)], ids=["T 0", "N 0"])
@pytest.mark.parametrize("name", RECURRENT)
def test_a_sequence_or_batch_of_nothing_is_named(name, shape):
    with pytest.raises(ValueError, match="空"):
        RECURRENT[name](RNG(0)).forward(np.zeros(shape))


def test_truncated_bptt_of_nothing_is_named():
    with pytest.raises(ValueError, match="空"):
        nn.truncated_bptt(nn.RNN(3, 4, RNG(0)), np.zeros((0, 2, 3)), lambda y, steps: y)


# --- gradients that merely broadcast -------------------------------------------------------------

BACKWARD = {
    "Affine": (lambda rng: nn.Affine(3, 4, rng), np.ones((5, 2, 3))),
    "Embedding": (lambda rng: nn.Embedding(6, 4, rng), np.ones((5, 2), int)),
    "Dropout": (lambda rng: nn.Dropout(0.5, rng), np.ones((5, 2, 4))),
    "DotAttention": (lambda rng: nn.DotAttention(), *(np.ones((5, 2, 4)),) * 3),
    "GeneralAttention": (lambda rng: nn.GeneralAttention(4, 4, rng), *(np.ones((5, 2, 4)),) * 3),
    "AdditiveAttention": (
        lambda rng: nn.AdditiveAttention(4, 4, 3, rng),
        *(np.ones((5, 2, 4)),) * 3,
    ),
    **{name: (build, np.ones((5, 2, 3))) for name, build in RECURRENT.items()},
    **{name: (build, np.ones((5, 3))) for name, build in CELLS.items()},
}


@pytest.mark.parametrize("name", BACKWARD)
def test_a_gradient_that_merely_broadcasts_is_refused_and_the_pass_stays(name):
    build, *inputs = BACKWARD[name]
    layer = build(RNG(0))
    out = layer.forward(*inputs)
    y = out[0] if isinstance(out, tuple) else out
    for dy in (np.ones(y.shape[-1]), np.ones((1, *y.shape[1:])), np.ones((*y.shape, 1)), 1.0):
        with pytest.raises(ValueError, match=r"の形は"):
            layer.backward(dy)
    assert not any(g.any() for g in layer.grads.values())
    layer.backward(np.ones_like(y))  # the pass is still there
    with pytest.raises(RuntimeError, match="forward"):
        layer.backward(np.ones_like(y))


@pytest.mark.parametrize("name", [*CELLS, "Affine", "DotAttention"])
def test_the_gradient_follows_the_dtype_of_the_pass(name):
    build, *inputs = BACKWARD[name]
    layer = build(RNG(0))
    out = layer.forward(*(x.astype(np.float32) for x in inputs))
    y = out[0] if isinstance(out, tuple) else out
    dx = layer.backward(np.ones(y.shape, np.float64))
    assert (dx[0] if isinstance(dx, tuple) else dx).dtype == np.float32


@pytest.mark.parametrize(
    "layer",
    [RECURRENT["Bidirectional"](RNG(0)), nn.Stack(nn.GRU(3, 4, RNG(0)), nn.GRU(4, 4, RNG(0)))],
    ids=lambda layer: type(layer).__name__,
)
def test_a_refused_state_gradient_loses_no_pass_of_an_inner_layer(layer):
    y, state = layer.forward(np.ones((5, 2, 3)))
    with pytest.raises(ValueError, match="dstate"):
        layer.backward(y, (np.ones(3), None))  # the layer that is run last refuses
    layer.backward(y, state)


def test_attention_refuses_gradients_of_weights_that_broadcast():
    layer, q = nn.DotAttention(), np.ones((2, 3, 4))
    layer.forward(q, q, q)
    with pytest.raises(ValueError, match=r"dweights の形は \(2, 3, 3\)"):
        layer.backward(np.ones((2, 3, 4)), np.ones(3))


@pytest.mark.parametrize(
    "optimiser",
    [nn.SGD(), nn.Momentum(), nn.NAG(), nn.AdaGrad(), nn.RMSProp(), nn.Adam()],
    ids=lambda o: type(o).__name__,
)
@pytest.mark.parametrize("grad", [np.ones(3), np.ones((1, 3)), np.ones(())])
def test_optimisers_refuse_a_gradient_that_merely_broadcasts(optimiser, grad):
    params = {"b": np.ones(2), "W": np.zeros((2, 3))}
    with pytest.raises(ValueError, match=r"W の勾配の形は \(2, 3\)"):
        optimiser.update(params, {"b": np.ones(2), "W": grad})
    assert params["b"].tolist() == [1, 1]  # nothing half done
    with pytest.raises(KeyError, match="W"):
        optimiser.update(params, {"b": np.ones(2)})


# --- parameters of nested models ---------------------------------------------------------------


def test_update_of_parameters_reaches_the_inner_layers():
    inner = nn.RNN(3, 4, RNG(0))
    outer = nn.Stack(inner, nn.RNN(4, 4, RNG(1)))
    outer.params.update({"layer0.W_x": np.ones((3, 4))})
    assert inner.params["W_x"].all()
    outer.params |= {"layer0.W_h": np.zeros((4, 4))}
    assert not inner.params["W_h"].any()
    outer.params.update(**{"layer1.b_h": np.ones(4)})
    assert outer.layers[1].params["b_h"].all()
    with pytest.raises(ValueError, match=r"layer0\.W_x"):
        outer.params.update({"layer0.W_x": np.ones(4)})


@pytest.mark.parametrize(
    "remove",
    [
        lambda p: p.pop("W_x"),
        lambda p: p.popitem(),
        lambda p: p.clear(),
        lambda p: p.__delitem__("W_x"),
    ],
)
def test_a_parameter_cannot_be_taken_away(remove):
    layer = nn.RNN(3, 4, RNG(0))
    with pytest.raises(TypeError, match="削除"):
        remove(layer.params)
    assert list(layer.params) == list(layer.grads) == ["W_x", "W_h", "b_h"]


# --- gradient check ----------------------------------------------------------------------------


class Product(nn.Layer):
    """y = a ⊙ b, with a backward that can be told to be wrong."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def forward(self, a, b):
        self.push(a, b)
        return a * b

    def backward(self, dy):
        a, b = self.pop()
        return self.change(dy * b, dy * a)


@pytest.mark.parametrize(
    "change",
    [
        lambda da, db: da,
        lambda da, db: (da,),
        lambda da, db: (da, None),
        lambda da, db: (),
        lambda da, db: (da, db.sum(axis=0)),
        lambda da, db: (da, db[:1]),
    ],
)
def test_gradient_check_fails_where_gradients_are_missing_or_of_another_shape(change):
    a, b = RNG(0).normal(size=(2, 3, 4))
    assert nn.gradient_check(Product(lambda da, db: (da, db)), a, b).ok()
    report = nn.gradient_check(Product(change), a, b)
    assert not report.ok()
    assert "不合格" in str(report)


def test_gradient_check_judges_each_element_by_its_own_scale():
    def wrong(da, db):
        da = da.copy()
        da[0, 0] *= 1.01  # in an element 10⁶ times smaller than its neighbours
        return da, db

    a, b = RNG(0).normal(size=(2, 3, 4))
    b *= 1e3
    b[0, 0] = 1e-3
    assert nn.gradient_check(Product(lambda da, db: (da, db)), a, b).ok()
    report = nn.gradient_check(Product(wrong), a, b)
    assert not report.ok()
    assert report.name == "input0"


def test_a_gradient_that_was_forgotten_in_the_parameters_is_a_failure():
    report = nn.compare_gradients(
        lambda: 0.0, {"w": np.zeros(2), "b": np.zeros(2)}, {"w": np.zeros(2)}
    )
    assert not report.ok()
    assert report.name == "b"


# --- masked softmax ----------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [None, np.array([True, False, True])])
def test_masked_softmax_of_integers(mask):
    scores = np.array([[1, 2, 3], [0, 0, 0]])
    expected = nn.masked_softmax(scores.astype(float), mask)
    got = nn.masked_softmax(scores, mask)
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_allclose(got.sum(axis=-1), 1)
