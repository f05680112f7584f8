"""Locks that tell when they are taken in two orders, or held while something foreign is called."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any


class LockOrder:
    """Which lock was taken while which others were held, by all threads together.

    A fault is kept, not raised: in a thread of its own it would be lost.
    """

    def __init__(self) -> None:
        self.faults: set[str] = set()
        self._after: dict[str, set[str]] = defaultdict(set)
        self._held = threading.local()
        self._guard = threading.Lock()

    def watched(self, name: str) -> WatchedLock:
        """A new reentrant lock under observation."""
        return WatchedLock(self, name)

    def held(self) -> list[str]:
        """Names of the locks that this thread holds, in the order it took them."""
        if not hasattr(self._held, "names"):
            self._held.names = []
        names: list[str] = self._held.names
        return names

    def taking(self, name: str) -> None:
        """This thread is about to take the lock."""
        with self._guard:
            for before in self.held():
                if before == name:
                    continue
                if self._leads(name, before):
                    self.faults.add(f"{before} → {name}, and elsewhere {name} → {before}")
                self._after[before].add(name)

    def foreign(self, what: str, allowed: tuple[str, ...] = ()) -> None:
        """``what`` is called; a fault if a lock is held that is not ``allowed``."""
        held = [name for name in self.held() if name not in allowed]
        if held:
            self.faults.add(f"{what} is called while {', '.join(held)} is held")

    def calling(self, what: str, call: Callable[..., Any], *allowed: str) -> Callable[..., Any]:
        """``call``, with :meth:`foreign` before it."""

        def watched(*args: Any, **keywords: Any) -> Any:
            self.foreign(what, allowed)
            return call(*args, **keywords)

        return watched

    def _leads(self, start: str, end: str) -> bool:
        seen, open_ = set(), [start]
        while open_:
            name = open_.pop()
            if name == end:
                return True
            if name not in seen:
                seen.add(name)
                open_ += self._after[name]
        return False


class WatchedLock:
    """A reentrant lock with the protocol that ``threading.Condition`` asks of one."""

    def __init__(self, order: LockOrder, name: str) -> None:
        self.order, self.name = order, name
        self._lock: Any = threading.RLock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if blocking:
            self.order.taking(self.name)
        got: bool = self._lock.acquire(blocking, timeout)
        if got:
            self.order.held().append(self.name)
        return got

    def release(self) -> None:
        self.order.held().remove(self.name)
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error: object) -> None:
        self.release()

    def _is_owned(self) -> bool:
        owned: bool = self._lock._is_owned()
        return owned

    def _release_save(self) -> Any:
        self.order.held().remove(self.name)
        self.order.foreign(f"{self.name}.wait")
        return self._lock._release_save()

    def _acquire_restore(self, state: Any) -> None:
        self.order.taking(self.name)
        self._lock._acquire_restore(state)
        self.order.held().append(self.name)
