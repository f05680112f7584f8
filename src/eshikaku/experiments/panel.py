"""The live part of an experiment: one widget with all controls, the picture and the run list.

One model instead of forty ipywidgets: native controls inside their labels (keyboard, screen
reader), one message for a moved slider, and a picture that is swapped when it is decoded.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

from eshikaku import web
from eshikaku.experiments.static import HINT


@lru_cache(maxsize=1)
def _panel_class() -> type:
    import anywidget
    import traitlets

    class Panel(anywidget.AnyWidget):
        """State shared with the page; changed from any thread.

        :attr:`lock` guards the state alone. It is the last of all locks: while it is held
        nothing is called but the widget's own sending. What the page changed is told to the
        listener afterwards (traits have no observers but the widget itself).
        """

        _esm = web.text("experiments/panel.js")
        _css = web.text("experiments/panel.css")

        spec = traitlets.Dict().tag(sync=True)  # controls and texts, fixed
        positions = traitlets.Dict().tag(sync=True)  # set by the page and by us
        overlay = traitlets.Bool(True).tag(sync=True)  # set by the page
        picture = traitlets.Bytes().tag(sync=True)  # PNG
        alt = traitlets.Unicode().tag(sync=True)
        state = traitlets.Dict().tag(sync=True)  # phase, note, kind, detail, more
        progress: Any = traitlets.List().tag(sync=True)  # [done, total]
        runs: Any = traitlets.List().tag(sync=True)  # rows of the run list, newest first

        def __init__(self, **state: Any) -> None:
            self.lock = threading.RLock()
            self._listener: Any = None
            super().__init__(**state)
            self.on_msg(lambda _, message, __: self._tell("pressed", message))

        def listen(self, listener: Any) -> None:
            """Tell ``listener`` from now on: ``moved(positions)``, ``overlaid(overlay)`` and
            ``pressed(message)``, on the thread that the page's message came in."""
            self._listener = listener

        def set_state(self, sync_data: dict[str, Any]) -> None:
            """A change from the page; not in the middle of one of ours."""
            with self.lock:
                super().set_state(sync_data)
            for name, told in (("positions", "moved"), ("overlay", "overlaid")):
                if name in sync_data:
                    self._tell(told, sync_data[name])

        def put(self, **traits: Any) -> None:
            """Change what the page shows, all at once."""
            with self.lock, self.hold_sync():
                for name, value in traits.items():
                    setattr(self, name, value)

        def _tell(self, what: str, value: Any) -> None:
            if self._listener is not None:
                getattr(self._listener, what)(value)

        def show(self) -> None:
            """Display it; a notebook read without a kernel has the hint in its place."""
            from IPython.display import display

            view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
            display(
                {"text/plain": HINT, "application/vnd.jupyter.widget-view+json": view}, raw=True
            )

    return Panel


def panel(**state: Any) -> Any:
    """A new panel with this state."""
    return _panel_class()(**state)
