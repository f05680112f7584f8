"""Recurrent layers: gradients by central differences, forms, cells, wrappers, settings at once."""

import numpy as np
import pytest

from eshikaku import nn

RNG = np.random.default_rng
SHAPES = [(1, 1, 1, 1), (1, 1, 3, 2), (1, 3, 2, 4), (6, 1, 2, 3), (5, 2, 3, 4)]  # T, N, D, H

LAYERS = {
    **{
        f"RNN {name}": lambda D, H, rng, name=name: nn.RNN(D, H, rng, nonlinearity=name)
        for name in nn.ACTIVATIONS
    },
    "LSTM": nn.LSTM,
    "LSTM 2 biases": lambda D, H, rng: nn.LSTM(D, H, rng, biases=2),
    "LSTM peephole": lambda D, H, rng: nn.LSTM(D, H, rng, peephole=True),
    "LSTM hard": lambda D, H, rng: nn.LSTM(
        D, H, rng, gate_activation="hard_sigmoid", nonlinearity="identity"
    ),
    **{
        f"GRU {update} {reset} {biases}": lambda D, H, rng, o=(update, reset, biases): nn.GRU(
            D, H, rng, update=o[0], reset=o[1], biases=o[2]
        )
        for update in ("keep", "renew")
        for reset, biases in (("before", 1), ("after", 1), ("after", 2))
    },
    "SkipRNN": lambda D, H, rng: nn.SkipRNN(D, H, rng, skip=3),
    "LeakyRNN": lambda D, H, rng: nn.LeakyRNN(D, H, rng, alpha=0.8),
    "LeakyRNN α by unit": lambda D, H, rng: nn.LeakyRNN(D, H, rng, alpha=np.linspace(0, 0.9, H)),
    "Bidirectional": lambda D, H, rng: nn.Bidirectional(nn.LSTM(D, H, rng), nn.LSTM(D, H, rng)),
    "Stack": lambda D, H, rng: nn.Stack(
        nn.Bidirectional(nn.GRU(D, H, rng), nn.GRU(D, H, rng)), nn.RNN(2 * H, H, rng)
    ),
}
CELLS = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}


def randomised(layer):
    """Biases too, so that nothing is checked at 0."""
    rng = RNG(9)
    for p in layer.params.values():
        p[...] = rng.normal(0, 0.5, p.shape)
    return layer


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", LAYERS)
def test_gradients(name, shape):
    T, N, D, H = shape
    layer = randomised(LAYERS[name](D, H, RNG(0)))
    report = nn.gradient_check(layer, RNG(1).normal(size=(T, N, D)))
    assert report.ok(), report


def flat_state(layer, N, H):
    return {
        "LSTM": lambda: tuple(RNG(2).normal(size=(2, N, H))),
        "SkipRNN": lambda: RNG(2).normal(size=(3, N, H)),
    }.get(type(layer).__name__, lambda: RNG(2).normal(size=(N, H)))()


@pytest.mark.parametrize("name", [n for n in LAYERS if n not in ("Bidirectional", "Stack")])
def test_gradients_of_the_state(name):
    layer = randomised(LAYERS[name](3, 4, RNG(0)))
    report = nn.gradient_check(layer, RNG(1).normal(size=(5, 2, 3)), flat_state(layer, 2, 4))
    assert report.ok(), report
    assert any(key.startswith("input1") for key in report.errors)


@pytest.mark.parametrize("name", [n for n in LAYERS if n.split()[0] in CELLS])
def test_cell_and_sequence_agree(name):
    layer = randomised(LAYERS[name](3, 4, RNG(0)))
    T, N, H = 6, 2, 4
    x, state = RNG(1).normal(size=(T, N, 3)), flat_state(layer, N, H)
    dy, dstate = RNG(3).normal(size=(T, N, H)), flat_state(layer, N, H)
    y, last = layer.forward(x, state)
    dx, dfirst = layer.backward(dy, dstate)
    grads = {k: g.copy() for k, g in layer.grads.items()}
    layer.zero_grad()

    cell = layer.cell()
    steps = []
    for x_t in x:
        state = cell.forward(x_t, state)
        steps.append(state[0] if isinstance(state, tuple) else state)
    np.testing.assert_allclose(np.stack(steps), y, atol=1e-14)
    np.testing.assert_allclose(np.stack(state), np.stack(last), atol=1e-14)
    dxs = []
    for t in reversed(range(T)):
        if isinstance(dstate, tuple):
            d, dstate = cell.backward(dy[t] + dstate[0], dstate[1])
        else:
            d, dstate = cell.backward(dy[t] + dstate)
        dxs.append(d)
    np.testing.assert_allclose(np.stack(dxs[::-1]), dx, atol=1e-13)
    np.testing.assert_allclose(np.stack(dstate), np.stack(dfirst), atol=1e-13)
    for k, g in layer.grads.items():
        np.testing.assert_allclose(g, grads[k], atol=1e-12)


