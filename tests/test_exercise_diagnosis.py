"""What check() says about a wrong solution: a known mistake only where it is one, else where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import demo_exercises as demo
from eshikaku.exercises import Edit
from eshikaku.exercises.check import check
from eshikaku.exercises.checks import arrays, constant, holds, standard
from eshikaku.exercises.compare import located
from exercise_helpers import advice, anonymous

NO_TANH, NO_ROOT = (wrong.message for wrong in demo.SCALED.misconceptions)


def linear(x: Any, W: Any) -> Any:
    return x @ W / len(W) ** 0.5


def test_a_known_mistake_is_named() -> None:
    assert advice(check(demo.SCALED, linear)) == NO_TANH


@pytest.mark.parametrize("seed", range(20))
def test_a_mistake_that_agrees_with_a_known_one_on_some_calls_only_is_not_named(seed: int) -> None:
    """It may well agree on the failing call: there it is the known one's value."""

    def sometimes(x: Any, W: Any) -> Any:
        return linear(x, W) if x[0, 0] > 0 else demo.scaled(x, W)

    report = check(demo.SCALED, sometimes, seed=seed)
    assert report.status == "failed"
    assert advice(report) not in (NO_TANH, NO_ROOT)


def test_a_mistake_that_hardly_differs_from_the_reference_is_not_named() -> None:
    """One that is right on nearly every call is not what this submission did wrong there."""
    rare = Edit("np.tanh(a)", "(np.tanh(a) + (abs(x[0, 0] - 1.5) < 1e-4))", "まれな誤り")
    inputs = arrays(x=constant(np.full((3, 2), 1.5)), W="2 H")
    only_there = holds(
        inputs,
        lambda h, x, W: np.allclose(h, demo.scaled(x, W)),
        name="x が1.5のとき",
        expected="式の値",
        next_step="x が1.5のときを見てください。",
    )
    exercise = replace(
        demo.SCALED,
        wrongs=[rare, *demo.SCALED.wrongs],
        checks=[*standard(demo.SCALED_INPUTS), only_there],
    )
    report = check(exercise, anonymous(rare.of(demo.scaled).function))
    assert report.check == "x が1.5のとき"
    assert advice(report) != "まれな誤り"


@pytest.mark.parametrize("seed", range(10))
def test_an_unknown_mistake_is_located_and_shown_on_the_smallest_input(seed: int) -> None:
    def first_column(x: Any, W: Any) -> Any:
        h = demo.scaled(x, W)
        h[:, 0] = h[:, 0] ** 2 / 3
        return h

    report = check(demo.SCALED, first_column, seed=seed)
    rows = dict(report.rows)
    assert "（どれも h[:, 0]）" in rows["次に"]
    assert "いちばん小さな入力" in rows["次に"]
    assert "h[0, 0] を手で計算し" in rows["次に"]
    assert rows["呼び出し"].startswith("scaled(x=[[")  # one element each: to calculate by hand
    assert rows["戻り値"].startswith("h[0, 0] = ")
    assert rows["期待"].startswith("h[0, 0] = ")


def test_a_mistake_of_some_sizes_only_is_shown_on_the_smallest_of_them() -> None:
    def not_for_one_row(x: Any, W: Any) -> Any:
        return demo.scaled(x, W) ** (3 if len(x) > 1 else 1)

    assert dict(check(demo.SCALED, not_for_one_row).rows)["呼び出し"].startswith("scaled(x=[[")
    assert "2個のうち2個" in dict(check(demo.SCALED, not_for_one_row).rows)["戻り値"]


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([], None),
        ([(0, 0)], "違うのは h の6個のうち1個です（どれも h[0, :]）。"),
        ([(0, 1), (1, 1)], "違うのは h の6個のうち2個です（どれも h[:, 1]）。"),
        ([(0, 0), (1, 1)], "違うのは h の6個のうち2個です。"),
        ([...], "違うのは h の全部です。"),
    ],
)
def test_which_elements_differ(places: list[Any], said: str | None) -> None:
    h, c = np.ones((2, 3)), np.ones(3)
    wrong = h.copy()
    for place in places:
        wrong[place] = 2
    if said:
        assert located((wrong, c), (h, c), ("h", "c")) == "c は合っています。" + said
    assert located((wrong, c + 1), (wrong, c), ("h", "c")) == (
        "h は合っています。違うのは c の全部です。"
    )
    assert located((h + 1, c + 1), (h, c), ("h", "c")) == "違うのは h・c です。"
    assert located({"c": c, "h": h + 1}, {"h": h, "c": c}).startswith(
        "c は合っています。違うのは h"
    )
    assert located(np.stack([h, h + 1]), [h, h]).startswith("1番目 は合っています。違うのは 2番目")
    assert located({"p": (h, c + 1)}, {"p": (h, c)}) == ""
    assert located(np.float64(1), np.float64(2), ("loss",)) == "違うのは loss です。"


