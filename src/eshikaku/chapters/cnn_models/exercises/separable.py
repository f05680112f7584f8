"""Exercise cnn-models-separable: complete the cost of a depthwise separable convolution."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, standard
from eshikaku.exercises.inputs import integer

INPUTS = arrays(
    C=integer(3, 9),
    M=integer(10, 20),
    H=integer(21, 25),
    W=integer(26, 30),
    K=integer(5, 7),
)


def separable_cost(C, M, H, W, K):
    """C チャネルの H×W を、同じ大きさの M チャネルにする → 重みの数、積和、通常の畳み込みの積和"""
    depthwise = K * K * C  # 1チャネルに1枚
    pointwise = C * M  # 1×1
    parameters = depthwise + pointwise
    macs = parameters * H * W
    plain = K * K * C * M * H * W  # 通常の畳み込みの積和
    return parameters, macs, plain


def alt_cost_formula(C, M, H, W, K):
    return C * (K**2 + M), H * W * C * (K**2 + M), H * W * C * M * K**2


def alt_cost_of_shapes(C, M, H, W, K):
    weights = [np.empty((C, 1, K, K)), np.empty((M, C, 1, 1))]
    macs = sum(w.size * H * W for w in weights)
    return sum(w.size for w in weights), macs, np.empty((M, C, K, K)).size * H * W


SEPARABLE = Exercise(
    id="cnn-models-separable",
    title="depthwise separable畳み込みの費用",
    level=1,
    minutes=2,
    statement=r"""
$C$ チャネル、$H\times W$ の特徴マップを、$K\times K$ のdepthwise畳み込みと
1×1のpointwise畳み込みで、同じ大きさの $M$ チャネルにします。バイアスはありません。

重みの数、積和演算の回数、通常の $K\times K$ の畳み込みの積和演算の回数を返してください。
どれも整数です。
""",
    reference=separable_cost,
    blanks=("K * K * C  # 1チャネルに1枚", "C * M  # 1×1", "parameters * H * W"),
    alternatives=[alt_cost_formula, alt_cost_of_shapes],
    wrongs=[
        Edit(
            "K * K * C  # 1チャネルに1枚",
            "K * K * M",
            "depthwiseのカーネルは、入力チャネル C に1枚ずつです。",
        ),
        Edit(
            "K * K * C  # 1チャネルに1枚",
            "K * K",
            "depthwiseのカーネルはチャネルごとに別です。C 枚あります。",
        ),
        Edit(
            "K * K * C  # 1チャネルに1枚",
            "K * K * C * C",
            "depthwiseはチャネルを混ぜません。1枚のカーネルが見るのは1チャネルです。",
        ),
        Edit("C * M  # 1×1", "M", "pointwiseの1枚は、全入力チャネル C にまたがります。"),
        Edit("C * M  # 1×1", "C + M", "pointwiseは入力と出力の組ごとに1個です。和でなく積です。"),
        Edit(
            "depthwise + pointwise",
            "depthwise * pointwise",
            "2つの層を順に置くので、重みの数は積ではなく和です。",
        ),
        Edit(
            "macs = parameters * H * W",
            "macs = parameters",
            "積和は、出力の位置ごとに行います。H·W を掛けます。",
        ),
        Edit(
            "plain = K * K * C * M * H * W",
            "plain = K * K * M * H * W",
            "通常の畳み込みの1枚のカーネルは、全入力チャネル C にまたがります。",
        ),
    ],
    checks=standard(INPUTS, returns=("重みの数", "積和", "通常の積和"), scales=(), float32=False),
    hints=[
        "depthwiseは縦横を、pointwiseはチャネルを混ぜます。",
        "どちらも出力は H×W なので、積和は重みの数の H·W 倍です。",
        "K * K * C、C * M、parameters * H * W です。",
    ],
    syllabus=("3.4.i",),
)
