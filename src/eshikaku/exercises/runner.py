"""Running the learner's code: captured, timed, and its errors kept apart from ours.

The whole grading runs in a thread of its own while the caller waits for it with a deadline. Past
the deadline an exception is raised inside that thread, which ends an endless Python loop on every
system (a signal would do so on POSIX only, and might hit the notebook after the call). A thread
stuck in C code is abandoned; either way the kernel is free again and the learner gets a message.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import io
import sys
import threading
import time
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np

TIME_LIMIT = 10.0  # seconds for one check(); an honest solution takes milliseconds
_KEPT = 2000  # characters of a call's print output


class TimeUp(BaseException):
    """Raised inside the learner's code when its time is over."""


class LearnerError(Exception):
    """The learner's function raised; ``__cause__`` is what it raised."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(repr(error))
        self.error = error

    @property
    def traceback(self) -> TracebackType | None:
        return self.error.__traceback__


class Stuck(Exception):
    """The code did not end even when told to."""


class Output(io.TextIOBase):
    """What the learner's function prints: the first characters are kept, the rest is counted."""

    def __init__(self) -> None:
        self.text = ""
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text[: max(0, _KEPT - len(self.text))]
        self.size += len(text)
        return len(text)


class Submission:
    """The learner's function, guarded: its errors become :class:`LearnerError`.

    ``args`` are the arguments of the last call, before it; ``printed`` is what it printed.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.args: tuple[Any, ...] | None = None
        self.printed = Output()

    def __call__(self, *args: Any) -> Any:
        self.args = copy.deepcopy(args)
        self.printed = Output()
        try:
            with contextlib.redirect_stdout(self.printed):
                return self.function(*args)
        except TimeUp:
            raise
        except (Exception, SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            raise LearnerError(error) from error


def run_limited(task: Callable[[], Any], limit: float = TIME_LIMIT) -> Any:
    """Run ``task`` in a thread with a deadline; return its result or raise what it raised.

    Raises:
        TimeUp: it was still running after ``limit`` seconds and was ended.
        Stuck: it could not be ended (it hides every exception, or hangs in compiled code).
    """
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            with np.errstate(all="ignore"):  # belongs to the thread; NaN and inf are findings
                outcome.append(task())
        except BaseException as error:  # handed over to the caller, who raises it
            failure.append(error)

    stdout = sys.stdout
    thread = threading.Thread(target=work, name="eshikaku-check", daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        thread.start()
        try:
            thread.join(limit)
        finally:
            if thread.is_alive():
                _end(thread)
                sys.stdout = stdout  # an abandoned thread never leaves its redirect_stdout
    if thread.is_alive():
        raise Stuck
    if failure:
        raise failure[0]
    return outcome[0]


def _end(thread: threading.Thread, patience: float = 1.0) -> None:
    """Raise :class:`TimeUp` inside the thread until it ends or ``patience`` seconds are over."""
    assert thread.ident is not None
    until = time.monotonic() + patience
    while thread.is_alive() and time.monotonic() < until:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp)
        )
        thread.join(0.1)
