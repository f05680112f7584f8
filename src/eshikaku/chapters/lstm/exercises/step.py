"""Exercise lstm-step: complete one step of the forward pass."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, holds, standard
from eshikaku.nn import sigmoid

INPUTS = arrays(x="N D", h_prev="N H", c_prev="N H", W_x="D 4H", W_h="H 4H", b="4H")


def lstm_step(x, h_prev, c_prev, W_x, W_h, b):
    """x: (N, D)、h_prev と c_prev: (N, H) → h, c: (N, H)。並びは i, f, g, o"""
    a = x @ W_x + h_prev @ W_h + b  # (N, 4H)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)  # (N, H) が4つ
    i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
    g = np.tanh(a_g)  # 候補 (N, H)
    c = f * c_prev + i * g  # セル (N, H)
    h = o * np.tanh(c)  # 隠れ状態 (N, H)
    return h, c


def alt_step_sliced(x, h_prev, c_prev, W_x, W_h, b):
    H = len(b) // 4
    a = np.concatenate([x, h_prev], axis=1) @ np.concatenate([W_x, W_h]) + b
    c = sigmoid(a[:, H : 2 * H]) * c_prev + sigmoid(a[:, :H]) * np.tanh(a[:, 2 * H : 3 * H])
    return sigmoid(a[:, 3 * H :]) * np.tanh(c), c


def alt_step_by_gate(x, h_prev, c_prev, W_x, W_h, b):
    H = h_prev.shape[1]
    a = [
        x @ W_x[:, k : k + H] + h_prev @ W_h[:, k : k + H] + b[k : k + H]
        for k in range(0, 4 * H, H)
    ]
    i, f, g, o = sigmoid(a[0]), sigmoid(a[1]), np.tanh(a[2]), sigmoid(a[3])
    c = np.add(np.multiply(c_prev, f), np.multiply(g, i))
    return np.multiply(np.tanh(c), o), c


def nothing_is_lost(result, x, h_prev, c_prev, W_x, W_h, b):
    """|c_t| ≤ |c_{t−1}| + 1: what is written is at most 1."""
    return np.all(np.abs(result[1]) <= np.abs(c_prev) + 1)


STEP = Exercise(
    id="lstm-step",
    title="LSTMの1時刻",
    level=1,
    minutes=4,
    statement=r"""
候補 $g_t$、セル $c_t$、隠れ状態 $h_t$ の3行を埋めてください。

$$g_t=\tanh(a_g),\qquad c_t=f_t\odot c_{t-1}+i_t\odot g_t,\qquad h_t=o_t\odot\tanh(c_t)$$

まとめた重みは `W_x` $(D,4H)$、`W_h` $(H,4H)$、`b` $(4H,)$ で、列は $i,f,g,o$ の順です。
`sigmoid` は使えます。$h_t$ と $c_t$ を、この順に返します。
""",
    reference=lstm_step,
    blanks=("np.tanh(a_g)", "f * c_prev + i * g", "o * np.tanh(c)"),
    alternatives=[alt_step_sliced, alt_step_by_gate],
    wrongs=[
        Edit(
            "g = np.tanh(a_g)",
            "g = sigmoid(a_g)",
            "候補 g がsigmoidです。候補は符号をもつ内容なので tanh です。",
        ),
        Edit(
            "a_i, a_f, a_g, a_o =",
            "a_f, a_i, a_g, a_o =",
            "i と f が入れ替わっています。c_prev に掛けるのは f、g に掛けるのは i です。",
        ),
        Edit("f * c_prev", "c_prev", "c_prev に忘却ゲートが掛かっていません。f * c_prev です。"),
        Edit(
            "f * c_prev",
            "(1 - f) * c_prev",
            "忘却ゲートの向きが逆です。f = 1 は「残す」なので、f * c_prev です。",
        ),
        Edit(
            "i * g",
            "(1 - f) * g",
            "入力ゲートに 1 − f を使っています。LSTMの i は f と別のゲートです。",
        ),
        Edit(
            "o * np.tanh(c)",
            "np.tanh(o * c)",
            "o が tanh の中にあります。tanh を通した c に、外から o を掛けます。",
        ),
        Edit("o * np.tanh(c)", "np.tanh(c)", "出力ゲート o が掛かっていません。"),
        Edit("o * np.tanh(c)", "o * c", "h を作るときの tanh がありません。o * np.tanh(c) です。"),
        Edit(
            "o * np.tanh(c)",
            "o * np.tanh(c_prev)",
            "h が前の時刻のセルから作られています。いま計算した c を使います。",
        ),
        Edit(
            {"f * c_prev + i * g": "np.tanh(f * c_prev + i * g)", "o * np.tanh(c)": "o * c"},
            message="c 自体が tanh に入っています。"
            "tanh を通すのは h を作るときだけで、c はそのままです。",
        ),
        Edit(
            "a_i, a_f, a_g, a_o =",
            "a_f, a_g, a_i, a_o =",
            "切り出しの順が違います。この問題の列は i, f, g, o の順です。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("h", "c")),
        holds(
            INPUTS,
            nothing_is_lost,
            name="書き込む量",
            expected="|c_t| は |c_{t−1}| + 1 を超えない",
            next_step="f は c_prev に、i は g に掛けます。g は tanh です。",
        ),
    ],
    hints=[
        "候補だけが tanh です。ほかの3つはゲートで、もうsigmoidを通してあります。",
        "c は「残す分」f * c_prev と「書く分」i * g の和です。",
        "h は o * np.tanh(c) です。",
    ],
    names=("np", "sigmoid"),
    syllabus=("3.5.ii",),
)
