"""The contract of the layers, functions, initialisers, losses, optimisers, clipping."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

from eshikaku import nn

RNG = np.random.default_rng


# --- functions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_derivative_through_the_output(name):
    activation = nn.ACTIVATIONS[name]
    x = RNG(0).normal(0, 2, 50)
    x = x[(np.abs(x) > 0.01) & (np.abs(np.abs(x) - 3) > 0.01)]  # kinks of relu, hard sigmoid
    h = 1e-6
    slope = (activation.f(x + h) - activation.f(x - h)) / (2 * h)
    np.testing.assert_allclose(activation.df(activation.f(x)), slope, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_activations_keep_the_dtype_and_write_in_place(name, dtype):
    activation = nn.ACTIVATIONS[name]
    x = RNG(0).normal(0, 2, (3, 4)).astype(dtype)
    y = activation.f(x)
    assert y.dtype == activation.df(y).dtype == dtype
    out = np.empty_like(x)
    activation.f(x, out=out)
    assert np.array_equal(out, y)
    activation.f(x, out=x)
    assert np.array_equal(x, y)


def test_unknown_activation_names_the_known_ones():
    with pytest.raises(ValueError, match=r"tahn.*tanh"):
        nn.activation("tahn")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_is_stable_and_silent(dtype):
    x = np.array([-1e4, -800, -20, 0, 20, 800, 1e4], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = nn.sigmoid(x)
    assert np.array_equal(y[[0, 1, 3, 5, 6]], [0, 0, 0.5, 1, 1])
    assert y[2] == pytest.approx(np.exp(-20.0) / (1 + np.exp(-20.0)), rel=1e-6)  # not just 0
    assert nn.dsigmoid(nn.sigmoid(np.array(0.0))) == 0.25


def test_functions_take_plain_numbers():
    assert nn.sigmoid(0) == 0.5
    assert nn.relu(-1) == 0
    assert nn.hard_sigmoid(0) == 0.5


def test_softmax_is_stable_and_has_the_right_jacobian():
    x = np.array([[1000.0, 1001, 999], [0.0, -1e4, 1.0]])
    np.testing.assert_allclose(nn.softmax(x).sum(-1), 1)
    np.testing.assert_allclose(nn.log_softmax(x[:1]), np.log(nn.softmax(x[:1])))
    x, dy, h = RNG(0).normal(size=4), RNG(1).normal(size=4), 1e-6
    for f, df in ((nn.softmax, nn.dsoftmax), (nn.log_softmax, nn.dlog_softmax)):
        numeric = [dy @ (f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(4)]
        np.testing.assert_allclose(df(f(x), dy), numeric, atol=1e-9)


# --- initialisers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("init", "std"),
    [
        (nn.normal(0.3), 0.3),
        (nn.uniform(0.3), 0.3 / np.sqrt(3)),
        (nn.xavier(), np.sqrt(2 / 700)),
        (nn.xavier("uniform"), np.sqrt(2 / 700)),
        (nn.he(), np.sqrt(2 / 200)),
        (nn.he("uniform"), np.sqrt(2 / 200)),
    ],
)
def test_variance_of_initial_weights(init, std):
    W = init(RNG(0), (200, 500))
    assert W.std() == pytest.approx(std, rel=0.02)
    assert abs(W.mean()) < 0.02 * std * 10


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (2, 5, 5)])
def test_orthogonal_has_one_singular_value(shape):
    W = nn.orthogonal(1.5)(RNG(0), shape)
    assert W.shape == shape
    np.testing.assert_allclose(np.linalg.svd(W, compute_uv=False), 1.5)


def test_identity_and_zeros():
    assert np.array_equal(nn.identity(0.5)(RNG(0), (3, 3)), 0.5 * np.eye(3))
    assert not nn.zeros()(RNG(0), (3, 2)).any()


def test_unknown_distribution():
    with pytest.raises(ValueError, match="gauss"):
        nn.xavier("gauss")


def test_packed_gates_are_drawn_one_by_one():
    W_x = nn.LSTM(300, 200, RNG(0)).params["W_x"]  # not with fan_out 800
    assert W_x.std() == pytest.approx(np.sqrt(2 / 500), rel=0.02)


def test_chrono_biases_cover_all_spans():
    forget, input_ = nn.chrono_biases(RNG(0), 1000, 200)
    assert np.array_equal(input_, -forget)
    assert 0 <= forget.min() < np.log(5)
    assert np.log(190) < forget.max() <= np.log(199)
    with pytest.raises(ValueError, match="3"):
        nn.chrono_biases(RNG(0), 4, 2)


# --- the contract ------------------------------------------------------------------------------

LAYERS = {
    "Affine": lambda rng: nn.Affine(3, 4, rng),
    "RNNCell": lambda rng: nn.RNNCell(3, 4, rng),
    "RNN": lambda rng: nn.RNN(3, 4, rng),
    "LSTMCell": lambda rng: nn.LSTMCell(3, 4, rng),
    "LSTM": lambda rng: nn.LSTM(3, 4, rng),
    "LSTM peephole": lambda rng: nn.LSTM(3, 4, rng, peephole=True),
    "GRUCell": lambda rng: nn.GRUCell(3, 4, rng),
    "GRU before": lambda rng: nn.GRU(3, 4, rng),
    "GRU after": lambda rng: nn.GRU(3, 4, rng, reset="after", biases=2),
    "SkipRNN": lambda rng: nn.SkipRNN(3, 4, rng, skip=2),
    "LeakyRNN": lambda rng: nn.LeakyRNN(3, 4, rng, alpha=0.5),
    "Bidirectional": lambda rng: nn.Bidirectional(nn.GRU(3, 4, rng), nn.GRU(3, 4, rng)),
    "Stack": lambda rng: nn.Stack(nn.LSTM(3, 4, rng), nn.LSTM(4, 4, rng)),
}


def run(layer, x):
    """Forward; the output and its last state as one tuple of douts for backward."""
    out = layer.forward(x)
    if isinstance(out, tuple) and not isinstance(layer, nn.LSTMCell):
        out = out[:1]
    return out if isinstance(out, tuple) else (out,)


@pytest.fixture(params=LAYERS)
def build(request):
    return LAYERS[request.param]


def test_params_and_grads_have_the_same_keys_and_shapes(build):
    layer = build(RNG(0))
    assert list(layer.params) == list(layer.grads)
    assert all(layer.params[k].shape == g.shape for k, g in layer.grads.items())
    assert layer.size == sum(p.size for p in layer.params.values())


def test_gradients_add_up_until_zero_grad(build):
    layer, x = build(RNG(0)), RNG(1).normal(size=(5, 2, 3))
    layer.backward(*map(np.ones_like, run(layer, x)))
    once = {k: g.copy() for k, g in layer.grads.items()}
    assert once[next(iter(once))].any()
    layer.backward(*map(np.ones_like, run(layer, x)))
    for k, g in layer.grads.items():
        np.testing.assert_allclose(g, 2 * once[k])
    layer.zero_grad()
    assert not any(g.any() for g in layer.grads.values())


def test_two_forwards_then_two_backwards_last_one_first(build):
    layer = build(RNG(0))
    first, second = RNG(1).normal(size=(2, 5, 2, 3))
    second = second[:4]  # another length: nothing may be mixed up
    alone = []
    for x in (first, second):
        dx = layer.backward(*map(np.ones_like, run(layer, x)))
        alone.append(dx[0] if isinstance(dx, tuple) else dx)
    grads = {k: g.copy() for k, g in layer.grads.items()}
    layer.zero_grad()
    outs = [run(layer, x) for x in (first, second)]
    kept = [o.copy() for o in outs[0]]
    for out, expected in zip(reversed(outs), reversed(alone), strict=True):
        dx = layer.backward(*map(np.ones_like, out))
        np.testing.assert_allclose(dx[0] if isinstance(dx, tuple) else dx, expected)
    for k, g in layer.grads.items():
        np.testing.assert_allclose(g, grads[k])
    assert all(map(np.array_equal, outs[0], kept))  # what was handed out is never written again


def test_backward_without_forward(build):
    layer, x = build(RNG(0)), RNG(1).normal(size=(5, 2, 3))
    with layer.evaluation():
        out = run(layer, x)
    assert layer.training
    with pytest.raises(RuntimeError, match="forward"):
        layer.backward(*map(np.ones_like, out))


def test_evaluation_gives_the_same_output(build):
    layer, x = build(RNG(0)), RNG(1).normal(size=(5, 2, 3))
    trained = run(layer, x)
    with layer.evaluation():
        first, second = run(layer, x), run(layer, x)
    assert all(map(np.array_equal, trained, first))
    assert all(map(np.array_equal, first, second))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("params", [np.float32, np.float64])
def test_dtype_follows_the_input(build, dtype, params):
    layer = build(RNG(0)).astype(params)
    out = run(layer, RNG(1).normal(size=(5, 2, 3)).astype(dtype))
    dx = layer.backward(*map(np.ones_like, out))
    assert all(o.dtype == dtype for o in out)
    assert (dx[0] if isinstance(dx, tuple) else dx).dtype == dtype
    assert all(g.dtype == params for g in layer.grads.values())


def test_integers_are_taken_as_the_parameters_dtype(build):
    layer, x = build(RNG(0)).astype(np.float32), RNG(1).integers(0, 2, (5, 2, 3))
    assert run(layer, x)[0].dtype == np.float32


def test_float32_and_float64_agree(build):
    layer, x = build(RNG(0)), RNG(1).normal(size=(5, 2, 3))
    half = layer.astype(np.float32)
    for a, b in zip(run(layer, x), run(half, x.astype(np.float32)), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_wrong_shapes_are_named(build):
    with pytest.raises(ValueError, match=r"x の形は .*\(5, 2, 7\)"):
        run(build(RNG(0)), np.zeros((5, 2, 7)))


def test_affine_takes_any_axes_in_front():
    layer = nn.Affine(3, 4, RNG(0))
    x = RNG(1).normal(size=(2, 5, 3))
    y = layer.forward(x)
    np.testing.assert_allclose(layer.forward(x[1, 2]), y[1, 2])
    assert nn.gradient_check(layer, x[1, 2]).ok()


def test_load_copies_and_refuses_other_names_and_shapes(build):
    layer, other = build(RNG(0)), build(RNG(1))
    layer.load(other.params)
    assert all(np.array_equal(layer.params[k], v) for k, v in other.params.items())
    assert all(layer.params[k] is not v for k, v in other.params.items())
    with pytest.raises(KeyError, match="nobody"):
        layer.load({**other.params, "nobody": np.zeros(1)})
    name = next(iter(other.params))
    with pytest.raises(ValueError, match=name):
        layer.load({**other.params, name: np.zeros(99)})


def test_a_layer_inside_another_shares_its_arrays():
    rng = RNG(0)
    inner = nn.RNN(3, 4, rng)
    outer = nn.Stack(inner, nn.RNN(4, 4, rng))
    assert "layer0.W_x" in outer.params
    outer.params["layer0.W_x"] = np.ones((3, 4))
    assert inner.params["W_x"].all()
    inner.params["W_h"] = np.zeros((4, 4))
    assert not outer.params["layer0.W_h"].any()
    copied = outer.astype(np.float32)
    copied.params["layer0.b_h"] += 1
    assert copied.layers[0].params["b_h"].all()
    assert not inner.params["b_h"].any()


def test_a_cell_on_the_same_parameters():
    for layer in (nn.RNN(3, 4, RNG(0)), nn.LSTM(3, 4, RNG(0)), nn.GRU(3, 4, RNG(0))):
        cell = layer.cell()
        cell.params["W_x"] = np.ones_like(cell.params["W_x"])
        assert layer.params["W_x"].all()
        out = cell.forward(np.ones((2, 3)))
        cell.backward(*map(np.ones_like, out if isinstance(out, tuple) else (out,)))
        assert layer.grads["W_x"].any()


def test_working_memory_does_not_grow():
    layer = nn.LSTM(3, 4, RNG(0))
    for T in range(1, 30):
        layer.backward(*map(np.ones_like, run(layer, np.ones((T, 2, 3)))))
    assert len(layer._free) <= 10
    layer.forget()
    assert not layer._free


def test_importing_the_layers_imports_no_torch():
    code = "import sys, eshikaku.nn; raise SystemExit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


# --- dropout, embedding ------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_the_gradient_sees_the_same_mask():
    layer, x = nn.Dropout(0.3, RNG(0)), np.ones((200, 200), np.float32)
    y = layer.forward(x)
    assert y.dtype == np.float32
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.01)
    assert np.array_equal(layer.backward(np.ones_like(x)), y)
    assert layer.eval().forward(x) is x
    with pytest.raises(ValueError, match=r"1\.0"):
        nn.Dropout(1.0, RNG(0))


def test_stack_drops_between_layers_only():
    rng = RNG(0)
    stack = nn.Stack(nn.RNN(3, 4, rng), nn.RNN(4, 4, rng), dropout=0.5, rng=RNG(1))
    x = RNG(2).normal(size=(6, 2, 3))
    with stack.evaluation():
        clean, _ = stack.forward(x)
    dropped, _ = stack.forward(x)
    assert not np.allclose(clean, dropped)
    assert not (dropped == 0).any()
    stack.backward(np.ones_like(dropped))
    with pytest.raises(ValueError, match="rng"):
        nn.Stack(nn.RNN(3, 4, rng), nn.RNN(4, 4, rng), dropout=0.5)
    with pytest.raises(ValueError, match="1つ以上"):
        nn.Stack()


def test_embedding_counts_every_repeated_id():
    layer = nn.Embedding(5, 2, RNG(0))
    layer.forward(np.array([[3, 3], [0, 3]]))
    layer.backward(np.ones((2, 2, 2)))
    assert layer.grads["W"][:, 0].tolist() == [1, 0, 0, 3, 0]


def test_embedding_refuses_what_is_no_id():
    layer = nn.Embedding(5, 2, RNG(0))
    with pytest.raises(IndexError, match="0〜4"):
        layer.forward(np.array([5]))
    with pytest.raises(IndexError, match="-1"):
        layer.forward(np.array([-1]))
    with pytest.raises(TypeError, match="float64"):
        layer.forward(np.array([1.0]))


# --- losses ------------------------------------------------------------------------------------


def test_half_squared_error():
    loss = nn.SquaredError(reduction="sum", half=True)
    assert loss.forward(np.array([1.0, 3.0]), np.array([0.0, 1.0])) == 2.5
    assert loss.backward().tolist() == [1, 2]


def test_losses_are_stable():
    loss = nn.BCEWithLogits(reduction="sum")
    assert loss.forward(np.array([1e4, -1e4]), np.array([1, 0])) == 0
    assert loss.forward(np.array([1e4]), np.array([0])) == 1e4
    loss = nn.SoftmaxCrossEntropy()
    assert loss.forward(np.array([[1e4, 0.0]]), np.array([1])) == 1e4


def test_a_batch_of_padding_alone_is_worth_nothing():
    loss = nn.SoftmaxCrossEntropy(ignore_index=0)
    assert loss.forward(np.ones((2, 3)), np.array([0, 0])) == 0
    assert not loss.backward().any()


@pytest.mark.parametrize("name", ["SquaredError", "BCEWithLogits", "SoftmaxCrossEntropy"])
def test_one_loss_for_each_setting(name):
    rng = RNG(0)
    T, S, N, C = 4, 3, 5, 2
    y = rng.normal(size=(T, S, N, C))
    if name == "SoftmaxCrossEntropy":
        axis, t = (0, 2), rng.integers(0, C, (T, S, N))
    else:
        axis, t = (0, 2, 3), rng.integers(0, 2, (T, S, N, C))
    together, alone = getattr(nn, name)(axis=axis), getattr(nn, name)()
    losses = together.forward(y, t)
    weights = rng.normal(size=S)
    dy = together.backward(weights)
    assert losses.shape == (S,)
    for s in range(S):
        assert losses[s] == pytest.approx(alone.forward(y[:, s], t[:, s]))
        np.testing.assert_allclose(dy[:, s], weights[s] * alone.backward())


def test_losses_refuse_other_shapes():
    for loss in (nn.SquaredError(), nn.BCEWithLogits()):
        with pytest.raises(ValueError, match=r"\(3, 2\)"):
            loss.forward(np.zeros((3, 2)), np.zeros((3,)))
    with pytest.raises(ValueError, match="整数"):
        nn.SoftmaxCrossEntropy().forward(np.zeros((3, 2)), np.zeros(3))
    with pytest.raises(ValueError, match="average"):
        nn.SquaredError(reduction="average")
    with pytest.raises(ValueError, match="average"):
        nn.SoftmaxCrossEntropy(reduction="average")


# --- optimisers, clipping ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "optimiser",
    [nn.SGD(0.1), nn.Momentum(0.02), nn.NAG(0.02), nn.AdaGrad(0.5), nn.RMSProp(0.05), nn.Adam(0.1)],
    ids=lambda o: type(o).__name__,
)
def test_optimisers_go_down_in_place(optimiser):
    w = np.array([3.0, -2.0])
    params = {"w": w}
    for _ in range(200):
        optimiser.update(params, {"w": 2 * w})
    assert params["w"] is w
    assert np.abs(w).max() < 0.1


def test_a_learning_rate_for_each_setting():
    W, b = np.ones((3, 2, 2)), np.ones((3, 1, 2))
    lr = np.array([0.0, 0.1, 0.2]).reshape(-1, 1, 1)
    nn.Adam(lr).update({"W": W, "b": b}, {"W": np.ones_like(W), "b": np.ones_like(b)})
    np.testing.assert_allclose(W[:, 0, 0], [1, 0.9, 0.8], atol=1e-6)
    np.testing.assert_allclose(b[:, 0, 1], [1, 0.9, 0.8], atol=1e-6)


def test_clipping_by_norm_keeps_the_direction_and_by_value_does_not():
    grads = {"a": np.array([3.0]), "b": np.array([4.0])}
    assert nn.clip_by_norm(grads, 10) == 5
    assert grads == {"a": [3], "b": [4]}
    assert nn.clip_by_norm(grads, 1) == 5
    assert nn.grad_norm(grads) == pytest.approx(1)
    assert grads["b"] / grads["a"] == pytest.approx(4 / 3)
    grads = {"a": np.array([3.0]), "b": np.array([-4.0])}
    nn.clip_by_value(grads, 1)
    assert grads == {"a": [1], "b": [-1]}


# --- gradient check ----------------------------------------------------------------------------


def test_gradient_check_names_the_wrong_gradient():
    class Wrong(nn.RNN):
        def backward(self, dy, dstate=None):
            dx, dh = super().backward(dy, dstate)
            self.grads["W_h"] *= 1.001
            return dx, dh

    report = nn.gradient_check(Wrong(3, 4, RNG(0)), RNG(1).normal(size=(4, 2, 3)))
    assert not report.ok()
    assert report.name == "W_h"
    assert report.worst == pytest.approx(1e-3, rel=0.01)
    assert report.errors["W_x"] < 1e-9
    assert "不合格: W_h" in str(report)


def test_gradient_check_leaves_the_layer_as_it_is():
    layer = nn.RNN(3, 4, RNG(0), dtype=np.float32)
    before = {k: p.copy() for k, p in layer.params.items()}
    report = nn.gradient_check(layer, RNG(1).normal(size=(4, 2, 3)).astype(np.float32))
    assert report.ok()
    assert "合格" in str(report)
    assert all(np.array_equal(before[k], p) for k, p in layer.params.items())
    assert not any(g.any() for g in layer.grads.values())


def test_nan_is_not_right():
    bad = nn.compare_gradients(lambda: 0.0, {"w": np.zeros(2)}, {"w": np.array([np.nan, 0])})
    assert not bad.ok()


def test_numerical_gradient_wants_float64():
    with pytest.raises(ValueError, match="float32"):
        nn.numerical_gradient(lambda: 0.0, np.zeros(2, np.float32))


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (nn.SquaredError(), RNG(0).normal(size=(3, 2, 4))),
        (nn.BCEWithLogits(axis=(0, 1)), RNG(0).integers(0, 2, (3, 2, 4))),
        (nn.SoftmaxCrossEntropy(), RNG(0).integers(0, 4, (3, 2))),
        (nn.SoftmaxCrossEntropy(axis=0, ignore_index=1), RNG(0).integers(0, 4, (3, 2))),
    ],
    ids=lambda value: repr(value) if isinstance(value, nn.Layer) else "",
)
def test_gradients_of_losses(loss, target):
    assert nn.gradient_check(loss, RNG(1).normal(size=(3, 2, 4)), target, constants=(1,)).ok()
