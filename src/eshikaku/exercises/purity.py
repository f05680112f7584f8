"""Checks that a function keeps to its arguments: it changes none and depends on nothing else."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from eshikaku.exercises.compare import difference, equal
from eshikaku.exercises.declaration import Finding
from eshikaku.exercises.inputs import Inputs, call_text, draw, parameter_names


@dataclass(frozen=True)
class Unchanged:
    """The arguments are the same after the call."""

    inputs: Inputs
    name: str = "入力を書き換えない"

    def __call__(
        self,
        submitted: Callable[..., Any],
        reference: Callable[..., Any],
        rng: np.random.Generator,
    ) -> Finding | None:
        args = draw(self.inputs, rng)
        after = copy.deepcopy(args)
        submitted(*after)
        names = parameter_names(reference, self.inputs)
        for name, old, new in zip(names, args, after, strict=True):
            if equal(old, new):
                continue
            return Finding(
                called=call_text(reference, self.inputs, args),
                got=f"呼び出しのあと {name} の中身が変わっています",
                expected="引数は呼び出しの前と同じ",
                next_step=f"{name} += … や {name}[…] = … は呼び出し側の配列を書き換えます。"
                "新しい配列を作ってください。",
                args=args,
            )
        return None


@dataclass(frozen=True)
class Seedless:
    """No dependence on, and no change to, the global random state; nothing kept between calls."""

    inputs: Inputs
    returns: tuple[str, ...] = ()
    name: str = "呼び出しごとに独立"

    def __call__(
        self,
        submitted: Callable[..., Any],
        reference: Callable[..., Any],
        rng: np.random.Generator,
    ) -> Finding | None:
        args = draw(self.inputs, rng)
        called = call_text(reference, self.inputs, args)
        outputs = []
        for seed in (1, 2):
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002 - the legacy global state is what is tested
            before = (random.getstate(), np.random.get_state())  # noqa: NPY002
            outputs.append(copy.deepcopy(submitted(*copy.deepcopy(args))))
            after = (random.getstate(), np.random.get_state())  # noqa: NPY002
            if not equal(before, after):
                return Finding(
                    called,
                    "呼び出しが全体の乱数の状態を変えました",
                    "np.random や random の状態に触れない",
                    "乱数がいるときは引数の Generator だけを使ってください。",
                    args,
                )
        found = difference(outputs[1], outputs[0], self.returns)
        if found:
            return Finding(
                called + "　同じ引数で2回",
                f"2回目 {found.got}",
                f"1回目と同じ {found.expected}",
                "前の呼び出しの値を関数の外や既定の引数に残していないかを確かめてください。",
                args,
            )
        return None
