"""Comparing what came back with what was expected: structure → shape → dtype → NaN → value.

Every value becomes a list of named leaves first: a tuple by the names the check gives, a dict by
its keys, a single array as it is. A subclass of ``ndarray`` is stripped, so that it cannot answer
comparisons itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

RTOL = 1e-9  # float64; relative to the largest element expected
RTOL_SINGLE = 3e-4  # float32

Floats = Literal["kept", "precise", "any"]
"""Which float types are accepted: the one expected, no less precise ones, all."""


@dataclass(frozen=True)
class Difference:
    """The first difference: what came back, what was expected, what to look at."""

    kind: str  # structure | shape | dtype | nan | value
    got: str
    expected: str
    next_step: str


@dataclass(frozen=True)
class Leaf:
    """One named output: ``h`` or ``戻り値``."""

    name: str
    value: Any


class NotNumbers(Exception):
    """A value cannot be read as numbers."""


def to_array(value: Any) -> np.ndarray[Any, Any]:
    """A plain ndarray of numbers, from NumPy, torch or Python; raises :class:`NotNumbers`."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
    except Exception as error:  # a list of unequal lengths, an object with an __array__ of its own
        raise NotNumbers(str(error)) from error
    if array.dtype.kind not in "biufcSU":
        raise NotNumbers(f"dtype {array.dtype}")
    return array


def leaves(value: Any, returns: Sequence[str] = ()) -> list[Leaf]:
    """The named outputs in a returned value."""
    if isinstance(value, Mapping):
        return [Leaf(f"{k}", v) for k, v in value.items()]
    if isinstance(value, tuple | list):
        given = list(getattr(value, "_fields", returns))
        names = given if len(given) == len(value) else [f"{i + 1}番目" for i in range(len(value))]
        return [Leaf(n, v) for n, v in zip(names, value, strict=True)]
    return [Leaf(returns[0] if len(returns) == 1 else "戻り値", value)]