@pytest.mark.parametrize(
    "name", ["LSTM", "LSTM 2 biases", "LSTM peephole", "GRU renew before 1", "GRU keep after 2"]
)
def test_gradients_of_cells(name):
    cell = randomised(LAYERS[name](3, 4, RNG(0))).cell()
    assert nn.gradient_check(cell, RNG(1).normal(size=(2, 3))).ok()


@pytest.mark.parametrize("name", LAYERS)
def test_no_gradient_at_the_outputs_is_a_gradient_of_0(name):
    layer = LAYERS[name](3, 4, RNG(0))
    x = RNG(1).normal(size=(5, 2, 3))
    y, state = layer.forward(x)
    layer.forward(x)
    first = layer.backward(None, state)
    grads = {k: g.copy() for k, g in layer.grads.items()}
    layer.zero_grad()
    second = layer.backward(np.zeros_like(y), state)
    np.testing.assert_array_equal(first[0], second[0])
    assert all(np.array_equal(grads[k], g) for k, g in layer.grads.items())


@pytest.mark.parametrize("name", [n for n in LAYERS if n not in ("Bidirectional", "Stack")])
def test_wrong_states_are_named(name):
    layer = LAYERS[name](3, 4, RNG(0))
    wrong = np.zeros((3, 5))
    with pytest.raises(ValueError, match=r"state の形は .*\(3, 5\)"):
        layer.forward(np.zeros((5, 2, 3)), (wrong, wrong) if "LSTM" in name else wrong)


@pytest.mark.parametrize("name", LAYERS)
def test_an_empty_sequence_is_refused(name):
    with pytest.raises(ValueError, match="x が空"):
        LAYERS[name](3, 4, RNG(0)).forward(np.zeros((0, 2, 3)))


# --- LSTM --------------------------------------------------------------------------------------


def test_lstm_gates_are_slices_in_the_order_i_f_g_o():
    layer = nn.LSTM(3, 4, RNG(0), forget_bias=2, input_bias=-3, peephole=True)
    assert layer.params["b"].tolist() == [-3] * 4 + [2] * 4 + [0] * 8
    gate = layer.gate("f")
    assert {k: v.shape for k, v in gate.items()} == {
        "W_x": (3, 4),
        "W_h": (4, 4),
        "b": (4,),
        "p_f": (4,),
    }
    gate["W_x"][...] = 7
    assert (layer.params["W_x"][:, 4:8] == 7).all()
    assert set(layer.gate("g")) == {"W_x", "W_h", "b"}
    with pytest.raises(ValueError, match="'c'"):
        layer.gate("c")


def test_parameter_counts():
    D, H = 3, 4
    assert nn.RNN(D, H, RNG(0)).size == H * (D + H + 1)
    assert nn.LSTM(D, H, RNG(0)).size == 4 * H * (D + H + 1)
    assert nn.LSTM(D, H, RNG(0), biases=2).size == 4 * H * (D + H + 2)
    assert nn.LSTM(D, H, RNG(0), peephole=True).size == 4 * H * (D + H + 1) + 3 * H
    assert nn.GRU(D, H, RNG(0)).size == 3 * H * (D + H + 1)
    assert nn.GRU(D, H, RNG(0), reset="after", biases=2).size == 3 * H * (D + H + 2)


def test_biases_may_differ_by_unit():
    forget, input_ = nn.chrono_biases(RNG(0), 4, 100)
    layer = nn.LSTM(3, 4, RNG(0), forget_bias=forget, input_bias=input_)
    assert np.array_equal(layer.gate("f")["b"], forget)
    assert np.array_equal(layer.gate("i")["b"], input_)


@pytest.mark.parametrize("options", [{}, {"peephole": True}])
def test_lstm_trace_shows_the_gates(options):
    layer, x = nn.LSTM(3, 4, RNG(0), **options), RNG(1).normal(size=(6, 2, 3))
    trace = layer.trace(x)
    y, (_, c) = layer.forward(x)
    assert list(trace) == list("ifgoch")
    np.testing.assert_allclose(trace["h"], y, atol=1e-15)
    np.testing.assert_allclose(trace["c"][-1], c, atol=1e-15)
    before = np.concatenate([np.zeros((1, 2, 4)), trace["c"][:-1]])
    np.testing.assert_allclose(trace["c"], trace["f"] * before + trace["i"] * trace["g"])


