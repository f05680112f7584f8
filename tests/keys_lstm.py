"""Keys of chapter 03 once more, each by another way than its generator: torch and loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from eshikaku.nn import LSTM

Values = Mapping[str, Any]


def _torch_cell(a_i: float, a_f: float, a_g: float, a_o: float, c: float) -> tuple[float, float]:
    """(h, c) of a torch cell whose biases alone are the pre-activations (order i, f, g, o)."""
    cell = nn.LSTMCell(1, 1).double()
    with torch.no_grad():
        for p in cell.parameters():
            p.zero_()
        cell.bias_ih.copy_(torch.tensor([a_i, a_f, a_g, a_o], dtype=torch.float64))
        zero = torch.zeros(1, 1, dtype=torch.float64)
        h, new = cell(zero, (zero, torch.full((1, 1), c, dtype=torch.float64)))
    return float(h), float(new)


def _logit(p: float) -> float:
    return float(torch.logit(torch.tensor(p, dtype=torch.float64)))


def _cell(v: Values) -> float:
    a_g = float(torch.atanh(torch.tensor(v["g"], dtype=torch.float64)))
    return _torch_cell(_logit(v["i"]), _logit(v["f"]), a_g, 0.0, v["c"])[1]


def _left(v: Values) -> float:
    c = 1.0
    for _ in range(v["T"]):
        c = _torch_cell(-40.0, v["b"], 0.0, 0.0, c)[1]
    return c


def _half_life(v: Values) -> float:
    """Where f^n crosses 1/2, by bisection."""
    low, high = 0.0, 1000.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if v["f"] ** middle > 0.5 else (low, middle)
    return low


def _size(layer: Any) -> int:
    return sum(p.size for p in layer.params.values())


INDEPENDENT: dict[str, Callable[[Values], float]] = {
    "lstm_cell": _cell,
    "lstm_hard_sigmoid": lambda v: float(
        nn.functional.hardsigmoid(torch.tensor(v["a"], dtype=torch.float64))
    ),
    "lstm_step": lambda v: _torch_cell(v["ai"], v["af"], v["ag"], v["ao"], v["c"])[0],
    "lstm_parameter_count": lambda v: _size(LSTM(v["D"], v["H"], np.random.default_rng(0))),
    "lstm_forget_left": _left,
    "lstm_half_life": _half_life,
    "lstm_torch_parameters": lambda v: sum(
        p.numel() for p in nn.LSTM(v["D"], v["H"], num_layers=2, bidirectional=True).parameters()
    ),
    "lstm_peephole_count": lambda v: _size(
        LSTM(v["D"], v["H"], np.random.default_rng(0), peephole=True)
    ),
}
