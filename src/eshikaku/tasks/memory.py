"""Tasks that ask for memory alone: recall after a gap, a sum that is cleared, an alarm clock.

Every one is generated, endless, has a known right answer, and can be made longer at will.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

CLASSES = 4  # symbols that may have to be recalled
DISTRACTORS = 4  # symbols that mean nothing


def recall(
    rng: np.random.Generator,
    n: int,
    length: int,
    classes: int = CLASSES,
    distractors: int = DISTRACTORS,
) -> tuple[Array, Array]:
    """The first symbol is to be named after the last of `length` steps.

    x_1 is one of `classes` symbols, x_2 … x_T are random distractors, each a symbol of its own.

    Args:
        rng: draws symbols and distractors, all equally likely.
        n: number of sequences N.
        length: T, at least 2; the symbol has to last for T − 1 steps.
        classes, distractors: D = classes + distractors.

    Returns:
        x: one-hot, (T, n, D), float32.
        t: the class of x_1, (n,), integers: chance is 1 / classes.

    Source: the simplest of the long-time-lag tasks of Hochreiter & Schmidhuber (1997).
    """
    if length < 2:
        raise ValueError(f"長さは2以上です。受け取った値: {length}")
    t = rng.integers(0, classes, n)
    symbols = rng.integers(classes, classes + distractors, (length, n))
    symbols[0] = t
    x = np.zeros((length, n, classes + distractors), np.float32)
    np.put_along_axis(x, symbols[..., None], 1, axis=-1)
    return x, t


def running_sum(
    rng: np.random.Generator,
    n: int,
    length: int,
    write: float = 0.3,
    clear: float = 0.08,
    read: float = 0.3,
) -> tuple[Array, Array, Array]:
    """Add the marked values, start again from 0 at a clear mark, answer only when asked.

    s_t = (0 where clear_t, else s_{t−1}) + write_t v_t,  target_t = read_t s_t.
    Unmarked values must not be written, old sums must go, and nothing may be said unasked: one
    task for each of the three gates of an LSTM.

    Args:
        write, clear, read: probability of each mark at a step; the marks are independent.

    Returns:
        x: (v, write, clear, read) of each step, (T, n, 4), float32; v is −1 or 1.
        t: the target, (T, n, 1), float32.
        asked: the read marks, (T, n), booleans.

    Source: a marked-values task as the adding problem of Hochreiter & Schmidhuber (1997), made
        continual as in Gers et al. (2000).
    """
    if length < 1:
        raise ValueError(f"長さは1以上です。受け取った値: {length}")
    v = rng.choice([-1.0, 1.0], (length, n))
    writes, clears, asked = (rng.random((length, n)) < p for p in (write, clear, read))
    s, sums = np.zeros(n), np.empty((length, n))
    for t in range(length):
        s = np.where(clears[t], 0, s) + writes[t] * v[t]
        sums[t] = s
    x = np.stack([v, writes, clears, asked], axis=-1).astype(np.float32)
    return x, np.where(asked, sums, 0)[..., None].astype(np.float32), asked


def alarm(rng: np.random.Generator, n: int, length: int, delay: int) -> tuple[Array, Array]:
    """One cue comes in; exactly `delay` steps later, and never else, the output is to be 1.

    Args:
        length: T > delay; the cue stands at a random step 1 … T − delay.

    Returns: x and t, both (T, n, 1), float32, 0 but for one 1 in each sequence.

    Source: after the timing tasks of Gers, Schraudolph & Schmidhuber (2002).
    """
    if not 1 <= delay < length:
        raise ValueError(f"遅れは1以上 {length - 1} 以下です。受け取った値: {delay}")
    cue, row = rng.integers(0, length - delay, n), np.arange(n)
    x, t = np.zeros((2, length, n, 1), np.float32)
    x[cue, row], t[cue + delay, row] = 1, 1
    return x, t
