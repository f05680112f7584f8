"""Exercise rnn-step: complete one step of the forward pass."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, holds, standard


def rnn_step(x, h_prev, W_x, W_h, b_h):
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


INPUTS = arrays(x="N D", h_prev="N H", W_x="D H", W_h="H H", b_h="H")

STEP = Exercise(
    id="rnn-step",
    title="1時刻の順伝播",
    level=1,
    minutes=4,
    statement=r"""
$a_t = x_tW_x + h_{t-1}W_h + b_h$、$h_t=\tanh(a_t)$ を計算します。

形は `x` $(N,D)$、`h_prev` $(N,H)$、`W_x` $(D,H)$、`W_h` $(H,H)$、`b_h` $(H,)$ です。
$h_t$ $(N,H)$ を返してください。
""",
    reference=rnn_step,
    blanks=(
        "h_prev @ W_h",
        "np.tanh(a)",
    ),
    alternatives=[alt_step_concatenated, alt_step_einsum, alt_step_rows],
    wrongs=[
        Edit(
            " + h_prev @ W_h",
            "",
            "前の状態 h_prev が使われていません。h_prev @ W_h を足してください。",
        ),
        Edit("np.tanh(a)", "a", "活性化関数がありません。a を tanh に通して h にします。"),
        Edit(
            "np.tanh(a)",
            "0.5 * (1 + np.tanh(0.5 * a))",
            "活性化関数がsigmoidです。この章の隠れ層は tanh です。",
        ),
        Edit(
            "np.tanh(a)", "np.maximum(a, 0)", "活性化関数がReLUです。この章の隠れ層は tanh です。"
        ),
        Edit(
            "W_h +", "W_h.T +", "W_h が転置されています。行ベクトルの流儀では h_prev @ W_h です。"
        ),
        Edit(
            "h_prev @ W_h",
            "h_prev * np.diag(W_h)",
            "h_prev と W_h の積が行列積になっていません。h_prev @ W_h です。",
        ),
        Edit(
            {" + b_h": "", "np.tanh(a)": "np.tanh(a) + b_h"},
            message="b_h が tanh の外にあります。b_h は a の一部です。",
        ),
        Edit(
            "np.tanh(a)",
            "h_prev + np.tanh(a)",
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
    syllabus=("3.5.i",),
)
