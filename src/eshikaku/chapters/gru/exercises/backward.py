"""Exercise gru-backward: write the backward pass of one step."""

import numpy as np

from eshikaku.chapters.gru.exercises.step import gru_step
from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, gradients, standard


def gru_backward(dh, x, h_prev, r, z, n, W_x, W_h):
    """dh = ∂L/∂h_t: (N, H) → dx (N, D), dh_prev (N, H), dW_x (D, 3H), dW_h (H, 3H), db (3H,)"""
    W_hr, W_hz, W_hn = np.split(W_h, 3, axis=1)  # (H, H) が3つ
    da_n = dh * (1 - z) * (1 - n * n)  # (N, H)
    d_rh = da_n @ W_hn.T  # (N, H)  r ⊙ h_prev の勾配
    da_r = d_rh * h_prev * r * (1 - r)  # (N, H)
    da_z = dh * (h_prev - n) * z * (1 - z)  # (N, H)
    da = np.concatenate([da_r, da_z, da_n], axis=1)  # (N, 3H)
    dx = da @ W_x.T  # (N, D)
    dh_prev = dh * z + d_rh * r + da_r @ W_hr.T + da_z @ W_hz.T  # (N, H)
    dW_x, db = x.T @ da, da.sum(axis=0)  # (D, 3H), (3H,)
    dW_h = np.concatenate([h_prev.T @ da_r, h_prev.T @ da_z, (r * h_prev).T @ da_n], axis=1)
    return dx, dh_prev, dW_x, dW_h, db


def alt_backward_sliced(dh, x, h_prev, r, z, n, W_x, W_h):
    H = dh.shape[1]
    da = np.empty((len(dh), 3 * H), dh.dtype)
    da[:, 2 * H :] = (dh - dh * z) * (1 - n**2)
    d_rh = da[:, 2 * H :] @ W_h[:, 2 * H :].T
    da[:, :H] = d_rh * h_prev * (r - r**2)
    da[:, H : 2 * H] = dh * (h_prev - n) * (z - z**2)
    dW_h = h_prev.T @ da
    dW_h[:, 2 * H :] = (r * h_prev).T @ da[:, 2 * H :]
    dh_prev = da[:, : 2 * H] @ W_h[:, : 2 * H].T + d_rh * r + dh * z
    return da @ W_x.T, dh_prev, x.T @ da, dW_h, np.sum(da, 0)


def alt_backward_einsum(dh, x, h_prev, r, z, n, W_x, W_h):
    H = W_h.shape[0]
    W = {k: W_h[:, i * H : (i + 1) * H] for i, k in enumerate("rzn")}
    a_n = dh * (1 - z) * (1 + n) * (1 - n)
    inner = np.einsum("nk,hk->nh", a_n, W["n"])
    a_r = inner * h_prev * r * (1 - r)
    a_z = (dh * h_prev - dh * n) * z * (1 - z)
    a = np.hstack([a_r, a_z, a_n])
    back = np.einsum("nk,hk->nh", a_r, W["r"]) + np.einsum("nk,hk->nh", a_z, W["z"])
    dW_h = np.hstack(
        [np.einsum("nh,nk->hk", u, v) for u, v in ((h_prev, a_r), (h_prev, a_z), (r * h_prev, a_n))]
    )
    return a @ W_x.T, z * dh + r * inner + back, np.einsum("nd,nk->dk", x, a), dW_h, a.sum(0)


def _gates(a):
    """r, z, n of the step, as `gru_step` computes them."""
    H = a["h_prev"].shape[1]
    s = a["x"] @ a["W_x"] + a["b"]
    gates = 0.5 * (1 + np.tanh(0.5 * (s[:, : 2 * H] + a["h_prev"] @ a["W_h"][:, : 2 * H])))
    r, z = gates[:, :H], gates[:, H:]
    return r, z, np.tanh(s[:, 2 * H :] + (r * a["h_prev"]) @ a["W_h"][:, 2 * H :])


ALL = arrays(
    dh="N H",
    x="N D",
    h_prev="N H",
    W_x="D 3H",
    W_h="H 3H",
    b="3H",
    r=derived(lambda a: _gates(a)[0]),
    z=derived(lambda a: _gates(a)[1]),
    n=derived(lambda a: _gates(a)[2]),
)
INPUTS = ALL.only("dh", "x", "h_prev", "r", "z", "n", "W_x", "W_h")


def loss(dh, x, h_prev, W_x, W_h, b, r, z, n):
    """A loss whose gradient at h_t is dh."""
    return np.sum(dh * gru_step(x, h_prev, W_x, W_h, b))


BACKWARD = Exercise(
    id="gru-backward",
    title="GRUの逆伝播を書く",
    level=3,
    minutes=12,
    statement=r"""
1時刻の逆伝播を書いてください。順伝播で求めた `r`, `z`, `n`（候補 $\tilde h_t$）が渡されます。
流儀は $z_t=1$ で残す、積の前にリセットする、です。

`dx` $(N,D)$、`dh_prev` $(N,H)$、`dW_x` $(D,3H)$、`dW_h` $(H,3H)$、`db` $(3H,)$ を、
この順に返します。
`W_x`, `W_h` とその勾配の列は r, z, n の順です（`np.split(W_h, 3, axis=1)` で3つに分かれます）。
""",
    reference=gru_backward,
    alternatives=[alt_backward_sliced, alt_backward_einsum],
    wrongs=[
        Edit(
            "(h_prev - n)", "(n - h_prev)", "z の勾配の符号が逆です。∂h_t/∂z_t = h_{t-1} − n です。"
        ),
        Edit(
            "(h_prev - n)", "h_prev", "z は2か所に現れます。(1 − z) ⊙ n からの −n が抜けています。"
        ),
        Edit("dh * z + d_rh", "d_rh", "dh_prev に、直接の経路 dh * z が足りません。"),
        Edit(" + d_rh * r +", " +", "dh_prev に、候補を通る経路 d_rh * r が足りません。"),
        Edit(
            " + da_r @ W_hr.T",
            "",
            "dh_prev に、リセットゲートを通る経路 da_r @ W_hr.T が足りません。",
        ),
        Edit(
            " + da_z @ W_hz.T", "", "dh_prev に、更新ゲートを通る経路 da_z @ W_hz.T が足りません。"
        ),
        Edit(
            "(r * h_prev).T @ da_n",
            "h_prev.T @ da_n",
            "W_hn に掛かっていたのは r * h_prev です。dW_h の n の列もそれで計算します。",
        ),
        Edit(
            "d_rh * r +",
            "d_rh +",
            "候補を通る経路に r が掛かっていません。W_hn の前で h_prev に r が掛かっています。",
        ),
    ],
    checks=[
        *standard(INPUTS, returns=("dx", "dh_prev", "dW_x", "dW_h", "db")),
        gradients(ALL, loss, wrt=("x", "h_prev", "W_x", "W_h", "b")),
    ],
    hints=[
        "h_t = z h_{t-1} + (1 − z) n から、活性化前の勾配 da_n と da_z を先に作ります。",
        "d_rh = da_n @ W_hn.T は r ⊙ h_{t-1} の勾配です。r へは h_prev を掛けて進みます。",
        "dh_prev は4つの和です。dh * z + d_rh * r + da_r @ W_hr.T + da_z @ W_hz.T。",
    ],
    syllabus=("3.5.ii", "3.2.ii"),
)
