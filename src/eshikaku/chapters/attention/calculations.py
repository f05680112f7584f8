"""Numbers behind the questions of chapter 07: every key is computed from what is shown.

Scores are small integers wherever a softmax is asked for, so that e, e² and e³ are all one needs.
"""

import math
from collections.abc import Sequence

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import integers, pick


def _softmax(scores: Sequence[float]) -> list[float]:
    powers = [math.exp(s) for s in scores]
    return [p / sum(powers) for p in powers]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return float(sum(x * y for x, y in zip(a, b, strict=True)))


def attention_weight(rng: np.random.Generator) -> Calculation | None:
    """One weight of three: softmax of the scores."""
    e = integers(rng, 0, 3, 3)
    weights = _softmax(e)
    answer = weights[0]
    near = (
        e[0] / max(sum(e), 1),
        1 / (1 + math.exp(-e[0])),
        math.exp(e[0]) / (math.exp(e[1]) + math.exp(e[2])),
    )
    if len(set(e)) == 1 or e[0] == 0:
        return None
    return Calculation(
        values={"e1": e[0], "e2": e[1], "e3": e[2]},
        answer=answer,
        near=(
            Near(near[0], "スコアをそのまま和で割っています。softmaxは $e^x$ にしてから割ります。"),
            Near(
                near[1], "1つのスコアだけのシグモイドです。重みは、ほかのスコアとの比で決まります。"
            ),
            Near(near[2], "分母に自分の $e^{e_1}$ が入っていません。"),
        ),
        steps=(
            Step(
                "sum",
                f"$e^{{{e[0]}}}+e^{{{e[1]}}}+e^{{{e[2]}}}=$ @{{?}}",
                round(sum(map(math.exp, e)), 3),
            ),
            Step("weight", f"$e^{{{e[0]}}}$ をこの和で割って @{{?}}", round(answer, 4)),
        ),
    )


def attention_by_hand(rng: np.random.Generator) -> Calculation | None:
    """softmax(q Kᵀ / √d) V for one query, three keys of d = 4 and values of one number."""
    q = integers(rng, 0, 2, 4)
    keys = [integers(rng, 0, 2, 4) for _ in range(3)]
    products = [_dot(q, k) for k in keys]
    v = integers(rng, -3, 9, 3)
    if set(products) - {0.0, 2.0, 4.0} or len(set(products)) < 2 or len(set(v)) < 3:
        return None
    if 0 in v or len({tuple(k) for k in keys}) < 3:
        return None
    scores = [p / 2 for p in products]
    weights = _softmax(scores)
    answer = _dot(weights, v)
    near = (_dot(_softmax(products), v), _dot(scores, v), float(sum(v)), sum(v) / 3)
    return Calculation(
        values={"q": q, "k1": keys[0], "k2": keys[1], "k3": keys[2]}
        | {f"v{j + 1}": v[j] for j in range(3)},
        answer=answer,
        near=(
            Near(near[0], "内積を $\\sqrt{d_k}=2$ で割っていません。"),
            Near(near[1], "スコアのまま足しています。重みにするには、先にsoftmaxを取ります。"),
            Near(
                near[2],
                "softmaxをクエリの方向に取っています。クエリは1つなので重みがどれも1になります。",
            ),
            Near(near[3], "重みを等しくした平均です。スコアが違えば、重みも違います。"),
        ),
        steps=(
            Step(
                "scores",
                f"内積は順に {products[0]:g}、{products[1]:g}、{products[2]:g}。"
                f"$\\sqrt4=2$ で割ったスコアは {scores[0]:g}、{scores[1]:g}、{scores[2]:g}。",
            ),
            Step(
                "weights",
                f"重みは順に {weights[0]:.4f}、{weights[1]:.4f}、{weights[2]:.4f}（和は1）。",
            ),
            Step(
                "output",
                f"${weights[0]:.4f}\\times({v[0]})+{weights[1]:.4f}\\times({v[1]})"
                f"+{weights[2]:.4f}\\times({v[2]})=$ @{{?}}",
                round(answer, 3),
            ),
        ),
    )


