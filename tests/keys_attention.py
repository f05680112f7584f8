"""Keys of chapter 07 once more, each by another way than its generator: torch and loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from eshikaku.nn import AdditiveAttention

Values = Mapping[str, Any]


def _tensor(*rows: Any) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def _weight(v: Values) -> float:
    return float(torch.softmax(_tensor(v["e1"], v["e2"], v["e3"]), dim=0)[0])


def _by_hand(v: Values) -> float:
    out = nn.functional.scaled_dot_product_attention(
        _tensor(v["q"]),
        _tensor(v["k1"], v["k2"], v["k3"]),
        _tensor(v["v1"], v["v2"], v["v3"])[:, None],
    )
    return float(out)


def _deviation(v: Values) -> float:
    """Exact: components ±1 have mean 0 and variance 1; their product sums to a binomial walk."""
    from scipy.stats import binom

    return float(2 * binom(v["d"], 0.5).std())


def _score_gradient(v: Values) -> float:
    e = torch.log(_tensor(v["a1"], v["a2"], v["a3"])).requires_grad_()
    (torch.softmax(e, dim=0) * _tensor(v["g1"], v["g2"], v["g3"])).sum().backward()
    assert e.grad is not None
    return float(e.grad[0])


def _parameters(v: Values) -> int:
    layer = AdditiveAttention(v["q"], v["k"], v["A"], np.random.default_rng(0))
    return sum(p.size for p in layer.params.values())


def _score_count(v: Values) -> int:
    query, keys = torch.zeros(v["N"], v["L"], 3), torch.zeros(v["N"], v["T"], 3)
    return (query @ keys.mT).numel()


def _decoder_input(v: Values) -> int:
    """The width of what the decoder receives, from a bidirectional encoder that has really run."""
    output, _ = nn.GRU(v["D"], v["H"], bidirectional=True)(torch.zeros(5, 1, v["D"]))
    return torch.cat([torch.zeros(1, v["D"]), output.mean(dim=0)], dim=1).shape[1]


def _masked_weight(v: Values) -> float:
    """Attention over values that pick the first place, its third key masked by torch."""
    scores = _tensor(v["e1"], v["e2"], v["e3"])[:, None]
    out = nn.functional.scaled_dot_product_attention(
        _tensor([1.0]), scores, _tensor(1.0, 0.0, 0.0)[:, None],
        attn_mask=torch.tensor([[True, True, False]]),
    )  # fmt: skip
    return float(out)


def _three_states(v: Values) -> Mapping[str, float]:
    h = _tensor(v["h1"], v["h2"], v["h3"])
    out = nn.functional.scaled_dot_product_attention(
        _tensor(v["s"]), h, torch.cat([h, torch.eye(3, dtype=torch.float64)], dim=1), scale=1.0
    )[0]
    return {
        "score": float(np.einsum("d,d->", v["s"], v["h3"])),
        "weight": float(out[4]),
        "context": float(out[0]),
    }


def _context(v: Values) -> float:
    """The weights as torch's softmax of their logarithms."""
    scores = torch.log(_tensor(v["a1"], v["a2"], v["a3"]))[:, None]
    out = nn.functional.scaled_dot_product_attention(
        _tensor([1.0]), scores, _tensor(v["h1"], v["h2"], v["h3"])[:, None], scale=1.0
    )
    return float(out)


def _additive_memory(v: Values) -> float:
    shape = (v["N"], v["L"], 1, v["A"]), (v["N"], 1, v["T"], v["A"])
    q, k = (torch.empty(s, dtype=torch.float32, device="meta") for s in shape)
    return (q + k).nbytes / 1e6


def _causal_weight(v: Values) -> float:
    """Values that pick the first place; torch makes the mask."""
    x = torch.zeros(1, v["T"], 1, dtype=torch.float64)
    first = torch.eye(v["T"], dtype=torch.float64)[:, :1][None]
    out = nn.functional.scaled_dot_product_attention(x, x, first, is_causal=True)
    return float(out[0, v["i"] - 1])


INDEPENDENT: dict[str, Callable[[Values], Any]] = {
    "attention_weight": _weight,
    "attention_by_hand": _by_hand,
    "attention_dot_deviation": _deviation,
    "attention_score_gradient": _score_gradient,
    "attention_parameters": _parameters,
    "attention_score_count": _score_count,
    "attention_decoder_input": _decoder_input,
    "attention_masked_weight": _masked_weight,
    "attention_three_states": _three_states,
    "attention_context": _context,
    "attention_additive_memory": _additive_memory,
    "attention_causal_weight": _causal_weight,
}
