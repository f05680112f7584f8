"""Exercise lstm-sequence: find the bug in a whole forward pass."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, holds, standard
from eshikaku.nn import sigmoid

INPUTS = arrays(x="T N D", h_0="N H", c_0="N H", W_x="D 4H", W_h="H 4H", b="4H").with_sizes(
    T=(2, 6)
)


def lstm_forward(x, h_0, c_0, W_x, W_h, b):
    """x: (T, N, D) → hs: (T, N, H)、h_T: (N, H)、c_T: (N, H)。並びは i, f, g, o"""
    h, c = h_0, c_0
    hs = []
    for x_t in x:
        a = x_t @ W_x + h @ W_h + b  # (N, 4H)
        a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
        i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
        c = f * c + i * np.tanh(a_g)  # (N, H)
        h = o * np.tanh(c)  # (N, H)
        hs.append(h)
    return np.stack(hs), h, c


def alt_forward_array(x, h_0, c_0, W_x, W_h, b):
    (T, N, _), H = x.shape, h_0.shape[1]
    hs = np.empty((T, N, H), x.dtype)
    a_x, h, c = x @ W_x + b, h_0, c_0
    for t in range(T):
        a = a_x[t] + h @ W_h
        s = sigmoid(a)
        c = s[:, H : 2 * H] * c + s[:, :H] * np.tanh(a[:, 2 * H : 3 * H])
        hs[t] = h = s[:, 3 * H :] * np.tanh(c)
    return hs, hs[-1].copy(), c


def alt_forward_recursive(x, h_0, c_0, W_x, W_h, b):
    def step(state, x_t):
        h, c = state
        i, f, g, o = np.split(x_t @ W_x + h @ W_h + b, 4, axis=-1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    states = [(h_0, c_0)]
    for x_t in x:
        states.append(step(states[-1], x_t))
    return np.array([h for h, _ in states[1:]]), *states[-1]


def h_is_made_from_c(result, x, h_0, c_0, W_x, W_h, b):
    """|h_T| ≤ tanh|c_T|: an output gate lets through at most all of it."""
    _, h, c = result
    return np.all(np.abs(h) <= np.tanh(np.abs(c)) + 1e-6)


SEQUENCE = Exercise(
    id="lstm-sequence",
    title="系列のLSTMの誤りを直す",
    level=2,
    minutes=6,
    statement=r"""
LSTMの順伝播です。形も戻り値の順も合っていて、学習もできてしまいます。
しかし長い系列では、最初の入力を覚えられません。

$$c_t=f_t\odot c_{t-1}+i_t\odot g_t,\qquad h_t=o_t\odot\tanh(c_t)$$

$\partial c_t/\partial c_{t-1}$ に何が掛かるかを考えて、直してください。
戻り値は `hs` $(T,N,H)$、`h_T`、`c_T` です。
""",
    reference=lstm_forward,
    alternatives=[alt_forward_array, alt_forward_recursive],
    bug=Edit(
        {
            "c = f * c + i * np.tanh(a_g)": "c = np.tanh(f * c + i * np.tanh(a_g))",
            "h = o * np.tanh(c)": "h = o * c",
        },
        message="c が毎時刻 tanh を通っています。勾配に (1 − c²) が掛かり続けます。"
        "tanh は h を作る行に移します。",
    ),
    wrongs=[
        Edit(
            "c = f * c + i * np.tanh(a_g)",
            "c = np.tanh(f * c + i * np.tanh(a_g))",
            "c の行にまだ tanh が残っています。tanh を通すのは h を作るときの1回だけです。",
        ),
        Edit("h = o * np.tanh(c)", "h = o * c", "tanh がなくなりました。h = o * np.tanh(c) です。"),
        Edit(
            "h @ W_h", "h_0 @ W_h", "h が次の時刻に渡っていません。計算した h を次の a に使います。"
        ),
        Edit(
            "c = f * c +",
            "c = f * c_0 +",
            "c が毎時刻 c_0 に戻っています。前の時刻の c に f を掛けます。",
        ),
        Edit("h @ W_h", "c @ W_h", "ゲートの計算に c が使われています。W_h に掛けるのは h です。"),
        Edit(
            "hs.append(h)", "hs.append(c)", "hs に c が入っています。LSTMの出力は各時刻の h です。"
        ),
        Edit(
            "h, c = h_0, c_0",
            "h, c = 0 * h_0, 0 * c_0",
            "渡された h_0 と c_0 が使われていません。そこから始めます。",
        ),
        Edit(
            "np.stack(hs), h, c",
            "np.stack(hs), c, h",
            "戻り値の順が違います。hs, h_T, c_T の順です。",
        ),
        Edit(
            "a_i, a_f, a_g, a_o =",
            "a_f, a_i, a_g, a_o =",
            "i と f が入れ替わっています。列は i, f, g, o の順です。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("hs", "h_T", "c_T")),
        holds(
            INPUTS,
            h_is_made_from_c,
            name="出力とセル",
            expected="|h_T| は tanh|c_T| を超えない",
            next_step="h = o * np.tanh(c) になっているかを確かめてください。",
        ),
    ],
    hints=[
        "c_{t−1} から c_t への道に、f のほかに何か掛かっていませんか。",
        "tanh の傾きは 1 − tanh² です。c の行に tanh があると、1時刻ごとにこれが掛かります。",
        "c = f * c + i * np.tanh(a_g)、h = o * np.tanh(c) です。",
    ],
    names=("np", "sigmoid"),
    syllabus=("3.5.ii",),
)
