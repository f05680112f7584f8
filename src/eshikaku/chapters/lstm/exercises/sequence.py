"""Exercise lstm-sequence: find the bug in a whole forward pass."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Exercise, Wrong
from eshikaku.exercises.checks import arrays, holds, standard
from eshikaku.nn import sigmoid


def lstm_forward(x, h_0, c_0, W_x, W_h, b):
    """x: (T, N, D) → hs: (T, N, H)、h_T: (N, H)、c_T: (N, H)。並びは i, f, g, o"""
    h, c = h_0, c_0
    hs = []
    for x_t in x:
        a = x_t @ W_x + h @ W_h + b  # (N, 4H)
        a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
        i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
        c = np.tanh(f * c + i * np.tanh(a_g))  # (N, H)
        h = o * c  # (N, H)
        hs.append(h)
    return np.stack(hs), h, c


def reference_lstm_forward(x, h_0, c_0, W_x, W_h, b):
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


def _run(x, h_0, c_0, W_x, W_h, b, step):
    """The sequence with another step: (a, h, c) → what goes out, h, c."""
    h, c, hs = h_0, c_0, []
    for x_t in x:
        out, h, c = step(np.split(x_t @ W_x + h @ W_h + b, 4, axis=1), h, c)
        hs.append(out)
    return np.stack(hs), h, c


def _step(parts, c):
    a_i, a_f, a_g, a_o = parts
    c = sigmoid(a_f) * c + sigmoid(a_i) * np.tanh(a_g)
    return sigmoid(a_o) * np.tanh(c), c


def wrong_forward_squashed_twice(x, h_0, c_0, W_x, W_h, b):
    def step(parts, h, c):
        _, c = _step(parts, c)
        c = np.tanh(c)
        h = sigmoid(parts[3]) * np.tanh(c)
        return h, h, c

    return _run(x, h_0, c_0, W_x, W_h, b, step)


def wrong_forward_not_squashed(x, h_0, c_0, W_x, W_h, b):
    def step(parts, h, c):
        _, c = _step(parts, c)
        h = sigmoid(parts[3]) * c
        return h, h, c

    return _run(x, h_0, c_0, W_x, W_h, b, step)


def wrong_forward_state_not_kept(x, h_0, c_0, W_x, W_h, b):
    def step(parts, h, c):
        out, c = _step(parts, c)
        return out, h_0, c

    hs, _, c = _run(x, h_0, c_0, W_x, W_h, b, step)
    return hs, hs[-1], c


def wrong_forward_cell_not_kept(x, h_0, c_0, W_x, W_h, b):
    def step(parts, h, c):
        h, c = _step(parts, c_0)
        return h, h, c

    return _run(x, h_0, c_0, W_x, W_h, b, step)


def wrong_forward_gates_see_cell(x, h_0, c_0, W_x, W_h, b):
    h, c, hs = h_0, c_0, []
    for x_t in x:
        h, c = _step(np.split(x_t @ W_x + c @ W_h + b, 4, axis=1), c)
        hs.append(h)
    return np.stack(hs), h, c


def wrong_forward_returns_cells(x, h_0, c_0, W_x, W_h, b):
    def step(parts, h, c):
        h, c = _step(parts, c)
        return c, h, c

    return _run(x, h_0, c_0, W_x, W_h, b, step)


def wrong_forward_from_zero(x, h_0, c_0, W_x, W_h, b):
    return reference_lstm_forward(x, 0 * h_0, 0 * c_0, W_x, W_h, b)


def wrong_forward_states_swapped(x, h_0, c_0, W_x, W_h, b):
    hs, h, c = reference_lstm_forward(x, h_0, c_0, W_x, W_h, b)
    return hs, c, h


def wrong_forward_gates_swapped(x, h_0, c_0, W_x, W_h, b):
    def step(parts, h, c):
        a_i, a_f, a_g, a_o = parts
        h, c = _step((a_f, a_i, a_g, a_o), c)
        return h, h, c

    return _run(x, h_0, c_0, W_x, W_h, b, step)


INPUTS = arrays(x="T N D", h_0="N H", c_0="N H", W_x="D 4H", W_h="H 4H", b="4H").with_sizes(
    T=(2, 6)
)


def h_is_made_from_c(result, x, h_0, c_0, W_x, W_h, b):
    """|h_T| ≤ tanh|c_T|: an output gate lets through at most all of it."""
    _, h, c = result
    return np.all(np.abs(h) <= np.tanh(np.abs(c)) + 1e-6)


SEQUENCE = Exercise(
    id="lstm-sequence",
    title="系列のLSTMの誤りを直す",
    kind="bug",
    level=2,
    minutes=6,
    statement=r"""
LSTMの順伝播です。形も戻り値の順も合っていて、学習もできてしまいます。
しかし長い系列では、最初の入力を覚えられません。

$$c_t=f_t\odot c_{t-1}+i_t\odot g_t,\qquad h_t=o_t\odot\tanh(c_t)$$

$\partial c_t/\partial c_{t-1}$ に何が掛かるかを考えて、直してください。
戻り値は `hs` $(T,N,H)$、`h_T`、`c_T` です。
""",
    starter=lstm_forward,
    reference=reference_lstm_forward,
    alternatives=[alt_forward_array, alt_forward_recursive],
    wrongs=[
        Wrong(
            lstm_forward,
            "c が毎時刻 tanh を通っています。勾配に (1 − c²) が掛かり続けます。"
            "tanh は h を作る行に移します。",
        ),
        Wrong(
            wrong_forward_squashed_twice,
            "c の行にまだ tanh が残っています。tanh を通すのは h を作るときの1回だけです。",
        ),
        Wrong(
            wrong_forward_not_squashed,
            "tanh がなくなりました。h = o * np.tanh(c) です。",
        ),
        Wrong(
            wrong_forward_state_not_kept,
            "h が次の時刻に渡っていません。計算した h を次の a に使います。",
        ),
        Wrong(
            wrong_forward_cell_not_kept,
            "c が毎時刻 c_0 に戻っています。前の時刻の c に f を掛けます。",
        ),
        Wrong(
            wrong_forward_gates_see_cell,
            "ゲートの計算に c が使われています。W_h に掛けるのは h です。",
        ),
        Wrong(
            wrong_forward_returns_cells,
            "hs に c が入っています。LSTMの出力は各時刻の h です。",
        ),
        Wrong(
            wrong_forward_from_zero,
            "渡された h_0 と c_0 が使われていません。そこから始めます。",
        ),
        Wrong(wrong_forward_states_swapped, "戻り値の順が違います。hs, h_T, c_T の順です。"),
        Wrong(
            wrong_forward_gates_swapped,
            "i と f が入れ替わっています。列は i, f, g, o の順です。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("hs", "h_T", "c_T"), rtol=1e-6),
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
    inputs=INPUTS,
    names=("np", "sigmoid"),
    syllabus=("3.5.ii",),
)
