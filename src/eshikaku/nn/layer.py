"""The contract that all layers share, and the three products that a dense layer is made of.

    forward(*inputs)  → output (or a tuple)
    backward(*douts)  → gradients of the inputs, in the same order

* `params` and `grads` are dicts with the same keys; a layer inside another one appears under a
  dotted name (`encoder.W_x`). `buffers` are arrays that no gradient changes (running means).
* Each forward *pushes* what its backward *pops*: a layer may run many times in one pass, and is
  then run backward as many times, last one first.
* Gradients *add up* until `zero_grad()`, as in PyTorch.
* Weights stand on the right: x @ W, W: (D, H). Sequences are time-major: (T, N, D).
* The dtype of the output is that of the input; integers are taken as the parameters' dtype.
* Arrays that went in or came out are kept for backward: don't write into them before it.
* A backward that refuses its gradients leaves the pass where it was, here and in inner layers.
* W may carry settings in front, (S, D, H), with b (S, 1, H) and x (T, S, N, D): S networks at once
  (see `stack_settings`).
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, Self, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from eshikaku.nn.functions import Array


class Arrays(dict[str, Array]):
    """A dict of arrays whose assignment copies *into* the array that is already there.

    So all who hold the array (an enclosing layer, a view on one gate) see the new values.
    """

    def __setitem__(self, name: str, value: Array) -> None:
        kept = self.get(name)
        if kept is None:
            super().__setitem__(name, value)
        elif value is not kept:  # `grads["W"] += …` hands back the array itself
            if np.shape(value) != kept.shape:
                raise ValueError(
                    f"{name} の形は {kept.shape} です。受け取った形: {np.shape(value)}"
                )
            kept[...] = value

    def update(self, *others: Any, **named: Array) -> None:  # dict's own passes by __setitem__
        """Assign each of them, as `self[name] = value` does."""
        for name, value in dict(*others, **named).items():
            self[name] = value

    def __ior__(self, others: Any) -> Self:  # type: ignore[override, misc]
        self.update(others)
        return self

    def _refuse(self, *_: Any) -> NoReturn:
        raise TypeError("層のパラメータは削除できません。値を変えるには代入します。")

    __delitem__ = pop = popitem = clear = _refuse


class Layer:
    """Base of all layers: parameters, gradients, inner layers, and the stack of forward passes."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "backward" in cls.__dict__:
            cls.backward = _keeping_the_pass(cls.__dict__["backward"])  # type: ignore[method-assign]

    def __init__(self) -> None:
        self.params = Arrays()
        self.grads = Arrays()
        self.buffers = Arrays()
        self.children: dict[str, Layer] = {}
        self.training = True
        self._passes: list[Any] = []
        self._free: list[Array] = []

    # --- building -------------------------------------------------------------------------

    def parameter(self, name: str, value: Array) -> None:
        """Add a parameter and its gradient (0)."""
        self.params[name] = value
        self.grads[name] = np.zeros_like(value)

    def buffer(self, name: str, value: Array) -> None:
        """Add an array that is not trained but belongs to the state (running statistics)."""
        self.buffers[name] = value

    def child(self, name: str, layer: LayerT) -> LayerT:
        """Add an inner layer; its parameters appear here as `name.…` (the same arrays)."""
        self.children[name] = layer
        self._show(name, layer)
        return layer

    def share(self, kind: type[LayerT]) -> LayerT:
        """A layer of another kind on the very same parameters and gradients."""
        layer = kind.__new__(kind)
        layer.__dict__ |= self.__dict__ | {"_passes": [], "_free": []}
        return layer

    def _show(self, name: str, layer: Layer) -> None:
        for key in layer.params:
            dict.__setitem__(self.params, f"{name}.{key}", layer.params[key])
            dict.__setitem__(self.grads, f"{name}.{key}", layer.grads[key])
        for key, value in layer.buffers.items():
            dict.__setitem__(self.buffers, f"{name}.{key}", value)

    # --- running --------------------------------------------------------------------------

    def forward(self, *inputs: Any) -> Any:
        raise NotImplementedError

    def backward(self, *douts: Any) -> Any:
        raise NotImplementedError

    def __call__(self, *inputs: Any) -> Any:
        """The same as `forward`."""
        return self.forward(*inputs)

    def push(self, *saved: Any) -> None:
        """Keep what the backward of this pass needs (nothing is kept in evaluation)."""
        if self.training:
            self._passes.append(saved)

    def pop(self) -> Any:
        """What the last forward without a backward has pushed.

        Raises: RuntimeError where there is none.
        """
        if not self._passes:
            raise RuntimeError(
                f"{type(self).__name__}: backward の前に forward が必要です"
                "(eval の間の forward は逆伝播できません)。"
            )
        return self._passes.pop()

    def take(self, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """Uninitialised working memory, from a pass that is over if it had the same shape.

        Fresh memory costs a page fault every 4 KB, which would be a sixth of an LSTM's time.
        """
        for k, array in enumerate(self._free):
            if array.shape == shape and array.dtype == dtype:
                return self._free.pop(k)
        return np.empty(shape, dtype)

    def give(self, *arrays: Array) -> None:
        """Hand working memory back. Never what a caller may still hold."""
        self._free = [*self._free, *arrays][-10:]

    # --- state ----------------------------------------------------------------------------

    def zero_grad(self) -> None:
        """Set all gradients to 0."""
        for grad in self.grads.values():
            grad[...] = 0

    def train(self, training: bool = True) -> Self:
        """Training: forward passes are kept for backward, dropout drops."""
        self.training = training
        for layer in self.children.values():
            layer.train(training)
        return self

    def eval(self) -> Self:
        """Evaluation: nothing is kept, nothing is dropped."""
        return self.train(False)

    @contextmanager
    def evaluation(self) -> Iterator[Self]:
        """`with model.evaluation():`, after which the layer is as it was."""
        before = self.training
        self.eval()
        try:
            yield self
        finally:
            self.train(before)

    def forget(self) -> None:
        """Drop forward passes that will never be run backward, and the working memory."""
        self._passes.clear()
        self._free.clear()
        for layer in self.children.values():
            layer.forget()

    def load(self, params: Mapping[str, Array]) -> Self:
        """Copy parameters of the same names and shapes into this layer.

        Raises: KeyError for missing or unknown names, ValueError for another shape.
        """
        if set(params) != set(self.params):
            missing, unknown = set(self.params) - set(params), set(params) - set(self.params)
            raise KeyError(f"足りない名前: {sorted(missing)}、余分な名前: {sorted(unknown)}")
        for name, value in params.items():
            self.params[name] = value
        return self

    def astype(self, dtype: DTypeLike) -> Self:
        """A copy of this layer with parameters (and gradients 0) of that dtype."""
        layer = copy.deepcopy(self)
        layer.forget()
        layer._cast(dtype)
        return layer

    def _cast(self, dtype: DTypeLike) -> None:
        for name in self.params:
            dict.__setitem__(self.params, name, self.params[name].astype(dtype))
            dict.__setitem__(self.grads, name, np.zeros_like(self.params[name]))
        for name, value in self.buffers.items():
            dict.__setitem__(self.buffers, name, value.astype(dtype))
        for name, layer in self.children.items():
            layer._cast(dtype)
            self._show(name, layer)

    def weights(self, dtype: DTypeLike, *names: str) -> tuple[Array, ...]:
        """The parameters in the dtype of this pass (no copy where it is their own)."""
        return tuple(self.params[name].astype(dtype, copy=False) for name in names)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in self.params.items())
        return f"{type(self).__name__}({shapes})"

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(value.size for value in self.params.values())


