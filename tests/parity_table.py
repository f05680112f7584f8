"""Every layer against PyTorch: `python -m tests.parity_table` prints the worst errors.

Weights are copied; outputs, last states, gradients of inputs and states and of every parameter
are compared; an error is absolute below 1 and relative above. Where PyTorch has no such layer,
its autograd differentiates the written formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from eshikaku import nn

SHAPES = [  # (T, N, D, H): one of everything, batch 1, T 1, D ≠ H
    (1, 1, 1, 1),
    (1, 1, 3, 5),
    (1, 4, 5, 2),
    (9, 1, 4, 3),
    (7, 3, 2, 6),
    (12, 5, 8, 8),
]
DTYPES = (np.float32, np.float64)
LIMIT = {np.float32: 1e-6, np.float64: 1e-13}

Tensors = dict[str, torch.Tensor]
Build = Callable[[int, int, np.random.Generator], nn.Layer]


@dataclass(frozen=True)
class Kind:
    """A layer to be compared: with a torch module, or with the formula under autograd."""

    name: str
    build: Build
    module: bool = True


def _both(kind: Any) -> Build:
    return lambda D, H, rng: nn.Bidirectional(kind(D, H, rng), kind(D, H, rng))


def _deep(kind: Any) -> Build:
    return lambda D, H, rng: nn.Stack(kind(D, H, rng), kind(H, H, rng), kind(H, H, rng))


def _deep_both(kind: Any) -> Build:
    def build(D: int, H: int, rng: np.random.Generator) -> nn.Layer:
        return nn.Stack(_both(kind)(D, H, rng), _both(kind)(2 * H, H, rng))

    return build


def _with(kind: Any, **options: Any) -> Build:
    return lambda D, H, rng: kind(D, H, rng, **options)


KINDS = [
    Kind("Affine", nn.Affine),
    Kind("RNN tanh", nn.RNN),
    Kind("RNN relu", _with(nn.RNN, nonlinearity="relu")),
    Kind("RNN sigmoid", _with(nn.RNN, nonlinearity="sigmoid"), module=False),
    Kind("RNN identity", _with(nn.RNN, nonlinearity="identity"), module=False),
    Kind("RNN hard_sigmoid", _with(nn.RNN, nonlinearity="hard_sigmoid"), module=False),
    Kind("RNNCell", nn.RNNCell),
    Kind("LSTM 1 bias", nn.LSTM),
    Kind("LSTM 2 biases", _with(nn.LSTM, biases=2)),
    Kind("LSTM peephole", _with(nn.LSTM, peephole=True), module=False),
    Kind("LSTM hard σ", _with(nn.LSTM, gate_activation="hard_sigmoid"), module=False),
    Kind("LSTMCell 2 biases", _with(nn.LSTMCell, biases=2)),
    Kind("GRU keep after 2", _with(nn.GRU, reset="after", biases=2)),
    Kind("GRU renew after 2", _with(nn.GRU, update="renew", reset="after", biases=2)),
    Kind("GRU keep after 1", _with(nn.GRU, reset="after")),
    Kind("GRU renew after 1", _with(nn.GRU, update="renew", reset="after")),
    Kind("GRU keep before", nn.GRU, module=False),
    Kind("GRU renew before", _with(nn.GRU, update="renew"), module=False),
    Kind("GRUCell keep after 2", _with(nn.GRUCell, reset="after", biases=2)),
    Kind("Bidirectional RNN", _both(nn.RNN)),
    Kind("Bidirectional LSTM", _both(_with(nn.LSTM, biases=2))),
    Kind("Bidirectional GRU", _both(_with(nn.GRU, reset="after", biases=2))),
    Kind("Stack RNN ×3", _deep(nn.RNN)),
    Kind("Stack LSTM ×3", _deep(_with(nn.LSTM, biases=2))),
    Kind("Stack GRU ×3", _deep(_with(nn.GRU, reset="after", biases=2))),
    Kind("Stack of Bidirectional LSTM ×2", _deep_both(_with(nn.LSTM, biases=2))),
    Kind("SkipRNN k=2", _with(nn.SkipRNN, skip=2), module=False),
    Kind("SkipRNN k=5", _with(nn.SkipRNN, skip=5), module=False),
    Kind("LeakyRNN", _with(nn.LeakyRNN, alpha=0.7), module=False),
]


@dataclass(frozen=True)
class Row:
    layer: str
    against: str
    dtype: Any
    shape: tuple[int, int, int, int]
    worst: float
    where: str

    @property
    def ok(self) -> bool:
        return self.worst <= LIMIT[self.dtype]


def compare(kind: Kind, dtype: Any, shape: tuple[int, int, int, int]) -> Row:
    """One layer, one dtype, one shape: the worst error and its name."""
    T, N, D, H = shape
    rng = np.random.default_rng(0)
    layer = kind.build(D, H, rng).astype(dtype)
    for p in layer.params.values():  # biases too, so that none is compared at 0
        p[...] = rng.normal(0, 0.3, p.shape)
    single = kind.name.startswith(("Affine", "RNNCell", "LSTMCell", "GRUCell"))
    x = rng.normal(size=(N, D) if single else (T, N, D)).astype(dtype)
    state = () if kind.name == "Affine" else _draw(_state_like(layer, x), rng)
    ours = _run_ours(layer, x, state, rng)
    theirs = (_run_module if kind.module else _run_formula)(layer, x, state, ours)
    errors = {}
    for name, value in ours.items():
        assert value.dtype == dtype, f"{kind.name}: {name} is {value.dtype}"
        scale = max(1.0, float(np.max(np.abs(theirs[name]))))
        errors[name] = float(np.max(np.abs(value - theirs[name]))) / scale
    where = max(errors, key=lambda name: errors[name])
    against = f"torch.nn.{type(nn.to_torch(layer)).__name__}" if kind.module else "autograd"
    return Row(kind.name, against, dtype, shape, errors[where], where)


def rows() -> Iterator[Row]:
    for kind in KINDS:
        for dtype in DTYPES:
            for shape in SHAPES:
                yield compare(kind, dtype, shape)


def _state_like(layer: nn.Layer, x: np.ndarray) -> Any:
    with layer.evaluation():
        out = layer.forward(x)
    if isinstance(layer, nn.RNNCell | nn.GRUCell):
        return (out,)
    return out if isinstance(layer, nn.LSTMCell) else _flat(out[1])


def _flat(value: Any) -> tuple[np.ndarray, ...]:
    if isinstance(value, tuple):
        return tuple(array for part in value for array in _flat(part))
    return (value,)


def _draw(arrays: tuple[np.ndarray, ...], rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    return tuple(rng.normal(size=a.shape).astype(a.dtype) for a in arrays)


def _nested(layer: nn.Layer, flat: Any) -> Any:
    """The flat state as this layer expects it: h, (h, c), or a tuple of those for each part."""
    flat = iter(flat) if isinstance(flat, tuple) else flat
    if isinstance(layer, nn.Bidirectional):
        return tuple(_nested(inner, flat) for inner in layer.children.values())
    if isinstance(layer, nn.Stack):
        return tuple(_nested(inner, flat) for inner in layer.layers)
    if isinstance(layer, nn.LSTM | nn.LSTMCell):
        return next(flat), next(flat)
    return next(flat)


def _run_ours(
    layer: nn.Layer, x: np.ndarray, state: tuple[np.ndarray, ...], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    out = layer.forward(x, *([_nested(layer, state)] if state else []))
    douts = _draw(_flat(out), rng)
    if isinstance(layer, nn.Affine | nn.RNNCell | nn.GRUCell | nn.LSTMCell):
        din = layer.backward(*douts)
    else:
        din = layer.backward(douts[0], _nested(layer, douts[1:]))
    result = {f"grad {name}": grad for name, grad in layer.grads.items()}
    result |= {f"out{k}": a for k, a in enumerate(_flat(out))}
    result |= {f"din{k}": a for k, a in enumerate(_flat(din))}
    result |= {f"dout{k}": a for k, a in enumerate(douts)}
    return result


def _finish(
    outs: list[torch.Tensor], leaves: list[torch.Tensor], ours: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Backward with the same douts; the common part of a result."""
    douts = {f"dout{k}": ours[f"dout{k}"] for k in range(len(outs))}
    torch.autograd.backward(outs, [torch.from_numpy(d) for d in douts.values()])
    result = {f"out{k}": out.detach().numpy() for k, out in enumerate(outs)}
    result |= {f"din{k}": leaf.grad.numpy() for k, leaf in enumerate(leaves)}
    return result | douts


