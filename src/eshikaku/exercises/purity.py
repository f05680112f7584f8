"""Checks that a function keeps to its arguments: it changes none and depends on nothing else."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eshikaku.exercises.compare import difference, equal
from eshikaku.exercises.declaration import Case, Finding, Inputs
from eshikaku.exercises.inputs import Arrays, call_text, draw, parameter_names

_DRAWS = 2  # typical draws; each special case is added


@dataclass(frozen=True)
class Unchanged:
    """The arguments are the same after the call."""

    inputs: Inputs
    special: Mapping[str, Inputs] = field(default_factory=dict)
    name: str = "入力を書き換えない"

    def cases(self, reference: Callable[..., Any], rng: np.random.Generator) -> list[Case]:
        return [
            Case(draw(given, rng), note=note, origin=given)
            for note, given in _all(self.inputs, self.special)
        ]

    def judge(
        self, submitted: Callable[..., Any], reference: Callable[..., Any], case: Case
    ) -> Finding | None:
        after = copy.deepcopy(case.args)
        submitted(*after)
        names = parameter_names(reference, self.inputs)
        for name, old, new in zip(names, case.args, after, strict=True):
            if equal(old, new):
                continue
            return Finding(
                called=call_text(reference, self.inputs, case.args) + case.note,
                got=f"呼び出しのあと {name} の中身が変わっています",
                expected="引数は呼び出しの前と同じ",
                next_step=f"{name} += … や {name}[…] = … は呼び出し側の配列を書き換えます。"
                "新しい配列を作ってください。",
                args=case.args,
            )
        return None


@dataclass(frozen=True)
class Independent:
    """Each call depends on its arguments alone: not on the global random state, not on the calls
    before it (two inputs of one shape, then the first again)."""

    inputs: Inputs
    special: Mapping[str, Inputs] = field(default_factory=dict)
    returns: tuple[str, ...] = ()
    name: str = "呼び出しごとに独立"

    def cases(self, reference: Callable[..., Any], rng: np.random.Generator) -> list[Case]:
        found = []
        for note, given in _all(self.inputs, self.special):
            first, second = _alike(given, rng)
            expected = reference(*copy.deepcopy(second))
            found.append(Case(first, note=note, origin=(second, expected)))
        return found

    def judge(
        self, submitted: Callable[..., Any], reference: Callable[..., Any], case: Case
    ) -> Finding | None:
        second, expected = case.origin
        outputs = []
        for seed, args in enumerate((case.args, second, case.args)):
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002 - the legacy global state is what is tested
            before = (random.getstate(), np.random.get_state())  # noqa: NPY002
            outputs.append(copy.deepcopy(submitted(*copy.deepcopy(args))))
            after = (random.getstate(), np.random.get_state())  # noqa: NPY002
            if not equal(before, after):
                return Finding(
                    call_text(reference, self.inputs, args) + case.note,
                    "呼び出しが全体の乱数の状態を変えました",
                    "np.random や random の状態に触れない",
                    "乱数がいるときは引数の Generator だけを使ってください。",
                    args,
                )
        advice = "前の呼び出しの値を関数の外や既定の引数に残していないかを確かめてください。"
        found = difference(outputs[1], expected, self.returns, rtol=1e-6, floats="any")
        if found:
            called = call_text(reference, self.inputs, second) + case.note
            return Finding(
                called + "　同じ形の別の引数で呼んだあと", found.got, found.expected, advice, second
            )
        found = difference(outputs[2], outputs[0], self.returns)
        if found:
            return Finding(
                call_text(reference, self.inputs, case.args) + case.note + "　同じ引数で2回",
                f"2回目 {found.got}",
                f"1回目と同じ {found.expected}",
                advice,
                case.args,
            )
        return None


def _all(inputs: Inputs, special: Mapping[str, Inputs]) -> Iterator[tuple[str, Inputs]]:
    """Typical inputs several times, then each special case: note and inputs."""
    for _ in range(_DRAWS):
        yield "", inputs
    yield from special.items()


def _alike(inputs: Inputs, rng: np.random.Generator) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Two draws with arrays of the same shapes."""
    if isinstance(inputs, Arrays):
        sizes = inputs.sizes(rng)
        return inputs.draw(rng, **sizes), inputs.draw(rng, **sizes)
    first = inputs(rng)
    others = (inputs(rng) for _ in range(20))  # a plain function draws its own sizes
    shapes = [np.shape(v) for v in first if isinstance(v, np.ndarray)]
    for second in others:
        if [np.shape(v) for v in second if isinstance(v, np.ndarray)] == shapes:
            return first, second
    return first, first
