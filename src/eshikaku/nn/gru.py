"""Gated recurrent unit (Cho et al. 2014) in all the forms that are in use.

| | z | reset | biases | packed order |
|---|---|---|---|---|
| Cho 2014 (arXiv v3, EMNLP) | keep | before | – | – |
| Cho 2014 (arXiv v1) | keep | after | – | – |
| Chung 2014 | renew | before | – | – |
| ゼロから作るDeep Learning ❷ | renew | before | 1 | z, r, n |
| PyTorch, cuDNN | keep | after | 2 | r, z, n |
| Keras (default) | keep | after | 2 | z, r, n |
| Keras `reset_after=False` | keep | before | 1 | z, r, n |
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Array, dsigmoid, dtanh, sigmoid, sigmoid_in_loop, tanh
from eshikaku.nn.initialisers import Initialiser, per_gate, xavier
from eshikaku.nn.layer import (
    Layer,
    as_input,
    as_state,
    bias_grad,
    gate_views,
    project,
    slices,
    transposed,
    weight_grad,
)

GATES = "rzn"  # order of the slices in the packed weights, as PyTorch


class GRUBase(Layer):
    """Packed parameters of one GRU layer; the slices are r, z, n (n: candidate, h̃ in texts).

    W_x (D, 3H), W_h (H, 3H); b (3H,), or with biases=2 (PyTorch, `reset="after"` only) b_x and
    b_h (3H,), of which the n slice of b_h lies inside the reset.  3H(D + H + 1) parameters.

    `update`: what z = 1 means. "keep": h_t = z ⊙ h_{t−1} + (1 − z) ⊙ n;
    "renew": h_t = (1 − z) ⊙ h_{t−1} + z ⊙ n.
    `reset`: where r enters. "before" the product: n = tanh(x W_xn + (r ⊙ h_{t−1}) W_hn + b_n);
    "after" it: n = tanh(x W_xn + b_n + r ⊙ (h_{t−1} W_hn [+ b_hn])).
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        update: str = "keep",
        reset: str = "before",
        biases: int = 1,
        init: Initialiser | None = None,
        init_h: Initialiser | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        """`init` draws W_x and, unless `init_h` is given, W_h too, gate by gate; biases are 0."""
        super().__init__()
        if update not in ("keep", "renew"):
            raise ValueError(f'update は "keep" か "renew" です。受け取った値: {update!r}')
        if reset not in ("before", "after"):
            raise ValueError(f'reset は "before" か "after" です。受け取った値: {reset!r}')
        if biases not in (1, 2) or (biases == 2 and reset == "before"):
            raise ValueError('biases は 1 か、reset="after" のときだけ 2 です。')
        self.input_size, self.hidden_size = input_size, hidden_size
        self.update, self.reset = update, reset
        init = init or xavier()
        init_h = init_h or init
        D, H = input_size, hidden_size
        self.parameter("W_x", per_gate(init, rng, (D, H), len(GATES)).astype(dtype))
        self.parameter("W_h", per_gate(init_h, rng, (H, H), len(GATES)).astype(dtype))
        for name in ("b",) if biases == 1 else ("b_x", "b_h"):
            self.parameter(name, np.zeros(3 * H, dtype))

    def gate(self, name: str) -> dict[str, Array]:
        """The parameters of one gate, "r" "z" or "n", as views: W_x (D, H), W_h (H, H), b (H,)."""
        return gate_views(self.params, GATES, name)

    def _weights(self, dtype: np.dtype) -> tuple[Array, Array, Array, Array | None]:
        """W_x, W_h, the bias on x's side, and the bias on h's side if there is one."""
        if "b" in self.params:
            W_x, W_h, b = self.weights(dtype, "W_x", "W_h", "b")
            return W_x, W_h, b, None
        W_x, W_h, b_x, b_h = self.weights(dtype, "W_x", "W_h", "b_x", "b_h")
        return W_x, W_h, b_x, b_h

    def zero_state(self, x_t: Array) -> Array:
        return np.zeros((*x_t.shape[:-1], self.hidden_size), x_t.dtype)

    def _add_grads(self, x: Array, h: Array, r_h: Array, da: Array, da_h: Array) -> None:
        """da: at the inputs of r, z, n on x's side; da_h: on h's side; r_h = r ⊙ h_{t−1}."""
        W_x, W_h, H = self.params["W_x"], self.params["W_h"], self.hidden_size
        self.grads["W_x"] += weight_grad(x, da, W_x)
        if self.reset == "after":
            self.grads["W_h"] += weight_grad(h, da_h, W_h)
        else:
            self.grads["W_h"][..., : 2 * H] += weight_grad(h, da_h[..., : 2 * H], W_h)
            self.grads["W_h"][..., 2 * H :] += weight_grad(r_h, da_h[..., 2 * H :], W_h)
        if "b" in self.params:
            self.grads["b"] += bias_grad(da, self.params["b"])
        else:
            self.grads["b_x"] += bias_grad(da, self.params["b_x"])
            self.grads["b_h"] += bias_grad(da_h, self.params["b_h"])


