"""Numbers behind the questions of chapter 03: every key is computed from what is shown."""

import math

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import pick, tenths


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def lstm_cell(rng: np.random.Generator) -> Calculation | None:
    """One component of c_t = f c_{t-1} + i g."""
    f, i = tenths(rng, 0.1, 0.9), tenths(rng, 0.1, 0.9)
    g, c = tenths(rng, -0.9, 0.9), tenths(rng, -2.0, 2.0)
    answer = f * c + i * g
    near = (i * c + f * g, (1 - f) * c + i * g, f * c + g)
    return Calculation(
        values={"f": f, "i": i, "g": g, "c": c},
        answer=answer,
        near=(
            Near(near[0], "忘却ゲートと入力ゲートが入れ替わっています。"),
            Near(near[1], "忘却ゲートは残す割合です。$1-f_t$ ではなく $f_t$ を掛けます。"),
            Near(near[2], "候補に入力ゲートを掛けていません。"),
        ),
        steps=(
            Step("keep", f"残す分 $f_tc_{{t-1}}={f}\\times({c})=$ @{{?}}", round(f * c, 4)),
            Step("write", f"書き込む分 $i_tg_t={i}\\times({g})=$ @{{?}}", round(i * g, 4)),
            Step("sum", "和が $c_t=$ @{?}", round(answer, 4)),
        ),
    )


def lstm_hard_sigmoid(rng: np.random.Generator) -> Calculation:
    """Hard sigmoid clip(a/6 + 1/2, 0, 1)."""
    a = float(pick(rng, -1.8, -1.5, -1.2, -0.9, -0.6, 0.6, 0.9, 1.2, 1.5, 1.8))
    answer = a / 6 + 0.5
    return Calculation(
        values={"a": a},
        answer=answer,
        near=(
            Near(_sigmoid(a), "通常のシグモイドの値です。問われているのは折れ線の近似です。"),
            Near(a / 6, "$1/2$ を足していません。"),
            Near(0.5 - a / 6, "傾きの符号が逆です。"),
        ),
        steps=(
            Step("slope", f"$a/6={a}/6=$ @{{?}}", round(a / 6, 4)),
            Step(
                "shift",
                "$1/2$ を足して @{?}（0〜1の中なので、切り取りは起きません）",
                round(answer, 4),
            ),
        ),
    )


def lstm_step(rng: np.random.Generator) -> Calculation | None:
    """h_t of a scalar LSTM whose gates and candidate are given by their pre-activations."""
    a_i, a_f, a_o = (tenths(rng, -2, 2) for _ in range(3))
    a_g, c = tenths(rng, -1.5, 1.5), tenths(rng, -1.5, 1.5)
    i, f, o, g = _sigmoid(a_i), _sigmoid(a_f), _sigmoid(a_o), math.tanh(a_g)
    cell = f * c + i * g
    answer = o * math.tanh(cell)
    near = (o * cell, math.tanh(cell), _sigmoid(a_o) * math.tanh(f * c + i * a_g))
    if abs(cell) <= 0.2:
        return None
    return Calculation(
        values={"ai": a_i, "af": a_f, "ag": a_g, "ao": a_o, "c": c},
        answer=answer,
        near=(
            Near(near[0], "セルにtanhを掛けてから、出力ゲートを掛けます。"),
            Near(near[1], "出力ゲートを掛けていません。"),
            Near(near[2], "候補 $g_t$ にtanhを掛けていません。"),
        ),
        steps=(
            Step(
                "gates",
                "$i_t,\\ f_t,\\ o_t$ はシグモイドを通した値です。このうち $f_t=$ @{?}",
                round(f, 4),
            ),
            Step("candidate", f"$g_t=\\tanh({a_g})=$ @{{?}}", round(g, 4)),
            Step("cell", f"$c_t=f_t\\cdot({c})+i_tg_t=$ @{{?}}", round(cell, 4)),
            Step("state", "$h_t=o_t\\tanh(c_t)=$ @{?}", round(answer, 4)),
        ),
    )


def lstm_parameter_count(rng: np.random.Generator) -> Calculation:
    """Parameters of an LSTM with one bias a gate and no peephole: 4H(D+H+1)."""
    d, h = int(pick(rng, 5, 10, 20, 50, 100)), int(pick(rng, 8, 16, 32, 64, 128))
    block = h * (d + h + 1)
    return Calculation(
        values={"D": d, "H": h},
        answer=4 * block,
        near=(
            Near(3 * block, "ゲート3つだけを数えています。候補 $g_t$ を作る組も要ります。"),
            Near(4 * h * (d + h), "バイアスが抜けています。"),
            Near(block, "1組分の数です。"),
        ),
        steps=(
            Step("block", f"1組は ${h}\\times({d}+{h}+1)=$ @{{?}} 個。", block),
            Step("total", "入力・忘却・候補・出力の4組で @{?} 個。", 4 * block),
        ),
    )


