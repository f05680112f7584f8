"""Exercise gru-step: complete one step of the forward pass."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, holds, standard


def gru_step(x, h_prev, W_x, W_h, b):
    """1時刻の順伝播。x: (N, D)、h_prev: (N, H) → h: (N, H)。切り出しは r, z, n の順"""
    W_xr, W_xz, W_xn = np.split(W_x, 3, axis=1)  # (D, H) が3つ
    W_hr, W_hz, W_hn = np.split(W_h, 3, axis=1)  # (H, H) が3つ
    b_r, b_z, b_n = np.split(b, 3)  # (H,) が3つ
    r = 0.5 * (1 + np.tanh(0.5 * (x @ W_xr + h_prev @ W_hr + b_r)))  # σ: (N, H)
    z = 0.5 * (1 + np.tanh(0.5 * (x @ W_xz + h_prev @ W_hz + b_z)))  # σ: (N, H)
    n = np.tanh(x @ W_xn + (r * h_prev) @ W_hn + b_n)  # (N, H)
    return z * h_prev + (1 - z) * n  # (N, H)


def alt_step_packed(x, h_prev, W_x, W_h, b):
    H = h_prev.shape[1]
    a = x @ W_x + b
    gates = a[:, : 2 * H] + h_prev @ W_h[:, : 2 * H]
    s = 0.5 * (1 + np.tanh(0.5 * gates))
    n = np.tanh(a[:, 2 * H :] + (s[:, :H] * h_prev) @ W_h[:, 2 * H :])
    return n + s[:, H:] * (h_prev - n)


def alt_step_from_renewal(x, h_prev, W_x, W_h, b):
    H = len(b) // 3
    a = [x @ W_x[:, k : k + H] + b[k : k + H] for k in (0, H, 2 * H)]
    r = 0.5 * (1 + np.tanh(0.5 * (a[0] + h_prev @ W_h[:, :H])))
    renew = 0.5 * (1 - np.tanh(0.5 * (a[1] + h_prev @ W_h[:, H : 2 * H])))
    n = np.tanh(a[2] + (h_prev * r) @ W_h[:, 2 * H :])
    return (1 - renew) * h_prev + renew * n


INPUTS = arrays(x="N D", h_prev="N H", W_x="D 3H", W_h="H 3H", b="3H")


def between_old_and_new(h, x, h_prev, W_x, W_h, b):
    """Each component of h_t lies between h_{t−1} and the candidate, hence within (−1, 1)."""
    return bool((np.abs(h) <= np.maximum(np.abs(h_prev), 1) + 1e-12).all())


STEP = Exercise(
    id="gru-step",
    title="GRUの1時刻",
    level=1,
    minutes=4,
    statement=r"""
A部の式のとおりに、2つの空欄を埋めてください。$z_t=1$ で前の状態を残し、リセットは積の前です。

$$n_t=\tanh\bigl(x_tW_{xn}+(r_t\odot h_{t-1})W_{hn}+b_n\bigr),\qquad
h_t=z_t\odot h_{t-1}+(1-z_t)\odot n_t$$

コードの `n` は候補 $\tilde h_t$ です。
$\sigma(a)$ は、大きな $a$ でもあふれない $\frac12(1+\tanh\frac a2)$ で書いてあります。
""",
    reference=gru_step,
    blanks=(
        "(r * h_prev)",
        "z * h_prev + (1 - z) * n",
    ),
    alternatives=[alt_step_packed, alt_step_from_renewal],
    wrongs=[
        Edit(
            "z * h_prev + (1 - z) * n",
            "(1 - z) * h_prev + z * n",
            "z が逆です。この流儀では z が前の状態 h_prev に掛かります。",
        ),
        Edit(
            "(r * h_prev) @ W_hn",
            "r * (h_prev @ W_hn)",
            "r を積の後に掛けています。h_prev に r を掛けてから W_hn を掛けます。",
        ),
        Edit(
            "(r * h_prev)", "h_prev", "リセットゲート r を使っていません。r * h_prev を入れます。"
        ),
        Edit(
            "(r * h_prev)",
            "(z * h_prev)",
            "候補に z を使っています。候補を作るときに使うのは r です。",
        ),
        Edit(
            "(r * h_prev)",
            "((1 - r) * h_prev)",
            "1 − r を掛けています。r = 0 で過去を見ない、が定義です。",
        ),
        Edit("(1 - z) * n", "n", "候補に 1 − z が掛かっていません。"),
        Edit("(1 - z) * n", "r * n", "書き込む割合が r になっています。残りの割合 1 − z です。"),
    ],
    checks=[
        *standard(INPUTS, returns=("h",)),
        holds(
            INPUTS,
            between_old_and_new,
            name="状態の範囲",
            expected="h_t の各成分は h_{t-1} と候補の間にある",
            next_step="h_{t-1} と候補に掛ける割合の和が1になっているかを見てください。",
        ),
    ],
    hints=[
        "1つ目は、前の状態の成分ごとに「どれだけ見るか」を掛けたものです。",
        "2つ目は、z = 1 を代入すると h_prev、z = 0 を代入すると n になる式です。",
        "(r * h_prev) と、z * h_prev + (1 - z) * n です。",
    ],
    syllabus=("3.5.ii",),
)
