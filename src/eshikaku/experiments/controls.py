"""Controls between the page and a run: positions, values, and how both are said in Japanese.

The page knows *positions* alone (the index on a slider or in a choice, a bool, a text), so
that a value reaches ``run`` exactly as the declaration has it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

from eshikaku.experiments.declaration import (
    BadSetting,
    Cells,
    Choice,
    Control,
    Experiment,
    Slider,
    Text,
    Toggle,
    number_text,
)


def _values(control: Control) -> tuple[Any, ...]:
    if isinstance(control, Slider):
        return control.values()
    if isinstance(control, Choice):
        return tuple(control.options.values())
    raise TypeError(f"no list of values: {control!r}")


def position(control: Control, value: Any) -> int | bool | str | list[int]:
    """Where ``value`` stands on its control; the nearest position of a slider."""
    if isinstance(control, Cells):
        levels = list(control.levels.values())
        return [levels.index(v) for row in value for v in row]
    if isinstance(control, Toggle):
        return bool(value)
    if isinstance(control, Text):
        return str(value)
    values = _values(control)
    if isinstance(control, Slider):
        return min(range(len(values)), key=lambda i: abs(values[i] - value))
    return values.index(value)


def value(control: Control, at: Any) -> Any:
    """The value at a position that came from the page.

    Raises:
        BadSetting: nothing stands there.
    """
    if isinstance(control, Toggle):
        return bool(at)
    if isinstance(control, Text):
        text = unicodedata.normalize("NFC", str(at)).strip()
        if len(text) > control.max_length:
            raise BadSetting(f"「{control.label}」は{control.max_length}文字までです。")
        return "".join(c for c in text if unicodedata.category(c) != "Cc")
    if isinstance(control, Cells):
        return _board(control, at)
    values = _values(control)
    if not isinstance(at, int) or not 0 <= at < len(values):
        raise BadSetting(f"「{control.label}」の値が範囲の外です。")
    return values[at]


def _board(control: Cells, at: Any) -> tuple[tuple[Any, ...], ...]:
    levels, columns = list(control.levels.values()), len(control.default[0])
    known = isinstance(at, list) and len(at) == columns * len(control.default)
    if not known or not all(isinstance(i, int) and 0 <= i < len(levels) for i in at):
        raise BadSetting(f"「{control.label}」のます目が読めません。既定に戻してください。")
    flat = [levels[i] for i in at]
    return tuple(tuple(flat[i : i + columns]) for i in range(0, len(flat), columns))


def positions(experiment: Experiment, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All controls' positions for ``settings``; missing ones stand at their default."""
    return {c.name: position(c, settings.get(c.name, c.default)) for c in experiment.controls}


def settings_at(experiment: Experiment, at: Mapping[str, Any]) -> dict[str, Any]:
    """The settings for positions from the page (see :func:`value` for what it raises)."""
    return {
        c.name: value(c, at[c.name]) if c.name in at else c.default for c in experiment.controls
    }


def describe(control: Control) -> dict[str, Any]:
    """What the page needs to show a control."""
    spec: dict[str, Any] = {
        "kind": type(control).__name__.lower(),
        "name": control.name,
        "label": control.label,
        "help": control.help,
        "default": position(control, control.default),
        "defaultText": control.text(control.default),
    }
    if isinstance(control, Slider | Choice):
        spec["texts"] = [control.text(v) for v in _values(control)]
    if isinstance(control, Slider):
        first, last = control.values()[0], control.values()[-1]
        spec["range"] = f"{replace(control, unit='').text(first)}〜{control.text(last)}"
    if isinstance(control, Text):
        spec["maxLength"] = control.max_length
        if control.examples:
            spec["help"] += "例：" + "、".join(f"「{text}」" for text in control.examples)
    if isinstance(control, Cells):
        spec["texts"], spec["columns"] = list(control.levels), len(control.default[0])
    return spec


def label(experiment: Experiment, settings: Mapping[str, Any]) -> str:
    """What differs from the defaults, for legends and the run list; 「初期設定」 if nothing."""
    differ = [
        f"{c.label}={c.text(settings[c.name])}"
        for c in experiment.controls
        if settings.get(c.name, c.default) != c.default
    ]
    if experiment.full and all(settings.get(k) == v for k, v in experiment.full.items()):
        differ.append("長い版")
    return "、".join(differ) or "初期設定"


def short(label: str, most: int = 24) -> str:
    """A label that leaves room for the curves; the run list under the figure says it all."""
    first, *others = label.split("、")
    if len(label) <= most or not others:
        return label
    return f"{first} ほか{len(others)}項目"


def spoken(experiment: Experiment, settings: Mapping[str, Any]) -> str:
    """All settings in one line: 「学習率 0.1、隠れ層 16」."""
    return "、".join(
        f"{c.label} {c.text(settings.get(c.name, c.default))}" for c in experiment.controls
    )


def change_text(experiment: Experiment) -> str:
    """The named change of the prediction: 「系列の長さ: 20 → 100」; empty without one."""
    if experiment.prediction is None:
        return ""
    change = experiment.prediction.change
    return "、".join(
        f"{c.label}: {c.text(c.default)} → {c.text(change[c.name])}"
        for c in experiment.controls
        if c.name in change
    )


def number(found: Any) -> str:
    """A value of a summary as text; floats with 3 significant digits."""
    if isinstance(found, Real) and not isinstance(found, Integral):
        return number_text(float(found))
    return str(found)
