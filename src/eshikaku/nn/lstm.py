"""Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000)."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Activation, Array, activation
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

GATES = "ifgo"  # order of the slices in the packed weights, as PyTorch
State = tuple[Array, Array]


def _sigmoid_by_tanh(H: int, dtype: DTypeLike) -> tuple[Array, Array]:
    """Factors and summands (4H,) that make one tanh serve all gates: σ(a) = ½ + ½ tanh(a/2).

    A candidate g near 0 keeps its digits (2σ(2a) − 1 would lose them in float32).
    """
    half, shift = np.full(4 * H, 0.5, dtype), np.full(4 * H, 0.5, dtype)
    half[2 * H : 3 * H], shift[2 * H : 3 * H] = 1, 0
    return half, shift


class LSTMBase(Layer):
    """Packed parameters of one LSTM layer; the slices are i, f, g, o (g: candidate).

    W_x (D, 4H), W_h (H, 4H); b (4H,), or with biases=2 as in PyTorch b_x and b_h (4H,), which
    are added; with peephole (Gers et al. 2002) p_i, p_f, p_o (H,).
    4H(D + H + 1) parameters with one bias.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        *,
        init: Initialiser | None = None,
        init_h: Initialiser | None = None,
        biases: int = 1,
        forget_bias: float | Array = 1.0,
        input_bias: float | Array = 0.0,
        peephole: bool = False,
        gate_activation: str | Activation = "sigmoid",
        nonlinearity: str | Activation = "tanh",
        dtype: DTypeLike = np.float64,
    ) -> None:
        """`init` draws W_x (and W_h unless `init_h` is given), gate by gate.

        Biases start at 0, but for `forget_bias` (1: Jozefowicz et al. 2015 and Keras; PyTorch
        draws all of them from U(−1/√H, 1/√H)) and `input_bias`: numbers or (H,), see
        `chrono_biases`. `gate_activation` is that of i, f, o; `nonlinearity` that of g and of
        the cell on its way out.
        """
        super().__init__()
        if biases not in (1, 2):
            raise ValueError(f"biases は 1 か 2 です。受け取った値: {biases}")
        self.input_size, self.hidden_size = input_size, hidden_size
        self.peephole = peephole
        self.gate_activation = activation(gate_activation)
        self.activation = activation(nonlinearity)
        init = init or xavier()
        init_h = init_h or init
        D, H = input_size, hidden_size
        self.parameter("W_x", per_gate(init, rng, (D, H), len(GATES)).astype(dtype))
        self.parameter("W_h", per_gate(init_h, rng, (H, H), len(GATES)).astype(dtype))
        bias = np.zeros(4 * H, dtype)
        bias[:H], bias[H : 2 * H] = input_bias, forget_bias
        if biases == 1:
            self.parameter("b", bias)
        else:
            self.parameter("b_x", bias)
            self.parameter("b_h", np.zeros_like(bias))
        if peephole:
            for name in ("p_i", "p_f", "p_o"):
                self.parameter(name, (rng.normal(0, 0.1, H)).astype(dtype))

    def gate(self, name: str) -> dict[str, Array]:
        """The parameters of one gate, "i" "f" "g" or "o": W_x (D, H), W_h (H, H), b (H,), ….

        They are views: writing into them changes the packed weights.
        """
        return gate_views(self.params, GATES, name)

    @property
    def bias_names(self) -> tuple[str, ...]:
        return ("b",) if "b" in self.params else ("b_x", "b_h")

    def _weights(self, dtype: np.dtype) -> tuple[Array, Array, Array, tuple[Array, ...]]:
        """W_x, W_h, the sum of the biases, and (p_i, p_f, p_o) or ()."""
        W_x, W_h = self.weights(dtype, "W_x", "W_h")
        first, *second = self.weights(dtype, *self.bias_names)
        b = first + second[0] if second else first
        peep = self.weights(dtype, "p_i", "p_f", "p_o") if self.peephole else ()
        return W_x, W_h, b, peep

    def _state(
        self, state: State | None, batch: tuple[int, ...], dtype: DTypeLike, name: str
    ) -> State:
        h, c = (None, None) if state is None else state
        shape = (*batch, self.hidden_size)
        return or_zeros(h, shape, dtype, name), or_zeros(c, shape, dtype, name)

    def _add_bias_grad(self, da: Array) -> None:
        for name in self.bias_names:
            self.grads[name] += bias_grad(da, self.params[name])


