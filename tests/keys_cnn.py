"""Keys of chapter 12 once more, each by another way than its generator: torch and loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

Values = Mapping[str, Any]


def _side(layer: nn.Module, size: int, channels: int = 1) -> int:
    """The side of what ``layer`` makes of a square image."""
    with torch.no_grad():
        return int(layer(torch.zeros(1, channels, size, size)).shape[-1])


def _count(*layers: nn.Module) -> int:
    return sum(p.numel() for layer in layers for p in layer.parameters())


def _macs(v: Values) -> int:
    """Every place of the output sees K·K·C numbers, once for each output channel."""
    side = _side(nn.Conv2d(1, 1, v["K"], v["S"], padding=1), v["I"])
    return sum(v["K"] * v["K"] * v["C"] for _ in range(v["M"] * side * side))


def _field(v: Values) -> int:
    """The pixels of a line that move the middle of the output."""
    stack = nn.Sequential(
        nn.Conv1d(1, 1, v["K1"]), nn.AvgPool1d(v["Q"], v["Q"]), nn.Conv1d(1, 1, v["K2"])
    ).double()
    with torch.no_grad():
        for p in stack.parameters():
            p.fill_(1.0)
    x = torch.zeros(1, 1, 80, dtype=torch.float64, requires_grad=True)
    y = stack(x)
    y[0, 0, y.shape[-1] // 2].backward()
    assert x.grad is not None
    return int((x.grad != 0).sum())


def _unfolded(v: Values) -> int:
    x = torch.zeros(v["N"], v["C"], v["I"], v["I"])
    columns = nn.functional.unfold(x, v["K"], stride=v["S"])  # (N, C K K, places)
    return columns.shape[0] * columns.shape[2]


def _correlation(v: Values) -> float:
    x = torch.tensor([[v[f"x{i}{j}"] for j in range(3)] for i in range(3)], dtype=torch.float64)
    w = torch.tensor([[v[f"w{i}{j}"] for j in range(2)] for i in range(2)], dtype=torch.float64)
    return float(nn.functional.conv2d(x[None, None], w[None, None])[0, 0, 1, 0])


def _covered(v: Values) -> float:
    size = 60
    x = torch.ones(1, 1, size, size)
    columns = nn.functional.unfold(x, v["K"], stride=v["S"])
    back = nn.functional.fold(columns, (size, size), v["K"], stride=v["S"])
    return float(back[0, 0, size // 2, size // 2])


INDEPENDENT: dict[str, Callable[[Values], Any]] = {
    "conv_output_size": lambda v: _side(nn.Conv2d(1, 1, v["K"], v["S"], v["P"]), v["I"]),
    "dilated_output_size": lambda v: _side(nn.Conv2d(1, 1, v["K"], dilation=v["D"]), v["I"]),
    "transposed_output_size": lambda v: _side(
        nn.ConvTranspose2d(1, 1, v["K"], v["S"], v["P"]), v["I"]
    ),
    "conv_parameters": lambda v: _count(nn.Conv2d(v["C"], v["M"], v["K"])),
    "conv_macs": _macs,
    "receptive_field": _field,
    "im2col_size": _unfolded,
    "grouped_parameters": lambda v: _count(
        nn.Conv2d(v["C"], v["M"], v["K"], groups=v["G"], bias=False)
    ),
    "separable_weights": lambda v: _count(
        nn.Conv2d(v["C"], v["C"], v["K"], groups=v["C"], bias=False),
        nn.Conv2d(v["C"], v["M"], 1, bias=False),
    ),
    "conv_by_hand": _correlation,
    "lp_pooling": lambda v: float(
        nn.LPPool2d(2, 2)(
            torch.tensor([[[[v["a"], v["b"]], [v["c"], v["d"]]]]], dtype=torch.float64)
        )
    ),
    "covering_windows": _covered,
}
