"""Exercise lstm-peephole: write one step with peepholes."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Exercise, Wrong
from eshikaku.exercises.checks import arrays, standard
from eshikaku.nn import sigmoid


def peephole_step(a, c_prev, p_i, p_f, p_o):
    """a: (N, 4H)（i, f, g, o の順）、c_prev: (N, H)、p_i, p_f, p_o: (H,) → h, c: (N, H)"""
    raise NotImplementedError("ここを書いてください")


def reference_peephole_step(a, c_prev, p_i, p_f, p_o):
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


def _step(a, c_prev, p_i, p_f, p_o, old=True, extra=None):
    """One step whose output gate sees c_{t−1} (`old`) or c_t, or `extra(c_prev, c)`."""
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i, f = sigmoid(a_i + p_i * c_prev), sigmoid(a_f + p_f * c_prev)
    c = f * c_prev + i * np.tanh(a_g)
    seen = c_prev if old else c
    if extra is not None:
        seen = extra(c)
    return sigmoid(a_o + p_o * seen) * np.tanh(c), c


def wrong_peephole_output_sees_old(a, c_prev, p_i, p_f, p_o):
    return _step(a, c_prev, p_i, p_f, p_o)


def wrong_peephole_none(a, c_prev, p_i, p_f, p_o):
    return _step(a, c_prev, 0 * p_i, 0 * p_f, 0 * p_o)


def wrong_peephole_input_sees_new(a, c_prev, p_i, p_f, p_o):
    _, c = _step(a, c_prev, p_i, p_f, p_o)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i, f = sigmoid(a_i + p_i * c), sigmoid(a_f + p_f * c)
    c = f * c_prev + i * np.tanh(a_g)
    return sigmoid(a_o + p_o * c) * np.tanh(c), c


def wrong_peephole_output_blind(a, c_prev, p_i, p_f, p_o):
    return _step(a, c_prev, p_i, p_f, 0 * p_o)


def wrong_peephole_squashed(a, c_prev, p_i, p_f, p_o):
    return _step(a, c_prev, p_i, p_f, p_o, extra=np.tanh)


def wrong_peephole_candidate_sees(a, c_prev, p_i, p_f, p_o):
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    g = a_g + p_i * c_prev
    return _step(np.concatenate([a_i, a_f, g, a_o], axis=1), c_prev, p_i, p_f, p_o, old=False)


def wrong_peephole_swapped(a, c_prev, p_i, p_f, p_o):
    return _step(a, c_prev, p_f, p_i, p_o, old=False)


def wrong_peephole_outside(a, c_prev, p_i, p_f, p_o):
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i, f = sigmoid(a_i) + p_i * c_prev, sigmoid(a_f) + p_f * c_prev
    c = f * c_prev + i * np.tanh(a_g)
    return (sigmoid(a_o) + p_o * c) * np.tanh(c), c


INPUTS = arrays(a="N 4H", c_prev="N H", p_i="H", p_f="H", p_o="H")

PEEPHOLE = Exercise(
    id="lstm-peephole",
    title="のぞき穴結合のある1時刻",
    kind="write",
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
    starter=peephole_step,
    reference=reference_peephole_step,
    alternatives=[alt_peephole_sliced, alt_peephole_diagonal],
    wrongs=[
        Wrong(
            wrong_peephole_output_sees_old,
            "出力ゲートが c_prev を見ています。出力ゲートだけは新しい c_t を見ます。",
        ),
        Wrong(
            wrong_peephole_none,
            "のぞき穴が使われていません。p_i, p_f, p_o をそれぞれのゲートの中で足します。",
        ),
        Wrong(
            wrong_peephole_input_sees_new,
            "i と f が新しいセルを見ています。この2つは c_t を作る前の c_prev を見ます。",
        ),
        Wrong(
            wrong_peephole_output_blind,
            "出力ゲートにのぞき穴がありません。a_o + p_o * c です。",
        ),
        Wrong(
            wrong_peephole_squashed,
            "のぞき穴が tanh(c) を見ています。c をそのまま p_o に掛けます。",
        ),
        Wrong(
            wrong_peephole_candidate_sees,
            "候補 g にのぞき穴を足しています。のぞき穴があるのは3つのゲートだけです。",
        ),
        Wrong(
            wrong_peephole_swapped,
            "p_i と p_f が入れ替わっています。",
        ),
        Wrong(
            wrong_peephole_outside,
            "のぞき穴がsigmoidの外にあります。sigmoidの中で a に足します。",
        ),
    ],
    checks=standard(INPUTS, returns=("h", "c")),
    hints=[
        "計算する順が決め手です。i と f、次に c、最後に o です。",
        "i = sigmoid(a_i + p_i * c_prev) です。p は (H,) なので * で足りて、行列積は要りません。",
        "o = sigmoid(a_o + p_o * c) では、いま計算した c を使います。",
    ],
    inputs=INPUTS,
    names=("np", "sigmoid"),
)
