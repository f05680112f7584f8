"""Exercise cnn-col2im: find the bug that loses the gradients of overlapping windows."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, constant, standard
from eshikaku.exercises.inputs import Draw, Spec, integer


def col2im(dcol, size, K, S):
    """dcol: (N*OH*OW, C*K*K)、size: (N, C, H, W) → dx: (N, C, H, W)"""
    N, C, H, W = size
    OH, OW = (H - K) // S + 1, (W - K) // S + 1
    dcol = dcol.reshape(N, OH, OW, C, K, K)
    dx = np.zeros(size, dcol.dtype)
    for i in range(OH):
        for j in range(OW):
            top, left = i * S, j * S
            dx[:, :, top : top + K, left : left + K] += dcol[:, i, j]  # 重なる窓を足す
    return dx


def alt_col2im_by_weights(dcol, size, K, S):
    N, C, H, W = size
    OH, OW = (H - K) // S + 1, (W - K) // S + 1
    parts = dcol.reshape(N, OH, OW, C, K, K).transpose(0, 3, 4, 5, 1, 2)
    dx = np.zeros(size, dcol.dtype)
    for u in range(K):
        for v in range(K):
            dx[:, :, u : u + S * OH : S, v : v + S * OW : S] += parts[:, :, u, v]
    return dx


def alt_col2im_add_at(dcol, size, K, S):
    N, C, H, W = size
    place = np.arange(N * C * H * W).reshape(size)
    seen = np.lib.stride_tricks.sliding_window_view(place, (K, K), axis=(2, 3))[:, :, ::S, ::S]
    rows = seen.transpose(0, 2, 3, 1, 4, 5).reshape(dcol.shape)
    dx = np.zeros(N * C * H * W, dcol.dtype)
    np.add.at(dx, rows, dcol)
    return dx.reshape(size)


def _columns(d: Draw) -> np.ndarray:
    """Gradients of all windows; how many rows there are follows from what was drawn before."""
    (N, C, H, W), K, S = (d.earlier[name] for name in ("size", "K", "S"))
    rows = N * ((H - K) // S + 1) * ((W - K) // S + 1)
    return (d.rng.normal(size=(rows, C * K * K)) * d.scale).astype(d.dtype)


INPUTS = (
    arrays(
        size=Spec(lambda d: d.shape("N C H W"), frozenset("NCHW")),
        K=integer(2, 3),
        S=constant(1),
        dcol=Spec(_columns),
    )
    .only("dcol", "size", "K", "S")
    .with_sizes(N=(2, 3), C=(2, 4), H=(4, 6), W=(7, 9))
)

COL2IM = Exercise(
    id="cnn-col2im",
    title="col2imの誤りを直す",
    level=2,
    minutes=3,
    statement=r"""
`im2col` の逆伝播です。窓ごとの勾配 `dcol` $(N\cdot OH\cdot OW,\ CK^2)$ を、画素の場所に戻します。
形は合いますが、数値微分と合いません。ストライドがカーネルの幅と同じときだけ合います。
誤りを1か所だけ直してください。
""",
    reference=col2im,
    bug=Edit(
        "+= dcol[:, i, j]  # 重なる窓を足す",
        "= dcol[:, i, j]",
        "代入すると、最後の窓の勾配だけが残ります。1つの画素は複数の窓で使われたので、勾配を足します。",
    ),
    alternatives=[alt_col2im_by_weights, alt_col2im_add_at],
    wrongs=[
        Edit(
            "    return dx\n",
            "    return dx / K**2\n",
            "重なりの平均になっています。使われた回数だけ足し、割りません。",
        ),
        Edit(
            "top, left = i * S, j * S",
            "top, left = i, j",
            "窓の始まりにストライドが掛かっていません。",
        ),
        Edit(
            "reshape(N, OH, OW, C, K, K)",
            "reshape(N, C, K, K, OH, OW).transpose(0, 4, 5, 1, 2, 3)",
            "行は画像・縦・横、列はチャネル・縦・横の順です。(N, OH, OW, C, K, K) に分けます。",
        ),
        Edit(
            "reshape(N, OH, OW, C, K, K)",
            "reshape(N, OW, OH, C, K, K).transpose(0, 2, 1, 3, 4, 5)",
            "行の中で縦と横の位置が入れ替わっています。",
        ),
        Edit(
            "+= dcol[:, i, j]",
            "+= dcol[:, i, j, :, ::-1, ::-1]",
            "窓が反転しています。順伝播で反転していないので、戻すときも反転しません。",
        ),
        Edit(
            "+= dcol[:, i, j]",
            "= np.maximum(dx[:, :, top : top + K, left : left + K], dcol[:, i, j])",
            "大きい方を残しています。重なる窓の勾配は足します。",
        ),
    ],
    checks=standard(
        INPUTS,
        returns=("dx",),
        cases={
            "S = 2 のとき": INPUTS.with_specs(K=constant(3), S=constant(2)).with_sizes(H=6, W=8),
            "窓が重ならないとき": INPUTS.with_specs(K=constant(2), S=constant(2)),
        },
        ones=("N", "C"),
    ),
    hints=[
        "ある画素が2つの窓で使われたら、その画素を動かすと2か所の出力が動きます。",
        "窓が重なる所で、前に入れた値がどうなるかを見ます。",
        "dx[...] += dcol[:, i, j] です。",
    ],
    syllabus=("3.4.i", "3.2.ii"),
)
