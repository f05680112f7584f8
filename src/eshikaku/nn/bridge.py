"""Weights between these layers and PyTorch's: the one place that transposes and renames.

| here | PyTorch |
|---|---|
| W_x (D, kH), W_h (H, kH) | weight_ih (kH, D), weight_hh (kH, H) |
| b_x, b_h | bias_ih, bias_hh |
| one bias b | bias_ih = b, bias_hh = 0 (back: their sum) |
| GRU `update="renew"` | the z slice with the opposite sign, as 1 − σ(a) = σ(−a) |
| Stack, Bidirectional | suffixes _l0, _l1, …, _reverse |
| W, b of a convolution | weight, bias, in the same shapes |
| gamma, beta; buffers running_mean, running_var | weight, bias; the buffers of the same names |
| MultiheadAttention W_in, b_in, W_o, b_o | in_proj_weight, in_proj_bias, out_proj.weight, .bias |
| Sequential, Transformer… | the same names in front: 0.W, 0.weight |

Only this module imports torch, and only inside its functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eshikaku.nn import feedforward_bridge as feedforward
from eshikaku.nn.affine import Affine
from eshikaku.nn.elementwise import Sequential
from eshikaku.nn.embedding import Embedding
from eshikaku.nn.functions import Array
from eshikaku.nn.gru import GRU, GRUCell
from eshikaku.nn.layer import Layer, LayerT
from eshikaku.nn.lstm import LSTM, LSTMCell
from eshikaku.nn.multihead import MultiheadAttention
from eshikaku.nn.rnn import RNN, RNNCell
from eshikaku.nn.transformer import TransformerDecoderLayer, TransformerEncoderLayer
from eshikaku.nn.wrappers import Bidirectional, Stack

if TYPE_CHECKING:
    import torch

_ATTENTION = {
    "W_in": "in_proj_weight",
    "b_in": "in_proj_bias",
    "W_o": "out_proj.weight",
    "b_o": "out_proj.bias",
}
Recurrent = RNN | LSTM | GRU
Cell = RNNCell | LSTMCell | GRUCell


class _Leaf(NamedTuple):
    """One layer with parameters of its own, where it stands here and in the torch module."""

    layer: Layer
    name: str  # "layer0.forward." here
    suffix: str  # "_l0" there
    prefix: str = ""  # "0." there, in front of the name


def to_torch(layer: Layer, module: torch.nn.Module | None = None) -> torch.nn.Module:
    """Copy the parameters and buffers into `module`, or into a new torch module of the same kind.

    Raises: ValueError where PyTorch has no such layer (peepholes, GRU with reset "before", other
    activations), or where `module` has other parameters.
    """
    import torch

    module = _new_module(layer) if module is None else module
    arrays = _to_torch_arrays(layer)
    targets = dict(module.named_parameters())
    _same_names(set(arrays), set(targets))
    with torch.no_grad():
        for name, value in arrays.items():
            if tuple(targets[name].shape) != value.shape:
                raise ValueError(
                    f"{name} の形が違います: {value.shape} と {tuple(targets[name].shape)}"
                )
            targets[name].copy_(torch.from_numpy(np.ascontiguousarray(value)))
        for name, buffer in module.named_buffers():
            if name in layer.buffers:
                buffer.copy_(torch.from_numpy(layer.buffers[name]))
    return module


def from_torch(module: torch.nn.Module, layer: LayerT) -> LayerT:
    """Copy the parameters and buffers of a torch module into `layer`.

    Raises: ValueError where the layer cannot hold them.
    """
    arrays = {name: p.detach().numpy() for name, p in module.named_parameters()}
    _same_names(set(_to_torch_arrays(layer)), set(arrays))
    for name, value in _from_torch_arrays(layer, arrays, gradients=False).items():
        layer.params[name] = value
    for name, buffer in module.named_buffers():
        if name in layer.buffers:
            layer.buffers[name] = buffer.detach().numpy()
    return layer


def torch_grads(module: torch.nn.Module, layer: Layer) -> dict[str, Array]:
    """The gradients of a torch module under this layer's names and in its shapes."""
    arrays = {
        name: np.zeros(tuple(p.shape)) if p.grad is None else p.grad.numpy()
        for name, p in module.named_parameters()
    }
    _same_names(set(_to_torch_arrays(layer)), set(arrays))
    return _from_torch_arrays(layer, arrays, gradients=True)


