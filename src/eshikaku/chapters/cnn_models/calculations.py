"""Numbers behind the questions of chapter 13: every key is computed from what is shown."""

from __future__ import annotations

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import integers, pick


def batchnorm_by_hand(rng: np.random.Generator) -> Calculation | None:
    """Batch normalisation of four numbers, with γ and β; ε is left out."""
    a, b, c, d = integers(rng, 0, 9, 4)
    gamma, beta = pick(rng, 2, 3, 4), pick(rng, -1, 1, 2)
    x = np.array([a, b, c, d], float)
    mean, variance = float(x.mean()), float(x.var())
    if len({a, b, c, d}) < 3 or variance < 1 or abs(d - mean) < 0.5:
        return None
    hat = float((d - mean) / np.sqrt(variance))
    unbiased = float((d - mean) / x.std(ddof=1))
    return Calculation(
        values={"a": a, "b": b, "c": c, "d": d, "g": gamma, "s": beta},
        answer=gamma * hat + beta,
        near=(
            Near(gamma * unbiased + beta, "バッチの正規化には、3でなく4で割った分散を使います。"),
            Near(gamma * (d - mean) / variance + beta, "分散でなく標準偏差で割ります。"),
            Near(hat, "$\\gamma$ と $\\beta$ を使っていません。"),
            Near(gamma * (hat + beta), "$\\beta$ は $\\gamma$ を掛けた後に足します。"),
            Near(gamma * d / np.sqrt(variance) + beta, "平均を引いていません。"),
        ),
        steps=(
            Step("mean", "平均 $\\mu=$ @{?}", mean),
            Step("variance", "4で割った分散 $\\sigma^2=$ @{?}", round(variance, 4)),
            Step("hat", "$\\hat x=(x_4-\\mu)/\\sigma=$ @{?}", round(hat, 4)),
            Step("y", f"${gamma}\\hat x+({beta})=$ @{{?}}", round(gamma * hat + beta, 4)),
        ),
    )


def running_variance(rng: np.random.Generator) -> Calculation | None:
    """One update of PyTorch's running variance: momentum of the new, unbiased."""
    a, b, c, d = integers(rng, 0, 9, 4)
    old, momentum = pick(rng, 1, 2, 4), pick(rng, 0.1, 0.2)
    x = np.array([a, b, c, d], float)
    biased, unbiased = float(x.var()), float(x.var(ddof=1))
    if biased < 2 or abs(unbiased - old) < 2:
        return None
    return Calculation(
        values={"a": a, "b": b, "c": c, "d": d, "r": old, "m": momentum},
        answer=(1 - momentum) * old + momentum * unbiased,
        near=(
            Near(
                (1 - momentum) * old + momentum * biased,
                "`running_var` には、$m-1=3$ で割った不偏分散が入ります。",
            ),
            Near(
                momentum * old + (1 - momentum) * unbiased,
                "PyTorchの `momentum` は新しい値の重みです。",
            ),
            Near(unbiased, "前の値と混ぜていません。"),
            Near(old + momentum * unbiased, "前の値に $1-$`momentum` を掛けます。"),
        ),
        steps=(
            Step("squares", "偏差の2乗の和は @{?}", 4 * biased),
            Step("unbiased", "3で割った不偏分散は @{?}", round(unbiased, 4)),
            Step(
                "mixed",
                f"$(1-{momentum})\\times{old}+{momentum}\\times$ 不偏分散 $=$ @{{?}}",
                round((1 - momentum) * old + momentum * unbiased, 4),
            ),
        ),
    )


def statistics_size(rng: np.random.Generator) -> Calculation:
    """How many values share one mean in a group normalisation."""
    groups = pick(rng, 2, 4, 8)
    per = pick(rng, 2, 3, 4)
    N, H = pick(rng, 5, 6, 7, 10), pick(rng, 4, 8, 9, 12)
    C = groups * per
    return Calculation(
        values={"N": N, "C": C, "H": H, "G": groups},
        answer=per * H * H,
        near=(
            Near(N * H * H, "バッチ方向に平均するのはBatch Normalizationです。"),
            Near(C * H * H, "全チャネルを1組にするのは、$G=1$（Layer Normalization）のときです。"),
            Near(H * H, "1チャネルを1組にするのは、$G=C$（Instance Normalization）のときです。"),
            Near(groups * H * H, "$G$ は組の数です。1組のチャネルは $C/G$ 枚です。"),
            Near(N * per * H * H, "画像ごとに別の平均を使います。"),
        ),
        steps=(
            Step("channels", f"1組のチャネルは ${C}/{groups}=$ @{{?}} 枚", per),
            Step("values", f"${per}\\times{H}\\times{H}=$ @{{?}} 個", per * H * H),
        ),
    )


