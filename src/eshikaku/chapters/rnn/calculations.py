"""Numbers behind the questions of chapter 01: every key is computed from what is shown.

Each function takes a ``numpy.random.Generator`` and returns a
:class:`~eshikaku.questions.calculation.Calculation`: the values shown in the stem, the key,
the near misses with the misconception behind each, and the worked solution.
"""

import math

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import pick, tenths


def rnn_parameter_count(rng: np.random.Generator) -> Calculation:
    """All parameters of one RNN layer with output layer: H(D+H+1) + K(H+1)."""
    d, k = pick(rng, 3, 5, 12, 20), pick(rng, 2, 4, 7)
    h = pick(rng, 8, 10, 16, 24)
    hidden, output = h * (d + h + 1), k * (h + 1)
    return Calculation(
        values={"D": d, "H": h, "K": k},
        answer=hidden + output,
        near=(
            Near(d * h + h * h + h * k, "バイアス $b_h$（$H$個）と $b_y$（$K$個）が抜けています。"),
            Near(hidden, "隠れ層だけの数です。出力層の $W_y$ と $b_y$ も数えます。"),
            Near(h * (d + 1) + output, "$W_h$（$H\\times H$）が抜けています。"),
        ),
        steps=(
            Step(
                "hidden",
                f"隠れ層: $W_x$ が ${d}\\times{h}$、$W_h$ が ${h}\\times{h}$、$b_h$ が ${h}$。合わせて @{{?}} 個。",
                hidden,
            ),
            Step(
                "output",
                f"出力層: $W_y$ が ${h}\\times{k}$、$b_y$ が ${k}$。合わせて @{{?}} 個。",
                output,
            ),
            Step("total", "合計は @{?} 個。時刻の数 $T$ は式に現れません。", hidden + output),
        ),
    )


def rnn_two_steps(rng: np.random.Generator) -> Calculation | None:
    """h_2 of a one-unit ReLU network: h_t = max(0, w_x x_t + w_h h_{t-1} + b), h_0 = 0."""
    wx, wh = tenths(rng, 0.5, 1.5), tenths(rng, 0.2, 0.9)
    b = tenths(rng, -0.3, 0.3)
    x1, x2 = tenths(rng, 1.0, 3.0), tenths(rng, -1.0, 2.0)
    h1 = wx * x1 + wh * 0.0 + b
    a2 = wx * x2 + wh * h1 + b
    near = {
        "no_recurrence": max(0.0, wx * x2 + b),
        "bias_once": max(0.0, wx * x2 + wh * (h1 - b) + b),
        "swapped": max(0.0, wh * x2 + wx * h1 + b),
    }
    if b == 0 or h1 <= 0.3 or a2 <= 0.1:
        return None
    return Calculation(
        values={"wx": wx, "wh": wh, "b": b, "x1": x1, "x2": x2},
        answer=a2,
        near=(
            Near(near["no_recurrence"], "$h_1$ からの項 $w_h h_1$ が抜けています。"),
            Near(near["bias_once"], "バイアスは各時刻で加えます。$h_1$ の計算にも入ります。"),
            Near(near["swapped"], "$w_x$ と $w_h$ が入れ替わっています。"),
        ),
        steps=(
            Step(
                "h1", f"$h_1=\\max(0,\\ {wx}\\cdot{x1}+{wh}\\cdot 0+({b}))=$ @{{?}}", round(h1, 4)
            ),
            Step("a2", f"$a_2={wx}\\cdot({x2})+{wh}\\cdot h_1+({b})=$ @{{?}}", round(a2, 4)),
            Step("h2", "$a_2>0$ なので $h_2=a_2=$ @{?}", round(a2, 4)),
        ),
    )


def rnn_bce_over_time(rng: np.random.Generator) -> Calculation | None:
    """Binary cross entropy averaged over three steps, natural logarithm."""
    y = [tenths(rng, 0.1, 0.9) for _ in range(3)]
    t = [int(v) for v in rng.integers(0, 2, size=3)]
    losses = [-math.log(p) if target else -math.log(1 - p) for p, target in zip(y, t, strict=True)]
    mean = sum(losses) / 3
    near = {
        "sum": sum(losses),
        "last": losses[-1],
        "base2": mean / math.log(2),
        "only_log_y": -sum(math.log(p) for p in y) / 3,
    }
    if not 0 < sum(t) < 3:
        return None
    terms = [f"-\\log y_{i}" if target else f"-\\log(1-y_{i})" for i, target in enumerate(t, 1)]
    return Calculation(
        values={"y1": y[0], "y2": y[1], "y3": y[2], "t1": t[0], "t2": t[1], "t3": t[2]},
        answer=mean,
        near=(
            Near(near["sum"], "3時刻の和です。問われているのは時刻についての平均です。"),
            Near(
                near["last"],
                "最後の時刻だけの損失です。各時刻に正解がある系列では、全時刻の損失を使います。",
            ),
            Near(near["base2"], "底を2にした値です。損失には自然対数を使います。"),
            Near(
                near["only_log_y"],
                "正解が0の時刻でも $-\\log y_t$ を使っています。正解0では $-\\log(1-y_t)$ です。",
            ),
        ),
        steps=(
            *tuple(
                Step(f"loss{i}", f"時刻{i}: 正解は{target}なので ${term}=$ @{{?}}", round(loss, 4))
                for i, (target, term, loss) in enumerate(zip(t, terms, losses, strict=True), 1)
            ),
            Step("mean", "3時刻を平均して @{?}", round(mean, 4)),
        ),
    )


