"""What the tests of the exercises' engine share: demos, submissions, what a report says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import demo_exercises as demo
from eshikaku.exercises import Check
from eshikaku.exercises.report import Report

DEMOS = [demo.DENSE, demo.CROSS_ENTROPY, demo.AFFINE, demo.SCALED]
RNG = np.random.default_rng


def anonymous(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with a source that is not the starter's."""
    return lambda *args: function(*args)


def advice(report: Report) -> str:
    return dict(report.rows)["次に"]


def written(source: str, name: str = "dense", **names: Any) -> Callable[..., Any]:
    """A learner's function from text, without a file: like code pasted into ``exec``."""
    space: dict[str, Any] = {"np": np, **names}
    exec(source, space)
    return space[name]


def judged(one: Check, submitted: Callable[..., Any], reference: Callable[..., Any]) -> Any:
    """The first finding of one check."""
    found = (one.judge(submitted, reference, c) for c in one.cases(reference, RNG(0)))
    return next(filter(None, found), None)
