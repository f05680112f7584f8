"""Keys of chapter 02 once more, each by another way than its generator: autograd, loops, torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

Values = Mapping[str, Any]


def _leaf(value: float) -> torch.Tensor:
    return torch.tensor(float(value), dtype=torch.float64, requires_grad=True)


def _square_of_sum(v: Values) -> float:
    x = _leaf(v["x"])
    ((v["a"] * x + v["y"]) ** 2).backward()
    return float(x.grad)


def _sigmoid_bound(v: Values) -> float:
    a = torch.linspace(-8, 8, 100_001, dtype=torch.float64, requires_grad=True)
    torch.sigmoid(a).sum().backward()
    return 1 / float(np.prod([a.grad.max()] * v["n"]))


def _linear_gradient(v: Values) -> float:
    h = first = _leaf(0.3)
    for _ in range(v["T"]):
        h = v["w"] * h + 1.0
    h.backward()
    return float(first.grad)


def _weight_gradient(v: Values) -> float:
    w, h = _leaf(v["w"]), torch.zeros((), dtype=torch.float64)
    for x in (v["x1"], v["x2"], v["x3"]):
        h = w * h + x
    h.backward()
    return float(w.grad)


def _clip(v: Values) -> float:
    p = nn.Parameter(torch.zeros(2, dtype=torch.float64))
    p.grad = torch.tensor([v["g1"], v["g2"]], dtype=torch.float64)
    nn.utils.clip_grad_norm_([p], v["tau"])
    return float(p.grad[0])


def _leaky(v: Values) -> float:
    mean = 0.0
    for step in range(v["k"] + 1):
        mean = v["alpha"] * mean + (1 - v["alpha"]) * (1.0 if step == 0 else 0.0)
    return mean


def _xavier(v: Values) -> float:
    bound = nn.init.xavier_uniform_(torch.empty(v["n"], v["n"])).abs().max()
    gain = nn.init.calculate_gain("linear")
    exact = gain * np.sqrt(2.0 / (v["n"] + v["n"]))
    assert bound <= np.sqrt(3) * exact + 1e-6
    return float(exact)


def _jacobian_norm(v: Values) -> float:
    """σ_max(W)=sigma at a point where every slope is 1/4: the bound is reached."""
    w = v["sigma"] * torch.eye(2, dtype=torch.float64)
    h0 = torch.zeros(2, dtype=torch.float64)

    def run(h: torch.Tensor) -> torch.Tensor:
        for _ in range(v["T"]):
            h = torch.sigmoid((h - h.detach()) @ w)
        return h

    jacobian = torch.autograd.functional.jacobian(run, h0)
    return float(torch.linalg.matrix_norm(jacobian, 2))


def _skip_steps(v: Values) -> int:
    """Breadth-first over the steps."""
    far, at = 0, {v["T"]}
    while 0 not in at:
        at = {t - d for t in at for d in (1, v["k"]) if t >= d}
        far += 1
    return far


INDEPENDENT: dict[str, Callable[[Values], float]] = {
    "bptt_skip_steps": _skip_steps,
    "bptt_square_of_sum": _square_of_sum,
    "bptt_sigmoid_bound": _sigmoid_bound,
    "bptt_linear_gradient": _linear_gradient,
    "bptt_weight_gradient": _weight_gradient,
    "bptt_clip_by_norm": _clip,
    "bptt_leaky_weight": _leaky,
    "bptt_xavier_std": _xavier,
    "bptt_jacobian_norm": _jacobian_norm,
}
