"""Convolution, pooling, normalisation, activations: gradients, agreement with torch, refusals."""

import math

import numpy as np
import pytest

from eshikaku import nn

RNG = np.random.default_rng


def conv(*sizes, **options):
    return lambda rng: nn.Conv2d(*sizes, rng, **options)


def up(*sizes, **options):
    return lambda rng: nn.ConvTranspose2d(*sizes, rng, **options)


def conv1d(*sizes, **options):
    return lambda rng: nn.Conv1d(*sizes, rng, **options)


LAYERS = {  # a layer, and the shape of its input: H ≠ W, N = 1, remainders
    "Conv2d 3×3": (conv(2, 3, 3), (2, 2, 5, 7)),
    "Conv2d 1×1": (conv(3, 2, 1), (2, 3, 4, 5)),
    "Conv2d even kernel": (conv(2, 3, (2, 4), padding=(1, 2)), (1, 2, 5, 6)),
    "Conv2d padding beyond half": (conv(2, 2, 3, padding=(3, 4)), (2, 2, 4, 5)),
    "Conv2d stride with a rest": (conv(2, 3, 3, stride=(2, 3), padding=1), (2, 2, 6, 9)),
    "Conv2d dilation": (conv(2, 3, 3, dilation=(2, 3), padding=2), (1, 2, 6, 8)),
    "Conv2d stride, dilation": (conv(1, 2, (3, 2), stride=2, dilation=2), (3, 1, 9, 8)),
    "Conv2d groups": (conv(4, 6, 3, groups=2, padding=1), (2, 4, 4, 5)),
    "Conv2d depthwise": (conv(3, 3, 3, groups=3, padding=1), (2, 3, 4, 5)),
    "Conv2d depthwise, stride, dilation": (
        conv(3, 3, (3, 2), groups=3, stride=2, dilation=(1, 2), padding=1),
        (2, 3, 7, 6),
    ),
    "Conv2d depthwise × 2": (conv(3, 6, 3, groups=3), (1, 3, 4, 5)),
    "Conv2d same": (conv(2, 3, 3, padding="same"), (2, 2, 4, 5)),
    "Conv2d same, even": (conv(2, 3, (2, 4), padding="same", dilation=2), (1, 2, 5, 7)),
    "Conv2d without bias": (conv(2, 3, 3, bias=False), (2, 2, 5, 4)),
    "Conv2d kernel = image": (conv(2, 3, (4, 5)), (2, 2, 4, 5)),
    "Conv1d": (conv1d(2, 3, 3, stride=2, padding=2), (2, 2, 7)),
    "Conv1d dilation, groups": (conv1d(4, 2, 2, dilation=3, groups=2), (1, 4, 8)),
    "Conv1d depthwise": (conv1d(3, 3, 3, groups=3, padding=1), (2, 3, 6)),
    "ConvTranspose2d": (up(2, 3, 3), (2, 2, 3, 4)),
    "ConvTranspose2d stride": (up(2, 3, 4, stride=2, padding=1), (1, 2, 3, 5)),
    "ConvTranspose2d output_padding": (
        up(2, 3, 3, stride=(2, 3), padding=1, output_padding=(1, 2)),
        (2, 2, 3, 2),
    ),
    "ConvTranspose2d dilation": (up(2, 2, (2, 3), dilation=2, output_padding=1), (2, 2, 3, 4)),
    "ConvTranspose2d groups": (up(4, 6, 3, groups=2, stride=2), (1, 4, 2, 3)),
    "ConvTranspose2d depthwise": (up(3, 3, 2, groups=3, stride=2, bias=False), (2, 3, 2, 3)),
    "MaxPool2d": (lambda rng: nn.MaxPool2d(2), (2, 3, 5, 7)),
    "MaxPool2d overlap": (lambda rng: nn.MaxPool2d(3, stride=2, padding=1), (1, 2, 6, 7)),
    "AvgPool2d": (lambda rng: nn.AvgPool2d((2, 3)), (2, 3, 5, 7)),
    "AvgPool2d padding": (lambda rng: nn.AvgPool2d(3, stride=2, padding=1), (1, 2, 6, 7)),
    "AvgPool2d true count": (
        lambda rng: nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False),
        (2, 2, 6, 5),
    ),
    "LPPool2d": (lambda rng: nn.LPPool2d(2, 2, stride=1), (2, 2, 4, 5)),
    "LPPool2d 4": (lambda rng: nn.LPPool2d(4, (2, 3)), (1, 2, 5, 7)),
    "AdaptiveAvgPool2d global": (lambda rng: nn.AdaptiveAvgPool2d(1), (2, 3, 4, 5)),
    "AdaptiveAvgPool2d": (lambda rng: nn.AdaptiveAvgPool2d((3, 2)), (2, 3, 7, 5)),
    "Upsample nearest": (lambda rng: nn.Upsample((2, 3)), (2, 2, 3, 4)),
    "Upsample bilinear": (lambda rng: nn.Upsample((3, 2), mode="bilinear"), (2, 2, 3, 4)),
    "Upsample one pixel": (lambda rng: nn.Upsample(2, mode="bilinear"), (1, 2, 1, 1)),
    "BatchNorm1d": (lambda rng: nn.BatchNorm1d(3), (5, 3)),
    "BatchNorm1d sequence": (lambda rng: nn.BatchNorm1d(3, momentum=0.3), (2, 3, 4)),
    "BatchNorm2d": (lambda rng: nn.BatchNorm2d(3, eps=1e-3), (2, 3, 4, 5)),
    "BatchNorm2d, N = 1": (lambda rng: nn.BatchNorm2d(3), (1, 3, 2, 3)),
    "BatchNorm2d affine=False": (lambda rng: nn.BatchNorm2d(3, affine=False), (2, 3, 2, 3)),
    "LayerNorm": (lambda rng: nn.LayerNorm(5), (2, 3, 5)),
    "LayerNorm of images": (lambda rng: nn.LayerNorm((2, 3, 4)), (2, 2, 3, 4)),
    "LayerNorm without γ": (lambda rng: nn.LayerNorm(5, elementwise_affine=False), (1, 5)),
    "InstanceNorm2d": (lambda rng: nn.InstanceNorm2d(3), (2, 3, 4, 5)),
    "InstanceNorm2d affine": (lambda rng: nn.InstanceNorm2d(3, affine=True), (1, 3, 4, 5)),
    "GroupNorm": (lambda rng: nn.GroupNorm(2, 4), (2, 4, 3, 5)),
    "GroupNorm of vectors": (lambda rng: nn.GroupNorm(2, 6, affine=False), (2, 6)),
    "ReLU": (lambda rng: nn.ReLU(), (2, 3, 4)),
    "LeakyReLU": (lambda rng: nn.LeakyReLU(0.2), (2, 3, 4)),
    "GELU": (lambda rng: nn.GELU(), (2, 3, 40)),
    "GELU tanh": (lambda rng: nn.GELU(approximate="tanh"), (2, 3, 40)),
    "Sigmoid": (lambda rng: nn.Sigmoid(), (2, 3)),
    "Tanh": (lambda rng: nn.Tanh(), (2, 3)),
    "Flatten": (lambda rng: nn.Flatten(), (2, 3, 4, 5)),
    "Sequential": (
        lambda rng: nn.Sequential(
            nn.Conv2d(2, 4, 3, rng, padding=1, stride=2, bias=False),
            nn.Sequential(nn.BatchNorm2d(4), nn.GELU()),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Affine(4, 3, rng),
        ),
        (3, 2, 5, 4),
    ),
}