def _keeping_the_pass(backward: Callable[..., Any]) -> Callable[..., Any]:
    """That backward; where it raises, the passes it took are put back."""

    @functools.wraps(backward)
    def run(self: Layer, *douts: Any, **named: Any) -> Any:
        kept = _all_passes(self)
        try:
            return backward(self, *douts, **named)
        except Exception:
            for passes, before in kept:
                passes[:] = before
            raise

    return run


def _all_passes(layer: Layer) -> list[tuple[list[Any], list[Any]]]:
    kept = [(layer._passes, layer._passes.copy())]
    for inner in layer.children.values():
        kept += _all_passes(inner)
    return kept


LayerT = TypeVar("LayerT", bound=Layer)


def stack_settings(layers: Sequence[LayerT]) -> LayerT:
    """One layer that runs S layers of the same shapes at once, each with its own parameters.

    W (D, H) → (S, D, H), b (H,) → (S, 1, H); the inputs get an axis S before N: (T, S, N, D).
    """
    stacked = copy.deepcopy(layers[0])
    stacked.forget()
    _stack(stacked, list(layers))
    return stacked


def _stack(stacked: Layer, layers: list[Layer]) -> None:
    for name in stacked.params:
        rows = [np.atleast_2d(layer.params[name]) for layer in layers]
        dict.__setitem__(stacked.params, name, np.stack(rows))
        dict.__setitem__(stacked.grads, name, np.zeros_like(stacked.params[name]))
    for name, inner in stacked.children.items():
        _stack(inner, [layer.children[name] for layer in layers])
        stacked._show(name, inner)


