"""Numbers behind the questions of chapter 22: every key is computed from what is shown."""

from __future__ import annotations

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import integers, pick, tenths


def chain_probability(rng: np.random.Generator) -> Calculation:
    """The probability of three binary values by the chain rule, each given the one before."""
    first, after_one, after_zero = (tenths(rng, 0.2, 0.8) for _ in range(3))
    x = [1, 0, 1] if rng.random() < 0.5 else [0, 1, 0]
    p_first = first if x[0] else 1 - first
    down, up = 1 - after_one, after_zero
    second, third = (down, up) if x[0] else (up, down)
    answer = round(p_first * second * third, 6)
    return Calculation(
        values={
            "a": first, "b": after_one, "c": after_zero,
            "x1": x[0], "x2": x[1], "x3": x[2],
        },
        answer=answer,
        near=(
            Near(round(p_first * second, 6), "3つ目の値の条件付き確率を掛けていません。"),
            Near(
                round(first * after_one * after_zero, 6),
                "示された3つの確率は、どれも値が1になる確率です。値が0なら1から引きます。",
            ),
            Near(
                round(first**sum(x) * (1 - first) ** (3 - sum(x)), 6),
                "どの値も同じ確率で独立とみなしています。前の値による違いが入りません。",
            ),
        ),
        steps=(
            Step("first", f"1つ目が {x[0]} になる確率は @{{?}}", round(p_first, 1)),
            Step("second", f"{x[0]} の次が {x[1]} になる確率は @{{?}}", round(second, 1)),
            Step("third", f"{x[1]} の次が {x[2]} になる確率は @{{?}}", round(third, 1)),
            Step("product", "3つの積は @{?}", answer),
        ),
    )  # fmt: skip


def bits_per_dim(rng: np.random.Generator) -> Calculation:
    """−log-likelihood in nats of one image → bits per dimension."""
    side, channels = pick(rng, 8, 16, 28, 32), pick(rng, 1, 3)
    dims = side * side * channels
    nats = int(rng.integers(12, 40)) * dims // 10
    answer = nats / (0.693 * dims)
    near = [
        Near(nats / dims, "natのままです。$\\ln2$ で割るとビットになります。"),
        Near(nats * 0.693 / dims, "$\\ln2$ を掛けています。1ビットは0.693 natなので、割ります。"),
        Near(nats / (0.693 * side), "割るのは一辺ではなく、すべての値の数です。"),
    ]
    if channels > 1:
        near.append(Near(nats / (0.693 * side * side), "チャネルも別の値として数えます。"))
    return Calculation(
        values={"I": side, "C": channels, "L": nats},
        answer=answer,
        near=near,
        steps=(
            Step("dims", f"値の数は ${side}\\times{side}\\times{channels}=$ @{{?}}", dims),
            Step("nats", "1つの値あたり @{?} nat", round(nats / dims, 4)),
            Step("bits", "0.693で割って @{?} ビット", round(answer, 3)),
        ),
    )


def causal_field(rng: np.random.Generator) -> Calculation:
    """How many inputs one output sees after causal layers of one kernel and doubling dilations."""
    kernel, layers, blocks = pick(rng, 2, 3), int(rng.integers(4, 11)), int(rng.integers(2, 6))
    total = 2**layers - 1
    answer = 1 + blocks * (kernel - 1) * total
    return Calculation(
        values={"K": kernel, "n": layers, "B": blocks, "last": 2 ** (layers - 1)},
        answer=answer,
        near=(
            Near(answer - 1, "見ている位置そのもの（1個）を足していません。"),
            Near(
                blocks * (1 + (kernel - 1) * total),
                "組を重ねるとき、1を足すのは全体で1度だけです。",
            ),
            Near(
                1 + blocks * layers * (kernel - 1),
                "膨張率がどの層も1のときの数です。",
            ),
            Near(
                (1 + (kernel - 1) * total) ** blocks,
                "組を重ねると受容野は足されます。掛け算ではありません。",
            ),
        ),
        steps=(
            Step("sum", f"1組の膨張率の和は $2^{{{layers}}}-1=$ @{{?}}", total),
            Step(
                "grown",
                f"1組で広がるのは ${kernel - 1}\\times{total}=$ @{{?}}",
                (kernel - 1) * total,
            ),
            Step("all", f"{blocks} 組分と、見ている位置の1個で @{{?}}", answer),
        ),
    )


