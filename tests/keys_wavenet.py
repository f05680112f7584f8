"""Keys of chapter 22 once more, each by another way than its generator: torch, loops, sampling."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

Values = Mapping[str, Any]


def _chain(v: Values) -> float:
    """The joint table of all eight sequences, built from a transition matrix; one entry of it."""
    start = np.array([1 - v["a"], v["a"]])
    move = np.array([[1 - v["c"], v["c"]], [1 - v["b"], v["b"]]])
    joint = np.einsum("i,ij,jk->ijk", start, move, move)
    assert abs(joint.sum() - 1) < 1e-12
    return float(joint[v["x1"], v["x2"], v["x3"]])


def _bits(v: Values) -> float:
    """The image has the probability 2^(−bits · dims), with ln 2 as the question gives it."""
    values = sum(1 for _ in itertools.product(range(v["I"]), range(v["I"]), range(v["C"])))
    low, high = 0.0, 64.0
    for _ in range(60):  # bisection on bits · dims · 0.693 = L
        middle = (low + high) / 2
        low, high = (middle, high) if middle * values * 0.693 < v["L"] else (low, middle)
    return low


def _seen(dilations: list[int], kernel: int) -> int:
    """Inputs with a gradient at the last output of a causal stack of ones."""
    reach = sum(dilations) * (kernel - 1) + 3
    x = torch.zeros(1, 1, reach, dtype=torch.float64, requires_grad=True)
    y: Any = x
    for d in dilations:
        y = nn.functional.pad(y, (d * (kernel - 1), 0))
        y = nn.functional.conv1d(y, torch.full((1, 1, kernel), 0.5, dtype=y.dtype), dilation=d)
    y[0, 0, -1].backward()
    assert x.grad is not None
    return int((x.grad != 0).sum())


def _layers(v: Values) -> int:
    """Add layers until the places reached by the last output cover the time."""
    need, places, layers = round(v["rate"] * v["ms"] / 1000), {0}, 0
    while len(places) < need:
        places |= {p + 2**layers for p in places}
        layers += 1
    return layers


def _mu(v: Values) -> float:
    """Invert the expansion ((1 + μ)^|y| − 1) / μ by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (256**middle - 1) / 255 < v["top"] / 255 else (low, middle)
    return v["sign"] * low


def _block(v: Values) -> int:
    layers = (
        nn.Conv1d(v["C"], v["C"], v["K"], dilation=v["D"]),
        nn.Conv1d(v["C"], v["C"], v["K"], dilation=v["D"]),
        nn.Conv1d(v["C"], v["C"], 1),
        nn.Conv1d(v["C"], v["S"], 1),
    )
    return sum(p.numel() for layer in layers for p in layer.parameters())


def _masked(v: Values) -> int:
    """Walk over the kernel in the order of reading and stop at its centre."""
    used = 0
    for place in range(v["K"] ** 2):
        row, column = divmod(place, v["K"])
        centre = (row, column) == (v["K"] // 2, v["K"] // 2)
        if centre:
            used += v["kind"] == "B"
            break
        used += 1
    return used * nn.Conv2d(v["C"], v["M"], 1, bias=False).weight.numel()


def _blind(v: Values) -> int:
    """Earlier pixels without a gradient under many masked 3×3 convolutions of ones."""
    height, width = v["i"] + 1, v["W"]
    kernel = torch.tensor([[1.0, 1, 1], [1, 1, 0], [0, 0, 0]], dtype=torch.float64)
    x = torch.zeros(1, 1, height, width, dtype=torch.float64, requires_grad=True)
    y: Any = x
    for _ in range(width + height):
        y = nn.functional.conv2d(y, kernel[None, None] / 5, padding=1)
    y[0, 0, v["i"], v["j"]].backward()
    assert x.grad is not None
    seen = x.grad[0, 0] != 0
    return sum(
        not seen[i, j]
        for i, j in itertools.product(range(height), range(width))
        if (i, j) < (v["i"], v["j"])
    )


INDEPENDENT: dict[str, Callable[[Values], Any]] = {
    "chain_probability": _chain,
    "bits_per_dim": _bits,
    "causal_field": lambda v: _seen([2**k for k in range(v["n"])] * v["B"], v["K"]),
    "layers_needed": _layers,
    "mu_law_code": _mu,
    "gated_unit": lambda v: float(
        torch.round(torch.tanh(torch.tensor(v["a"])), decimals=3)
        * torch.round(torch.sigmoid(torch.tensor(v["b"])), decimals=3)
    ),
    "block_parameters": _block,
    "masked_weights": _masked,
    "blind_pixels": _blind,
}