class GRUCell(GRUBase):
    """One step, every line a formula:

    r = σ(x W_xr + h W_hr + b_r)                        reset gate
    z = σ(x W_xz + h W_hz + b_z)                        update gate
    n = tanh(x W_xn + (r ⊙ h) W_hn + b_n)               candidate, reset "before", or
    n = tanh(x W_xn + b_n + r ⊙ (h W_hn [+ b_hn]))      … "after"
    h_t = z ⊙ h + (1 − z) ⊙ n                           update "keep", or
    h_t = (1 − z) ⊙ h + z ⊙ n                           … "renew"
    """

    def forward(self, x: Array, h: Array | None = None) -> Array:
        """x: (N, D), h = h_{t−1}: (N, H) (0 if None) → h_t: (N, H)."""
        x = as_input(x, self, self.input_size, "N, D")
        h = as_state(h, self.zero_state(x))
        W_x, W_h, b, b_h = self._weights(x.dtype)
        H = self.hidden_size
        x_r, x_z, x_n = slices(x @ W_x + b, 3)  # (N, H) each
        h_rz = h @ W_h[..., : 2 * H]
        h_rz = h_rz if b_h is None else h_rz + b_h[..., : 2 * H]
        r = sigmoid(x_r + h_rz[..., :H])
        z = sigmoid(x_z + h_rz[..., H:])
        if self.reset == "before":
            h_n = (r * h) @ W_h[..., 2 * H :]
            n = tanh(x_n + h_n)
        else:
            h_n = h @ W_h[..., 2 * H :]
            h_n = h_n if b_h is None else h_n + b_h[..., 2 * H :]
            n = tanh(x_n + r * h_n)
        keep = z if self.update == "keep" else 1 - z
        self.push(x, h, r, z, n, h_n, W_x, W_h)
        return keep * h + (1 - keep) * n

    def backward(self, dh: Array) -> tuple[Array, Array]:
        """dh = dL/dh_t: (N, H) → (dx_t: (N, D), dh_{t−1}: (N, H))."""
        x, h, r, z, n, h_n, W_x, W_h = self.pop()
        H, W_hT = self.hidden_size, transposed(W_h)
        if self.update == "keep":
            keep, dz = z, dh * (h - n)
        else:
            keep, dz = 1 - z, dh * (n - h)
        dh_prev = dh * keep
        da_n = dh * (1 - keep) * dtanh(n)
        if self.reset == "before":
            dr_h = da_n @ W_hT[..., 2 * H :, :]  # gradient of r ⊙ h
            dr, da_hn = dr_h * h, da_n
            dh_prev += dr_h * r
        else:
            dr, da_hn = da_n * h_n, da_n * r
            dh_prev += da_hn @ W_hT[..., 2 * H :, :]
        da_r, da_z = dr * dsigmoid(r), dz * dsigmoid(z)
        da_rz = np.concatenate([da_r, da_z], axis=-1)
        dh_prev += da_rz @ W_hT[..., : 2 * H, :]

        da = np.concatenate([da_rz, da_n], axis=-1)  # (N, 3H)
        self._add_grads(x, h, r * h, da, np.concatenate([da_rz, da_hn], axis=-1))
        return da @ transposed(W_x), dh_prev


