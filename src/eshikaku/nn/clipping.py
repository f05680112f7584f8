"""Gradient clipping, in place (Pascanu et al. 2013; by value: Graves 2013)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eshikaku.nn.functions import Array


def grad_norm(grads: Mapping[str, Array]) -> float:
    """‖g‖ = √(Σ of all squares), all parameters taken as one vector."""
    return float(
        np.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in grads.values()))
    )


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
