"""Speed of the recurrent layers: forward + backward, float32, beside PyTorch and plain NumPy.

"products" are the matrix products of ours alone, with nothing between them: no version that
computes the same gradients on this BLAS can be faster than that, so plain / products bounds
plain / ours from above. At (50, 64, 128, 256) it is below 2.

The measurements run in child processes, because a BLAS chooses its kernel and its threads when it
is loaded: once with OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE unset, as on a learner's machine (the
budgets are judged there), and once more as they are set, if they are.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from tests.bench import Row, in_turns, ratio_row
from tests.bench.plain import PLAIN

from eshikaku import nn

SIZES = [(35, 20, 100, 100), (50, 64, 128, 256), (8, 1, 2, 16)]  # (T, N, D, H)
SMALL = SIZES[2]
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "RNN": ("RNN", {}),
    "LSTM": ("LSTM", {}),
    "GRU after": ("GRU", {"reset": "after", "biases": 2}),  # PyTorch's form
    "GRU before": ("GRU", {}),  # the course's first form, against PyTorch's
}
COLUMNS = ("ours", "plain", "products", "torch")
OPENBLAS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> list[Row]:
    """Rows of one child with the kernel OpenBLAS finds, and of one with the kernel that is set."""
    clean = {k: v for k, v in os.environ.items() if k not in OPENBLAS}
    rows = _child(clean, judge=True)
    chosen = ", ".join(f"{name}={os.environ[name]}" for name in OPENBLAS if name in os.environ)
    if chosen:
        rows += [Row(f"again with {chosen}", ""), *_child(dict(os.environ), judge=False)]
    return rows


def _child(env: dict[str, str], judge: bool) -> list[Row]:
    env |= dict.fromkeys(THREADS, os.environ.get("BENCH_THREADS", "1"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_nn"],
        cwd=Path(__file__).parents[2],
        env=env,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    result = json.loads(done.stdout)
    rows = [Row(f"NumPy on {result['kernel']}, {result['threads']} thread(s) each", "")]
    for m in result["rows"]:
        name = f"{m['kind']} ({', '.join(map(str, m['size']))})"
        rows.append(
            Row(
                name,
                " | ".join(f"{k} {m[k] * 1e3:.3f} ms" for k in ("ours", "plain", "torch") if m[k]),
            )
        )
        if m["torch"]:
            limit = 0.6 if tuple(m["size"]) == SMALL else 1.3
            rows.append(ratio_row("    ours / torch", m["ours"] / m["torch"], at_most=limit))
        rows.append(ratio_row("    plain / ours", m["plain"] / m["ours"], at_least=2))
        rows.append(Row("    plain / products", f"{m['plain'] / m['products']:.2f} ×"))
    return rows if judge else [Row(row.what, row.measured) for row in rows]


def measure() -> dict[str, Any]:
    """Median seconds of each of COLUMNS for each kind and size."""
    has_torch = importlib.util.find_spec("torch") is not None
    threads = int(os.environ["OMP_NUM_THREADS"])
    if has_torch:
        import torch

        torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    rows = []
    for kind in KINDS:
        for size in SIZES:
            runs = _runs(kind, size, has_torch)
            times = dict(zip(runs, in_turns(*runs.values(), clock=clock), strict=True))
            rows.append({"kind": kind, "size": size} | dict.fromkeys(COLUMNS, 0.0) | times)
    return {"kernel": kernel(), "threads": threads, "rows": rows}


def _runs(kind: str, size: tuple[int, int, int, int], has_torch: bool) -> dict[str, Any]:
    T, N, D, H = size
    name, options = KINDS[kind]
    rng = np.random.default_rng(0)
    layer = getattr(nn, name)(D, H, rng, dtype=np.float32, **options)
    x = rng.normal(size=(T, N, D)).astype(np.float32)
    dy = rng.normal(size=(T, N, H)).astype(np.float32)

    def ours() -> tuple[Any, Any]:
        layer.zero_grad()
        y, _ = layer.forward(x)
        return y, layer.backward(dy)[0]

    plain_version = PLAIN[kind](layer)

    def plain() -> tuple[Any, Any]:
        return plain_version(x, dy)

    for a, b in zip(ours(), plain(), strict=True):
        assert nn.relative_error(a, b) < 1e-3, f"{kind}: the plain version computes something else"
    runs: dict[str, Any] = {"ours": ours, "plain": plain, "products": _products(layer, x)}
    if has_torch:
        import torch

        module = getattr(torch.nn, name)(D, H)
        x_torch = torch.from_numpy(x).requires_grad_()
        dy_torch = torch.from_numpy(dy)

        def torch_run() -> None:
            module.zero_grad()
            x_torch.grad = None
            y, _ = module(x_torch)
            y.backward(dy_torch)

        runs["torch"] = torch_run
    return runs


def _products(layer: nn.Layer, x: np.ndarray) -> Any:
    """x W_x, h W_h, da W_hᵀ (step by step), xᵀ da, hᵀ da, da W_xᵀ (all steps at once)."""
    W_x, W_h = layer.params["W_x"], layer.params["W_h"]
    H, packed = W_h.shape
    rows = x.reshape(-1, x.shape[-1])
    h, da = np.ones((len(rows), H), x.dtype), np.ones((len(rows), packed), x.dtype)
    h_t, da_t = h[: x.shape[1]].copy(), da[: x.shape[1]].copy()

    def run() -> None:
        np.matmul(rows, W_x, out=da)
        for _ in x:
            np.matmul(h_t, W_h, out=da_t)
        for _ in x:
            np.matmul(da_t, W_h.T, out=h_t)
        h_t[...] = 1
        rows.T @ da
        h.T @ da
        da @ W_x.T

    return run


def kernel() -> str:
    """The matrix kernel that NumPy's BLAS has chosen on this CPU."""
    if importlib.util.find_spec("threadpoolctl"):
        import threadpoolctl

        for library in threadpoolctl.threadpool_info():
            if library["user_api"] == "blas" and "numpy" in library["filepath"]:
                return f"{library['internal_api']} {library['architecture']}"
    for path in Path(np.__file__).parents[1].glob("numpy.libs/*openblas*"):
        get = ctypes.CDLL(str(path)).scipy_openblas_get_corename64_
        get.restype = ctypes.c_char_p
        return f"openblas {get().decode()}"
    return str(np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"])


if __name__ == "__main__":
    json.dump(measure(), sys.stdout)
