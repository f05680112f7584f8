"""Chapter 01: one run of binary addition beside a loop over samples and digits; 25 at once.

All of it is one thread of NumPy, so processor time is taken: a busy neighbour does not count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from tests.bench import Row, ratio_row

from eshikaku.chapters.rnn import adder
from eshikaku.chapters.rnn.experiments import binary_addition, grid_view

REPEATS = 5
ACCURACY = "桁の正解率"


def nobody(done: int, total: int, partial: object = None) -> None:
    """A report that nobody reads."""


def loop(samples: int = adder.SAMPLES, lr: float = 0.05, seed: int = 0) -> float:
    """Sample by sample and digit by digit, as first programs do it; share of right digits.

    The same network and data as the experiment's defaults (tanh, 16 units, N(0, 0.32²)); the loss
    is summed over the digits of one sum and the weights change after each sum.
    """
    rng = np.random.default_rng(seed)
    W_x, W_h, W_y = (rng.normal(0, 0.32, shape) for shape in ((2, 16), (16, 16), (16, 1)))
    b_h, b_y = np.zeros(16), np.zeros(1)
    x, t = adder.binary_addition(np.random.default_rng([seed, adder.BITS]), samples, adder.BITS)
    for i in range(samples):
        h, errors = [np.zeros((1, 16))], []
        for place in range(adder.BITS):
            h.append(np.tanh(x[place, i : i + 1] @ W_x + h[-1] @ W_h + b_h))
            y = 1 / (1 + np.exp(-(h[-1] @ W_y + b_y)))
            errors.append(y - t[place, i])
        dW_x, dW_h, dW_y = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(W_y)
        db_h, db_y, dh = np.zeros_like(b_h), np.zeros_like(b_y), np.zeros((1, 16))
        for place in reversed(range(adder.BITS)):
            da = (errors[place] @ W_y.T + dh) * (1 - h[place + 1] ** 2)
            dW_y += h[place + 1].T @ errors[place]
            db_y += errors[place][0]
            dW_x += x[place, i : i + 1].T @ da
            dW_h += h[place].T @ da
            db_h += da[0]
            dh = da @ W_h.T
        for weight, grad in zip(
            (W_x, W_h, b_h, W_y, b_y), (dW_x, dW_h, db_h, dW_y, db_y), strict=True
        ):
            weight -= lr * grad
    net = adder.Adder(16, rng)
    net.load({"rnn.W_x": W_x, "rnn.W_h": W_h, "rnn.b_h": b_h, "out.W": W_y, "out.b": b_y})
    return float(adder.right(net, *adder.held_out()).mean())


def main() -> list[Row]:
    """Ratios of `quality.md` that the chapter is bound to."""
    defaults, grid_defaults = binary_addition.defaults(), grid_view.defaults()
    accuracy = binary_addition.run(defaults, nobody).summary[ACCURACY]
    start = time.process_time()
    loop_accuracy = loop()
    loop_seconds = time.process_time() - start
    one, grid = _medians(
        lambda: binary_addition.run(defaults, nobody),
        lambda: grid_view.run(grid_defaults, nobody),
    )
    return [
        Row("a loop over samples and digits", f"{loop_seconds:.2f} s, {loop_accuracy:.1%} right"),
        Row(
            "one run of the experiment",
            f"{one:.2f} s, {accuracy:.1%} right",
            "accuracy ≥ the loop's",
            accuracy >= loop_accuracy,
        ),
        ratio_row("the loop : one run", loop_seconds / one, at_least=15),
        Row("25 settings at once", f"{grid:.2f} s"),
        ratio_row("25 settings at once : one run", grid / one, at_most=3),
    ]


def _medians(*runs: Callable[[], object]) -> list[float]:
    """Median processor seconds of each, called in turns."""
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(REPEATS):
        for run, seconds in zip(runs, taken, strict=True):
            start = time.process_time()
            run()
            seconds.append(time.process_time() - start)
    return [statistics.median(seconds) for seconds in taken]
