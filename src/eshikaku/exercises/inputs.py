"""Arguments of a call, declared by their shapes and drawn anew for each case.

``arrays(x="N D", W="D 4H", t=labels("N", below="C"))`` declares the arguments in the order of
the function's parameters. Each letter is a size; letters get distinct sizes, so that a confusion
of two axes shows in the shape. A draw can pin sizes (``N=1``), scale the normal draws and choose
the float type: this is what the ready-made checks vary.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from eshikaku.exercises.compare import describe
from eshikaku.exercises.declaration import Inputs

Sizes = Mapping[str, int]
Sampler = Callable[["Draw"], Any]

_TERM = re.compile(r"(\d*)([A-Za-z]\w*)|(\d+)")
_SHOWN = 2  # elements of an array that a message shows
_LOWEST, _HIGHEST = 2, 7  # small enough to be read in a message, large enough to tell axes apart


@dataclass(frozen=True)
class Draw:
    """What one draw of the arguments is made of."""

    rng: np.random.Generator
    sizes: Sizes
    scale: float
    dtype: np.dtype[Any]
    earlier: Mapping[str, Any]  # the arguments drawn before this one, by name

    def shape(self, text: str) -> tuple[int, ...]:
        return tuple(_size(token, self.sizes) for token in text.split())


@dataclass(frozen=True)
class Spec:
    """How one argument is drawn; ``letters`` are the sizes it names."""

    sample: Sampler
    letters: frozenset[str] = frozenset()


def normal(shape: str, std: float = 1.0) -> Spec:
    """Normal draws, multiplied by the case's scale; what a bare ``"N D"`` means."""
    return Spec(
        lambda d: (d.rng.normal(0.0, std, d.shape(shape)) * d.scale).astype(d.dtype),
        _letters(shape),
    )


def uniform(shape: str, low: float, high: float) -> Spec:
    """Uniform draws in [low, high), whatever the scale."""
    return Spec(lambda d: d.rng.uniform(low, high, d.shape(shape)).astype(d.dtype), _letters(shape))


def labels(shape: str, below: str) -> Spec:
    """Integers 0 … below−1; ``below`` is a size too: ``labels("N", below="C")``."""
    return Spec(
        lambda d: d.rng.integers(0, _size(below, d.sizes), d.shape(shape)),
        _letters(f"{shape} {below}"),
    )


def bits(shape: str) -> Spec:
    """Zeros and ones as floats."""
    return Spec(lambda d: d.rng.integers(0, 2, d.shape(shape)).astype(d.dtype), _letters(shape))


def onehot(shape: str) -> Spec:
    """One 1 along the last axis."""

    def sample(d: Draw) -> Any:
        *rest, last = d.shape(shape)
        return np.eye(last, dtype=d.dtype)[d.rng.integers(0, last, rest)]

    return Spec(sample, _letters(shape))


def probabilities(shape: str) -> Spec:
    """Positive, sum 1 along the last axis."""

    def sample(d: Draw) -> Any:
        *rest, last = d.shape(shape)
        return d.rng.dirichlet(np.ones(last), rest).astype(d.dtype)

    return Spec(sample, _letters(shape))


def number(low: float, high: float) -> Spec:
    """A Python float in [low, high)."""
    return Spec(lambda d: float(d.rng.uniform(low, high)))


def integer(low: int, high: int) -> Spec:
    """A Python int from low to high, both included."""
    return Spec(lambda d: int(d.rng.integers(low, high, endpoint=True)))


def choice(*values: Any) -> Spec:
    """One of the values."""
    return Spec(lambda d: values[int(d.rng.integers(len(values)))])


def constant(value: Any) -> Spec:
    """Always this value."""
    return Spec(lambda d: value)


def generator() -> Spec:
    """A freshly seeded ``numpy.random.Generator``; reference and submission get equal ones."""
    return Spec(lambda d: np.random.default_rng(d.rng.integers(2**32)))


def derived(function: Callable[[Mapping[str, Any]], Any]) -> Spec:
    """Computed from the arguments before it: ``derived(lambda a: np.tanh(a["x"] @ a["W"]))``."""
    return Spec(lambda d: function(d.earlier))


