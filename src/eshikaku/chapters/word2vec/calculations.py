"""Numbers behind the questions of chapter 08: every key is computed from what is shown.

Counts are chosen so that logarithms and roots come out even: a pocket calculator is enough.
"""

import math
from fractions import Fraction

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import integers, pick


def one_hot_megabytes(rng: np.random.Generator) -> Calculation:
    """Memory of T one-hot vectors of V float32: 4TV bytes."""
    v, t = int(pick(rng, 10_000, 20_000, 50_000, 100_000)), int(pick(rng, 50, 100, 200, 500))
    m = int(pick(rng, 100, 200))
    answer = 4 * t * v / 1e6
    return Calculation(
        values={"V": v, "T": t, "m": m, "embedded": 4 * t * m / 1e6},
        answer=answer,
        near=(
            Near(answer / 4, "1成分を1バイトとしています。float32は4バイトです。"),
            Near(2 * answer, "1成分を8バイト（float64）としています。"),
            Near(4 * t * m / 1e6, f"${m}$ 次元の埋め込みにした後の大きさです。"),
        ),
        steps=(
            Step("numbers", f"成分は ${t}\\times{v}=$ @{{?}} 個。", t * v),
            Step("bytes", "4を掛けて @{?} バイト。", 4 * t * v),
            Step("mega", "$10^6$ で割って @{?} MB。", answer),
        ),
    )


