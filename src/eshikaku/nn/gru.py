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
    bias_grad,
    gate_views,
    or_zeros,
    padding,
    project,
    shaped,
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

    @property
    def bias_names(self) -> tuple[str, ...]:
        return ("b",) if "b" in self.params else ("b_x", "b_h")

    def _weights(self, dtype: np.dtype) -> tuple[Array, Array, Array, Array]:
        """W_x, W_h, the sum of the biases outside the reset, and the bias inside it (or 0)."""
        W_x, W_h = self.weights(dtype, "W_x", "W_h")
        b, *second = self.weights(dtype, *self.bias_names)
        if not second:
            return W_x, W_h, b, np.zeros((), dtype)
        b, (b_h,), H = b.copy(), second, self.hidden_size
        b[..., : 2 * H] += b_h[..., : 2 * H]
        return W_x, W_h, b, b_h[..., 2 * H :]

    def _add_grads(self, x: Array, h: Array, inner: Array, da: Array, da_hn: Array) -> None:
        """Gradients of all parameters: da (..., 3H) at the inputs of r, z, n; da_hn (..., H) at
        that of n on h's side, where W_hn multiplies `inner`.
        """
        H, grads = self.hidden_size, self.grads
        da_rz = da[..., : 2 * H]
        grads["W_x"] += weight_grad(x, da, self.params["W_x"])
        grads["W_h"][..., : 2 * H] += weight_grad(h, da_rz, self.params["W_h"])
        grads["W_h"][..., 2 * H :] += weight_grad(inner, da_hn, self.params["W_h"])
        first, *second = self.bias_names
        db = bias_grad(da, self.params[first])
        grads[first] += db
        for name in second:  # b_h: as b_x, but for the part inside the reset
            grads[name][..., : 2 * H] += db[..., : 2 * H]
            grads[name][..., 2 * H :] += bias_grad(da_hn, self.params[name])


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
        h = or_zeros(h, (*x.shape[:-1], self.hidden_size), x.dtype, "state")
        W_x, W_h, b, b_hn = self._weights(x.dtype)
        H = self.hidden_size
        x_r, x_z, x_n = slices(x @ W_x + b, 3)  # (N, H) each
        h_r, h_z = slices(h @ W_h[..., : 2 * H], 2)
        r = sigmoid(x_r + h_r)
        z = sigmoid(x_z + h_z)
        if self.reset == "before":
            h_n = (r * h) @ W_h[..., 2 * H :]
            n = tanh(x_n + h_n)
        else:
            h_n = h @ W_h[..., 2 * H :] + b_hn
            n = tanh(x_n + r * h_n)
        keep = z if self.update == "keep" else 1 - z
        self.push(x, h, r, z, n, h_n, W_x, W_h)
        return keep * h + (1 - keep) * n

    def backward(self, dh: Array) -> tuple[Array, Array]:
        """dh = dL/dh_t: (N, H) → (dx_t: (N, D), dh_{t−1}: (N, H))."""
        x, h, r, z, n, h_n, W_x, W_h = self.pop()
        dh = shaped(dh, n.shape, x.dtype, "dh")
        H, W_hT = self.hidden_size, transposed(W_h)
        if self.update == "keep":
            keep, dz = z, dh * (h - n)
        else:
            keep, dz = 1 - z, dh * (n - h)
        dh_prev = dh * keep
        da_n = dh * (1 - keep) * dtanh(n)
        if self.reset == "before":
            inner, da_hn = r * h, da_n
            dr_h = da_n @ W_hT[..., 2 * H :, :]  # gradient of r ⊙ h
            dr = dr_h * h
            dh_prev += dr_h * r
        else:
            inner, da_hn = h, da_n * r
            dr = da_n * h_n
            dh_prev += da_hn @ W_hT[..., 2 * H :, :]
        da_rz = np.concatenate([dr * dsigmoid(r), dz * dsigmoid(z)], axis=-1)  # (N, 2H)
        dh_prev += da_rz @ W_hT[..., : 2 * H, :]
        da = np.concatenate([da_rz, da_n], axis=-1)  # (N, 3H)
        self._add_grads(x, h, inner, da, da_hn)
        return da @ transposed(W_x), dh_prev


