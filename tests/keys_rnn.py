"""Keys of chapter 01 once more, each by another way than its generator: torch, loops, NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

Values = Mapping[str, Any]


def _count(*modules: nn.Module) -> int:
    return sum(p.numel() for m in modules for p in m.parameters())


def _one_bias(d: int, h: int) -> list[np.ndarray]:
    """The arrays of one hidden layer as chapter 01 writes it."""
    return [np.zeros((d, h)), np.zeros((h, h)), np.zeros(h)]


def _relu_two_steps(v: Values) -> float:
    rnn = nn.RNN(1, 1, nonlinearity="relu", dtype=torch.float64)
    with torch.no_grad():
        rnn.weight_ih_l0.fill_(v["wx"])
        rnn.weight_hh_l0.fill_(v["wh"])
        rnn.bias_ih_l0.fill_(v["b"])
        rnn.bias_hh_l0.zero_()
        x = torch.tensor([[[v["x1"]]], [[v["x2"]]]], dtype=torch.float64)
        return float(rnn(x)[1])


def _bce(v: Values) -> float:
    y = torch.tensor([v["y1"], v["y2"], v["y3"]], dtype=torch.float64)
    t = torch.tensor([v["t1"], v["t2"], v["t3"]], dtype=torch.float64)
    return float(nn.functional.binary_cross_entropy(y, t))


def _by_hand(v: Values) -> float:
    h0 = np.array([[v["s1"], v["s2"]]])
    w_h = np.array([[v["w11"], v["w12"]], [v["w21"], v["w22"]]])
    h1 = np.array([[v["x"]]]) @ np.array([[v["wx1"], v["wx2"]]]) + h0 @ w_h
    return float((h1 @ np.array([[v["wy1"]], [v["wy2"]]])).item())


def _deep(v: Values) -> int:
    widths = [v["D"]] + [v["H"]] * (v["L"] - 1)
    return sum(a.size for d in widths for a in _one_bias(d, v["H"]))


INDEPENDENT: dict[str, Callable[[Values], float]] = {
    "rnn_parameter_count": lambda v: (
        sum(a.size for a in _one_bias(v["D"], v["H"])) + _count(nn.Linear(v["H"], v["K"]))
    ),
    "rnn_two_steps": _relu_two_steps,
    "rnn_bce_over_time": _bce,
    "rnn_unshared_ratio": lambda v: sum(
        a.size for _ in range(v["T"] - 1) for a in _one_bias(v["D"], v["H"])
    ),
    "rnn_deep_parameter_count": _deep,
    "rnn_torch_parameter_count": lambda v: _count(nn.RNN(v["D"], v["H"])),
    "rnn_bidirectional_width": lambda v: _count(
        nn.Linear(nn.RNN(1, v["H"], bidirectional=True)(torch.zeros(1, 1, 1))[0].shape[-1], v["K"])
    ),
    "rnn_tree_parameter_count": lambda v: _count(nn.Linear(2 * v["H"], v["H"])),
    "rnn_output_by_hand": _by_hand,
}
