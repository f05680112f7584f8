"""YAML → dicts and lists that know their lines, without YAML 1.1's traps.

libyaml parses; what a plain scalar means is decided here: ``1e-3`` is a number, ``12:30``,
``no``, ``on``, ``0x1F`` and dates are text. Refused, because each silently changes a text:
duplicate keys, control characters, double quotes with a backslash (``"\\tanh"`` is a tab),
a comment that swallows the end of a sentence, tags, aliases, flow maps for options.
(Events rather than nodes: libyaml's composer overruns the stack on a deeply nested text.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from eshikaku.questions.errors import BankError

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_DEPTH = 20
_BLOCK_ONLY = {
    "options",
    "choices",
    "blocks",
    "distractors",
    "pairs",
    "near",
    "holes",
    "items",
    "questions",
}
# C0 except line feed, DEL, C1, and the invisible: zero-width, direction marks, separators.
# BOM, tab, bidi controls and lone surrogates are among them.
_CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_HINTS = {
    "mapping values are not allowed": "「: 」を含む文は '…' か | で書きます。",
    "could not find expected ':'": "字下げか「:」を確かめてください。",
    "found character": "記号で始まる文は '…' か | で書きます。",
    "did not find expected": "字下げと引用符の対応を確かめてください。",
}


class Located(dict[str, Any]):
    """A mapping that knows the line of itself and of each key."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


def read(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        BankError: not readable, not UTF-8, not YAML, or one of the refused forms.
    """
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise BankError(f"読めません（{error.strerror}）。", path=path) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BankError("UTF-8で保存してください。", path=path, line=line) from error
    return parse(text, path)


def parse(text: str, path: str | Path = "") -> Any:
    """:func:`read` for a text at hand; ``path`` is for messages."""
    import yaml

    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        code = f"U+{ord(control[0]):04X}"
        name = "タブ" if control[0] == "\t" else "制御文字か、目に見えない文字"
        raise BankError(f"{name}（{code}）は使えません。", path=path, line=line)
    try:
        return _Reader(text, path).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or str(error)
        hint = next((h for k, h in _HINTS.items() if problem.startswith(k)), "")
        raise BankError(
            f"YAMLとして読めません: {problem}。{hint}",
            path=path,
            line=mark.line + 1 if mark else 0,
        ) from error
    except yaml.YAMLError as error:
        raise BankError(f"YAMLとして読めません: {error}", path=path) from error


class _Reader:
    """Events → values; refuses what changes a text without a word."""

    def __init__(self, text: str, path: str | Path) -> None:
        import yaml

        self.text = text
        self.path = path
        self.id = ""
        self.depth = 0
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Iterator[Any] = yaml.parse(text, Loader=loader)

    def fail(self, event: Any, field: str, message: str) -> NoReturn:
        line = event.start_mark.line + 1
        raise BankError(message, path=self.path, line=line, id=self.id, field=field)

    def document(self) -> Any:
        next(self.events)  # stream start
        found = None
        if type(next(self.events)).__name__ == "DocumentStartEvent":
            found = self.value(next(self.events), "")
            next(self.events)  # document end
            more = next(self.events)
            if type(more).__name__ == "DocumentStartEvent":
                self.fail(more, "", "文書は1つのファイルに1つです（--- が2回あります）。")
        return found

    def value(self, event: Any, field: str) -> Any:
        kind = type(event).__name__
        if kind == "AliasEvent" or event.anchor is not None:
            self.fail(event, field, "アンカーと別名（&名前、*名前）は使えません。")
        if event.tag is not None:
            self.fail(event, field, f"タグ（{event.tag}）は使えません。")
        if kind == "ScalarEvent":
            return self.scalar(event, field)
        if self.depth >= _DEPTH:
            self.fail(event, field, f"入れ子は{_DEPTH}段までです。")
        self.depth += 1
        found = self.items(field) if kind == "SequenceStartEvent" else self.mapping(event)
        self.depth -= 1
        return found

    def items(self, field: str) -> list[Any]:
        found = []
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            if type(event).__name__ == "MappingStartEvent":
                if event.flow_style and field in _BLOCK_ONLY:
                    self.fail(event, field, "{…} と1行に書かず、「- key: …」と縦に並べてください。")
                if field == "questions":
                    self.id = ""
            found.append(self.value(event, field))
        return found

    def mapping(self, start: Any) -> Located:
        found = Located(start.start_mark.line + 1)
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent":
                self.fail(event, "", "フィールド名は文字列です。")
            key = event.value
            if key in found:
                first = found.lines[key]
                self.fail(event, key, f"同じフィールドが2回あります（1回目は{first}行目）。")
            found.lines[key] = event.start_mark.line + 1
            found[key] = self.value(next(self.events), key)
            if key == "id" and isinstance(found[key], str):
                self.id = found[key]
        return found

    def scalar(self, event: Any, field: str) -> Any:
        start, end = event.start_mark.index, event.end_mark.index
        if event.style == '"' and "\\" in self.text[start:end]:
            self.fail(event, field, "\"…\" の中の \\ は別の文字になります。'…' か | で書きます。")
        text: str = event.value
        if not event.implicit[0]:  # quoted or a block: always text
            return text
        if (" " in text or not text.isascii()) and re.match(" +#", self.text[end : end + 80]):
            self.fail(event, field, "「 #」から後ろは消えます。'…' か | で書きます。")
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text) and len(text) < 20:
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        return text
