"""Heads on recurrent layers, and the one training loop."""

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.models import training
from eshikaku.models.heads import ManyToMany, ManyToOne

RNG = np.random.default_rng
RECURRENT = {
    "RNN": (lambda rng: nn.RNN(3, 4, rng), 4),
    "LSTM": (lambda rng: nn.LSTM(3, 4, rng), 4),
    "LSTM peephole": (lambda rng: nn.LSTM(3, 4, rng, peephole=True), 4),
    "GRU": (lambda rng: nn.GRU(3, 4, rng), 4),
    "Bidirectional": (lambda rng: nn.Bidirectional(nn.GRU(3, 4, rng), nn.RNN(3, 4, rng)), 8),
    "Stack": (lambda rng: nn.Stack(nn.LSTM(3, 4, rng), nn.GRU(4, 5, rng)), 5),
}


@pytest.mark.parametrize("head", [ManyToMany, ManyToOne])
@pytest.mark.parametrize("name", RECURRENT)
def test_gradients_of_heads(name, head):
    build, H = RECURRENT[name]
    rng = RNG(0)
    net = head(build(rng), nn.Affine(H, 2, rng))
    x = RNG(1).normal(size=(5, 2, 3))
    assert net(x).shape == ((5, 2, 2) if head is ManyToMany else (2, 2))
    net.forget()
    assert nn.gradient_check(net, x).ok()
    told = head(build(rng), nn.Affine(H, 2, rng), nn.Embedding(6, 3, rng))
    assert nn.gradient_check(told, RNG(1).integers(0, 6, (5, 2))).ok()


def test_the_last_answer_is_the_only_one():
    rng = RNG(0)
    rnn, out = nn.LSTM(3, 4, rng), nn.Affine(4, 2, rng)
    x = RNG(1).normal(size=(5, 2, 3))
    every, last = ManyToMany(rnn, out), ManyToOne(rnn, out)
    assert np.array_equal(every(x)[-1], last(x))


@pytest.mark.parametrize("head", [ManyToMany, ManyToOne])
def test_a_state_carries_a_sequence_on(head):
    rng = RNG(0)
    net, x = head(nn.GRU(3, 4, rng), nn.Affine(4, 2, rng)), RNG(1).normal(size=(6, 2, 3))
    whole, state = net.run(x)
    _, half = net.run(x[:4])
    rest, end = net.run(x[4:], half)
    np.testing.assert_allclose(rest, whole[4:] if head is ManyToMany else whole, atol=1e-14)
    np.testing.assert_allclose(end, state, atol=1e-14)


def line(updates):
    x = RNG(0).normal(size=(updates, 20, 2))
    return [(a, a @ np.array([[1.0], [-2.0]])) for a in x]


def test_the_loop_is_the_loop_written_out():
    nets = [nn.Affine(2, 1, RNG(0)) for _ in range(2)]
    steps = list(training.train(nets[0], nn.SquaredError(), nn.SGD(0.3), line(30), clip=1.0))
    loss, optimiser, expected = nn.SquaredError(), nn.SGD(0.3), []
    for x, t in line(30):
        expected.append(loss(nets[1](x), t))
        nets[1].zero_grad()
        nets[1].backward(loss.backward())
        nn.clip_by_norm(nets[1].grads, 1.0)
        optimiser.update(nets[1].params, nets[1].grads)
    assert [step.loss for step in steps] == expected
    assert np.array_equal(nets[0].params["W"], nets[1].params["W"])
    assert expected[-1] < 1e-3 < expected[0]


def test_a_step_is_told_before_its_update_or_after():
    net, seen = nn.Affine(2, 1, RNG(0)), []
    for step in training.train(net, nn.SquaredError(), nn.SGD(0.1), line(3)):
        np.testing.assert_array_equal(step.y, net.eval()(line(3)[len(seen)][0]))
        net.train()
        seen.append(net.params["W"].copy())
    seen.append(net.params["W"].copy())
    net, after = nn.Affine(2, 1, RNG(0)), []
    steps = training.train(net, nn.SquaredError(), nn.SGD(0.1), line(3))
    for _ in training.after_updates(steps):
        after.append(net.params["W"].copy())
    assert np.array_equal(after, seen[1:])
    assert list(training.after_updates([])) == []


def test_clipping_and_rate_may_be_functions():
    net, norms, rates = nn.Affine(2, 1, RNG(0)), [], []

    def clip(grads):
        norms.append(nn.grad_norm(grads))
        nn.clip_by_value(grads, 0.0)

    before = net.params["W"].copy()
    optimiser = nn.SGD()
    for _ in training.train(
        net, nn.SquaredError(), optimiser, line(3), clip=clip, lr=lambda done: 0.1 * done
    ):
        rates.append(optimiser.lr)
    assert len(norms) == 3
    assert optimiser.lr == pytest.approx(0.2)
    assert np.array_equal(net.params["W"], before)  # all gradients were cut to 0


def test_further_outputs_go_to_the_loss_and_their_gradients_come_back():
    class Two(nn.Affine):
        def forward(self, x):
            y = super().forward(x)
            return y, 2 * y

        def backward(self, dy, dother):
            return super().backward(dy + 2 * dother)

    class Both(nn.Layer):
        def forward(self, y, target, other):
            self.push(y - target, other)
            return float(np.sum((y - target) ** 2 + other**2))

        def backward(self):
            error, other = self.pop()
            return 2 * error, 2 * other

    net = Two(2, 1, RNG(0))
    for _ in training.train(net, Both(), nn.SGD(0.005), line(1) * 300):
        pass  # (y − t)² + (2y)² is least at y = t / 5
    np.testing.assert_allclose(net.params["W"], [[0.2], [-0.4]], atol=1e-6)
