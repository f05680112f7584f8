"""What a kernel remembers of an experiment, and what its controls and buttons do.

Messages of the page arrive on kernel threads; they change state and submit jobs. Runs and
pictures happen on the threads of :mod:`eshikaku.experiments.worker`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from typing import Any, Protocol

from eshikaku.experiments import controls
from eshikaku.experiments.declaration import BadSetting, Experiment, Result
from eshikaku.experiments.execution import execute
from eshikaku.experiments.history import History, Kept, row
from eshikaku.experiments.painter import Painter
from eshikaku.experiments.training import DIVERGED, Note, Training, failure
from eshikaku.experiments.worker import pictures, trainings

SETTLE = 0.35  # seconds without a move after which the sharp picture is drawn


class Page(Protocol):
    """What a session can change in the notebook besides its panel."""

    def figure(self, kept: Kept, picture: bytes, alt: str) -> None:
        """Replace the static figure."""

    def unfold(self, part: str) -> None:
        """Open ``reason`` or ``seen``."""

    def record(self, event: dict[str, Any]) -> None:
        """Record a run the learner asked for."""


class Session:
    """One experiment in one kernel: settings, runs and prediction outlive the cell's output."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.history = History(experiment)
        self.positions = controls.positions(experiment, experiment.defaults())
        self.overlay = True
        self.prediction: Any = None  # the learner's raw answer
        self.named_change_ran = False
        self.page: Page | None = None
        self.panel: Any = None
        self._lock = threading.RLock()
        self._painter = Painter(experiment)
        self._queue: list[dict[str, Any]] = []  # settings of trainings that run or wait
        self._training: Training | None = None
        self._recorded_touch = False

    # -- the page ------------------------------------------------------------------------

    def spec(self) -> dict[str, Any]:
        """The fixed part of what the panel shows."""
        x = self.experiment
        return {
            "title": x.title,
            "controls": [controls.describe(c) for c in x.controls],
            "live": x.live,
            "overlay": x.overlay,
            "change": controls.change_text(x),
            "full": f"長い版を実行（約{x.full_minutes:g}分）" if x.full else "",
            "width": round(x.figsize[0] * 100),
            "height": round(x.figsize[1] * 100),
        }

    def attach(self, panel: Any, page: Page) -> None:
        """Make ``panel`` the live part (an older one is closed) and show what there is."""
        with self._lock:
            older, self.panel, self.page = self.panel, panel, page
        if older is not None:
            older.close()
        panel.observe(lambda change: self.moved(change["new"]), "positions")
        panel.observe(lambda change: self.overlaid(change["new"]), "overlay")
        panel.on_msg(lambda _, message, __: self.pressed(message))
        if self.experiment.live:
            self._look()
        elif self.history.runs:
            self._redraw()
        elif not self._queue:
            self.submit(self.experiment.defaults(), by_learner=False)

    def moved(self, positions: Mapping[str, Any]) -> None:
        """Controls were moved."""
        with self._lock:
            if dict(positions) == self.positions:
                return
            self.positions = dict(positions)
        if self.experiment.live:
            self._look(by_learner=True)

    def overlaid(self, overlay: bool) -> None:
        """Overlay was switched."""
        self.overlay = overlay
        self._redraw()

    def pressed(self, message: Mapping[str, Any]) -> None:
        """A button was pressed; ``message`` is ``{"type": …}``."""
        x, kind = self.experiment, message.get("type")
        try:
            if kind == "run":
                self.submit(controls.settings_at(x, message["positions"]))
            elif kind == "full" and x.full:
                self.submit({**controls.settings_at(x, message["positions"]), **x.full})
            elif kind == "change" and x.prediction:
                self._change({**x.defaults(), **x.prediction.change})
            elif kind == "stop":
                self.stop()
            elif kind == "keep":
                pictures.submit((x.key, "keep"), lambda: self._look_once(keep=True))
            elif kind in ("delete", "clear"):
                self.history.delete(message["run"] if kind == "delete" else None)
                self._redraw()
        except BadSetting as error:
            self._say(Note(str(error), "error"))

    def _change(self, settings: dict[str, Any]) -> None:
        with self._lock:
            self.positions = controls.positions(self.experiment, settings)
        self.panel.put(positions=self.positions)
        if self.experiment.live:
            self._look(by_learner=True)
        else:
            self.submit(settings)

    # -- trainings -----------------------------------------------------------------------

    def submit(self, settings: dict[str, Any], by_learner: bool = True) -> None:
        """Queue a training; the same settings do not wait twice."""
        with self._lock:
            if settings in self._queue:
                return
            self._queue.append(settings)
        self._say(Note())
        key = (self.experiment.key, "train", str(settings))
        trainings.submit(key, lambda: self._train(settings, by_learner), urgent=by_learner)

    def stop(self) -> None:
        """Stop the run, and forget those that wait."""
        with self._lock:
            self._queue = [s for s in self._queue if self._runs(s)]
            if self._training is not None:
                self._training.stop.set()
        trainings.cancel(lambda key: key[:2] == (self.experiment.key, "train"))
        self._say(Note() if self._training else Note("取り消しました。", "stopped"))

    def _runs(self, settings: dict[str, Any]) -> bool:
        return self._training is not None and self._training.settings is settings

    def _train(self, settings: dict[str, Any], by_learner: bool) -> None:
        growing = self.history.new(settings, Result({}))

        def picture(result: Result) -> None:
            growing.result = result
            runs = self.history.seen(self.overlay, growing)
            self._put(self._painter.draft(runs), f"{self.experiment.title}（実行の途中）")

        training = Training(
            self.experiment,
            settings,
            progress=lambda done, total: self.panel.put(progress=[done, total]),
            picture=picture,
        )
        with self._lock:
            if settings not in self._queue:  # cancelled on its way here
                return
            self._training = training
        self._say(Note())
        self.panel.put(progress=[0, 1])
        try:
            result, note = training.run()
        except Exception as error:  # a picture of the growing run failed
            result, note = None, failure(error)
        finally:
            with self._lock:
                self._training = None
                self._queue = [s for s in self._queue if s is not settings]
        if result is not None:
            growing.result, growing.seconds = result, training.seconds
            growing.stopped = note.kind == "stopped"
            self.history.keep(growing)
            self._list()
        self._say(note)
        if result is None:
            return
        problem = self._show_runs()
        if problem is not None:
            self._say(problem)
        if by_learner and not growing.stopped:
            self._ran(growing)

    # -- forward passes ------------------------------------------------------------------

    def _look(self, by_learner: bool = False) -> None:
        pictures.submit((self.experiment.key, "look"), lambda: self._look_once(by_learner))

    def _look_once(self, by_learner: bool = False, keep: bool = False) -> None:
        """Run the present settings and draw; the sharp picture follows when nothing moves."""
        try:
            settings = controls.settings_at(self.experiment, self.positions)
            run = self.history.new(settings, execute(self.experiment, settings))
            if keep:
                self.history.keep(run)
            runs = self.history.seen(self.overlay, run)
            self._put(self._painter.draft(runs), self.experiment.alt(runs[-1]))
            self._list(run)
            self._say(DIVERGED if run.result.diverged else Note())
            pictures.wait_for_more(SETTLE)
            if not pictures.waits((self.experiment.key, "look")):
                self._settle(run)
                if by_learner:
                    self._ran(run)
        except Exception as error:
            self._say(failure(error))

    # -- pictures ------------------------------------------------------------------------

    def _redraw(self) -> None:
        """The kept runs changed: draw them again, besides any training."""
        if self.experiment.live:
            self._look()
            return

        def job() -> None:
            note = self._show_runs()
            if note is not None:
                self._say(note)

        pictures.submit((self.experiment.key, "redraw"), job)

    def _show_runs(self) -> Note | None:
        """List and draw the kept runs; a note where drawing failed."""
        runs = self.history.runs
        self._list()
        if not runs:
            self.panel.put(picture=b"", alt="")
            return None
        try:
            self._settle(runs[-1])
        except Exception as error:
            return failure(error)
        return None

    def _settle(self, newest: Kept) -> None:
        """The sharp picture, and the static figure that stays in the notebook."""
        runs = self.history.seen(self.overlay, newest)
        picture, alt = self._painter.sharp(runs), self.experiment.alt(runs[-1])
        self._put(picture, alt)
        if self.page is not None:
            self.page.figure(newest, picture, alt)

    def _put(self, picture: bytes, alt: str) -> None:
        self.panel.put(alt=alt, picture=picture)

    def _list(self, transient: Kept | None = None) -> None:
        """The run list: newest first; ``transient`` is the run that is not kept."""
        kept = [k for k in reversed(self.history.runs)]
        if transient is not None:
            kept = [transient, *(k for k in kept if k.settings != transient.settings)]
        ids = {k.id for k in self.history.runs}
        rows = [row(k, k is kept[0], self.experiment.overlay and k.id in ids) for k in kept]
        self.panel.put(runs=rows)

    # -- what is said --------------------------------------------------------------------

    def _say(self, note: Note) -> None:
        with self._lock:
            training, waiting = self._training, len(self._queue)
            if training is not None:
                phase = "stopping" if training.stop.is_set() else "running"
                waiting -= 1
            else:
                phase = "waiting" if waiting else "idle"
            state = {"phase": phase, "waiting": waiting, **vars(note)}
            self.panel.put(state=state)

    def _ran(self, run: Kept) -> None:
        """A run the learner asked for is done: open what comes after it, and record it."""
        x = self.experiment
        named = x.prediction is not None and run.settings == {**x.defaults(), **x.prediction.change}
        if x.live and self._recorded_touch and (self.named_change_ran or not named):
            return  # a live experiment is recorded when first used and at its named change
        self._recorded_touch = True
        self.named_change_ran |= named
        if self.page is None:
            return
        if named and x.prediction is not None and x.prediction.reason:
            self.page.unfold("reason")
        elif named or x.prediction is None:
            self.page.unfold("seen")
        event = {
            "name": x.key,
            "settings": {
                c.name: plain(run.settings[c.name], c.text(run.settings[c.name]))
                for c in x.controls
            },
            "summary": {name: plain(v, str(v)) for name, v in run.result.summary.items()},
            "seconds": round(run.seconds, 3),
            "diverged": run.result.diverged,
            "named_change": named,
            "prediction": self.prediction if named else None,
        }
        try:
            self.page.record(event)
        except Exception as error:
            self._say(Note(f"この実行を記録できませんでした（{error}）。", "error"))


def plain(value: Any, text: str) -> Any:
    """The value if JSON can hold it, NumPy's numbers as Python's; else its text."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return text
    return value if isinstance(value, str | int | float | bool) else text
