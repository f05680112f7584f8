"""Every layer agrees with PyTorch: outputs, states, all gradients, both dtypes, odd shapes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import parity_table  # noqa: E402
from eshikaku import nn  # noqa: E402


@pytest.mark.parametrize("dtype", parity_table.DTYPES)
@pytest.mark.parametrize("kind", parity_table.KINDS, ids=lambda kind: kind.name)
def test_layer_agrees_with_torch(kind, dtype):
    for shape in parity_table.SHAPES:
        row = parity_table.compare(kind, dtype, shape)
        assert row.ok, row


def test_the_table_would_notice_a_wrong_gradient(monkeypatch):
    kind = next(kind for kind in parity_table.KINDS if kind.name == "LSTM 1 bias")
    monkeypatch.setattr("eshikaku.nn.lstm.bias_grad", lambda da, b: da.sum((0, 1)) * 1.00001)
    row = parity_table.compare(kind, np.float64, (7, 3, 2, 6))
    assert not row.ok
    assert row.where == "grad b"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_embedding(dtype):
    rng = np.random.default_rng(0)
    layer = nn.Embedding(5, 3, rng, dtype=dtype)
    module = nn.to_torch(layer)
    ids = np.array([[1, 1, 4], [1, 0, 4]])
    y = layer.forward(ids)
    y_torch = module(torch.from_numpy(ids))
    dy = rng.normal(size=y.shape).astype(dtype)
    layer.backward(dy)
    y_torch.backward(torch.from_numpy(dy))
    assert y.dtype == dtype
    assert np.array_equal(y, y_torch.detach().numpy())
    np.testing.assert_allclose(layer.grads["W"], module.weight.grad.numpy(), rtol=1e-6)


LOSSES = {
    "SquaredError": (nn.SquaredError, torch.nn.MSELoss, (6, 2, 3), "normal"),
    "BCEWithLogits": (nn.BCEWithLogits, torch.nn.BCEWithLogitsLoss, (6, 2, 3), "binary"),
    "SoftmaxCrossEntropy": (nn.SoftmaxCrossEntropy, torch.nn.CrossEntropyLoss, (6, 2, 4), "class"),
}


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_losses(name, dtype, reduction):
    ours, theirs, shape, target = LOSSES[name]
    rng = np.random.default_rng(0)
    y = rng.normal(0, 3, shape).astype(dtype)
    t = {
        "normal": rng.normal(size=shape).astype(dtype),
        "binary": rng.integers(0, 2, shape).astype(dtype),
        "class": rng.integers(0, shape[-1], shape[:-1]),
    }[target]
    y_torch = torch.from_numpy(y).requires_grad_()
    t_torch = torch.from_numpy(t)
    if target == "class":  # torch wants the classes on axis 1
        loss_torch = theirs(reduction=reduction)(y_torch.reshape(-1, 4), t_torch.reshape(-1))
    else:
        loss_torch = theirs(reduction=reduction)(y_torch, t_torch)
    loss_torch.backward()
    loss = ours(reduction=reduction)
    tolerance = 1e-6 if dtype == np.float32 else 1e-14
    assert loss.forward(y, t) == pytest.approx(loss_torch.item(), rel=tolerance)
    dy = loss.backward()
    assert dy.dtype == dtype
    np.testing.assert_allclose(dy, y_torch.grad.numpy(), rtol=tolerance, atol=tolerance)


def test_cross_entropy_ignores_padding_as_torch_does():
    rng = np.random.default_rng(0)
    y, t = rng.normal(size=(5, 3, 4)), rng.integers(0, 4, (5, 3))
    t[3:, 1] = t[2:, 2] = -100
    y_torch = torch.from_numpy(y).requires_grad_()
    loss_torch = torch.nn.functional.cross_entropy(
        y_torch.reshape(-1, 4), torch.from_numpy(t).reshape(-1)
    )
    loss_torch.backward()
    loss = nn.SoftmaxCrossEntropy(ignore_index=-100)
    assert loss.forward(y, t) == pytest.approx(loss_torch.item(), rel=1e-14)
    np.testing.assert_allclose(loss.backward(), y_torch.grad.numpy(), rtol=1e-13, atol=1e-16)


OPTIMISERS = {
    "SGD": (nn.SGD, torch.optim.SGD, {"lr": 0.1}, {"lr": 0.1}),
    "Momentum": (
        nn.Momentum,
        torch.optim.SGD,
        {"lr": 0.05, "momentum": 0.8},
        {"lr": 0.05, "momentum": 0.8},
    ),
    "NAG": (
        nn.NAG,
        torch.optim.SGD,
        {"lr": 0.05, "momentum": 0.8},
        {"lr": 0.05, "momentum": 0.8, "nesterov": True},
    ),
    "AdaGrad": (nn.AdaGrad, torch.optim.Adagrad, {"lr": 0.1}, {"lr": 0.1}),
    "RMSProp": (nn.RMSProp, torch.optim.RMSprop, {"lr": 0.02}, {"lr": 0.02}),
    "RMSProp 0.9": (
        nn.RMSProp,
        torch.optim.RMSprop,
        {"lr": 0.02, "rho": 0.9},
        {"lr": 0.02, "alpha": 0.9},
    ),
    "Adam": (nn.Adam, torch.optim.Adam, {}, {}),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_take_the_same_steps(name):
    ours, theirs, options, torch_options = OPTIMISERS[name]
    rng = np.random.default_rng(0)
    params = {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}
    mirror = {k: torch.from_numpy(p.copy()).requires_grad_() for k, p in params.items()}
    optimiser, optimiser_torch = ours(**options), theirs(list(mirror.values()), **torch_options)
    for _ in range(20):
        grads = {k: rng.normal(size=p.shape) + p for k, p in params.items()}
        for k, tensor in mirror.items():
            tensor.grad = torch.from_numpy(grads[k])
        optimiser.update(params, grads)
        optimiser_torch.step()
    for k, p in params.items():
        np.testing.assert_allclose(p, mirror[k].detach().numpy(), rtol=1e-12, atol=1e-14)


def test_clipping_as_torch_does():
    rng = np.random.default_rng(0)
    grads = {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}
    tensors = []
    for g in grads.values():
        tensor = torch.zeros(g.shape, dtype=torch.float64, requires_grad=True)
        tensor.grad = torch.from_numpy(g.copy())
        tensors.append(tensor)
    norm = nn.clip_by_norm(grads, 0.5)
    norm_torch = torch.nn.utils.clip_grad_norm_(tensors, 0.5)
    assert norm == pytest.approx(norm_torch.item(), rel=1e-12)
    for g, tensor in zip(grads.values(), tensors, strict=True):
        np.testing.assert_allclose(g, tensor.grad.numpy(), rtol=1e-6)  # torch adds 1e-6 to ‖g‖


FORTH_AND_BACK = {
    "Affine": lambda rng: nn.Affine(3, 4, rng),
    "Affine without bias": lambda rng: nn.Affine(3, 4, rng, bias=False),
    "Embedding": lambda rng: nn.Embedding(5, 3, rng),
    "RNN": lambda rng: nn.RNN(3, 4, rng, nonlinearity="relu"),
    "RNNCell": lambda rng: nn.RNNCell(3, 4, rng),
    "LSTM": lambda rng: nn.LSTM(3, 4, rng, biases=2),
    "LSTMCell": lambda rng: nn.LSTMCell(3, 4, rng),
    "GRU": lambda rng: nn.GRU(3, 4, rng, update="renew", reset="after", biases=2),
    "GRUCell": lambda rng: nn.GRUCell(3, 4, rng, reset="after"),
    "Stack": lambda rng: nn.Stack(
        nn.Bidirectional(nn.GRU(3, 4, rng, reset="after"), nn.GRU(3, 4, rng, reset="after")),
        nn.Bidirectional(nn.GRU(8, 4, rng, reset="after"), nn.GRU(8, 4, rng, reset="after")),
        dropout=0.25,
        rng=rng,
    ),
}


@pytest.mark.parametrize("name", FORTH_AND_BACK)
def test_weights_survive_the_way_to_torch_and_back(name):
    build = FORTH_AND_BACK[name]
    layer, other = build(np.random.default_rng(0)), build(np.random.default_rng(1))
    nn.from_torch(nn.to_torch(layer), other)
    for key, value in layer.params.items():
        assert np.array_equal(other.params[key], value)


def test_weights_of_torch_come_over():
    module = torch.nn.LSTM(3, 4, num_layers=2, bidirectional=True, dtype=torch.float64)
    rng = np.random.default_rng(0)
    layer = nn.Stack(
        nn.Bidirectional(nn.LSTM(3, 4, rng), nn.LSTM(3, 4, rng)),
        nn.Bidirectional(nn.LSTM(8, 4, rng), nn.LSTM(8, 4, rng)),
    )
    nn.from_torch(module, layer)
    x = rng.normal(size=(6, 2, 3))
    y, _ = layer.forward(x)
    np.testing.assert_allclose(y, module(torch.from_numpy(x))[0].detach().numpy(), atol=1e-14)


def test_dropout_between_layers_reaches_torch():
    assert nn.to_torch(FORTH_AND_BACK["Stack"](np.random.default_rng(0))).dropout == 0.25


@pytest.mark.parametrize(
    "layer",
    [
        nn.GRU(3, 4, np.random.default_rng(0)),
        nn.LSTM(3, 4, np.random.default_rng(0), peephole=True),
        nn.LSTM(3, 4, np.random.default_rng(0), gate_activation="hard_sigmoid"),
        nn.RNN(3, 4, np.random.default_rng(0), nonlinearity="sigmoid"),
        nn.LeakyRNN(3, 4, np.random.default_rng(0), alpha=0.5),
        nn.Stack(nn.RNN(3, 4, np.random.default_rng(0)), nn.LSTM(4, 4, np.random.default_rng(0))),
        nn.Stack(nn.RNN(3, 4, np.random.default_rng(0)), nn.RNN(4, 5, np.random.default_rng(0))),
    ],
    ids=repr,
)
def test_forms_that_torch_lacks_are_refused(layer):
    with pytest.raises(ValueError):
        nn.to_torch(layer)


def test_a_gru_with_one_bias_cannot_take_two():
    module = torch.nn.GRU(3, 4, dtype=torch.float64)
    with pytest.raises(ValueError, match="biases=2"):
        nn.from_torch(module, nn.GRU(3, 4, np.random.default_rng(0), reset="after"))


def test_another_depth_is_refused():
    module = torch.nn.LSTM(3, 4, num_layers=2)
    with pytest.raises(ValueError, match="_l1"):
        nn.from_torch(module, nn.LSTM(3, 4, np.random.default_rng(0)))
