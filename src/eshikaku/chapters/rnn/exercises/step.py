"""Exercise rnn-step: complete one step of the forward pass."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Exercise, Wrong, ____
from eshikaku.exercises.checks import arrays, holds, standard


def rnn_step(x, h_prev, W_x, W_h, b_h):
    """1時刻の順伝播。x: (N, D)、h_prev: (N, H) → h: (N, H)"""
    a = x @ W_x + ____ + b_h  # (N, H)
    h = ____  # (N, H)
    return h


def reference_step(x, h_prev, W_x, W_h, b_h):
    """1時刻の順伝播。x: (N, D)、h_prev: (N, H) → h: (N, H)"""
    a = x @ W_x + h_prev @ W_h + b_h  # (N, H)
    h = np.tanh(a)  # (N, H)
    return h


def alt_step_concatenated(x, h_prev, W_x, W_h, b_h):
    joined = np.concatenate([x, h_prev], axis=1)  # (N, D+H)
    W = np.concatenate([W_x, W_h], axis=0)  # (D+H, H)
    return np.tanh(joined @ W + b_h)


def alt_step_einsum(x, h_prev, W_x, W_h, b_h):
    a = np.einsum("nd,dh->nh", x, W_x) + np.einsum("nk,kh->nh", h_prev, W_h)
    return np.tanh(a + b_h)


def alt_step_rows(x, h_prev, W_x, W_h, b_h):
    return np.stack([np.tanh(r @ W_x + s @ W_h + b_h) for r, s in zip(x, h_prev, strict=True)])


def wrong_step_no_state(x, h_prev, W_x, W_h, b_h):
    return np.tanh(x @ W_x + b_h)


def wrong_step_linear(x, h_prev, W_x, W_h, b_h):
    return x @ W_x + h_prev @ W_h + b_h


def wrong_step_sigmoid(x, h_prev, W_x, W_h, b_h):
    a = x @ W_x + h_prev @ W_h + b_h
    return 0.5 * (1 + np.tanh(0.5 * a))


def wrong_step_relu(x, h_prev, W_x, W_h, b_h):
    return np.maximum(x @ W_x + h_prev @ W_h + b_h, 0)


def wrong_step_transposed(x, h_prev, W_x, W_h, b_h):
    return np.tanh(x @ W_x + h_prev @ W_h.T + b_h)


def wrong_step_elementwise(x, h_prev, W_x, W_h, b_h):
    return np.tanh(x @ W_x + h_prev * np.diag(W_h) + b_h)


def wrong_step_bias_outside(x, h_prev, W_x, W_h, b_h):
    return np.tanh(x @ W_x + h_prev @ W_h) + b_h


def wrong_step_residual(x, h_prev, W_x, W_h, b_h):
    return h_prev + np.tanh(x @ W_x + h_prev @ W_h + b_h)


INPUTS = arrays(x="N D", h_prev="N H", W_x="D H", W_h="H H", b_h="H")

STEP = Exercise(
    id="rnn-step",
    title="1時刻の順伝播",
    kind="blank",
    level=1,
    minutes=4,
    statement=r"""
$a_t = x_tW_x + h_{t-1}W_h + b_h$、$h_t=\tanh(a_t)$ を計算します。

形は `x` $(N,D)$、`h_prev` $(N,H)$、`W_x` $(D,H)$、`W_h` $(H,H)$、`b_h` $(H,)$ です。
$h_t$ $(N,H)$ を返してください。
""",
    starter=rnn_step,
    reference=reference_step,
    alternatives=[alt_step_concatenated, alt_step_einsum, alt_step_rows],
    wrongs=[
        Wrong(
            wrong_step_no_state,
            "前の状態 h_prev が使われていません。h_prev @ W_h を足してください。",
        ),
        Wrong(wrong_step_linear, "活性化関数がありません。a を tanh に通して h にします。"),
        Wrong(wrong_step_sigmoid, "活性化関数がsigmoidです。この章の隠れ層は tanh です。"),
        Wrong(wrong_step_relu, "活性化関数がReLUです。この章の隠れ層は tanh です。"),
        Wrong(
            wrong_step_transposed,
            "W_h が転置されています。行ベクトルの流儀では h_prev @ W_h です。",
        ),
        Wrong(
            wrong_step_elementwise,
            "h_prev と W_h の積が行列積になっていません。h_prev @ W_h です。",
        ),
        Wrong(wrong_step_bias_outside, "b_h が tanh の外にあります。b_h は a の一部です。"),
        Wrong(
            wrong_step_residual,
            "h_prev をそのまま足しています。単純RNNの h_t は tanh(a) だけです。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("h",)),
        holds(
            INPUTS,
            lambda h, *args: np.abs(h).max() <= 1,
            name="値の範囲",
            expected="どの成分も −1 以上 1 以下",
            next_step="最後に tanh を通しているかを確かめてください。",
        ),
    ],
    hints=[
        "足す項は3つです。入力の項、前の状態の項、バイアス。残っているのはどれですか。",
        "h_prev は (N, H)、W_h は (H, H) なので、h_prev @ W_h は (N, H) です。",
        "2つ目の空欄は np.tanh(a) です。",
    ],
    inputs=INPUTS,
    syllabus=("3.5.i",),
)