def test_gradient_along_the_cell_is_f():
    """With the gates cut off from the state (W_h = 0), dc_T/dc_0 is the product of f_t alone."""
    layer = nn.LSTM(3, 4, RNG(0))
    layer.params["W_h"] = np.zeros((4, 16))
    x = RNG(1).normal(size=(6, 1, 3))
    f = layer.trace(x)["f"]
    layer.forward(x)
    zero, one = np.zeros((1, 4)), np.ones((1, 4))
    _, (_, dc) = layer.backward(None, (zero, one))
    np.testing.assert_allclose(dc, f.prod(axis=0))


def test_peepholes_see_the_cell_of_the_right_time():
    """i and f see c_{t−1}, o sees c_t: with c_{t−1} = 0, p_i and p_f have no say and p_o has."""
    rng = RNG(0)
    cell = nn.LSTMCell(2, 3, rng, peephole=True)
    x, (h, c) = rng.normal(size=(1, 2)), np.zeros((2, 1, 3))
    before = cell.forward(x, (h, c))
    for name in ("p_i", "p_f"):
        cell.params[name] = np.full(3, 5.0)
    assert all(map(np.array_equal, cell.forward(x, (h, c)), before))
    cell.params["p_o"] = np.full(3, 5.0)
    h_new, c_new = cell.forward(x, (h, c))
    assert np.array_equal(c_new, before[1])
    assert not np.allclose(h_new, before[0])


def test_extreme_inputs_saturate_without_warnings(recwarn):
    x = np.array([[[1e6, -1e6, 1e6]]], np.float32)
    for layer in (nn.LSTM(3, 4, RNG(0)), nn.GRU(3, 4, RNG(0)), nn.RNN(3, 4, RNG(0))):
        y, _ = layer.forward(x)
        assert np.isfinite(y).all()
    assert not recwarn.list


@pytest.mark.parametrize("biases", [0, 3])
def test_lstm_refuses_other_numbers_of_biases(biases):
    with pytest.raises(ValueError, match=str(biases)):
        nn.LSTM(3, 4, RNG(0), biases=biases)


# --- GRU ---------------------------------------------------------------------------------------


def test_the_two_meanings_of_z_are_one_another_with_the_sign_turned():
    keep, renew = nn.GRU(3, 4, RNG(0)), nn.GRU(3, 4, RNG(1), update="renew")
    renew.load(keep.params)
    x = RNG(2).normal(size=(6, 2, 3))
    assert not np.allclose(keep.forward(x)[0], renew.forward(x)[0])
    for part in renew.gate("z").values():
        part *= -1
    np.testing.assert_allclose(keep.forward(x)[0], renew.forward(x)[0], atol=1e-15)


def test_reset_before_and_after_differ_unless_r_is_1():
    before, after = nn.GRU(3, 4, RNG(0)), nn.GRU(3, 4, RNG(1), reset="after")
    after.load(before.params)
    x = RNG(2).normal(size=(6, 2, 3))
    assert not np.allclose(before.forward(x)[0], after.forward(x)[0])
    for layer in (before, after):
        layer.gate("r")["b"][...] = 1000
    np.testing.assert_allclose(before.forward(x)[0], after.forward(x)[0], atol=1e-15)


def test_gru_gates_are_slices_in_the_order_r_z_n():
    layer = nn.GRU(3, 4, RNG(0), reset="after", biases=2)
    layer.gate("z")["b_h"][...] = 7
    assert layer.params["b_h"].tolist() == [0] * 4 + [7] * 4 + [0] * 4
    with pytest.raises(ValueError, match="'u'"):
        layer.gate("u")


@pytest.mark.parametrize("reset", ["before", "after"])
def test_gru_trace_shows_the_gates(reset):
    layer, x = nn.GRU(3, 4, RNG(0), reset=reset), RNG(1).normal(size=(6, 2, 3))
    trace = layer.trace(x)
    assert list(trace) == list("rznh")
    np.testing.assert_allclose(trace["h"], layer.forward(x)[0], atol=1e-15)
    before = np.concatenate([np.zeros((1, 2, 4)), trace["h"][:-1]])
    np.testing.assert_allclose(
        trace["h"], trace["z"] * before + (1 - trace["z"]) * trace["n"], atol=1e-15
    )


@pytest.mark.parametrize(
    "options", [{"update": "z"}, {"reset": "never"}, {"biases": 2}, {"biases": 0}], ids=str
)
def test_gru_refuses_unknown_forms(options):
    with pytest.raises(ValueError):
        nn.GRU(3, 4, RNG(0), **options)


