"""Gradient clipping, in place (Pascanu et al. 2013; by value: Graves 2013)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eshikaku.nn.functions import Array

LARGE = 65_536  # numbers: half a megabyte in float64


def grad_norm(grads: Mapping[str, Array]) -> float:
    """‖g‖ = √(Σ of all squares), all parameters taken as one vector; summed in float64."""
    return float(np.sqrt(sum(_square_sum(g) for g in grads.values())))


def _square_sum(g: Array) -> float:
    """Σ g²: in float64, of large arrays the rows of 1024 in their own dtype first.

    So the float64 copy of a large array is saved; where such a row overflows, it is made.
    """
    flat = g.reshape(-1)
    if flat.size > LARGE:
        rows = flat[: flat.size // 1024 * 1024].reshape(-1, 1024)
        rest = flat[rows.size :].astype(np.float64)
        total = float(np.vecdot(rows, rows).sum(dtype=np.float64)) + float(rest @ rest)
        if np.isfinite(total):
            return total
    return float(np.sum(np.square(flat, dtype=np.float64)))


def clip_by_norm(grads: Mapping[str, Array], max_norm: float) -> float:
    """g ← g · max_norm / ‖g‖ where ‖g‖ > max_norm; the direction is kept.

    Returns ‖g‖ before clipping, as `torch.nn.utils.clip_grad_norm_`.
    """
    norm = grad_norm(grads)
    if norm > max_norm:
        for g in grads.values():
            g *= max_norm / norm
    return norm


def clip_by_value(grads: Mapping[str, Array], limit: float) -> None:
    """Each component is cut to [−limit, limit]; the direction may change."""
    for g in grads.values():
        np.clip(g, -limit, limit, out=g)
