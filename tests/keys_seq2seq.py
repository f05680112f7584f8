"""Keys of chapter 05 once more, each by another way than its generator: torch and brute force."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from eshikaku.models.seq2seq import Decoder, Encoder
from eshikaku.nn import GRU

Values = Mapping[str, Any]


def _size(layer: Any) -> int:
    return sum(p.size for p in layer.params.values())


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _parameters(v: Values) -> int:
    """The course's own encoder and decoder: every array counted."""
    encoder = Encoder(v["Vx"], v["D"], v["H"], _rng())
    return _size(encoder) + _size(Decoder(v["Vy"], v["D"], v["H"], _rng()))


def _torch_gru(inputs: int, hidden: int) -> int:
    """PyTorch's count less its second bias."""
    layer = nn.GRU(inputs, hidden)
    return sum(p.numel() for name, p in layer.named_parameters() if name != "bias_hh_l0")


def _masked(v: Values) -> float:
    """``CrossEntropyLoss(ignore_index)`` on logits that give these probabilities of class 1."""
    rows = [v[name] for name in ("a1", "a2", "a3", "a4", "b1", "b2", "p1", "p2")]
    p = torch.exp(-torch.tensor(rows, dtype=torch.float64))
    logits = torch.stack([torch.zeros_like(p), p.log(), torch.log1p(-p)], dim=1)
    logits[:, 0] = -torch.inf
    target = torch.tensor([1] * 6 + [0] * 2)
    return float(nn.CrossEntropyLoss(ignore_index=0)(logits, target))


def _beam(v: Values) -> float:
    """Every path of two words; only those of the two best beginnings may stay."""
    paths = {
        (first, second): v[f"p{first}"] * v[first + second]
        for first, second in itertools.product("abc", "xyz")
    }
    kept = sorted("abc", key=lambda first: v[f"p{first}"])[1:]
    return max(p for (first, _), p in paths.items() if first in kept)


def _length_norm(v: Values) -> float:
    candidates = [[v["p1"], v["p2"]], [v["q1"], v["q2"], v["q3"], v["q4"]]]
    return max(float(np.mean(c)) for c in candidates)


def _candidates(v: Values) -> int:
    """A beam search that counts what it scores."""
    beams, scored = [0.0], 0
    rng = _rng()
    for _ in range(v["T"]):
        scores = [b + math.log(p) for b in beams for p in rng.dirichlet(np.ones(v["V"]))]
        scored += len(scores)
        beams = sorted(scores)[-v["k"] :]
    return scored


def _temperature(v: Values) -> float:
    logits = torch.tensor([v["z1"], v["z2"], v["z3"]], dtype=torch.float64)
    return float(torch.softmax(logits / v["tau"], dim=0)[0])


def _top_k(v: Values) -> float:
    """Logits outside the k best are −∞, as torch users write it."""
    logits = torch.tensor([v[f"p{n}"] for n in range(1, 6)], dtype=torch.float64).log()
    floor = torch.topk(logits, v["k"]).values[-1]
    return float(torch.softmax(logits.masked_fill(logits < floor, -torch.inf), dim=0)[1])


def _top_p(v: Values) -> int:
    probabilities = torch.tensor([v[f"p{n}"] for n in range(1, 6)], dtype=torch.float64)
    return int((probabilities.cumsum(0) < v["p"] - 1e-9).sum()) + 1


INDEPENDENT: dict[str, Callable[[Values], float]] = {
    "seq2seq_top_p": _top_p,
    "seq2seq_parameter_count": _parameters,
    "seq2seq_context_extra": lambda v: (
        _size(GRU(v["D"] + v["H"], v["H"], _rng())) - _size(GRU(v["D"], v["H"], _rng()))
    ),
    "seq2seq_double_hidden": lambda v: _torch_gru(v["D"], v["H2"]) - _torch_gru(v["D"], v["H"]),
    "seq2seq_masked_loss": _masked,
    "seq2seq_beam_by_hand": _beam,
    "seq2seq_length_norm": _length_norm,
    "seq2seq_beam_candidates": _candidates,
    "seq2seq_temperature": _temperature,
    "seq2seq_top_k": _top_k,
}