# --- wrappers, memory, truncation --------------------------------------------------------------


def test_the_reverse_direction_is_a_forward_pass_over_the_reversed_input():
    ahead, back = nn.RNN(3, 4, RNG(0)), nn.RNN(3, 4, RNG(1))
    both = nn.Bidirectional(ahead, back)
    x = RNG(2).normal(size=(6, 2, 3))
    y, (_, second) = both.forward(x)
    assert np.array_equal(y[..., :4], ahead.forward(x)[0])
    assert np.array_equal(y[..., 4:], back.forward(x[::-1])[0][::-1])
    assert np.array_equal(second, y[0, :, 4:])
    assert list(both.params) == [f"{d}.{p}" for d in ("forward", "reverse") for p in ahead.params]


def test_bidirectional_and_stack_take_states_back():
    rng = RNG(0)
    layer = nn.Stack(
        nn.Bidirectional(nn.LSTM(3, 4, rng), nn.LSTM(3, 4, rng)), nn.Stack(nn.GRU(8, 2, rng))
    )
    x = rng.normal(size=(6, 2, 3))
    y, state = layer.forward(x)
    _, dstate = layer.backward(np.ones_like(y), state)
    again, _ = layer.forward(x, state)
    assert not np.allclose(y, again)
    shapes = [np.shape(part) for part in (dstate[0][0], dstate[0][1], dstate[1][0])]
    assert shapes == [(2, 2, 4), (2, 2, 4), (2, 2)]


def test_sequence_in_pieces_is_the_same_sequence():
    x = RNG(1).normal(size=(7, 2, 3))
    for name in ("RNN tanh", "LSTM", "GRU keep before 1", "SkipRNN", "LeakyRNN"):
        layer = LAYERS[name](3, 4, RNG(0))
        whole, last = layer.forward(x)
        first, state = layer.forward(x[:2])  # shorter than the skip
        second, state = layer.forward(x[2:], state)
        np.testing.assert_allclose(np.concatenate([first, second]), whole, atol=1e-15)
        np.testing.assert_allclose(np.stack(state), np.stack(last), atol=1e-15)


def test_skip_connection_reaches_back_k_steps():
    layer = nn.SkipRNN(1, 1, RNG(0), skip=3, nonlinearity="identity")
    layer.load({"W_x": [[1.0]], "W_h": [[0.0]], "W_s": [[0.5]], "b_h": [0.0]})
    x = np.zeros((7, 1, 1))
    x[0] = 1
    assert layer.forward(x)[0].ravel().tolist() == [1, 0, 0, 0.5, 0, 0, 0.25]
    with pytest.raises(ValueError, match="1"):
        nn.SkipRNN(1, 1, RNG(0), skip=1)


def test_leaky_unit_is_a_moving_average():
    layer = nn.LeakyRNN(1, 1, RNG(0), alpha=0.75, nonlinearity="identity")
    layer.load({"W_x": [[1.0]], "W_h": [[0.0]], "b_h": [0.0]})
    x = np.array([1.0, 0, 0]).reshape(3, 1, 1)
    np.testing.assert_allclose(layer.forward(x)[0].ravel(), 0.25 * 0.75 ** np.arange(3))
    with pytest.raises(ValueError, match=r"1\.0"):
        nn.LeakyRNN(1, 1, RNG(0), alpha=1.0)


@pytest.mark.parametrize("name", ["RNN tanh", "LSTM", "GRU keep before 1"])
def test_truncated_bptt(name):
    layer = LAYERS[name](3, 4, RNG(0))
    x, dy = RNG(1).normal(size=(7, 2, 3)), RNG(2).normal(size=(7, 2, 4))
    layer.forward(x)
    dx_full, _ = layer.backward(dy)
    full = {k: g.copy() for k, g in layer.grads.items()}

    layer.zero_grad()
    dx, _ = nn.truncated_bptt(layer, x, lambda y, steps: dy[steps])
    np.testing.assert_allclose(dx, dx_full)
    assert all(np.allclose(full[k], g) for k, g in layer.grads.items())

    layer.zero_grad()
    dx, last = nn.truncated_bptt(layer, x, lambda y, steps: dy[steps], length=3)
    np.testing.assert_allclose(np.stack(last), np.stack(layer.forward(x)[1]))
    np.testing.assert_allclose(dx[6:], dx_full[6:])  # the last piece loses nothing
    assert not np.allclose(dx[:6], dx_full[:6])
    layer.forget()
    # by hand: dL/dh at each cut is 0
    expected, state = [], None
    for start in (0, 3, 6):
        _, state = layer.forward(x[start : start + 3], state)
        expected.append(layer.backward(dy[start : start + 3])[0])
    np.testing.assert_array_equal(dx, np.concatenate(expected))
    with pytest.raises(ValueError, match="0"):
        nn.truncated_bptt(layer, x, lambda y, steps: dy[steps], length=0)


