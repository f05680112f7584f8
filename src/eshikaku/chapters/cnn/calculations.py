"""Numbers behind the questions of chapter 12: every key is computed from what is shown."""

from __future__ import annotations

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import integers, pick


def _out(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def conv_output_size(rng: np.random.Generator) -> Calculation | None:
    """Output size of a convolution whose stride leaves a rest."""
    size, kernel = int(rng.integers(20, 65)), pick(rng, 3, 5, 7)
    stride, padding = pick(rng, 2, 3), int(rng.integers(1, 4))
    room = size + 2 * padding - kernel
    if room % stride == 0:
        return None
    return Calculation(
        values={"I": size, "K": kernel, "S": stride, "P": padding},
        answer=room // stride + 1,
        near=(
            Near(room // stride, "始めの1か所を足していません。"),
            Near(room // stride + 2, "余りは切り上げず、切り捨てます。"),
            Near(room + 1, "ストライドで割っていません。"),
        ),
        steps=(
            Step("padded", f"両側に {padding} ずつ足した大きさは @{{?}}", size + 2 * padding),
            Step(
                "moves",
                f"動ける回数は $\\lfloor({size + 2 * padding}-{kernel})/{stride}\\rfloor=$ @{{?}}",
                room // stride,
            ),
            Step("size", "始めの1か所を足して @{?}", room // stride + 1),
        ),
    )


def dilated_output_size(rng: np.random.Generator) -> Calculation:
    """Output size of a dilated convolution with stride 1 and no padding."""
    size, kernel, dilation = int(rng.integers(24, 65)), pick(rng, 3, 5), pick(rng, 2, 3, 4)
    covered = dilation * (kernel - 1) + 1
    return Calculation(
        values={"I": size, "K": kernel, "D": dilation},
        answer=size - covered + 1,
        near=(
            Near(size - kernel + 1, "膨張率が使われていません。"),
            Near(size - kernel * dilation + 1, "覆う幅は $DK$ ではなく $D(K-1)+1$ です。"),
            Near(size - covered, "始めの1か所を足していません。"),
        ),
        steps=(
            Step("covered", f"覆う幅 ${dilation}\\times({kernel}-1)+1=$ @{{?}}", covered),
            Step("size", f"置ける場所 ${size}-{covered}+1=$ @{{?}}", size - covered + 1),
        ),
    )


def transposed_output_size(rng: np.random.Generator) -> Calculation:
    """Output size of a transposed convolution."""
    size, stride = int(rng.integers(5, 33)), pick(rng, 2, 3)
    kernel, padding = int(rng.integers(stride + 1, 6)), int(rng.integers(1, 3))
    spread = (size - 1) * stride
    answer = spread + kernel - 2 * padding
    return Calculation(
        values={"I": size, "K": kernel, "S": stride, "P": padding},
        answer=answer,
        near=(
            Near(spread + kernel + 2 * padding, "転置畳み込みの $P$ は、出力の両端を削ります。"),
            Near(size * stride, "$S$ 倍になるのは $K-2P=S$ のときだけです。"),
            Near(_out(size, kernel, stride, padding), "これは（転置でない）畳み込みの出力です。"),
        ),
        steps=(
            Step("spread", f"最後の入力が置かれる位置 $({size}-1)\\times{stride}=$ @{{?}}", spread),
            Step("full", f"カーネルの幅 {kernel} を足して @{{?}}", spread + kernel),
            Step("cut", f"両端を {padding} ずつ削って @{{?}}", answer),
        ),
    )


def conv_parameters(rng: np.random.Generator) -> Calculation:
    """Weights and biases of a Conv2d."""
    kernel, c, m = pick(rng, 3, 5), 8 * int(rng.integers(1, 9)), 16 * int(rng.integers(1, 9))
    size = pick(rng, 14, 28, 56)
    weights = kernel * kernel * c * m
    return Calculation(
        values={"K": kernel, "C": c, "M": m, "I": size},
        answer=weights + m,
        near=(
            Near(weights, "出力チャネルごとのバイアスが抜けています。"),
            Near(weights + c, "バイアスは入力チャネルごとではなく、出力チャネルごとに1個です。"),
            Near(kernel * kernel * m + m, "カーネルは全入力チャネルにまたがります。"),
            Near(
                (weights + m) * size * size,
                "重みは全位置で共有されます。画像の大きさは掛かりません。",
            ),
        ),
        steps=(
            Step("kernel", f"カーネル1枚は ${kernel}^2\\times{c}=$ @{{?}} 個", kernel**2 * c),
            Step("weights", f"{m} 枚で @{{?}} 個", weights),
            Step("bias", f"バイアス {m} 個を足して @{{?}}", weights + m),
        ),
    )


def conv_macs(rng: np.random.Generator) -> Calculation:
    """Multiply–accumulates of a Conv2d without bias."""
    kernel, c, m = 3, 8 * int(rng.integers(1, 5)), 8 * int(rng.integers(1, 5))
    size, stride = 2 * int(rng.integers(4, 15)), pick(rng, 1, 2)
    out = _out(size, kernel, stride, 1)
    weights = kernel * kernel * c * m
    near = [
        Near(weights, "これはパラメータ数です。積和は出力の位置ごとに行います。"),
        Near(weights * out, "縦と横の両方を掛けます。"),
        Near(kernel * kernel * m * out * out, "入力チャネルについての和が抜けています。"),
    ]
    if stride == 2:
        near.append(Near(weights * size * size, "掛けるのは入力ではなく、出力の位置の数です。"))
    return Calculation(
        values={"K": kernel, "C": c, "M": m, "I": size, "S": stride},
        answer=weights * out * out,
        near=near,
        steps=(
            Step("size", "出力の縦と横は @{?}", out),
            Step("one", f"出力1個に ${kernel}^2\\times{c}=$ @{{?}} 回", kernel**2 * c),
            Step("all", f"出力 ${m}\\times{out}^2$ 個で @{{?}} 回", weights * out * out),
        ),
    )


def receptive_field(rng: np.random.Generator) -> Calculation:
    """Receptive field after convolution, pooling, convolution."""
    first, second, pool = pick(rng, 3, 5, 7), pick(rng, 3, 5), pick(rng, 2, 3)
    after_pool = first + pool - 1
    answer = after_pool + (second - 1) * pool
    return Calculation(
        values={"K1": first, "Q": pool, "K2": second},
        answer=answer,
        near=(
            Near(after_pool + second - 1, "プーリングの後では、1画素の隣は入力で $Q$ 画素先です。"),
            Near(first + second - 1, "プーリングが覆う幅と刻みが入っていません。"),
            Near(first + pool + second, "幅を足すときは、重なる1画素を引きます。"),
        ),
        steps=(
            Step("first", f"1層目の後の受容野は {first}、刻みは1"),
            Step("pool", f"プーリングの後は ${first}+({pool}-1)\\times1=$ @{{?}}", after_pool),
            Step("jump", f"刻みは {pool} になる"),
            Step("second", f"2層目の後は ${after_pool}+({second}-1)\\times{pool}=$ @{{?}}", answer),
        ),
    )


def im2col_size(rng: np.random.Generator) -> Calculation:
    """Rows and columns of im2col's matrix: one row a place, one column a weight."""
    n, c = integers(rng, 2, 8, 2)
    size, kernel, stride = int(rng.integers(8, 25)), pick(rng, 3, 5), pick(rng, 1, 2)
    out = _out(size, kernel, stride)
    rows, columns = n * out * out, c * kernel * kernel
    return Calculation(
        values={"N": n, "C": c, "I": size, "K": kernel, "S": stride, "columns": columns},
        answer=rows,
        near=(
            Near(out * out, "画像の枚数だけ縦に並びます。"),
            Near(n * size * size, "行は入力の画素ではなく、カーネルを置く位置ごとに1本です。"),
            Near(columns, "これは列の数（カーネル1枚の重みの数）です。"),
            Near(n * c * out * out, "チャネルは列の側に並びます。"),
        ),
        steps=(
            Step("size", "出力の縦と横は @{?}", out),
            Step("rows", f"${n}\\times{out}\\times{out}=$ @{{?}}", rows),
        ),
    )


def grouped_parameters(rng: np.random.Generator) -> Calculation:
    """Weights of a grouped convolution without bias."""
    groups = pick(rng, 2, 4, 8)
    c, m = groups * 4 * int(rng.integers(1, 5)), groups * 4 * int(rng.integers(1, 5))
    kernel = pick(rng, 3, 5)
    plain = kernel * kernel * c * m
    return Calculation(
        values={"K": kernel, "C": c, "M": m, "G": groups},
        answer=plain // groups,
        near=(
            Near(plain, "これはグループに分けないときの数です。"),
            Near(plain // groups**2, "グループは $G$ 個あるので、1組の数を $G$ 倍します。"),
            Near(plain * groups, "分けると減ります。"),
        ),
        steps=(
            Step(
                "one",
                f"1組は入力 {c // groups}、出力 {m // groups} チャネルで @{{?}} 個",
                plain // groups**2,
            ),
            Step("all", f"{groups} 組で @{{?}} 個", plain // groups),
        ),
    )


def separable_weights(rng: np.random.Generator) -> Calculation:
    """Weights of a depthwise and a pointwise convolution in place of one plain convolution."""
    kernel, c, m = pick(rng, 3, 5), 8 * int(rng.integers(2, 9)), 8 * int(rng.integers(2, 9))
    depthwise, pointwise = kernel * kernel * c, c * m
    return Calculation(
        values={"K": kernel, "C": c, "M": m, "plain": kernel * kernel * c * m},
        answer=depthwise + pointwise,
        near=(
            Near(kernel * kernel * c * m, "これは通常の畳み込みの数です。"),
            Near(depthwise * pointwise, "2つの層を順に置くので、積ではなく和です。"),
            Near(kernel * kernel * m + pointwise, "depthwiseの枚数は入力チャネルの数です。"),
            Near(depthwise + m, "pointwiseの1枚は全入力チャネルにまたがります。"),
        ),
        steps=(
            Step("depthwise", f"depthwiseは ${kernel}^2\\times{c}=$ @{{?}}", depthwise),
            Step("pointwise", f"pointwiseは ${c}\\times{m}=$ @{{?}}", pointwise),
            Step("sum", "合わせて @{?}", depthwise + pointwise),
        ),
    )


def conv_by_hand(rng: np.random.Generator) -> Calculation | None:
    """One place of a 2×2 kernel over a 3×3 image: cross-correlation, as frameworks compute it."""
    x = rng.integers(0, 5, (3, 3))
    w = rng.integers(-2, 3, (2, 2))
    window = x[1:, :2]  # lower left
    answer = int((window * w).sum())
    if answer == 0:
        return None
    return Calculation(
        values={
            **{f"x{i}{j}": int(x[i, j]) for i in range(3) for j in range(3)},
            **{f"w{i}{j}": int(w[i, j]) for i in range(2) for j in range(2)},
        },
        answer=answer,
        near=(
            Near(int((window * w[::-1, ::-1]).sum()), "カーネルを反転しています。"),
            Near(int((x[:2, 1:] * w).sum()), "行と列が入れ替わり、右上の窓を使っています。"),
            Near(int((window * w.T).sum()), "カーネルを転置しています。"),
        ),
        steps=(
            Step("window", "左下の窓は、2〜3行目の1〜2列目の4個です。"),
            Step("sum", "カーネルと成分ごとに掛けて足すと @{?}", answer),
        ),
    )


def lp_pooling(rng: np.random.Generator) -> Calculation:
    """L2 pooling of one 2×2 window, as a sum."""
    a, b, c, d = integers(rng, 0, 6, 4)
    answer = float(np.sqrt(a * a + b * b + c * c + d * d))
    return Calculation(
        values={"a": a, "b": b, "c": c, "d": d},
        answer=answer,
        near=(
            Near(max(a, b, c, d), "これは最大プーリングの値です。"),
            Near((a + b + c + d) / 4, "これは平均プーリングの値です。"),
            Near(a * a + b * b + c * c + d * d, "平方根を取っていません。"),
            Near(answer / 2, "和の平方根です。4で割ってから平方根を取るのではありません。"),
        ),
        steps=(
            Step("squares", "2乗の和は @{?}", a * a + b * b + c * c + d * d),
            Step("root", "平方根を取って @{?}", round(answer, 4)),
        ),
    )


def covering_windows(rng: np.random.Generator) -> Calculation:
    """How many windows see one pixel well inside the image: what col2im adds there."""
    kernel, stride = pick(
        rng, *((n, 1) for n in (2, 3, 4, 5)), *((n, 2) for n in (4, 6, 8)), (6, 3), (9, 3), (8, 4)
    )
    across = kernel // stride
    return Calculation(
        values={"K": kernel, "S": stride},
        answer=across * across,
        near=(
            Near(across, "縦と横の両方で重なります。"),
            Near(kernel * kernel, "ストライドが1なら、この数です。")
            if stride > 1
            else Near(kernel * kernel - 1, "その画素から始まる窓も数えます。"),
            Near(1, "窓は重なって動くので、1つの画素は複数の窓に現れます。"),
        ),
        steps=(
            Step("line", f"1方向に ${kernel}/{stride}=$ @{{?}} 個の窓が重なります", across),
            Step("both", "縦と横で @{?} 個", across * across),
        ),
    )
