"""GNMT in miniature: gradients, shapes, where things stand, and the same network in torch."""

from __future__ import annotations

import numpy as np
import pytest

from eshikaku import nn
from eshikaku.models import decoding
from eshikaku.models.gnmt import (
    GNMT,
    beam_score,
    coverage_penalty,
    has_residual,
    length_penalty,
)
from eshikaku.tasks.vocabulary import BOS, EOS, PAD


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def small(layers: int = 3, **form) -> GNMT:
    """Weights twice as large as usual, so that no gradient drowns in rounding."""
    model = GNMT(7, 3, 4, layers, rng(layers), **{"shared": True, **form})
    for value in model.params.values():
        value *= 2
    return model


SOURCE = np.array([[PAD, 3, PAD], [4, 5, PAD], [5, 6, 4], [6, 3, 3]])  # (T, N)
TARGET_IN = np.array([[BOS, BOS, BOS], [3, 6, 4], [5, 3, PAD]])  # (L, N)


class TestLSTMSkipsPadding:
    """`nn.LSTM.forward(x, state, pad)`: what the encoder rests on."""

    def test_states_are_those_of_the_real_steps_alone(self) -> None:
        pad = np.zeros((6, 3), bool)
        pad[:2, 0] = pad[5, 1] = pad[2:4, 2] = True
        lstm = nn.LSTM(4, 5, rng())
        x, state = rng(1).normal(size=(6, 3, 4)), tuple(rng(2).normal(size=(2, 3, 5)))
        y, (h, c) = lstm(x, state, pad)
        for n in range(3):
            real = ~pad[:, n]
            alone, (h_n, c_n) = lstm(x[real, n : n + 1], tuple(s[n : n + 1] for s in state))
            assert np.allclose(y[real, n], alone[:, 0])
            assert np.allclose(h[n], h_n[0]) and np.allclose(c[n], c_n[0])

    def test_gradients(self) -> None:
        pad = np.zeros((5, 2), bool)
        pad[:2, 0] = pad[3, 1] = True

        class Padded(nn.Layer):
            def __init__(self) -> None:
                super().__init__()
                self.lstm = self.child("lstm", nn.LSTM(3, 4, rng()))

            def forward(self, x, state):
                return self.lstm.forward(x, state, pad)

            def backward(self, dy, dstate):
                dx, dstate = self.lstm.backward(dy, dstate)
                assert not dx[pad].any()
                return dx, dstate

        state = tuple(rng(1).normal(size=(2, 2, 4)))
        assert nn.gradient_check(Padded(), rng(2).normal(size=(5, 2, 3)), state).ok()

    def test_not_with_peepholes(self) -> None:
        lstm = nn.LSTM(3, 4, rng(), peephole=True)
        with pytest.raises(ValueError, match="pad"):
            lstm(np.zeros((2, 1, 3)), None, np.zeros((2, 1), bool))


class TestGradients:
    @pytest.mark.parametrize("layers", [1, 2, 3, 4])
    @pytest.mark.parametrize("residual", [True, False])
    def test_against_differences(self, layers: int, residual: bool) -> None:
        model = small(layers, residual=residual, shared=layers % 2 == 0)
        report = nn.gradient_check(model, SOURCE, TARGET_IN)
        assert report.ok(), report

    def test_one_row_one_step(self) -> None:
        assert nn.gradient_check(small(3), SOURCE[-1:, :1], TARGET_IN[:1, :1]).ok()

    def test_dropout_backward_uses_the_masks_of_its_forward(self) -> None:
        model = small(3, dropout=0.5)
        drops = [layer for part in (model.encoder, model.decoder) for layer in part.drops]

        def again() -> None:
            for k, drop in enumerate(drops):
                drop.rng = rng(k)

        def loss() -> float:
            again()
            y = model(SOURCE, TARGET_IN)
            model.forget()
            return float((y * weights).sum())

        weights = rng(9).normal(size=(3, 3, 7))
        again()
        model(SOURCE, TARGET_IN)
        model.zero_grad()
        model.backward(weights)
        assert nn.compare_gradients(loss, model.params, model.grads).ok()


