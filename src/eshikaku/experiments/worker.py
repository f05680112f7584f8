"""One thread, one job at a time.

A kernel has two of them: :data:`trainings` (never two trainings at once) and :data:`pictures`
(moved sliders and redraws, which need not wait for a training).
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

Job = Callable[[], None]


class _Pending(NamedTuple):
    urgent: bool
    number: int
    key: Hashable
    job: Job


class Worker:
    """A daemon thread that starts with the first job and does them in order, urgent ones first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._change = threading.Condition()
        self._pending: list[_Pending] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._busy = False

    def submit(self, key: Hashable, job: Job, urgent: bool = True) -> None:
        """Add a job; one with the same key that has not begun is replaced by it."""
        with self._change:
            self._pending = [p for p in self._pending if p.key != key]
            self._pending.append(_Pending(urgent, next(self._numbers), key, job))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._change.notify_all()

    def cancel(self, wanted: Callable[[Any], bool]) -> int:
        """Drop the jobs that have not begun and whose key is wanted; how many."""
        with self._change:
            before = len(self._pending)
            self._pending = [p for p in self._pending if not wanted(p.key)]
            self._change.notify_all()
            return before - len(self._pending)

    def waits(self, key: Hashable) -> bool:
        """Whether a job with this key has been submitted and not begun."""
        with self._change:
            return any(p.key == key for p in self._pending)

    def wait_for_more(self, seconds: float) -> bool:
        """Called in a job: whether another one comes within that time."""
        with self._change:
            return self._change.wait_for(lambda: bool(self._pending), seconds)

    def wait_until_idle(self, seconds: float) -> bool:
        """Whether all jobs were done within that time."""
        with self._change:
            return self._change.wait_for(lambda: not self._pending and not self._busy, seconds)

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: bool(self._pending))
                chosen = min(self._pending, key=lambda p: (not p.urgent, p.number))
                self._pending.remove(chosen)
                self._busy = True
            try:
                chosen.job()
            except Exception:  # a job shows its own errors; this one is ours: print it, go on
                sys.excepthook(*sys.exc_info())
            finally:
                with self._change:
                    self._busy = False
                    self._change.notify_all()


trainings = Worker("eshikaku-trainings")
pictures = Worker("eshikaku-pictures")