def _leaves(layer: Layer) -> list[_Leaf]:
    if isinstance(layer, Stack):
        return [
            leaf
            for k, inner in enumerate(layer.layers)
            for leaf in _directions(inner, f"layer{k}.", f"_l{k}")
        ]
    if layer.children and not isinstance(layer, Bidirectional):
        return [
            _Leaf(leaf.layer, f"{k}.{leaf.name}", leaf.suffix, f"{k}.{leaf.prefix}")
            for k, inner in layer.children.items()
            for leaf in _leaves(inner)
        ]
    return _directions(layer, "", "_l0")


def _directions(layer: Layer, name: str, suffix: str) -> list[_Leaf]:
    if isinstance(layer, Bidirectional):
        return [
            _Leaf(layer.children["forward"], f"{name}forward.", suffix),
            _Leaf(layer.children["reverse"], f"{name}reverse.", f"{suffix}_reverse"),
        ]
    return [_Leaf(layer, name, suffix if isinstance(layer, Recurrent) else "")]


def _to_torch_arrays(layer: Layer) -> dict[str, Array]:
    return {
        f"{leaf.prefix}{name}{leaf.suffix}": value
        for leaf in _leaves(layer)
        for name, value in _leaf_to_torch(leaf.layer).items()
    }


def _leaf_to_torch(layer: Layer) -> dict[str, Array]:
    p = layer.params
    if feedforward.knows(layer):
        return {feedforward.NAMES[name]: value for name, value in p.items()}
    if isinstance(layer, MultiheadAttention):
        return {_ATTENTION[name]: value.T for name, value in p.items()}
    if isinstance(layer, Affine):
        return {"weight": p["W"].T} | ({"bias": p["b"]} if "b" in p else {})
    if isinstance(layer, Embedding):
        return {"weight": p["W"]}
    _require_torch_form(layer)
    sign = _signs(layer)
    one = p["b_h"] if isinstance(layer, RNN | RNNCell) else p.get("b")
    b_x, b_h = (p["b_x"], p["b_h"]) if one is None else (one, np.zeros_like(one))
    return {
        "weight_ih": (sign * p["W_x"]).T,
        "weight_hh": (sign * p["W_h"]).T,
        "bias_ih": sign * b_x,
        "bias_hh": sign * b_h,
    }


def _from_torch_arrays(
    layer: Layer, arrays: dict[str, Array], *, gradients: bool
) -> dict[str, Array]:
    result = {}
    for leaf in _leaves(layer):
        own = {
            name: arrays[f"{leaf.prefix}{name}{leaf.suffix}"] for name in _leaf_to_torch(leaf.layer)
        }
        for name, value in _leaf_from_torch(leaf.layer, own, gradients).items():
            result[f"{leaf.name}{name}"] = value
    return result


def _leaf_from_torch(layer: Layer, arrays: dict[str, Array], gradients: bool) -> dict[str, Array]:
    if feedforward.knows(layer):
        return {name: arrays[feedforward.NAMES[name]] for name in layer.params}
    if isinstance(layer, MultiheadAttention):
        return {name: arrays[_ATTENTION[name]].T for name in layer.params}
    if isinstance(layer, Affine):
        bias = {"b": arrays["bias"]} if "bias" in arrays else {}
        return {"W": arrays["weight"].T} | bias
    if isinstance(layer, Embedding):
        return {"W": arrays["weight"]}
    sign = _signs(layer)
    weights = {"W_x": sign * arrays["weight_ih"].T, "W_h": sign * arrays["weight_hh"].T}
    b_x, b_h = sign * arrays["bias_ih"], sign * arrays["bias_hh"]
    if "b_x" in layer.params:
        return weights | {"b_x": b_x, "b_h": b_h}
    name = "b_h" if isinstance(layer, RNN | RNNCell) else "b"
    if gradients:
        return weights | {name: b_x}  # b stands where bias_ih stands
    if isinstance(layer, GRU | GRUCell) and np.any(b_h[2 * layer.hidden_size :]):
        raise ValueError("この GRU は bias_hh を持てません。biases=2 で作ります。")
    return weights | {name: b_x + b_h}


