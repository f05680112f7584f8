"""Keys of chapter 08 once more, each by another way than its generator: torch, SciPy, loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from scipy.spatial import distance
from scipy.stats import gmean
from torch import nn

from eshikaku.models.ngram import NGram
from eshikaku.models.word2vec import CBOW, Sampler, keep_probability

Values = Mapping[str, Any]


def _one_hot(v: Values) -> float:
    vectors = torch.empty(v["T"], v["V"], dtype=torch.float32, device="meta")
    return vectors.numel() * vectors.element_size() / 1e6


def _pairs(v: Values) -> int:
    T, c = v["T"], v["c"]
    return sum(i != j and abs(i - j) <= c for i in range(T) for j in range(T))


def _ppmi(v: Values) -> float:
    """From the probabilities, not the counts."""
    joint = v["both"] / v["total"]
    pmi = np.log2(joint) - np.log2(v["first"] / v["total"]) - np.log2(v["second"] / v["total"])
    return max(0.0, float(pmi))


def _counts(v: Values) -> Mapping[str, float]:
    from scipy.stats.contingency import expected_freq

    table = np.array([[v[f"c{i}{j}"] for j in (1, 2, 3)] for i in (1, 2)], float)
    return {"total": int(table.sum()), "ratio": float((table / expected_freq(table))[0, 0])}


def _parameters(v: Values) -> int:
    small = CBOW(7, v["D"], np.random.default_rng(0))  # a small V: each word has its own rows
    return sum(p.size for p in small.params.values()) * v["V"] // 7


def _negative_gradient(v: Values) -> float:
    h = torch.tensor(v["h"], dtype=torch.float64)
    w = torch.tensor(v["w"], dtype=torch.float64, requires_grad=True)
    target = torch.tensor(float(v["t"]), dtype=torch.float64)
    nn.functional.binary_cross_entropy_with_logits(h @ w, target).backward()
    assert w.grad is not None
    return float(w.grad[0])


def _power(v: Values) -> float:
    return float(Sampler(np.array([v["n1"], v["n2"], v["n3"]])).probabilities[0])


def _discard(v: Values) -> float:
    share = float(v["f"])
    kept = keep_probability(np.array([share, 1 - share]), float(v["t"]))[0]
    return 1 - float(kept)


def _add_k(v: Values) -> float:
    """A corpus with these counts: the word 1 after the word 2, the rest of the time word 3."""
    pairs = [[2, 1]] * v["count"] + [[2, 3]] * (v["context"] - v["count"])
    return NGram(2, v["V"], v["k"]).count(pairs).probability(1, [2])


def _perplexity_table(v: Values) -> Mapping[str, float]:
    def of(name: str) -> float:
        return float(gmean([float(v[f"{name}{j}"].split("/")[1]) for j in (1, 2, 3, 4)]))

    return {"first": of("p"), "second": of("q")}


def _of_loss(v: Values) -> float:
    """Logits whose cross-entropy is the loss: one of two classes, solved for its probability."""
    p = torch.exp(torch.tensor(-float(v["loss"]), dtype=torch.float64))
    logits = torch.log(torch.stack([p, 1 - p]))[None]
    return float(nn.functional.cross_entropy(logits, torch.tensor([0])).exp())


def _fewer(v: Values) -> float:
    """Counted on the shapes of the scores."""
    h, table = (torch.empty(n, 3, device="meta") for n in (1, v["V"]))
    few = torch.empty(1 + v["K"], 3, device="meta")
    return (h @ table.T).numel() / (h @ few.T).numel()


def _ngrams(v: Values) -> int:
    grid = np.broadcast_to(0, (v["V"],) * v["n"])  # a cell for each n-gram, without the memory
    return int(grid.size)


def _batches(v: Values) -> float:
    bits = [float(v["l1"])] * v["n1"] + [float(v["l2"])] * v["n2"]
    return float(gmean(np.exp2(bits)))


INDEPENDENT: dict[str, Callable[[Values], Any]] = {
    "one_hot_megabytes": _one_hot,
    "window_pairs": _pairs,
    "ppmi_value": _ppmi,
    "counts_table": _counts,
    "word2vec_parameters": _parameters,
    "negative_gradient": _negative_gradient,
    "power_probability": _power,
    "subsampling_discard": _discard,
    "cosine_similarity": lambda v: 1 - distance.cosine(v["a"], v["b"]),
    "add_k_probability": _add_k,
    "perplexity_of_words": lambda v: float(gmean([v[f"d{j}"] for j in (1, 2, 3, 4)])),
    "perplexity_of_loss": _of_loss,
    "perplexity_table": _perplexity_table,
    "fewer_products": _fewer,
    "ngram_table": _ngrams,
    "perplexity_of_batches": _batches,
}