@dataclass(frozen=True)
class Arrays:
    """Declared arguments; call it with a Generator for a typical case. Made by :func:`arrays`."""

    specs: Mapping[str, Spec]
    bounds: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    names: tuple[str, ...] = ()  # the arguments given, in order

    def only(self, *names: str) -> Arrays:
        """The same draws, but these arguments alone are given, in this order.

        For a function whose arguments derive from others: a backward function takes the cached
        ``h``, which derives from ``b``, but not ``b`` itself.
        """
        unknown = set(names) - set(self.specs)
        if unknown:
            raise ValueError(f"no argument {', '.join(sorted(unknown))} is declared")
        return replace(self, names=names)

    @property
    def letters(self) -> frozenset[str]:
        """The sizes that vary."""
        named = frozenset().union(*(s.letters for s in self.specs.values()))
        return named - {k for k, (low, high) in self.bounds.items() if low == high}

    def with_sizes(self, **sizes: int | tuple[int, int]) -> Arrays:
        """The same arguments with sizes fixed (``C=10``) or bounded (``T=(3, 6)``)."""
        new = {k: (v, v) if isinstance(v, int) else v for k, v in sizes.items()}
        return replace(self, bounds={**self.bounds, **new})

    def with_specs(self, **specs: str | Spec) -> Arrays:
        """The same arguments with some of them drawn in another way."""
        unknown = set(specs) - set(self.specs)
        if unknown:
            raise ValueError(f"no argument {', '.join(sorted(unknown))} is declared")
        return replace(self, specs={**self.specs, **_specs(specs)})

    def __call__(self, rng: np.random.Generator) -> tuple[Any, ...]:
        return self.draw(rng)

    def draw(
        self,
        rng: np.random.Generator,
        *,
        scale: float = 1.0,
        dtype: Any = np.float64,
        **pinned: int,
    ) -> tuple[Any, ...]:
        """Draw the arguments of one call, in order."""
        sizes = self.sizes(rng, **pinned)
        earlier: dict[str, Any] = {}
        for name, spec in self.specs.items():
            earlier[name] = spec.sample(Draw(rng, sizes, scale, np.dtype(dtype), earlier))
        return tuple(earlier[name] for name in self.names)

    def sizes(self, rng: np.random.Generator, **pinned: int) -> dict[str, int]:
        """Draw the size of each letter: distinct ones where their bounds allow."""
        sizes: dict[str, int] = {}
        letters = sorted(frozenset().union(*(s.letters for s in self.specs.values())))
        # the narrowest ranges choose first, so that the others can keep out of their way
        for letter in sorted(letters, key=lambda k: np.ptp(self.bounds.get(k, (0, 99)))):
            low, high = self.bounds.get(letter, (_LOWEST, max(_HIGHEST, len(letters) + 2)))
            free = [n for n in range(low, high + 1) if n not in sizes.values()]
            sizes[letter] = int(rng.choice(free or range(low, high + 1)))
        return {**sizes, **pinned}


def arrays(**specs: str | Spec) -> Arrays:
    """Declare the arguments of a function, in the order of its parameters.

    Args:
        specs: per argument a shape for normal draws (``"T N D"``; sizes may be ``4H``, ``D+H``,
            ``T+1`` or ``3``) or one of the other specs of this module.
    """
    return Arrays(_specs(specs), names=tuple(specs))


def _specs(given: Mapping[str, str | Spec]) -> dict[str, Spec]:
    return {k: normal(v) if isinstance(v, str) else v for k, v in given.items()}


def draw(
    inputs: Inputs,
    rng: np.random.Generator,
    *,
    scale: float = 1.0,
    dtype: Any = np.float64,
    **pinned: int,
) -> tuple[Any, ...]:
    """Draw from declared arguments or from a plain function (then only the float type is ours)."""
    if isinstance(inputs, Arrays):
        return inputs.draw(rng, scale=scale, dtype=dtype, **pinned)
    return tuple(_cast(value, np.dtype(dtype)) for value in inputs(rng))


def parameter_names(reference: Callable[..., Any], inputs: object) -> list[str]:
    """The names of a call's arguments: as declared, else as the reference calls them."""
    if isinstance(inputs, Arrays):
        return list(inputs.names)
    return list(inspect.signature(reference).parameters)


def call_text(reference: Callable[..., Any], inputs: object, args: tuple[Any, ...]) -> str:
    """How a call is shown: ``(x (3, 2), h_prev (3, 4))``; the function's name is put in front."""
    shown = []
    for name, value in zip(parameter_names(reference, inputs), args, strict=True):
        if isinstance(value, np.ndarray):
            few = value.size <= _SHOWN and value.dtype.kind in "biuf"
            shown.append(f"{name}={_values(value)}" if few else f"{name} {value.shape}")
        elif isinstance(value, np.random.Generator):
            shown.append(name)
        else:
            shown.append(f"{name}={describe(value)}")
    return f"({', '.join(shown)})"


def _values(value: np.ndarray[Any, Any]) -> str:
    """A small array in one line: ``[[0.31, -1.2]]``."""
    return np.array2string(value, precision=3, separator=", ", max_line_width=1000).replace(
        "\n", ""
    )


def _cast(value: Any, dtype: np.dtype[Any]) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(dtype)
    if isinstance(value, dict):
        return {k: _cast(v, dtype) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_cast(v, dtype) for v in value)
    return value


def _size(token: str, sizes: Sizes) -> int:
    """``H`` · ``4H`` · ``D+H`` · ``T+1`` · ``3``."""
    total = 0
    for term in token.split("+"):
        match = _TERM.fullmatch(term)
        if not match:
            raise ValueError(f"size {token!r}: write H, 4H, D+H, T+1 or 3")
        factor, letter, plain = match.groups()
        total += int(plain) if plain else int(factor or 1) * sizes[letter]
    return total


def _letters(shape: str) -> frozenset[str]:
    return frozenset(m[2] for m in _TERM.finditer(shape) if m[2])
