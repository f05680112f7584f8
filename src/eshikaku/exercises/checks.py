"""Ready-made checks for the authors of exercises.

``standard(inputs)`` is what nearly every exercise wants; ``gradients`` is for backward functions,
``holds`` for a property. Each check draws fresh cases with what the reference answers, and judges
the submitted function on copies of the arguments.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from eshikaku.exercises.compare import (
    RTOL,
    RTOL_SINGLE,
    Floats,
    describe,
    difference,
    leaves,
    located,
    to_array,
)
from eshikaku.exercises.declaration import Case, Check, Finding
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
from eshikaku.exercises.purity import Independent, Unchanged

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
]

GRADIENT_RTOL = 1e-5  # central differences with step 1e-5 in float64 are good to about 1e-9
_STEP = 1e-5


class ReferenceFailed(Exception):
    """The reference gave something no submission can be compared with: our fault."""


@dataclass(frozen=True)
class Kind:
    """One kind of draw: its inputs, pinned sizes, a scale, a float type; how a message names it."""

    inputs: Inputs
    note: str = ""
    scale: float = 1.0
    dtype: type = np.float64
    sizes: tuple[tuple[str, int], ...] = ()

    def draw(self, rng: np.random.Generator, **sizes: int) -> tuple[Any, ...]:
        pinned = {**sizes, **dict(self.sizes)}
        return draw(self.inputs, rng, scale=self.scale, dtype=self.dtype, **pinned)

    def case(self, reference: Callable[..., Any], args: tuple[Any, ...]) -> Case:
        """The call with these arguments, as the reference answers it."""
        expected = reference(*copy.deepcopy(args))
        _refuse_unusable(expected, self)
        return Case(args, expected, self.note, self)

    def smaller(self) -> Iterator[dict[str, int]]:
        """Sizes to try, from the smallest on, when an input small enough to calculate is wanted."""
        if isinstance(self.inputs, Arrays):
            letters = sorted(self.inputs.letters - set(dict(self.sizes)))
            least = {k: self.inputs.bounds.get(k, (1, 0))[0] for k in letters}
            yield least
            yield from ({**least, k: least[k] + 1} for k in letters)
            yield {k: n + 1 for k, n in least.items()}


@dataclass(frozen=True)
class Values:
    """The submitted function gives what the reference gives, in every kind of case."""

    name: str
    inputs: Inputs
    kinds: tuple[Kind, ...]
    returns: tuple[str, ...] = ()
    rtol: float = RTOL
    floats: Floats = "precise"

    def cases(self, reference: Callable[..., Any], rng: np.random.Generator) -> list[Case]:
        return [kind.case(reference, kind.draw(rng)) for kind in self.kinds]

    def smaller(
        self, reference: Callable[..., Any], rng: np.random.Generator, case: Case
    ) -> Iterator[Case]:
        """Cases like this one, with the smallest inputs first."""
        for sizes in case.origin.smaller():
            for _ in range(3):
                yield case.origin.case(reference, case.origin.draw(rng, **sizes))

    def judge(
        self, submitted: Callable[..., Any], reference: Callable[..., Any], case: Case
    ) -> Finding | None:
        single = case.origin.dtype == np.float32
        rtol = max(self.rtol, RTOL_SINGLE) if single else self.rtol
        got = submitted(*copy.deepcopy(case.args))
        found = difference(got, case.expected, self.returns, rtol=rtol, floats=self.floats)
        if not found:
            return None
        value = found.kind == "value"
        return Finding(
            called=call_text(reference, case.origin.inputs, case.args) + case.note,
            got=found.got,
            expected=found.expected,
            next_step=found.next_step,
            args=case.args,
            values=(got, case.expected),
            returns=self.returns,
            where=located(got, case.expected, self.returns, rtol) if value else "",
            case=case if value else None,
        )


def standard(
    inputs: Inputs,
    returns: Sequence[str] = (),
    *,
    cases: Mapping[str, Inputs] | None = None,
    scales: Sequence[float] = (10, 100, 1000),
    ones: Sequence[str] = ("N", "T"),
    float32: bool | Literal["kept"] = True,
    rtol: float = RTOL,
) -> tuple[Check, ...]:
    """The checks nearly every exercise wants.

    Args:
        inputs: the declared arguments (:func:`arrays`) or a plain ``inputs(rng) -> args``; with
            the latter scales and sizes cannot be varied.
        returns: names of the outputs, in order (a dict names its own).
        cases: inputs that decide about a fault which typical draws may miss, by how a message
            names them (「T = 9 のとき」). Every check draws each of them, also for purity.
        scales: factors of the normal draws at which results must still be right.
        ones: letters that are also tried as 1, one at a time.
        float32: whether float32 is tried. A result in float64 is as good, unless float32 is to be
            ``"kept"``: then the statement must say so.
        rtol: relative to the largest element expected.
    """
    names = tuple(returns)

    def checked(name: str, kinds: Iterable[Kind], floats: Floats = "precise") -> list[Check]:
        given = tuple(kinds)
        return [Values(name, inputs, given, names, rtol, floats)] if given else []

    varied = isinstance(inputs, Arrays)
    letters = inputs.letters if isinstance(inputs, Arrays) else frozenset()
    special = {f"　{note}": given for note, given in (cases or {}).items()}
    single = [Kind(inputs, f"　{k}=1 のとき", sizes=((k, 1),)) for k in ones if k in letters]
    large = [Kind(inputs, f"　入力を{s:g}倍", scale=s) for s in scales] if varied else []
    short = [Kind(inputs, "　float32", dtype=np.float32)] if float32 else []
    return (
        *checked("形と値", (Kind(inputs),) * 3),
        *checked("特別な場合", [Kind(given, note) for note, given in special.items()] * 2),
        *checked("大きさが1の軸", single),
        *checked("大きな値", large),
        *checked("float32", short, "kept" if float32 == "kept" else "any"),
        Unchanged(inputs, special),
        Independent(inputs, special, names),
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

    def cases(self, reference: Callable[..., Any], rng: np.random.Generator) -> list[Case]:
        drawn = [draw(self.inputs, rng) for _ in range(self.count)]
        return [Case(self._passed(reference, a), self._expected(reference, a)) for a in drawn]

    def judge(
        self, submitted: Callable[..., Any], reference: Callable[..., Any], case: Case
    ) -> Finding | None:
        got = submitted(*copy.deepcopy(case.args))
        returns = tuple(f"d{k}" for k in self.wrt)
        found = difference(got, case.expected, returns, rtol=self.rtol, floats="any")
        if not found:
            return None
        value = found.kind == "value"
        return Finding(
            called=call_text(reference, None, case.args),
            got=found.got,
            expected=f"数値微分 {found.expected}",
            next_step="その勾配の式を、連鎖律で1つ前の量から書き直してください。",
            args=case.args,
            values=(got, case.expected),
            returns=returns,
            where=located(got, case.expected, returns, self.rtol) if value else "",
        )

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

    def cases(self, reference: Callable[..., Any], rng: np.random.Generator) -> list[Case]:
        kind = Kind(self.inputs)
        return [kind.case(reference, kind.draw(rng)) for _ in range(self.count)]

    def judge(
        self, submitted: Callable[..., Any], reference: Callable[..., Any], case: Case
    ) -> Finding | None:
        got = submitted(*copy.deepcopy(case.args))
        found = difference(got, case.expected, floats="any", by_value=False)
        if found:  # a test may rely on the structure and shapes of the output
            text, wanted, step = found.got, found.expected, found.next_step
        elif not self.test(got, *copy.deepcopy(case.args)):
            text, wanted, step = describe(got), self.expected, self.next_step
        else:
            return None
        called = call_text(reference, self.inputs, case.args)
        return Finding(called, text, wanted, step, case.args, (got, case.expected))


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


def _refuse_unusable(expected: Any, case: Kind) -> None:
    for leaf in leaves(expected):
        if hasattr(leaf.value, "dtype"):
            array = to_array(leaf.value)
            if array.dtype.kind not in "fc":
                continue
            if np.isnan(array).any() or (case.scale > 1 and np.isinf(array).any()):
                raise ReferenceFailed(f"the reference gives nan or inf{case.note}")
