"""Keys of chapter 04 once more, each by another way than its generator: torch and loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from eshikaku.nn import GRU, LSTM

Values = Mapping[str, Any]


def _size(layer: Any) -> int:
    return sum(p.size for p in layer.params.values())


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _mix(v: Values) -> float:
    """torch keeps with z: σ and tanh are inverted so that its cell sees these z and h̃."""
    cell = nn.GRUCell(1, 1).double()
    with torch.no_grad():
        for p in cell.parameters():
            p.zero_()
        cell.bias_ih[1] = torch.logit(torch.tensor(v["z"], dtype=torch.float64))
        cell.bias_ih[2] = torch.atanh(torch.tensor(v["new"], dtype=torch.float64))
        state = torch.tensor([[v["h"]]], dtype=torch.float64)
        return float(cell(torch.zeros(1, 1, dtype=torch.float64), state))


def _candidate(v: Values) -> float:
    r, h = np.array([[v["r1"], v["r2"]]]), np.array([[v["h1"], v["h2"]]])
    return float(((r * h) @ np.array([[v["w11"]], [v["w21"]]])).item())


def _kept(v: Values) -> float:
    h = torch.ones((), dtype=torch.float64, requires_grad=True)
    state = h
    for _ in range(v["T"]):
        state = v["z"] * state + (1 - v["z"]) * 0.3
    state.backward()
    return float(h.grad)


def _gate(v: Values) -> float:
    a = torch.tensor(v["wx"] * v["x"] + v["wh"] * v["h"] + v["b"], dtype=torch.float64)
    return float(torch.sigmoid(a))


INDEPENDENT: dict[str, Callable[[Values], float]] = {
    "gru_parameter_count": lambda v: _size(GRU(v["D"], v["H"], _rng())),
    "gru_torch_parameter_count": lambda v: sum(
        p.numel() for p in nn.GRU(v["D"], v["H"]).parameters()
    ),
    "gru_saved": lambda v: _size(LSTM(v["D"], v["H"], _rng())) - _size(GRU(v["D"], v["H"], _rng())),
    "gru_mix": _mix,
    "gru_candidate_product": _candidate,
    "gru_kept": _kept,
    "gru_gate_value": _gate,
}
