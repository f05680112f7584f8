"""Ready-made checks for the authors of exercises.

``standard(inputs)`` is what nearly every exercise wants; ``gradients`` is for backward functions,
``holds`` for a property. Each check draws fresh cases, calls the submitted function on copies of
the arguments and returns the first :class:`Finding`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eshikaku.exercises.compare import RTOL, describe, difference, leaves, to_array
from eshikaku.exercises.declaration import Check, Finding
from eshikaku.exercises.inputs import (
    Arrays,
    Inputs,
    arrays,
    bits,
    call_text,
    choice,
    constant,
    derived,
    draw,
    generator,
    integer,
    labels,
    normal,
    number,
    onehot,
    parameter_names,
    probabilities,
    uniform,
)
from eshikaku.exercises.purity import Seedless, Unchanged

__all__ = [
    "arrays",
    "bits",
    "choice",
    "constant",
    "derived",
    "generator",
    "gradients",
    "holds",
    "integer",
    "labels",
    "normal",
    "number",
    "onehot",
    "probabilities",
    "standard",
    "uniform",
    "values",
]

GRADIENT_RTOL = 1e-5  # central differences with step 1e-5 in float64 are good to about 1e-9
_STEP = 1e-5


class ReferenceFailed(Exception):
    """The reference gave something no submission can be compared with: our fault."""


@dataclass(frozen=True)
class Case:
    """One kind of draw: pinned sizes, a scale, a float type, and how a message names it."""

    note: str = ""
    scale: float = 1.0
    dtype: type = np.float64
    sizes: tuple[tuple[str, int], ...] = ()

    def draw(self, inputs: Inputs, rng: np.random.Generator) -> tuple[Any, ...]:
        return draw(inputs, rng, scale=self.scale, dtype=self.dtype, **dict(self.sizes))


@dataclass(frozen=True)
class Values:
    """The submitted function gives what the reference gives, in every case."""

    name: str
    inputs: Inputs
    cases: tuple[Case, ...]
    returns: tuple[str, ...] = ()
    rtol: float = RTOL
    exact_dtype: bool = True

    def __call__(
        self,
        submitted: Callable[..., Any],
        reference: Callable[..., Any],
        rng: np.random.Generator,
    ) -> Finding | None:
        for case in self.cases:
            args = case.draw(self.inputs, rng)
            expected = reference(*copy.deepcopy(args))
            _refuse_unusable(expected, case)
            got = submitted(*copy.deepcopy(args))
            found = difference(
                got, expected, self.returns, rtol=self.rtol, exact_dtype=self.exact_dtype
            )
            if found:
                return Finding(
                    called=call_text(reference, self.inputs, args) + case.note,
                    got=found.got,
                    expected=found.expected,
                    next_step=found.next_step,
                    args=args,
                    values=(got, expected),
                    returns=self.returns,
                )
        return None


def values(
    inputs: Inputs,
    returns: Sequence[str] = (),
    *,
    name: str = "形と値",
    count: int = 3,
    rtol: float = RTOL,
    exact_dtype: bool = True,
) -> Check:
    """Shape, dtype and value as the reference gives them, over ``count`` fresh cases."""
    return Values(name, inputs, (Case(),) * count, tuple(returns), rtol, exact_dtype)


def standard(
    inputs: Inputs,
    returns: Sequence[str] = (),
    *,
    scales: Sequence[float] = (10, 100, 1000),
    ones: Sequence[str] = ("N", "T"),
    float32: bool = True,
    rtol: float = RTOL,
    exact_dtype: bool = True,
) -> tuple[Check, ...]:
    """The checks nearly every exercise wants.

    Args:
        inputs: the declared arguments (:func:`arrays`) or a plain ``inputs(rng) -> args``; with
            the latter scales and sizes cannot be varied.
        returns: names of the outputs, in order (a dict names its own).
        scales: factors of the normal draws at which results must still be right.
        ones: letters that are also tried as 1, one at a time.
        float32: whether float32 must stay float32.
        rtol: relative to the largest element expected.
        exact_dtype: whether the float type must be the reference's.
    """
    names = tuple(returns)

    def checked(name: str, cases: Iterable[Case]) -> list[Check]:
        given = tuple(cases)
        return [Values(name, inputs, given, names, rtol, exact_dtype)] if given else []

    varied = isinstance(inputs, Arrays)
    letters = inputs.letters if isinstance(inputs, Arrays) else frozenset()
    single = [Case(f"　{k}=1 のとき", sizes=((k, 1),)) for k in ones if k in letters]
    large = [Case(f"　入力を{s:g}倍", scale=s) for s in scales] if varied else []
    return (
        *checked("形と値", (Case(),) * 3),
        *checked("大きさが1の軸", single),
        *checked("大きな値", large),
        *checked("float32", [Case("　float32", dtype=np.float32)] if float32 else []),
        Unchanged(inputs),
        Seedless(inputs, names),
    )


@dataclass(frozen=True)
class Gradients:
    """Each returned gradient equals the central difference of a scalar loss."""

    inputs: Inputs
    loss: Callable[..., Any]
    wrt: tuple[str, ...]
    rtol: float = GRADIENT_RTOL
    count: int = 2
    name: str = "数値微分との一致"

    def __call__(
        self,
        submitted: Callable[..., Any],
        reference: Callable[..., Any],
        rng: np.random.Generator,
    ) -> Finding | None:
        for _ in range(self.count):
            args = draw(self.inputs, rng)
            passed = self._passed(reference, args)
            got = submitted(*copy.deepcopy(passed))
            expected = self._expected(reference, args)
            returns = tuple(f"d{k}" for k in self.wrt)
            found = difference(got, expected, returns, rtol=self.rtol, exact_dtype=False)
            if found:
                return Finding(
                    called=call_text(reference, None, passed),
                    got=found.got,
                    expected=f"数値微分 {found.expected}",
                    next_step="その勾配の式を、連鎖律で1つ前の量から書き直してください。",
                    args=passed,
                    values=(got, expected),
                    returns=returns,
                )
        return None

    def _passed(self, reference: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments the function takes, by name; the loss may know more of them."""
        given = dict(zip(parameter_names(reference, self.inputs), args, strict=True))
        taken = parameter_names(reference, None)
        return tuple(given[k] for k in taken)

    def _expected(self, reference: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """The central differences, in the structure in which the reference returns them."""
        names = parameter_names(reference, self.inputs)
        numeric = [self._numeric(args, names.index(k)) for k in self.wrt]
        given = reference(*copy.deepcopy(self._passed(reference, args)))
        if len(leaves(given)) != len(self.wrt):
            raise ReferenceFailed(f"the reference returns {describe(given)}, wrt is {self.wrt}")
        if isinstance(given, dict):
            return dict(zip(given, numeric, strict=True))
        return tuple(numeric) if isinstance(given, tuple | list) else numeric[0]

    def _numeric(self, args: tuple[Any, ...], place: int) -> np.ndarray[Any, Any]:
        moved = list(copy.deepcopy(args))
        x = np.array(moved[place], dtype=np.float64)
        moved[place] = x
        gradient = np.empty_like(x)
        for where in np.ndindex(x.shape):
            kept = x[where]
            x[where] = kept + _STEP
            above = float(self.loss(*moved))
            x[where] = kept - _STEP
            below = float(self.loss(*moved))
            x[where] = kept
            gradient[where] = (above - below) / (2 * _STEP)
        return gradient


def gradients(
    inputs: Inputs,
    loss: Callable[..., Any],
    wrt: Sequence[str],
    *,
    rtol: float = GRADIENT_RTOL,
) -> Check:
    """Finite differences in float64 for a backward function.

    Args:
        inputs: the arguments of the loss; those named like the function's parameters are passed
            to the function.
        loss: ``loss(*args) -> float`` of all of them.
        wrt: the arguments whose gradients the function returns, in this order.
        rtol: relative to the largest element of each gradient.
    """
    return Gradients(inputs, loss, tuple(wrt), rtol)


@dataclass(frozen=True)
class Holds:
    """A property of the output."""

    inputs: Inputs
    test: Callable[..., Any]
    name: str
    expected: str
    next_step: str
    count: int = 3

    def __call__(
        self,
        submitted: Callable[..., Any],
        reference: Callable[..., Any],
        rng: np.random.Generator,
    ) -> Finding | None:
        for _ in range(self.count):
            args = draw(self.inputs, rng)
            got = submitted(*copy.deepcopy(args))
            expected = reference(*copy.deepcopy(args))
            found = difference(got, expected, exact_dtype=False, by_value=False)
            if found:  # a test may rely on the structure and shapes of the output
                got_text, wanted, step = found.got, found.expected, found.next_step
            elif not self.test(got, *copy.deepcopy(args)):
                got_text, wanted, step = describe(got), self.expected, self.next_step
            else:
                continue
            called = call_text(reference, self.inputs, args)
            return Finding(called, got_text, wanted, step, args, (got, expected))
        return None


def holds(
    inputs: Inputs,
    test: Callable[..., Any],
    *,
    name: str,
    expected: str,
    next_step: str,
) -> Check:
    """A property: ``test(output, *args) -> bool`` on fresh cases.

    ``expected`` says the property in Japanese (「各行の和が1」), ``next_step`` what to look at.
    """
    return Holds(inputs, test, name, expected, next_step)


def _refuse_unusable(expected: Any, case: Case) -> None:
    for leaf in leaves(expected):
        if hasattr(leaf.value, "dtype"):
            array = to_array(leaf.value)
            if array.dtype.kind not in "fc":
                continue
            if np.isnan(array).any() or (case.scale > 1 and np.isinf(array).any()):
                raise ReferenceFailed(f"the reference gives nan or inf{case.note}")
