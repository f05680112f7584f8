"""A training in the worker: what happens between the press of 実行 and its result."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eshikaku.experiments.declaration import BadSetting, Experiment, Result, Stopped
from eshikaku.experiments.execution import execute

REDRAW = 0.2  # seconds between two pictures of a growing run
TICK = 0.1  # seconds between two movements of the progress bar


@dataclass(frozen=True)
class Note:
    """What is said of a run: ``kind`` is "", diverged, stopped or error."""

    text: str = ""
    kind: str = ""
    detail: str = ""


DIVERGED = Note("発散しました。これも結果です。図で確かめてください。", "diverged")


def failure(error: Exception) -> Note:
    """An error of ``run`` or ``draw`` in Japanese; the traceback folded below."""
    if isinstance(error, BadSetting):
        return Note(str(error), "error")
    return Note(
        f"実行中にエラーが起きました（{type(error).__name__}: {error}）。"
        "設定は残っています。値を変えてもう一度実行できます。",
        "error",
        "".join(traceback.format_exception(error)[-6:]),
    )


class Training:
    """One run with progress, pictures while it grows, and an end on demand."""

    def __init__(
        self,
        experiment: Experiment,
        settings: Mapping[str, Any],
        *,
        progress: Callable[[int, int], None],
        picture: Callable[[Result], None],
    ) -> None:
        self.experiment = experiment
        self.settings = settings
        self.stop = threading.Event()
        self.seconds = 0.0
        self._progress = progress
        self._picture = picture
        self._latest: Result | None = None
        self._next_tick = self._next_picture = 0.0

    def run(self) -> tuple[Result | None, Note]:
        """The result (of a stopped run: as far as it came, if it came anywhere) and what to say."""
        begin = time.perf_counter()
        try:
            result = execute(self.experiment, self.settings, self._report)
        except Stopped:
            note = "止めました。" + ("途中までの結果を残してあります。" if self._latest else "")
            return self._latest, Note(note, "stopped")
        except Exception as error:
            return None, failure(error)
        finally:
            self.seconds = time.perf_counter() - begin
        return result, DIVERGED if result.diverged else Note(
            f"終わりました（{self.seconds:.1f}秒）。"
        )

    def _report(
        self, done: int, total: int, partial: Result | Callable[[], Result] | None = None
    ) -> None:
        if self.stop.is_set():
            raise Stopped
        now = time.perf_counter()
        if now >= self._next_tick:
            self._next_tick = now + TICK
            self._progress(int(done), int(total))
        if partial is None or now < self._next_picture:
            return
        self._latest = partial() if callable(partial) else partial
        self._picture(self._latest)
        spent = time.perf_counter() - now
        self._next_picture = now + spent + max(REDRAW, 2 * spent)  # most of the time is the run's
