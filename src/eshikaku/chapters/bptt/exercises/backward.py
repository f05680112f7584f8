"""Exercise bptt-backward: write backpropagation through time."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, gradients, standard


def bptt(dhs, xs, hs, h_0, W_h):
    """dhs: (T, N, H) → dW_x (D, H)、dW_h (H, H)、db_h (H,)、dh_0 (N, H)"""
    D, H = xs.shape[2], W_h.shape[0]
    dW_x = np.zeros((D, H), W_h.dtype)
    dW_h = np.zeros((H, H), W_h.dtype)
    db_h = np.zeros(H, W_h.dtype)
    dh_next = np.zeros_like(h_0)  # (N, H) 次の時刻から届く勾配
    for t in reversed(range(len(xs))):
        dh = dhs[t] + dh_next  # (N, H) 2つの道の和
        da = dh * (1 - hs[t] ** 2)  # (N, H)
        h_prev = hs[t - 1] if t > 0 else h_0
        dW_x += xs[t].T @ da  # (D, H)
        dW_h += h_prev.T @ da  # (H, H)
        db_h += da.sum(axis=0)  # (H,)
        dh_next = da @ W_h.T  # (N, H)
    return dW_x, dW_h, db_h, dh_next


def alt_bptt_deltas_first(dhs, xs, hs, h_0, W_h):
    slope = 1 - hs * hs
    delta = np.empty_like(hs)
    dh = np.zeros_like(h_0)
    for t in range(len(xs) - 1, -1, -1):
        delta[t] = (dhs[t] + dh) * slope[t]
        dh = delta[t] @ W_h.T
    before = np.concatenate([h_0[None], hs[:-1]])
    return (
        np.einsum("tnd,tnh->dh", xs, delta),
        np.einsum("tnk,tnh->kh", before, delta),
        delta.sum((0, 1)),
        dh,
    )


def alt_bptt_recursive(dhs, xs, hs, h_0, W_h):
    def back(t, dh_next):
        if t < 0:
            H = len(W_h)
            zero = np.zeros((xs.shape[2], H), W_h.dtype)
            return zero, np.zeros_like(W_h), np.zeros(H, W_h.dtype), dh_next
        da = (dhs[t] + dh_next) * (1 - hs[t] ** 2)
        before = h_0 if t == 0 else hs[t - 1]
        x_grad, h_grad, b_grad, first = back(t - 1, np.dot(da, W_h.T))
        return x_grad + xs[t].T @ da, h_grad + before.T @ da, b_grad + da.sum(0), first

    return back(len(xs) - 1, np.zeros_like(h_0))


def forward(xs, h_0, W_x, W_h, b_h):
    """All states, (T, N, H)."""
    hs = [h_0]
    for x in xs:
        hs.append(np.tanh(x @ W_x + hs[-1] @ W_h + b_h))
    return np.stack(hs[1:])


ALL = arrays(
    xs="T N D",
    h_0="N H",
    W_x="D H",
    W_h="H H",
    b_h="H",
    hs=derived(lambda a: forward(a["xs"], a["h_0"], a["W_x"], a["W_h"], a["b_h"])),
    dhs="T N H",
)
INPUTS = ALL.only("dhs", "xs", "hs", "h_0", "W_h")


def loss(xs, h_0, W_x, W_h, b_h, hs, dhs):
    """L with the gradients dhs on the states."""
    return float(np.sum(dhs * forward(xs, h_0, W_x, W_h, b_h)))


BACKWARD = Exercise(
    id="bptt-backward",
    title="BPTTを書く",
    level=2,
    minutes=9,
    statement=r"""
系列全体の逆伝播を書いてください。`dhs[t]` は、その時刻の損失から $h_t$ に**直接**届く勾配です。
次の時刻から届く分を足し、時刻を逆にたどります。

$$\delta_t=(\mathtt{dhs}_t+\delta_{t+1}W_h^\top)\odot(1-h_t\odot h_t)$$

`xs` は $(T,N,D)$、`hs` は $(T,N,H)$ で `hs[0]` が $h_1$、`h_0` は $(N,H)$ です。
`(dW_x, dW_h, db_h, dh_0)` を返します。`dh_0` は $\partial L/\partial h_0$ です。
""",
    reference=bptt,
    alternatives=[alt_bptt_deltas_first, alt_bptt_recursive],
    wrongs=[
        Edit(
            "dhs[t] + dh_next",
            "dhs[t]",
            "次の時刻から届く勾配がありません。dh = dhs[t] + dh_next とします。",
        ),
        Edit(
            "reversed(range(len(xs)))",
            "range(len(xs))",
            "時刻の順にたどっています。逆伝播は t = T−1, …, 0 の順です。",
        ),
        Edit(
            "dh_next = da @",
            "dh_next = dh @",
            "前の時刻へ渡す勾配に傾きが掛かっていません。dh_next は da @ W_h.T です。",
        ),
        Edit("da @ W_h.T", "da @ W_h", "dh_next の W_h が転置されていません。da @ W_h.T です。"),
        Edit(
            "hs[t - 1] if t > 0 else h_0",
            "hs[t]",
            "dW_h に hs[t] を使っています。W_h に掛かっていたのは hs[t-1]（t=0 では h_0）です。",
        ),
        Edit(
            {"dW_x +=": "dW_x =", "dW_h +=": "dW_h =", "db_h +=": "db_h ="},
            message="重みの勾配を時刻ごとに上書きしています。同じ重みなので += で足します。",
        ),
        Edit(
            "hs[t - 1] if t > 0 else h_0",
            "hs[t - 1]",
            "t = 0 で hs[-1]（最後の状態）を使っています。最初の時刻では h_0 を使います。",
        ),
        Edit(
            "return dW_x, dW_h, db_h,",
            "return dW_x / len(xs), dW_h / len(xs), db_h / len(xs),",
            "時刻について平均しています。勾配は和です。",
        ),
        Edit(
            "reversed(range(len(xs)))",
            "range(len(xs))[:-7:-1]",
            "後ろの6時刻で打ち切っています。BPTTは最初の時刻までたどります。",
        ),
    ],
    checks=[
        *standard(
            INPUTS,
            returns=("dW_x", "dW_h", "db_h", "dh_0"),
            cases={"T = 12 のとき": INPUTS.with_sizes(T=12)},
            scales=(),
        ),
        gradients(ALL, loss, wrt=("W_x", "W_h", "b_h", "h_0")),
    ],
    hints=[
        "1時刻分は前の演習と同じです。それを t = T−1, …, 0 で繰り返します。",
        "ループの前に dh_next = np.zeros_like(h_0) を置き、中で dh = dhs[t] + dh_next とします。",
        "重みの勾配は += で足し、dh_next = da @ W_h.T とします。最後の dh_next が dh_0 です。",
    ],
    syllabus=("3.2.ii", "3.5.i"),
    equivalent_mutants=[
        "D, H = (xs.shape[2], W_h.shape[1])  # W_h is square",
        "D, H = (xs.shape[2], W_h.shape[-1])  # W_h is square",
    ],
)