class LSTMCell(LSTMBase):
    """One step, every line a formula:

    i = σ(x W_xi + h W_hi + b_i  [+ p_i ⊙ c_{t−1}])     input gate
    f = σ(x W_xf + h W_hf + b_f  [+ p_f ⊙ c_{t−1}])     forget gate (1 keeps)
    g = tanh(x W_xg + h W_hg + b_g)                     candidate
    c_t = f ⊙ c_{t−1} + i ⊙ g                           cell
    o = σ(x W_xo + h W_ho + b_o  [+ p_o ⊙ c_t])         output gate
    h_t = o ⊙ tanh(c_t)
    """

    def forward(self, x: Array, state: State | None = None) -> State:
        """x: (N, D), state = (h_{t−1}, c_{t−1}): (N, H) each (0 if None) → (h_t, c_t)."""
        x = as_input(x, self, self.input_size, "N, D")
        h, c = self._state(state, x.shape[:-1], x.dtype, "state")
        W_x, W_h, b, peep = self._weights(x.dtype)
        sigma, phi = self.gate_activation.f, self.activation.f

        a_i, a_f, a_g, a_o = slices(x @ W_x + h @ W_h + b, 4)  # (N, H) each
        if self.peephole:
            a_i, a_f = a_i + peep[0] * c, a_f + peep[1] * c
        i, f, g = sigma(a_i), sigma(a_f), phi(a_g)
        c_next = f * c + i * g
        if self.peephole:
            a_o = a_o + peep[2] * c_next
        o = sigma(a_o)
        phi_c = phi(c_next)
        self.push(x, h, c, i, f, g, o, c_next, phi_c, W_x, W_h, peep)
        return o * phi_c, c_next

    def backward(self, dh: Array, dc: Array | None = None) -> tuple[Array, State]:
        """dh = dL/dh_t, dc = dL/dc_t (0 if None): (N, H) → (dx_t, (dh_{t−1}, dc_{t−1}))."""
        x, h, c, i, f, g, o, c_next, phi_c, W_x, W_h, peep = self.pop()
        dh = shaped(dh, o.shape, x.dtype, "dh")
        dc = or_zeros(dc, o.shape, x.dtype, "dc")
        dsigma, dphi = self.gate_activation.df, self.activation.df

        da_o = dh * phi_c * dsigma(o)
        dc = dc + dh * o * dphi(phi_c)  # all that reaches c_t
        if self.peephole:
            dc = dc + da_o * peep[2]
        da_i = dc * g * dsigma(i)
        da_f = dc * c * dsigma(f)
        da_g = dc * i * dphi(g)
        dc_prev = dc * f  # the path along the cell: the factor is f itself
        if self.peephole:
            dc_prev = dc_prev + da_i * peep[0] + da_f * peep[1]
            self.grads["p_i"] += bias_grad(da_i * c, self.params["p_i"])
            self.grads["p_f"] += bias_grad(da_f * c, self.params["p_f"])
            self.grads["p_o"] += bias_grad(da_o * c_next, self.params["p_o"])

        da = np.concatenate([da_i, da_f, da_g, da_o], axis=-1)  # (N, 4H)
        self.grads["W_x"] += weight_grad(x, da, W_x)
        self.grads["W_h"] += weight_grad(h, da, W_h)
        self._add_bias_grad(da)
        return da @ transposed(W_x), (da @ transposed(W_h), dc_prev)


