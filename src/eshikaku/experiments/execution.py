"""One run of an experiment, the same in a learner's kernel, in a pipeline and in a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from eshikaku.experiments.declaration import Experiment, Report, Result


def quiet(done: int, total: int, partial: Any = None) -> None:
    """A ``report`` nobody listens to."""


def finite(found: Any) -> bool:
    """Whether no NaN and no infinity is in a number, an array, or a container of them."""
    import numpy as np

    if isinstance(found, Mapping):
        return all(finite(v) for v in found.values())
    if isinstance(found, list | tuple):
        return all(finite(v) for v in found)
    if isinstance(found, np.ndarray | np.generic | float | complex):
        values = np.asarray(found)
        return values.dtype.kind not in "fc" or bool(np.isfinite(values).all())
    return True


def execute(experiment: Experiment, settings: Mapping[str, Any], report: Report = quiet) -> Result:
    """Run with NumPy's overflow warnings off (divergence is a result) and mark divergence.

    Raises:
        TypeError: ``run`` returned something else than a Result.
        Exception: whatever ``run`` raises, ``Stopped`` and ``BadSetting`` among it.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        result = experiment.run(MappingProxyType(dict(settings)), report)
    if not isinstance(result, Result):
        raise TypeError(f"experiment {experiment.name!r}: run returned {type(result).__name__}")
    if not result.diverged and not finite(result.data):
        return replace(result, diverged=True)
    return result
