"""Numbers behind the questions of chapter 04: every key is computed from what is shown.

Convention unless a question says otherwise: h_t = z ⊙ h_{t-1} + (1-z) ⊙ h̃, reset before the
product, one bias a gate.
"""

import math

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import pick, tenths


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a))


def gru_parameter_count(rng: np.random.Generator) -> Calculation:
    """Parameters of a GRU with one bias a gate: 3H(D+H+1)."""
    d, h = int(pick(rng, 5, 10, 20, 50, 100)), int(pick(rng, 8, 16, 32, 64, 128))
    block = h * (d + h + 1)
    return Calculation(
        values={"D": d, "H": h},
        answer=3 * block,
        near=(
            Near(4 * block, "LSTMの数です。GRUの組はリセット、更新、候補の3つです。"),
            Near(2 * block, "候補の状態を作る組が抜けています。ゲート2つと候補で3組です。"),
            Near(3 * h * (d + h), "バイアスが抜けています。"),
        ),
        steps=(
            Step("block", f"1組は ${h}\\times({d}+{h}+1)=$ @{{?}} 個。", block),
            Step("total", "リセット、更新、候補の3組で @{?} 個。", 3 * block),
        ),
    )


def gru_torch_parameter_count(rng: np.random.Generator) -> Calculation:
    """Parameters of ``torch.nn.GRU(D, H)``: 3H(D+H+2), since it carries two biases."""
    d, h = int(pick(rng, 4, 10, 28, 50)), int(pick(rng, 6, 16, 32, 64))
    total = 3 * h * (d + h + 2)
    return Calculation(
        values={"D": d, "H": h},
        answer=total,
        near=(
            Near(3 * h * (d + h + 1), "PyTorchは `bias_ih` と `bias_hh` の2本を持ちます。"),
            Near(4 * h * (d + h + 2), "LSTMの数です。GRUは3組です。"),
            Near(3 * h * (d + h), "バイアスが抜けています。"),
        ),
        steps=(
            Step("weights", f"重みは $3\\times{h}\\times({d}+{h})=$ @{{?}} 個。", 3 * h * (d + h)),
            Step("biases", f"バイアスは2本で $2\\times3\\times{h}=$ @{{?}} 個。", 6 * h),
            Step("total", "合計は @{?} 個。", total),
        ),
    )


def gru_saved(rng: np.random.Generator) -> Calculation:
    """How many parameters fewer than an LSTM of the same size: H(D+H+1)."""
    d, h = int(pick(rng, 5, 10, 20, 50)), int(pick(rng, 8, 16, 32, 64))
    block = h * (d + h + 1)
    return Calculation(
        values={"D": d, "H": h},
        answer=block,
        near=(
            Near(2 * block, "減るのは1組分です。LSTMは4組、GRUは3組です。"),
            Near(h * (d + h), "減る組のバイアスを数えていません。"),
            Near(3 * block, "GRUの総数です。問われているのは差です。"),
        ),
        steps=(
            Step("lstm", "LSTMは4組で @{?} 個。", 4 * block),
            Step("gru", "GRUは3組で @{?} 個。", 3 * block),
            Step("difference", "差は @{?} 個。", block),
        ),
    )


def gru_mix(rng: np.random.Generator) -> Calculation | None:
    """One component of h_t = z h_{t-1} + (1-z) h̃."""
    z, h, new = tenths(rng, 0.1, 0.9), tenths(rng, -0.9, 0.9), tenths(rng, -0.9, 0.9)
    answer = z * h + (1 - z) * new
    near = ((1 - z) * h + z * new, z * h + new, z * (h + new))
    return Calculation(
        values={"z": z, "h": h, "new": new},
        answer=answer,
        near=(
            Near(near[0], "$z$ を逆に使っています。この式では $z$ が前の状態に掛かります。"),
            Near(near[1], "候補に $1-z$ を掛けていません。"),
            Near(near[2], "候補には $z$ ではなく $1-z$ を掛けます。"),
        ),
        steps=(
            Step("keep", f"残す分 ${z}\\times({h})=$ @{{?}}", round(z * h, 4)),
            Step("write", f"書き込む分 $(1-{z})\\times({new})=$ @{{?}}", round((1 - z) * new, 4)),
            Step("sum", "和が @{?}", round(answer, 4)),
        ),
    )


