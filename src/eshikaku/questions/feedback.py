"""The words of a verdict: what the learner should look at now. Markdown in Japanese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eshikaku.questions.instances import Instance, InstanceHole

if TYPE_CHECKING:
    from eshikaku.questions.checking import Judgement

Parts = tuple[dict[str, Any], ...]

_NOTHING = {
    "single": "選択肢を1つ選んでください。",
    "multi": "当てはまるものをすべて選んでください。",
    "numeric": "数を入力してください。",
    "blank": "空欄を埋めてください。",
    "order": "必要なものを順に並べてください。",
    "match": "組み合わせを選んでください。",
    "text": "答えを書いてから、観点に印を付けてください。",
    "group": "設問ごとに答えてください。",
}
_READABLE = "例: 1,024.5、1e-3、1.2×10^-3、1/4"


def words(instance: Instance, raw: Any, found: Judgement) -> tuple[str, Parts]:
    """Feedback, and the parts of a verdict with a reason each."""
    kind = instance.question.type
    if kind == "code":
        name = instance.question.exercise
        return f"演習 `{name}` のセルで解きます。採点は `check` が行います。", ()
    parts = _parts(instance, raw, found)
    if found.status == "unanswered":
        typed = raw.get("value") if isinstance(raw, Mapping) else raw
        if kind == "numeric" and isinstance(typed, str) and typed.strip():
            return _unreadable(typed, instance.question.unit), parts
        return _NOTHING[kind], parts
    text = {
        "single": _single,
        "multi": _multi,
        "numeric": _numeric,
        "blank": _count,
        "order": _order,
        "match": _count,
        "text": _text,
    }[kind](instance, raw, found)
    return text, parts


def _unreadable(typed: str, unit: str) -> str:
    text = f"「{typed.strip()[:40]}」は数として読めません（{_READABLE}）。採点していません。"
    if typed.strip().endswith(("%", "％")) and unit != "%":
        text += "この問題は % ではなく小数で答えます。"
    elif "," in typed or "，" in typed:
        text += "コンマは3桁の区切りに使います。小数点は . です。"
    return text


def _single(instance: Instance, raw: Any, found: Judgement) -> str:
    if found.status == "self":
        return "予想を記録しました。実行して確かめてください。"
    return next(o.why for o in instance.options if o.key == raw)


def _multi(instance: Instance, raw: Any, found: Judgement) -> str:
    if found.status == "correct":
        return "正しいものをすべて選びました。"
    chosen = [o for o in instance.options if o.key in raw]
    missing = sum(o.correct for o in instance.options) - sum(o.correct for o in chosen)
    texts = [f"- {o.text}: {o.why}" for o in chosen if not o.correct]
    if missing:
        texts.append(f"- 正しいものが、ほかに{missing}つあります。")
    return "\n".join(texts)


def _numeric(instance: Instance, raw: Any, found: Judgement) -> str:
    shown = f"{instance.answer_text}{instance.question.unit}"
    if found.status == "correct":
        return f"正解は {shown} です。"
    if isinstance(found.near, int):
        return instance.near[found.near].why
    if found.near == "sign":
        return "大きさは合っています。符号を確かめてください。"
    if found.near == "scale":
        return "数字の並びは合っています。桁（10の何乗か）と単位を確かめてください。"
    return "途中の値を1つずつ確かめてください。解き方は解説にあります。"


def _count(instance: Instance, raw: Any, found: Judgement) -> str:
    right = sum(status == "correct" for _, status in found.parts)
    if found.status == "correct":
        return "すべて合っています。"
    return f"{len(found.parts)}つのうち{right}つ合っています。"


def _order(instance: Instance, raw: Any, found: Judgement) -> str:
    if found.status == "correct":
        return "この順で合っています。"
    agreed = sum(status == "correct" for _, status in found.parts)
    head = (
        f"先頭から{agreed}つ目までは合っています。" if agreed else "最初の1つから確かめてください。"
    )
    used = [b for b in instance.blocks if b.distractor and b.key in raw]
    return head + "".join(f"\n- {b.text}: {b.why}" for b in used)


def _text(instance: Instance, raw: Any, found: Judgement) -> str:
    marks = raw.get("rubric") if isinstance(raw, Mapping) else None
    marks = marks if isinstance(marks, list) else []
    missing = [r for n, r in enumerate(instance.rubric) if n >= len(marks) or marks[n] is not True]
    if not missing:
        return "自己採点を記録しました。すべての観点を書けています。"
    return "自己採点を記録しました。次に足す観点:\n" + "\n".join(f"- {r}" for r in missing)


def _parts(instance: Instance, raw: Any, found: Judgement) -> Parts:
    whys = {
        "multi": {o.key: o.why for o in instance.options},
        "order": {b.key: b.why for b in instance.blocks},
        "match": {s.key: s.why for s in instance.lefts},
        "blank": _hole_whys(instance, raw, found),
        "numeric": {s.name: s.shown for s in instance.steps},
    }.get(instance.question.type, {})
    return tuple({"key": k, "status": s, "why": whys.get(k, "")} for k, s in found.parts)


def _hole_whys(instance: Instance, raw: Any, found: Judgement) -> dict[str, str]:
    places = found.part_near or (None,) * len(instance.holes)
    return {
        str(n): _hole_why(hole, raw, n, place)
        for n, (hole, place) in enumerate(zip(instance.holes, places, strict=True), 1)
    }


def _hole_why(hole: InstanceHole, raw: Any, number: int, place: int | None) -> str:
    if place is not None:
        return hole.near[place].why
    if hole.choices:
        typed = raw[number - 1] if isinstance(raw, list | tuple) and len(raw) >= number else None
        return next((c.why for c in hole.choices if c.key == typed), "")
    return hole.why