class TestPlaces:
    """What the paper says about where things stand."""

    def test_only_the_first_encoder_layer_reads_in_both_directions(self) -> None:
        model = small(4)
        assert isinstance(model.encoder.first, nn.Bidirectional)
        assert [type(layer) for layer in model.encoder.upper] == [nn.LSTM] * 3
        assert model.encoder.upper[0].input_size == 2 * 4
        x, pad = rng().normal(size=(5, 1, 3)), np.zeros((5, 1), bool)
        changed = x.copy()
        changed[-1] += 1  # the last word changes what the first position says: it was read back
        assert not np.allclose(model.encoder(x, pad)[0], model.encoder(changed, pad)[0])
        upper = model.encoder.upper[1]
        y = rng(1).normal(size=(5, 1, 4))
        later = y.copy()
        later[-1] += 1
        assert np.array_equal(upper(y)[0][:-1], upper(later)[0][:-1])

    def test_residuals_stand_from_the_third_layer_on(self) -> None:
        assert [has_residual(k) for k in (1, 2, 3, 4, 8)] == [False, False, True, True, True]
        assert not has_residual(5, False)

    @pytest.mark.parametrize("part", ["encoder", "decoder"])
    @pytest.mark.parametrize("residual", [True, False])
    def test_layers_that_say_nothing_pass_their_input_on_only_with_residuals(
        self, part: str, residual: bool
    ) -> None:
        model = small(4, residual=residual)
        stack = getattr(model, part)
        for layer in stack.upper[1:]:  # the third and the fourth answer 0
            for value in layer.params.values():
                value[...] = 0
        shallow = small(2)
        shallow.load({name: model.params[name] for name in shallow.params})
        if part == "encoder":
            deep, flat = model.encode(SOURCE)[0], shallow.encode(SOURCE)[0]
        else:
            memory, mask = rng(1).normal(size=(3, 4, 4)), np.ones((3, 4), bool)
            e = model.embedding(TARGET_IN)
            deep, flat = model.decoder(e, memory, mask), shallow.decoder(e, memory, mask)
        assert np.allclose(deep, flat) == residual

    def test_the_query_is_the_lowest_layers_output_and_every_layer_gets_the_context(self) -> None:
        model = small(3)
        seen: list[np.ndarray] = []
        look = model.decoder.attention.forward

        def spy(query, *rest):
            seen.append(query[:, 0])
            return look(query, *rest)

        model.decoder.attention.forward = spy  # type: ignore[method-assign]
        state, lowest = model.start(SOURCE), []
        for ids in TARGET_IN:
            _, state = model.step(ids, state)
            lowest.append(state[0][0][0])
        assert not seen[0].any()  # before the first step: 0
        assert np.array_equal(seen[1], lowest[0]) and np.array_equal(seen[2], lowest[1])
        M = model.encoder.memory_size
        assert model.decoder.first.input_size == 3 + M
        assert all(layer.input_size == 4 + M for layer in model.decoder.upper)

    def test_an_upper_layer_does_not_change_the_weights(self) -> None:
        model = small(3)
        before = model.align(SOURCE, TARGET_IN)
        for layer in model.decoder.upper:
            layer.params["W_h"] += 1
        assert np.array_equal(model.align(SOURCE, TARGET_IN), before)

    def test_number_of_parameters(self) -> None:
        V, D, H, layers = 7, 3, 4, 5

        def lstm(size: int) -> int:
            return 4 * H * (size + H + 1)

        encoder = 2 * lstm(D) + lstm(2 * H) + (layers - 2) * lstm(H)
        decoder = lstm(D + H) + (layers - 1) * lstm(2 * H)
        attention, out = H * H + H * H + H, H * V + V
        assert small(5).size == V * D + encoder + decoder + attention + out
        assert small(5, shared=False).size == small(5).size + V * D


class TestRunning:
    @pytest.mark.parametrize("layers", [1, 2, 4])
    def test_steps_give_what_forward_gives(self, layers: int) -> None:
        model = small(layers)
        logits = model(SOURCE, TARGET_IN)
        state = model.start(SOURCE)
        for t, ids in enumerate(TARGET_IN):
            one, state = model.step(ids, state)
            assert np.allclose(one, logits[t])
            assert np.allclose(state[-1], model.decoder.weights_seen[:, t])

    def test_padding_changes_nothing(self) -> None:
        model = small(3)
        alone = model(SOURCE[2:, 2:], TARGET_IN[:, 2:])
        assert np.allclose(model(SOURCE, TARGET_IN)[:, 2:], alone)
        weights = model.align(SOURCE, TARGET_IN)
        assert weights.shape == (3, 3, 4) and np.allclose(weights.sum(axis=-1), 1)
        assert not weights[2, :, :2].any()

    def test_all_ways_of_decoding_run_over_it(self) -> None:
        model = small(3)
        assert decoding.greedy(model, SOURCE, 5).shape[1] == 3
        one = decoding.beam(model, SOURCE, 1, 5)
        assert np.array_equal(decoding.best(one), decoding.greedy(model, SOURCE, 5))
        assert all(h[0].log_probability <= 0 for h in decoding.beam(model, SOURCE, 3, 5))

    def test_dtype_and_faults(self) -> None:
        assert small(2, dtype=np.float32)(SOURCE, TARGET_IN).dtype == np.float32
        with pytest.raises(ValueError, match="層の数"):
            small(0)