def gru_candidate_product(rng: np.random.Generator) -> Calculation | None:
    """The state's term of the candidate before tanh, reset before the product: (r ⊙ h) W."""
    r1, r2 = pick(rng, 0.0, 0.5, 1.0), pick(rng, 0.2, 0.5, 0.8)
    h1, h2 = (float(pick(rng, -2, -1, 1, 2)) for _ in range(2))
    w11, w21 = (float(pick(rng, -2, -1, 1, 3)) for _ in range(2))
    answer = r1 * h1 * w11 + r2 * h2 * w21
    after = r1 * (h1 * w11 + h2 * w21)
    near = (after, h1 * w11 + h2 * w21, (1 - r1) * h1 * w11 + (1 - r2) * h2 * w21)
    if r1 == r2:
        return None
    return Calculation(
        values={"r1": r1, "r2": r2, "h1": h1, "h2": h2, "w11": w11, "w21": w21, "after": after},
        answer=answer,
        near=(
            Near(near[0], "積の後にリセットする流儀（第1成分の $r$ を積に掛ける）の値です。"),
            Near(near[1], "リセットゲートを掛けていません。"),
            Near(near[2], "$r$ ではなく $1-r$ を掛けています。"),
        ),
        steps=(
            Step("first", f"$r_1h_1={r1:g}\\times({h1:g})=$ @{{?}}", r1 * h1),
            Step("second", f"$r_2h_2={r2:g}\\times({h2:g})=$ @{{?}}", r2 * h2),
            Step("sum", f"$r_1h_1\\cdot({w11:g})+r_2h_2\\cdot({w21:g})=$ @{{?}}", round(answer, 4)),
        ),
    )


def gru_kept(rng: np.random.Generator) -> Calculation:
    """Share of h_0 left after T steps at constant z: z^T."""
    z, t = pick(rng, 0.7, 0.8, 0.9, 0.95), int(pick(rng, 5, 10, 20))
    answer = z**t
    return Calculation(
        values={"z": z, "T": t},
        answer=answer,
        near=(
            Near((1 - z) ** t, "$1-z$ は候補に掛かる割合です。残る割合は $z$ です。"),
            Near(
                max(1 - (1 - z) * t, 0.0), "毎時刻、残りに $z$ が掛かるので、引き算ではなく積です。"
            ),
            Near(z, "1時刻分の割合です。"),
        ),
        steps=(
            Step("one", "1時刻で残る割合は @{?}", z),
            Step("all", f"{t} 時刻では {t} 乗して @{{?}}", round(answer, 5)),
        ),
    )


def gru_gate_value(rng: np.random.Generator) -> Calculation | None:
    """A scalar update gate: z = σ(w_x x + w_h h + b)."""
    wx, wh, b = tenths(rng, -1.5, 1.5), tenths(rng, -1.5, 1.5), tenths(rng, -1.0, 1.0)
    x, h = float(pick(rng, -2, -1, 1, 2)), tenths(rng, -0.9, 0.9)
    a = wx * x + wh * h + b
    answer = _sigmoid(a)
    near = (math.tanh(a), 1 - answer, _sigmoid(wx * x + b))
    if not 0.3 < abs(a) < 3:
        return None
    return Calculation(
        values={"wx": wx, "wh": wh, "b": b, "x": x, "h": h},
        answer=answer,
        near=(
            Near(near[0], "ゲートの活性化関数はtanhではなくシグモイドです。"),
            Near(near[1], "$1-z$ の値です。"),
            Near(near[2], "前の状態からの項 $w_hh_{t-1}$ が抜けています。"),
        ),
        steps=(
            Step("a", f"$a={wx}\\cdot({x:g})+({wh})\\cdot({h})+({b})=$ @{{?}}", round(a, 4)),
            Step("z", "$z=\\dfrac{1}{1+e^{-a}}=$ @{?}", round(answer, 4)),
        ),
    )