def build(name):
    """The layer with weights and buffers that are nowhere 0 or 1, and an input without ties."""
    make, shape = LAYERS[name]
    rng = RNG(0)
    layer = make(rng)
    for p in layer.params.values():
        p[...] = rng.normal(0, 0.7, p.shape)
    for p in layer.buffers.values():
        p[...] = rng.uniform(0.5, 2, p.shape)
    x = rng.permutation(np.linspace(-2, 2.1, math.prod(shape) + 1)[: math.prod(shape)])
    return layer, x.reshape(shape)


@pytest.mark.parametrize("name", LAYERS)
def test_gradients(name):
    layer, x = build(name)
    report = nn.gradient_check(layer, x)
    assert report.ok(), report


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_agreement_with_torch(name, dtype, mode):
    torch = pytest.importorskip("torch")
    limit = 1e-13 if dtype == np.float64 else 3e-6
    layer, x = build(name)
    layer, x = layer.astype(dtype).train(mode == "train"), x.astype(dtype)
    module = nn.to_torch(layer).train(layer.training)
    x_torch = torch.from_numpy(x).requires_grad_()
    y, y_torch = layer.forward(x), module(x_torch)
    if name.startswith("LPPool2d"):
        assert (y > 0).all()
    pairs = {"y": (y, y_torch.detach())}
    if mode == "train":
        dy = RNG(1).normal(size=y.shape).astype(dtype)
        y_torch.backward(torch.from_numpy(dy))
        pairs["dx"] = layer.backward(dy), x_torch.grad
        theirs = nn.torch_grads(module, layer)
        pairs |= {key: (grad, theirs[key]) for key, grad in layer.grads.items()}
    buffers = {n: b for n, b in module.named_buffers() if not n.endswith("num_batches_tracked")}
    assert set(buffers) == set(layer.buffers)
    pairs |= {key: (value, buffers[key]) for key, value in layer.buffers.items()}
    for key, (ours, other) in pairs.items():
        other = np.asarray(other)
        assert ours.dtype == dtype, key
        assert ours.shape == other.shape, key
        scale = max(1.0, float(np.abs(other).max()))
        assert np.abs(ours - other).max() <= limit * scale, key


