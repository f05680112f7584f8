"""Exercise cnn-cost: complete output size, parameters and multiply–accumulates."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, constant, standard
from eshikaku.exercises.inputs import integer

INPUTS = arrays(
    C=integer(2, 9),
    M=integer(10, 20),
    H=integer(12, 20),
    W=integer(21, 30),
    K=integer(3, 5),
    S=integer(2, 3),
    P=integer(2, 3),
)


def conv_cost(C, M, H, W, K, S, P):
    """C チャネルの H×W を、K×K のカーネル M 枚で畳み込む → OH, OW, パラメータ数, 積和の回数"""
    OH = (H + 2 * P - K) // S + 1
    OW = (W + 2 * P - K) // S + 1
    kernel = C * K * K  # カーネル1枚の重みの数
    parameters = kernel * M + M  # バイアスは出力チャネルごとに1個
    macs = kernel * M * OH * OW
    return OH, OW, parameters, macs


def alt_cost_by_counting(C, M, H, W, K, S, P):
    OH = len(range(0, H + 2 * P - K + 1, S))
    OW = len(range(0, W + 2 * P - K + 1, S))
    return OH, OW, M * (C * K**2 + 1), OH * OW * M * C * K**2


def alt_cost_of_shapes(C, M, H, W, K, S, P):
    weight = np.empty((M, C, K, K))
    OH, OW = (int(np.floor((size + 2 * P - K) / S)) + 1 for size in (H, W))
    return OH, OW, weight.size + len(weight), weight.size * OH * OW


COST = Exercise(
    id="cnn-cost",
    title="出力の大きさ、パラメータ数、積和の回数",
    level=1,
    minutes=3,
    statement=r"""
$C$ チャネル、$H\times W$ の画像1枚を畳み込みます。
カーネルは $K\times K$ で $M$ 枚（バイアスあり）、ストライドは $S$、パディングは $P$ です。

出力の縦と横、パラメータ数、積和演算の回数を返してください。
余りは切り捨てます。バイアスの足し算は回数に入れません。どれも整数です。
""",
    reference=conv_cost,
    blanks=(
        "(H + 2 * P - K) // S + 1",
        "kernel * M + M",
        "kernel * M * OH * OW",
    ),
    alternatives=[alt_cost_by_counting, alt_cost_of_shapes],
    wrongs=[
        Edit(
            {
                "(H + 2 * P - K) // S + 1": "(H + P - K) // S + 1",
                "(W + 2 * P - K) // S + 1": "(W + P - K) // S + 1",
            },
            message="パディングは両側に付きます。足すのは 2P です。",
        ),
        Edit(
            {
                "(H + 2 * P - K) // S + 1": "(H + 2 * P - K) // S",
                "(W + 2 * P - K) // S + 1": "(W + 2 * P - K) // S",
            },
            message="始めの1か所が抜けています。動ける回数に1を足します。",
        ),
        Edit(
            {
                "(H + 2 * P - K) // S + 1": "(H + 2 * P - K + 1) // S",
                "(W + 2 * P - K) // S + 1": "(W + 2 * P - K + 1) // S",
            },
            message="1を足すのは、ストライドで割って切り捨てた後です。",
        ),
        Edit("kernel * M + M", "kernel * M", "バイアスが抜けています。出力チャネルごとに1個です。"),
        Edit(
            "kernel * M + M",
            "(kernel * M + M) * OH * OW",
            "パラメータ数に出力の大きさが掛かっています。重みは全位置で共有されます。",
        ),
        Edit(
            "kernel * M * OH * OW",
            "kernel * M",
            "積和は出力の位置ごとに行います。OH·OW を掛けます。",
        ),
        Edit(
            "kernel * M * OH * OW",
            "kernel * M * H * W",
            "掛けるのは入力の画素の数ではなく、出力の位置の数です。",
        ),
        Edit("C * K * K", "K * K", "カーネル1枚は全入力チャネルにまたがります。C を掛けます。"),
    ],
    checks=standard(
        INPUTS,
        returns=("OH", "OW", "パラメータ数", "積和"),
        cases={
            "余りが出るとき": INPUTS.with_specs(
                H=constant(13), W=constant(22), K=constant(4), S=constant(2), P=constant(2)
            )
        },
        scales=(),
        float32=False,
    ),
    hints=[
        "パディングした幅から、カーネルの幅を引いた分だけ動けます。",
        "パラメータ数は「カーネル1枚の重み」× M とバイアス M 個です。",
        "(H + 2 * P - K) // S + 1、kernel * M + M、kernel * M * OH * OW です。",
    ],
    syllabus=("3.4.i",),
)