def rnn_unshared_ratio(rng: np.random.Generator) -> Calculation:
    """Hidden-layer parameters with one shared block against T blocks of their own."""
    d, h, t = pick(rng, 2, 4, 6, 10), pick(rng, 5, 8, 12), pick(rng, 6, 8, 15, 20)
    block = h * (d + h + 1)
    return Calculation(
        values={"D": d, "H": h, "T": t},
        answer=block * t - block,
        near=(
            Near(block * t, "共有しない場合の総数です。問われているのは差です。"),
            Near(h * h * t - h * h, "$W_h$ だけの差です。$W_x$ と $b_h$ も時刻ごとに増えます。"),
            Near(block, "共有した場合の数です。問われているのは差です。"),
        ),
        steps=(
            Step("block", f"1時刻分: ${h}\\times({d}+{h}+1)=$ @{{?}} 個。", block),
            Step("unshared", f"共有しなければ {t} 倍で @{{?}} 個。", block * t),
            Step("difference", "差は @{?} 個。", block * t - block),
        ),
    )


def rnn_deep_parameter_count(rng: np.random.Generator) -> Calculation:
    """Hidden parameters of an L-layer RNN, one bias a layer: layer 2 and up take H inputs."""
    d, h, layers = pick(rng, 3, 6, 20), pick(rng, 10, 16), pick(rng, 2, 3)
    first, other = h * (d + h + 1), h * (2 * h + 1)
    total = first + (layers - 1) * other
    return Calculation(
        values={"D": d, "H": h, "L": layers},
        answer=total,
        near=(
            Near(
                layers * first,
                f"2層目以降の入力は $x_t$（{d}次元）ではなく、下の層の $h_t$（{h}次元）です。",
            ),
            Near(
                h * (d + layers * h + layers),
                "層と層をつなぐ重みが抜けています。各層に $W_x$ と $W_h$ の両方があります。",
            ),
            Near(total - layers * h, "バイアスが抜けています。"),
        ),
        steps=(
            Step("first", f"1層目: ${h}\\times({d}+{h}+1)=$ @{{?}} 個。", first),
            Step(
                "other",
                f"2層目以降は入力が $H={h}$ 次元なので、1層あたり ${h}\\times({h}+{h}+1)=$ @{{?}} 個。",
                other,
            ),
            Step("total", f"{layers} 層の合計は @{{?}} 個。", total),
        ),
    )


def rnn_torch_parameter_count(rng: np.random.Generator) -> Calculation:
    """Parameters of ``torch.nn.RNN(D, H)``: H(D+H+2), since it carries two biases."""
    d, h = pick(rng, 4, 10, 28, 50), pick(rng, 6, 16, 32, 64)
    total = h * (d + h + 2)
    return Calculation(
        values={"D": d, "H": h},
        answer=total,
        near=(
            Near(h * (d + h + 1), "PyTorchはバイアスを `bias_ih` と `bias_hh` の2本持ちます。"),
            Near(h * (d + h), "バイアスが抜けています。"),
            Near(
                h * (d + h + 2) + h, "出力は隠れ状態そのものです。`nn.RNN` に出力層はありません。"
            ),
        ),
        steps=(
            Step(
                "weights",
                f"`weight_ih_l0` は {h}×{d}、`weight_hh_l0` は {h}×{h}。合わせて @{{?}} 個。",
                h * (d + h),
            ),
            Step(
                "biases", f"`bias_ih_l0` と `bias_hh_l0` は {h} 個ずつ。合わせて @{{?}} 個。", 2 * h
            ),
            Step("total", "合計は @{?} 個。", total),
        ),
    )


