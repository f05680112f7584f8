"""Running the learner's code: captured, timed, and its errors kept apart from ours.

The whole grading runs in a thread of its own while the caller waits for it with a deadline. Past
the deadline an exception is raised inside that thread, which ends an endless Python loop on every
system (a signal would do so on POSIX only, and might hit the notebook after the call). A thread
stuck in compiled code is abandoned; either way the kernel is free again and the learner gets a
message. Not so where compiled code never lets go of the interpreter (``sum(range(10**11))``): no
thread of this process runs then, see :mod:`eshikaku.exercises.watchdog`. ``os._exit()`` and a
crash in compiled code end the kernel.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import ctypes
import io
import math
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

from eshikaku.exercises.messages import error_text

TIME_LIMIT = 10.0  # seconds for one check(); an honest solution takes milliseconds
PATIENCE = 1.0  # seconds a thread past its deadline is given to end
_KEPT = 2000  # characters of a call's print output
_SHARED = (np, np.random, np.linalg, math, random, builtins)


class TimeUp(BaseException):
    """Raised inside the learner's code when its time is over."""


class InputAsked(Exception):
    """The learner's function called ``input()``."""


class LearnerError(Exception):
    """The learner's function raised ``error``; ``text`` is its kind and message, shortened."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.text = error_text(error)
        super().__init__(self.text)


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


class _Run:
    """One run in a thread: what became of it."""

    def __init__(self) -> None:
        self.over = threading.Event()  # the caller no longer waits
        self.done = threading.Event()  # the thread has ended
        self.outcome: Any = None
        self.failure: BaseException | None = None


_here = threading.local()  # .run: the run that this thread is


class Submission:
    """The learner's function, guarded: its errors become :class:`LearnerError`.

    ``args`` are the arguments of the last call, before it; ``printed`` is what it printed.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.args: tuple[Any, ...] | None = None
        self.printed = Output()

    def __call__(self, *args: Any) -> Any:
        run: _Run | None = getattr(_here, "run", None)
        if run is not None and run.over.is_set():
            raise TimeUp  # it hid the first one; an abandoned thread makes no further call
        self.args = copy.deepcopy(args)
        self.printed = Output()
        try:
            with contextlib.redirect_stdout(self.printed), _surroundings_kept():
                return self.function(*args)
        except TimeUp:
            raise
        except BaseException as error:  # also SystemExit, and kinds of the learner's own
            if run is not None and run.over.is_set():
                raise TimeUp from error  # raised in answer to ours
            raise LearnerError(error) from error


@contextlib.contextmanager
def _surroundings_kept() -> Iterator[None]:
    """Modules shared with the grader come out as they went in; ``input`` and ``exit`` raise."""
    before = [(module, dict(vars(module))) for module in _SHARED]
    shell = _shell()
    try:
        builtins.input = _no_input
        if shell is not None:
            shell.ask_exit = _no_exit  # IPython's exit() only notes that the kernel is to end
        yield
    finally:
        if shell is not None:
            del shell.ask_exit
        for module, saved in before:
            _restore(module, saved)


def _restore(module: ModuleType, saved: dict[str, Any]) -> None:
    now = vars(module)
    for name in [k for k, v in now.items() if k not in saved and not isinstance(v, ModuleType)]:
        delattr(module, name)  # a submodule stays: it was imported
    for name, value in saved.items():
        if now.get(name, now) is not value:
            setattr(module, name, value)


def _shell() -> Any:
    """The IPython shell of this kernel, or ``None``."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _no_input(prompt: object = "") -> str:
    raise InputAsked("input()")


def _no_exit() -> None:
    raise SystemExit


def run_limited(task: Callable[[], Any], limit: float = TIME_LIMIT) -> Any:
    """Run ``task`` in a thread with a deadline; return its result or raise what it raised.

    Interrupted (KeyboardInterrupt), it ends the thread too.

    Raises:
        TimeUp: it was still running after ``limit`` seconds and was ended.
        Stuck: it could not be ended (it hides every exception, or hangs in compiled code).
    """
    run = _Run()

    def work() -> None:
        _here.run = run
        try:
            with np.errstate(all="ignore"):  # belongs to the thread; NaN and inf are findings
                run.outcome = task()
        except BaseException as error:  # handed over to the caller, who raises it
            run.failure = error
        finally:
            run.done.set()

    stdout, shared = sys.stdout, [(module, dict(vars(module))) for module in _SHARED]
    thread = threading.Thread(target=work, name="eshikaku-check", daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        thread.start()
        try:
            # Not thread.join(): where an interrupt breaks into that, Python ≤ 3.12 takes the
            # thread for ended.
            run.done.wait(limit)
        finally:
            if not run.done.is_set():
                run.over.set()
                try:
                    _end(thread, run)
                finally:
                    sys.stdout = stdout  # what an abandoned thread does not give back
                    for module, saved in shared:
                        _restore(module, saved)
    if not run.done.is_set():
        raise Stuck
    if run.failure is not None:
        raise run.failure
    return run.outcome


def _end(thread: threading.Thread, run: _Run) -> None:
    """Raise :class:`TimeUp` inside the thread until it ends or patience does."""
    assert thread.ident is not None
    until = time.monotonic() + PATIENCE
    while not run.done.is_set() and time.monotonic() < until:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp)
        )
        run.done.wait(0.1)
