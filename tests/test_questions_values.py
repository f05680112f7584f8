"""Instances: values, seeds, shuffling, fading, numbers as they are shown."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eshikaku.questions import bank, parameters
from eshikaku.questions.bank import BankError
from eshikaku.questions.calculation import Calculation, Near
from eshikaku.questions.model import NumericKey
from question_makers import draw, numeric
from vectors import example


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> bank.Bank:
    return example.install(monkeypatch)


def test_an_instance_depends_on_id_rev_part_and_seed_alone(known: bank.Bank) -> None:
    for question in known.by_id.values():
        assert parameters.instance(question, 5) == parameters.instance(question, 5)
    count = known.question("example-lstm-parameters-01")
    stems = {parameters.instance(count, seed).stem for seed in range(30)}
    assert len(stems) > 10
    revised = [replace(count, rev=rev) for rev in range(1, 9)]
    assert len({parameters.instance(q).stem for q in revised}) > 3


def test_the_first_showing_is_pinned(known: bank.Bank) -> None:
    """A change here moves the numbers in every printed copy of the course."""
    shown = parameters.instance(known.question("example-lstm-parameters-01"))
    assert (shown.values["D"], shown.values["H"]) == (50, 64)
    single = parameters.instance(known.question("example-cell-gradient-01"))
    assert [o.key for o in single.options] == ["d", "a", "b", "c"]


def test_every_position_is_used_alike(known: bank.Bank) -> None:
    question = known.question("example-cell-gradient-01")
    places = [0] * 4
    for seed in range(800):
        keys = [o.key for o in parameters.instance(question, seed).options]
        places[keys.index("a")] += 1
    assert all(150 < n < 250 for n in places)
    fixed = replace(question, shuffle=False)
    assert [o.key for o in parameters.instance(fixed, 3).options] == ["a", "b", "c", "d"]


def test_an_order_is_never_shown_in_order(known: bank.Bank) -> None:
    question = known.question("example-training-order-01")
    for seed in range(300):
        blocks = parameters.instance(question, seed).blocks
        assert tuple(b.key for b in blocks if not b.distractor) not in question.orders


def test_equal_right_sides_are_one(known: bank.Bank) -> None:
    question = known.question("example-shapes-match-01")
    pairs = tuple(replace(p, right="`(H,)`") if p.key == "wh" else p for p in question.pairs)
    shown = parameters.instance(replace(question, pairs=pairs))
    assert len(shown.rights) == len(question.pairs) - 1
    assert shown.pairs["wh"] == shown.pairs["b"]


def test_segments_cut_a_template_at_its_holes(known: bank.Bank) -> None:
    shown = parameters.instance(known.question("example-rnn-step-code-01"))
    texts = shown.segments
    assert texts[1::2] == (1, 2, 3)
    rebuilt = "".join(x if isinstance(x, str) else f"@{{{x}}}" for x in texts)
    assert rebuilt == shown.template


def test_variant_seeds_are_safe_integers_and_differ() -> None:
    seeds = {
        parameters.variant_seed("demo-one-01", 1, learner, attempt)
        for learner in ("a", "b")
        for attempt in range(200)
    }
    assert len(seeds) == 400
    assert all(0 < s < 2**53 for s in seeds)


def test_other_numbers_are_other_numbers(known: bank.Bank) -> None:
    question = known.question("example-lstm-parameters-01")
    seeds = range(1, 200)
    values = {seed: parameters.instance(question, seed).values for seed in seeds}
    same = [(a, b) for a in seeds for b in seeds if a < b and values[a] == values[b]]
    assert same, "few values: two seeds agree now and then"
    for shown, seed in same[:20]:
        made = parameters.other_numbers(question, seed, shown, "alone")
        assert made.values != values[shown] and 0 < made.seed < 2**53
        assert made.values == parameters.instance(question, made.seed).values, "its seed gives it"
    apart = next(s for s in seeds if values[s] != values[1])
    assert parameters.other_numbers(question, apart, 1).seed == apart
    constant = known.question("example-cell-gradient-01")
    assert parameters.other_numbers(constant, 7, 0).seed == 7, "nothing else to show"


def test_fading_goes_on_after_right_and_back_after_wrong(known: bank.Bank) -> None:
    question = known.question("example-lstm-parameters-01")
    fade = parameters.first_fade(question)
    path = [fade]
    for right in (True, True, True, False, False, False):
        fade = parameters.next_fade(question, fade, right)
        path.append(fade)
    assert path == ["worked", "faded", "alone", "alone", "faded", "worked", "worked"]
    blanks = {f: [s.blank for s in parameters.instance(question, 0, f).steps] for f in set(path)}
    assert blanks == {"worked": [False] * 2, "faded": [True, False], "alone": [False] * 2}
    plain = known.question("example-cell-gradient-01")
    assert parameters.first_fade(plain) == parameters.next_fade(plain, "alone", False) == "alone"
    with pytest.raises(ValueError, match="fade"):
        parameters.instance(question, 0, "half")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (117248, "117248"),
        (3.0, "3"),
        (0.125, "0.125"),
        (-0.5, "-0.5"),
        (1e-7, "1e-7"),
        (1 / 3, "0.333333"),
        (1234567.5, "1234568"),
        (0, "0"),
        (-0.0, "0"),
        (1e20, "1e20"),
    ],
)
def test_numbers_are_shown_plainly(value: float, text: str) -> None:
    assert parameters.format_number(value) == text
    assert parameters.format_number(np.float64(value)) == text


def test_thousands_are_separated_from_ten_thousand_on() -> None:
    assert parameters.format_number(117248, thousands=True) == "117,248"
    assert parameters.format_number(9999, thousands=True) == "9999"


def test_holes_are_filled_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"x": 0.5, "n": 12345, "v": np.array([1.0, 2.5])}
    draw(monkeypatch, Calculation(values, answer=1))
    assert parameters.instance(numeric()).stem == "0.5 0.50 12,345 (1, 2.5)"


@pytest.mark.parametrize(
    ("found", "fields", "words"),
    [
        (Calculation({"y": 1}, answer=1), {}, "値 'x' を返しません"),
        (Calculation({"x": 1}), {"stem": ""}, "数ではありません"),
        (Calculation({"x": 1}, answer=math.nan), {"stem": ""}, "数ではありません"),
        (Calculation({"x": 1}, answer=1), {"stem": "", "answer": "z"}, "値 'z'"),
        (Calculation({"x": 1}, answer=1), {"stem": "@{x:q}"}, "書式"),
        (Calculation({"x": 1}, answer=1), {"stem": "", "blank_steps": ("s",)}, "blank_steps"),
        ({"x": 1}, {"stem": ""}, "Calculation を返して"),
    ],
)
def test_a_generator_that_does_not_fit_is_named(
    monkeypatch: pytest.MonkeyPatch, found: Any, fields: dict[str, Any], words: str
) -> None:
    draw(monkeypatch, found)
    with pytest.raises(BankError, match=words) as error:
        parameters.instance(numeric(**fields))
    assert error.value.id == "demo-n-01"


def test_a_generator_that_is_not_there() -> None:
    with pytest.raises(BankError, match="demo"):
        parameters.instance(numeric())


# -- drawn again until mistakes can be told apart -----------------------------------------------


def asked(monkeypatch: pytest.MonkeyPatch, make: Any, **fields: Any) -> Any:
    """The calculations of twenty seeds of a numeric question that grades ``answer``."""
    monkeypatch.setattr(parameters, "generator_of", lambda q: make)
    question = numeric(**{"keys": (NumericKey(None, 0.0, 0.01),), **fields})
    return [parameters.calculate(question, seed) for seed in range(20)]


def test_numbers_are_drawn_again_until_near_misses_stand_clear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def make(rng: np.random.Generator) -> Calculation:
        x, y = (int(n) / 20 for n in rng.integers(1, 60, size=2))
        return Calculation({"x": x}, answer=x, near=[Near(2 * x, "2倍"), Near(y, "ほかの数")])

    for found in asked(monkeypatch, make):
        two, other = (n.value for n in found.near)
        assert abs(two - found.answer) > 0.1 and abs(other - found.answer) > 0.1
        assert abs(two - other) > 0.02


def test_a_generator_may_refuse_its_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(rng: np.random.Generator) -> Calculation | None:
        x = int(rng.integers(1, 100))
        return Calculation({"x": x}, answer=x) if x % 7 == 0 else None

    assert {found.answer % 7 for found in asked(monkeypatch, make)} == {0}


@pytest.mark.parametrize("value", [None, Calculation({}, answer=1, near=[Near(1.05, "近い")])])
def test_drawing_ends_with_an_error_that_names_the_generator(
    monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    def make(rng: np.random.Generator) -> Any:
        rng.random()
        return value

    with pytest.raises(BankError, match="make"):
        asked(monkeypatch, make)


def test_a_generator_without_chance_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def make(rng: np.random.Generator) -> Calculation:
        calls.append(1)
        return Calculation({}, answer=1, near=[Near(1, "同じ")])

    with pytest.raises(BankError, match="近すぎ"):
        asked(monkeypatch, make)
    assert len(calls) == 1


def test_a_calculation_is_computed_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def make(rng: np.random.Generator) -> Calculation:
        calls.append(1)
        return Calculation({"x": rng.random()}, answer=1)

    first = asked(monkeypatch, make)
    assert [a is b for a, b in zip(first, asked(monkeypatch, make), strict=True)] == [True] * 20
    assert len(calls) == 20


def test_items_that_share_values_are_drawn_for_all_their_keys(
    monkeypatch: pytest.MonkeyPatch, known: bank.Bank
) -> None:
    group = known.question("example-gru-set-01")
    count, ratio, keep = group.items
    assert [key.answer for key in group.keys] == ["gru", "ratio"]
    assert count.keys == ratio.keys == keep.keys == group.keys

    def make(rng: np.random.Generator) -> Calculation:
        gru, lstm = (int(n) for n in rng.integers(1, 5, size=2))
        return Calculation({"D": gru, "H": lstm, "gru": gru, "lstm": lstm, "ratio": 0.75})

    monkeypatch.setattr(parameters, "generator_of", lambda q: make)
    for seed in range(30):
        drawn = [parameters.calculate(q, seed).values for q in (group, *group.items)]
        assert drawn[0]["gru"] != drawn[0]["lstm"]
        assert drawn[1:] == [drawn[0]] * 3
