"""Layers written step by step, gate by gate or place by place, as a notebook derives them.

Each takes a layer of `eshikaku.nn` for its weights (cut into one array for each gate) and gives a
function (x, dy) → (y, dx) that computes the gradients of all weights on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from eshikaku import nn

Array = np.ndarray
Plain = Callable[[Array, Array], tuple[Array, Array]]


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def gate_arrays(layer: Any, gates: str) -> tuple[list[Array], list[Array], list[Array]]:
    """W_x, W_h and b of each gate, copied out of the packed weights."""
    views = [layer.gate(gate) for gate in gates]
    biases = [view["b"] if "b" in view else view["b_x"] for view in views]
    return (
        [np.ascontiguousarray(view["W_x"]) for view in views],
        [np.ascontiguousarray(view["W_h"]) for view in views],
        [b.copy() for b in biases],
    )


def rnn(layer: nn.RNN) -> Plain:
    W_x, W_h, b = layer.params["W_x"], layer.params["W_h"], layer.params["b_h"]

    def run(x: Array, dy: Array) -> tuple[Array, Array]:
        T, N, _ = x.shape
        hs = [np.zeros((N, len(W_h)), x.dtype)]
        for t in range(T):
            hs.append(np.tanh(x[t] @ W_x + hs[t] @ W_h + b))
        dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)
        dx, dh = np.zeros_like(x), np.zeros_like(hs[0])
        for t in reversed(range(T)):
            da = (dy[t] + dh) * (1 - hs[t + 1] ** 2)
            dW_x += x[t].T @ da
            dW_h += hs[t].T @ da
            db += da.sum(axis=0)
            dx[t] = da @ W_x.T
            dh = da @ W_h.T
        return np.stack(hs[1:]), dx

    return run


def lstm(layer: nn.LSTM) -> Plain:
    W_x, W_h, b = gate_arrays(layer, "ifgo")

    def run(x: Array, dy: Array) -> tuple[Array, Array]:
        T, N, _ = x.shape
        h = c = np.zeros((N, len(W_h[0])), x.dtype)
        ys, saved = [], []
        for t in range(T):
            i = sigmoid(x[t] @ W_x[0] + h @ W_h[0] + b[0])
            f = sigmoid(x[t] @ W_x[1] + h @ W_h[1] + b[1])
            g = np.tanh(x[t] @ W_x[2] + h @ W_h[2] + b[2])
            o = sigmoid(x[t] @ W_x[3] + h @ W_h[3] + b[3])
            c_next = f * c + i * g
            saved.append((h, c, i, f, g, o, c_next))
            c = c_next
            h = o * np.tanh(c)
            ys.append(h)
        dW_x = [np.zeros_like(W) for W in W_x]
        dW_h = [np.zeros_like(W) for W in W_h]
        db = [np.zeros_like(v) for v in b]
        dx, dh, dc = np.zeros_like(x), np.zeros_like(h), np.zeros_like(c)
        for t in reversed(range(T)):
            h, c, i, f, g, o, c_next = saved[t]
            dh = dh + dy[t]
            tanh_c = np.tanh(c_next)
            dc = dc + dh * o * (1 - tanh_c**2)
            das = (
                dc * g * i * (1 - i),
                dc * c * f * (1 - f),
                dc * i * (1 - g**2),
                dh * tanh_c * o * (1 - o),
            )
            dc = dc * f
            dh = np.zeros_like(h)
            for k, da in enumerate(das):
                dW_x[k] += x[t].T @ da
                dW_h[k] += h.T @ da
                db[k] += da.sum(axis=0)
                dx[t] += da @ W_x[k].T
                dh += da @ W_h[k].T
        return np.stack(ys), dx

    return run


def gru(layer: nn.GRU) -> Plain:
    W_x, W_h, b = gate_arrays(layer, "rzn")
    before = layer.reset == "before"

    def run(x: Array, dy: Array) -> tuple[Array, Array]:
        T, N, _ = x.shape
        h = np.zeros((N, len(W_h[0])), x.dtype)
        d = np.zeros_like(b[2])  # the bias inside the reset ("after")
        ys, saved = [], []
        for t in range(T):
            r = sigmoid(x[t] @ W_x[0] + h @ W_h[0] + b[0])
            z = sigmoid(x[t] @ W_x[1] + h @ W_h[1] + b[1])
            h_n = (r * h) @ W_h[2] if before else h @ W_h[2] + d
            n = np.tanh(x[t] @ W_x[2] + b[2] + (h_n if before else r * h_n))
            saved.append((h, r, z, n, h_n))
            h = z * h + (1 - z) * n
            ys.append(h)
        dW_x = [np.zeros_like(W) for W in W_x]
        dW_h = [np.zeros_like(W) for W in W_h]
        db, dd = [np.zeros_like(v) for v in b], np.zeros_like(d)
        dx, dh = np.zeros_like(x), np.zeros_like(h)
        for t in reversed(range(T)):
            h, r, z, n, h_n = saved[t]
            dh = dh + dy[t]
            da_n = dh * (1 - z) * (1 - n**2)
            da_z = dh * (h - n) * z * (1 - z)
            dh = dh * z
            if before:
                dr_h = da_n @ W_h[2].T
                dW_h[2] += (r * h).T @ da_n
                dr, dh = dr_h * h, dh + dr_h * r
            else:
                da_h = da_n * r
                dW_h[2] += h.T @ da_h
                dd += da_h.sum(axis=0)
                dr, dh = da_n * h_n, dh + da_h @ W_h[2].T
            da_r = dr * r * (1 - r)
            for k, da in enumerate((da_r, da_z)):
                dW_h[k] += h.T @ da
                dh += da @ W_h[k].T
            for k, da in enumerate((da_r, da_z, da_n)):
                dW_x[k] += x[t].T @ da
                db[k] += da.sum(axis=0)
                dx[t] += da @ W_x[k].T
        return np.stack(ys), dx

    return run


def convolution(layer: nn.Conv2d) -> Plain:
    """Loops over the places of the output, as a notebook begins (stride 1)."""
    W, b, (ph, pw) = layer.params["W"], layer.params["b"], layer.before

    def run(x: Array, dy: Array) -> tuple[Array, Array]:
        _, _, OH, OW = dy.shape
        kh, kw = W.shape[2:]
        x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        y, dx, dW = np.zeros_like(dy), np.zeros_like(x), np.zeros_like(W)
        for i in range(OH):
            for j in range(OW):
                seen = x[:, :, i : i + kh, j : j + kw]  # (N, C, kh, kw)
                y[:, :, i, j] = np.tensordot(seen, W, ((1, 2, 3), (1, 2, 3))) + b
                dW += np.tensordot(dy[:, :, i, j], seen, (0, 0))
                dx[:, :, i : i + kh, j : j + kw] += np.tensordot(dy[:, :, i, j], W, (1, 0))
        return y, dx[:, :, ph : x.shape[2] - ph, pw : x.shape[3] - pw]

    return run


PLAIN: dict[str, Callable[[Any], Plain]] = {
    "RNN": rnn,
    "LSTM": lstm,
    "GRU after": gru,
    "GRU before": gru,
}
