"""Numbers behind the questions of chapter 02: every key is computed from what is shown."""

import math

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import pick


def bptt_square_of_sum(rng: np.random.Generator) -> Calculation | None:
    """dz/dx for z = t², t = a x + y: 2 t a."""
    a, x, y = (int(rng.integers(2, 6)), int(rng.integers(-3, 4)), int(rng.integers(-3, 4)))
    t = a * x + y
    near = (2 * t, t * t, a * t)
    return Calculation(
        values={"a": a, "x": x, "y": y},
        answer=2 * t * a,
        near=(
            Near(near[0], f"$dz/dt=2t$ までです。$dt/dx={a}$ を掛けます。"),
            Near(near[1], "$z$ の値です。問われているのは微分です。"),
            Near(near[2], "$t^2$ の微分は $2t$ です。2が抜けています。"),
        ),
        steps=(
            Step("t", f"$t={a}\\cdot({x})+({y})=$ @{{?}}", t),
            Step("outer", "$dz/dt=2t=$ @{?}", 2 * t),
            Step(
                "total",
                f"$dz/dx=\\dfrac{{dz}}{{dt}}\\dfrac{{dt}}{{dx}}=2t\\cdot{a}=$ @{{?}}",
                2 * t * a,
            ),
        ),
    )


def bptt_sigmoid_bound(rng: np.random.Generator) -> Calculation:
    """Largest factor that n sigmoid slopes can give: (1/4)^n, shown as 1/x."""
    n = int(rng.integers(3, 12))
    return Calculation(
        values={"n": n},
        answer=4**n,
        near=(
            Near(
                2**n,
                "$\\sigma'$ の最大値を1/2としています。最大は $\\sigma(0)(1-\\sigma(0))=1/4$ です。",
            ),
            Near(4 * n, "傾きは層を通るたびに掛かるので、和ではなく積です。"),
            Near(4 ** (n - 1), "傾きが掛かる回数が1つ足りません。"),
        ),
        steps=(
            Step(
                "max",
                "$\\sigma'(a)=\\sigma(a)(1-\\sigma(a))$ は $\\sigma(a)=1/2$ のとき最大で、その値は1/@{?}",
                4,
            ),
            Step("product", f"{n} 回掛けると、大きくても 1/@{{?}}", 4**n),
        ),
    )


def bptt_linear_gradient(rng: np.random.Generator) -> Calculation:
    """dh_T/dh_0 of h_t = w h_{t-1} + x_t: w^T, to three significant digits."""
    w, t = pick(rng, 0.5, 0.8, 0.9, 1.1, 1.2), int(pick(rng, 5, 8, 10, 15, 20))
    answer = w**t
    return Calculation(
        values={"w": w, "T": t},
        answer=answer,
        near=(
            Near(w * t, "各時刻で $w$ を掛けるので、和ではなく積 $w^T$ です。"),
            Near(w ** (t - 1), "$h_0$ から $h_T$ までに $w$ は $T$ 回掛かります。"),
            Near(1.0, "入力 $x_t$ の係数です。状態から状態へは $w$ が掛かります。"),
        ),
        steps=(
            Step("one", "1時刻分は $\\partial h_t/\\partial h_{t-1}=$ @{?}", w),
            Step("all", f"{t} 時刻分の積で $w^{{{t}}}=$ @{{?}}", float(f"{answer:.4g}")),
        ),
    )


def bptt_weight_gradient(rng: np.random.Generator) -> Calculation | None:
    """dL/dw of L = h_3, h_t = w h_{t-1} + x_t, h_0 = 0: 2 w x_1 + x_2."""
    w = pick(rng, 0.5, -0.5, 2.0, 3.0, -1.0)
    x1, x2, x3 = (int(rng.integers(1, 5)) for _ in range(3))
    h1, h2 = x1, w * x1 + x2
    answer = h2 + w * h1
    near = (h2, h2 + h1, w * w * h1)
    return Calculation(
        values={"w": w, "x1": x1, "x2": x2, "x3": x3},
        answer=answer,
        near=(
            Near(
                near[0], "最後の時刻で使った $w$ の分だけです。時刻2で使った $w$ の分も足します。"
            ),
            Near(
                near[1], "時刻2の分を足すとき、$\\partial h_3/\\partial h_2=w$ を掛け忘れています。"
            ),
            Near(near[2], "これは $w$ を通って $h_1$ が運ばれた値です。微分ではありません。"),
        ),
        steps=(
            Step("h1", "$h_1=x_1=$ @{?}", h1),
            Step("h2", f"$h_2={w}\\cdot h_1+{x2}=$ @{{?}}", h2),
            Step("last", "時刻3で使った $w$ の分: $h_2=$ @{?}", h2),
            Step(
                "before",
                f"時刻2で使った $w$ の分: $\\partial h_3/\\partial h_2\\cdot h_1={w}\\cdot{h1}=$ @{{?}}",
                w * h1,
            ),
            Step("sum", "和が $dL/dw=$ @{?}", answer),
        ),
    )


