"""Exercise bptt-step: complete the backward pass of one step."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, gradients, standard


def rnn_step_backward(dh, x, h_prev, h, W_x, W_h):
    """dh: (N, H) → dx (N, D)、dh_prev (N, H)、dW_x (D, H)、dW_h (H, H)、db_h (H,)"""
    da = dh * (1 - h**2)  # (N, H)
    dx = da @ W_x.T  # (N, D)
    dh_prev = da @ W_h.T  # (N, H)
    dW_x = x.T @ da  # (D, H)
    dW_h = h_prev.T @ da  # (H, H)
    db_h = da.sum(axis=0)  # (H,)
    return dx, dh_prev, dW_x, dW_h, db_h


def alt_step_einsum(dh, x, h_prev, h, W_x, W_h):
    da = dh - dh * h * h
    return (
        np.einsum("nh,dh->nd", da, W_x),
        np.einsum("nh,kh->nk", da, W_h),
        np.einsum("nd,nh->dh", x, da),
        np.einsum("nk,nh->kh", h_prev, da),
        np.einsum("nh->h", da),
    )


def alt_step_by_sequence(dh, x, h_prev, h, W_x, W_h):
    da = dh * (1 + h) * (1 - h)
    dW_x, dW_h = np.zeros_like(W_x), np.zeros_like(W_h)
    for x_n, h_n, da_n in zip(x, h_prev, da, strict=True):
        dW_x += np.outer(x_n, da_n)
        dW_h += np.outer(h_n, da_n)
    return (W_x @ da.T).T, (W_h @ da.T).T, dW_x, dW_h, np.sum(da, 0)


ALL = arrays(
    x="N D",
    h_prev="N H",
    W_x="D H",
    W_h="H H",
    b_h="H",
    h=derived(lambda a: np.tanh(a["x"] @ a["W_x"] + a["h_prev"] @ a["W_h"] + a["b_h"])),
    dh="N H",
)
INPUTS = ALL.only("dh", "x", "h_prev", "h", "W_x", "W_h")


def loss(x, h_prev, W_x, W_h, b_h, h, dh):
    """L with dL/dh = dh."""
    return float(np.sum(dh * np.tanh(x @ W_x + h_prev @ W_h + b_h)))


STEP = Exercise(
    id="bptt-step",
    title="1時刻の逆伝播",
    level=1,
    minutes=5,
    statement=r"""
$a_t=x_tW_x+h_{t-1}W_h+b_h$、$h_t=\tanh(a_t)$ の逆伝播です。
$\partial L/\partial h_t$ を `dh` で受け取り、5つの勾配を返してください。

形は `dh`, `h_prev`, `h` が $(N,H)$、`x` が $(N,D)$ です。`h` は順伝播で得た $h_t$ です。
""",
    reference=rnn_step_backward,
    blanks=(
        "(1 - h**2)",
        "da @ W_h.T",
        "h_prev.T @ da",
        "da.sum(axis=0)",
    ),
    alternatives=[alt_step_einsum, alt_step_by_sequence],
    wrongs=[
        Edit(" * (1 - h**2)", "", "tanh の傾きが掛かっていません。da = dh * (1 - h**2) です。"),
        Edit(
            "(1 - h**2)",
            "h * (1 - h)",
            "h(1 − h) はシグモイドの傾きです。tanh の傾きは 1 − h² です。",
        ),
        Edit(
            "h**2",
            "np.tanh(h) ** 2",
            "h はすでに tanh を通した値です。もう一度 tanh を通さず 1 − h² とします。",
        ),
        Edit(
            "da @ W_h.T",
            "dh @ W_h.T",
            "dh_prev に傾きが掛かっていません。W_h.T に掛けるのは dh ではなく da です。",
        ),
        Edit(
            "W_h.T",
            "W_h",
            "dh_prev の W_h が転置されていません。順伝播が h_prev @ W_h なので da @ W_h.T です。",
        ),
        Edit(
            "h_prev.T @ da",
            "h.T @ da",
            "dW_h に h を使っています。W_h に掛かっていたのは前の状態 h_prev です。",
        ),
        Edit(
            "h_prev.T @ da",
            "da.T @ h_prev",
            "dW_h が転置されています。h_prev.T @ da の順に掛けます。",
        ),
        Edit("da.sum(axis=0)", "da.mean(axis=0)", "db_h が平均です。バッチの軸で足します。"),
    ],
    checks=[
        *standard(INPUTS, returns=("dx", "dh_prev", "dW_x", "dW_h", "db_h"), scales=()),
        gradients(ALL, loss, wrt=("x", "h_prev", "W_x", "W_h", "b_h")),
    ],
    hints=[
        "最初の空欄は tanh の傾きです。h = tanh(a) を使って書けます。",
        "dW_x と dW_h は同じ形の式です。x の代わりに h_prev が入ります。",
        "dh_prev は da @ W_h.T、db_h は da.sum(axis=0) です。",
    ],
    syllabus=("3.2.ii", "3.5.i"),
)