def window_pairs(rng: np.random.Generator) -> Calculation | None:
    """(centre, around) pairs of one sentence: 2cT − c(c+1)."""
    c = int(pick(rng, 1, 2, 3))
    t = int(rng.integers(2 * c + 3, 13))
    answer = 2 * c * t - c * (c + 1)
    return Calculation(
        values={"T": t, "c": c},
        answer=answer,
        near=(
            Near(2 * c * t, "文の端で窓がはみ出す分を引いていません。"),
            Near(answer // 2, "組の片方の向きだけを数えています。どちらの語も中心になります。"),
            Near(2 * c * (t - 2 * c), "窓が端からはみ出す語を、中心から除いています。"),
        ),
        steps=(
            Step("full", f"はみ出さなければ $2\\times{c}\\times{t}=$ @{{?}} 組。", 2 * c * t),
            Step(
                "edges",
                "左端では、先頭から順に "
                + "、".join(str(n) for n in range(c, 0, -1))
                + " 語足りません。右端も同じで、合わせて @{?} 組。",
                c * (c + 1),
            ),
            Step("pairs", "差が @{?} 組。", answer),
        ),
    )


def ppmi_value(rng: np.random.Generator) -> Calculation:
    """log₂(C_ij S / (S_i S_j)) with a ratio that is a power of two."""
    power = int(rng.integers(1, 5))
    c, a, b = int(rng.integers(2, 9)), int(rng.integers(3, 9)), int(rng.integers(3, 9))
    total = 2**power * c * a * b
    return Calculation(
        values={"both": c, "first": c * a, "second": c * b, "total": total},
        answer=power,
        near=(
            Near(power * math.log(2), "自然対数を使っています。問題文の底は2です。"),
            Near(2**power, "対数を取っていません。"),
            Near(
                0,
                "総数 $S$ を掛けていません。$C_{ij}/(S_iS_j)$ は1より小さく、負なので0にしています。",
            ),
        ),
        steps=(
            Step(
                "ratio",
                f"$\\dfrac{{C_{{ij}}S}}{{S_iS_j}}=\\dfrac{{{c}\\times{total}}}"
                f"{{{c * a}\\times{c * b}}}=$ @{{?}}",
                2**power,
            ),
            Step("log", "$\\log_2$ を取って @{?}。正なのでそのままです。", power),
        ),
    )


_EVEN_RATIOS = (Fraction(3, 2), Fraction(2), Fraction(4, 3), Fraction(5, 4))


def counts_table(rng: np.random.Generator) -> Calculation | None:
    """A small table of counts (2 words × 3 contexts): sum, PMI of a cell, a cell below chance."""
    c = np.array(integers(rng, 1, 9, 6)).reshape(2, 3)
    s, rows, columns = int(c.sum()), c.sum(axis=1), c.sum(axis=0)
    ratio = Fraction(int(c[0, 0]) * s, int(rows[0] * columns[0]))
    below = Fraction(int(c[1, 0]) * s, int(rows[1] * columns[0]))
    if ratio not in _EVEN_RATIOS or below >= 1:
        return None
    share, product = int(c[0, 0]) / s, int(rows[0] * columns[0]) / s
    return Calculation(
        values={
            **{f"c{i + 1}{j + 1}": int(c[i, j]) for i in range(2) for j in range(3)},
            "row": int(rows[0]), "column": int(columns[0]), "total": s,
            "ratio": float(ratio), "conditional": int(c[0, 0]) / int(rows[0]), "joint": share,
            "inverse": float(1 / ratio), "expected": product,
        },
        steps=(
            Step("sums", f"$S_i={rows[0]}$、$S_j={columns[0]}$、$S={s}$。"),
            Step(
                "ratio",
                f"$\\dfrac{{{c[0, 0]}\\times{s}}}{{{rows[0]}\\times{columns[0]}}}="
                f"{float(ratio):.4g}$。",
            ),
        ),
    )  # fmt: skip


def word2vec_parameters(rng: np.random.Generator) -> Calculation:
    """Both tables: 2VD."""
    v, d = int(pick(rng, 2_000, 5_000, 10_000, 30_000)), int(pick(rng, 50, 100, 200, 300))
    return Calculation(
        values={"V": v, "D": d},
        answer=2 * v * d,
        near=(
            Near(v * d, "$W_{in}$ だけの数です。予測する側の $W_{out}$ もあります。"),
            Near(v * d + d * d, "出力側の行列も $(V,D)$ です。隠れ層どうしの重みはありません。"),
            Near(2 * v * d + d + v, "バイアスを数えています。word2vecの層にバイアスはありません。"),
        ),
        steps=(
            Step("in", f"$W_{{in}}$ は ${v}\\times{d}=$ @{{?}} 個。", v * d),
            Step("both", "$W_{out}$ も同じ大きさなので、合わせて @{?} 個。", 2 * v * d),
        ),
    )


def negative_gradient(rng: np.random.Generator) -> Calculation | None:
    """dL/dw_1 = (σ(h·w) − t) h_1 of one sampled word."""
    h, w, t = integers(rng, -2, 2, 2), integers(rng, -2, 2, 2), int(rng.integers(0, 2))
    u = h[0] * w[0] + h[1] * w[1]
    s = 1 / (1 + math.exp(-u))
    answer = (s - t) * h[0]
    near = ((t - s) * h[0], s * (1 - s) * h[0], (s - (1 - t)) * h[0], (s - t) * w[0])
    if abs(u) > 3 or h[0] == 0:
        return None
    kind = "正例" if t else "負例"
    return Calculation(
        values={"h": h, "w": w, "t": t, "kind": kind, "label": t},
        answer=answer,
        near=(
            Near(near[0], "符号が逆です。$t-\\sigma(u)$ は、損失を減らす向きです。"),
            Near(near[1], "シグモイドの導関数は、交差エントロピーの微分と打ち消し合います。"),
            Near(near[2], "正解ラベルが逆です。正例が1、負例が0です。"),
            Near(
                near[3], "$h$ ではなく $w$ を掛けています。それは $\\partial L/\\partial h$ です。"
            ),
        ),
        steps=(
            Step("score", f"$u={h[0]}\\cdot({w[0]})+({h[1]})\\cdot({w[1]})=$ @{{?}}", u),
            Step("error", f"$\\sigma(u)-t=\\sigma({u})-{t}=$ @{{?}}", round(s - t, 4)),
            Step("gradient", f"$h_1={h[0]}$ を掛けて @{{?}}", round(answer, 4)),
        ),
    )


def power_probability(rng: np.random.Generator) -> Calculation | None:
    """Probability of the rarest of three words under count^0.75 (counts are fourth powers)."""
    counts = sorted(int(n) for n in rng.choice([1, 16, 81, 256, 625], size=3, replace=False))
    root = [round(n**0.25) ** 3 for n in counts]
    answer = root[0] / sum(root)
    half = [math.sqrt(n) for n in counts]
    near = (counts[0] / sum(counts), half[0] / sum(half), 1 / 3)
    if answer <= 0.004:
        return None
    return Calculation(
        values={"n1": counts[0], "n2": counts[1], "n3": counts[2]},
        answer=answer,
        near=(
            Near(near[0], "0.75乗していない、回数のままの割合です。"),
            Near(near[1], "0.75乗ではなく、平方根（0.5乗）を取っています。"),
            Near(near[2], "どの語も等しい確率（0乗）です。"),
        ),
        steps=(
            Step("powers", f"0.75乗は順に {root[0]}、{root[1]}、{root[2]}。"),
            Step("sum", "和は @{?}。", sum(root)),
            Step("probability", f"${root[0]}$ をこの和で割って @{{?}}", round(answer, 5)),
        ),
    )


def subsampling_discard(rng: np.random.Generator) -> Calculation:
    """1 − √(t/f), with f/t a square."""
    n = int(pick(rng, 4, 5, 8, 10, 20))
    t = float(pick(rng, 1e-4, 1e-5))
    f = round(t * n * n, 9)
    answer = 1 - 1 / n
    return Calculation(
        values={"t": f"{t:.5f}".rstrip("0"), "f": f"{f:.6f}".rstrip("0")},
        answer=answer,
        near=(
            Near(1 / n, "これは残す確率です。問われているのは捨てる確率です。"),
            Near(1 - 1 / n**2, "平方根を取っていません。"),
            Near(0, "残す確率が1を超える、と考えています。$t/f$ の分母と分子が逆です。"),
        ),
        steps=(
            Step("ratio", "$t/f=$ @{?}", round(1 / n**2, 6)),
            Step("keep", "平方根が残す確率で @{?}", round(1 / n, 6)),
            Step("discard", "1から引いて @{?}", round(answer, 6)),
        ),
    )


def cosine_similarity(rng: np.random.Generator) -> Calculation | None:
    """a·b / (|a||b|) with whole lengths."""
    shapes = [(3, 4), (4, 3), (6, 8), (8, 6), (5, 12), (12, 5), (0, 5), (5, 0), (-3, 4), (4, -3)]
    a, b = (shapes[int(k)] for k in rng.integers(0, len(shapes), size=2))
    dot = a[0] * b[0] + a[1] * b[1]
    la, lb = math.hypot(*a), math.hypot(*b)
    answer = dot / (la * lb)
    near = (dot, dot / la**2, math.dist(a, b), dot / (la + lb))
    if a == b or dot == 0:
        return None
    return Calculation(
        values={"a": a, "b": b},
        answer=answer,
        near=(
            Near(near[0], "内積のままです。2つの長さで割ります。"),
            Near(near[1], "片方の長さの2乗で割っています。両方の長さを1回ずつ使います。"),
            Near(near[2], "これはユークリッド距離です。"),
            Near(near[3], "長さの和で割っています。割るのは積です。"),
        ),
        steps=(
            Step("dot", "内積は @{?}", dot),
            Step("lengths", f"長さは {la:g} と {lb:g}。積は @{{?}}", la * lb),
            Step("cosine", "割って @{?}", round(answer, 4)),
        ),
    )


def add_k_probability(rng: np.random.Generator) -> Calculation | None:
    """(count + k) / (context + kV)."""
    k = float(pick(rng, 0.1, 0.5, 2.0))
    v, context = int(pick(rng, 20, 50, 100, 200)), int(rng.integers(4, 31)) * 2
    count = int(rng.integers(0, min(8, context) + 1))
    answer = (count + k) / (context + k * v)
    near = (count / context, (count + k) / (context + k), (count + k) / (context + v))
    return Calculation(
        values={"k": k, "V": v, "context": context, "count": count},
        answer=answer,
        near=(
            Near(near[0], "平滑化していない最尤推定です。"),
            Near(near[1], "分母に $k$ を1回しか足していません。$V$ 個の語の全てに足します。"),
            Near(near[2], "分母に $V$ を足しています。足した回数の合計は $kV$ です。"),
        ),
        steps=(
            Step("above", f"分子は ${count}+{k:g}=$ @{{?}}", round(count + k, 4)),
            Step("below", f"分母は ${context}+{k:g}\\times{v}=$ @{{?}}", round(context + k * v, 4)),
            Step("probability", "割って @{?}", round(answer, 5)),
        ),
    )


def perplexity_of_words(rng: np.random.Generator) -> Calculation | None:
    """Geometric mean of 1/p over four words whose probabilities are powers of ½."""
    bits = integers(rng, 1, 5, 4)
    mean = sum(bits) / 4
    answer = 2**mean
    inverse = [2.0**b for b in bits]
    near = (sum(inverse) / 4, 4 / sum(1 / x for x in inverse), mean, 2.0 ** sum(bits))
    if not mean.is_integer() or len(set(bits)) < 3:
        return None
    return Calculation(
        values={f"d{j + 1}": 2 ** bits[j] for j in range(4)},
        answer=answer,
        near=(
            Near(near[0], "$1/p$ の算術平均です。パープレキシティは幾何平均です。"),
            Near(near[1], "確率の算術平均の逆数です。平均するのは対数です。"),
            Near(near[2], "$-\\log_2p$ の平均です。2のべき乗に戻していません。"),
            Near(near[3], "確率の積の逆数です。語の数の根（ここでは4乗根）を取ります。"),
        ),
        steps=(
            Step("bits", "$-\\log_2p$ は順に " + "、".join(map(str, bits)) + "。"),
            Step("mean", "その平均は @{?}", mean),
            Step("perplexity", "2のべき乗に戻して @{?}", answer),
        ),
    )


def perplexity_of_loss(rng: np.random.Generator) -> Calculation:
    """exp of a mean cross-entropy in nats."""
    loss = int(rng.integers(1, 10))
    answer = math.exp(loss)
    return Calculation(
        values={"loss": loss},
        answer=answer,
        near=(
            Near(2**loss, "底を2としています。損失は自然対数で計算されています。"),
            Near(math.exp(-loss), "符号が逆です。これは正解の語の確率の幾何平均です。"),
            Near(loss, "損失のままです。指数関数で戻します。"),
        ),
        steps=(Step("exp", f"$e^{{{loss}}}=$ @{{?}}", round(answer, 3)),),
    )


def perplexity_table(rng: np.random.Generator) -> Calculation:
    """Two models on the same four words: the even one wins though its mean probability is lower."""
    even = int(pick(rng, 2, 3))
    odd = int(pick(rng, 1, 2)) if even == 3 else 1
    mean = even + 1
    last = 4 * mean - 3 * odd  # −log₂ p of the word that Q hardly expects
    place = int(rng.integers(0, 4))
    q = [last if j == place else odd for j in range(4)]
    return Calculation(
        values={
            **{f"p{j + 1}": f"1/{2**even}" for j in range(4)},
            **{f"q{j + 1}": f"1/{2 ** q[j]}" for j in range(4)},
            "even": even, "odd": odd, "last": last,
            "first": 2**even, "first_bits": even, "first_product": 2 ** (4 * even), "first_probability": 2.0**-even,
            "second": 2**mean, "second_inverse": 4 / (3 / 2**odd + 1 / 2**last),
            "second_average": (3 * 2**odd + 2**last) / 4, "second_bits": mean,
        },
        steps=(
            Step("bits", f"$-\\log_2p$ の平均は、Pが {even}、Qが {mean}。"),
            Step("perplexity", f"2のべき乗に戻して、Pが {2**even}、Qが {2**mean}。"),
        ),
    )  # fmt: skip


def fewer_products(rng: np.random.Generator) -> Calculation:
    """How many times fewer inner products negative sampling takes: V / (K + 1)."""
    k = int(pick(rng, 3, 4, 5, 9, 19))
    v = k * (k + 1) * int(pick(rng, 50, 100, 200))
    answer = v // (k + 1)
    return Calculation(
        values={"V": v, "K": k},
        answer=answer,
        near=(
            Near(v / k, "負例だけを数えています。正例の1つも計算します。"),
            Near(v // (2 * (k + 1)), "正例と負例のそれぞれで、2回ずつ数えています。"),
            Near(v - k - 1, "差を取っています。問われているのは比です。"),
        ),
        steps=(
            Step("softmax", "softmaxでは、語彙の全語との @{?} 個。", v),
            Step("negative", "ネガティブサンプリングでは、正例1つと負例で @{?} 個。", k + 1),
            Step("ratio", "割って @{?} 分の1。", answer),
        ),
    )


def ngram_table(rng: np.random.Generator) -> Calculation:
    """Number of possible n-grams: V^n."""
    v, n = int(pick(rng, 50, 100, 200, 500)), int(pick(rng, 2, 3))
    return Calculation(
        values={"V": v, "n": n},
        answer=v**n,
        near=(
            Near(n * v, "掛け算ではありません。どの位置にも $V$ 通りの語が入ります。"),
            Near(v ** (n - 1), "条件になる前の語の並びの数です。次の語も数えます。"),
            Near(v ** (n + 1), "$n$ 語の並びなので、$V$ を $n$ 回掛けます。"),
        ),
        steps=(
            Step("before", f"前の {n - 1} 語の並びが @{{?}} 通り。", v ** (n - 1)),
            Step("all", f"次の語が {v} 通りなので、全部で @{{?}} 通り。", v**n),
        ),
    )


def perplexity_of_batches(rng: np.random.Generator) -> Calculation | None:
    """2 to the mean loss (bits) of two batches, weighted by their words."""
    n1, n2 = (int(pick(rng, 100, 200, 300, 400)) for _ in range(2))
    l1, l2 = integers(rng, 2, 8, 2)
    mean = (n1 * l1 + n2 * l2) / (n1 + n2)
    plain = (l1 + l2) / 2
    average = (n1 * 2**l1 + n2 * 2**l2) / (n1 + n2)
    answer = 2**mean
    near = (2**plain, average, mean)
    if n1 == n2 or l1 == l2 or not mean.is_integer():
        return None
    return Calculation(
        values={"n1": n1, "n2": n2, "l1": l1, "l2": l2},
        answer=answer,
        near=(
            Near(near[0], "2つの平均を、そのまま平均しています。語の数で重みづけます。"),
            Near(near[1], "べき乗に戻してから平均しています。先に損失を平均します。"),
            Near(near[2], "損失の平均のままです。2のべき乗に戻します。"),
        ),
        steps=(
            Step(
                "mean",
                f"1語あたりの平均は $({n1}\\times{l1}+{n2}\\times{l2})/{n1 + n2}=$ @{{?}}",
                mean,
            ),
            Step("perplexity", "2のべき乗に戻して @{?}", answer),
        ),
    )
