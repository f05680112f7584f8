"""The verbs of a notebook: what a chapter's cells call.

    from eshikaku.notebook import check, hint, quiz, recall, skip_check, solution, start
    start("01_rnn")

Rooms are nouns, verbs live only here. A verb joins the rooms: it looks a declaration up
through :mod:`eshikaku.course`, lets its engine show it, and writes what the learner did
into the record. Everything it needs is imported when it is called.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from eshikaku.optional import HAS_TORCH, NO_TORCH
from eshikaku.study.displays import Shown, display_form, display_html, display_page

if TYPE_CHECKING:
    from eshikaku.exercises.hints import Shown as Help
    from eshikaku.exercises.report import Report
    from eshikaku.questions.bridge import Bridge
    from eshikaku.record.events import Event
    from eshikaku.record.state import State
    from eshikaku.record.store import Store

__all__ = [
    "HAS_TORCH",
    "NO_TORCH",
    "check",
    "hint",
    "home",
    "plan",
    "progress",
    "quiz",
    "recall",
    "results_table",
    "review",
    "skip_check",
    "solution",
    "start",
    "transfer",
]


class _Session:
    """What one kernel holds: the record, the bridge to the page, hints given so far."""

    def __init__(self) -> None:
        self.bridge: Bridge | None = None
        self.hints: Counter[str] = Counter()
        self.shown = Shown()  # pages that follow the record
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        """The record in :func:`eshikaku.record.home`; another one where that place has changed."""
        from eshikaku.record.store import Store

        fresh = Store()
        if self._store is None or self._store.path != fresh.path:
            self._store = fresh
        return self._store

    def state(self) -> State:
        return self.store.state()

    def write(self, event: Event) -> None:
        """Append to the record; say so where it can't be written (the event waits in memory)."""
        self.store.append(event)
        self.warn()

    def warn(self) -> None:
        """Show what the learner should know about the record; nothing where all is well."""
        for problem in self.store.problems:
            display_html(
                f'<p class="esk-warning" role="alert">{problem.message}</p>', problem.message
            )


_session = _Session()


def start(name: str) -> None:
    """Open a chapter: the page's script and style, the bridge to the record.

    Running it again replaces both. torch, imported later, gets one thread: with two, these
    small networks are slower, and far slower beside a busy neighbour.

    Raises:
        CourseError: there is no such chapter.
    """
    from IPython import get_ipython

    from eshikaku import course, optional
    from eshikaku.questions.render import start_html

    chapter = course.chapter(name)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    optional.prepare(get_ipython())
    name = f"{chapter.name}　{chapter.title}："
    ready = f"{name}準備ができました。解答は自動で記録されます。"
    display_html(start_html(name), ready)
    if os.environ.get("ESHIKAKU_SYNC") != "1":
        _connect()
    _tell_unfinished()
    _session.warn()


def _connect() -> None:
    from eshikaku.experiments import show as experiments
    from eshikaku.questions.bridge import Bridge
    from eshikaku.record.identity import identity
    from eshikaku.study import answers

    def on_event(event: dict[str, Any]) -> Mapping[str, Any]:
        verdict = answers.record_event(_session.store, event)
        experiments.heard(event["id"], event.get("answer"))
        _session.shown.answered(event)
        return verdict

    def next_seed(id: str) -> int:
        return answers.next_seed(_session.state(), id)

    def history() -> Mapping[str, Any]:
        return answers.history(_session.state())

    record = identity(_session.store.path.parent)
    _session.bridge = Bridge(on_event, history, next_seed, record, _session.shown.renew)
    experiments.on_run = _record_run