# --- echo state network ------------------------------------------------------------------------


def test_reservoir_has_the_spectral_radius_and_stays_fixed():
    esn = nn.EchoStateNetwork(1, 50, RNG(0), spectral_radius=0.8)
    W_h = esn.reservoir.params["W_h"]
    assert np.max(np.abs(np.linalg.eigvals(W_h))) == pytest.approx(0.8)
    assert 0.05 < (W_h != 0).mean() < 0.15
    before = W_h.copy()
    x = np.sin(np.arange(300) / 5).reshape(-1, 1, 1)
    esn.fit(x[:-1], x[1:], washout=50)
    assert np.array_equal(W_h, before)


def test_echo_state_network_learns_to_run_freely():
    esn = nn.EchoStateNetwork(1, 100, RNG(0), spectral_radius=0.9)
    x = np.sin(np.arange(1001) / 5).reshape(-1, 1, 1)
    state = esn.fit(x[:799], x[1:800], washout=100)
    y = esn.generate(x[799], 100, state)
    assert np.sqrt(np.mean((y - x[800:900]) ** 2)) < 1e-2
    one_step, _ = esn.predict(x[799:999], state)
    assert np.sqrt(np.mean((one_step - x[800:1000]) ** 2)) < 1e-3


def test_ridge_readout_is_the_minimum():
    rng = RNG(0)
    esn = nn.EchoStateNetwork(2, 5, rng)
    x, target = rng.normal(size=(40, 3, 2)), rng.normal(size=(40, 3, 2))
    esn.fit(x, target, ridge=0.1, washout=10)

    def objective(W):
        kept, esn.W_out = esn.W_out, W
        error = esn.predict(x)[0][10:] - target[10:]
        esn.W_out = kept
        return np.sum(error**2) + 0.1 * np.sum(W**2)

    best = objective(esn.W_out)
    for _ in range(5):
        assert objective(esn.W_out + 1e-3 * rng.normal(size=esn.W_out.shape)) > best


def test_echo_state_network_says_what_is_wrong():
    esn = nn.EchoStateNetwork(1, 5, RNG(0))
    with pytest.raises(RuntimeError, match="fit"):
        esn.predict(np.zeros((3, 1, 1)))
    with pytest.raises(ValueError, match="washout"):
        esn.fit(np.zeros((3, 1, 1)), np.zeros((3, 1, 1)), washout=3)
    with pytest.raises(ValueError, match="density"):
        nn.EchoStateNetwork(1, 5, RNG(0), density=0.0)


# --- many settings at once ---------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in LAYERS if "by unit" not in n])
def test_settings_at_once_are_the_settings_one_by_one(name):
    S, T, N, D, H = 3, 5, 2, 3, 4
    layers = [randomised(LAYERS[name](D, H, RNG(s))) for s in range(S)]
    for s, layer in enumerate(layers):
        for p in layer.params.values():
            p += 0.1 * RNG(s).normal(size=p.shape)
    stacked = nn.stack_settings(layers)
    x = RNG(1).normal(size=(T, S, N, D))
    y, _ = stacked.forward(x)
    dy = RNG(2).normal(size=y.shape)
    dx, _ = stacked.backward(dy)
    for s, layer in enumerate(layers):
        one, _ = layer.forward(x[:, s])
        dx_one, _ = layer.backward(dy[:, s])
        np.testing.assert_allclose(y[:, s], one, atol=1e-13)
        np.testing.assert_allclose(dx[:, s], dx_one, atol=1e-13)
        for k, g in layer.grads.items():
            np.testing.assert_allclose(stacked.grads[k][s].reshape(g.shape), g, atol=1e-12)


def test_affine_settings_at_once():
    layers = [nn.Affine(3, 4, RNG(s)) for s in range(2)]
    stacked = nn.stack_settings(layers)
    for shape in ((5, 2, 6, 3), (2, 6, 3)):
        x = RNG(1).normal(size=shape)
        assert nn.gradient_check(stacked, x).ok()
        y = stacked.forward(x)
        np.testing.assert_allclose(y[..., 1, :, :], layers[1].forward(x[..., 1, :, :]))