@pytest.mark.parametrize("name", LAYERS)
def test_weights_and_buffers_come_back_from_torch(name):
    pytest.importorskip("torch")
    layer, _ = build(name)
    other = LAYERS[name][0](RNG(7))
    nn.from_torch(nn.to_torch(layer), other)
    for key, value in (layer.params | layer.buffers).items():
        assert np.array_equal((other.params | other.buffers)[key], value)


@pytest.mark.parametrize("name", LAYERS)
def test_a_refused_gradient_leaves_the_pass(name):
    layer, x = build(name)
    y = layer.forward(x)
    kept = y.copy()
    for dy in (1.0, np.ones((*y.shape, 1)), np.ones((len(y) + 1, *y.shape[1:]))):
        with pytest.raises(ValueError, match="dy の形は"):
            layer.backward(dy)
    dx = layer.backward(np.ones_like(y))
    assert dx.shape == x.shape
    assert np.array_equal(y, kept)
    with pytest.raises(RuntimeError, match="forward"):
        layer.backward(y)


def test_many_images_are_worked_on_in_parts():
    layer = nn.Conv2d(8, 4, 3, RNG(0), padding=1)
    x = RNG(1).normal(size=(40, 8, 12, 12))
    y = layer.forward(x)
    dx = layer.backward(np.ones_like(y))
    np.testing.assert_allclose(y[33:35], layer.forward(x[33:35]), atol=1e-13)
    np.testing.assert_allclose(layer.backward(np.ones_like(y[:2])), dx[33:35], atol=1e-13)


# --- im2col ------------------------------------------------------------------------------------

WAYS = [
    {"kernel_size": 3},
    {"kernel_size": (2, 3), "stride": 2, "padding": (1, 0)},
    {"kernel_size": 2, "stride": (1, 3), "padding": 2, "dilation": (2, 1)},
]


@pytest.mark.parametrize("how", WAYS, ids=str)
def test_im2col_and_col2im_are_unfold_and_fold(how):
    torch = pytest.importorskip("torch")
    x = RNG(0).normal(size=(2, 3, 6, 8))
    columns = nn.im2col(x, **how)
    theirs = torch.nn.functional.unfold(torch.from_numpy(x), **how)
    assert np.array_equal(columns, theirs.numpy())
    back = torch.nn.functional.fold(theirs, (6, 8), **how).numpy()
    np.testing.assert_allclose(nn.col2im(columns, (6, 8), **how), back, atol=1e-14)


@pytest.mark.parametrize("how", WAYS, ids=str)
def test_col2im_is_the_transpose_of_im2col(how):
    x = RNG(0).normal(size=(2, 3, 6, 8))
    columns = RNG(1).normal(size=nn.im2col(x, **how).shape)
    there = np.sum(nn.im2col(x, **how) * columns)
    assert there == pytest.approx(np.sum(x * nn.col2im(columns, (6, 8), **how)), rel=1e-12)


def test_convolution_is_the_product_with_the_columns():
    layer = nn.Conv2d(2, 3, (3, 2), RNG(0), padding=1, bias=False)
    x = RNG(1).normal(size=(2, 2, 4, 5))
    y = layer.params["W"].reshape(3, -1) @ nn.im2col(x, (3, 2), padding=1)
    np.testing.assert_allclose(y.reshape(2, 3, 4, 6), layer.forward(x), atol=1e-14)


