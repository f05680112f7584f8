"""Comparing what came back with what was expected: structure → shape → dtype → NaN → value.

Every value becomes a list of named leaves first: a tuple by the names the check gives, a dict by
its keys, a single array as it is. A subclass of ``ndarray`` is stripped, so that it cannot answer
comparisons itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

RTOL = 1e-7  # float64; relative to the largest element expected
RTOL_SINGLE = 3e-4  # float32


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
    exact_dtype: bool = True,
    by_value: bool = True,
) -> Difference | None:
    """The first difference in the order structure → shape → dtype → NaN → value, or ``None``.

    ``rtol`` is relative to the largest element expected (of each output), not to each element:
    rounding in a sum is of that size.
    """
    found = _structure(got, expected, returns)
    if found:
        return found
    if isinstance(expected, list) and isinstance(got, np.ndarray):
        got = list(got)  # an array along the first axis is as good as a list
    mine, theirs = leaves(got, returns), leaves(expected, returns)
    if isinstance(expected, Mapping):
        by_name = {leaf.name: leaf for leaf in mine}
        mine = [by_name[leaf.name] for leaf in theirs]
    pairs: list[tuple[str, np.ndarray[Any, Any], np.ndarray[Any, Any]]] = []
    for a, b in zip(mine, theirs, strict=True):
        if b.value is None or isinstance(b.value, Mapping | tuple | list):
            nested = difference(
                a.value, b.value, rtol=rtol, exact_dtype=exact_dtype, by_value=by_value
            )
            if nested:
                return Difference(
                    nested.kind,
                    f"{b.name} の中: {nested.got}",
                    f"{b.name} の中: {nested.expected}",
                    nested.next_step,
                )
            continue
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
            result = test(name, x, y, rtol, exact_dtype)
            if result:
                return result
    return None


def _structure(got: Any, expected: Any, returns: Sequence[str]) -> Difference | None:
    want = describe(expected, returns)
    if got is None and expected is not None:
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
    name: str, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float, exact: bool
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
    name: str, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float, exact: bool
) -> Difference | None:
    kinds = {"b": "真偽値", "i": "整数", "u": "整数", "f": "小数", "c": "複素数"}
    same_kind = kinds.get(a.dtype.kind) == kinds.get(b.dtype.kind)
    must_match = exact and b.ndim > 0 and b.dtype.kind == "f"
    if a.dtype == b.dtype or (same_kind and not must_match):
        return None
    if a.dtype.kind == b.dtype.kind == "f":
        advice = "入力と同じ精度で返してください（途中で float64 などに変えていませんか）。"
    else:
        advice = f"{kinds.get(b.dtype.kind, str(b.dtype))}で返してください。"
    return Difference("dtype", f"{name} の dtype {a.dtype}", f"{name} の dtype {b.dtype}", advice)


def _nan(
    name: str, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float, exact: bool
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
    name: str, a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], rtol: float, exact: bool
) -> Difference | None:
    if same(a, b, rtol):
        return None
    off = (a != b) if b.dtype.kind not in "fc" else ~_close(a, b, rtol)
    if b.dtype.kind in "fc":
        gap = np.where(off, np.nan_to_num(np.abs(a - b), nan=np.inf), -1.0)
        where = np.unravel_index(int(np.argmax(gap)), b.shape)
    else:
        where = np.unravel_index(int(np.argmax(off)), b.shape)
    at = f"{name}[{', '.join(str(int(i)) for i in where)}]" if b.ndim else name
    mine, theirs = numbers(a[where], b[where])
    count = f"（{off.size}個のうち{int(off.sum())}個が違います）" if b.ndim else ""
    return Difference(
        "value",
        f"{at} = {mine}{count}",
        f"{at} = {theirs}",
        "小さな入力で、式の項を1つずつ手計算と比べてください。",
    )


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


def describe(value: Any, returns: Sequence[str] = ()) -> str:
    """A short form of any value: ``(3, 2) float64`` · ``0.532`` · ``2個の組（…）``."""
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
        named = len(returns) == len(value)
        inner = [
            f"{leaf.name} {describe(leaf.value)}" if named else describe(leaf.value)
            for leaf in leaves(value, returns)[:4]
        ]
        more = "、…" if len(value) > 4 else ""
        return f"{len(value)}個の{what}（{'、'.join(inner)}{more}）"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{tuple(value.shape)} {value.dtype}".strip()
    return type(value).__name__