class TestBeamScore:
    def test_penalties_by_hand(self) -> None:
        assert length_penalty(1, 0.7) == 1.0
        assert length_penalty(7, 1.0) == 2.0
        assert length_penalty(19, 0.5) == 2.0
        weights = np.array([[0.9, 0.1], [0.6, 0.4]])  # sums 1.5 and 0.5
        assert coverage_penalty(weights, 0.2) == pytest.approx(0.2 * np.log(0.5))
        assert coverage_penalty(np.eye(2), 0.2) == 0.0
        assert beam_score(-3.0, weights, alpha=1.0, beta=0.2) == pytest.approx(
            -3 / (7 / 6) + 0.2 * np.log(0.5)
        )

    def test_a_word_never_looked_at_costs_much_and_stays_finite(self) -> None:
        found = coverage_penalty(np.array([[1.0, 0.0]]), 0.2)
        assert np.isfinite(found) and found < -100


@pytest.mark.parametrize(("layers", "columns"), [(3, 3), (4, 1), (1, 2)])
def test_the_same_network_in_torch(layers: int, columns: int) -> None:
    """Every weight copied: the logits and all gradients agree."""
    torch = pytest.importorskip("torch")
    model = small(layers)
    source, target_in = SOURCE[2:, :columns] + 0, TARGET_IN[:, :columns]  # without padding
    p = {k: torch.tensor(v, requires_grad=True) for k, v in model.params.items()}

    def lstm(name: str, x):
        h = c = torch.zeros(x.shape[1], 4, dtype=torch.float64)
        ys = []
        for x_t in x:
            h, c = cell(name, x_t, h, c)
            ys.append(h)
        return torch.stack(ys)

    def cell(name: str, x, h, c):
        weights = (p[f"{name}.W_x"].T, p[f"{name}.W_h"].T, p[f"{name}.b"])
        packed = torch.nn.functional.linear(x, weights[0], weights[2])
        i, f, g, o = (packed + torch.nn.functional.linear(h, weights[1])).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c

    x = p["embedding.W"][torch.from_numpy(source)]
    back = lstm("encoder.layer1.reverse", x.flip(0)).flip(0)
    x = torch.cat([lstm("encoder.layer1.forward", x), back], -1)
    for k in range(2, layers + 1):
        y = lstm(f"encoder.layer{k}", x)
        x = y + x if k >= 3 else y
    memory = x.transpose(0, 1)
    keys = memory @ p["decoder.attention.W_k"]
    h = c = torch.zeros(columns, 4, dtype=torch.float64)
    outputs, contexts = [], []
    for e in p["embedding.W"][torch.from_numpy(target_in)]:
        hidden = torch.tanh(keys + (h @ p["decoder.attention.W_q"])[:, None])
        alpha = torch.softmax(hidden @ p["decoder.attention.v"], -1)
        contexts.append((alpha[..., None] * memory).sum(1))
        h, c = cell("decoder.layer1", torch.cat([e, contexts[-1]], -1), h, c)
        outputs.append(h)
    x, context = torch.stack(outputs), torch.stack(contexts)
    for k in range(2, layers + 1):
        y = lstm(f"decoder.layer{k}", torch.cat([x, context], -1))
        x = y + x if k >= 3 else y
    logits = x @ p["decoder.out.W"] + p["decoder.out.b"]

    found = model(source, target_in)
    assert np.allclose(found, logits.detach().numpy())
    weights = rng(5).normal(size=found.shape)
    model.zero_grad()
    model.backward(weights)
    (logits * torch.from_numpy(weights)).sum().backward()
    for name, value in model.grads.items():
        assert np.allclose(value, p[name].grad.numpy(), atol=1e-12), name


def test_eos_is_no_special_input() -> None:
    """The decoder reads any id; only PAD is masked, and only in the source."""
    assert np.isfinite(small(2)(SOURCE, np.full((1, 3), EOS))).all()
