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
        """State shared with the page; set from any thread while :attr:`lock` is held."""

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
            super().__init__(**state)

        def set_state(self, sync_data: dict[str, Any]) -> None:
            """A change from the page; not in the middle of one of ours."""
            with self.lock:
                super().set_state(sync_data)

        def put(self, **traits: Any) -> None:
            """Change what the page shows."""
            with self.lock:
                for name, value in traits.items():
                    setattr(self, name, value)

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