def attention_dot_deviation(rng: np.random.Generator) -> Calculation:
    """Standard deviation of q · k for independent components (mean 0, variance 1): √d."""
    d = int(pick(rng, 16, 25, 36, 49, 64, 81, 100, 144, 256))
    root = math.isqrt(d)
    return Calculation(
        values={"d": d},
        answer=root,
        near=(
            Near(d, "これは分散です。標準偏差はその平方根です。"),
            Near(1, "$\\sqrt{d_k}$ で割った後の値です。"),
            Near(
                root * math.sqrt(2),
                "1つの積の分散を $1+1=2$ としています。独立で平均0なら $1\\times1=1$ です。",
            ),
        ),
        steps=(
            Step("one", "1つの積 $q_ik_i$ の分散は $1\\times1=$ @{?}", 1),
            Step("variance", f"独立な {d} 個の和なので、内積の分散は @{{?}}", d),
            Step("deviation", "標準偏差はその平方根で @{?}", root),
        ),
    )


def attention_score_gradient(rng: np.random.Generator) -> Calculation | None:
    """dL/de_1 = a_1 (g_1 − Σ a_j g_j) for weights a and g = dL/da."""
    tenths = integers(rng, 1, 7, 2)
    tenths.append(10 - sum(tenths))
    if tenths[2] < 1:
        return None
    a, g = [n / 10 for n in tenths], [float(n) for n in integers(rng, -4, 4, 3)]
    mean = _dot(a, g)
    answer = a[0] * (g[0] - mean)
    near = (a[0] * g[0], a[0] * (1 - a[0]) * g[0], g[0] - mean)
    if g[0] == 0 or abs(answer) <= 0.05:
        return None
    return Calculation(
        values={f"a{j + 1}": a[j] for j in range(3)} | {f"g{j + 1}": g[j] for j in range(3)},
        answer=answer,
        near=(
            Near(near[0], "和 $\\sum_j a_jg_j$ を引いていません。ほかの重みへの影響が抜けています。"),
            Near(near[1], "自分の重みを通る項だけです。$e_1$ は $a_2$、$a_3$ も変えます。"),
            Near(near[2], "$a_1$ を掛けていません。"),
        ),
        steps=(
            Step("mean", "$\\sum_ja_jg_j=$ @{?}", round(mean, 4)),
            Step("difference", f"$g_1-\\sum_ja_jg_j={g[0]:g}-({mean:.4g})=$ @{{?}}",
                 round(g[0] - mean, 4)),
            Step("gradient", f"$a_1={a[0]}$ を掛けて @{{?}}", round(answer, 4)),
        ),
    )  # fmt: skip


def attention_parameters(rng: np.random.Generator) -> Calculation:
    """Weights of additive attention without biases: A(D_q + D_k) + A."""
    q, k = int(pick(rng, 20, 30, 50, 100)), int(pick(rng, 40, 60, 80, 200))
    size = int(pick(rng, 10, 25, 32, 64))
    total = size * (q + k) + size
    return Calculation(
        values={"q": q, "k": k, "A": size, "general": q * k},
        answer=total,
        near=(
            Near(total - size, "1つのスコアにまとめる $v$ の分が抜けています。"),
            Near(q * k, "generalの形 $s\\,W h^{\\top}$ の個数です。"),
            Near(size * (q + k) + 2 * size, "バイアスまで数えています。この問題にはありません。"),
        ),
        steps=(
            Step("query", f"$W_q$ は ${q}\\times{size}=$ @{{?}} 個。", q * size),
            Step("key", f"$W_k$ は ${k}\\times{size}=$ @{{?}} 個。", k * size),
            Step("total", f"$v$ の {size} 個を足して @{{?}} 個。", total),
        ),
    )


