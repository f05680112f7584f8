"""Grading: the shared vectors, and answers nobody expected."""

from __future__ import annotations

import json
import math
import random
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eshikaku.questions import bank, parameters
from eshikaku.questions.grading import Verdict, grade, judge, within
from eshikaku.questions.normalize import LONGEST, number, plain
from vectors import example

VECTORS = json.loads(
    (Path(__file__).parent / "vectors" / "grading.json").read_text(encoding="utf-8")
)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> bank.Bank:
    return example.install(monkeypatch)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_vector(vector: dict[str, Any]) -> None:
    found = judge(vector["payload"], vector["raw"])
    assert found.status == vector["status"]
    assert found.score == pytest.approx(vector["score"], abs=1e-12)
    if vector["status"] == "wrong" and vector["payload"]["type"] == "numeric":
        assert found.near == vector.get("near")
    if "parts" in vector:
        assert [status for _, status in found.parts] == vector["parts"]
    if "part_near" in vector:
        assert list(found.part_near) == vector["part_near"]


def test_the_vectors_cover_every_type_and_have_names_of_their_own() -> None:
    assert len(VECTORS) >= 80
    assert len({v["name"] for v in VECTORS}) == len(VECTORS)
    types = {v["payload"]["type"] for v in VECTORS}
    assert types == {"single", "multi", "numeric", "blank", "order", "match", "text"}


# -- an instance's own key ----------------------------------------------------------------------


def test_prediction_is_kept_and_not_judged(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-forget-bias-prediction-01"))
    assert grade(shown, "down") == Verdict("self", 0.0)


def test_numeric_recognises_misconceptions(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-lstm-parameters-01"))
    key = int(shown.answer or 0)

    def why(raw: str) -> str:
        near = grade(shown, raw).near
        assert isinstance(near, int)
        return shown.near[near].why

    assert "バイアス" in why(str(shown.values["without_bias"]))
    assert "PyTorch" in why(f"{shown.values['two_biases']:,} 個")
    assert "GRU" in why(str(key * 3 // 4))
    assert grade(shown, str(-key)).near == "sign"
    assert grade(shown, str(key * 100)).near == "scale"
    assert grade(shown, str(key + 1)).near is None
    assert grade(shown, f"{key:,}個").status == "correct"


def test_an_unreadable_number_costs_nothing(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-gru-set-01/ratio"))
    for raw in ("0,75", "0,750", "75%", "四分の三", "", None):
        assert grade(shown, raw) == Verdict("unanswered", 0.0)


def test_faded_steps_are_graded_beside_the_value(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-lstm-parameters-01"), 0, "faded")
    step = next(s for s in shown.steps if s.blank)
    raw = {"value": shown.answer_text, "steps": {"per_gate": str(step.value)}}
    verdict = grade(shown, raw)
    assert (verdict.status, verdict.parts) == ("correct", (("per_gate", "correct"),))


def test_holes_and_orders_count_in_part(known: bank.Bank) -> None:
    holes = parameters.instance(known.question("example-rnn-step-code-01"))
    verdict = grade(holes, ["W_x@x", "h.dot(W_h)", "softmax"])
    assert (verdict.status, verdict.score) == ("partial", pytest.approx(1 / 3))
    assert verdict.parts == (("1", "wrong"), ("2", "correct"), ("3", "wrong"))
    order = parameters.instance(known.question("example-training-order-01"))
    assert grade(order, ["loss", "zero", "detach", "backward", "step"]).status == "partial"
    assert grade(order, ["loss", "zero", "backward", "clip", "step"]).score == 1


def test_code_and_group_are_not_graded_here(known: bank.Bank) -> None:
    for id in ("example-step-exercise-01", "example-gru-set-01"):
        assert grade(parameters.instance(known.question(id)), {"count": "1"}).status == "unanswered"


# -- anything at all ----------------------------------------------------------------------------

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)
payloads = [v["payload"] for v in VECTORS]


@patient
@given(st.sampled_from(payloads), json_values)
def test_any_raw_answer_gets_a_verdict(payload: dict[str, Any], raw: Any) -> None:
    found = judge(payload, raw)
    assert found.status in ("correct", "wrong", "partial", "unanswered", "self")
    assert 0 <= found.score <= 1
    if found.status in ("unanswered", "wrong"):
        assert found.score == 0


@patient
@given(st.text(max_size=LONGEST + 20), st.sampled_from(["", "%", "個", "MB"]))
def test_reading_a_number_never_fails(raw: str, unit: str) -> None:
    value = number(raw, unit)
    assert value is None or math.isfinite(value)


@patient
@given(st.integers(-(10**12), 10**12))
def test_every_way_to_write_an_integer_is_read(value: int) -> None:
    wide = str(value).translate({ord(a): chr(ord(a) + 0xFEE0) for a in "0123456789-"})
    for raw in (str(value), f"{value:,}", wide, f" {value}.0 ", f"{value}個"):
        assert number(raw, "個") == value


@patient
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back(value: float) -> None:
    assert number(repr(value)) == value


@patient
@given(st.text(), st.booleans(), st.booleans())
def test_normal_form_is_stable(raw: str, code: bool, case: bool) -> None:
    once = plain(raw, code=code, case=case)
    assert (
        plain(once, code=code, case=case) == once or unicodedata.normalize("NFKC", once) != once
    )  # lower() may leave a sequence that NFKC composes anew


@patient
@given(st.lists(st.sampled_from(["x", "W_x", "np", "@", "(", ")", ",", ".", "1"]), max_size=12))
def test_spaces_around_signs_do_not_count_in_code(tokens: list[str]) -> None:
    signs = set("@(),.")
    pieces: list[str] = []
    for token in tokens:
        if pieces and token not in signs and pieces[-1] not in signs:
            pieces.append(" ")
        pieces.append(token)
    tight = "".join(pieces)
    loose = "  ".join(p for p in pieces if p != " ")
    assert plain(tight, code=True) == plain(loose, code=True)


def test_tolerance_is_absolute_plus_relative() -> None:
    draw = random.Random(0)
    for _ in range(200):
        key = draw.uniform(-100, 100)
        atol, rtol = draw.uniform(0, 1), draw.uniform(0, 0.1)
        edge = atol + rtol * abs(key)
        assert within(key + 0.999 * edge, key, rtol, atol)
        assert not within(key + 1.001 * edge, key, rtol, atol)


def test_an_unknown_type_is_not_graded() -> None:
    assert judge({"type": "group"}, "a") == Verdict("unanswered", 0.0)