def test_a_causal_convolution_sees_no_future():
    layer = nn.Conv1d(2, 3, 3, RNG(0), dilation=2, causal=True)
    x = RNG(1).normal(size=(1, 2, 10))
    y = layer.forward(x)
    assert y.shape == (1, 3, 10)
    x[:, :, 6:] += 1
    assert np.array_equal(layer.forward(x)[:, :, :6], y[:, :, :6])
    assert nn.gradient_check(layer, x).ok()
    torch = pytest.importorskip("torch")
    module = torch.nn.Conv1d(2, 3, 3, dilation=2, padding=4, dtype=torch.float64)
    nn.to_torch(layer, module)
    theirs = module(torch.from_numpy(x)).detach().numpy()[:, :, :10]
    np.testing.assert_allclose(layer.forward(x), theirs, atol=1e-14)
    with pytest.raises(ValueError, match="causal"):
        nn.to_torch(layer)


# --- normalisation -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "axes"),
    [
        (nn.BatchNorm2d(4), (0, 2, 3)),
        (nn.LayerNorm((4, 3, 5)), (1, 2, 3)),
        (nn.InstanceNorm2d(4), (2, 3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_over_which_axes_the_mean_is_0(layer, axes):
    y = layer.forward(RNG(0).normal(3, 2, (6, 4, 3, 5)))
    np.testing.assert_allclose(y.mean(axis=axes), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=axes), 1, atol=1e-4)


def test_group_norm_lies_between_layer_and_instance_norm():
    x = RNG(0).normal(3, 2, (2, 4, 3, 5))
    np.testing.assert_allclose(
        nn.GroupNorm(1, 4).forward(x), nn.LayerNorm((4, 3, 5)).forward(x), atol=1e-12
    )
    np.testing.assert_allclose(
        nn.GroupNorm(4, 4).forward(x), nn.InstanceNorm2d(4).forward(x), atol=1e-12
    )


def test_running_statistics_are_unbiased_and_weigh_the_new_value_by_momentum():
    layer, x = nn.BatchNorm1d(1, momentum=0.1), np.array([[1.0], [3.0]])
    layer.forward(x)
    assert layer.buffers["running_mean"] == pytest.approx(0.1 * 2)
    assert layer.buffers["running_var"] == pytest.approx(0.9 + 0.1 * 2)  # Σ/(m − 1) = 2, Σ/m = 1
    kept = layer.buffers["running_var"].copy()
    with layer.evaluation():
        layer.forward(x)
    assert layer.buffers["running_var"] == kept


def test_buffers_belong_to_the_whole_and_are_cast_with_it():
    inner = nn.BatchNorm2d(2)
    whole = nn.Sequential(inner, nn.ReLU())
    whole.forward(RNG(0).normal(5, 1, (4, 2, 3, 3)))
    assert np.array_equal(whole.buffers["0.running_mean"], inner.buffers["running_mean"])
    half = whole.astype(np.float32)
    assert half.buffers["0.running_mean"].dtype == np.float32
    half.forward(np.zeros((4, 2, 3, 3), np.float32))
    assert half.layers[0].buffers["running_mean"][0] == half.buffers["0.running_mean"][0]
    assert half.buffers["0.running_mean"][0] != np.float32(inner.buffers["running_mean"][0])


def test_batch_norm_in_float32_far_from_0():
    x = (1e3 + RNG(0).normal(size=(8, 2, 4, 4))).astype(np.float32)
    y = nn.BatchNorm2d(2).forward(x)
    exact = nn.BatchNorm2d(2).forward(x.astype(np.float64))
    assert np.abs(y - exact).max() < 1e-3


# --- activations -------------------------------------------------------------------------------


def test_normal_distribution_function_is_exact():
    from eshikaku.nn.elementwise import normal_cdf

    x = np.concatenate([np.linspace(-12, 12, 5001), RNG(0).normal(0, 3, 5000)])
    exact = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in x])
    assert np.abs(normal_cdf(x) - exact).max() < 1e-15
    assert np.abs(normal_cdf(x.astype(np.float32)) - exact).max() < 2e-7
    assert normal_cdf(np.array([-np.inf, np.inf])).tolist() == [
        pytest.approx(0, abs=1e-15),
        pytest.approx(1),
    ]
    assert np.isnan(normal_cdf(np.array([np.nan])))


# --- what is refused ---------------------------------------------------------------------------

