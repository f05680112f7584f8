"""Keys of chapter 13 once more, each by another way than its generator: torch and counting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

Values = Mapping[str, Any]


def _four(v: Values) -> torch.Tensor:
    return torch.tensor([[float(v[name])] for name in "abcd"], dtype=torch.float64)


def _batchnorm(v: Values) -> float:
    norm = nn.BatchNorm1d(1, eps=1e-30).double()
    with torch.no_grad():
        norm.weight.fill_(v["g"])
        norm.bias.fill_(v["s"])
        return float(norm(_four(v))[3, 0])


def _running(v: Values) -> float:
    norm = nn.BatchNorm1d(1, momentum=v["m"]).double()
    assert norm.running_var is not None
    norm.running_var.fill_(v["r"])
    norm(_four(v))
    return float(norm.running_var)


def _sharing(v: Values) -> int:
    """The values whose output moves when one of them does."""
    norm = nn.GroupNorm(v["G"], v["C"], affine=False).double()
    torch.manual_seed(0)
    x = torch.randn(v["N"], v["C"], v["H"], v["H"], dtype=torch.float64)
    moved = x.clone()
    moved[0, 0, 0, 0] += 1
    return int((norm(x) != norm(moved)).sum())


def _count(*layers: nn.Module) -> int:
    return sum(p.numel() for layer in layers for p in layer.parameters())


def _conv(C: int, M: int, K: int, groups: int = 1) -> nn.Module:
    return nn.Conv2d(C, M, K, padding=K // 2, groups=groups, bias=False)


def _macs(layer: nn.Module, side: int) -> int:
    """Weights of one output channel, for every output."""
    weight = next(layer.parameters())
    return sum(kernel.numel() * side * side for kernel in weight)


def _separable(v: Values, K: int) -> int:
    depthwise, pointwise = _conv(v["C"], v["C"], K, v["C"]), _conv(v["C"], v["M"], 1)
    return _macs(depthwise, v["H"]) + _macs(pointwise, v["H"])


def _dense(v: Values) -> int:
    x = torch.zeros(1, v["C"], 2, 2)
    for _ in range(v["L"]):
        x = torch.cat([x, _conv(x.shape[1], v["k"], 3)(x)], dim=1)
    return _conv(x.shape[1], x.shape[1] // 2, 1)(x).shape[1]


INDEPENDENT: dict[str, Callable[[Values], Any]] = {
    "batchnorm_by_hand": _batchnorm,
    "running_variance": _running,
    "statistics_size": _sharing,
    "norm_parameters": lambda v: (
        _count(nn.LayerNorm((v["C"], v["H"], v["H"]))) - _count(nn.BatchNorm2d(v["C"]))
    ),
    "residual_parameters": lambda v: _count(
        _conv(v["C"], v["M"], 3), _conv(v["M"], v["M"], 3), _conv(v["C"], v["M"], 1)
    ),
    "bottleneck_parameters": lambda v: _count(
        _conv(v["C"], v["B"], 1), _conv(v["B"], v["B"], 3), _conv(v["B"], v["C"], 1)
    ),
    "separable_ratio": lambda v: (
        _separable(v, v["K"]) / _macs(_conv(v["C"], v["M"], v["K"]), v["H"])
    ),
    "separable_macs": lambda v: _separable(v, 3),
    "densenet_channels": _dense,
}
