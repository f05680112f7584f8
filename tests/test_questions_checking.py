"""Grading: the shared vectors, the words, and answers nobody expected."""

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
from eshikaku.questions.checking import Judgement, grade, judge, within
from eshikaku.questions.normal import LONGEST, number, plain
from vectors import example

VECTORS = json.loads(
    (Path(__file__).parent / "vectors" / "checking.json").read_text(encoding="utf-8")
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


# -- words --------------------------------------------------------------------------------------


def test_single_says_why(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-cell-gradient-01"))
    assert "GRU型" in grade(shown, "c").feedback
    assert grade(shown, "a").status == "correct"
    assert "選んで" in grade(shown, None).feedback


def test_prediction_is_kept_and_not_judged(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-forget-bias-prediction-01"))
    verdict = grade(shown, "down")
    assert (verdict.status, verdict.score) == ("self", 0.0)
    assert "予想" in verdict.feedback


def test_numeric_recognises_misconceptions(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-lstm-parameters-01"))
    key = int(shown.answer or 0)
    values = shown.values
    assert "バイアス" in grade(shown, str(values["without_bias"])).feedback
    assert "PyTorch" in grade(shown, f"{values['two_biases']:,} 個").feedback
    assert "GRU" in grade(shown, str(key * 3 // 4)).feedback
    assert "符号" in grade(shown, str(-key)).feedback
    assert "桁" in grade(shown, str(key * 100)).feedback
    assert "解説" in grade(shown, str(key + 1)).feedback
    assert f"{key:,}個" in grade(shown, str(key)).feedback


def test_an_unreadable_number_costs_nothing_and_says_why(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-gru-set-01/ratio"))
    for raw, words in [("0,75", "コンマ"), ("75%", "小数"), ("四分の三", "読めません")]:
        verdict = grade(shown, raw)
        assert (verdict.status, verdict.score) == ("unanswered", 0.0)
        assert words in verdict.feedback
    assert grade(shown, "").feedback == "数を入力してください。"


def test_faded_steps_are_graded_beside_the_value(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-lstm-parameters-01"), 0, "faded")
    step = next(s for s in shown.steps if s.blank)
    raw = {"value": shown.answer_text, "steps": {"per_gate": str(step.value)}}
    verdict = grade(shown, raw)
    assert verdict.status == "correct"
    assert verdict.parts == ({"key": "per_gate", "status": "correct", "why": step.shown},)


def test_each_hole_has_its_reason(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-rnn-step-code-01"))
    verdict = grade(shown, ["W_x@x", "h.dot(W_h)", "softmax"])
    assert (verdict.status, verdict.score) == ("partial", pytest.approx(1 / 3))
    assert [p["status"] for p in verdict.parts] == ["wrong", "correct", "wrong"]
    assert "列ベクトル" in verdict.parts[0]["why"]
    assert "確率" in verdict.parts[2]["why"]
    assert "3つのうち1つ" in verdict.feedback


def test_order_says_how_far_it_is_right_and_why_a_block_is_no_use(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-training-order-01"))
    verdict = grade(shown, ["loss", "zero", "detach", "backward", "step"])
    assert verdict.status == "partial"
    assert "先頭から2つ目まで" in verdict.feedback
    assert "グラフから切り離す" in verdict.feedback
    assert grade(shown, ["loss", "zero", "backward", "clip", "step"]).score == 1


def test_multi_names_wrong_choices_and_counts_missing_ones(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-bptt-facts-01"))
    verdict = grade(shown, ["memory", "weights"])
    assert "全時刻で共有" in verdict.feedback
    assert "ほかに1つ" in verdict.feedback


def test_text_names_the_points_still_missing(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-sharing-text-01"))
    verdict = grade(shown, {"text": "数が少ない", "rubric": [True, False]})
    assert (verdict.status, verdict.score) == ("self", 0.5)
    assert shown.rubric[1] in verdict.feedback
    assert shown.rubric[0] not in verdict.feedback


def test_code_points_to_the_exercise_and_a_group_to_its_items(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-step-exercise-01"))
    assert "`rnn-step`" in grade(shown, None).feedback
    group = parameters.instance(known.question("example-gru-set-01"))
    assert grade(group, {"count": "1"}).status == "unanswered"


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
@given(json_values)
def test_any_raw_answer_gets_words(raw: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for question in example.install(patch).by_id.values():
            assert grade(parameters.instance(question), raw).feedback


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
    assert judge({"type": "group"}, "a") == Judgement("unanswered", 0.0)
