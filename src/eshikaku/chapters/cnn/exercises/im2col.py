"""Exercise cnn-im2col: write the matrix whose rows are what the kernel sees."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, standard
from eshikaku.exercises.inputs import integer

INPUTS = arrays(x="N C H W", K=integer(2, 3), S=integer(1, 2)).with_sizes(
    N=(2, 3), C=(2, 4), H=(4, 6), W=(7, 9)
)


def im2col(x, K, S):
    """x: (N, C, H, W) → (N*OH*OW, C*K*K)。行は画像・縦・横、列はチャネル・縦・横の順"""
    N, C, H, W = x.shape
    OH, OW = (H - K) // S + 1, (W - K) // S + 1
    col = np.empty((N, OH, OW, C, K, K), x.dtype)
    for i in range(OH):
        for j in range(OW):
            top, left = i * S, j * S
            col[:, i, j] = x[:, :, top : top + K, left : left + K]  # (N, C, K, K)
    return col.reshape(N * OH * OW, C * K * K)


def alt_im2col_by_weights(x, K, S):
    N, C, H, W = x.shape
    OH, OW = (H - K) // S + 1, (W - K) // S + 1
    col = np.zeros((N, C, K, K, OH, OW), x.dtype)
    for u in range(K):
        for v in range(K):
            col[:, :, u, v] = x[:, :, u : u + S * OH : S, v : v + S * OW : S]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * OH * OW, -1)


def alt_im2col_windows(x, K, S):
    seen = np.lib.stride_tricks.sliding_window_view(x, (K, K), axis=(2, 3))[:, :, ::S, ::S]
    return seen.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * K * K)


def alt_im2col_list(x, K, S):
    N, _, H, W = x.shape
    rows = []
    for n in range(N):
        for top in range(0, H - K + 1, S):
            for left in range(0, W - K + 1, S):
                rows.append(x[n, :, top : top + K, left : left + K].ravel())
    return np.array(rows)


IM2COL = Exercise(
    id="cnn-im2col",
    title="im2colを書く",
    level=2,
    minutes=5,
    statement=r"""
画像 `x` $(N,C,H,W)$ から、$K\times K$ のカーネルがストライド $S$ で見る窓を取り出します。
窓を1行ずつ並べた行列 $(N\cdot OH\cdot OW,\ CK^2)$ を作ってください。パディングはありません。

- 行は、画像、縦の位置、横の位置の順です（横がいちばん速く変わります）。
- 列は、チャネル、窓の縦、窓の横の順です。`W.reshape(M, -1)` の列と同じ順です。
""",
    reference=im2col,
    alternatives=[alt_im2col_by_weights, alt_im2col_windows, alt_im2col_list],
    wrongs=[
        Edit(
            "top, left = i * S, j * S",
            "top, left = i, j",
            "窓の始まりが i, j のままです。ストライド S を掛けます。",
        ),
        Edit(
            {"(N, OH, OW, C, K, K)": "(N, C, OH, OW, K, K)", "col[:, i, j]": "col[:, :, i, j]"},
            message="チャネルが行の側に並んでいます。(N, OH, OW, C, K, K) の順にします。",
        ),
        Edit(
            {
                "(N, OH, OW, C, K, K)": "(N, OH, OW, K, K, C)",
                "left : left + K]": "left : left + K].transpose(0, 2, 3, 1)",
            },
            message="列の中でチャネルが最後になっています。チャネル、縦、横の順です。",
        ),
        Edit(
            {"(N, OH, OW, C, K, K)": "(OH, OW, N, C, K, K)", "col[:, i, j]": "col[i, j]"},
            message="行が位置、画像の順です。画像、縦、横の順にします。",
        ),
        Edit(
            {"(N, OH, OW, C, K, K)": "(N, OW, OH, C, K, K)", "col[:, i, j]": "col[:, j, i]"},
            message="縦と横の位置が入れ替わっています。横の位置がいちばん速く変わります。",
        ),
        Edit(
            "x[:, :, top : top + K, left : left + K]",
            "x[:, :, top : top + K, left : left + K].transpose(0, 1, 3, 2)",
            "窓の中の縦と横が入れ替わっています。",
        ),
        Edit(
            "x[:, :, top : top + K, left : left + K]",
            "x[:, :, top : top + K, left : left + K][:, :, ::-1, ::-1]",
            "窓が上下左右に反転しています。深層学習の畳み込みは反転しません。",
        ),
    ],
    checks=standard(
        INPUTS,
        returns=("col",),
        cases={
            "S = 2 で余りが出るとき": INPUTS.with_sizes(H=6, W=8).with_specs(
                K=integer(3, 3), S=integer(2, 2)
            )
        },
        ones=("N", "C"),
    ),
    hints=[
        "まず出力の大きさ OH、OW を求めます。パディングはありません。",
        "(N, OH, OW, C, K, K) の配列を作り、位置ごとに窓を入れます。",
        "col[:, i, j] = x[:, :, i*S : i*S+K, j*S : j*S+K] と入れ、最後に reshape します。",
    ],
    syllabus=("3.4.i",),
)
