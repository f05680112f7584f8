"""What kind of mistake it is: a declared misconception, or one of the general ones.

A misconception is recognised by behaviour: on the failing call and on several of each kind the
submission does what the known wrong solution does (same output, same change of the arguments,
or the same error).
"""

from __future__ import annotations

import copy
import functools
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from eshikaku.exercises.checks import Kind, Values
from eshikaku.exercises.compare import NotNumbers, equal, leaves, same, to_array
from eshikaku.exercises.declaration import Exercise, Wrong
from eshikaku.exercises.runner import LearnerError, Submission

_EXACT, _RTOL = 1e-11, 1e-6
_SEVERAL = (
    3  # calls of each kind; calls on which a misconception must be another than the reference
)

Array = np.ndarray[Any, Any]


def misconception(
    exercise: Exercise, submitted: Callable[..., Any], args: tuple[Any, ...] | None
) -> Wrong | None:
    """The declared misconception that gives what the submission gives, if any.

    It must do so on the failing call and on every call of :func:`_calls`, and on several of these
    be another than the reference.
    """
    calls = _calls(exercise)
    failing = () if args is None else (args,)
    mine = [_behaviour(submitted, call) for call in failing]
    near = [
        (wrong, number)
        for number, wrong in enumerate(exercise.misconceptions)
        if all(
            _same_behaviour(_behaviour(wrong.function, call), shown, _RTOL)
            for call, shown in zip(failing, mine, strict=True)
        )
    ]
    if not near:
        return None
    shown = [_behaviour(submitted, call) for call, _ in calls]
    right = [behaviour for _, behaviour in calls]
    for rtol in (_EXACT, _RTOL):  # two misconceptions may differ in the eighth digit alone
        for wrong, number in near:
            known = _known(exercise, number)
            if all(_same_behaviour(a, b, rtol) for a, b in zip(known, shown, strict=True)):
                telling = [
                    not _same_behaviour(a, b, _RTOL) for a, b in zip(known, right, strict=True)
                ]
                if sum(telling) >= _SEVERAL:
                    return wrong
    return None


@functools.lru_cache(maxsize=64)
def _calls(exercise: Exercise) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Calls of every kind the checks draw, and how the reference behaves there."""
    kinds = [Kind(exercise.inputs)]
    for check in exercise.checks:
        if isinstance(check, Values):
            kinds += [k for k in check.kinds if k.dtype == np.float64 and k not in kinds]
    rng = np.random.default_rng(0)
    drawn = [kind.draw(rng) for kind in kinds for _ in range(_SEVERAL)]
    return [(args, _behaviour(exercise.reference, args)) for args in drawn]


@functools.lru_cache(maxsize=512)
def _known(exercise: Exercise, number: int) -> list[tuple[Any, ...]]:
    """How the exercise's misconception of this number behaves in :func:`_calls`."""
    function = exercise.misconceptions[number].function
    return [_behaviour(function, args) for args, _ in _calls(exercise)]