def _record_run(run: dict[str, Any]) -> None:
    from eshikaku.record.events import Event

    _session.store.append(
        Event("run", run["name"], seconds=run["seconds"], extra=_plain({**run, "name": None}))
    )


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` as JSON can hold it: NumPy numbers as numbers, the rest as text; no ``None``."""
    import math

    plain: dict[str, Any] = {}
    for key, value in data.items():
        value = value.item() if hasattr(value, "item") else value
        if isinstance(value, Mapping):
            plain[key] = _plain(value)
        elif isinstance(value, float) and not math.isfinite(value):
            plain[key] = str(value)
        elif isinstance(value, (bool, int, float, str)):
            plain[key] = value
        elif value is not None:
            plain[key] = str(value)
    return plain


def quiz(*ids: str) -> None:
    """Show questions of the bank; the first showing has the same numbers for everyone.

    How much help stands by depends on the record: an example with other numbers to read first,
    the steps of the solution to fill in, or nothing.

    Raises:
        UnknownQuestion: no such id; the message names the nearest ones.
    """
    from eshikaku.questions import bank, parameters
    from eshikaku.questions.render import question_html
    from eshikaku.study import review

    state = _session.state()
    for question in [bank.question(id) for id in ids]:
        shown = parameters.instance(question, fade=review.fade(state, question))
        display_html(question_html(shown), f"問題 {question.id}")


def check(id: str, function: Callable[..., Any], *, strict: bool = False) -> Report:
    """Grade ``function`` as the exercise ``id`` and record the result with its source.

    Raises:
        CourseError: no such exercise; the message names the nearest ones.
        CheckFailed: ``strict`` and not passed.
    """
    from eshikaku import course, record
    from eshikaku.exercises import check as grading
    from eshikaku.exercises import watchdog
    from eshikaku.exercises.report import CheckFailed
    from eshikaku.exercises.source import source_of
    from eshikaku.record.events import Event

    _tell_unfinished()
    exercise = course.exercise(id)
    note = {"id": id, "source": source_of(function)}
    with _in_a_kernel(watchdog.kernel_ends(record.home(), note)):
        report = grading.check(exercise, function)
    if report.status != "untouched":  # a starter that was only run is nothing the learner did
        _session.write(
            Event(
                "check",
                id,
                answer=report.source,
                status=report.status,
                score=float(report.passed),
                hints=_session.hints[id],
                extra={"check": report.check} if report.check else {},
            )
        )
    if strict and not report.passed:
        raise CheckFailed(str(report)) from report.error
    return report


def _in_a_kernel(guard: contextlib.AbstractContextManager[None]) -> Any:
    """``guard`` in a kernel, which its server starts again; nothing in any other process."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return guard if getattr(shell, "kernel", None) is not None else contextlib.nullcontext()


def _tell_unfinished() -> None:
    """Say and record which exercises' code ended the kernel before this one."""
    from eshikaku import record
    from eshikaku.exercises import watchdog
    from eshikaku.record.events import Event

    for note in watchdog.unfinished(record.home()):
        _session.write(Event("check", note["id"], answer=note["source"], status="error", score=0.0))
        text = (
            f"演習 {note['id']} のコードは10秒で終わらず、途中で止めることもできなかったので、"
            "カーネルを起動し直しました。コードは記録にあります。"
            "sum(range(…)) のような、1回の呼び出しで長くかかる計算がないかを確かめてください。"
        )
        display_html(f'<p class="esk-warning" role="alert" lang="ja">{text}</p>', text)


def hint(id: str, number: int | None = None) -> Help:
    """The next hint of an exercise, or the ``number``-th; counted in the record."""
    from eshikaku import course
    from eshikaku.exercises import hints
    from eshikaku.record.events import Event

    exercise = course.exercise(id)
    number = number or _session.hints[id] + 1
    _session.hints[id] = min(max(number, _session.hints[id]), len(exercise.hints))
    _session.write(Event("hint", id, hints=_session.hints[id]))
    return hints.hint(exercise, number)


def solution(id: str) -> Help:
    """The reference solution of an exercise; that it was seen is recorded."""
    from eshikaku import course
    from eshikaku.exercises import hints
    from eshikaku.record.events import Event

    shown = hints.solution(course.exercise(id))
    _session.write(Event("solution", id, hints=_session.hints[id]))
    return shown


def results_table(chapter: str, name: str) -> None:
    """A table of measurements that ``make results`` stored; seeds and machine are folded.

    Raises:
        CourseError: no such chapter, or no such table.
    """
    from eshikaku.study import results

    display_html(results.html(chapter, name), results.table(chapter, name).text)


def recall(chapter: str) -> None:
    """思い出す: three questions from earlier chapters, chosen by the review queue."""
    from eshikaku.study import pages

    display_page(pages.recall(_session.store, pages.now(), chapter))


def skip_check(part: str, *ids: str) -> None:
    """この部は飛ばせる?: all right and sure marks the part (``"01A"``) as done.

    Raises:
        CourseError: no such part. UnknownQuestion: no such question.
    """
    from eshikaku.study import pages

    display_page(pages.skip_check(_session.store, pages.now(), part, ids))
    _session.shown.skip_check(
        part, ids, lambda: pages.skip_note(_session.store, pages.now(), part, ids)
    )


def review(minutes: int | None = None) -> None:
    """Today's reviews, always drawn anew; ``minutes`` overrides the day's limit."""
    from eshikaku.study import pages

    display_page(pages.review(_session.store, pages.now(), minutes))


def home() -> None:
    """The learner's home: what is next and why, the parts, weak questions, the plan.

    Until there is a plan, its form stands below.
    """
    from eshikaku.study import pages
    from eshikaku.workspace import copies

    news = copies.news()
    fresh = os.environ.get("ESHIKAKU_SYNC") != "1"
    first = pages.home(_session.store, pages.now(), news, fresh)
    _session.shown.lasting("home", lambda: pages.home(_session.store, pages.now(), news), first)
    if not _session.state().plan.complete:
        display_form(_plan_form)


def progress() -> None:
    """Scores by area and skill, and a form that marks parts."""
    from eshikaku.study import pages, settings
    from eshikaku.study.outline import outlines
    from eshikaku.study.progress import progress as parts

    _session.shown.lasting("progress", lambda: pages.progress(_session.store, pages.now()))

    def mark(event: Event) -> str:
        _session.write(event)
        _session.shown.renew()
        return "記録しました。"

    display_form(lambda: settings.marks_form(parts(_session.state(), outlines()), mark))


def plan(**changes: Any) -> None:
    """Show the plan, or change it: ``plan(exam_date="2027-02-20", weekday=40, weekend=120)``.

    Args:
        changes: ``exam_date``, ``weekday`` and ``weekend`` (minutes a day), ``route``
            (3週間, 8週間, 授業), ``hide_advanced``.

    Raises:
        PlanError: which setting can't be, and what is allowed.
    """
    from eshikaku.study import pages, settings

    if changes:
        _session.write(settings.plan_event(pages.now().date(), **changes))
        _session.shown.renew()
    _session.shown.lasting("plan", lambda: pages.plan(_session.store, pages.now()))
    display_form(_plan_form)


def _plan_form() -> Any:
    from eshikaku.study import pages, settings

    def save(values: Mapping[str, Any]) -> str:
        _session.write(settings.plan_event(pages.now().date(), **values))
        _session.shown.renew()
        return "保存しました。"

    return settings.plan_form(_session.state().plan, pages.now().date(), save)


def transfer() -> None:
    """Where the record lies; buttons that write it into one file, and merge such a file."""
    from eshikaku.study import pages, settings

    _session.shown.lasting("record", lambda: pages.record(_session.store))
    display_form(lambda: settings.transfer_form(_export, _merge))


def _export() -> str:
    from eshikaku.record.transfer import export_record

    return f"書き出しました：{export_record(_session.store, os.getcwd())}"


def _merge(content: bytes, name: str) -> str:
    from eshikaku.record.transfer import import_bytes

    found = import_bytes(_session.store, content, name)
    _session.shown.renew()
    return "\n".join([f"{name}：{found.added}件を取り込みました。", *found.problems])
