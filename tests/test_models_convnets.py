"""Convolutional networks, their costs, and the two that draw: gradients, counts, causality."""

import itertools

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.models import autoregressive as ar
from eshikaku.models import convnets, costs, training

RNG = np.random.default_rng
F64 = {"dtype": np.float64}
NETS = {
    "plain": lambda rng: convnets.resnet(1, 3, rng, blocks=1, widths=(3, 4), residual=False, **F64),
    "residual": lambda rng: convnets.resnet(1, 3, rng, blocks=1, widths=(3, 4), **F64),
    "bottleneck": lambda rng: convnets.resnet(
        1, 3, rng, blocks=1, widths=(4, 8), block="bottleneck", **F64
    ),
    "wide": lambda rng: convnets.wide_resnet(1, 3, rng, widths=(2, 3), **F64),
    "mobilenet": lambda rng: convnets.mobilenet(
        1, 3, rng, plan=((24, 2), (32, 1)), alpha=0.125, **F64
    ),
    "no mobilenet": lambda rng: convnets.mobilenet(
        1, 3, rng, plan=((24, 2),), alpha=0.125, separable=False, **F64
    ),
    "densenet": lambda rng: convnets.densenet(1, 3, rng, growth=2, layers=(2, 1), **F64),
}


@pytest.mark.parametrize("name", NETS)
def test_gradients(name):
    net = NETS[name](RNG(0))
    for key, p in net.params.items():  # γ ≠ 1, β ≠ 0, and no ReLU exactly at its kink
        if key.endswith(("gamma", "beta")):
            p[...] = RNG(len(key)).uniform(0.5, 1.5, p.shape)
    x = RNG(3).normal(size=(3, 1, 6, 5))
    assert net(x).shape == (3, 3)
    net.forget()
    report = nn.gradient_check(net, x, h=1e-6)
    assert report.ok(1e-6), report