def _behaviour(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
    """(what came back, the arguments afterwards), or (the error's type and text,)."""
    given = copy.deepcopy(args)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - a submission may draw from the global state
    try:
        return Submission(function)(*given), given
    except LearnerError as raised:
        return (raised.text,)


def _same_behaviour(a: tuple[Any, ...], b: tuple[Any, ...], rtol: float) -> bool:
    try:
        return len(a) == len(b) and equal(a, b, rtol)
    except NotNumbers:
        return False  # only a submission gives such a thing


def general_mistakes(
    got: Any, expected: Any, args: Sequence[Any] | None, returns: Sequence[str] = ()
) -> list[str]:
    """Next steps (Japanese) for the well-known kinds of difference this one may be of."""
    try:
        mine = [to_array(leaf.value) for leaf in leaves(got)]
        theirs = [to_array(leaf.value) for leaf in leaves(expected)]
    except NotNumbers:
        return []
    if len(mine) != len(theirs) or any(a.dtype.kind not in "biuf" for a in mine + theirs):
        return []
    with np.errstate(all="ignore"):
        return _kinds(mine, theirs, args or (), [leaf.name for leaf in leaves(expected, returns)])


def _kinds(
    mine: list[Array], theirs: list[Array], args: Sequence[Any], names: list[str]
) -> list[str]:
    if len(mine) > 1 and _permuted(mine, theirs):
        return [f"戻り値の順が入れ替わっています。{', '.join(names)} の順に返してください。"]
    if not any(a.size for a in theirs):
        return []
    sizes = {n for a in args if isinstance(a, np.ndarray) for n in a.shape if n > 1}
    for name, a, b in zip(names, mine, theirs, strict=True):
        if same(a, b, _RTOL):
            continue
        if a.shape == b.shape:
            kinds = _same_shape(a.astype(float), b.astype(float), sizes, args)
        else:
            kinds = [_other_shape(a, b)]
        head = f"{name}: " if len(names) > 1 else ""
        return [head + kind for kind in kinds if kind]
    return []


def _permuted(mine: list[Array], theirs: list[Array]) -> bool:
    if len(mine) > 4 or all(same(a, b, _RTOL) for a, b in zip(mine, theirs, strict=True)):
        return False
    return any(
        all(same(mine[i], b, _RTOL) for i, b in zip(order, theirs, strict=True))
        for order in itertools.permutations(range(len(mine)))
    )


def _same_shape(a: Array, b: Array, sizes: set[int], args: Sequence[Any]) -> list[str | None]:
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return []
    for i, given in enumerate(args):
        if isinstance(given, np.ndarray) and given.size > 1 and same(a, given, _RTOL):
            return [f"{i + 1}番目の引数がそのまま返っています。計算の結果を返してください。"]
    if not a.any() and b.any():
        return ["すべて0です。計算の結果が代入されているかを確かめてください。"]
    return [*_factor(a, b, sizes), _rearranged(a, b), _activation(a, b), _offset(a, b)]


def _factor(a: Array, b: Array, sizes: set[int]) -> Iterator[str]:
    scale = float(np.abs(b).max())
    if not scale:
        return
    k = float(np.sum(a * b) / np.sum(b * b))
    if not k or not same(a, k * b, _RTOL):
        return
    if np.isclose(k, -1):
        yield "符号が逆です。引き算の順と、マイナスの数を確かめてください。"
        return
    sign = "符号も逆です。" if k < 0 else ""
    k = abs(k)
    for n in sorted(sizes):
        if np.isclose(k, 1 / n):
            yield f"{sign}正しい値の 1/{n} です。和のところで平均を取っていないかを見てください。"
        if np.isclose(k, n):
            yield f"{sign}正しい値の {n} 倍です。平均のところで和を取っていないかを見てください。"
    for n in sorted(sizes):
        if np.isclose(k, np.sqrt(n)) or np.isclose(k, 1 / np.sqrt(n)):
            word = "掛け" if k > 1 else "割っ"
            yield f"{sign}正しい値に √{n} を{word}た値です。√ のつく係数を確かめてください。"
    if b.size < 2:
        return
    if np.isclose(k, 1 / np.log(2)) or np.isclose(k, np.log(2)):
        yield "log の底が違います（自然対数は np.log、底2は np.log2）。"
    yield f"{sign}すべての成分が正しい値の {k:.4g} 倍です。係数を確かめてください。"


def _rearranged(a: Array, b: Array) -> str | None:
    if a.ndim in (2, 3) and _transposed(a, b):
        return "軸が入れ替わっています（転置）。行列の積の順と .T を確かめてください。"
    if a.ndim and len(a) > 1:
        if same(a[::-1], b, _RTOL):
            return "最初の軸（時刻など）の向きが逆です。"
        if same(a[1:], b[:-1], _RTOL) or same(a[:-1], b[1:], _RTOL):
            return "最初の軸（時刻など）で1つずれています。添字 t と t-1 を確かめてください。"
    return None


def _transposed(a: Array, b: Array) -> bool:
    orders = itertools.permutations(range(a.ndim))
    return any(same(a.transpose(order), b, _RTOL) for order in orders)


def _activation(a: Array, b: Array) -> str | None:
    if b.size < 2:
        return None
    functions: dict[str, Callable[[Array], Array]] = {
        "tanh": np.tanh,
        "シグモイド": lambda x: 1 / (1 + np.exp(-np.clip(x, -700, 700))),
        "ReLU": lambda x: np.maximum(x, 0),
        "exp": lambda x: np.exp(np.clip(x, -700, 700)),
    }
    for name, function in functions.items():
        if same(function(a), b, _RTOL):
            return f"{name} を適用する前の値です。最後に {name} を通してください。"
        if same(a, function(b), _RTOL):
            return f"{name} が1回余分です。"
    return None


def _offset(a: Array, b: Array) -> str | None:
    gap = a - b
    if b.size < 2 or not np.allclose(gap, gap.flat[0], rtol=_RTOL, atol=1e-9):
        return None
    return f"すべての成分が {gap.flat[0]:+.4g} ずれています。足し忘れた定数がないかを見てください。"


def _other_shape(a: Array, b: Array) -> str | None:
    if a.ndim in (2, 3) and _transposed(a, b):
        return "軸の順が違います（転置）。値は合っています。"
    if a.size == b.size and same(a.reshape(b.shape), b, _RTOL):
        return "値は合っていて、形だけが違います。reshape や keepdims を確かめてください。"
    for count in range(1, a.ndim - b.ndim + 1):
        axes = tuple(range(count))
        if same(a.sum(axis=axes), b, _RTOL):
            what = "最初の軸（バッチ）" if count == 1 else f"最初の{count}つの軸（時刻とバッチ）"
            return f"{what}について和を取っていません。"
        if same(a.mean(axis=axes), b, _RTOL):
            return "最初の軸（バッチ）について平均を取っていません。"
    if a.ndim == b.ndim + 1 and len(a) and same(a[-1], b, _RTOL):
        return "すべての時刻を返しています。最後の時刻だけを返してください。"
    if b.ndim == a.ndim + 1 and len(b) and same(a, b[-1], _RTOL):
        return "最後の時刻だけが返っています。すべての時刻を返してください。"
    if b.ndim > a.ndim and same(a, b.sum(axis=tuple(range(b.ndim - a.ndim))), _RTOL):
        return "和を取りすぎです。最初の軸を残してください。"
    return None
