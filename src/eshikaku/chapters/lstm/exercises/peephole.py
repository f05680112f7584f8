"""Exercise lstm-peephole: write one step with peepholes."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, standard
from eshikaku.nn import sigmoid


def peephole_step(a, c_prev, p_i, p_f, p_o):
    """a: (N, 4H)（i, f, g, o の順）、c_prev: (N, H)、p_i, p_f, p_o: (H,) → h, c: (N, H)"""
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)  # (N, H) が4つ
    i = sigmoid(a_i + p_i * c_prev)  # (N, H)
    f = sigmoid(a_f + p_f * c_prev)  # (N, H)
    c = f * c_prev + i * np.tanh(a_g)  # (N, H)
    o = sigmoid(a_o + p_o * c)  # 新しい c を見る
    return o * np.tanh(c), c


def alt_peephole_sliced(a, c_prev, p_i, p_f, p_o):
    H = len(p_i)
    both = sigmoid(a[:, : 2 * H] + np.concatenate([p_i, p_f]) * np.tile(c_prev, 2))
    c = both[:, H:] * c_prev + both[:, :H] * np.tanh(a[:, 2 * H : 3 * H])
    return np.tanh(c) * sigmoid(a[:, 3 * H :] + c * p_o), c


def alt_peephole_diagonal(a, c_prev, p_i, p_f, p_o):
    N, H = c_prev.shape
    b = a.reshape(N, 4, H)
    i, f = (sigmoid(b[:, k] + c_prev @ np.diag(p)) for k, p in ((0, p_i), (1, p_f)))
    c = c_prev * f + np.tanh(b[:, 2]) * i
    return sigmoid(b[:, 3] + c @ np.diag(p_o)) * np.tanh(c), c


INPUTS = arrays(a="N 4H", c_prev="N H", p_i="H", p_f="H", p_o="H")

PEEPHOLE = Exercise(
    id="lstm-peephole",
    title="のぞき穴結合のある1時刻",
    level=2,
    minutes=6,
    statement=r"""
$a=x_tW_x+h_{t-1}W_h+b$ は計算済みです。のぞき穴結合を加えてください。


$$i=\sigma(a_i+p_i\odot c_{t-1}),\quad
f=\sigma(a_f+p_f\odot c_{t-1}),\quad
o=\sigma(a_o+p_o\odot c_t)$$

$p_i,p_f,p_o$ の形は $(H,)$ です。候補 $g=\tanh(a_g)$ にのぞき穴はありません。
$h_t$ と $c_t$ を、この順に返します。
""",
    reference=peephole_step,
    alternatives=[alt_peephole_sliced, alt_peephole_diagonal],
    wrongs=[
        Edit(
            "p_o * c)",
            "p_o * c_prev)",
            "出力ゲートが c_prev を見ています。出力ゲートだけは新しい c_t を見ます。",
        ),
        Edit(
            {" + p_i * c_prev": "", " + p_f * c_prev": "", " + p_o * c": ""},
            message="のぞき穴が使われていません。p_i, p_f, p_o をそれぞれのゲートの中で足します。",
        ),
        Edit(
            "    o = sigmoid(",
            "    i, f = sigmoid(a_i + p_i * c), sigmoid(a_f + p_f * c)\n"
            "    c = f * c_prev + i * np.tanh(a_g)\n"
            "    o = sigmoid(",
            "i と f が新しいセルを見ています。この2つは c_t を作る前の c_prev を見ます。",
        ),
        Edit(" + p_o * c", "", "出力ゲートにのぞき穴がありません。a_o + p_o * c です。"),
        Edit(
            "p_o * c)",
            "p_o * np.tanh(c))",
            "のぞき穴が tanh(c) を見ています。c をそのまま p_o に掛けます。",
        ),
        Edit(
            "np.tanh(a_g)",
            "np.tanh(a_g + p_i * c_prev)",
            "候補 g にのぞき穴を足しています。のぞき穴があるのは3つのゲートだけです。",
        ),
        Edit(
            {"p_i * c_prev": "p_f * c_prev", "p_f * c_prev": "p_i * c_prev"},
            message="p_i と p_f が入れ替わっています。",
        ),
        Edit(
            {
                "a_i + p_i * c_prev)": "a_i) + p_i * c_prev",
                "a_f + p_f * c_prev)": "a_f) + p_f * c_prev",
                "a_o + p_o * c)": "a_o) + p_o * c",
            },
            message="のぞき穴がsigmoidの外にあります。sigmoidの中で a に足します。",
        ),
    ],
    checks=standard(INPUTS, returns=("h", "c")),
    hints=[
        "計算する順が決め手です。i と f、次に c、最後に o です。",
        "i = sigmoid(a_i + p_i * c_prev) です。p は (H,) なので * で足りて、行列積は要りません。",
        "o = sigmoid(a_o + p_o * c) では、いま計算した c を使います。",
    ],
    names=("np", "sigmoid"),
)
