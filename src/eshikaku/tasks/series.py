"""Time series: two real ones that come with statsmodels, a generated one, and baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Series:
    """A series with what a figure needs.

    Attributes:
        values: (T,), equally spaced.
        time: (T,), in `unit`s (years as decimal numbers).
        name, quantity: Japanese, for titles and axes.
    """

    values: Array
    time: Array
    name: str
    quantity: str
    unit: str = "年"


def sine(length: int = 400, period: float = 25.0, noise: float = 0.0, seed: int = 0) -> Series:
    """x_t = sin(2π t / period) + noise · N(0, 1)."""
    t = np.arange(length)
    rng = np.random.default_rng(seed)
    values = np.sin(2 * np.pi * t / period) + noise * rng.standard_normal(length)
    return Series(values, t.astype(float), "正弦波", "値", "時刻")


def sunspots() -> Series:
    """Yearly mean sunspot number, 1700–2008, T = 309.

    Package: statsmodels (`statsmodels.datasets.sunspots`), BSD-3-Clause.
    Licence of the data: public domain, as its `COPYRIGHT` field says.
    Source: National Oceanic and Atmospheric Administration (NGDC).
    """
    from statsmodels.datasets import sunspots as packaged

    data = packaged.load_pandas().data
    return Series(
        data["SUNACTIVITY"].to_numpy(float),
        data["YEAR"].to_numpy(float),
        "太陽の黒点数（年平均）",
        "黒点数",
    )


def co2() -> Series:
    """Weekly CO₂ at Mauna Loa, 1958–2001, as means of four weeks; gaps are interpolated.

    59 of the 2284 weeks are missing; they are filled linearly.

    Package: statsmodels (`statsmodels.datasets.co2`), BSD-3-Clause.
    Licence of the data: public domain, as its `COPYRIGHT` field says.
    Source: Keeling & Whorf, Carbon Dioxide Research Group, Scripps Institution of Oceanography.
    """
    from statsmodels.datasets import co2 as packaged

    weekly = packaged.load_pandas().data["co2"].interpolate()
    values = weekly.to_numpy(float)
    weeks = len(values) // 4 * 4
    days = (weekly.index.to_numpy() - np.datetime64("1970-01-01")) / np.timedelta64(1, "D")
    year = 1970 + days / 365.2425
    return Series(
        values[:weeks].reshape(-1, 4).mean(1),
        year[:weeks].reshape(-1, 4).mean(1),
        "大気中のCO₂濃度（マウナロア）",
        "CO₂濃度 (ppm)",
    )


def autocorrelation(x: Array, max_lag: int) -> Array:
    """r_k = Σ_t (x_t − x̄)(x_{t+k} − x̄) / Σ_t (x_t − x̄)² for k = 0 … max_lag.

    The usual (biased) estimate: the same denominator for each lag.

    Args:
        x: (T,), T > max_lag.

    Returns: (max_lag + 1,), r_0 = 1.
    """
    x = np.asarray(x, float)
    if not 0 <= max_lag < len(x):
        raise ValueError(f"ラグは 0 以上 {len(x) - 1} 以下です。受け取った値: {max_lag}")
    d = x - x.mean()
    return np.array([d[: len(d) - k] @ d[k:] for k in range(max_lag + 1)]) / (d @ d)


def lag_forecast(x: Array, lag: int = 1) -> Array:
    """The lag baseline x̂_t = x_{t−lag} for t = lag … T−1: what a model has to beat.  (T − lag,)."""
    return np.asarray(x)[:-lag]


def rmse(forecast: Array, truth: Array) -> float:
    """√ mean (forecast − truth)²."""
    return float(np.sqrt(np.mean((np.asarray(forecast) - np.asarray(truth)) ** 2)))


def windows(x: Array, length: int, stride: int = 1) -> tuple[Array, Array]:
    """Training pairs for one-step forecasts: x_t → x_{t+1} inside each window.

    Args:
        x: (T,).
        length: steps of a window, `length < T`.

    Returns: inputs and targets, both (length, N, 1), float32, time-major.
    """
    x = np.asarray(x, np.float32)
    if not 1 <= length < len(x):
        raise ValueError(f"窓の長さは 1 以上 {len(x) - 1} 以下です。受け取った値: {length}")
    cut = np.lib.stride_tricks.sliding_window_view(x, length + 1)[::stride].T  # (length+1, N)
    return cut[:-1, :, None].copy(), cut[1:, :, None].copy()