class GRU(GRUBase):
    """A sequence of `GRUCell` steps, with all products of x done at once.

    x: (T, N, D) → y = (h_1, …, h_T): (T, N, H), state h_T: (N, H).
    """

    def cell(self) -> GRUCell:
        """A single-step cell on the same parameters and gradients."""
        return self.share(GRUCell)

    def forward(
        self, x: Array, state: Array | None = None, pad: Array | None = None
    ) -> tuple[Array, Array]:
        """x: (T, N, D), state = h_0: (N, H) (0 if None) → (y: (T, N, H), h_T: (N, H)).

        pad: (T, N) booleans, where x is padding: there h_t = h_{t−1} and no gradient reaches x or
        the weights. (z is set to 1, or 0 if "renew", whose slope z (1 − z) is exactly 0.)
        """
        x = as_input(x, self, self.input_size, "T, N, D")
        skip = None if pad is None else padding(pad, x.shape[:-1])
        if skip is not None:
            x = np.where(skip, 0, x)  # NaN there would live on as 0 · NaN
        W_x, W_h, b, b_hn = self._weights(x.dtype)
        h_0 = or_zeros(state, (*x.shape[1:-1], self.hidden_size), x.dtype, "state")
        H, rows, dtype = self.hidden_size, x.shape[:-1], x.dtype
        W_hrz, W_hn = W_h[..., : 2 * H], W_h[..., 2 * H :]

        # x_t W_x of all steps; becomes a_t, then r z and n, in place. Apart, so that σ runs over
        # unbroken memory, which is three times as fast.
        rz = project(x, W_x[..., : 2 * H], out=self.take((*rows, 2 * H), dtype))
        rz += b[..., : 2 * H]
        if skip is not None:
            closed = np.inf if self.update == "keep" else -np.inf  # σ(±∞) = 1, 0
            np.copyto(rz[..., H:], closed, where=skip)
        n = project(x, W_x[..., 2 * H :], out=self.take((*rows, H), dtype))
        n += b[..., 2 * H :]
        inner = self.take(n.shape, dtype)  # r ⊙ h_{t−1} ("before"), h_{t−1} W_hn ("after")
        y = np.empty_like(n)
        h, h_rz, h_n = h_0, np.empty_like(rz[0]), np.empty_like(h_0)
        with np.errstate(over="ignore"):  # e^{−a} → inf, σ → 0: as it should be
            steps = zip(rz, *slices(rz, 2), n, inner, y, strict=True)
            for t, (rz_t, r, z, n_t, inner_t, y_t) in enumerate(steps):
                rz_t += np.matmul(h, W_hrz, out=h_rz)
                sigmoid_in_loop(rz_t)
                if self.reset == "before":
                    np.multiply(r, h, out=inner_t)
                    n_t += np.matmul(inner_t, W_hn, out=h_n)
                else:
                    np.matmul(h, W_hn, out=inner_t)
                    inner_t += b_hn
                    n_t += np.multiply(r, inner_t, out=h_n)
                np.tanh(n_t, out=n_t)
                old, new = (h, n_t) if self.update == "keep" else (n_t, h)
                np.subtract(old, new, out=y_t)  # h_t = z old + (1 − z) new
                y_t *= z
                y_t += new
                if skip is not None:  # (h − n) + n is h only nearly
                    np.copyto(y_t, h, where=skip[t])
                h = y_t
        if self.training:
            self.push(x, h_0, rz, n, inner, y, W_x, W_h)
        else:
            self.give(rz, n, inner)
        return y, h.copy()

    def backward(self, dy: Array | None, dstate: Array | None = None) -> tuple[Array, Array]:
        """dy: (T, N, H) (0 if None), dstate = dL/dh_T: (N, H) (0 if None) → (dx, dh_0).

        With k = z ("keep") or 1 − z ("renew"), k' = dk/dz = ±1, δ_t = all that reaches h_t:

        da_n = δ ⊙ (1 − k) (1 − n²),  da_z = δ ⊙ k' (h_{t−1} − n) z (1 − z)
        "before": da_r = (da_n W_hnᵀ) ⊙ h_{t−1} r (1 − r)
        "after":  da_r = da_n ⊙ (h_{t−1} W_hn + b_hn) r (1 − r)

        The factors on the right are computed for every step at once; the loop back through time
        only multiplies by them.
        """
        x, h_0, rz, n, inner, y, W_x, W_h = self.pop()
        dy = or_zeros(dy, y.shape, x.dtype, "dy")
        dh = or_zeros(dstate, h_0.shape, x.dtype, "dstate").copy()
        H, before, keeps = self.hidden_size, self.reset == "before", self.update == "keep"
        r, z = slices(rz, 2)
        h_before = np.concatenate([h_0[None], y[:-1]], out=self.take(n.shape, x.dtype))
        k, one_minus_k = self.take(n.shape, x.dtype), self.take(n.shape, x.dtype)
        k[...] = z
        np.subtract(1, z, out=one_minus_k)
        if not keeps:
            k, one_minus_k = one_minus_k, k

        da_rz = np.subtract(1, rz, out=self.take(rz.shape, x.dtype))
        da_rz *= rz  # s (1 − s); then the other factors; then da_t itself
        da_r, da_z = slices(da_rz, 2)
        da_n = np.multiply(n, n, out=self.take(n.shape, x.dtype))
        np.subtract(1, da_n, out=da_n)
        da_n *= one_minus_k
        old, new = (h_before, n) if keeps else (n, h_before)
        dk = np.subtract(old, new, out=one_minus_k)
        da_z *= dk
        da_r *= h_before if before else inner
        da_hn = da_n if before else dk  # at the input of n, on h's side

        W_hrzT, W_hnT = transposed(W_h[..., : 2 * H]), transposed(W_h[..., 2 * H :])
        part, dr_h = np.empty_like(dh), np.empty_like(dh)
        backwards = (array[::-1] for array in (dy, da_rz, da_r, da_z, da_n, da_hn, k, r))
        for dy_t, rz_t, r_t, z_t, n_t, hn_t, k_t, reset in zip(*backwards, strict=True):
            dh += dy_t
            n_t *= dh  # da_n
            z_t *= dh  # da_z
            dh *= k_t
            if before:
                np.matmul(n_t, W_hnT, out=dr_h)  # gradient of r ⊙ h_{t−1}
                r_t *= dr_h  # da_r
                dh += np.multiply(dr_h, reset, out=part)
            else:
                r_t *= n_t  # da_r
                np.multiply(n_t, reset, out=hn_t)
                dh += np.matmul(hn_t, W_hnT, out=part)
            dh += np.matmul(rz_t, W_hrzT, out=part)

        packed = self.take((*rz.shape[:-1], 3 * H), x.dtype)
        da = np.concatenate([da_rz, da_n], axis=-1, out=packed)
        self._add_grads(x, h_before, inner if before else h_before, da, da_hn)
        self.give(rz, n, inner, h_before, k, one_minus_k, da_rz, da_n, da)
        return project(da, transposed(W_x)), dh

    def trace(self, x: Array, state: Array | None = None) -> dict[str, Array]:
        """Gates and states of every step, (T, N, H) each: r, z, n, h.  For looking at."""
        cell, steps = self.cell().train(), []
        for x_t in as_input(x, self, self.input_size, "T, N, D"):
            state = cell.forward(x_t, state)
            _, _, r, z, n, *_ = cell.pop()
            steps.append((r, z, n, state))
        return dict(zip("rznh", map(np.stack, zip(*steps, strict=True)), strict=True))
