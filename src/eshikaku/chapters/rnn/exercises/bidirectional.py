"""Exercise rnn-bidirectional: find the bug in a bidirectional RNN."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, holds, standard


def birnn(x, W_x, W_h, b_h, V_x, V_h, c_h):
    """x: (T, N, D) → (T, N, 2H)。前半が順方向、後半が逆方向の状態"""
    N, H = x.shape[1], W_h.shape[0]
    h = np.zeros((N, H), x.dtype)
    forward = []
    for x_t in x:  # t = 1, …, T
        h = np.tanh(x_t @ W_x + h @ W_h + b_h)  # (N, H)
        forward.append(h)
    h = np.zeros((N, H), x.dtype)
    backward = []
    for x_t in x[::-1]:  # t = T, …, 1
        h = np.tanh(x_t @ V_x + h @ V_h + c_h)  # (N, H)
        backward.append(h)
    backward = backward[::-1]  # 時刻の順に戻す
    return np.concatenate([np.stack(forward), np.stack(backward)], axis=-1)


def alt_birnn_insert_at_front(x, W_x, W_h, b_h, V_x, V_h, c_h):
    T, N, _ = x.shape
    H = len(b_h)
    y = np.empty((T, N, 2 * H), x.dtype)
    h = g = np.zeros((N, H), x.dtype)
    for t in range(T):
        s = T - 1 - t
        h = np.tanh(x[t] @ W_x + h @ W_h + b_h)
        g = np.tanh(x[s] @ V_x + g @ V_h + c_h)
        y[t, :, :H], y[s, :, H:] = h, g
    return y


def alt_birnn_one_function(x, W_x, W_h, b_h, V_x, V_h, c_h):
    def run(x, W_x, W_h, b):
        hs = [np.zeros((x.shape[1], len(b)), x.dtype)]
        for x_t in x:
            hs.append(np.tanh(x_t @ W_x + hs[-1] @ W_h + b))
        return np.array(hs[1:])

    ahead, behind = run(x, W_x, W_h, b_h), run(np.flip(x, 0), V_x, V_h, c_h)
    return np.dstack([ahead, np.flip(behind, 0)])


INPUTS = arrays(x="T N D", W_x="D H", W_h="H H", b_h="H", V_x="D H", V_h="H H", c_h="H")


def last_is_first_read(y, x, W_x, W_h, b_h, V_x, V_h, c_h):
    """At t = T the second direction has read x_T alone."""
    H = len(c_h)
    return np.allclose(y[-1, :, H:], np.tanh(x[-1] @ V_x + c_h))


BIDIRECTIONAL = Exercise(
    id="rnn-bidirectional",
    title="双方向RNNの誤りを直す",
    level=2,
    minutes=7,
    statement=r"""
双方向RNNの順伝播です。順方向は重み `W_x`, `W_h`, `b_h`、
逆方向は別の重み `V_x`, `V_h`, `c_h` を使います。

$$\overrightarrow h_t=\tanh(x_tW_x+\overrightarrow h_{t-1}W_h+b_h),\qquad
\overleftarrow h_t=\tanh(x_tV_x+\overleftarrow h_{t+1}V_h+c_h)$$

各時刻で $[\overrightarrow h_t,\overleftarrow h_t]$ を並べ、$(T,N,2H)$ を返します。
形は合っていますが、値が違います。
時刻 $t$ の行に、両方向とも時刻 $t$ の状態が入っているかを確かめてください。
""",
    reference=birnn,
    bug=Edit(
        "    backward = backward[::-1]  # 時刻の順に戻す\n",
        "",
        "逆方向の状態が t = T, …, 1 の順のままです。並べる前に時刻の順へ戻します。",
    ),
    alternatives=[alt_birnn_insert_at_front, alt_birnn_one_function],
    wrongs=[
        Edit(
            {"in x[::-1]": "in x", "    backward = backward[::-1]  # 時刻の順に戻す\n": ""},
            message="逆方向のRNNも x_1 から読んでいます。逆方向は x_T から読みます。",
        ),
        Edit(
            "x_t @ V_x + h @ V_h + c_h",
            "x_t @ W_x + h @ W_h + b_h",
            "逆方向に順方向の重みを使っています。逆方向の重みは V_x, V_h, c_h です。",
        ),
        Edit(
            "    h = np.zeros((N, H), x.dtype)\n    backward = []",
            "    backward = []",
            "逆方向が順方向の最後の状態から始まっています。逆方向の初期状態は0です。",
        ),
        Edit(
            "np.concatenate([np.stack(forward), np.stack(backward)], axis=-1)",
            "np.stack(forward) + np.stack(backward)",
            "2つの状態を足しています。足さずに並べて (T, N, 2H) にします。",
        ),
        Edit(
            "[np.stack(forward), np.stack(backward)]",
            "[np.stack(backward), np.stack(forward)]",
            "並べる順が逆です。前半が順方向、後半が逆方向です。",
        ),
        Edit(
            "x[::-1]",
            "x[:, ::-1]",
            "バッチの軸を反転しています。時刻は先頭の軸なので x[::-1] です。",
        ),
        Edit("axis=-1", "axis=0", "時刻の軸でつないでいます。最後の軸（axis=-1）でつなぎます。"),
        Edit(
            "np.stack(forward)",
            "np.stack(forward[::-1])",
            "順方向まで反転しています。時刻の順へ戻すのは逆方向の状態だけです。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("y",)),
        holds(
            INPUTS,
            last_is_first_read,
            name="逆方向の最初の1歩",
            expected="最後の時刻の逆方向の状態は x_T だけから決まる",
            next_step="逆方向のRNNが最初に読むのは x_T です。その状態を最後の行に置きます。",
        ),
    ],
    hints=[
        "forward[0] は時刻1の状態です。backward[0] はどの時刻の状態ですか。",
        "逆方向は x_T から読むので、backward は t = T, …, 1 の順に並んでいます。",
        "np.stack の前に backward = backward[::-1] を入れます。",
    ],
    syllabus=("3.5.i",),
    equivalent_mutants=[
        "N, H = (x.shape[1], W_h.shape[1])  # W_h is square",
        "N, H = (x.shape[1], W_h.shape[-1])  # W_h is square",
    ],
)