def lstm_forget_left(rng: np.random.Generator) -> Calculation:
    """Share of c_0 left after T steps when every forget gate is σ(b): σ(b)^T."""
    b, t = float(pick(rng, 1.0, 2.0, 3.0, 4.0)), int(pick(rng, 5, 10, 20))
    f = _sigmoid(b)
    answer = f**t
    return Calculation(
        values={"b": b, "T": t},
        answer=answer,
        near=(
            Near(f, "1時刻分の割合です。"),
            Near((1 - f) ** t, "$1-f_t$ は消す割合です。"),
            Near(f / t, "$T$ で割るのではなく、$T$ 回掛けます。"),
        ),
        steps=(
            Step("gate", f"$f=\\sigma({b:g})=$ @{{?}}", round(f, 5)),
            Step("power", f"{t} 乗して @{{?}}", round(answer, 5)),
        ),
    )


def lstm_half_life(rng: np.random.Generator) -> Calculation:
    """Steps until the cell has halved at constant f: ln 2 / (−ln f)."""
    f = float(pick(rng, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.96, 0.98, 0.99))
    answer = math.log(2) / -math.log(f)
    return Calculation(
        values={"f": f},
        answer=answer,
        near=(
            Near(
                1 / (1 - f), "これは $1/e$ 倍になる時刻の目安です。半分になるのはその約0.69倍です。"
            ),
            Near(0.5 / (1 - f), "毎時刻、同じ量が減るのではなく、同じ割合が減ります。"),
        ),
        steps=(
            Step("log", f"$-\\ln {f}=$ @{{?}}", round(-math.log(f), 5)),
            Step("steps", "$n=\\ln2/(-\\ln f)=$ @{?}", round(answer, 3)),
        ),
    )


def lstm_torch_parameters(rng: np.random.Generator) -> Calculation:
    """Parameters of a two-layer bidirectional ``torch.nn.LSTM(D, H)``; two biases."""
    d, h = int(pick(rng, 10, 28, 50)), int(pick(rng, 8, 16, 32))
    first, second = 4 * h * (d + h + 2), 4 * h * (2 * h + h + 2)
    total = 2 * (first + second)
    return Calculation(
        values={"D": d, "H": h},
        answer=total,
        near=(
            Near(4 * first, "2層目の入力は $x_t$ ではなく、1層目の2方向を連結した $2H$ 次元です。"),
            Near(2 * (first + 4 * h * (h + h + 2)), "2層目の入力は $H$ ではなく $2H$ 次元です。"),
            Near(total - 16 * h, "PyTorchはバイアスを2本持ちます。"),
            Near(first + second, "方向が2つあるので2倍します。"),
        ),
        steps=(
            Step("first", f"1層目（1方向）: $4\\times{h}\\times({d}+{h}+2)=$ @{{?}} 個。", first),
            Step(
                "second",
                f"2層目（1方向）: $4\\times{h}\\times({2 * h}+{h}+2)=$ @{{?}} 個。",
                second,
            ),
            Step("total", "2方向なので2倍して @{?} 個。", total),
        ),
    )


def lstm_peephole_count(rng: np.random.Generator) -> Calculation:
    """Parameters with diagonal peepholes: 4H(D+H+1) + 3H."""
    d, h = int(pick(rng, 5, 10, 20)), int(pick(rng, 8, 16, 32))
    plain = 4 * h * (d + h + 1)
    return Calculation(
        values={"D": d, "H": h},
        answer=plain + 3 * h,
        near=(
            Near(plain, "のぞき穴の重みが抜けています。"),
            Near(plain + 4 * h, "候補はセルをのぞきません。のぞくのは3つのゲートです。"),
            Near(plain + 3 * h * h, "のぞき穴の重みは成分ごと（ベクトル）で、行列ではありません。"),
        ),
        steps=(
            Step("plain", f"のぞき穴なしで $4\\times{h}\\times({d}+{h}+1)=$ @{{?}} 個。", plain),
            Step("peephole", f"3つのゲートに {h} 個ずつで @{{?}} 個。", 3 * h),
            Step("total", "合計は @{?} 個。", plain + 3 * h),
        ),
    )
