"""Grading: the same rules as the page's scripts, tested against one file of vectors.

:func:`judge` grades a raw answer against the payload the page gets (``Instance.key()``). The
words of a verdict are the page's. Raw answers, as they are recorded::

    single "b" · multi ["a", "c"] · numeric "1,024.5" or {"value": "1,024.5", "steps": {…}}
    blank ["x @ W", "tanh"] · order ["k2", "k1"] · match {"left": "right"}
    text {"text": "…", "rubric": [true, false]}

An answer that can't be read is ``unanswered``: it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eshikaku.questions.instances import Instance
from eshikaku.questions.normalize import number, plain

CORRECT, WRONG, PARTIAL, UNANSWERED, SELF = "correct", "wrong", "partial", "unanswered", "self"


@dataclass(frozen=True)
class Verdict:
    """What an answer is worth.

    Attributes:
        status: ``correct`` | ``wrong`` | ``partial`` | ``unanswered`` | ``self``.
        score: 0 … 1.
        parts: (key, status) of each hole, block, pair or step.
        near: what was recognised in a ``numeric``: the index of a near miss, ``"sign"`` (the
            key with the other sign), ``"scale"`` (the key times a power of ten), or ``None``.
        part_near: per hole, the index of the near miss.
    """

    status: str
    score: float
    parts: tuple[tuple[str, str], ...] = ()
    near: int | str | None = None
    part_near: tuple[int | None, ...] = ()


def grade(instance: Instance, raw: Any) -> Verdict:
    """Grade a raw answer; whatever ``raw`` is, this returns a verdict."""
    return judge(instance.key(), raw)


def judge(payload: Mapping[str, Any], raw: Any) -> Verdict:
    """Grade a raw answer against ``Instance.key()``."""
    rule = _RULES.get(payload["type"])
    return rule(payload, raw) if rule else Verdict(UNANSWERED, 0.0)


def within(raw: float, key: float, rtol: float, atol: float) -> bool:
    """``|raw - key| <= atol + rtol * |key|``, with room for rounding errors only."""
    return abs(raw - key) <= (atol + rtol * abs(key)) * (1 + 1e-9) + 1e-12 * abs(key)


def _single(payload: Mapping[str, Any], raw: Any) -> Verdict:
    if raw not in payload["keys"]:
        return Verdict(UNANSWERED, 0.0)
    if payload.get("prediction"):
        return Verdict(SELF, 0.0)
    return _all_or_nothing(raw == payload["correct"])


def _all_or_nothing(right: bool) -> Verdict:
    return Verdict(CORRECT, 1.0) if right else Verdict(WRONG, 0.0)


def _multi(payload: Mapping[str, Any], raw: Any) -> Verdict:
    """Score: (right ones chosen - wrong ones chosen) / right ones, never below 0."""
    chosen = set(_strings(raw)) & set(payload["keys"])
    if not chosen:
        return Verdict(UNANSWERED, 0.0)
    right = set(payload["correct"])
    parts = tuple((k, _status((k in chosen) == (k in right))) for k in sorted(payload["keys"]))
    score = max(0, len(chosen & right) - len(chosen - right)) / len(right)
    return Verdict(_of(score), score, parts)


def _numeric(payload: Mapping[str, Any], raw: Any) -> Verdict:
    steps = raw.get("steps") if isinstance(raw, Mapping) else None
    typed = raw.get("value") if isinstance(raw, Mapping) else raw
    rtol, atol, unit = payload["rtol"], payload["atol"], payload["unit"]
    given = steps if isinstance(steps, Mapping) else {}
    parts = tuple(
        (name, _step(given.get(name), key, rtol, atol, unit))
        for name, key in payload["steps"].items()
    )
    value = _number(typed, unit)
    if value is None:
        return Verdict(UNANSWERED, 0.0, parts)
    key = payload["answer"]
    if within(value, key, rtol, atol):
        return Verdict(CORRECT, 1.0, parts)
    return Verdict(WRONG, 0.0, parts, _recognise(value, payload))


def _number(typed: Any, unit: str) -> float | None:
    if isinstance(typed, int | float) and not isinstance(typed, bool):
        typed = repr(typed)
    return number(typed, unit) if isinstance(typed, str) else None


def _step(typed: Any, key: float, rtol: float, atol: float, unit: str) -> str:
    value = _number(typed, unit)
    return UNANSWERED if value is None else _status(within(value, key, rtol, atol))


def _recognise(value: float, payload: Mapping[str, Any]) -> int | str | None:
    key, rtol, atol = payload["answer"], payload["rtol"], payload["atol"]
    for place, near in enumerate(payload["near"]):
        if within(value, near, rtol, atol):
            return place
    if key and within(-value, key, rtol, atol):
        return "sign"
    powers = [p for n in range(1, 7) for p in (10.0**n, 10.0**-n)]
    if key and any(within(value, key * p, rtol, 0.0) for p in powers):
        return "scale"
    return None


def _blank(payload: Mapping[str, Any], raw: Any) -> Verdict:
    holes = payload["holes"]
    typed = raw if isinstance(raw, list | tuple) else []
    results = [_hole(h, typed[n] if n < len(typed) else None) for n, h in enumerate(holes)]
    parts = tuple((str(n), status) for n, (status, _) in enumerate(results, 1))
    near = tuple(place for _, place in results)
    if all(status == UNANSWERED for _, status in parts):
        return Verdict(UNANSWERED, 0.0, parts)
    score = sum(status == CORRECT for _, status in parts) / len(holes)
    return Verdict(_of(score), score, parts, part_near=near)


def _hole(hole: Mapping[str, Any], typed: Any) -> tuple[str, int | None]:
    if not isinstance(typed, str):
        return UNANSWERED, None
    if "keys" in hole:
        known = typed in hole["keys"]
        return (_status(typed == hole["correct"]) if known else UNANSWERED), None

    def normal(text: str) -> str:
        return plain(text, code=hole["code"], case=hole["case"])

    given = normal(typed)
    if not given:
        return UNANSWERED, None
    if given in map(normal, hole["accept"]):
        return CORRECT, None
    near = [normal(form) for form in hole["near"]]
    return WRONG, near.index(given) if given in near else None


def _order(payload: Mapping[str, Any], raw: Any) -> Verdict:
    """Score: how far the beginning agrees with the best fitting right order."""
    chosen = _strings(raw)
    if not chosen:
        return Verdict(UNANSWERED, 0.0)
    best = max(payload["orders"], key=lambda order: _agreement(chosen, order))
    agreed = _agreement(chosen, best)
    parts = tuple((k, _status(n < agreed)) for n, k in enumerate(chosen))
    score = agreed / max(len(best), len(chosen))
    return Verdict(_of(score), score, parts)


def _agreement(chosen: Sequence[str], order: Sequence[str]) -> int:
    pairs = zip(chosen, order, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(chosen), len(order)))


def _match(payload: Mapping[str, Any], raw: Any) -> Verdict:
    given = raw if isinstance(raw, Mapping) else {}
    pairs = payload["pairs"]
    parts = tuple(
        (left, _status(given[left] == right) if given.get(left) else UNANSWERED)
        for left, right in pairs.items()
    )
    if all(status == UNANSWERED for _, status in parts):
        return Verdict(UNANSWERED, 0.0, parts)
    score = sum(status == CORRECT for _, status in parts) / len(pairs)
    return Verdict(_of(score), score, parts)


def _text(payload: Mapping[str, Any], raw: Any) -> Verdict:
    """The learner's own marks; a text without a mark is kept with score 0."""
    given = raw if isinstance(raw, Mapping) else {"text": raw}
    written = given.get("text")
    marks = given.get("rubric")
    marked = sum(m is True for m in marks[: payload["rubric"]]) if isinstance(marks, list) else 0
    if not marked and not (isinstance(written, str) and plain(written)):
        return Verdict(UNANSWERED, 0.0)
    return Verdict(SELF, marked / payload["rubric"])


def _strings(raw: Any) -> list[str]:
    return [x for x in raw if isinstance(x, str)] if isinstance(raw, list | tuple) else []


def _status(right: bool) -> str:
    return CORRECT if right else WRONG


def _of(score: float) -> str:
    return CORRECT if score == 1 else PARTIAL if score > 0 else WRONG


_RULES: dict[str, Callable[[Mapping[str, Any], Any], Verdict]] = {
    "single": _single,
    "multi": _multi,
    "numeric": _numeric,
    "blank": _blank,
    "order": _order,
    "match": _match,
    "text": _text,
}
