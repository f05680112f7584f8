"""From the checked shape of one question to its dataclass: what a schema can't say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from eshikaku.questions.errors import BankError
from eshikaku.questions.model import (
    Block,
    Figure,
    Hole,
    Near,
    NumericKey,
    Option,
    Pair,
    Question,
    Ref,
)
from eshikaku.questions.normalize import plain
from eshikaku.questions.reading import Located

PLACEHOLDER = re.compile(r"@\{(?P<name>[^{}]*?)(?P<spec>:[^{}]*)?\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Builder:
    """Builds one question; ``parent`` is the group of an item."""

    def __init__(self, path: Path, topic: str, raw: Located, parent: Question | None = None):
        self.path, self.topic, self.raw, self.parent = path, topic, raw, parent
        self.id = raw["id"] if parent is None else f"{parent.id}/{raw['key']}"

    def fail(self, field: str, message: str, at: Mapping[str, Any] | None = None) -> NoReturn:
        place = self.raw if at is None else at
        line = getattr(place, "lines", {}).get(field, getattr(place, "line", self.raw.line))
        raise BankError(message, path=self.path, line=line, id=self.id, field=field)

    def question(self) -> Question:
        """The question, its items included.

        Raises:
            BankError: a rule of the bank is broken.
        """
        raw, parent = self.raw, self.parent
        if parent is None and not self.id.startswith(f"{self.topic}-"):
            self.fail("id", f"{self.topic}- で始めます。")
        if parent is None and "syllabus" not in raw and raw.get("scope") != "発展":
            self.fail("syllabus", "syllabus か scope: 発展 が必要です。")
        inherited = parent if "generator" not in raw else None
        common: dict[str, Any] = {
            "id": self.id,
            "rev": parent.rev if parent else raw.get("rev", 1),
            "type": raw["type"],
            "topic": self.topic,
            "stem": raw["stem"].strip(),
            "syllabus": tuple(raw.get("syllabus", parent.syllabus if parent else ())),
            "scope": parent.scope if parent else raw.get("scope", "出題対象"),
            "skill": raw.get("skill") or (parent.skill if parent else ""),
            "level": raw.get("level") or (parent.level if parent else 1),
            "standalone": self._standalone(),
            "explain": raw.get("explain", "").strip(),
            "hints": _texts(raw.get("hints", ())),
            "refs": tuple(Ref(**r) for r in raw.get("refs", ())) or (parent.refs if parent else ()),
            "figure": Figure(**raw["figure"]) if "figure" in raw else None,
            "generator": inherited.generator if inherited else raw.get("generator"),
            "args": inherited.args if inherited else dict(raw.get("args", {})),
            "blank_steps": tuple(raw.get("blank_steps", ())),
            "group_id": parent.id if parent else None,
            "part": raw["key"] if parent else "",
            "values_part": raw["key"] if parent and "generator" in raw else "",
            "shared_stem": parent.stem if parent else "",
            "path": str(self.path),
            "line": raw.line,
        }
        if not common["generator"]:
            for field in ("args", "blank_steps"):
                if field in raw:
                    self.fail(field, "generator があるときだけ書けます。")
        self._placeholders(bool(common["generator"]))
        built = Question(**common, **getattr(self, f"_{raw['type']}")())
        if built.type == "numeric" and not built.generator:
            self.fail("generator", "numeric には generator が必要です（正解は計算させます）。")
        if built.type != "group":
            return built
        items = tuple(Builder(self.path, self.topic, i, built).question() for i in raw["items"])
        self._unique("items", raw["items"])
        shared = tuple(key for i in items if not i.values_part for key in i.keys)
        items = tuple(i if i.values_part else replace(i, keys=shared) for i in items)
        contrast = tuple(raw.get("contrast", ()))
        return Question(**{**common, "contrast": contrast, "items": items, "keys": shared})

    def _standalone(self) -> bool:
        """A prediction belongs to its experiment; an item stands no better than its group."""
        inherited = self.parent is None or self.parent.standalone
        return inherited and self.raw.get("standalone", not self.raw.get("prediction", False))

    def _placeholders(self, has_values: bool) -> None:
        """Every ``@{…}`` is well formed, and there is something to fill it with."""
        for field, text in _walk(self.raw):
            if field == "args":
                continue
            if "@{" in PLACEHOLDER.sub("", text):
                self.fail(field, "@{ の形が崩れています（@{H}、@{x:.3f}）。")
            for found in PLACEHOLDER.finditer(text):
                name = found["name"]
                if field == "template" and name.isdigit():
                    continue
                if not _NAME.fullmatch(name):
                    self.fail(field, f"{found[0]} は値の名前ではありません。")
                if not has_values:
                    self.fail(field, f"{found[0]} を埋める generator がありません。")

    def _unique(self, field: str, entries: Iterable[Mapping[str, Any]]) -> None:
        seen: set[str] = set()
        for entry in entries:
            if entry["key"] in seen:
                self.fail("key", f"{field} に同じ key {entry['key']!r} が2回あります。", entry)
            seen.add(entry["key"])

    def _options(self, field: str, entries: list[Located]) -> tuple[Option, ...]:
        self._unique(field, entries)
        return tuple(
            Option(o["key"], o["text"].strip(), o.get("correct", False), o["why"].strip())
            for o in entries
        )

    def _single(self) -> dict[str, Any]:
        options = self._options("options", self.raw["options"])
        prediction = self.raw.get("prediction", False)
        right = sum(o.correct for o in options)
        if prediction and right:
            self.fail("options", "予想（prediction）に correct: true は書けません。")
        if not prediction and right != 1:
            self.fail("options", f"correct: true はちょうど1つです（いま{right}つ）。")
        shuffle = self.raw.get("shuffle", True)
        return {"options": options, "prediction": prediction, "shuffle": shuffle}

    def _multi(self) -> dict[str, Any]:
        options = self._options("options", self.raw["options"])
        if not any(o.correct for o in options):
            self.fail("options", "correct: true が1つ以上必要です。")
        return {"options": options, "shuffle": self.raw.get("shuffle", True)}

    def _numeric(self) -> dict[str, Any]:
        raw = self.raw
        if "rtol" not in raw and "atol" not in raw:
            self.fail("atol", "atol か rtol が必要です（整数をちょうど求めるなら atol: 0）。")
        for entry in raw.get("near", ()):
            if isinstance(entry["value"], str) and not _NAME.fullmatch(entry["value"]):
                self.fail("value", "数か、生成関数の値の名前です。", entry)
        near = tuple(Near(n["value"], n["why"].strip()) for n in raw.get("near", ()))
        key = NumericKey(
            raw.get("answer"), float(raw.get("rtol", 0)), float(raw.get("atol", 0)), near
        )
        judged = {"answer": key.answer, "rtol": key.rtol, "atol": key.atol, "near": near}
        return {**judged, "unit": raw.get("unit", ""), "keys": (key,)}

    def _blank(self) -> dict[str, Any]:
        raw = self.raw
        language = raw.get("language", "text")
        code = language != "text"
        template = raw["template"].rstrip("\n") if code else raw["template"].strip()
        numbers = [m["name"] for m in PLACEHOLDER.finditer(template) if m["name"].isdigit()]
        expected = [str(n + 1) for n in range(len(raw["holes"]))]
        if sorted(numbers) != sorted(expected):
            wanted = "、".join(f"@{{{n}}}" for n in expected)
            self.fail("template", f"空欄は {wanted} を1回ずつです（いま {numbers}）。")
        holes = tuple(self._hole(h, code) for h in raw["holes"])
        return {"template": template, "language": language if code else None, "holes": holes}

    def _hole(self, raw: Located, code: bool) -> Hole:
        if ("choices" in raw) == ("accept" in raw):
            self.fail("holes", "choices か accept のどちらか一方を書きます。", raw)
        if "choices" in raw:
            for field in ("near", "case", "why"):
                if field in raw:
                    self.fail(
                        field, "accept のときだけ書けます（choices はそれぞれ why を持つ）。", raw
                    )
            choices = self._options("choices", raw["choices"])
            if sum(c.correct for c in choices) != 1:
                self.fail("choices", "correct: true はちょうど1つです。", raw)
            return Hole(choices=choices)
        if "why" not in raw:
            self.fail("why", "why が必要です。", raw)
        case = raw.get("case", False)
        seen: set[str] = set()
        for form in [*raw["accept"], *(n["value"] for n in raw.get("near", ()))]:
            normal = plain(form, code=code, case=case)
            if not normal or normal in seen:
                self.fail("accept", f"{form!r} は空か、ほかの書き方と同じです。", raw)
            seen.add(normal)
        near = tuple(Near(n["value"], n["why"].strip()) for n in raw.get("near", ()))
        return Hole(accept=tuple(raw["accept"]), near=near, why=raw["why"].strip(), case=case)

    def _order(self) -> dict[str, Any]:
        raw = self.raw
        right, wrong = raw["blocks"], raw.get("distractors", [])
        self._unique("blocks", [*right, *wrong])
        keys = tuple(b["key"] for b in right)
        orders = (keys, *(tuple(o) for o in raw.get("also", ())))
        for order in orders[1:]:
            if sorted(order) != sorted(keys):
                self.fail("also", f"blocks の key を1回ずつ並べます: {', '.join(keys)}。")
        blocks = [
            Block(b["key"], b["text"].strip(), b in wrong, b.get("why", "").strip())
            for b in [*right, *wrong]
        ]
        return {"blocks": tuple(blocks), "orders": orders}

    def _match(self) -> dict[str, Any]:
        raw = self.raw
        self._unique("pairs", raw["pairs"])
        pairs = tuple(
            Pair(p["key"], p.get("left"), p["right"].strip(), p["why"].strip())
            for p in raw["pairs"]
        )
        lefts = [p.left for p in pairs if p.left is not None]
        if len(lefts) < 2 or len(set(lefts)) < len(lefts):
            self.fail("pairs", "left は2つ以上で、互いに異なります。")
        return {"pairs": pairs}

    def _text(self) -> dict[str, Any]:
        answer = self.raw["model_answer"].strip()
        return {"model_answer": answer, "rubric": _texts(self.raw["rubric"])}

    def _code(self) -> dict[str, Any]:
        return {"exercise": self.raw["exercise"]}

    def _group(self) -> dict[str, Any]:
        return {}


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(text.strip() for text in given)


def _walk(value: Any, field: str = "") -> Iterable[tuple[str, str]]:
    """(field, text) of every string below; a group's items are walked on their own."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for name, child in value.items():
            if name not in ("items", "refs"):
                yield from _walk(child, "args" if field == "args" else name)
    elif isinstance(value, list):
        for child in value:
            yield from _walk(child, field)
