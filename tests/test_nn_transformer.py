"""Multi-head attention and the Transformer: gradients, agreement with torch, masks, positions."""

import numpy as np
import pytest

from eshikaku import nn

RNG = np.random.default_rng
REAL = np.array([[True] * 4 + [False], [True, True, False, False, False]])  # (2, 5)
MASKS = {
    "none": None,
    "causal": nn.causal_mask(5),
    "padding": nn.key_mask(REAL),
    "both": nn.key_mask(REAL) & nn.causal_mask(5),
    "a row of nothing": nn.key_mask(np.array([[False] * 5, [True] * 5])) & nn.causal_mask(5),
}


def stirred(layer):
    """Biases and γ, β too, so that nothing is compared at 0 or 1."""
    rng = RNG(9)
    for p in layer.params.values():
        p[...] += rng.normal(0, 0.2, p.shape)
    return layer


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("heads", [1, 2, 6])
def test_gradients_of_attention(heads, name):
    layer = stirred(nn.MultiheadAttention(6, heads, RNG(0)))
    x, memory = RNG(1).normal(size=(2, 5, 6)), RNG(2).normal(size=(2, 5, 6))
    mask = MASKS[name]
    assert nn.gradient_check(layer, x, None, mask).ok()
    assert nn.gradient_check(
        layer, x[:, :3], memory, None if mask is None else mask[..., :3, :]
    ).ok()


@pytest.mark.parametrize("shape", [(1, 1, 2, 1), (1, 3, 4, 4), (3, 1, 4, 2)])
def test_gradients_of_attention_of_odd_shapes(shape):
    N, T, d, heads = shape
    layer = stirred(nn.MultiheadAttention(d, heads, RNG(0)))
    assert nn.gradient_check(layer, RNG(1).normal(size=(N, T, d))).ok()


def torch_mask(torch, mask, heads, shape):
    """Ours, True: may see → torch's (N · h, L, T), True: may not."""
    if mask is None:
        return None
    N, L, T = shape
    whole = np.broadcast_to(mask, (N, heads, L, T)).reshape(N * heads, L, T)
    return torch.from_numpy(~whole)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [name for name in MASKS if name != "a row of nothing"])
@pytest.mark.parametrize("cross", [False, True])
def test_attention_agrees_with_torch(cross, name, dtype):
    torch = pytest.importorskip("torch")
    limit = {"rtol": 1e-5, "atol": 3e-6} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-13}
    layer = stirred(nn.MultiheadAttention(6, 3, RNG(0))).astype(dtype)
    x = RNG(1).normal(size=(2, 5, 6)).astype(dtype)
    memory = RNG(2).normal(size=(2, 5, 6)).astype(dtype) if cross else None
    module = nn.to_torch(layer)
    q = torch.from_numpy(x).requires_grad_()
    k = torch.from_numpy(memory).requires_grad_() if cross else q
    y, weights = layer.forward(x, memory, MASKS[name])
    hidden = torch_mask(torch, MASKS[name], 3, (2, 5, 5))
    y_torch, weights_torch = module(q, k, k, attn_mask=hidden, average_attn_weights=False)
    np.testing.assert_allclose(y, y_torch.detach().numpy(), **limit)
    np.testing.assert_allclose(weights, weights_torch.detach().numpy(), **limit)
    dy, dweights = RNG(3).normal(size=y.shape), RNG(4).normal(size=weights.shape)
    dy, dweights = dy.astype(dtype), dweights.astype(dtype)
    torch.autograd.backward(
        [y_torch, weights_torch], [torch.from_numpy(dy), torch.from_numpy(dweights)]
    )
    dx = layer.backward(dy, dweights)
    for ours, other in zip(dx if cross else (dx,), (q, k) if cross else (q,), strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, other.grad.numpy(), **limit)
    theirs = nn.torch_grads(module, layer)
    for key, grad in layer.grads.items():
        np.testing.assert_allclose(grad, theirs[key], **limit)


def test_a_query_that_may_see_no_key_says_nothing():
    layer = nn.MultiheadAttention(4, 2, RNG(0))
    layer.params["b_o"] = np.arange(4.0)
    y, weights = layer.forward(RNG(1).normal(size=(2, 5, 4)), None, MASKS["a row of nothing"])
    assert not weights[0].any()
    assert np.array_equal(y[0], np.tile(np.arange(4.0), (5, 1)))
    np.testing.assert_allclose(weights[1].sum(axis=-1), 1)


def test_a_causal_mask_hides_the_future():
    layer = stirred(nn.TransformerEncoderLayer(4, 2, RNG(0), dim_feedforward=8))
    x = RNG(1).normal(size=(1, 5, 4))
    y = layer.forward(x, nn.causal_mask(5))
    x[0, 3:] += 1
    assert np.array_equal(layer.forward(x, nn.causal_mask(5))[0, :3], y[0, :3])
    assert not np.allclose(layer.forward(x)[0, :3], y[0, :3])


FORMS = [
    {"norm_first": norm_first, "activation": activation}
    for norm_first in (False, True)
    for activation in ("relu", "gelu")
]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_gradients_of_the_layers(form):
    options = {"dim_feedforward": 5, **form}
    x, memory = RNG(1).normal(size=(2, 5, 4)), RNG(2).normal(size=(2, 3, 4))
    encoder = stirred(nn.TransformerEncoderLayer(4, 2, RNG(0), **options))
    assert nn.gradient_check(encoder, x, MASKS["both"]).ok()
    decoder = stirred(nn.TransformerDecoderLayer(4, 2, RNG(0), **options))
    seen = nn.key_mask(REAL[:, :3])
    assert nn.gradient_check(decoder, x, memory, nn.causal_mask(5), seen).ok()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("kind", ["encoder", "decoder", "transformer"])