def difference(
    got: Any,
    expected: Any,
    returns: Sequence[str] = (),
    *,
    rtol: float = RTOL,
    floats: Floats = "precise",
    by_value: bool = True,
) -> Difference | None:
    """The first difference in the order structure → shape → dtype → NaN → value, or ``None``.

    A float type more precise than expected is as good, unless it is to be ``"kept"``.
    ``rtol`` is relative to the largest element expected (of each output), not to each element:
    rounding in a sum is of that size.
    """
    found = _structure(got, expected, returns)
    if found:
        return found
    if expected is None:
        return None  # and so is what came back
    pairs: list[tuple[str, np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []
    for a, b in _paired(got, expected, returns):
        if _has_parts(b.value):
            nested = difference(a.value, b.value, rtol=rtol, floats=floats, by_value=by_value)
            if nested:
                return _inside(b.name, nested)
            continue
        if isinstance(a.value, Mapping | tuple | list):  # where one array is expected
            found = _structure(a.value, b.value, ())
            if found:
                return _inside(b.name, found)
        try:
            pairs.append((b.name, to_array(a.value), to_array(b.value)))
        except NotNumbers:
            return Difference(
                "structure",
                f"{b.name} は数値の配列になりません（{type(a.value).__name__}）",
                f"{b.name} {describe(b.value)}",
                "要素の長さがそろっているか、数値以外が混ざっていないかを確かめてください。",
            )
    for test in (_shape, _dtype, _nan, *((_value,) if by_value else ())):
        for name, x, y in pairs:
            result = test(name, x, y, rtol, floats)
            if result:
                return result
    return None


def _paired(got: Any, expected: Any, returns: Sequence[str]) -> list[tuple[Leaf, Leaf]]:
    """The outputs of one structure, each beside the one expected."""
    if isinstance(expected, list) and isinstance(got, np.ndarray):
        got = list(got)  # an array along the first axis is as good as a list
    mine, theirs = leaves(got, returns), leaves(expected, returns)
    if isinstance(expected, Mapping):
        by_name = {leaf.name: leaf for leaf in mine}
        mine = [by_name[leaf.name] for leaf in theirs]
    return list(zip(mine, theirs, strict=True))


def _has_parts(value: Any) -> bool:
    return value is None or isinstance(value, Mapping | tuple | list)


def _inside(name: str, found: Difference) -> Difference:
    return replace(
        found, got=f"{name} の中: {found.got}", expected=f"{name} の中: {found.expected}"
    )


def _structure(got: Any, expected: Any, returns: Sequence[str]) -> Difference | None:
    want = describe(expected, returns)
    if expected is None:
        if got is None:
            return None
        return Difference("structure", describe(got), "None", "何も返さない関数です。")
    if got is None:
        return Difference("structure", "None", want, "return 文があるかを確かめてください。")
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping):
            return Difference("structure", describe(got), want, "dict を返してください。")
        missing = [str(k) for k in expected if k not in got]
        extra = [str(k) for k in got if k not in expected]
        if missing or extra:
            parts = [f"足りないキー: {', '.join(missing)}"] if missing else []
            parts += [f"余分なキー: {', '.join(extra)}"] if extra else []
            keys = "キー: " + ", ".join(map(str, expected))
            return Difference("structure", "、".join(parts), keys, "キーの名前をそろえてください。")
        return None
    if isinstance(expected, tuple | list):
        count = len(got) if isinstance(got, tuple | list) or _has_length(got) else 1
        single = not isinstance(got, tuple | list)
        if count != len(expected) or (single and isinstance(expected, tuple)):
            return Difference(
                "structure",
                describe(got),
                want,
                f"{len(expected)}個の値を、この順に返してください。",
            )
        return None
    if isinstance(got, Mapping | tuple | list):
        advice = (
            "list ではなく1つの配列を返してください（np.stack や np.array でまとめます）。"
            if isinstance(got, list)
            else "値を1つだけ返してください。"
        )
        return Difference("structure", describe(got), want, advice)
    return None


def _has_length(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0


def _shape(
    name: str, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float, floats: Floats
) -> Difference | None:
    if a.shape == b.shape:
        return None
    return Difference(
        "shape",
        f"{name} の形 {a.shape}",
        f"{name} の形 {b.shape}",
        "各行の形をコメントに書き、どこで変わるかを追ってください。",
    )


def _dtype(
    name: str, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float, floats: Floats
) -> Difference | None:
    kinds = {"b": "真偽値", "i": "整数", "u": "整数", "f": "小数", "c": "複素数"}
    if a.dtype.kind == b.dtype.kind == "f":
        if a.dtype == b.dtype or floats == "any" or (floats == "kept" and not b.ndim):
            return None
        if floats == "precise" and a.dtype.itemsize > b.dtype.itemsize:
            return None
        advice = (
            "途中で float32 などに変えていませんか。"
            if a.dtype.itemsize < b.dtype.itemsize
            else "途中で float64 に変わっていませんか（np.zeros などは dtype を指定します）。"
        )
        advice = f"入力と同じ精度で返してください。{advice}"
    elif kinds.get(a.dtype.kind) == kinds.get(b.dtype.kind):
        return None
    else:
        advice = f"{kinds.get(b.dtype.kind, str(b.dtype))}で返してください。"
    return Difference("dtype", f"{name} の dtype {a.dtype}", f"{name} の dtype {b.dtype}", advice)


def _nan(
    name: str, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float, floats: Floats
) -> Difference | None:
    if a.dtype.kind not in "fc":
        return None
    bad = ~np.isfinite(a) & np.isfinite(b)
    if not bad.any():
        return None
    what = "nan" if np.isnan(a[bad]).any() else "inf"
    advice = (
        "log(0)、0での割り算、inf−inf がないかを確かめてください。"
        if what == "nan"
        else "exp のあふれ（オーバーフロー）や0での割り算がないかを確かめてください。"
    )
    got = (
        f"{name} の{bad.size}個のうち{int(bad.sum())}個が {what}" if b.ndim else f"{name} = {what}"
    )
    return Difference("nan", got, "すべて有限の値" if b.ndim else "有限の値", advice)


def _value(
    name: str, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float, floats: Floats
) -> Difference | None:
    if same(a, b, rtol):
        return None
    off = _off(a, b, rtol)
    if b.dtype.kind in "fc":
        gap = np.where(off, np.nan_to_num(np.abs(a - b), nan=np.inf), -1.0)
        where = np.unravel_index(int(np.argmax(gap)), b.shape)
    else:
        where = np.unravel_index(int(np.argmax(off)), b.shape)
    at = _element(name, where)
    mine, theirs = numbers(a[where], b[where])
    count = f"（{off.size}個のうち{int(off.sum())}個が違います）" if b.ndim else ""
    step = f"{at} を手で計算し、途中の値を print で比べてください。"
    return Difference("value", f"{at} = {mine}{count}", f"{at} = {theirs}", step)


def _off(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float) -> Any:
    """Where two arrays of one shape differ."""
    return ~_close(a, b, rtol) if b.dtype.kind in "fc" or a.dtype.kind in "fc" else a != b


def _element(name: str, where: Sequence[Any]) -> str:
    return f"{name}[{', '.join(str(int(i)) for i in where)}]" if len(where) else name


def located(got: Any, expected: Any, returns: Sequence[str] = (), rtol: float = RTOL) -> str:
    """Which outputs and which of their elements differ, where shapes are right (Japanese)."""
    right, wrong = [], []
    for a, b in _paired(got, expected, returns):
        if _has_parts(b.value):
            continue  # what is inside has no names to speak of
        x, y = to_array(a.value), to_array(b.value)
        if same(x, y, rtol):
            right.append(b.name)
        else:
            wrong.append((b.name, np.atleast_1d(_off(x, y, rtol)), y.ndim))
    if not wrong:
        return ""
    text = f"{'・'.join(right)} は合っています。" if right else ""
    if len(wrong) > 1:
        return f"{text}違うのは {'・'.join(name for name, *_ in wrong)} です。"
    name, off, ndim = wrong[0]
    if off.all() or not ndim:
        return f"{text}違うのは {name} {'の全部' if off.size > 1 else ''}です。"
    text += f"違うのは {name} の{off.size}個のうち{int(off.sum())}個です"
    for axis in range(off.ndim):
        lines = off.any(axis=tuple(i for i in range(off.ndim) if i != axis))
        if off.shape[axis] > 1 and lines.sum() == 1:
            index = [":"] * off.ndim
            index[axis] = str(int(np.argmax(lines)))
            return f"{text}（どれも {name}[{', '.join(index)}]）。"
    return f"{text}。"


def same(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float = RTOL) -> bool:
    """Whether two arrays agree in shape and value (NaN equals NaN)."""
    if a.shape != b.shape:
        return False
    if a.dtype.kind not in "fc" and b.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    return bool(np.all(_close(a, b, rtol)))


def _close(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float) -> Any:
    if "f4" in (a.dtype.str[1:], b.dtype.str[1:]):
        rtol = max(rtol, RTOL_SINGLE)
    finite = np.abs(b[np.isfinite(b)])
    size = float(finite.max()) if finite.size else 0.0
    return np.isclose(a, b, rtol=rtol, atol=rtol * (size + 1e-6), equal_nan=True)


def equal(a: Any, b: Any, rtol: float = 0.0) -> bool:
    """Whether two arguments or outputs are the same, through dicts, lists and tuples."""
    if isinstance(a, np.random.Generator):
        return isinstance(b, np.random.Generator)  # drawing from a given generator is allowed
    if isinstance(a, dict):
        return (
            isinstance(b, dict) and a.keys() == b.keys() and all(equal(a[k], b[k], rtol) for k in a)
        )
    if isinstance(a, tuple | list):
        return (
            type(a) is type(b)
            and len(a) == len(b)
            and all(equal(x, y, rtol) for x, y in zip(a, b, strict=True))
        )
    if hasattr(a, "dtype") or hasattr(b, "dtype") or isinstance(a, float):
        if not (hasattr(b, "dtype") or isinstance(b, int | float | complex)):
            return False
        x, y = to_array(a), to_array(b)
        if x.dtype != y.dtype or x.shape != y.shape:
            return False
        return same(x, y, rtol) if rtol else x.tobytes() == y.tobytes()
    return type(a) is type(b) and bool(a == b)


def numbers(a: Any, b: Any) -> tuple[str, str]:
    """Two scalars with as many digits as it takes to tell them apart."""
    if np.asarray(a).dtype.kind not in "fc":
        return str(a), str(b)
    for digits in (4, 6, 9, 12):
        x, y = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if x != y:
            break
    return x, y


_LONGEST = 40  # characters of a text or digits of an integer that are shown


def describe(value: Any, returns: Sequence[str] = (), depth: int = 3) -> str:
    """A short form of any value: ``(3, 2) float64`` · ``0.532`` · ``2個の組（…）``."""
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{len(value)}文字の文字列"
    if isinstance(value, int) and abs(value) >= 10**_LONGEST:
        return "とても大きな整数"
    if value is None or isinstance(value, str | bool | int):
        return repr(value)
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return (
            "dict（" + ", ".join(map(str, list(value)[:6])) + ("…" if len(value) > 6 else "") + "）"
        )
    if isinstance(value, tuple | list):
        what = "list" if isinstance(value, list) else "組"
        if not depth:
            return f"{len(value)}個の{what}"
        named = len(returns) == len(value)
        inner = [
            f"{leaf.name} " * named + describe(leaf.value, (), depth - 1)
            for leaf in leaves(value, returns)[:4]
        ]
        more = "、…" if len(value) > 4 else ""
        return f"{len(value)}個の{what}（{'、'.join(inner)}{more}）"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{tuple(value.shape)} {value.dtype}".strip()
    return type(value).__name__