@pytest.mark.parametrize("name", NETS)
def test_macs_are_those_that_torch_counts(name):
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    net, shape = NETS[name](RNG(0)), (1, 12, 10)
    rows = costs.costs(net, shape)
    assert sum(row.parameters for row in rows) == net.size == costs.total(net, shape)[0]
    for row in rows:
        if row.macs:
            module = nn.to_torch(row.layer)
            with FlopCounterMode(display=False) as counter:
                module(torch.zeros(row.input, dtype=torch.float64))
            assert row.macs == counter.get_total_flops() // 2, row.name
            assert row.parameters == sum(p.numel() for p in module.parameters())
    assert costs.total(net, shape)[1] == sum(row.macs for row in rows) > 0
    assert "forward" not in net.layers[0].__dict__  # nothing is left of the watching


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv2d(4, 6, (3, 2), RNG(0), groups=2, stride=2), (4, 7, 6)),
        (nn.Conv2d(3, 3, 3, RNG(0), groups=3, dilation=2), (3, 6, 7)),
        (nn.ConvTranspose2d(4, 2, 3, RNG(0), groups=2, stride=2), (4, 3, 2)),
        (nn.Affine(5, 3, RNG(0)), (5,)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_macs_by_brute_force(layer, shape):
    """Every pair (input, output) whose weight is not 0 is one product (without padding)."""
    for p in layer.params.values():
        p[...] = RNG(1).uniform(1, 2, p.shape)
    (row,) = costs.costs(layer, shape)
    count = 0
    bias = layer.forward(np.zeros((1, *shape)))
    for place in itertools.product(*map(range, shape)):
        x = np.zeros((1, *shape))
        x[(0, *place)] = 1
        count += np.count_nonzero(layer.forward(x) - bias)
    assert row.macs == count


def test_a_separable_block_costs_one_kth_and_one_in_its_channels():
    block = nn.Sequential(*convnets.Builder(RNG(0)).separable(8, 16, 1))
    plain = nn.Sequential(*convnets.Builder(RNG(0)).conv_norm(8, 16))
    few, many = costs.total(block, (8, 5, 5))[1], costs.total(plain, (8, 5, 5))[1]
    assert few / many == pytest.approx(1 / 16 + 1 / 9)


def test_depth_and_width_of_the_residual_networks():
    net = convnets.resnet(3, 10, RNG(0), blocks=3)
    weights = [k for k in net.params if k.endswith(".W") and "shortcut" not in k]
    assert len(weights) == 20  # ResNet-20
    assert sum(net.params[k].size for k in weights) == pytest.approx(0.27e6, rel=0.01)
    narrow, wide = (costs.total(convnets.wide_resnet(3, 10, RNG(0), widen=k), (3, 8, 8))
                    for k in (2, 4))  # fmt: skip
    assert 3.5 < wide[1] / narrow[1] < 4


def test_a_wrong_shortcut_is_named():
    body = nn.Conv2d(2, 3, 3, RNG(0), padding=1)
    with pytest.raises(ValueError, match="shortcut"):
        convnets.Residual(body).forward(np.zeros((1, 2, 4, 4)))
    with pytest.raises(ValueError, match="wide"):
        convnets.resnet(1, 2, RNG(0), block="wide")


@pytest.mark.parametrize("name", ["residual", "mobilenet", "densenet"])
def test_they_learn(name):
    make = {
        "residual": convnets.resnet,
        "mobilenet": convnets.mobilenet,
        "densenet": convnets.densenet,
    }[name]
    sizes = {"residual": {"blocks": 1, "widths": (8, 16)}, "mobilenet": {"alpha": 0.5}}
    rng = RNG(1)
    net = make(1, 2, RNG(0), **sizes.get(name, {"growth": 4, "layers": (2, 2)}))

    def batch():
        t = rng.integers(0, 2, 32)
        x = rng.normal(0, 0.5, (32, 1, 8, 8)).astype(np.float32)
        x[t == 0, 0, rng.integers(1, 7)] += 2  # a bar lies, or stands
        x[t == 1, 0, :, rng.integers(1, 7)] += 2
        return x, t

    batches = (batch() for _ in range(40))
    for _ in training.train(net, nn.SoftmaxCrossEntropy(), nn.Adam(0.01), batches):
        pass
    x, t = batch()
    assert (net.eval()(x).argmax(-1) == t).mean() > 0.9


# --- WaveNet and PixelCNN ----------------------------------------------------------------------


def test_receptive_field():
    assert costs.receptive_field([(3, 1, 1)] * 3) == 7
    assert costs.receptive_field([(3, 2, 1), (3, 1, 1)]) == 7
    assert costs.receptive_field([(2, 1, 2**k) for k in range(10)]) == 1024


def test_wavenet_sees_the_past_alone_as_far_as_it_says():
    net = ar.WaveNet(8, RNG(0), channels=4, dilations=(1, 2, 4), **F64)
    assert net.receptive_field == 8
    values = RNG(1).integers(0, 8, (1, 20))
    base = net(values)
    for changed in range(20):
        other = values.copy()
        other[0, changed] = (other[0, changed] + 3) % 8
        differs = np.flatnonzero(np.abs(net(other) - base).max(axis=-1)[0])
        assert differs.tolist() == list(range(changed + 1, min(changed + 9, 20)))


def test_pixelcnn_sees_the_pixels_before_alone_and_has_its_blind_spot():
    net = ar.PixelCNN(4, RNG(0), channels=3, depth=2, first_kernel=3, **F64)
    values = RNG(1).integers(0, 4, (1, 7, 7))
    base, seen = net(values), np.zeros((7, 7), bool)
    for i, j in itertools.product(range(7), range(7)):
        other = values.copy()
        other[0, i, j] = (other[0, i, j] + 1) % 4
        change = np.abs(net(other) - base).max(axis=-1)[0]
        assert not change.ravel()[: i * 7 + j + 1].any()
        seen[i, j] = change[4, 3] > 0
    assert seen[4].tolist() == [True, True, True, False, False, False, False]
    assert not seen[3, 5]  # up and far to the right: no path of masked kernels leads there
    assert seen[3, 4]


@pytest.mark.parametrize(
    ("net", "shape"),
    [
        (lambda: ar.WaveNet(4, RNG(0), channels=3, dilations=(1, 2), **F64), (2, 6)),
        (lambda: ar.PixelCNN(3, RNG(0), channels=2, depth=1, first_kernel=3, **F64), (2, 4, 3)),
    ],
    ids=["WaveNet", "PixelCNN"],
)
def test_gradients_of_the_two(net, shape):
    net = net()
    for key, p in net.params.items():  # no ReLU exactly at its kink
        if key.endswith(".b"):
            p[...] = RNG(len(key)).normal(0, 0.3, p.shape)
    report = nn.gradient_check(net, RNG(1).integers(0, net.levels, shape))
    masked = [k for k, layer in enumerate(getattr(net, "net", [])) if hasattr(layer, "mask")]
    for k in masked:  # there the loss does not depend on W, which is set to 0 in each forward
        assert not net.net[k].params["W"][..., ~net.net[k].mask].any()
    assert report.ok(), report


@pytest.mark.parametrize("kind", ["WaveNet", "PixelCNN"])
def test_the_two_learn_to_alternate_and_draw_it(kind):
    rng, t = RNG(0), np.arange(16)
    if kind == "WaveNet":
        net, data = ar.WaveNet(4, rng, channels=8, dilations=(1, 2)), np.tile(t % 4, (8, 1))
    else:
        net = ar.PixelCNN(2, rng, channels=8, depth=1, first_kernel=5)
        data = np.tile((t[:6, None] + t[:6]) % 2, (8, 1, 1))
    loss = nn.SoftmaxCrossEntropy()
    for _ in training.train(net, loss, nn.Adam(0.02), [(data, data)] * 150):
        pass
    if kind == "WaveNet":
        drawn = net.sample(data[:2, :6], 8, RNG(1), temperature=0.1)
        assert np.array_equal(drawn, np.tile((t[:8] + 6) % 4, (2, 1)))
    else:
        drawn = net.sample((2, 6, 6), RNG(1), temperature=0.1, given=data[:2, :2])
        assert np.array_equal(drawn, data[:2])


def test_mu_law_there_and_back():
    x = np.linspace(-1, 1, 201)
    values = ar.mu_law(x)
    assert values.min() == 0
    assert values.max() == 255
    assert np.abs(ar.mu_law_inverse(values) - x).max() < 0.025
    quiet = np.abs(x) < 0.05
    assert np.abs(ar.mu_law_inverse(values) - x)[quiet].max() < 0.002  # finer where it is quiet


def test_drawing_follows_the_probabilities():
    drawn = ar.draw(np.tile(np.log([0.1, 0.2, 0.7]), (20_000, 1)), RNG(0))
    np.testing.assert_allclose(np.bincount(drawn) / 20_000, [0.1, 0.2, 0.7], atol=0.012)
    with pytest.raises(ValueError, match="temperature"):
        ar.draw(np.zeros((1, 2)), RNG(0), 0)