def attention_score_count(rng: np.random.Generator) -> Calculation | None:
    """How many scores a batch needs: N · L · T."""
    n, long, t = int(pick(rng, 8, 16, 32)), int(rng.integers(5, 13)), int(rng.integers(6, 21))
    if long == t or n in (long, t):
        return None
    return Calculation(
        values={"N": n, "L": long, "T": t},
        answer=n * long * t,
        near=(
            Near(n * (long + t), "足しています。出力の各時刻が、入力の全時刻を見ます。"),
            Near(n * t, "出力の1時刻分です。スコアは出力の時刻ごとに計算し直します。"),
            Near(n * t * t, "出力の長さではなく、入力の長さを2回掛けています。"),
        ),
        steps=(
            Step("one", f"1文では ${long}\\times{t}=$ @{{?}} 個。", long * t),
            Step("all", f"{n} 文では @{{?}} 個。", n * long * t),
        ),
    )


def attention_decoder_input(rng: np.random.Generator) -> Calculation | None:
    """Size of the decoder's input: embedding plus context of a bidirectional encoder, D + 2H."""
    d, h = int(pick(rng, 20, 32, 50, 64, 100)), int(pick(rng, 16, 40, 60, 128))
    return Calculation(
        values={"D": d, "H": h},
        answer=d + 2 * h,
        near=(
            Near(d + h, "エンコーダは双方向なので、状態は $2H$ 次元です。"),
            Near(2 * h, "前の語の埋め込みが抜けています。"),
            Near(d + 3 * h, "デコーダの前の状態は、入力ではなく状態として渡ります。"),
        ),
        steps=(
            Step("context", f"文脈ベクトルは $2\\times{h}=$ @{{?}} 次元。", 2 * h),
            Step("input", f"埋め込みの {d} 次元をつないで @{{?}} 次元。", d + 2 * h),
        ),
    )


def attention_masked_weight(rng: np.random.Generator) -> Calculation | None:
    """A weight where the third place is padding: softmax over the first two scores."""
    e = integers(rng, 0, 3, 3)
    powers = [math.exp(s) for s in e]
    answer = powers[0] / (powers[0] + powers[1])
    near = (
        powers[0] / sum(powers),
        powers[0] / (powers[0] + powers[1] + 1),
        e[0] / max(e[0] + e[1], 1),
    )
    if e[0] == e[1] or e[2] == 0:
        return None
    return Calculation(
        values={"e1": e[0], "e2": e[1], "e3": e[2]},
        answer=answer,
        near=(
            Near(
                near[0],
                "パディングも含めてsoftmaxを取っています。後から0にしても、重みの和が1になりません。",
            ),
            Near(
                near[1],
                "スコアを $-\\infty$ ではなく0にしています。$e^0=1$ なので、重みが残ります。",
            ),
            Near(near[2], "スコアをそのまま和で割っています。"),
        ),
        steps=(
            Step(
                "sum",
                "パディングのスコアを $-\\infty$ にすると $e^{-\\infty}=0$。"
                f"分母は $e^{{{e[0]}}}+e^{{{e[1]}}}=$ @{{?}}",
                round(powers[0] + powers[1], 3),
            ),
            Step("weight", f"$e^{{{e[0]}}}$ をこの分母で割って @{{?}}", round(answer, 4)),
        ),
    )


def attention_three_states(rng: np.random.Generator) -> Calculation | None:
    """A set for the exam's form: dot scores, one weight and one component of the context."""
    s = integers(rng, 0, 2, 2)
    h = [integers(rng, 0, 2, 2) for _ in range(3)]
    e = [_dot(s, row) for row in h]
    if sum(row[0] > 0 for row in h) < 2 or not any(row[1] for row in h):
        return None
    if max(e) > 3 or len(set(e)) < 3 or len({tuple(row) for row in h}) < 3:
        return None
    a = _softmax(e)
    context = _dot(a, [row[0] for row in h])
    other = _dot(a, [row[1] for row in h])
    scaled = _softmax([x / math.sqrt(2) for x in e])
    wrong = [a[0], e[2] / sum(e), scaled[2]]
    plain = _dot(e, [row[0] for row in h])
    mean = sum(row[0] for row in h) / 3
    if e[2] == 0:
        return None
    return Calculation(
        values={
            "s": s, "h1": h[0], "h2": h[1], "h3": h[2],
            "score": e[2], "first_only": s[0] * h[2][0], "added": sum(s) + sum(h[2]),
            "score_scaled": e[2] / math.sqrt(2),
            "weight": a[2], "other_weight": wrong[0], "linear": wrong[1], "scaled": wrong[2],
            "context": context, "second": other, "unnormalised": plain, "mean": mean,
        },
        steps=(
            Step("scores", f"スコアは順に {e[0]:g}、{e[1]:g}、{e[2]:g}。"),
            Step("weights", f"重みは順に {a[0]:.4f}、{a[1]:.4f}、{a[2]:.4f}。"),
            Step("context", f"文脈ベクトルの第1成分は {context:.4f}。"),
        ),
    )  # fmt: skip


