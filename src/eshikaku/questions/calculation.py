"""What a generator of a chapter's ``calculations.py`` returns.

    def lstm_parameter_count(rng: np.random.Generator, **args) -> Calculation: ...

Values are rounded first and the answer is computed from what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Near:
    """A typical wrong value and the misconception behind it."""

    value: Any
    why: str


@dataclass(frozen=True)
class Step:
    """One step of the worked solution.

    ``text`` is Markdown with math and may hold one hole ``@{?}`` where ``value`` is shown;
    steps whose ``name`` stands in the question's ``blank_steps`` are shown empty when faded.
    """

    name: str
    text: str
    value: Any = None


@dataclass(frozen=True)
class Calculation:
    """Values to show (``@{H}`` in the stem), the key, near misses, and the way there."""

    values: Mapping[str, Any]
    answer: Any = None  # number for numeric; None where the values serve another type
    near: Sequence[Near] = ()
    steps: Sequence[Step] = field(default_factory=tuple)
