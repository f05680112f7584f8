"""What a kernel remembers of an experiment, and what its controls and buttons do.

Messages of the page arrive on kernel threads; they change state and submit jobs. Trainings
run on the thread ``trainings`` of :mod:`eshikaku.experiments.worker`, which draws them as they
grow; forward passes and all pictures of finished runs are made on the thread ``pictures``.

Locks, outermost first; a thread that holds one takes only those on its right, and calls
nothing but what is named here:

    session._lock → outbox._lock        state of the session, and words about it in their order
    history._lock, worker._change       each alone
    plot.theme.LOCK                     held while ``draw`` builds and Agg draws; nothing inside
    panel.lock                          held while traits are set and sent; nothing inside

So no panel, page, run, worker or observer is ever called while a session's lock is held, and
no session while a panel's is: a message of the page and a picture on its way out can't wait
for each other. ``tests/test_experiments_locks.py`` watches this order.
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
from eshikaku.experiments.outbox import Outbox
from eshikaku.experiments.painter import Painter
from eshikaku.experiments.progress import DIVERGED, Note, Training, failure
from eshikaku.experiments.worker import pictures, trainings

ASK = Note("「実行」を押すと始まります。")
"""Said of a training in a folded part."""

SETTLE = 0.35  # seconds without a move after which the sharp picture is drawn


class Page(Protocol):
    """What a session can change in the notebook besides its panel."""

    def figure(self, kept: Kept, picture: bytes, alt: str) -> None:
        """Replace the static figure."""

    def unfold(self, part: str) -> None:
        """Open ``reason`` or ``seen``."""

    def verdict(self, raw: Any) -> None:
        """Tell whether the prediction came true."""

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
        self._lock: Any = threading.Lock()
        self._outbox = Outbox()
        self._painter = Painter(experiment)
        self._queue: list[dict[str, Any]] = []  # settings of trainings that run or wait
        self._training: Training | None = None
        self._recorded_touch = False
        self._begun = False  # the known starting point was asked for

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

    def attach(self, panel: Any, page: Page, waits: bool = False) -> None:
        """Make ``panel`` the live part (an older one is closed) and show what there is.

        At its first showing the known starting point runs by itself; a training that ``waits``
        leaves that to the buttons.
        """
        with self._lock:
            older, self.panel, self.page = self.panel, panel, page
        if older is not None:
            older.listen(None)
            older.close()
        panel.listen(self)
        waits = waits and not self.experiment.live and not self._begun and not self.history.runs
        self._say(ASK if waits else Note())
        if self.experiment.live or self.history.runs:
            self._redraw()
        elif not waits:
            self._begin()

    def _begin(self, urgent: bool = False) -> None:
        """Run the known starting point of a training, once."""
        with self._lock:
            first, self._begun = not self._begun, True
            idle = not self._queue and not self.history.runs
        if first and idle:
            self.submit(self.experiment.defaults(), by_learner=False, urgent=urgent)

    def predicted(self, raw: Any) -> None:
        """The learner's answer to the prediction; after the run it is judged at once."""
        self.prediction = raw
        if self.named_change_ran and self.page is not None:
            self.page.verdict(raw)

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
        self.overlay = bool(overlay)
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
        positions = controls.positions(self.experiment, settings)
        with self._lock:
            self.positions = positions
            self._outbox.add(self.panel, {"positions": positions})
        self._outbox.send()
        if self.experiment.live:
            # the run list and, where runs are overlaid, the picture compare it with the start
            start = self.experiment.defaults()
            pictures.submit((self.experiment.key, "start"), lambda: self._keep(start))
            self._look(by_learner=True)
        else:
            self._begin(urgent=True)  # what it is compared with, where that has not run yet
            self.submit(settings)

    # -- trainings -----------------------------------------------------------------------

    def submit(
        self, settings: dict[str, Any], by_learner: bool = True, urgent: bool = False
    ) -> None:
        """Queue a training; the same settings do not wait twice.

        What the learner asked for comes before the starting points of other experiments; so
        does what is ``urgent``.
        """
        with self._lock:
            ending = self._training is not None and self._training.stop.is_set()
            if any(s == settings and not (ending and self._runs(s)) for s in self._queue):
                return
            self._queue.append(settings)
        self._say(Note())
        key = (self.experiment.key, "train", str(settings))
        trainings.submit(
            key, lambda: self._train(settings, by_learner), urgent=by_learner or urgent
        )

    def stop(self) -> None:
        """Stop the run, and forget those that wait."""
        with self._lock:
            self._queue = [s for s in self._queue if self._runs(s)]
            running = self._training is not None
            if self._training is not None:
                self._training.stop.set()
        trainings.cancel(lambda key: key[:2] == (self.experiment.key, "train"))
        self._say(Note() if running else Note("取り消しました。", "stopped"))

    def _runs(self, settings: dict[str, Any]) -> bool:
        return self._training is not None and self._training.settings is settings

    def _train(self, settings: dict[str, Any], by_learner: bool) -> None:
        growing = self.history.new(settings, Result({}))

        def picture(result: Result) -> None:
            growing.result = result
            runs = self.history.seen(self.overlay, growing)
            draft = self._painter.draft(runs)
            self._tell(picture=draft, alt=f"{self.experiment.title}（実行の途中）")

        training = Training(
            self.experiment,
            settings,
            progress=lambda done, total: self._tell(progress=[done, total]),
            picture=picture,
        )
        with self._lock:
            if not any(s is settings for s in self._queue):  # cancelled on its way here
                return
            self._training = training
        self._say(Note(), progress=[0, 1])
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
        self._say(note, runs=self._rows())
        self._redraw()
        if result is not None and by_learner and not growing.stopped:
            self._ran(growing)

    # -- forward passes ------------------------------------------------------------------

    def _look(self, by_learner: bool = False) -> None:
        pictures.submit((self.experiment.key, "look"), lambda: self._look_once(by_learner))

    def _keep(self, settings: dict[str, Any]) -> None:
        """Keep the run of these settings in the list."""
        self.history.keep(self.history.new(settings, execute(self.experiment, settings)))

    def _look_once(self, by_learner: bool = False, keep: bool = False) -> None:
        """Run the present settings and draw; the sharp picture follows when nothing moves."""
        try:
            settings = controls.settings_at(self.experiment, self.positions)
            run = self.history.new(settings, execute(self.experiment, settings))
            if keep:
                self.history.keep(run)
            runs = self.history.seen(self.overlay, run)
            self._say(
                DIVERGED if run.result.diverged else Note(),
                picture=self._painter.draft(runs),
                alt=self.experiment.alt(runs[-1]),
                runs=self._rows(run),
            )
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

        pictures.submit((self.experiment.key, "redraw"), self._show_runs)

    def _show_runs(self) -> None:
        """List and draw the kept runs; while a training grows the picture is its own."""
        runs = self.history.runs
        with self._lock:
            growing = self._training is not None
        self._tell(runs=self._rows())
        if not runs:
            if not growing:
                self._tell(picture=b"", alt="")
            return
        try:
            self._settle(runs[-1], put=not growing)
        except Exception as error:
            self._say(failure(error))

    def _settle(self, newest: Kept, put: bool = True) -> None:
        """The sharp picture, and the static figure that stays in the notebook."""
        runs = self.history.seen(self.overlay, newest)
        picture, alt = self._painter.sharp(runs), self.experiment.alt(runs[-1])
        if put:
            self._tell(picture=picture, alt=alt)
        if self.page is not None:
            self.page.figure(newest, picture, alt)

    def _rows(self, transient: Kept | None = None) -> list[dict[str, Any]]:
        """The run list: newest first; ``transient`` is the run that is not kept."""
        runs = self.history.runs
        kept = [*reversed(runs)]
        if transient is not None:
            kept = [transient, *(k for k in kept if k.settings != transient.settings)]
        ids = {k.id for k in runs}
        return [row(k, k is kept[0], k.id in ids) for k in kept]

    # -- what is said --------------------------------------------------------------------

    def _say(self, note: Note, **traits: Any) -> None:
        """Show how things stand and ``note``, together with ``traits``."""
        with self._lock:
            training, waiting = self._training, len(self._queue)
            if training is not None:
                phase = "stopping" if training.stop.is_set() else "running"
                waiting -= 1
            else:
                phase = "waiting" if waiting else "idle"
            state = {"phase": phase, "waiting": waiting, **vars(note)}
            self._outbox.add(self.panel, {**traits, "state": state})
        self._outbox.send()

    def _tell(self, **traits: Any) -> None:
        """Show ``traits``."""
        with self._lock:
            self._outbox.add(self.panel, traits)
        self._outbox.send()

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
        if named and self.prediction is not None:
            self.page.verdict(self.prediction)
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
