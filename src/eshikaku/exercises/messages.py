"""What the learner's error means, in one or two Japanese sentences, and in which line it arose."""

from __future__ import annotations

import linecache
import os
import re
import sysconfig
import traceback
from pathlib import Path

from eshikaku.exercises.source import BLANK

_LONGEST = 300  # characters of an error's own text that are shown and searched
_ENGINE = os.path.join(Path(__file__).parent, "")
_LIBRARIES = tuple(sysconfig.get_paths()[k] for k in ("stdlib", "platstdlib", "purelib", "platlib"))

# (error type by name, pattern of its text, explanation with the pattern's groups)
_EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    (
        "NameError",
        r"name '____' is not defined",
        "空欄 ____ が残っています。",
    ),
    (
        "UnboundLocalError",
        r"local variable '(\w+)'",
        "{0} は、値を入れる前に使われています。ループや if の前で用意してください。",
    ),
    (
        "NameError",
        r"name '(\w+)' is not defined",
        "{0} という名前は定義されていません。つづりを確かめてください。",
    ),
    (
        "NotImplementedError",
        r"",
        "raise の行を、あなたのコードに置き換えてください。",
    ),
    (
        "ValueError",
        r"matmul: .*size (\d+) is different from (\d+)",
        "行列の積 @ の内側の大きさが合いません（{1} と {0}）。積の順か転置を確かめてください。",
    ),
    (
        "ValueError",
        r"matmul: Input operand .* does not have enough dimensions",
        "@ に配列でない数が渡っています。数との積は * です。",
    ),
    (
        "ValueError",
        r"shapes (\(.*?\)) and (\(.*?\)) not aligned",
        "行列の積の形が合いません: {0} と {1}。内側の2つの大きさをそろえてください。",
    ),
    (
        "ValueError",
        r"could not be broadcast together with shapes (.+)",
        "形が合わない配列どうしの演算です: {0}。各配列の形を確かめてください。",
    ),
    (
        "ValueError",
        r"could not broadcast input array from shape (\(.*?\)) into shape (\(.*?\))",
        "形 {0} の値を、形 {1} の場所に代入しています。",
    ),
    (
        "ValueError",
        r"truth value of an array",
        "配列をそのまま if の条件にしています。any()、all()、np.where を使います。",
    ),
    (
        "ValueError",
        r"cannot reshape array of size (\d+) into shape (\(.*?\))",
        "要素が{0}個の配列を {1} に並べ替えることはできません。",
    ),
    (
        "ValueError",
        r"not enough values to unpack \(expected (\d+), got (\d+)\)",
        "左辺の変数は{0}個ですが、値は{1}個です。",
    ),
    (
        "ValueError",
        r"too many values to unpack \(expected (\d+)",
        "左辺の変数は{0}個ですが、値はそれより多くあります。",
    ),
    (
        "ValueError",
        r"concatenat\w*.* must match exactly",
        "連結する配列の、連結しない軸の大きさが違います。axis を確かめてください。",
    ),
    (
        "AxisError",
        r"axis (-?\d+) is out of bounds",
        "軸 {0} はこの配列にありません。",
    ),
    (
        "IndexError",
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
        "添字 {0} は範囲の外です。軸 {1} の大きさは {2} なので、添字は0から始めて {2} 未満です。",
    ),
    ("IndexError", r"too many indices", "添字の数が配列の軸の数より多くなっています。"),
    ("IndexError", r"", "添字が範囲の外です。長さと、ループの端を確かめてください。"),
    ("KeyError", r"(.+)", "dict にキー {0} がありません。"),
    (
        "TypeError",
        r"unsupported operand type\(s\) for (\S+): '(\w[\w.]*)' and '(\w[\w.]*)'",
        "演算 {0} は {1} と {2} の間では使えません。",
    ),
    (
        "TypeError",
        r"'NoneType' object",
        "None を値として使っています。return 忘れはありませんか。",
    ),
    (
        "TypeError",
        r"(\w+)\(\) (?:takes|missing|got)",
        "{0} の呼び方（引数の数や名前）が定義と合いません。",
    ),
    (
        "TypeError",
        r"'(\w[\w.]*)' object is not callable",
        "{0} を関数のように呼んでいます。",
    ),
    (
        "TypeError",
        r"'(\w[\w.]*)' object is not subscriptable",
        "{0} に添字 [ ] は使えません。配列が入っているはずの変数を確かめてください。",
    ),
    (
        "TypeError",
        r"",
        "型の合わない値です。各変数の中身を確かめてください。",
    ),
    (
        "AttributeError",
        r"'(\w[\w.]*)' object has no attribute '(\w+)'",
        "{0} に {1} はありません。つづりと、変数の中身を確かめてください。",
    ),
    (
        "AttributeError",
        r"module '(\w[\w.]*)' has no attribute '(\w+)'",
        "モジュール {0} に {1} はありません。つづりを確かめてください。",
    ),
    ("ZeroDivisionError", r"", "0で割っています。"),
    ("RecursionError", r"", "関数が自分自身を呼び続けています。止まる条件を確かめてください。"),
    ("AssertionError", r"", "あなたのコードの assert が成り立ちませんでした。"),
    ("MemoryError", r"", "配列が大きすぎます。形を確かめてください。"),
    ("ImportError", r"", "import できませんでした。この演習は NumPy だけで書けます。"),
    ("SystemExit", r"", "exit() は使わず、return で値を返してください。"),
    ("InputAsked", r"", "採点中は input() を使えません。値は引数で渡されます。"),
    ("KeyboardInterrupt", r"", "raise KeyboardInterrupt は使わず、return で値を返してください。"),
)


def error_text(error: BaseException) -> str:
    """Kind and message of an error, shortened: a message may be megabytes long."""
    kind = type(error).__name__
    try:
        text = str(error)
    except Exception as broken:
        text = f"（__str__ が {type(broken).__name__} を起こします）"
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return f"{kind}: {text}".rstrip(": ")


def explain(error: BaseException) -> str:
    """A short explanation in Japanese; a general one for an error not in the table."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    _, _, text = error_text(error).partition(": ")
    for kind, pattern, explanation in _EXPLANATIONS:
        match = re.search(pattern, text)
        if kind in kinds and match:
            return explanation.format(*match.groups())
    return "エラーの行の変数に何が入っているかを、print で確かめてください。"


def is_open_blank(error: BaseException) -> bool:
    """Whether the error comes from a blank ``____`` left open."""
    return isinstance(error, NameError) and error.name == BLANK


def where(error: BaseException) -> tuple[int, str] | None:
    """Line number and text of the learner's line: the last frame that is neither ours nor a
    library's. In a notebook the number counts within the cell."""
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        library = name.startswith((*_LIBRARIES, "<frozen", "<__array_function__"))
        if not library and not name.startswith(_ENGINE):
            found = (line, linecache.getline(name, line).strip())
    return found
