"""試験日, minutes and route: checked, written as an event, and a form to enter them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from eshikaku.questions.errors import suggestion
from eshikaku.record.events import Event
from eshikaku.record.state import Plan
from eshikaku.record.transfer import TransferError
from eshikaku.study import progress
from eshikaku.study.calendar import MOST_DAYS, ROUTES
from eshikaku.study.progress import PartProgress

if TYPE_CHECKING:
    from ipywidgets import VBox

NAMES = ("exam_date", "weekday", "weekend", "route", "hide_advanced")
_LABEL = "12em"  # of a form
SHORT = 42  # days to the exam
_MOST = 720  # minutes a day


class PlanError(ValueError):
    """A setting that can't be; the message (Japanese) names it and says what is allowed."""


def plan_event(today: date, **changes: Any) -> Event:
    """The event that changes the plan; what is not named stays.

    Args:
        today: an exam date before it is refused.
        changes: ``exam_date`` ("2027-02-20", a date, or ``None`` for not decided),
            ``weekday`` and ``weekend`` (minutes a day), ``route`` (3週間, 8週間 or 授業),
            ``hide_advanced`` (True: 発展 is left out everywhere).

    Raises:
        PlanError: which setting, what was given, what is allowed.
    """
    for name in changes:
        if name not in NAMES:
            known = f"使えるのは {'、'.join(NAMES)} です。"
            raise PlanError(f"設定 {name} はありません。{suggestion(name, NAMES)}{known}")
    checked = {name: _CHECKS[name](value, today) for name, value in changes.items()}
    return Event("plan", "plan", extra=checked)


def _exam_date(value: Any, today: date) -> str | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else date(*_ymd(value))
    except (AttributeError, ValueError) as error:
        text = f'試験日 {value!r} は日付ではありません。"2027-02-20" のように書きます。'
        raise PlanError(text) from error
    if day < today:
        raise PlanError(f"試験日 {day.isoformat()} は過ぎています。")
    if (day - today).days > MOST_DAYS:
        raise PlanError(f"試験日 {day.isoformat()} は2年より先です。年を確かめてください。")
    return day.isoformat()


def _ymd(value: Any) -> tuple[int, int, int]:
    """Of a date or a datetime."""
    return (value.year, value.month, value.day)


def _minutes(value: Any, today: date) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise PlanError(f"1日の分数は0から{_MOST}の整数です（{value!r} が渡されました）。")
    return value


def _route(value: Any, today: date) -> str:
    if value not in ROUTES:
        raise PlanError(f"進め方は {'・'.join(ROUTES)} のどれかです（{value!r} が渡されました）。")
    return str(value)


def _switch(value: Any, today: date) -> bool:
    if not isinstance(value, bool):
        raise PlanError(f"hide_advanced は True か False です（{value!r} が渡されました）。")
    return value


_CHECKS: Mapping[str, Callable[[Any, date], Any]] = {
    "exam_date": _exam_date,
    "weekday": _minutes,
    "weekend": _minutes,
    "route": _route,
    "hide_advanced": _switch,
}


def suggested(exam: date | None, today: date) -> str:
    """The route for the time that is left: 出題対象 alone where it is less than six weeks."""
    return "3週間" if exam is not None and (exam - today).days < SHORT else "8週間"


def plan_form(plan: Plan, today: date, save: Callable[[dict[str, Any]], str]) -> VBox:
    """The settings as a form; until a route was chosen it follows the date.

    Args:
        plan: what stands in it at first.
        save: takes the settings (as for :func:`plan_event`), returns a line to show; a
            :class:`PlanError` it raises is shown instead.
    """
    import ipywidgets as w

    wide = w.Layout(width="26em", max_width="100%")
    label = {"description_width": _LABEL}
    exam = w.DatePicker(value=plan.exam_date, description="試験日", layout=wide, style=label)
    weekday = _box("平日に使う時間（分）", 30 if plan.weekday is None else plan.weekday)
    weekend = _box("週末に使う時間（分）", 90 if plan.weekend is None else plan.weekend)
    route = w.Dropdown(
        options=[(f"{r.name}（{r.text}）", r.name) for r in ROUTES.values()],
        value=plan.route if plan.route in ROUTES else suggested(plan.exam_date, today),
        description="進め方",
        layout=w.Layout(width="32em", max_width="100%"),
        style=label,
    )
    hide = w.Checkbox(
        value=plan.hide_advanced, description="発展を隠す", indent=True, layout=wide, style=label
    )
    button = w.Button(description="計画を保存", button_style="primary")
    told = w.HTML()

    def clicked(_: Any) -> None:
        values = (exam.value, weekday.value, weekend.value, route.value, hide.value)
        told.value = _told(lambda: save(dict(zip(NAMES, values, strict=True))))

    def dated(change: Any) -> None:
        if plan.route not in ROUTES:
            route.value = suggested(change["new"], today)

    exam.observe(dated, names="value")
    button.on_click(clicked)
    return _form([exam, weekday, weekend, route, hide, w.HBox([button, told])])


def marks_form(parts: Sequence[PartProgress], save: Callable[[Event], str]) -> VBox:
    """A form that marks a part as done, skipped or open again."""
    import ipywidgets as w

    label = {"description_width": _LABEL}
    part = w.Dropdown(
        options=[(p.outline.title, p.outline.key) for p in parts],
        description="部",
        layout=w.Layout(width="32em", max_width="100%"),
        style=label,
    )
    states = {
        "一通り終えた": progress.DONE,
        "飛ばす": progress.SKIPPED,
        "これからに戻す": progress.OPEN,
    }
    buttons = [w.Button(description=text) for text in states]
    told = w.HTML()

    def clicked(button: Any) -> None:
        told.value = _told(lambda: save(progress.mark(part.value, states[button.description])))

    for button in buttons:
        button.on_click(clicked)
    return _form([part, w.HBox([*buttons, told])])


def transfer_form(export: Callable[[], str], merge: Callable[[bytes, str], str]) -> VBox:
    """Buttons that write the record into one file and read one back.

    Args:
        export: writes the file, returns a line to show.
        merge: takes content and name of the chosen file, returns a line to show. What either
            raises as :class:`~eshikaku.record.transfer.TransferError` is shown instead.
    """
    import ipywidgets as w

    button = w.Button(description="記録を書き出す", layout=w.Layout(width="12em"))
    upload = w.FileUpload(
        accept=".jsonl", multiple=False, description="記録を取り込む", layout=w.Layout(width="12em")
    )
    told = w.HTML()

    def clicked(_: Any) -> None:
        told.value = _told(export)

    def chosen(change: Any) -> None:
        for file in change["new"]:
            told.value = _told(partial(merge, bytes(file["content"]), file["name"]))

    button.on_click(clicked)
    upload.observe(chosen, names="value")
    return _form([w.HBox([button, upload]), told])


def _box(text: str, value: int) -> Any:
    import ipywidgets as w

    return w.BoundedIntText(
        value=value,
        min=0,
        max=_MOST,
        step=5,
        description=text,
        layout=w.Layout(width="19em"),
        style={"description_width": _LABEL},
    )


def _told(act: Callable[[], str]) -> str:
    """The line ``act`` returns, or why it could not."""
    try:
        return escape(act())
    except (PlanError, TransferError) as error:
        return f'<span role="alert">⚠ {escape(str(error))}</span>'


def _form(children: list[Any]) -> VBox:
    import ipywidgets as w

    box = w.VBox(children)
    box.add_class("esk-home-form")  # web/study/study.css hides a form that is dead
    return box
