"""Comparison, recognised mistakes, declared inputs, ready-made checks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import demo_exercises as demo
from eshikaku.exercises.check import check
from eshikaku.exercises.checks import (
    arrays,
    bits,
    choice,
    constant,
    derived,
    generator,
    gradients,
    integer,
    labels,
    number,
    onehot,
    probabilities,
    standard,
    uniform,
)
from eshikaku.exercises.compare import describe, difference
from eshikaku.exercises.recognise import general_mistakes
from eshikaku.exercises.report import Report
from exercise_helpers import RNG, advice, judged

# --- comparison and recognisers -------------------------------------------------------------------


def test_differences_come_in_the_order_shape_dtype_nan_value() -> None:
    a = np.ones((2, 3))
    kinds = []
    for other in (
        np.ones((3, 2), np.float32) * np.nan,
        np.ones((2, 3), np.float32) * np.nan,
        np.full((2, 3), np.nan),
        a * 2,
    ):
        found = difference(other, a)
        assert found is not None
        kinds.append(found.kind)
    assert kinds == ["shape", "dtype", "nan", "value"]
    assert difference(a.copy(), a) is None


def test_the_shape_of_a_later_output_comes_before_the_value_of_an_earlier() -> None:
    found = difference((np.zeros(2), np.zeros(3)), (np.ones(2), np.zeros(4)), ("h", "c"))
    assert found is not None
    assert (found.kind, found.got) == ("shape", "c の形 (3,)")


@pytest.mark.parametrize(
    ("got", "expected", "text"),
    [
        ((1.0,), (1.0, 2.0), "2個の値を"),
        ({"h": 1.0}, {"h": 1.0, "c": 2.0}, "キーの名前"),
        (np.ones(2), {"h": 1.0}, "dict を返して"),
        ([np.ones(2)] * 3, np.ones((3, 2)), "np.stack"),
        ((np.ones(2), np.ones(2)), np.ones(2), "1つだけ"),
        (np.ones((2, 2)), (np.ones(2), np.ones(2)), "2個の値を"),
        ({"a": {"b": 1.0}}, {"a": {"b": 2.0}}, "手で計算"),
        (np.array([1, 2]), np.array([1.0, 2.0]), "小数で"),
        (np.array([True]), np.array([1]), "整数で"),
    ],
)
def test_structures(got: Any, expected: Any, text: str) -> None:
    found = difference(got, expected)
    assert found is not None
    assert text in found.next_step


def test_an_array_is_as_good_as_a_list_of_its_rows() -> None:
    assert difference(np.ones((3, 2)), [np.ones(2)] * 3) is None
    assert difference([1.0, 2.0], (1.0, 2.0)) is None


def test_tensors_are_compared_as_arrays() -> None:
    torch = pytest.importorskip("torch")
    x = torch.ones(2, 3, requires_grad=True)
    assert difference(x, np.ones((2, 3), np.float32)) is None
    found = difference((x * 2,), (x,), ("h",))
    assert found is not None
    assert found.got.startswith("h[0, 0] = 2")
    assert describe(x) == "(2, 3) torch.float32"


def test_tolerance_follows_the_largest_element_and_the_dtype() -> None:
    b = np.array([1e6, 1e-3])
    assert difference(b + 1e-4, b) is None  # 1e-10 of the largest
    assert difference(b + 1.0, b) is not None
    single = np.array([1.0, 1e-3], np.float32)
    assert difference(single + np.float32(1e-4), single) is None
    assert difference(np.zeros(2), np.array([1e-9, 2e-9])) is not None


A = np.array([[1.0, -2.0, 0.3], [0.5, 4.0, -1.0], [0.2, 0.7, 2.5]])
GENERAL: list[tuple[Any, Any, str]] = [
    (-A, A, "符号が逆"),
    (A.T, A, "転置"),
    (A[:2].T, A[:2], "転置"),
    (A / 3, A, "1/3"),
    (A * 3, A, "3 倍"),
    (-A * 3, A, "符号も逆"),
    (A * np.sqrt(3), A, "√3"),
    (A * 2, A, "2 倍"),
    (np.log2(np.abs(A)), np.log(np.abs(A)), "log の底"),
    (A[::-1], A, "向きが逆"),
    (np.vstack([A[:1] * 9, A[:-1]]), A, "1つずれて"),
    (A, np.tanh(A), "tanh を適用する前"),
    (np.tanh(np.tanh(A)), np.tanh(A), "tanh が1回余分"),
    (A, np.maximum(A, 0), "ReLU を適用する前"),
    (A, 1 / (1 + np.exp(-A)), "シグモイド を適用する前"),
    (A + 1, A, "+1 ずれて"),
    (np.zeros_like(A), A, "すべて0"),
    (A, A.sum(axis=0), "最初の軸（バッチ）について和"),
    (np.stack([A, A]), 2 * A.sum(axis=0), "時刻とバッチ"),
    (A, A.mean(axis=0), "平均を取っていません"),
    (A[:, :1], A[:, 0], "形だけが違います"),
    (A, A[-1], "最後の時刻だけを返して"),
    (A[-1], A, "最後の時刻だけが返って"),
    (A.sum(axis=0), A, "和を取りすぎ"),
    (np.stack([A, 2 * A]).transpose(1, 0, 2), np.stack([A, 2 * A]), "軸の順"),
    (np.stack([A, 2 * A, A]).swapaxes(0, 1), np.stack([A, 2 * A, A]), "軸が入れ替わって"),
    ((A[0], A[1]), (A[1], A[0]), "h, c の順"),
    ((A[0], -A[1]), (A[0], A[1]), "c: 符号が逆"),
]


@pytest.mark.parametrize(("got", "expected", "text"), GENERAL, ids=[g[2] for g in GENERAL])
def test_general_mistakes_are_recognised(got: Any, expected: Any, text: str) -> None:
    found = general_mistakes(got, expected, (np.ones((3, 5)),), ("h", "c"))
    assert text in found[0]


def test_an_argument_returned_as_it_came_is_recognised() -> None:
    assert "2番目の引数がそのまま" in general_mistakes(A, A + A.T, (np.ones(2), A))[0]


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (A, A + RNG(0).normal(size=A.shape)),
        (A, np.array(["a"])),
        (np.zeros((0, 2)), np.zeros((0, 3))),
        (np.full((3, 3), np.nan), A),
        (None, A),
        (2.0, 3.0),
    ],
)
def test_no_general_mistake_is_made_up(got: Any, expected: Any) -> None:
    assert general_mistakes(got, expected, None) == []


def test_a_misconception_that_raises_is_recognised_too() -> None:
    report = check(demo.DENSE, lambda x, W, b: np.tanh(x @ W.T + b))
    assert report.status == "error"
    assert advice(report) == "W は (D, H) なので転置は要りません。"


def test_an_unknown_mistake_keeps_the_checks_own_words() -> None:
    report = check(demo.DENSE, lambda x, W, b: np.tanh(x @ W + b) ** 3 + x.sum())
    assert "手で計算し" in advice(report)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.zeros((2, 3)), "(2, 3) float64"),
        (None, "None"),
        (0.25, "0.25"),
        (np.float32(0.5), "0.5"),
        ((np.zeros(2), 1), "2個の組（(2,) float64、1）"),
        ([1] * 9, "9個のlist（1、1、1、1、…）"),
        ({"a": 1, "b": 2}, "dict（a, b）"),
        (RNG(0), "Generator"),
    ],
)
def test_values_are_described_shortly(value: Any, text: str) -> None:
    assert describe(value) == text


# --- declared inputs ------------------------------------------------------------------------------


def test_sizes_differ_so_that_axes_cannot_be_confused() -> None:
    inputs = arrays(x="T N D", W="D 4H", b="D+H", c="T+1", k="3")
    for seed in range(50):
        x, W, b, c, k = inputs(RNG(seed))
        (T, N, D), H = x.shape, W.shape[1] // 4
        assert len({T, N, D, H}) == 4
        assert min(T, N, D, H) >= 2
        assert W.shape == (D, 4 * H)
        assert b.shape == (D + H,)
        assert c.shape == (T + 1,)
        assert k.shape == (3,)


def test_draws_are_pinned_scaled_typed_and_reproducible() -> None:
    inputs = arrays(x="N D").with_sizes(D=(9, 9), N=(3, 4))
    (x,) = inputs.draw(RNG(0), scale=1000.0, dtype=np.float32, N=1)
    assert x.shape == (1, 9)
    assert x.dtype == np.float32
    assert np.abs(x).max() > 100
    assert inputs.letters == {"N"}
    assert np.array_equal(inputs(RNG(3))[0], inputs(RNG(3))[0])


def test_every_kind_of_argument() -> None:
    inputs = arrays(
        t=labels("N", below="C"),
        o=onehot("N C"),
        p=probabilities("N C"),
        u=uniform("N C", -0.5, 0.5),
        z=bits("N"),
        lr=number(0.1, 0.2),
        k=integer(2, 3),
        mode=choice("a", "b"),
        axis=constant(1),
        rng=generator(),
        logp=derived(lambda a: np.log(a["p"])),
    )
    t, o, p, u, z, lr, k, mode, axis, rng, logp = inputs.draw(RNG(0), scale=1e3)
    assert t.max() < o.shape[1]
    assert np.array_equal(o.sum(axis=1), np.ones(len(t)))
    assert np.allclose(p.sum(axis=1), 1)
    assert np.abs(u).max() <= 0.5
    assert set(z) <= {0.0, 1.0}
    assert 0.1 <= lr < 0.2
    assert k in (2, 3)
    assert mode in ("a", "b")
    assert axis == 1
    assert isinstance(rng, np.random.Generator)
    assert np.allclose(np.exp(logp), p)


def test_bad_declarations_are_refused() -> None:
    with pytest.raises(ValueError, match="write H, 4H"):
        arrays(x="N 2*H")(RNG(0))
    with pytest.raises(ValueError, match="no argument z"):
        arrays(x="N").only("z")
    with pytest.raises(ValueError, match="level 5"):
        replace(demo.DENSE, level=5)
    with pytest.raises(ValueError, match="status"):
        Report("great", ())


def test_a_plain_function_may_draw_the_arguments() -> None:
    def inputs(rng: np.random.Generator) -> tuple[Any, ...]:
        return ({"W": rng.normal(size=(3, 2))}, [rng.normal(size=3)])

    def reference(params, xs):
        return xs[0] @ params["W"]

    exercise = replace(
        demo.DENSE,
        reference=reference,
        blanks=(),
        alternatives=[],
        wrongs=[],
        checks=standard(inputs),
    )
    names = [c.name for c in exercise.checks]
    assert names == ["形と値", "float32", "入力を書き換えない", "呼び出しごとに独立"]
    assert check(exercise, lambda params, xs: np.dot(xs[0], params["W"])).passed

    def spoils(params, xs):
        y = xs[0] @ params["W"]
        params["W"][0, 0] = 9.0
        return y

    report = check(exercise, spoils)
    assert report.check == "入力を書き換えない"
    assert "params の中身" in str(report)


def test_a_given_generator_may_be_drawn_from() -> None:
    inputs = arrays(x="N D", rng=generator())

    def reference(x, rng):
        return x + rng.normal(size=x.shape)

    exercise = replace(
        demo.DENSE, reference=reference, blanks=(), wrongs=[], checks=standard(inputs)
    )
    assert check(exercise, lambda x, rng: x + rng.normal(size=x.shape)).passed
    assert check(exercise, lambda x, rng: x + rng.normal(size=len(x))[:, None]).status == "failed"


# --- gradients ------------------------------------------------------------------------------------


def test_gradients_alone_find_a_wrong_gradient() -> None:
    exercise = replace(demo.AFFINE, wrongs=[], checks=demo.AFFINE.checks[-1:])
    assert check(exercise, demo.affine_backward).passed
    report = check(exercise, lambda dy, x, W: (dy @ W.T, x.T @ dy, 2 * dy.sum(axis=0)))
    assert report.check == "数値微分との一致"
    assert dict(report.rows)["期待"].startswith("数値微分 db[")
    assert "db: " in advice(report)
    assert "2 倍" in advice(report)


def test_gradients_in_a_dict_and_alone() -> None:
    inputs = arrays(x="N D", W="D H")

    def loss(x, W):
        return np.sum((x @ W) ** 2)

    def as_dict(x, W):
        return {"dx": 2 * x @ W @ W.T, "dW": 2 * x.T @ x @ W}

    one = gradients(inputs, loss, wrt=("W",))
    both = gradients(inputs, loss, wrt=("x", "W"))
    assert judged(both, as_dict, as_dict) is None
    assert judged(one, lambda x, W: 2 * x.T @ x @ W, lambda x, W: 2 * x.T @ x @ W) is None
    found = judged(both, lambda x, W: as_dict(x, W) | {"dW": W}, as_dict)
    assert found is not None
    assert found.got.startswith("dW[")