def test_the_layers_agree_with_torch(kind, form, dtype):
    torch = pytest.importorskip("torch")
    limit = {"rtol": 1e-4, "atol": 2e-5} if dtype == np.float32 else {"rtol": 1e-11, "atol": 1e-12}
    options = {"dim_feedforward": 10, **form}
    x = RNG(1).normal(size=(2, 5, 6)).astype(dtype)
    memory = RNG(2).normal(size=(2, 4, 6)).astype(dtype)
    causal, padded = nn.causal_mask(5), ~REAL[:, :4]
    build = {
        "encoder": nn.TransformerEncoderLayer,
        "decoder": nn.TransformerDecoderLayer,
        "transformer": nn.Transformer,
    }[kind]
    layer = stirred(build(6, 3, RNG(0), **options)).astype(dtype)
    if kind == "transformer":
        module = torch.nn.Transformer(
            6, 3, 2, 2, 10, 0.0, form["activation"], batch_first=True,
            norm_first=form["norm_first"], dtype=getattr(torch, np.dtype(dtype).name),
        )  # fmt: skip
        nn.to_torch(layer, module)
    else:
        module = nn.to_torch(layer)
    a, m = torch.from_numpy(x).requires_grad_(), torch.from_numpy(memory).requires_grad_()
    hidden, padding = torch.from_numpy(~causal), torch.from_numpy(padded)
    seen = nn.key_mask(~padded)
    if kind == "encoder":
        y, theirs = layer.forward(x, causal), module(a, src_mask=hidden)
    elif kind == "decoder":
        y = layer.forward(x, memory, causal, seen)
        theirs = module(a, m, tgt_mask=hidden, memory_key_padding_mask=padding)
    else:
        y = layer.forward(memory, x, seen, causal, seen)
        theirs = module(
            m, a, tgt_mask=hidden, src_key_padding_mask=padding, memory_key_padding_mask=padding
        )
    np.testing.assert_allclose(y, theirs.detach().numpy(), **limit)
    dy = RNG(3).normal(size=y.shape).astype(dtype)
    theirs.backward(torch.from_numpy(dy))
    dx = layer.backward(dy)
    inputs = {"encoder": (a,), "decoder": (a, m), "transformer": (m, a)}[kind]
    for ours, other in zip(dx if isinstance(dx, tuple) else (dx,), inputs, strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, other.grad.numpy(), **limit)
    grads = nn.torch_grads(module, layer)
    for key, grad in layer.grads.items():
        np.testing.assert_allclose(grad, grads[key], **limit, err_msg=key)
    fresh = build(6, 3, RNG(5), **options)
    nn.from_torch(module, fresh.astype(dtype))


def test_number_of_parameters():
    layer = nn.TransformerEncoderLayer(8, 2, RNG(0), dim_feedforward=32)
    assert nn.MultiheadAttention(8, 2, RNG(0)).size == nn.MultiheadAttention(8, 8, RNG(0)).size
    assert layer.size == 4 * 8 * 9 + 2 * 8 * 32 + 32 + 8 + 4 * 8


def test_dropout_is_seen_by_the_gradient_and_gone_in_evaluation():
    layer = nn.TransformerEncoderLayer(4, 2, RNG(0), dim_feedforward=8, dropout=0.5)
    x = RNG(1).normal(size=(2, 5, 4))
    assert not np.allclose(layer.forward(x), layer.forward(x))
    layer.backward(np.ones_like(x))
    layer.backward(np.ones_like(x))
    layer.eval()
    assert np.array_equal(layer.forward(x), layer.forward(x))


def test_sinusoidal_positions():
    P = nn.sinusoidal_positions(50, 8)
    assert P.shape == (50, 8)
    assert P[0].tolist() == [0, 1] * 4
    assert P[7, 4] == pytest.approx(np.sin(7 / 10_000 ** (4 / 8)))
    products = [P[t] @ P[t + 3] for t in range(40)]  # depends on the distance alone
    np.testing.assert_allclose(products, products[0])
    with pytest.raises(ValueError, match="偶数"):
        nn.sinusoidal_positions(5, 7)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.MultiheadAttention(6, 4, RNG(0)), ValueError, "割り切る"),
        (lambda: nn.TransformerEncoderLayer(4, 2, RNG(0), activation="tanh"), ValueError, "tanh"),
        (lambda: attention(np.ones((2, 5, 3))), ValueError, "最後の軸は 4"),
        (lambda: attention(np.ones((2, 0, 4))), ValueError, "空"),
        (lambda: attention(np.ones((2, 5, 4)), np.ones((3, 5, 4))), ValueError, "2 と 3"),
        (lambda: attention(np.ones((2, 5, 4)), None, np.ones((5, 5))), TypeError, "真偽値"),
        (lambda: attention(np.ones((2, 5, 4)), None, nn.causal_mask(4)), ValueError, "広げられる"),
    ],
)
def test_what_cannot_be_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def attention(*inputs):
    return nn.MultiheadAttention(4, 2, RNG(0)).forward(*inputs)


def test_a_refused_gradient_leaves_the_pass():
    layer, x = nn.TransformerDecoderLayer(4, 2, RNG(0)), np.ones((2, 3, 4))
    layer.forward(x, x)
    for dy in (np.ones(4), np.ones((1, 3, 4))):
        with pytest.raises(ValueError, match="dy の形は"):
            layer.backward(dy)
    layer.backward(x)
