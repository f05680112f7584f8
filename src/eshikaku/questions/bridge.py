"""The kernel's end of the way between page and Python: one widget, created, never displayed.

Messages from the page::

    {"type": "hello"}                                     → history
    {"type": "event", "event": {"uuid": …, "kind": …}}    → verdict (or its error)
    {"type": "variant", "token": …, "id", "seed", "fade", "correct", "mode"}  → variant
    {"type": "day"}                                       the date changed: nothing comes back

The page keeps an event until its verdict arrives, so a failure here loses nothing: the page
is told in Japanese and sends the event again when a bridge appears.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from eshikaku import web
from eshikaku.questions import bank, parameters
from eshikaku.questions.render import question_html

Message = dict[str, Any]

_current: Bridge | None = None


class Bridge:
    """Joins the page to the record; a new one replaces the old one.

    Args:
        on_event: takes the page's event, grades and records it, returns the verdict as a dict
            (``status``, ``score``, …; empty for events without one). What it raises is shown
            to the learner, and the event stays in the page's queue.
        history: earlier answers, ``{id: {"seed", "answer", "status", "confidence", …}}``.
        next_seed: the seed of the next variant of a question id; drawn at random if not given.
        record: the name of the record, by which the page tells its learners apart.
        on_day: called when the page notices that what it shows is of another day.
    """

    def __init__(
        self,
        on_event: Callable[[dict[str, Any]], Mapping[str, Any]],
        history: Callable[[], Mapping[str, Any]],
        next_seed: Callable[[str], int] | None = None,
        record: str = "",
        on_day: Callable[[], None] = lambda: None,
    ) -> None:
        global _current
        if _current is not None:
            _current.close()
        self._on_event = on_event
        self._history = history
        self._record = record
        self._on_day = on_day
        self._next_seed = next_seed or (lambda id: secrets.randbelow(2**53 - 1) + 1)
        self.widget = _widget_class()()
        self.widget.on_msg(lambda widget, message, buffers: self._receive(message))
        _current = self

    def close(self) -> None:
        """Take the bridge away; the page keeps what it cannot send."""
        self.widget.close()

    def _receive(self, message: Message) -> None:
        if message["type"] == "day":
            self._on_day()
            return
        answer = {"event": self._event, "variant": self._variant, "hello": self._hello}
        self.widget.send(answer[message["type"]](message))

    def _event(self, message: Message) -> Message:
        event = message["event"]
        reply = {"type": "verdict", "uuid": event["uuid"]}
        try:
            return {**reply, "verdict": dict(self._on_event(event))}
        except Exception as error:  # whatever it is, the learner must hear of it
            return {**reply, "error": f"記録できませんでした（{_said(error)}）"}

    def _hello(self, message: Message) -> Message:
        reply = {"type": "history", "record": self._record}
        try:
            return {**reply, "answers": dict(self._history())}
        except Exception as error:
            return {**reply, "error": f"記録を読めませんでした（{_said(error)}）"}

    def _variant(self, message: Message) -> Message:
        reply = {"type": "variant", "id": message["id"], "token": message.get("token")}
        try:
            question = bank.question(message["id"])
            fade, correct = message["fade"], message["correct"]
            if correct is not None:
                fade = parameters.next_fade(question, fade, correct)
            seed = self._next_seed(question.id)
            made = parameters.other_numbers(question, seed, message["seed"], fade)
            return {**reply, "html": question_html(made, message["mode"])}
        except Exception as error:
            return {**reply, "error": f"別の数値を作れませんでした（{_said(error)}）"}


def _said(error: Exception) -> str:
    """What the learner reads: our own errors speak Japanese, others are named."""
    ours = type(error).__module__.startswith("eshikaku.")
    return str(error) if ours else f"{type(error).__name__}: {error}"


@lru_cache(maxsize=1)
def _widget_class() -> type[Any]:
    import anywidget

    class Wire(anywidget.AnyWidget):
        """Carries messages; its ``initialize`` hook runs although it is never displayed."""

        _esm = web.text("questions/bridge.js")

    return Wire
