"""Puts an experiment on the page.

Outputs, in this order: title and what to look at · the static figure · the prediction ·
the live panel · whether the prediction came true · the question for the reason, folded · what
was to be seen, folded. The known starting point runs by itself, but a training in a folded
part (発展) when a button is pressed: 「すべて実行」 trains only what is to be seen. (Lab renders
the outputs of a folded part with their size while it runs them, and gives none to panels far
down the page: the page can't tell what is to be seen.)
With ``ESHIKAKU_SYNC=1`` (pipeline, nbval) there is no panel: the known starting point is run
in the cell, an exception fails the cell, and the markup is the same every time but for the
measured places named in :mod:`eshikaku.experiments.static`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from typing import Any

from eshikaku.experiments import static
from eshikaku.experiments.declaration import Experiment
from eshikaku.experiments.history import History, Kept
from eshikaku.experiments.painter import Painter
from eshikaku.experiments.session import Session

on_run: Callable[[dict[str, Any]], None] | None = None
"""Called (on a worker thread) after a run the learner asked for; ``notebook.start`` sets it.

The dict: name, settings, summary, seconds, diverged, named_change (whether it was the
prediction's), prediction (raw answer, or None).
"""

_sessions: dict[str, Session] = {}


def show(experiment: Experiment) -> None:
    """Show the experiment below the cell."""
    if os.environ.get("ESHIKAKU_SYNC") == "1":
        _show_finished(experiment)
    else:
        _show_live(experiment)


def heard(question_id: str, raw: Any) -> None:
    """The learner answered a question: keep a prediction, open the explanation after a reason."""
    for session in list(_sessions.values()):
        prediction = session.experiment.prediction
        if prediction is None:
            continue
        if question_id == prediction.ask:
            session.predicted(raw)
        if question_id == prediction.reason and session.page is not None:
            session.page.unfold("seen")


def session(experiment: Experiment) -> Session:
    """What this kernel remembers of the experiment; made at its first showing."""
    found = _sessions.get(experiment.key)
    if found is None or found.experiment is not experiment:
        found = _sessions[experiment.key] = Session(experiment)
    return found


def _show_live(experiment: Experiment) -> None:
    from eshikaku.experiments.panel import panel

    here = session(experiment)
    page = _Outputs(experiment)
    _display(static.head(experiment), experiment.title)
    page.begin("figure", static.figure(experiment, None))
    if experiment.prediction is not None and not here.named_change_ran:
        _display(static.question(experiment.prediction.ask, mode="predict"), "予想")
    live = panel(spec=here.spec(), positions=here.positions, overlay=here.overlay)
    live.show()
    known = here.prediction if here.named_change_ran else None
    page.begin("verdict", static.verdict(experiment, known))
    page.begin("reason", static.reason(experiment, unfolded=here.named_change_ran))
    page.begin("seen", static.seen(experiment))
    here.attach(live, page, waits=_folded(experiment))


def _folded(experiment: Experiment) -> bool:
    """Whether it stands in a part (発展) that is folded when the chapter is opened."""
    from eshikaku import course

    stem, _, name = experiment.key.rpartition("/")
    if not stem:
        return False
    chapter = course.chapter(stem)
    names = vars(chapter.module("experiments")).items()
    call = next((f"lab.{key}()" for key, value in names if value is experiment), name)
    folded = {part.id for part in chapter.parts if part.scope == "発展"}
    part = ""
    for line in chapter.source.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            part = line[3:4] if line[4:5] == "\u3000" else ""
        if call in line:
            return part in folded
    return False


def _show_finished(experiment: Experiment) -> None:
    from eshikaku.experiments.execution import execute

    history = History(experiment)
    settings = experiment.defaults()
    run = history.new(settings, execute(experiment, settings))
    runs = history.seen(overlay=True, newest=run)
    picture = Painter(experiment).sharp(runs)
    _display(static.head(experiment), experiment.title)
    _display(_static_figure(experiment, run, picture, experiment.alt(runs[-1])), "図")
    if experiment.prediction is not None:
        _display(static.question(experiment.prediction.ask, mode="predict"), "予想")
        _display(static.reason(experiment), "理由")
    _display(static.seen(experiment), "見えたはずのこと")


def _static_figure(experiment: Experiment, kept: Kept, picture: bytes, alt: str) -> str:
    from eshikaku.plot.show import image

    width = round(experiment.figsize[0] * 100)
    return static.figure(experiment, kept, image(picture, alt, width))


def _display(html: str, text: str, **keywords: Any) -> None:
    from IPython.display import display

    if html:
        display({"text/html": html, "text/plain": text}, raw=True, **keywords)


class _Outputs:
    """The outputs of one showing that change later: a ``session.Page``."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._ids: dict[str, str] = {}

    def begin(self, part: str, html: str) -> None:
        """Display ``part`` for the first time; an empty one never comes."""
        if html:
            self._ids[part] = uuid.uuid4().hex
            _display(html, _TEXTS[part], display_id=self._ids[part])

    def figure(self, kept: Kept, picture: bytes, alt: str) -> None:
        self._change("figure", _static_figure(self.experiment, kept, picture, alt))

    def unfold(self, part: str) -> None:
        html = (static.reason if part == "reason" else static.seen)(self.experiment, unfolded=True)
        self._change(part, html)

    def verdict(self, raw: Any) -> None:
        self._change("verdict", static.verdict(self.experiment, raw))

    def record(self, event: dict[str, Any]) -> None:
        if on_run is not None:
            on_run(event)

    def _change(self, part: str, html: str) -> None:
        if part in self._ids:
            _display(html, _TEXTS[part], display_id=self._ids[part], update=True)


_TEXTS = {"figure": "図", "verdict": "予想と結果", "reason": "理由", "seen": "見えたはずのこと"}