def _signs(layer: Layer) -> Array:
    """−1 for the z slice of a GRU that renews with z, 1 elsewhere: (kH,)."""
    sign = np.ones_like(layer.params["W_x"][0])
    if isinstance(layer, GRU | GRUCell) and layer.update == "renew":
        sign[layer.hidden_size : 2 * layer.hidden_size] = -1
    return sign


def _require_torch_form(layer: Layer) -> None:
    if isinstance(layer, RNN | RNNCell):
        fits = layer.activation.name in ("tanh", "relu")
    elif isinstance(layer, GRU | GRUCell):
        fits = layer.reset == "after"
    elif isinstance(layer, LSTM | LSTMCell):
        names = (layer.gate_activation.name, layer.activation.name)
        fits = names == ("sigmoid", "tanh") and not layer.peephole
    else:
        fits = False
    if not fits:
        raise ValueError(f"PyTorch に同じ形の層がありません: {layer!r}")


def _new_module(layer: Layer) -> torch.nn.Module:
    import torch

    if isinstance(layer, Sequential):
        return torch.nn.Sequential(*map(_new_module, layer.layers))
    arrays = [*layer.params.values(), *layer.buffers.values()]
    dtype = getattr(torch, arrays[0].dtype.name) if arrays else None
    if feedforward.knows(layer):
        return feedforward.new_module(layer, dtype)
    if isinstance(layer, MultiheadAttention):
        return torch.nn.MultiheadAttention(
            layer.embed_dim, layer.num_heads, batch_first=True, dtype=dtype
        )
    if isinstance(layer, TransformerEncoderLayer | TransformerDecoderLayer):
        return getattr(torch.nn, type(layer).__name__)(
            layer.d_model,
            layer.nhead,
            layer.dim_feedforward,
            layer.dropout_p,
            layer.activation_name,
            norm_first=layer.norm_first,
            batch_first=True,
            dtype=dtype,
        )
    leaves = [leaf.layer for leaf in _leaves(layer)]
    first = leaves[0]
    if isinstance(first, Affine):
        return torch.nn.Linear(*first.params["W"].shape, bias="b" in first.params, dtype=dtype)
    if isinstance(first, Embedding):
        return torch.nn.Embedding(*first.params["W"].shape, dtype=dtype)
    if not isinstance(first, Recurrent | Cell):
        raise ValueError(f"PyTorch に同じ形の層がありません: {layer!r}")
    _require_torch_form(first)
    kind = getattr(torch.nn, type(first).__name__)
    options: dict[str, Any] = {"dtype": dtype}
    if isinstance(first, RNN | RNNCell):
        options["nonlinearity"] = first.activation.name
    if isinstance(first, Recurrent):
        bidirectional = any(leaf.suffix.endswith("_reverse") for leaf in _leaves(layer))
        depth = len(layer.layers) if isinstance(layer, Stack) else 1
        dropouts = layer.dropouts if isinstance(layer, Stack) else []
        options |= {"num_layers": depth, "bidirectional": bidirectional}
        options["dropout"] = dropouts[0].p if dropouts else 0.0
    return kind(first.input_size, first.hidden_size, **options)


def _same_names(ours: set[str], theirs: set[str]) -> None:
    if ours != theirs:
        raise ValueError(
            f"対応する名前がありません: {sorted(ours - theirs)} / {sorted(theirs - ours)}"
        )