def layers_needed(rng: np.random.Generator) -> Calculation:
    """The least number of layers (kernel 2, dilations 1, 2, 4, …) that sees so many ms."""
    rate, milliseconds = pick(rng, 8000, 16000, 24000), pick(rng, 5, 10, 20, 25, 40, 50, 60)
    samples = rate * milliseconds // 1000
    answer = int(np.ceil(np.log2(samples)))
    return Calculation(
        values={"rate": rate, "ms": milliseconds},
        answer=answer,
        near=(
            Near(answer - 1, "この層数では、受容野が足りません。"),
            Near(samples - 1, "膨張率がどの層も1なら、この層数が要ります。"),
            Near(samples, "これはサンプルの数です。"),
        ),
        steps=(
            Step("samples", f"${rate}\\times{milliseconds}/1000=$ @{{?}} サンプル", samples),
            Step("field", "$n$ 層の受容野は $1+(1+2+\\dots+2^{n-1})=2^n$"),
            Step("layers", f"$2^n\\ge{samples}$ となる最小の $n$ は @{{?}}", answer),
        ),
    )


def mu_law_code(rng: np.random.Generator) -> Calculation:
    """The μ-law value of x whose 1 + μ|x| is a power of two: a calculator with + − × ÷ will do."""
    power, positive = int(rng.integers(1, 8)), bool(rng.random() < 0.5)
    sign = 1 if positive else -1
    top = 2**power - 1
    answer = sign * power / 8
    return Calculation(
        values={"x": f"{'' if positive else '-'}\\frac{{{top}}}{{255}}", "sign": sign, "top": top},
        answer=answer,
        near=(
            Near(-answer, "符号は $x$ の符号のままです。"),
            Near(round(sign * top / 255, 4), "これは圧縮する前の値です。"),
            Near(sign * float(power), "$\\ln(1+\\mu)=8\\ln2$ で割っていません。"),
            Near(
                sign * (power + 8) / 16, "0〜1に直す式が混ざっています。求めるのは−1〜1の値です。"
            ),
        ),
        steps=(
            Step("inside", "$1+255|x|=$ @{?}", top + 1),
            Step(
                "log", f"${top + 1}=2^{{{power}}}$ なので、分子の対数は $\\ln2$ の @{{?}} 倍", power
            ),
            Step("ratio", "$256=2^8$ なので8で割り、符号を付けて @{?}", answer),
        ),
    )


def gated_unit(rng: np.random.Generator) -> Calculation:
    """tanh(a) σ(b) from a table of both functions."""
    tanh = {-1.0: -0.762, -0.5: -0.462, 0.5: 0.462, 1.0: 0.762, 2.0: 0.964}
    sigmoid = {-2.0: 0.119, -1.0: 0.269, 1.0: 0.731, 2.0: 0.881}
    a, b = pick(rng, *tanh), pick(rng, *sigmoid)
    answer = round(tanh[a] * sigmoid[b], 6)
    near = [
        Near(round(a * sigmoid[b], 6), "フィルターの側が $\\tanh$ を通っていません。"),
        Near(tanh[a], "ゲートを掛けていません。"),
        Near(round(tanh[a] + sigmoid[b], 6), "足すのではなく、成分ごとに掛けます。"),
    ]
    if a in sigmoid:
        swapped = round(sigmoid[a] * float(np.round(np.tanh(b), 3)), 6)
        near.append(Near(swapped, "$\\tanh$ とシグモイドが入れ替わっています。"))
    return Calculation(
        values={"a": a, "b": b, "tanh": tanh[a], "sigmoid": sigmoid[b]},
        answer=answer,
        near=near,
        steps=(
            Step("filter", f"フィルターの側は $\\tanh({a})=$ @{{?}}", tanh[a]),
            Step("gate", f"ゲートの側は $\\sigma({b})=$ @{{?}}", sigmoid[b]),
            Step("product", "積は @{?}", round(answer, 4)),
        ),
    )


