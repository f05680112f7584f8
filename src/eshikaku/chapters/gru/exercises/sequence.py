"""Exercise gru-convention: find the bug in a GRU that is to equal PyTorch's."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, standard


def gru_like_torch(x, W_x, W_h, b_x, b_h):
    """x: (T, N, D) → h: (T, N, H)。重みの列は r, z, n の順、バイアスは2本"""
    H = W_h.shape[0]
    h = np.zeros((x.shape[1], H), x.dtype)  # h_0: (N, H)
    hs = []
    for x_t in x:  # (N, D)
        ax = x_t @ W_x + b_x  # (N, 3H)
        ah = h @ W_h + b_h  # (N, 3H)
        r, z = np.split(0.5 * (1 + np.tanh(0.5 * (ax + ah)[:, : 2 * H])), 2, axis=1)
        n = np.tanh(ax[:, 2 * H :] + r * ah[:, 2 * H :])  # (N, H)
        h = (1 - z) * n + z * h  # (N, H)
        hs.append(h)
    return np.stack(hs)


def alt_like_torch_all_inputs_at_once(x, W_x, W_h, b_x, b_h):
    H = len(W_h)
    y = np.empty((*x.shape[:2], H), x.dtype)
    h = np.zeros_like(y[0])
    for t, a in enumerate(x @ W_x + b_x):
        c = h @ W_h + b_h
        s = 0.5 + 0.5 * np.tanh((a[:, : 2 * H] + c[:, : 2 * H]) / 2)
        n = np.tanh(a[:, 2 * H :] + s[:, :H] * c[:, 2 * H :])
        h = n + s[:, H:] * (h - n)
        y[t] = h
    return y


def alt_like_torch_three_matrices(x, W_x, W_h, b_x, b_h):
    gates = list(zip(*(np.split(v, 3, axis=-1) for v in (W_x, W_h, b_x, b_h)), strict=True))
    h, hs = np.zeros((x.shape[1], W_h.shape[0]), x.dtype), []
    for x_t in x:
        (ar, cr), (az, cz), (an, cn) = ((x_t @ U + u, h @ W + w) for U, W, u, w in gates)
        r, z = (0.5 * (1 + np.tanh(0.5 * s)) for s in (ar + cr, az + cz))
        h = z * h + (1 - z) * np.tanh(an + r * cn)
        hs.append(h)
    return np.array(hs)


INPUTS = arrays(x="T N D", W_x="D 3H", W_h="H 3H", b_x="3H", b_h="3H").with_sizes(T=(2, 5))

SEQUENCE = Exercise(
    id="gru-convention",
    title="PyTorchと一致しないGRUを直す",
    level=2,
    minutes=6,
    statement=r"""
`nn.GRU` と同じ値になるはずのGRUです。重みは転置して写してあり、列の順は r, z, n です。
$z_t=1$ で残す流儀も合っています。それでも、値が合いません。

PyTorchの候補の式（C.1の表）と1行ずつ見比べて、直してください。
""",
    reference=gru_like_torch,
    bug=Edit(
        "r * ah[:, 2 * H :]",
        "(r * h) @ W_h[:, 2 * H :] + b_h[2 * H :]",
        "積の前にリセットしています。PyTorchは、積とバイアスを計算してから r を掛けます。",
    ),
    alternatives=[alt_like_torch_all_inputs_at_once, alt_like_torch_three_matrices],
    wrongs=[
        Edit(
            "(1 - z) * n + z * h",
            "z * n + (1 - z) * h",
            "z を逆にしました。PyTorchでは z が前の状態に掛かります。",
        ),
        Edit(
            "r, z = np.split",
            "z, r = np.split",
            "列の順が z, r, n になっています。PyTorchは r, z, n です。",
        ),
        Edit(
            "r * ah[:, 2 * H :]",
            "r * (h @ W_h[:, 2 * H :]) + b_h[2 * H :]",
            "b_h の n の部分が r の外にあります。PyTorchでは r の内側です。",
        ),
        Edit(
            "r * ah[:, 2 * H :]",
            "r * (h @ W_h[:, 2 * H :])",
            "b_h の n の部分が抜けています。r の内側に足します。",
        ),
        Edit(
            "r * ah[:, 2 * H :]",
            "(r * h) @ W_h[:, 2 * H :] + r * b_h[2 * H :]",
            "バイアスには r が掛かりましたが、h にはまだ積の前に掛けています。",
        ),
        Edit("r * ah[:, 2 * H :]", "ah[:, 2 * H :]", "候補に r が掛かっていません。"),
    ],
    checks=standard(INPUTS, returns=("h",)),
    hints=[
        "1時刻目から違います。h_0 = 0 なので、h の側に残るのは b_h だけです。どの行で使いますか。",
        "候補の行です。r は、h と W_hn の積の前と後のどちらに掛かっていますか。",
        "n = np.tanh(ax[:, 2 * H :] + r * ah[:, 2 * H :]) です。",
    ],
    syllabus=("3.5.ii",),
)