def bptt_clip_by_norm(rng: np.random.Generator) -> Calculation:
    """First component of g after clipping its norm: g₁ · min(1, τ/‖g‖)."""
    triples = ((3, 4, 5), (5, 12, 13), (8, 6, 10), (8, 15, 17), (20, 21, 29))
    a, b, norm = triples[int(rng.integers(len(triples)))]
    tau = float(pick(rng, 0.5, 1.0, 2.0, 2.5))
    answer = a * tau / norm
    return Calculation(
        values={"g1": a, "g2": b, "tau": tau},
        answer=answer,
        near=(
            Near(min(a, tau), "成分ごとのクリッピング（値によるクリッピング）です。"),
            Near(a / norm, f"長さを1にしています。しきい値 {tau:g} に揃えます。")
            if tau != 1.0
            else Near(float(a), "ノルムがしきい値を超えているので、縮める必要があります。"),
            Near(a * tau / (a + b), "割るのは成分の和ではなく、2乗和の平方根です。"),
        ),
        steps=(
            Step("norm", f"$\\|g\\|=\\sqrt{{{a}^2+{b}^2}}=$ @{{?}}", norm),
            Step("scale", "倍率 $\\tau/\\|g\\|=$ @{?}", round(tau / norm, 4)),
            Step("first", f"第1成分は ${a}$ に倍率を掛けて @{{?}}", round(answer, 4)),
        ),
    )


def bptt_leaky_weight(rng: np.random.Generator) -> Calculation:
    """Weight of the input k steps ago in μ_t = α μ_{t-1} + (1-α) v_t: (1-α) α^k."""
    alpha, k = pick(rng, 0.6, 0.8, 0.9), int(rng.integers(2, 6))
    answer = (1 - alpha) * alpha**k
    return Calculation(
        values={"alpha": alpha, "k": k},
        answer=answer,
        near=(
            Near(alpha**k, "$v$ が入るときに掛かる $1-\\alpha$ が抜けています。"),
            Near(
                (1 - alpha) * alpha ** (k + 1),
                "$\\alpha$ が掛かるのは、入った後に経過した時刻の数だけです。",
            ),
            Near((1 - alpha) ** k * alpha, "$\\alpha$ と $1-\\alpha$ が入れ替わっています。"),
        ),
        steps=(
            Step("enter", "入るときの係数 $1-\\alpha=$ @{?}", round(1 - alpha, 4)),
            Step("decay", f"その後 {k} 時刻の減衰 $\\alpha^{{{k}}}=$ @{{?}}", round(alpha**k, 6)),
            Step("weight", "積が重みで @{?}", round(answer, 6)),
        ),
    )


def bptt_xavier_std(rng: np.random.Generator) -> Calculation:
    """Standard deviation of Xavier and He for n inputs and n outputs."""
    n = int(pick(rng, 4, 16, 25, 36, 64, 81, 100, 144, 225, 400))
    xavier, he = 1 / math.sqrt(n), math.sqrt(2 / n)
    return Calculation(
        values={"n": n, "xavier": xavier, "he": he, "xavier_variance": 1 / n, "he_variance": 2 / n},
        answer=xavier,
        near=(
            Near(he, "Heの標準偏差 $\\sqrt{2/n}$ です。"),
            Near(1 / n, "これは分散です。標準偏差はその平方根です。"),
            Near(
                1 / math.sqrt(2 * n), "分母は $n_{in}+n_{out}=2n$ ですが、分子の2を忘れています。"
            ),
        ),
        steps=(
            Step("variance", f"分散は $2/(n_{{in}}+n_{{out}})=2/{2 * n}=$ @{{?}}", round(1 / n, 6)),
            Step("std", "標準偏差はその平方根で @{?}", round(xavier, 6)),
        ),
    )


def bptt_jacobian_norm(rng: np.random.Generator) -> Calculation:
    """Upper bound of ‖∂h_T/∂h_0‖ from the largest singular value and the largest slope."""
    sigma, t = pick(rng, 0.8, 1.2, 2.0, 3.0), int(rng.integers(3, 9))
    bound = (sigma * 0.25) ** t
    return Calculation(
        values={"sigma": sigma, "T": t},
        answer=bound,
        near=(
            Near(sigma**t, "シグモイドの傾きの最大値1/4が抜けています。"),
            Near(sigma * 0.25**t, "$W_h$ も各時刻で掛かるので、特異値も $T$ 乗になります。"),
            Near((sigma * 0.5) ** t, "シグモイドの傾きの最大値は1/2ではなく1/4です。"),
        ),
        steps=(
            Step(
                "one", f"1時刻分の上限は ${sigma}\\times\\tfrac14=$ @{{?}}", round(sigma * 0.25, 4)
            ),
            Step("all", f"{t} 時刻分で {t} 乗して @{{?}}", float(f"{bound:.4g}")),
        ),
    )


def bptt_skip_steps(rng: np.random.Generator) -> Calculation | None:
    """Factors on the shortest way back over T steps with single and k-step connections."""
    k, t = int(rng.integers(4, 11)), int(rng.integers(20, 60))
    jumps, rest = divmod(t, k)
    if rest < 2:
        return None
    return Calculation(
        values={"k": k, "T": t},
        answer=jumps + rest,
        near=(
            Near(jumps, f"$k$ 時刻ずつでは {jumps * k} 時刻までしか戻れません。残りも数えます。"),
            Near(jumps + 1, "最後に $k$ 時刻飛ぶと、時刻0を通り過ぎます。"),
            Near(t, "1時刻ずつ戻る道の段数です。"),
        ),
        steps=(
            Step("jumps", f"{k} 時刻ずつ飛べるのは @{{?}} 回。", jumps),
            Step("rest", f"残りの ${t}-{k}\\times{jumps}=$ @{{?}} 時刻は、1時刻ずつ戻る。", rest),
            Step("total", "合わせて @{?} 段。", jumps + rest),
        ),
    )
