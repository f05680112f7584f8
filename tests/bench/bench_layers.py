"""Speed of what is not recurrent: images, normalisation, losses, optimisers, word vectors.

All float32, one thread, beside PyTorch in turns, in a child process with the matrix kernel that
NumPy's BLAS finds by itself. Convolutions show two more times: their matrix products alone, which
nothing in NumPy can fall below, and the loops over places that a notebook begins with.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tests.bench import Row, in_turns, ratio_row
from tests.bench.bench_nn import OPENBLAS, THREADS
from tests.bench.plain import convolution

from eshikaku import nn
from eshikaku.models.word2vec import SkipGram

Run = Callable[[], object]
Case = tuple[float, dict[str, Run]]  # the budget of ours / torch, and what is run
RNG = np.random.default_rng


def main() -> list[Row]:
    """What, ours beside the others, and ours / torch with its budget."""
    env = {k: v for k, v in os.environ.items() if k not in OPENBLAS}
    env |= dict.fromkeys(THREADS, "1")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_layers"],
        cwd=Path(__file__).parents[2],
        env=env,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    rows = []
    for name, budget, times in json.loads(done.stdout):
        rows.append(Row(name, " | ".join(f"{k} {t * 1e3:.2f} ms" for k, t in times.items())))
        if "torch" in times:
            rows.append(
                ratio_row("    ours / torch", times["ours"] / times["torch"], at_most=budget)
            )
    return rows


def measure(wanted: list[str]) -> list[tuple[str, float, dict[str, float]]]:
    """Median seconds of every run of every case (of those whose name holds one of `wanted`)."""
    import torch

    torch.set_num_threads(1)
    found = []
    for name, case in CASES.items():
        if wanted and not any(word in name for word in wanted):
            continue
        budget, runs = case()
        times = in_turns(*runs.values(), clock=time.process_time)
        found.append((name, budget, dict(zip(runs, times, strict=True))))
    return found


def array(*shape: int, seed: int = 0) -> np.ndarray:
    return RNG(seed).normal(size=shape).astype(np.float32)


def both(layer: nn.Layer, x: np.ndarray, *, forward_only: bool = False) -> dict[str, Run]:
    """Forward and backward of a layer and of its torch module."""
    import torch

    module = nn.to_torch(layer)
    x_torch = torch.from_numpy(x).requires_grad_()
    dy = np.ones_like(_first(layer.forward(x)))
    layer.forget()

    def ours() -> None:
        layer.zero_grad()
        layer.forward(x)
        if forward_only:
            layer._passes.clear()
        else:
            layer.backward(dy)

    def theirs() -> None:
        module.zero_grad()
        x_torch.grad = None
        y = _first(module(x_torch))
        if not forward_only:
            y.backward(torch.from_numpy(dy))

    return {"ours": ours, "torch": theirs}


def _first(y: Any) -> Any:
    return y[0] if isinstance(y, tuple) else y


def conv(N: int, C: int, H: int, W: int, O: int, groups: int = 1) -> Case:  # noqa: E741
    layer = nn.Conv2d(C, O, 3, RNG(0), padding=1, groups=groups, dtype=np.float32)
    x = array(N, C, H, W)
    runs = both(layer, x)
    kernels = layer.params["W"].reshape(groups, O // groups, -1)
    columns, dy = array(groups, kernels.shape[2], H * W), array(groups, O // groups, H * W)

    def products() -> None:
        for _ in range(N):
            kernels @ columns
            dy @ columns.swapaxes(-1, -2)
            kernels.swapaxes(-1, -2) @ dy

    runs["products"] = products
    if groups == 1:
        loops = convolution(layer)
        y, dx = loops(x[:2], np.ones((2, O, H, W), np.float32))
        expected = layer.forward(x[:2])
        assert nn.relative_error(y, expected) < 1e-4
        assert nn.relative_error(dx, layer.backward(np.ones_like(expected))) < 1e-4
        runs["loops"] = lambda: loops(x, np.ones((N, O, H, W), np.float32))
    return (3 if groups > 1 else 2.5), runs


def lstm(T: int, N: int, D: int, H: int) -> Case:
    layer = nn.LSTM(D, H, RNG(0), biases=2, dtype=np.float32)
    return 1.1, both(layer, array(T, N, D), forward_only=True)


def cross_entropy(N: int, C: int) -> Case:
    import torch

    loss, other = nn.SoftmaxCrossEntropy(), torch.nn.CrossEntropyLoss()
    y, t = array(N, C), RNG(1).integers(0, C, N)
    y_torch, t_torch = torch.from_numpy(y).requires_grad_(), torch.from_numpy(t)

    def ours() -> None:
        loss.forward(y, t)
        loss.give(loss.pop()[0])  # as its backward does

    return 1.5, {"ours": ours, "torch": lambda: other(y_torch, t_torch)}


def adam(size: int) -> Case:
    import torch

    params, grads = {"W": array(size // 1000, 1000)}, {"W": array(size // 1000, 1000, seed=1)}
    p = torch.from_numpy(params["W"].copy()).requires_grad_()
    p.grad = torch.from_numpy(grads["W"].copy())
    optimiser, other = nn.Adam(), torch.optim.Adam([p])
    return 1.3, {"ours": lambda: optimiser.update(params, grads), "torch": other.step}


def norm(size: int) -> Case:
    import torch

    grads = {"W": array(size // 1000, 1000)}
    g = torch.from_numpy(grads["W"].copy())
    other = torch.nn.utils.get_total_norm
    return 2, {"ours": lambda: nn.grad_norm(grads), "torch": lambda: other([g])}


def skip_gram(V: int, D: int = 100, N: int = 512, K: int = 5) -> Case:
    """Scores of 1 + K words for each of N, and the dense gradients of both tables."""
    import torch

    net = SkipGram(V, D, RNG(0), dtype=np.float32)
    ids = np.minimum((V * RNG(1).random((N, 2 + K)) ** 3).astype(int), V - 1)  # few words are many
    read, words, du = ids[:, 0], ids[:, 1:], array(N, 1 + K)
    W_in, W_out = (
        torch.nn.Embedding(V, D, _weight=torch.from_numpy(net.params[name].copy()))
        for name in ("W_in", "W_out")
    )
    read_torch, words_torch, du_torch = map(torch.from_numpy, (read, words, du))

    def ours() -> None:
        net.zero_grad()
        net.forward(read, words)
        net.backward(du)

    def theirs() -> None:
        for table in (W_in, W_out):
            table.weight.grad = None
        u = torch.bmm(W_out(words_torch), W_in(read_torch)[:, :, None])[:, :, 0]
        u.backward(du_torch)

    return 1.3, {"ours": ours, "torch": theirs}


def norm_layer(layer: nn.Layer, *shape: int) -> Case:
    return 1.5, both(layer.astype(np.float32), array(*shape))


def attention(N: int, T: int, d: int, heads: int) -> Case:
    import torch

    layer, x = nn.MultiheadAttention(d, heads, RNG(0), dtype=np.float32), array(N, T, d)
    module, x_torch = nn.to_torch(layer), torch.from_numpy(x).requires_grad_()
    dy = array(N, T, d, seed=1)

    def ours() -> None:
        layer.zero_grad()
        layer.forward(x)
        layer.backward(dy)

    def theirs() -> None:
        module.zero_grad()
        x_torch.grad = None
        module(x_torch, x_torch, x_torch, need_weights=False)[0].backward(torch.from_numpy(dy))

    return 1.3, {"ours": ours, "torch": theirs}


def encoder_layer(N: int, T: int, d: int, heads: int) -> Case:
    layer = nn.TransformerEncoderLayer(d, heads, RNG(0), dim_feedforward=4 * d, dtype=np.float32)
    return 1.5, both(layer, array(N, T, d))


CASES: dict[str, Callable[[], Case]] = {
    "Conv2d 3×3 (32, 16, 28, 28) → 32": lambda: conv(32, 16, 28, 28, 32),
    "Conv2d 3×3 (8, 64, 32, 32) → 64": lambda: conv(8, 64, 32, 32, 64),
    "depthwise 3×3 (32, 16, 28, 28)": lambda: conv(32, 16, 28, 28, 16, groups=16),
    "depthwise 3×3 (8, 64, 32, 32)": lambda: conv(8, 64, 32, 32, 64, groups=64),
    "BatchNorm2d (32, 16, 28, 28)": lambda: norm_layer(nn.BatchNorm2d(16), 32, 16, 28, 28),
    "BatchNorm2d (8, 64, 32, 32)": lambda: norm_layer(nn.BatchNorm2d(64), 8, 64, 32, 32),
    "LayerNorm (16, 32, 64)": lambda: norm_layer(nn.LayerNorm(64), 16, 32, 64),
    "LayerNorm (8, 128, 256)": lambda: norm_layer(nn.LayerNorm(256), 8, 128, 256),
    "multi-head attention (16, 32, 64), 4": lambda: attention(16, 32, 64, 4),
    "multi-head attention (8, 128, 256), 8": lambda: attention(8, 128, 256, 8),
    "encoder layer (16, 32, 64), 4": lambda: encoder_layer(16, 32, 64, 4),
    "encoder layer (8, 128, 256), 8": lambda: encoder_layer(8, 128, 256, 8),
    "LSTM forward (35, 20, 100, 100)": lambda: lstm(35, 20, 100, 100),
    "LSTM forward (50, 64, 128, 256)": lambda: lstm(50, 64, 128, 256),
    "softmax cross-entropy forward (700, 1 000)": lambda: cross_entropy(700, 1000),
    "softmax cross-entropy forward (512, 10 000)": lambda: cross_entropy(512, 10_000),
    "Adam, 5 M parameters": lambda: adam(5_000_000),
    "gradient norm, 5 M": lambda: norm(5_000_000),
    "skip-gram, V = 2 000": lambda: skip_gram(2000),
    "skip-gram, V = 50 000": lambda: skip_gram(50_000),
}


if __name__ == "__main__":
    json.dump(measure(sys.argv[1:]), sys.stdout)