X = np.zeros((2, 4, 5, 6))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Conv2d(4, 4, 3, RNG(0), stride=0), r"stride は1以上.*0"),
        (lambda: nn.Conv2d(4, 4, 0, RNG(0)), r"kernel_size は1以上"),
        (lambda: nn.Conv2d(4, 4, 3, RNG(0), dilation=0), r"dilation は1以上"),
        (lambda: nn.Conv2d(4, 4, 3, RNG(0), padding=-1), r"padding は0以上"),
        (lambda: nn.Conv2d(4, 4, 1.5, RNG(0)), r"kernel_size は1以上の整数"),
        (lambda: nn.Conv2d(4, 6, 3, RNG(0), groups=4), r"groups は.*4、6.*割り切る.*4"),
        (lambda: nn.Conv2d(3, 6, 3, RNG(0), groups=2), r"割り切る"),
        (lambda: nn.Conv2d(4, 4, 3, RNG(0), groups=0), r"割り切る"),
        (lambda: nn.Conv2d(4, 4, 3, RNG(0), padding="same", stride=2), r"same.*stride"),
        (lambda: nn.Conv2d(4, 4, 3, RNG(0), padding="valid"), r"same"),
        (lambda: nn.Conv1d(4, 4, 3, RNG(0), causal=True, padding=1), r"causal"),
        (lambda: nn.ConvTranspose2d(4, 4, 3, RNG(0), output_padding=1), r"output_padding"),
        (lambda: nn.MaxPool2d(3, padding=2), r"半分"),
        (lambda: nn.MaxPool2d(2, stride=0), r"stride は1以上"),
        (lambda: nn.LPPool2d(0.5, 2), r"p"),
        (lambda: nn.Upsample(2, mode="cubic"), r"cubic"),
        (lambda: nn.Upsample(0), r"scale_factor は1以上"),
        (lambda: nn.GroupNorm(3, 4), r"num_groups.*4.*割り切る.*3"),
        (lambda: nn.GELU("fast"), r"fast"),
        (lambda: nn.BatchNorm2d(4, eps=0), r"eps"),
        (lambda: nn.im2col(X, 3, stride=0), r"stride は1以上"),
    ],
)
def test_settings_that_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "x", "message"),
    [
        (nn.Conv2d(4, 2, 7, RNG(0)), X, r"カーネルの幅 7 が、パディング後の画像の幅 5"),
        (nn.Conv2d(4, 2, 3, RNG(0), dilation=3), X, r"カーネルの幅 7"),
        (nn.Conv1d(4, 2, 7, RNG(0)), X[:, :, 0], r"カーネルの幅 7 .*幅 6"),
        (nn.MaxPool2d(6), X, r"カーネルの幅 6 .*幅 5"),
        (nn.Conv2d(3, 2, 3, RNG(0)), X, r"\(N, 3, H, W\).*\(2, 4, 5, 6\)"),
        (nn.Conv2d(4, 2, 3, RNG(0)), X[0], r"\(N, 4, H, W\)"),
        (nn.Conv2d(4, 2, 3, RNG(0)), X[:0], r"空"),
        (nn.ConvTranspose2d(4, 2, 1, RNG(0), padding=3), X, r"大きさが -1"),
        (nn.BatchNorm2d(4), X[:1, :, :1, :1], r"2個以上.*x − μ = 0.*β"),
        (nn.BatchNorm1d(6), X[:1, 0, 0], r"2個以上"),
        (nn.BatchNorm1d(6), X, r"\(N, 6\)"),
        (nn.InstanceNorm2d(4), X[:, :, :1, :1], r"H·W が2以上"),
        (nn.LayerNorm(5), X, r"最後の軸は \(5,\)"),
        (nn.GroupNorm(2, 6), X, r"\(N, 6, …\)"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_inputs_that_cannot_be(layer, x, message):
    with pytest.raises(ValueError, match=message):
        layer.forward(x)


IMAGES = [name for name in LAYERS if len(LAYERS[name][1]) == 4 and name != "Flatten"]


@pytest.mark.parametrize("name", IMAGES)
def test_images_of_integers_are_refused(name):
    layer, x = build(name)
    with pytest.raises(TypeError, match=r"浮動小数点数.*255"):
        layer.forward((x * 100).astype(np.uint8))


def test_batch_norm_of_one_value_is_fine_in_evaluation():
    assert nn.BatchNorm1d(6).eval().forward(np.ones((1, 6))).shape == (1, 6)