def block_parameters(rng: np.random.Generator) -> Calculation:
    """Parameters of one gated block: filter, gate, residual 1×1, skip 1×1, all with biases."""
    channels, skip = (8 * n for n in integers(rng, 2, 8, 2))
    kernel, dilation = pick(rng, 2, 3), pick(rng, 2, 4, 8, 16)
    gated = 2 * (kernel * channels * channels + channels)
    residual, skipped = channels * channels + channels, channels * skip + skip
    return Calculation(
        values={"C": channels, "S": skip, "K": kernel, "D": dilation},
        answer=gated + residual + skipped,
        near=(
            Near(
                gated // 2 + residual + skipped, "フィルターとゲートは、別の重みをもつ2つの畳み込みです。"
            ),
            Near(gated, "残差とスキップの1×1の畳み込みを数えていません。"),
            Near(
                gated + residual + skipped - 3 * channels - skip, "バイアスを数えていません。"
            ),
            Near(
                2 * (kernel * dilation * channels**2 + channels) + residual + skipped,
                "膨張率で重みの数は増えません。間の位置には重みがありません。",
            ),
        ),
        steps=(
            Step("gated", f"フィルターとゲートで $2({kernel}\\times{channels}^2+{channels})=$ @{{?}}", gated),
            Step("residual", f"残差の1×1は ${channels}^2+{channels}=$ @{{?}}", residual),
            Step("skip", f"スキップの1×1は ${channels}\\times{skip}+{skip}=$ @{{?}}", skipped),
            Step("all", "合わせて @{?}", gated + residual + skipped),
        ),
    )  # fmt: skip


def masked_weights(rng: np.random.Generator) -> Calculation:
    """Weights that a mask leaves of a K×K convolution, without biases."""
    kernel, kind = pick(rng, 3, 5, 7), pick(rng, "A", "B")
    c, m = (1 if kind == "A" else 8 * int(rng.integers(1, 5))), 8 * int(rng.integers(1, 9))
    before = (kernel * kernel - 1) // 2
    free = before + (kind == "B")
    other = before + (kind == "A")
    return Calculation(
        values={"K": kernel, "kind": kind, "C": c, "M": m},
        answer=free * c * m,
        near=(
            Near(other * c * m, "中央の画素を使えるのはマスクBで、マスクAは使えません。"),
            Near(kernel * kernel * c * m, "マスクを掛ける前の数です。"),
            Near(free * m if c > 1 else free, "すべての入力チャネルと出力チャネルの組で数えます。"),
            Near(
                (kernel // 2 * kernel) * c * m,
                "中央の行の左側にある重みも使えます。",
            ),
        ),
        steps=(
            Step("before", f"中央より前の画素は $({kernel}^2-1)/2=$ @{{?}} 個", before),
            Step("free", f"マスク{kind}で使えるのは @{{?}} 個", free),
            Step("all", f"チャネルの組 ${c}\\times{m}$ を掛けて @{{?}} 個", free * c * m),
        ),
    )


def blind_pixels(rng: np.random.Generator) -> Calculation | None:
    """Earlier pixels that a deep stack of masked 3×3 convolutions never sees."""
    width, row, column = int(rng.integers(6, 13)), int(rng.integers(2, 5)), int(rng.integers(1, 6))
    hidden = [max(0, width - 1 - (column + r)) for r in range(1, row + 1)]
    if column > width - 4 or hidden[-1] == 0:
        return None
    answer = sum(hidden)
    return Calculation(
        values={"W": width, "i": row, "j": column},
        answer=answer,
        near=(
            Near(
                row * (width - 1 - column),
                "1行上がるごとに、見える範囲は右へ1画素ずつ広がります。",
            ),
            Near(
                sum(max(0, width - 1 - (column + r)) for r in range(row)),
                "1行上では、右上の画素（列 $j+1$）まで見えます。",
            ),
            Near(row * width + column - answer, "これは、見える画素の数です。"),
        ),
        steps=(
            Step("rule", f"$r$ 行上では、列 ${column}+r$ までが見えます。"),
            Step("near", "1行上で見えない画素は @{?} 個", hidden[0]),
            Step("all", f"{row} 行分を足して @{{?}} 個", answer),
        ),
    )
