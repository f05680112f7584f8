"""Attention: gradients by central differences, agreement with PyTorch, masks, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from eshikaku import nn

RNG = np.random.default_rng
# leading axes, queries L, keys T, size of a query, of a key, of a value
SHAPES = [
    ((), 1, 1, 1, 1, 1),
    ((1,), 1, 4, 3, 3, 2),
    ((3,), 1, 1, 2, 4, 5),
    ((2,), 5, 3, 4, 4, 2),
    ((3, 2), 4, 6, 2, 3, 5),
]
KINDS = {
    "dot": lambda D_q, D_k, rng: nn.DotAttention(scaled=False),
    "scaled": lambda D_q, D_k, rng: nn.DotAttention(),
    "general": nn.GeneralAttention,
    "additive": lambda D_q, D_k, rng: nn.AdditiveAttention(D_q, D_k, 7, rng),
}

every_kind = pytest.mark.parametrize("name", KINDS)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def build(name, shape, dtype=np.float64):
    """A layer and its inputs; the parameters are drawn wide, so that the weights differ."""
    lead, L, T, D_q, D_k, D_v = shape
    if name in ("dot", "scaled"):
        D_k = D_q
    layer = KINDS[name](D_q, D_k, RNG(0)).astype(dtype)
    for p in layer.params.values():
        p[...] = RNG(1).normal(size=p.shape)
    sizes = ((*lead, L, D_q), (*lead, T, D_k), (*lead, T, D_v))
    return layer, [RNG(k).normal(size=s).astype(dtype) for k, s in enumerate(sizes, 2)]


def some_mask(shape):
    """(..., L, T): about half of the places, in each row at least one."""
    lead, L, T = shape[:3]
    mask = RNG(5).random((*lead, L, T)) < 0.5
    mask[..., -1] = True
    return mask


@every_shape
@every_kind
def test_gradients(name, shape):
    layer, inputs = build(name, shape)
    for mask in (None, some_mask(shape)):
        report = nn.gradient_check(layer, *inputs, mask)
        assert report.ok(), report
        assert {"input0", "input1", "input2"} <= set(report.errors)


@every_kind
def test_gradients_where_a_query_may_see_nothing(name):
    layer, inputs = build(name, SHAPES[3])
    mask = some_mask(SHAPES[3])
    mask[0, 2] = mask[1, :2] = False
    report = nn.gradient_check(layer, *inputs, mask)
    assert report.ok(), report


@every_kind
def test_keys_that_are_values_too_get_the_sum(name):
    layer, (query, keys, _) = build(name, SHAPES[3])

    class OneMemory(nn.Layer):
        def __init__(self):
            super().__init__()
            self.inner = self.child("inner", layer)

        def forward(self, query, memory):
            return self.inner(query, memory, memory)

        def backward(self, dcontext, dweights):
            dquery, dkeys, dvalues = self.inner.backward(dcontext, dweights)
            return dquery, dkeys + dvalues

    assert nn.gradient_check(OneMemory(), query, keys).ok()


def by_loops(name, layer, query, keys, values, mask):
    """One query, one key at a time."""
    context, weights = [], []
    for q, allowed in zip(query, mask, strict=True):
        scores = []
        for k in keys:
            if name in ("dot", "scaled"):
                score = float(np.dot(q, k)) / (len(q) ** 0.5 if name == "scaled" else 1)
            elif name == "general":
                score = float(q @ layer.params["W"] @ k)
            else:
                p = layer.params
                score = float(np.tanh(q @ p["W_q"] + k @ p["W_k"]) @ p["v"])
            scores.append(score)
        e = np.exp(scores) * allowed
        weights.append(e / e.sum() if e.sum() else e)
        context.append(sum(a * v for a, v in zip(weights[-1], values, strict=True)))
    return np.array(context), np.array(weights)


@every_kind
def test_the_formula_one_query_and_one_key_at_a_time(name):
    layer, inputs = build(name, SHAPES[3])
    mask = some_mask(SHAPES[3])
    mask[1, 0] = False
    context, weights = layer(*inputs, mask)
    for n in range(2):
        expected = by_loops(name, layer, *(x[n] for x in inputs), mask[n])
        np.testing.assert_allclose(context[n], expected[0], atol=1e-14)
        np.testing.assert_allclose(weights[n], expected[1], atol=1e-14)


def test_the_numbers_of_a_hand_calculation():
    K, V = np.array([[1.0, 0], [0, 1], [1, 1]]), np.array([[1.0, 0], [0, 1], [2, 2]])
    context, weights = nn.DotAttention()(np.array([[1.0, 0]]), K, V)
    np.testing.assert_allclose(weights, [[0.4011, 0.1978, 0.4011]], atol=5e-5)
    np.testing.assert_allclose(context, [[1.2033, 1.0]], atol=5e-5)


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_follows_the_query(name, dtype):
    layer, inputs = build(name, SHAPES[4], dtype)
    context, weights = layer(*inputs, some_mask(SHAPES[4]))
    assert context.dtype == weights.dtype == dtype
    dc = np.ones_like(context)
    assert [d.dtype for d in layer.backward(dc)] == [dtype] * 3
    assert all(g.dtype == dtype for g in layer.grads.values())
    wide, wide_inputs = build(name, SHAPES[4])
    np.testing.assert_allclose(context, wide(*wide_inputs, some_mask(SHAPES[4]))[0], atol=2e-6)


@every_kind
def test_many_passes_last_one_first_and_gradients_add_up(name):
    layer, inputs = build(name, SHAPES[3])
    other = [x[::-1] + 1 for x in inputs]
    dc = RNG(7).normal(size=(2, 5, 2))
    layer(*inputs)
    first = layer.backward(dc)
    layer(*other)
    second = layer.backward(dc)
    once = {k: g.copy() for k, g in layer.grads.items()}
    layer.zero_grad()
    layer(*inputs)
    layer(*other)
    again = (*layer.backward(dc), *layer.backward(dc))
    for ours, theirs in zip(again, (*second, *first), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for k, g in layer.grads.items():
        np.testing.assert_allclose(g, once[k], atol=1e-12)
    with pytest.raises(RuntimeError, match="forward"):
        layer.backward(dc)


@every_kind
def test_inputs_stay_as_they_are(name):
    layer, inputs = build(name, SHAPES[3])
    before = [x.copy() for x in inputs]
    mask = some_mask(SHAPES[3])
    context, _ = layer(*inputs, mask)
    layer.backward(context)
    for x, kept in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(x, kept)


class TestMask:
    def test_weights_add_up_to_1_among_the_allowed_and_are_0_elsewhere(self):
        layer, inputs = build("scaled", SHAPES[4])
        mask = some_mask(SHAPES[4])
        _, weights = layer(*inputs, mask)
        np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-14)
        assert (weights[~mask] == 0).all() and (weights[mask] > 0).all()

    def test_masked_keys_and_values_have_no_influence_and_no_gradient(self):
        layer, (query, keys, values) = build("additive", SHAPES[3])
        mask = np.array([True, False, True])  # (T,): for all queries of all rows
        context, _ = layer(query, keys, values, mask)
        _, dkeys, dvalues = layer.backward(np.ones_like(context))
        assert not dkeys[:, 1].any() and not dvalues[:, 1].any()
        keys[:, 1], values[:, 1] = 1e3, -1e3
        np.testing.assert_array_equal(layer(query, keys, values, mask)[0], context)

    def test_a_row_without_any_key_gives_0_and_no_warning(self):
        layer, inputs = build("scaled", SHAPES[3])
        with np.errstate(all="raise"):
            context, weights = layer(*inputs, np.zeros((1, 1), bool))
            gradients = layer.backward(np.ones_like(context))
        assert not context.any() and not weights.any()
        assert not any(g.any() for g in gradients)

    def test_large_scores_do_not_overflow(self):
        with np.errstate(all="raise", under="ignore"):
            weights = nn.masked_softmax(np.array([[1e4, 1e4, -1e4]]), np.array([True, False, True]))
        np.testing.assert_array_equal(weights, [[1, 0, 0]])

    def test_all_true_is_no_mask(self):
        scores = RNG(0).normal(size=(2, 3, 4))
        np.testing.assert_allclose(
            nn.masked_softmax(scores, np.ones((3, 4), bool)), nn.softmax(scores), rtol=1e-15
        )

    def test_what_is_no_mask_is_named(self):
        scores = np.zeros((2, 3, 4))
        with pytest.raises(TypeError, match="真偽値"):
            nn.masked_softmax(scores, np.zeros((3, 4)))
        with pytest.raises(ValueError, match=r"\(3, 5\)"):
            nn.masked_softmax(scores, np.ones((3, 5), bool))


class TestRefused:
    def test_shapes_that_do_not_fit(self):
        attend = nn.DotAttention()
        with pytest.raises(ValueError, match="3 と 4"):
            attend(np.zeros((2, 1, 3)), np.zeros((2, 5, 4)), np.zeros((2, 5, 4)))
        with pytest.raises(ValueError, match="数 T"):
            attend(np.zeros((2, 1, 3)), np.zeros((2, 5, 3)), np.zeros((2, 6, 3)))
        with pytest.raises(ValueError, match="最後の2軸"):
            attend(np.zeros((3, 1, 3)), np.zeros((2, 5, 3)), np.zeros((2, 5, 3)))
        with pytest.raises(ValueError, match="D_q"):
            attend(np.zeros(3), np.zeros((5, 3)), np.zeros((5, 3)))
        with pytest.raises(ValueError, match="D_q"):
            attend(np.zeros((1, 3)), np.zeros((0, 3)), np.zeros((0, 3)))
        with pytest.raises(TypeError, match="浮動小数点数"):
            attend(np.zeros((1, 3), int), np.zeros((5, 3)), np.zeros((5, 3)))

    @pytest.mark.parametrize("name", ["general", "additive"])
    def test_sizes_other_than_those_of_the_parameters(self, name):
        layer = KINDS[name](3, 4, RNG(0))
        with pytest.raises(ValueError, match="query"):
            layer(np.zeros((1, 4)), np.zeros((5, 4)), np.zeros((5, 4)))
        with pytest.raises(ValueError, match="keys"):
            layer(np.zeros((1, 3)), np.zeros((5, 3)), np.zeros((5, 3)))


# --- PyTorch -----------------------------------------------------------------------------------


def torch_scores(torch, name, p, query, keys):
    if name in ("dot", "scaled"):
        return query @ keys.transpose(-1, -2) / (query.shape[-1] ** 0.5 if name == "scaled" else 1)
    if name == "general":
        return query @ p["W"] @ keys.transpose(-1, -2)
    q, k = query @ p["W_q"], keys @ p["W_k"]
    return torch.tanh(q.unsqueeze(-2) + k.unsqueeze(-3)) @ p["v"]


@every_shape
@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_autograd_gives_the_same_gradients(name, shape, dtype):
    torch = pytest.importorskip("torch")
    layer, inputs = build(name, shape, dtype)
    mask = some_mask(shape)
    tensors = [torch.from_numpy(x.copy()).requires_grad_() for x in inputs]
    p = {k: torch.from_numpy(v.copy()).requires_grad_() for k, v in layer.params.items()}
    scores = torch_scores(torch, name, p, *tensors[:2])
    weights_t = scores.masked_fill(~torch.from_numpy(mask), -torch.inf).softmax(dim=-1)
    context_t = weights_t @ tensors[2]
    context, weights = layer(*inputs, mask)
    r, s = (RNG(k).normal(size=y.shape).astype(dtype) for k, y in ((8, context), (9, weights)))
    gradients = layer.backward(r, s)
    ((torch.from_numpy(r) * context_t).sum() + (torch.from_numpy(s) * weights_t).sum()).backward()
    limit = {"rtol": 1e-5, "atol": 2e-6} if dtype == np.float32 else {"rtol": 1e-11, "atol": 1e-13}
    np.testing.assert_allclose(context, context_t.detach().numpy(), **limit)
    np.testing.assert_allclose(weights, weights_t.detach().numpy(), **limit)
    for ours, theirs in zip(gradients, tensors, strict=True):
        np.testing.assert_allclose(ours, theirs.grad.numpy(), **limit)
    for k, g in layer.grads.items():
        np.testing.assert_allclose(g, p[k].grad.numpy(), **limit)


@every_shape
@pytest.mark.parametrize("masked", [False, True])
def test_scaled_dot_product_attention_of_torch(shape, masked):
    torch = pytest.importorskip("torch")
    layer, inputs = build("scaled", shape)
    mask = some_mask(shape) if masked else None
    tensors = [torch.from_numpy(x.copy()).requires_grad_() for x in inputs]
    theirs = torch.nn.functional.scaled_dot_product_attention(
        *tensors, attn_mask=None if mask is None else torch.from_numpy(mask)
    )
    context, _ = layer(*inputs, mask)
    theirs.sum().backward()
    np.testing.assert_allclose(context, theirs.detach().numpy(), atol=1e-14)
    for ours, tensor in zip(layer.backward(np.ones_like(context)), tensors, strict=True):
        np.testing.assert_allclose(ours, tensor.grad.numpy(), atol=1e-13)


def test_multihead_attention_of_torch_with_one_head():
    """Its projections copied into Affine layers; its masks mean the opposite of ours."""
    torch = pytest.importorskip("torch")
    N, L, T, D = 2, 4, 5, 6
    module = torch.nn.MultiheadAttention(D, 1, dtype=torch.float64)  # batch_first=False
    with torch.no_grad():
        for p in module.parameters():
            p.normal_()
    W, b = module.in_proj_weight.detach().numpy(), module.in_proj_bias.detach().numpy()
    rng = RNG(0)
    query, memory = rng.normal(size=(L, N, D)), rng.normal(size=(T, N, D))
    blocked = np.array([[False] * 5, [False, False, False, True, True]])  # key_padding_mask (N, T)
    causal = np.triu(np.ones((L, T), bool), 1)
    y, a = module(
        torch.from_numpy(query),
        torch.from_numpy(memory),
        torch.from_numpy(memory),
        key_padding_mask=torch.from_numpy(blocked),
        attn_mask=torch.from_numpy(causal),
    )
    q, k, v = (
        (x @ W[i * D : (i + 1) * D].T + b[i * D : (i + 1) * D]).swapaxes(0, 1)
        for i, x in enumerate((query, memory, memory))
    )
    allowed = ~blocked[:, None] & ~causal
    context, weights = nn.DotAttention()(q, k, v, allowed)
    out = (
        context @ module.out_proj.weight.detach().numpy().T + module.out_proj.bias.detach().numpy()
    )
    np.testing.assert_allclose(weights, a.detach().numpy(), atol=1e-13)
    np.testing.assert_allclose(out.swapaxes(0, 1), y.detach().numpy(), atol=1e-12)