def test_a_general_mistake_is_named_only_where_each_failing_call_shows_it() -> None:
    """Twice the value for one size, three times for the others: it is no factor."""

    def twice(x: Any, W: Any) -> Any:
        return 2 * demo.scaled(x, W)

    def by_size(x: Any, W: Any) -> Any:
        return -demo.scaled(x, W) if len(x) % 2 else 2 * demo.scaled(x, W)

    for seed in range(20):
        assert "2 倍です" in advice(check(demo.SCALED, twice, seed=seed))
    texts = [advice(check(demo.SCALED, by_size, seed=seed)) for seed in range(20)]
    assert (
        sum("いちばん小さな入力" in text for text in texts) >= 10
    )  # else all sizes were of a kind


# --- cases that decide ----------------------------------------------------------------------------


def up_to_six_rows(x: Any, W: Any) -> Any:
    return np.concatenate([demo.scaled(x[:6], W), 0 * demo.scaled(x[6:], W)])


def only_unless_square(x: Any, W: Any) -> Any:
    return demo.scaled(x, W.T if len(set(W.shape)) == 1 else W)


def in_place_when_large(x: Any, W: Any) -> Any:
    h = demo.scaled(x, W)
    if len(x) > 6:
        x *= 2
    return h


def cached_when_large() -> Any:
    memory: dict[Any, Any] = {}

    def cached(x: Any, W: Any) -> Any:
        if len(x) <= 6:
            return demo.scaled(x, W)
        return memory.setdefault(x.shape, demo.scaled(x, W))

    return cached


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (lambda: up_to_six_rows, "特別な場合"),
        (lambda: only_unless_square, "特別な場合"),
        (lambda: in_place_when_large, "入力を書き換えない"),
        (cached_when_large, "特別な場合"),
    ],
)
def test_a_declared_case_is_drawn_every_time_for_values_and_purity(fault: Any, found: str) -> None:
    inputs = demo.SCALED_INPUTS.with_sizes(N=(2, 5), D=(2, 3), H=(4, 5))
    cases = {"N = 9 のとき": inputs.with_sizes(N=9), "D = H のとき": inputs.with_sizes(D=4, H=4)}
    exercise = replace(demo.SCALED, checks=standard(inputs, returns=("h",), cases=cases))
    blind = replace(demo.SCALED, checks=standard(inputs, returns=("h",)))
    for seed in range(100):
        report = check(exercise, anonymous(fault()), seed=seed)
        assert report.status == "failed", seed
        assert report.check in (found, "呼び出しごとに独立")
        assert "のとき" in dict(report.rows)["呼び出し"]
    assert check(blind, anonymous(fault())).passed  # it is the declared case that decides


def test_a_wider_float_is_as_good_unless_the_type_is_to_be_kept() -> None:
    def widened(x: Any, W: Any) -> Any:
        return demo.scaled(x, W).astype(np.float64)

    def narrowed(x: Any, W: Any) -> Any:
        return demo.scaled(x, W).astype(np.float32)

    kept = replace(demo.SCALED, checks=standard(demo.SCALED_INPUTS, returns=("h",), float32="kept"))
    assert check(demo.SCALED, widened).passed
    assert "float64 に変わって" in advice(check(kept, widened))
    for exercise in (demo.SCALED, kept):
        assert "float32 などに変えて" in advice(check(exercise, narrowed))


def test_nothing_returned_where_nothing_is_expected() -> None:
    """``difference(None, None)`` called itself for ever."""
    exercise = replace(
        demo.SCALED, reference=_prints, blanks=(), wrongs=[],
        checks=standard(demo.SCALED_INPUTS, scales=(), float32=False),
    )  # fmt: skip
    assert check(exercise, lambda x, W: None).passed
    assert "何も返さない関数" in advice(check(exercise, lambda x, W: x))
    nested = replace(exercise, reference=_returns_a_none)
    assert check(nested, lambda x, W: (x + 0, None)).passed
    assert check(nested, lambda x, W: (x + 0, x)).status == "failed"


def _prints(x: Any, W: Any) -> None:
    """Nothing to return."""
    print(x.shape)


def _returns_a_none(x: Any, W: Any) -> Any:
    """Something, and nothing."""
    return x, None


def test_a_huge_value_is_described_in_a_line() -> None:
    ring: list[Any] = []
    ring.append(ring)
    for value in ("あ" * 10_000_000, 10**5000, ring):
        report = check(demo.SCALED, lambda x, W: value)  # noqa: B023
        assert report.status == "failed"
        assert len(str(report)) < 800