class GRU(GRUBase):
    """A sequence of `GRUCell` steps, with all products of x done at once.

    x: (T, N, D) → y = (h_1, …, h_T): (T, N, H), state h_T: (N, H).
    """

    def cell(self) -> GRUCell:
        """A single-step cell on the same parameters and gradients."""
        return self.share(GRUCell)

    def forward(self, x: Array, state: Array | None = None) -> tuple[Array, Array]:
        """x: (T, N, D), state = h_0: (N, H) (0 if None) → (y: (T, N, H), h_T: (N, H))."""
        x = as_input(x, self, self.input_size, "T, N, D")
        W_x, W_h, b, b_h = self._weights(x.dtype)
        h_0 = as_state(state, self.zero_state(x[0]))
        H, packed, single = self.hidden_size, (*x.shape[:-1], 3 * h_0.shape[-1]), x.shape[:-1]

        gates = project(x, W_x, out=self.take(packed, x.dtype))  # x_t W_x; becomes a_t, then
        gates += b  # r z n, in place
        y = np.empty((*single, H), x.dtype)
        inner = self.take(y.shape, x.dtype)  # r ⊙ h_{t−1} ("before"), h_{t−1} W_hn ("after")
        step = self._step_before if self.reset == "before" else self._step_after
        h, h_W = h_0, np.empty_like(gates[0])
        with np.errstate(over="ignore"):  # e^{−a} → inf, σ → 0: as it should be
            for a, inner_t, y_t in zip(gates, inner, y, strict=True):
                step(h, a, inner_t, W_h, b_h, h_W)
                z, n = a[..., H : 2 * H], a[..., 2 * H :]
                old, new = (h, n) if self.update == "keep" else (n, h)
                np.subtract(old, new, out=y_t)  # h_t = z old + (1 − z) new
                y_t *= z
                y_t += new
                h = y_t
        if self.training:
            self.push(x, h_0, gates, inner, y, W_x, W_h)
        else:
            self.give(gates, inner)
        return y, h.copy()

    def _step_before(
        self, h: Array, a: Array, r_h: Array, W_h: Array, b_h: Array | None, h_W: Array
    ) -> None:
        """a: x_t W_x + b → r, z, n with n = tanh(x W_xn + b_n + (r ⊙ h) W_hn)."""
        H = self.hidden_size
        rz, n = a[..., : 2 * H], a[..., 2 * H :]
        rz += np.matmul(h, W_h[..., : 2 * H], out=h_W[..., : 2 * H])
        sigmoid_in_loop(rz)
        np.multiply(a[..., :H], h, out=r_h)
        n += np.matmul(r_h, W_h[..., 2 * H :], out=h_W[..., 2 * H :])
        np.tanh(n, out=n)

    def _step_after(
        self, h: Array, a: Array, h_n: Array, W_h: Array, b_h: Array | None, h_W: Array
    ) -> None:
        """a: x_t W_x + b → r, z, n with n = tanh(x W_xn + b_n + r ⊙ h_n), h_n = h W_hn + b_hn."""
        H = self.hidden_size
        rz, n = a[..., : 2 * H], a[..., 2 * H :]
        np.matmul(h, W_h, out=h_W)
        if b_h is not None:
            h_W += b_h
        rz += h_W[..., : 2 * H]
        sigmoid_in_loop(rz)
        h_n[...] = h_W[..., 2 * H :]
        n += np.multiply(a[..., :H], h_n, out=h_W[..., 2 * H :])
        np.tanh(n, out=n)

    def backward(self, dy: Array | None, dstate: Array | None = None) -> tuple[Array, Array]:
        """dy: (T, N, H) (0 if None), dstate = dL/dh_T: (N, H) (0 if None) → (dx, dh_0).

        With k = z ("keep") or 1 − z ("renew"), k' = dk/dz = ±1, δ_t = all that reaches h_t:

        da_n = δ ⊙ (1 − k) (1 − n²),  da_z = δ ⊙ k' (h_{t−1} − n) z (1 − z)
        "after":  da_r = da_n ⊙ (h_{t−1} W_hn + b_hn) r (1 − r)
        "before": da_r = (da_n W_hnᵀ) ⊙ h_{t−1} r (1 − r)

        The factors beside δ are computed for every step at once; the loop back through time
        only multiplies by them.
        """
        x, h_0, gates, inner, y, W_x, W_h = self.pop()
        W_hT, keeps, before = transposed(W_h), self.update == "keep", self.reset == "before"
        r, z, n = slices(gates, 3)
        h_before = np.concatenate([h_0[None], y[:-1]], out=self.take(y.shape, x.dtype))
        k, one_minus_k = self.take(y.shape, x.dtype), self.take(y.shape, x.dtype)
        k[...] = z
        np.subtract(1, z, out=one_minus_k)
        if not keeps:
            k, one_minus_k = one_minus_k, k

        da = np.subtract(1, gates, out=self.take(gates.shape, x.dtype))
        da *= gates  # s (1 − s) for r z; then the other factors; then da_t itself
        da_r, da_z, da_n = slices(da, 3)
        np.multiply(n, n, out=da_n)
        np.subtract(1, da_n, out=da_n)
        da_n *= one_minus_k
        da_z *= np.subtract(*((h_before, n) if keeps else (n, h_before)), out=one_minus_k)

        dh = as_state(dstate, np.zeros_like(h_0), "dstate").copy()
        if before:
            da_r *= h_before
            self._back_before(da, dy, dh, k, r, W_hT)
            self._add_grads(x, h_before, inner, da, da)
        else:
            da_r *= inner
            da_r *= da_n
            da_h = self.take(gates.shape, x.dtype)  # at h_{t−1} W_h: r, z as da, n times r
            da_h[...] = da
            da_hr, da_hz, da_hn = slices(da_h, 3)
            da_hn *= r
            self._back_after(da_h, da_n, dy, dh, k, W_hT)
            da_r[...], da_z[...] = da_hr, da_hz
            self._add_grads(x, h_before, inner, da, da_h)
            self.give(da_h)
        self.give(gates, inner, h_before, k, one_minus_k, da)
        return project(da, transposed(W_x)), dh

    def _back_before(
        self, da: Array, dy: Array | None, dh: Array, k: Array, r: Array, W_hT: Array
    ) -> None:
        """The loop back through time; da and dh change in place."""
        H = self.hidden_size
        from_rz, from_n = W_hT[..., : 2 * H, :], W_hT[..., 2 * H :, :]
        da_r, da_z, da_n = slices(da, 3)
        dr_h, part = np.empty_like(dh), np.empty_like(dh)
        for t in reversed(range(len(da))):
            if dy is not None:
                dh += dy[t]
            da_n[t] *= dh
            da_z[t] *= dh
            np.matmul(da_n[t], from_n, out=dr_h)  # gradient of r ⊙ h_{t−1}
            da_r[t] *= dr_h
            dh *= k[t]
            dh += np.multiply(dr_h, r[t], out=part)
            dh += np.matmul(da[t, ..., : 2 * H], from_rz, out=part)

    def _back_after(
        self, da_h: Array, da_n: Array, dy: Array | None, dh: Array, k: Array, W_hT: Array
    ) -> None:
        """The loop back through time; da_h, da_n and dh change in place."""
        by_gate = da_h.reshape(*da_n.shape[:-1], 3, self.hidden_size)
        dh_thrice, part = dh[..., None, :], np.empty_like(dh)
        for t in reversed(range(len(da_h))):
            if dy is not None:
                dh += dy[t]
            by_gate[t] *= dh_thrice  # da_r, da_z, r ⊙ da_n
            da_n[t] *= dh
            dh *= k[t]
            dh += np.matmul(da_h[t], W_hT, out=part)

    def trace(self, x: Array, state: Array | None = None) -> dict[str, Array]:
        """Gates and states of every step, (T, N, H) each: r, z, n, h.  For looking at."""
        cell, steps = self.cell().train(), []
        for x_t in as_input(x, self, self.input_size, "T, N, D"):
            state = cell.forward(x_t, state)
            _, _, r, z, n, *_ = cell.pop()
            steps.append((r, z, n, state))
        return dict(zip("rznh", map(np.stack, zip(*steps, strict=True)), strict=True))
