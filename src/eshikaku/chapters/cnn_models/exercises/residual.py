"""Exercise cnn-models-residual: find the bug in the shortcut of a residual block."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, constant, standard

INPUTS = arrays(x="N C H W", W1="M C", W2="M M", Ws="M C", S=constant(2)).with_sizes(
    N=(2, 3), C=(2, 3), M=(4, 5), H=(5, 6), W=(7, 8)
)


def residual_block(x, W1, W2, Ws, S):
    """x: (N, C, H, W)、W1、Ws: (M, C)、W2: (M, M) → y: (N, M, OH, OW)"""
    h = np.einsum("mc,nchw->nmhw", W1, x[:, :, ::S, ::S])  # 1×1の畳み込み、ストライド S
    h = np.maximum(h, 0)
    out = np.einsum("om,nmhw->nohw", W2, h)  # (N, M, OH, OW)
    shortcut = np.einsum("mc,nchw->nmhw", Ws, x[:, :, ::S, ::S])  # 本体と同じ位置
    return np.maximum(out + shortcut, 0)


def alt_block_rows(x, W1, W2, Ws, S):
    seen = x[:, :, ::S, ::S].transpose(0, 2, 3, 1)  # (N, OH, OW, C)
    out = np.maximum(seen @ W1.T, 0) @ W2.T + seen @ Ws.T
    return np.where(out > 0, out, 0).transpose(0, 3, 1, 2)


def alt_block_images(x, W1, W2, Ws, S):
    images = []
    for image in x[..., ::S, ::S]:  # (C, OH, OW)
        hidden = np.tensordot(W1, image, axes=1)
        hidden = hidden * (hidden > 0)
        total = np.tensordot(W2, hidden, axes=1) + np.tensordot(Ws, image, axes=1)
        images.append(np.maximum(total, 0))
    return np.stack(images)


RESIDUAL = Exercise(
    id="cnn-models-residual",
    title="Residual Blockのショートカットを直す",
    level=2,
    minutes=3,
    statement=r"""
チャネル数を $C$ から $M$ に、縦横をストライド $S$ で小さくするResidual Blockです。
本体は、1×1の畳み込み（ストライド $S$）、ReLU、1×1の畳み込みです（正規化は省いてあります）。
ショートカットは、ストライド $S$ の1×1の畳み込みで、足した後にReLUを通します。

形は合いますが、出力が正しくありません。$S=1$ では正しく動きます。誤りを1か所だけ直してください。
""",
    reference=residual_block,
    bug=Edit(
        "Ws, x[:, :, ::S, ::S])  # 本体と同じ位置",
        "Ws, x[:, :, : h.shape[2], : h.shape[3]])",
        "ショートカットが左上を切り取っています。本体と同じく、ストライド S で取り出します。",
    ),
    alternatives=[alt_block_rows, alt_block_images],
    wrongs=[
        Edit(
            "return np.maximum(out + shortcut, 0)",
            "return np.maximum(out, 0) + shortcut",
            "ReLUを足す前に通しています。足した後に通します。",
        ),
        Edit(
            "return np.maximum(out + shortcut, 0)",
            "return out + shortcut",
            "足した後のReLUが抜けています。",
        ),
        Edit(
            "return np.maximum(out + shortcut, 0)",
            "return np.maximum(out, 0)",
            "ショートカットを足していません。",
        ),
        Edit(
            "return np.maximum(out + shortcut, 0)",
            "return np.maximum(out * shortcut, 0)",
            "掛けています。残差接続は足し算です。",
        ),
        Edit(
            "return np.maximum(out + shortcut, 0)",
            "return np.maximum(out + np.maximum(shortcut, 0), 0)",
            "ショートカットにReLUを通しています。ショートカットは線形のままにします。",
        ),
        Edit("    h = np.maximum(h, 0)\n", "", "本体の途中のReLUが抜けています。"),
        Edit(
            "Ws, x[:, :, ::S, ::S])  # 本体と同じ位置",
            "W1, x[:, :, ::S, ::S])",
            "ショートカットが本体の重み W1 を使っています。Ws を使います。",
        ),
        Edit(
            {
                "Ws, x[:, :, ::S, ::S])  # 本体と同じ位置": "Ws, x[:, :, S - 1 :: S, S - 1 :: S])",
                "return np.maximum(out + shortcut, 0)": (
                    "rows, columns = shortcut.shape[2:]\n"
                    "    total = out.copy()\n"
                    "    total[:, :, :rows, :columns] += shortcut\n"
                    "    return np.maximum(total, 0)"
                ),
            },
            message="ショートカットの位置がずれています。先頭の画素から S おきに取ります。",
        ),
    ],
    checks=standard(
        INPUTS,
        returns=("y",),
        cases={"S = 1 のとき": INPUTS.with_specs(S=constant(1))},
        scales=(),
        ones=("N", "C"),
    ),
    hints=[
        "S = 1 と S = 2 で違いが出るのは、画素を選ぶ所です。",
        "本体とショートカットが、それぞれ x のどの画素を使っているかを比べます。",
        "ショートカットにも x[:, :, ::S, ::S] を使います。",
    ],
    syllabus=("4.1.i",),
)
