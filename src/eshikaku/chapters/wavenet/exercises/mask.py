"""Exercise wavenet-mask: write the masks A and B of a PixelCNN."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, constant, standard
from eshikaku.exercises.inputs import choice

INPUTS = arrays(K=choice(3, 5, 7), kind=choice("A", "B"))


def pixel_mask(K, kind):
    """K: カーネルの一辺（奇数）、kind: "A" か "B" → (K, K)。使う重みが1、使わない重みが0"""
    m = K // 2
    mask = np.zeros((K, K), int)
    mask[:m] = 1  # 上の行は全部
    mask[m, :m] = 1  # 同じ行の左
    if kind == "B":
        mask[m, m] = 1  # 中央
    return mask


def alt_mask_flat(K, kind):
    mask = np.zeros(K * K, int)
    mask[: K * K // 2 + (kind == "B")] = 1
    return mask.reshape(K, K)


def alt_mask_order(K, kind):
    order = np.arange(K * K).reshape(K, K)
    centre = K * K // 2
    return (order <= centre if kind == "B" else order < centre).astype(int)


MASK = Exercise(
    id="wavenet-mask",
    title="PixelCNNのマスク",
    level=2,
    minutes=4,
    statement=r"""
画素を左上から行ごとに並べます。
$K\times K$ の畳み込みが、中央より**前**の画素だけを見るマスクを作ってください。
マスクAは中央を含めず、マスクBは中央を含めます。$K$ は奇数です。
""",
    reference=pixel_mask,
    alternatives=[alt_mask_flat, alt_mask_order],
    wrongs=[
        Edit(
            'kind == "B"',
            'kind == "A"',
            "AとBが逆です。中央を含めるのはマスクBです。",
        ),
        Edit(
            "mask[:m] = 1",
            "mask[:m, : m + 1] = 1",
            "右上の画素が隠れています。上の行は、右側も順序が前です。",
        ),
        Edit(
            "mask[m, :m] = 1",
            "pass",
            "中央の行の左側が使われていません。",
        ),
        Edit(
            "mask[m, :m] = 1",
            "mask[m, m + 1 :] = 1",
            "中央の行で、右（後の画素）を見ています。",
        ),
        Edit(
            "mask[:m] = 1",
            "mask[m + 1 :] = 1",
            "下の行（後の画素）を見ています。",
        ),
        Edit(
            "mask[:m] = 1",
            "mask[:, :m] = 1",
            "左の列を全部使っています。左下の画素は、順序が後です。",
        ),
    ],
    checks=standard(
        INPUTS,
        returns=("mask",),
        cases={
            "マスクA": INPUTS.with_specs(kind=constant("A")),
            "マスクB": INPUTS.with_specs(kind=constant("B")),
        },
        scales=(),
        float32=False,
    ),
    hints=[
        "中央は (K // 2, K // 2) です。",
        "前の画素は、上の行の全部と、同じ行の左です。",
        "平らに並べると、前から K * K // 2 個が1です。マスクBはもう1個多くなります。",
    ],
    syllabus=("4.6.i",),
)