class LSTM(LSTMBase):
    """A sequence of `LSTMCell` steps, with all products of x done at once.

    x: (T, N, D) → y = (h_1, …, h_T): (T, N, H), state = (h_T, c_T): (N, H) each.
    With peepholes or other activations the steps are run one by one by the cell.
    """

    def cell(self) -> LSTMCell:
        """A single-step cell on the same parameters and gradients."""
        return self.share(LSTMCell)

    @property
    def fused(self) -> bool:
        """Is this the common form (σ, tanh, no peephole), which is computed all at once?"""
        names = (self.gate_activation.name, self.activation.name)
        return names == ("sigmoid", "tanh") and not self.peephole

    def forward(
        self, x: Array, state: State | None = None, pad: Array | None = None
    ) -> tuple[Array, State]:
        """x: (T, N, D), state = (h_0, c_0): (N, H) each (0 if None) → (y, (h_T, c_T)).

        pad: (T, N) booleans, where x is padding: there h_t = h_{t−1}, c_t = c_{t−1} and no
        gradient reaches x or the weights.

        Raises: ValueError for padding together with peepholes or other activations.
        """
        x = as_input(x, self, self.input_size, "T, N, D")
        if not self.fused:
            if pad is not None:
                raise ValueError("pad は、のぞき穴や別の活性化関数とは一緒に使えません。")
            return self._forward_by_step(x, state)
        skip = None if pad is None else padding(pad, x.shape[:-1])
        if skip is not None:
            x = np.where(skip, 0, x)  # NaN there would live on as 0 · NaN
        W_x, W_h, b, _ = self._weights(x.dtype)
        h_0, c_0 = self._state(state, x.shape[1:-1], x.dtype, "state")
        T, packed, single = len(x), (*x.shape[:-1], W_x.shape[-1]), (*x.shape[:-1], h_0.shape[-1])
        half, shift = _sigmoid_by_tanh(self.hidden_size, x.dtype)

        gates = project(x, W_x * half, out=self.take(packed, x.dtype))  # x_t W_x; becomes a_t,
        gates += b * half  # then i f g o, in place (a_t of i f o halved)
        W_half = W_h * half
        c, tanh_c = self.take((T + 1, *single[1:]), x.dtype), self.take(single, x.dtype)
        c[0] = c_0  # c_0 … c_T
        y = np.empty(single, x.dtype)
        h, h_W, i_g = h_0, np.empty_like(gates[0]), np.empty_like(c_0)
        steps = zip(gates, *slices(gates, 4), c[:-1], c[1:], tanh_c, y, strict=True)
        for t, (a, i, f, g, o, c_before, c_t, tanh_c_t, y_t) in enumerate(steps):
            a += np.matmul(h, W_half, out=h_W)  # a_t = x_t W_x + b + h_{t−1} W_h
            np.tanh(a, out=a)
            a *= half
            a += shift  # σ(a) = ½ + ½ tanh(a/2) for i, f, o; g = tanh(a) as it is
            np.multiply(f, c_before, out=c_t)
            c_t += np.multiply(i, g, out=i_g)  # c_t = f c_{t−1} + i g
            np.tanh(c_t, out=tanh_c_t)
            h_before, h = h, np.multiply(o, tanh_c_t, out=y_t)  # h_t = o tanh(c_t)
            if skip is not None:
                np.copyto(c_t, c_before, where=skip[t])
                np.copyto(y_t, h_before, where=skip[t])
        state = h.copy(), c[T].copy()
        if self.training:
            self.push(x, h_0, gates, c, tanh_c, y, W_x, W_h, skip)
        else:
            self.give(gates, c, tanh_c)
        return y, state

    def backward(self, dy: Array | None, dstate: State | None = None) -> tuple[Array, State]:
        """dy: (T, N, H) (0 if None), dstate = (dL/dh_T, dL/dc_T) (0 if None) → (dx, (dh_0, dc_0)).

        δc_t = δc_{t+1} ⊙ f_{t+1} + δh_t ⊙ o (1 − tanh² c_t)
        da_i = δc_t ⊙ g i (1 − i),    da_f = δc_t ⊙ c_{t−1} f (1 − f),
        da_g = δc_t ⊙ i (1 − g²),     da_o = δh_t ⊙ tanh(c_t) o (1 − o)

        The factors beside δ are computed for every step at once; the loop back through time
        only multiplies by them.
        """
        if not self.fused:
            return self._backward_by_step(dy, dstate)
        x, h_0, gates, c, tanh_c, y, W_x, W_h, skip = self.pop()
        dy = or_zeros(dy, y.shape, x.dtype, "dy")
        dh, dc = (d.copy() for d in self._state(dstate, x.shape[1:-1], x.dtype, "dstate"))
        W_hT, H = transposed(W_h), self.hidden_size
        i, f, g, o = slices(gates, 4)

        da = np.subtract(1, gates, out=self.take(gates.shape, x.dtype))
        da *= gates  # s (1 − s) for i f o; then the other factors; then da_t itself
        da_i, da_f, da_g, da_o = slices(da, 4)
        np.multiply(g, g, out=da_g)
        np.subtract(1, da_g, out=da_g)
        da_i *= g
        da_f *= c[:-1]
        da_g *= i
        da_o *= tanh_c
        dc_dh = np.multiply(tanh_c, tanh_c, out=tanh_c)  # o (1 − tanh² c_t)
        np.subtract(1, dc_dh, out=dc_dh)
        dc_dh *= o
        if skip is not None:  # da_t = 0, dc and dh go by unchanged
            for factors, value in ((da, 0), (dc_dh, 0), (f, 1)):
                np.copyto(factors, value, where=skip)

        da_ifg = da[..., : 3 * H].reshape(*da.shape[:-1], 3, H)
        dc_thrice = dc[..., None, :]
        steps = zip(dy[::-1], da[::-1], da_ifg[::-1], da_o[::-1], dc_dh[::-1], f[::-1], strict=True)
        for t, (dy_t, da_t, da_ifg_t, da_o_t, dc_dh_t, f_t) in enumerate(steps, 1):
            dh += dy_t
            by = None if skip is None else dh * skip[-t]
            da_o_t *= dh
            dc_dh_t *= dh
            dc += dc_dh_t
            da_ifg_t *= dc_thrice
            dc *= f_t  # the path along the cell: the factor is f itself
            np.matmul(da_t, W_hT, out=dh)
            if by is not None:
                dh += by

        h_before = np.concatenate([h_0[None], y[:-1]], out=dc_dh)  # h_{t−1} of all steps
        self.grads["W_x"] += weight_grad(x, da, W_x)
        self.grads["W_h"] += weight_grad(h_before, da, W_h)
        self._add_bias_grad(da)
        self.give(gates, c, tanh_c, da)
        return project(da, transposed(W_x)), (dh, dc)

    def _forward_by_step(self, x: Array, state: State | None) -> tuple[Array, State]:
        cell, y = self.cell(), []
        state = self._state(state, x.shape[1:-1], x.dtype, "state")
        for x_t in x:
            state = cell.forward(x_t, state)
            y.append(state[0])
        self.push(cell, x.dtype, (len(x), *state[0].shape))
        return np.stack(y), state

    def _backward_by_step(self, dy: Array | None, dstate: State | None) -> tuple[Array, State]:
        cell, dtype, shape = self.pop()
        dy = or_zeros(dy, shape, dtype, "dy")
        dh, dc = self._state(dstate, shape[1:-1], dtype, "dstate")
        dx: list[Array] = []
        for dy_t in dy[::-1]:
            d, (dh, dc) = cell.backward(dy_t + dh, dc)
            dx.append(d)
        return np.stack(dx[::-1]), (dh, dc)

    def trace(self, x: Array, state: State | None = None) -> dict[str, Array]:
        """Gates and states of every step, (T, N, H) each: i, f, g, o, c, h.  For looking at."""
        cell, steps = self.cell().train(), []
        for x_t in as_input(x, self, self.input_size, "T, N, D"):
            h, c = state = cell.forward(x_t, state)
            _, _, _, i, f, g, o, *_ = cell.pop()
            steps.append((i, f, g, o, c, h))
        return dict(zip("ifgoch", map(np.stack, zip(*steps, strict=True)), strict=True))
