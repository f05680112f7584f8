"""What is on its way to a panel: in the order it was said, and said without a lock held."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any


class Outbox:
    """Words to panels, in order, whichever thread says them.

    A thread that knows what is so (it holds its owner's lock) calls :meth:`add`; once it holds
    no lock it calls :meth:`send`. Whoever finds the box not being emptied empties it, so that
    of two threads that speak at once the later word is put last, and neither waits for the
    other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Any, dict[str, Any]]] = deque()
        self._sending = False

    def add(self, panel: Any, traits: dict[str, Any]) -> None:
        """``traits`` shall be put on the panel; without a panel there is nobody to tell."""
        if panel is not None:
            with self._lock:
                self._waiting.append((panel, traits))

    def send(self) -> None:
        """Put what waits; another thread that is at it takes it along."""
        while True:
            with self._lock:
                if self._sending or not self._waiting:
                    return
                self._sending = True
                panel, traits = self._waiting.popleft()
            try:
                panel.put(**traits)
            finally:
                with self._lock:
                    self._sending = False
