"""The torch modules of the layers that take one array and give one (a part of `bridge`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from eshikaku.nn.convolution import Conv1d, Conv2d, Convolution, ConvTranspose2d
from eshikaku.nn.dropout import Dropout
from eshikaku.nn.elementwise import GELU, Flatten, LeakyReLU, ReLU, Sigmoid, Tanh
from eshikaku.nn.layer import Layer
from eshikaku.nn.normalisation import (
    BatchNorm1d,
    BatchNorm2d,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
)
from eshikaku.nn.pooling import AdaptiveAvgPool2d, AvgPool2d, LPPool2d, MaxPool2d, Pool2d, Upsample

if TYPE_CHECKING:
    import torch

NAMES = {"W": "weight", "b": "bias", "gamma": "weight", "beta": "bias"}


def knows(layer: Layer) -> bool:
    """Is there a torch module for a layer of this kind?"""
    return type(layer) in SETTINGS


def new_module(layer: Layer, dtype: Any) -> torch.nn.Module:
    """A torch module of the same kind, settings and mode, with weights of its own.

    Raises: ValueError for settings that the torch module lacks.
    """
    from torch import nn as torch_nn

    positional, named = SETTINGS[type(layer)](layer)
    if dtype is not None:
        named["dtype"] = dtype
    return getattr(torch_nn, type(layer).__name__)(*positional, **named).train(layer.training)


Settings = tuple[tuple[Any, ...], dict[str, Any]]


def _convolution(layer: Convolution) -> Settings:
    if layer.before != layer.after:  # "same" of an even kernel is torch's too, causal is not
        if isinstance(layer, Conv1d):
            raise ValueError(
                "PyTorch の Conv1d に causal はありません。渡す module を自分で作ります。"
            )
        padding: Any = "same"
    else:
        padding = layer.before
    named: dict[str, Any] = {
        "kernel_size": layer.kernel,
        "stride": layer.stride,
        "padding": padding,
        "dilation": layer.dilation,
    }
    if isinstance(layer, Conv1d):
        named = {name: value[1] for name, value in named.items()}
    if isinstance(layer, ConvTranspose2d):
        named["output_padding"] = layer.output_padding
    named |= {"groups": layer.groups, "bias": "b" in layer.params}
    return (layer.in_channels, layer.out_channels), named


def _pool(layer: Pool2d) -> Settings:
    named: dict[str, Any] = {
        "kernel_size": layer.kernel,
        "stride": layer.stride,
        "padding": layer.padding,
    }
    if isinstance(layer, AvgPool2d):
        named["count_include_pad"] = layer.count_include_pad
    return (), named


def _norm(layer: Any) -> Settings:
    named = {"eps": layer.eps}
    if isinstance(layer, LayerNorm):
        return (layer.normalized_shape,), named | {"elementwise_affine": layer.affine}
    named["affine"] = layer.affine
    if isinstance(layer, GroupNorm):
        return (layer.num_groups, layer.num_channels), named
    if isinstance(layer, BatchNorm1d | BatchNorm2d):
        named["momentum"] = layer.momentum
    return (layer.num_features,), named


def _lp(layer: LPPool2d) -> Settings:
    return (layer.p, layer.kernel, layer.stride), {}


def _upsample(layer: Upsample) -> Settings:
    return (), {"scale_factor": layer.scale_factor, "mode": layer.mode}


SETTINGS: dict[type[Layer], Callable[[Any], Settings]] = {
    Conv1d: _convolution,
    Conv2d: _convolution,
    ConvTranspose2d: _convolution,
    MaxPool2d: _pool,
    AvgPool2d: _pool,
    LPPool2d: _lp,
    AdaptiveAvgPool2d: lambda layer: ((layer.output_size,), {}),
    Upsample: _upsample,
    BatchNorm1d: _norm,
    BatchNorm2d: _norm,
    LayerNorm: _norm,
    InstanceNorm2d: _norm,
    GroupNorm: _norm,
    ReLU: lambda layer: ((), {}),
    Sigmoid: lambda layer: ((), {}),
    Tanh: lambda layer: ((), {}),
    LeakyReLU: lambda layer: ((layer.negative_slope,), {}),
    GELU: lambda layer: ((), {"approximate": layer.approximate}),
    Dropout: lambda layer: ((layer.p,), {}),
    Flatten: lambda layer: ((), {}),
}