def attention_context(rng: np.random.Generator) -> Calculation | None:
    """One component of the context: Σ α_j h_j with weights in tenths."""
    tenths = integers(rng, 1, 7, 2)
    tenths.append(10 - sum(tenths))
    if tenths[2] < 1:
        return None
    a, h = [n / 10 for n in tenths], [float(n) for n in integers(rng, -5, 9, 3)]
    answer = _dot(a, h)
    near = (sum(h) / 3, answer / 3, h[a.index(max(a))])
    if a.count(max(a)) > 1 or len(set(h)) < 3:
        return None
    return Calculation(
        values={f"a{j + 1}": a[j] for j in range(3)} | {f"h{j + 1}": h[j] for j in range(3)},
        answer=answer,
        near=(
            Near(near[0], "重みを使わない、単純な平均です。"),
            Near(near[1], "重みの和はすでに1です。さらに3で割ることはありません。"),
            Near(near[2], "重みが最大の状態だけを取り出しています。全てを重みに応じて足します。"),
        ),
        steps=(
            Step("products", "、".join(
                f"${x}\\times({y:g})={x * y:.4g}$" for x, y in zip(a, h, strict=True)) + "。"),
            Step("sum", "足して @{?}", round(answer, 4)),
        ),
    )  # fmt: skip


def attention_additive_memory(rng: np.random.Generator) -> Calculation:
    """Megabytes of the array (N, L, T, A) in float32 that additive scores pass through."""
    n, size = int(pick(rng, 16, 32, 64)), int(pick(rng, 100, 200, 500))
    long, t = int(pick(rng, 20, 30, 40)), int(pick(rng, 25, 50))
    answer = 4 * n * long * t * size / 1e6
    return Calculation(
        values={"N": n, "L": long, "T": t, "A": size},
        answer=answer,
        near=(
            Near(answer / size, "スコア $(N,L,T)$ だけの大きさです。内積ならこれで済みます。"),
            Near(answer / 4, "1成分を1バイトとしています。float32は4バイトです。"),
            Near(answer / n, "1文の分です。バッチの全ての文を数えます。"),
        ),
        steps=(
            Step("numbers", f"成分は ${n}\\times{long}\\times{t}\\times{size}=$ @{{?}} 個。",
                 n * long * t * size),
            Step("mega", "4バイトを掛け、$10^6$ で割って @{?} MB。", answer),
        ),
    )  # fmt: skip


def attention_causal_weight(rng: np.random.Generator) -> Calculation | None:
    """Weight of one key for query i of T under a causal mask where all scores are equal: 1/i."""
    t = int(rng.integers(6, 11))
    i = int(rng.integers(3, t))
    near = (1 / t, 1 / (t - i + 1), 1 / (i - 1))
    return Calculation(
        values={"T": t, "i": i},
        answer=1 / i,
        near=(
            Near(near[0], "未来のキーも含めて、全てに等しく配っています。"),
            Near(near[1], "マスクの向きが逆です。自分より後ろのキーを見ています。"),
            Near(near[2], "自分自身の位置を除いています。因果マスクは自分を隠しません。"),
        ),
        steps=(
            Step("seen", f"{i} 番目のクエリが見るキーは、1番目から自分までの @{{?}} 個。", i),
            Step("weight", "等しいスコアなので、1つの重みは @{?}", round(1 / i, 4)),
        ),
    )