def transposed(W: Array) -> Array:
    """Wᵀ, also for (S, D, H)."""
    return W.swapaxes(-1, -2)


def slices(packed: Array, gates: int) -> list[Array]:
    """The gates of (..., gates · H) as views (..., H)."""
    H = packed.shape[-1] // gates
    return [packed[..., k * H : (k + 1) * H] for k in range(gates)]


def gate_views(params: Mapping[str, Array], gates: str, gate: str) -> dict[str, Array]:
    """The slice of one gate in each packed parameter (the last axis holds the gates in order)."""
    if gate not in gates:
        raise ValueError(f"ゲートは {'、'.join(gates)} です。受け取った値: {gate!r}")
    k = gates.index(gate)
    views = {name: slices(p, len(gates))[k] for name, p in params.items() if name[:2] != "p_"}
    peephole = f"p_{gate}"
    return views | ({peephole: params[peephole]} if peephole in params else {})


def as_input(x: Any, layer: Layer, size: int, axes: str) -> Array:
    """x as a floating array; integers get the dtype of the layer's parameters.

    `axes` names the axes that must be there, such as "T, N, D"; the last one has `size` elements.

    Raises: ValueError for another shape or an empty sequence.
    """
    x = np.asarray(x)
    needed = axes.removeprefix("…, ").count(",") + 1
    if x.ndim < needed or x.shape[-1] != size:
        raise ValueError(f"x の形は ({axes})、最後の軸は {size} です。受け取った形: {x.shape}")
    if x.size == 0:
        raise ValueError(f"x が空です（長さ0の軸があります）。受け取った形: {x.shape}")
    if x.dtype.kind == "f":
        return x
    return x.astype(next(iter(layer.params.values())).dtype)


def or_zeros(value: Any, shape: tuple[int, ...], dtype: DTypeLike, name: str) -> Array:
    """A state or a gradient in that shape and dtype; None is 0.

    Raises: ValueError for another shape.
    """
    return np.zeros(shape, dtype) if value is None else shaped(value, shape, dtype, name)


def shaped(value: Any, shape: tuple[int, ...], dtype: DTypeLike, name: str) -> Array:
    """A gradient in exactly that shape (one that merely broadcasts is a mistake) and dtype.

    Raises: ValueError for another shape.
    """
    value = np.asarray(value, dtype)
    if value.shape != shape:
        raise ValueError(f"{name} の形は {shape} です。受け取った形: {value.shape}")
    return value


def padding(pad: Any, shape: tuple[int, ...]) -> Array:
    """`pad` as booleans (T, N, 1), True where x is padding.

    Raises: TypeError unless it is boolean, ValueError for another shape than (T, N).
    """
    pad = np.asarray(pad)
    if pad.dtype != bool:
        raise TypeError(f"pad は真偽値（True が詰め物）です。受け取った dtype: {pad.dtype}")
    if pad.shape != shape:
        raise ValueError(f"pad の形は {shape} です。受け取った形: {pad.shape}")
    return pad[..., None]


def project(x: Array, W: Array, out: Array | None = None) -> Array:
    """x W for all steps and rows at once: x (..., D), W (D, H) → (..., H), written to `out`.

    With W (S, D, H) and x (..., S, N, D) each setting has its own product.
    """
    if out is None:
        out = np.empty((*x.shape[:-1], W.shape[-1]), x.dtype)
    if W.ndim > 2:
        return np.matmul(x, W, out=out)
    np.matmul(x.reshape(-1, x.shape[-1]), W, out=out.reshape(-1, W.shape[-1]))
    return out


def weight_grad(x: Array, dy: Array, W: Array) -> Array:
    """dL/dW = Σ_t x_tᵀ dy_t, one product over all T·N rows: x (..., D), dy (..., H) → as W."""
    if W.ndim > 2:
        x, dy = _rows_of_setting(x), _rows_of_setting(dy)
    else:
        x, dy = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    return np.matmul(x.swapaxes(-1, -2), dy)


def bias_grad(dy: Array, b: Array) -> Array:
    """dL/db = Σ dy over every axis along which b was repeated: b (H,) or (S, 1, H)."""
    if b.ndim == 1:
        return np.add.reduce(dy.reshape(-1, dy.shape[-1]))
    return np.add.reduce(_rows_of_setting(dy), axis=-2, keepdims=True)


def _rows_of_setting(x: Array) -> Array:
    """(T, S, N, D) → (S, T·N, D); (S, N, D) stays."""
    if x.ndim == 3:
        return x
    return np.moveaxis(x, -3, 0).reshape(x.shape[-3], -1, x.shape[-1])
