"""The shape of a bank file: ``quizzes/schema.json``, with messages its author can use."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from eshikaku import course
from eshikaku.questions.errors import BankError, suggestion

_TYPES = {
    "string": "文字列",
    "number": "数",
    "integer": "整数",
    "boolean": "true か false",
    "array": "「- 」で始まる並び",
    "object": "「名前: 値」の並び",
}


_FIELDS = ("additionalProperties", "required")


@lru_cache(maxsize=1)
def _validate() -> Callable[[Any], Any]:
    import fastjsonschema

    text = (course.root() / "quizzes" / "schema.json").read_text(encoding="utf-8")
    found: Callable[[Any], Any] = fastjsonschema.compile(json.loads(text), use_default=False)
    return found


def check(data: Any, path: str | Path) -> None:
    """Raise :class:`BankError` where ``data`` (from :mod:`reading`) has not the schema's shape."""
    import fastjsonschema

    try:
        _validate()(data)
    except fastjsonschema.JsonSchemaValueException as error:
        _explain(data, path, error)


def _explain(data: Any, path: str | Path, error: Any) -> NoReturn:
    steps = error.path[1:]
    line, id = _locate(data, steps)
    message, extra = _message(error)
    if extra is not None:  # an unknown field: its own line
        holder = data
        for step in steps:
            holder = holder[int(step) if isinstance(holder, list) else step]
        line = holder.lines[extra]
        steps = [*steps, extra]
    field = "" if id and len(steps) == 2 else _field(steps)
    raise BankError(message, path=path, line=line, id=id, field=field) from error


def _locate(data: Any, steps: Sequence[str]) -> tuple[int, str]:
    """The line nearest to the place, and the id of the question around it."""
    line, id, here = getattr(data, "line", 1), "", data
    for step in steps:
        if isinstance(here, list):
            here = here[int(step)]
        else:
            line = here.lines.get(step, line)
            here = here.get(step)
        line = getattr(here, "line", line)
        if not id and isinstance(here, dict) and isinstance(here.get("id"), str):
            id = here["id"]
    return line, id


def _field(steps: Sequence[str]) -> str:
    """``data.questions[3].options[1].why`` → ``options › 2番目 › why``."""
    if len(steps) >= 2 and steps[0] == "questions":
        steps = steps[2:] or (f"{int(steps[1]) + 1}番目の問題",)
    return " › ".join(f"{int(s) + 1}番目" if s.isdigit() else s for s in steps)


def _message(error: Any) -> tuple[str, str | None]:
    """The message, and the name of an unknown field."""
    definition, value, rule = error.definition or {}, error.value, error.rule_definition
    extra = _unknown(definition, value) if error.rule in _FIELDS else None
    if extra is not None:  # named first: a misspelt field is missing too
        allowed = list(definition["properties"])
        text = f"このフィールドはありません。{suggestion(extra, allowed)}"
        return f"{text}使えるもの: {', '.join(allowed)}。", extra
    if error.rule == "required":
        missing = [k for k in rule if k not in value]
        return f"{'、'.join(missing)} が必要です。", None
    if error.rule == "enum":
        text = suggestion(str(value), map(str, rule))
        return f"{value!r} は使えません。{text}使えるもの: {', '.join(map(str, rule))}。", None
    if error.rule == "const":
        return f"{definition.get('const')!r} です。", None
    if error.rule == "type":
        return _type_message(rule, value), None
    if error.rule == "pattern":
        text = definition.get("description", "")
        return f"{value!r} は使えません（{text}{'。' if text else ''}形: {rule}）。", None
    if error.rule == "minLength":
        return "空です。", None
    if error.rule in ("minItems", "maxItems"):
        limit = "以上" if error.rule == "minItems" else "まで"
        return f"{rule}個{limit}です（いま{len(value)}個）。", None
    if error.rule in ("minimum", "maximum"):
        return f"{rule}{'以上' if error.rule == 'minimum' else '以下'}です。", None
    if error.rule == "uniqueItems":
        return "同じものが2回あります。", None
    if error.rule == "minProperties":
        return "空です。", None
    if definition is False or error.rule is None:
        return "ここには書けません。", None
    return str(error.message), None


def _unknown(definition: Any, value: Any) -> str | None:
    if definition.get("additionalProperties") is not False:
        return None
    return next((k for k in value if k not in definition["properties"]), None)


def _type_message(rule: Any, value: Any) -> str:
    rules = [rule] if isinstance(rule, str) else list(rule)
    text = f"{'か'.join(_TYPES.get(r, r) for r in rules)}にします"
    if "string" in rules and isinstance(value, bool | int | float):
        return f"{text}（'…' で囲みます）。"
    if "string" in rules and isinstance(value, dict):
        return f"{text}（「: 」を含む文は '…' で囲みます）。"
    return f"{text}。" if value is not None else f"{text}（空です）。"