def rnn_bidirectional_width(rng: np.random.Generator) -> Calculation:
    """Parameters of the output layer on top of a concatenated bidirectional RNN: K(2H+1)."""
    h, k = pick(rng, 10, 16, 32), pick(rng, 3, 5, 9)
    return Calculation(
        values={"H": h, "K": k},
        answer=k * (2 * h + 1),
        near=(
            Near(k * (h + 1), f"出力層の入力は両方向の連結で、{h} ではなく {2 * h} 次元です。"),
            Near(
                2 * k * (h + 1),
                "出力層は1つです。方向ごとに別の出力層とバイアスを持つのではありません。",
            ),
            Near(k * 2 * h, f"バイアス {k} 個が抜けています。"),
        ),
        steps=(
            Step("width", "2方向の隠れ状態を連結すると、幅は @{?} 次元。", 2 * h),
            Step(
                "total",
                f"$W_y$ が ${2 * h}\\times{k}$、$b_y$ が {k} 個。合計は @{{?}} 個。",
                k * (2 * h + 1),
            ),
        ),
    )


def rnn_tree_parameter_count(rng: np.random.Generator) -> Calculation:
    """One shared composition p = tanh([c1; c2] W + b) with W (2H, H): 2H² + H."""
    h, words = pick(rng, 5, 10, 20, 30), pick(rng, 4, 6, 8)
    total = 2 * h * h + h
    return Calculation(
        values={"H": h, "n": words},
        answer=total,
        near=(
            Near(
                (words - 1) * total,
                f"合成は {words - 1} 回行いますが、重みは全ての節点で共有します。",
            ),
            Near(h * h + h, "入力は2つの子を連結した $2H$ 次元です。"),
            Near(2 * h * h, "バイアス $b$ が抜けています。"),
        ),
        steps=(
            Step(
                "weight",
                f"子を連結した {2 * h} 次元から親の {h} 次元へ: $W$ は @{{?}} 個。",
                2 * h * h,
            ),
            Step("total", f"バイアス {h} 個を加えて @{{?}} 個。節点の数には依りません。", total),
        ),
    )


def rnn_shapes(rng: np.random.Generator) -> Calculation:
    """Sizes for a question on shapes; all five letters differ, so that no two shapes coincide."""
    t, n, d, h, k = (int(v) for v in rng.choice(np.arange(2, 13), size=5, replace=False))
    return Calculation(values={"T": t, "N": n, "D": d, "H": h, "K": k})


def rnn_output_by_hand(rng: np.random.Generator) -> Calculation | None:
    """y_1 = x_1 W_x W_y path of a two-unit identity network with a given s_0."""
    x, s1, s2 = (pick(rng, 1, 2, 3), pick(rng, -2, -1, 1, 2), pick(rng, -2, -1, 1, 2))
    wx = [pick(rng, -1, 1, 2), pick(rng, -1, 1, 2)]
    w = [[pick(rng, 0, 1), pick(rng, 1, 2)], [pick(rng, -1, 1), pick(rng, 0, 1)]]
    wy = [pick(rng, 1, 2), pick(rng, -1, 1, 3)]
    h = [x * wx[j] + s1 * w[0][j] + s2 * w[1][j] for j in range(2)]
    transposed = [x * wx[j] + s1 * w[j][0] + s2 * w[j][1] for j in range(2)]
    answer = h[0] * wy[0] + h[1] * wy[1]
    near = {
        "no_state": (x * wx[0]) * wy[0] + (x * wx[1]) * wy[1],
        "transposed": transposed[0] * wy[0] + transposed[1] * wy[1],
        "summed": h[0] + h[1],
    }
    return Calculation(
        values={
            "x": x,
            "s1": s1,
            "s2": s2,
            "wx1": wx[0],
            "wx2": wx[1],
            "w11": w[0][0],
            "w12": w[0][1],
            "w21": w[1][0],
            "w22": w[1][1],
            "wy1": wy[0],
            "wy2": wy[1],
        },
        answer=answer,
        near=(
            Near(near["no_state"], "前の隠れ状態 $h_0$ からの項が抜けています。"),
            Near(
                near["transposed"],
                "$W_h$ を転置しています。ここでは行ベクトル $h_0$ に右から $W_h$ を掛けます。",
            ),
            Near(near["summed"], "隠れ状態を足しただけです。出力の重み $W_y$ を掛けます。"),
        ),
        steps=(
            Step(
                "h1",
                f"$h_1$ の第1成分: ${x}\\cdot({wx[0]})+({s1})\\cdot({w[0][0]})+({s2})\\cdot({w[1][0]})=$ @{{?}}",
                h[0],
            ),
            Step(
                "h2",
                f"$h_1$ の第2成分: ${x}\\cdot({wx[1]})+({s1})\\cdot({w[0][1]})+({s2})\\cdot({w[1][1]})=$ @{{?}}",
                h[1],
            ),
            Step("y", "$y_1=h_1W_y=$ @{?}", answer),
        ),
    )