def _run_module(
    layer: nn.Layer, x: np.ndarray, state: tuple[np.ndarray, ...], ours: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    module = nn.to_torch(layer)
    x_torch = torch.from_numpy(x).requires_grad_()
    states = [torch.from_numpy(s).requires_grad_() for s in state]
    if isinstance(layer, nn.Affine):
        outs = [module(x_torch)]
    elif isinstance(layer, nn.LSTMCell):
        outs = list(module(x_torch, tuple(states)))
    elif isinstance(layer, nn.RNNCell | nn.GRUCell):
        outs = [module(x_torch, states[0])]
    elif isinstance(module, torch.nn.LSTM):
        y, (h, c) = module(x_torch, (torch.stack(states[::2]), torch.stack(states[1::2])))
        outs = [y, *(part for pair in zip(h, c, strict=True) for part in pair)]
    else:
        y, h = module(x_torch, torch.stack(states))
        outs = [y, *h]
    result = _finish(outs, [x_torch, *states], ours)
    return result | {f"grad {k}": v for k, v in nn.torch_grads(module, layer).items()}


def _run_formula(
    layer: nn.Layer, x: np.ndarray, state: tuple[np.ndarray, ...], ours: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    p = {k: torch.from_numpy(v.copy()).requires_grad_() for k, v in layer.params.items()}
    x_torch = torch.from_numpy(x).requires_grad_()
    states = [torch.from_numpy(s).requires_grad_() for s in state]
    y, last = REFERENCES[type(layer)](layer, p, x_torch, tuple(states))
    result = _finish([y, *last], [x_torch, *states], ours)
    return result | {f"grad {name}": tensor.grad.numpy() for name, tensor in p.items()}


# --- the formulas, for layers that PyTorch has no module for: → (y, last state as a tuple) ---

ACTIVATIONS = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "identity": lambda x: x,
    # not functional.hardsigmoid: its backward multiplies float64 by a float32 1/6
    "hard_sigmoid": lambda x: torch.clamp(x / 6 + 0.5, 0, 1),
}


def _rnn(layer: Any, p: Tensors, x: torch.Tensor, state: Any) -> Any:
    (h,), ys = state, []
    f = ACTIVATIONS[layer.activation.name]
    for x_t in x:
        h = f(x_t @ p["W_x"] + h @ p["W_h"] + p["b_h"])
        ys.append(h)
    return torch.stack(ys), (h,)


def _lstm(layer: Any, p: Tensors, x: torch.Tensor, state: Any) -> Any:
    (h, c), ys = state, []
    sigma = ACTIVATIONS[layer.gate_activation.name]
    phi = ACTIVATIONS[layer.activation.name]
    bias = p["b"] if "b" in p else p["b_x"] + p["b_h"]
    peep = [p[f"p_{gate}"] if layer.peephole else 0.0 for gate in "ifo"]
    for x_t in x:
        a_i, a_f, a_g, a_o = (x_t @ p["W_x"] + h @ p["W_h"] + bias).chunk(4, -1)
        i, f, g = sigma(a_i + peep[0] * c), sigma(a_f + peep[1] * c), phi(a_g)
        c = f * c + i * g
        h = sigma(a_o + peep[2] * c) * phi(c)
        ys.append(h)
    return torch.stack(ys), (h, c)


def _gru(layer: Any, p: Tensors, x: torch.Tensor, state: Any) -> Any:
    (h,), ys = state, []
    W_r, W_z, W_n = p["W_x"].chunk(3, -1)
    U_r, U_z, U_n = p["W_h"].chunk(3, -1)
    zero = torch.zeros_like(p["W_x"][0])
    b_r, b_z, b_n = p.get("b_x", p.get("b", zero)).chunk(3, -1)
    d_r, d_z, d_n = p.get("b_h", zero).chunk(3, -1)
    for x_t in x:
        r = torch.sigmoid(x_t @ W_r + b_r + h @ U_r + d_r)
        z = torch.sigmoid(x_t @ W_z + b_z + h @ U_z + d_z)
        if layer.reset == "before":
            n = torch.tanh(x_t @ W_n + b_n + (r * h) @ U_n)
        else:
            n = torch.tanh(x_t @ W_n + b_n + r * (h @ U_n + d_n))
        h = z * h + (1 - z) * n if layer.update == "keep" else (1 - z) * h + z * n
        ys.append(h)
    return torch.stack(ys), (h,)


def _skip_rnn(layer: Any, p: Tensors, x: torch.Tensor, state: Any) -> Any:
    hs = list(state[0])
    f = ACTIVATIONS[layer.activation.name]
    for x_t in x:
        hs.append(f(x_t @ p["W_x"] + hs[-1] @ p["W_h"] + hs[-layer.skip] @ p["W_s"] + p["b_h"]))
    return torch.stack(hs[layer.skip :]), (torch.stack(hs[-layer.skip :]),)


def _leaky_rnn(layer: Any, p: Tensors, x: torch.Tensor, state: Any) -> Any:
    (h,), ys = state, []
    f = ACTIVATIONS[layer.activation.name]
    for x_t in x:
        new = f(x_t @ p["W_x"] + h @ p["W_h"] + p["b_h"])
        h = layer.alpha * h + (1 - layer.alpha) * new
        ys.append(h)
    return torch.stack(ys), (h,)


REFERENCES = {
    nn.RNN: _rnn,
    nn.LSTM: _lstm,
    nn.GRU: _gru,
    nn.SkipRNN: _skip_rnn,
    nn.LeakyRNN: _leaky_rnn,
}


def main() -> int:
    """One line for each layer and dtype: the worst of all shapes."""
    torch.set_num_threads(1)
    print(f"{'layer':<32}{'against':<20}{'dtype':<9}{'worst':>8}  shape (T,N,D,H), where")
    worst: dict[tuple[str, Any], Row] = {}
    for row in rows():
        key = row.layer, row.dtype
        if key not in worst or row.worst > worst[key].worst:
            worst[key] = row
    for row in worst.values():
        print(
            f"{row.layer:<32}{row.against:<20}{row.dtype.__name__:<9}{row.worst:8.1e}  "
            f"{row.shape}, {row.where}{'' if row.ok else '  OVER'}"
        )
    limits = ", ".join(f"{dtype.__name__} {limit:g}" for dtype, limit in LIMIT.items())
    print(f"{len(KINDS)} layers × {len(DTYPES)} dtypes × {len(SHAPES)} shapes; limits: {limits}")
    return 0 if all(row.ok for row in worst.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