def norm_parameters(rng: np.random.Generator) -> Calculation:
    """Learned parameters of BatchNorm2d(C) and of PyTorch's LayerNorm((C, H, W)), together."""
    C, H = 4 * int(rng.integers(2, 9)), pick(rng, 4, 5, 6, 7, 8)
    layer = 2 * C * H * H
    return Calculation(
        values={"C": C, "H": H},
        answer=layer - 2 * C,
        near=(
            Near(layer // 2 - C, "$\\gamma$ と $\\beta$ の両方を数えます。"),
            Near(layer - 4 * C, "移動平均（`running_mean`、`running_var`）は学習されません。"),
            Near(layer, "Batch Normalizationの $2C$ 個を引いていません。"),
            Near(layer - C, "Batch Normalizationにも、$\\gamma$ と $\\beta$ があります。"),
        ),
        steps=(
            Step("batch", f"BatchNorm2dはチャネルごとに2個で $2\\times{C}=$ @{{?}}", 2 * C),
            Step(
                "layer",
                f"LayerNormは要素ごとに2個で $2\\times{C}\\times{H}\\times{H}=$ @{{?}}",
                layer,
            ),
            Step("difference", "差は @{?}", layer - 2 * C),
        ),
    )


def residual_parameters(rng: np.random.Generator) -> Calculation:
    """Convolution weights of a basic block that changes the channels, projection included."""
    C = 8 * int(rng.integers(2, 17))
    M = 2 * C
    first, second, shortcut = 9 * C * M, 9 * M * M, C * M
    return Calculation(
        values={"C": C, "M": M},
        answer=first + second + shortcut,
        near=(
            Near(first + second, "ショートカットの1×1の畳み込みが抜けています。"),
            Near(2 * first + shortcut, "2つ目の畳み込みの入力は $M$ チャネルです。"),
            Near(first + second + 9 * shortcut, "ショートカットは3×3でなく1×1です。"),
            Near(first + second + M * M, "ショートカットの入力は、ブロックの入力 $x$ です。"),
        ),
        steps=(
            Step("first", f"1つ目 $9\\times{C}\\times{M}=$ @{{?}}", first),
            Step("second", f"2つ目 $9\\times{M}\\times{M}=$ @{{?}}", second),
            Step("shortcut", f"ショートカット ${C}\\times{M}=$ @{{?}}", shortcut),
            Step("sum", "合わせて @{?}", first + second + shortcut),
        ),
    )


def bottleneck_parameters(rng: np.random.Generator) -> Calculation:
    """Convolution weights of a bottleneck block with an identity shortcut."""
    C = 32 * int(rng.integers(2, 17))
    inner = C // 4
    ends, middle = C * inner, 9 * inner * inner
    return Calculation(
        values={"C": C, "B": inner},
        answer=2 * ends + middle,
        near=(
            Near(2 * 9 * C * C, "これは、3×3を2つ重ねた通常のブロックの数です。"),
            Near(ends + middle, "1×1は、減らすものと増やすものの2つあります。"),
            Near(2 * ends + 9 * C * inner, "3×3は、入力も出力も狭いチャネル数です。"),
            Near(2 * 9 * ends + middle, "両端は1×1の畳み込みです。"),
            Near(2 * ends + middle + C * C, "恒等写像のショートカットに重みはありません。"),
        ),
        steps=(
            Step("down", f"1×1で減らす ${C}\\times{inner}=$ @{{?}}", ends),
            Step("middle", f"3×3 $9\\times{inner}\\times{inner}=$ @{{?}}", middle),
            Step("up", f"1×1で増やす ${inner}\\times{C}=$ @{{?}}", ends),
            Step("sum", "合わせて @{?}", 2 * ends + middle),
        ),
    )


def separable_ratio(rng: np.random.Generator) -> Calculation:
    """Products of a depthwise separable block over those of a plain convolution."""
    K, C, M = pick(rng, 3, 5), 16 * int(rng.integers(1, 9)), pick(rng, 8, 16, 32, 64)
    H = pick(rng, 14, 28, 56)
    return Calculation(
        values={"K": K, "C": C, "M": M, "H": H},
        answer=1 / M + 1 / K**2,
        near=(
            Near(1 / C + 1 / K**2, "$1/C$ でなく $1/M$（出力チャネル）です。")
            if C != M
            else Near(1 / (M + K**2), "比は和 $1/M+1/K^2$ です。"),
            Near(1 / K**2, "pointwiseの積和だけを数えています。"),
            Near(1 / M, "depthwiseの積和だけを数えています。"),
            Near(1 / M + 1 / K, "カーネルの面積は $K^2$ です。"),
            Near(1 / (M * K**2), "2つの層は順に置くので、積ではなく和です。"),
        ),
        steps=(
            Step(
                "plain",
                f"通常 ${H}^2\\times{K}^2\\times{C}\\times{M}=$ @{{?}}",
                H * H * K * K * C * M,
            ),
            Step(
                "depthwise", f"depthwise ${H}^2\\times{K}^2\\times{C}=$ @{{?}}", H * H * K * K * C
            ),
            Step("pointwise", f"pointwise ${H}^2\\times{C}\\times{M}=$ @{{?}}", H * H * C * M),
            Step("ratio", "和を通常の数で割ると @{?}", round(1 / M + 1 / K**2, 4)),
        ),
    )


def separable_macs(rng: np.random.Generator) -> Calculation:
    """Products of one depthwise separable block."""
    C, M = 8 * int(rng.integers(1, 7)), 8 * int(rng.integers(7, 13))
    H, K = pick(rng, 7, 10, 14, 20), 3
    depthwise, pointwise = H * H * C * K * K, H * H * C * M
    return Calculation(
        values={"C": C, "M": M, "H": H},
        answer=depthwise + pointwise,
        near=(
            Near(H * H * K * K * C * M, "これは通常の3×3の畳み込みの回数です。"),
            Near(H * H * K * K * M + pointwise, "depthwiseは入力チャネル $C$ 枚に行います。"),
            Near(K * K * C + C * M, "これはパラメータ数です。$H\\cdot W$ を掛けます。"),
            Near(depthwise + H * H * M, "pointwiseは全入力チャネルを混ぜます。"),
        ),
        steps=(
            Step("depthwise", f"depthwise ${H}^2\\times{C}\\times9=$ @{{?}}", depthwise),
            Step("pointwise", f"pointwise ${H}^2\\times{C}\\times{M}=$ @{{?}}", pointwise),
            Step("sum", "合わせて @{?}", depthwise + pointwise),
        ),
    )


def densenet_channels(rng: np.random.Generator) -> Calculation:
    """Channels after a dense block and a transition that halves them."""
    C, growth, layers = 2 * int(rng.integers(8, 33)), pick(rng, 8, 12, 24, 32), pick(rng, 4, 6, 12)
    after = C + growth * layers
    return Calculation(
        values={"C": C, "k": growth, "L": layers},
        answer=after // 2,
        near=(
            Near(after, "遷移層でチャネルを半分にしていません。"),
            Near(C // 2, "連結なので、層ごとに $k$ チャネル増えます。"),
            Near((C + growth) // 2, "1層だけでなく、全部の層が増やします。"),
            Near(growth * layers // 2, "ブロックの入力の $C$ チャネルも残ります。"),
        ),
        steps=(
            Step(
                "grown",
                f"${layers}$ 層で ${growth}\\times{layers}=$ @{{?}} 増える",
                growth * layers,
            ),
            Step("block", f"ブロックの出力は ${C}+{growth * layers}=$ @{{?}}", after),
            Step("half", "遷移層で半分にして @{?}", after // 2),
        ),
    )
