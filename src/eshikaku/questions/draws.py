"""Drawing a calculation again until its typical mistakes can be told apart.

A generator draws once. Whether a learner's mistake can be recognised depends on the question:
on what it asks for, what it allows, and which mistakes it names. So the numbers are drawn again
here, from the same stream, until for every key of the question

- each near miss stands more than ten tolerances from the key,
- no typed number can mean two near misses (more than two tolerances lie between them),
- key and near misses can be typed: where nothing is allowed, a number of at most six digits.

A generator may also return ``None``: the numbers drawn are not the case it is about.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from eshikaku.questions.calculation import Calculation
from eshikaku.questions.grading import within
from eshikaku.questions.model import NumericKey

TRIES = 2_000
CLEAR = 10  # tolerances between a key and a near miss
APART = 2  # tolerances between two near misses

Generator = Callable[..., Any]


class NotDrawn(Exception):
    """No draw was clear; the message says what was wrong with the last one."""


def numbers(key: NumericKey, calculation: Calculation) -> tuple[float, list[float]] | None:
    """A key and its near misses as numbers; ``None`` where one is missing (said when shown)."""
    near = [n.value for n in key.near]
    names = [key.answer or "", *near]
    if any(isinstance(n, str) and n and n not in calculation.values for n in names):
        return None
    answer = calculation.values[key.answer] if key.answer else calculation.answer
    if answer is None or not math.isfinite(answer):
        return None
    near = [calculation.values[n] if isinstance(n, str) else n for n in near]
    if key.answer is None:
        near += [n.value for n in calculation.near]
    return float(answer), [float(n) for n in near]


def typeable(value: float, rtol: float, atol: float) -> bool:
    """Whether someone who arrives at ``value`` can write it so that it is recognised."""
    if atol or (rtol and value):
        return True  # rounded as far as the tolerance allows
    return value.is_integer() or math.isclose(float(f"{value:.6g}"), value, rel_tol=1e-12)


def problems(key: NumericKey, calculation: Calculation) -> Iterator[tuple[str, str]]:
    """(rule, numbers) of what keeps the mistakes of one key from being told apart."""
    found = numbers(key, calculation)
    if found is None:
        return
    (answer, near), rtol, atol = found, key.rtol, key.atol
    for value in (answer, *near):
        if not typeable(value, rtol, atol):
            yield "許す誤差が0では入力できない数です", f"{value:.6g}"
    for value in near:
        if within(value, answer, CLEAR * rtol, CLEAR * atol):
            rule = "典型的な誤りが正解に近すぎます（許す誤差の10倍以内）"
            yield rule, f"{value:.6g} と {answer:.6g}"
    for one, other in itertools.combinations(near, 2):
        if within(one, other, 0, APART * atol + rtol * (abs(one) + abs(other))):
            rule = "典型的な誤りを互いに区別できません（許す誤差の2倍以内）"
            yield rule, f"{one:.6g} と {other:.6g}"


def drawn(
    generator: Generator, stream: Any, args: Mapping[str, Any], keys: tuple[NumericKey, ...]
) -> Any:
    """What ``generator`` returns, drawn again until :func:`problems` finds nothing.

    Args:
        generator: ``(rng, **args) -> Calculation | None``.
        stream: the :class:`numpy.random.Generator` that every draw goes on with.

    Raises:
        NotDrawn: not within :data:`TRIES` draws, or a generator without chance is not clear.
    """
    why = "生成関数が None しか返しません"
    for _ in range(TRIES):
        before = stream.bit_generator.state
        found = generator(stream, **args)
        if found is not None and not isinstance(found, Calculation):
            return found
        if found is not None:
            problem = next((p for key in keys for p in problems(key, found)), None)
            if problem is None:
                return found
            why = "：".join(problem)
        if stream.bit_generator.state == before:
            break  # it draws nothing: every further draw is the same
    raise NotDrawn(why)


@lru_cache(maxsize=2**14)
def remembered(generator: Generator, seed: int, args: str, keys: tuple[NumericKey, ...]) -> Any:
    """:func:`drawn` for a seed, computed once in a process; ``args`` is JSON."""
    import numpy as np

    return drawn(generator, np.random.default_rng(seed), json.loads(args), keys)
