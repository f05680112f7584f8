"""Numbers behind the questions of chapter 05: every key is computed from what is shown.

Conventions: GRU with one bias a gate, embeddings without bias, output layer with bias.
"""

import math
from collections.abc import Sequence

import numpy as np

from eshikaku.questions.calculation import Calculation, Near, Step
from eshikaku.questions.drawing import pick, tenths


def _gru(inputs: int, hidden: int) -> int:
    return 3 * hidden * (inputs + hidden + 1)


def _softmax(logits: Sequence[float]) -> list[float]:
    powers = [math.exp(z) for z in logits]
    return [p / sum(powers) for p in powers]


# -- sizes --------------------------------------------------------------------------------------


def seq2seq_parameter_count(rng: np.random.Generator) -> Calculation:
    """Two embeddings, two GRUs, one output layer; c is the initial state only."""
    source, target = int(pick(rng, 20, 50, 100, 1000)), int(pick(rng, 15, 40, 200, 2000))
    d, h = int(pick(rng, 8, 16, 32)), int(pick(rng, 24, 64, 128))
    tables, recurrent, out = (source + target) * d, 2 * _gru(d, h), h * target + target
    return Calculation(
        values={"Vx": source, "Vy": target, "D": d, "H": h},
        answer=tables + recurrent + out,
        near=(
            Near(recurrent + out, "埋め込みの重みが抜けています。表引きでも、重みは学習されます。"),
            Near(tables + recurrent // 2 + out, "GRUを1つしか数えていません。重みは別々です。"),
            Near(tables + recurrent + h * target, "出力層のバイアスが抜けています。"),
            Near(tables + recurrent // 3 * 4 + out, "LSTMの4組で数えています。GRUは3組です。"),
        ),
        steps=(
            Step("tables", f"埋め込みは $({source}+{target})\\times{d}=$ @{{?}} 個。", tables),
            Step("gru", f"GRU 2つは $2\\times3\\times{h}({d}+{h}+1)=$ @{{?}} 個。", recurrent),
            Step("out", f"出力層は ${h}\\times{target}+{target}=$ @{{?}} 個。", out),
            Step("total", "合計は @{?} 個。", tables + recurrent + out),
        ),
    )


def seq2seq_context_extra(rng: np.random.Generator) -> Calculation:
    """c beside the embedding at every step: 3H rows more, H of them each."""
    d, h = int(pick(rng, 8, 16, 32, 50)), int(pick(rng, 20, 64, 128, 200))
    extra = 3 * h * h
    return Calculation(
        values={"D": d, "H": h},
        answer=extra,
        near=(
            Near(h * h, "1組分です。リセット、更新、候補の3組に、それぞれ $c$ の行が増えます。"),
            Near(3 * h * (h + 1), "バイアスは増えません。入力の次元によらないためです。"),
            Near(4 * h * h, "LSTMの4組で数えています。GRUは3組です。"),
            Near(3 * h * d, "埋め込みの分は、もとからあります。増えるのは $c$ の分です。"),
        ),
        steps=(
            Step("before", f"はじめの入力は @{{?}} 次元。$W_x$ は $({d},\\ 3\\times{h})$。", d),
            Step("after", f"連結すると ${d}+{h}=$ @{{?}} 次元。", d + h),
            Step("extra", f"$W_x$ に ${h}\\times3\\times{h}=$ @{{?}} 個が加わる。", extra),
        ),
    )


def seq2seq_double_hidden(rng: np.random.Generator) -> Calculation:
    """The encoder's GRU with twice the hidden size: what it costs."""
    d, h = int(pick(rng, 16, 32, 64)), int(pick(rng, 20, 50, 100))
    old, new = _gru(d, h), _gru(d, 2 * h)
    return Calculation(
        values={"D": d, "H": h, "H2": 2 * h},
        answer=new - old,
        near=(
            Near(old, "全体が2倍になるとした数です。$H^2$ の項は4倍になります。"),
            Near(3 * old, "全体が4倍になるとした数です。埋め込みの側とバイアスは2倍です。"),
            Near(new, "増えた後の総数です。問われているのは差です。"),
        ),
        steps=(
            Step("old", f"前は $3\\times{h}({d}+{h}+1)=$ @{{?}} 個。", old),
            Step("new", f"後は $3\\times{2 * h}({d}+{2 * h}+1)=$ @{{?}} 個。", new),
            Step("difference", "差は @{?} 個。", new - old),
        ),
    )


# -- training -----------------------------------------------------------------------------------


def seq2seq_masked_loss(rng: np.random.Generator) -> Calculation | None:
    """Mean cross entropy over the real tokens of two padded sentences."""
    a = [tenths(rng, 0.1, 1.5) for _ in range(4)]
    b = [tenths(rng, 1.2, 3.0) for _ in range(2)]
    p = [tenths(rng, 2.0, 5.0) for _ in range(2)]
    answer = (sum(a) + sum(b)) / 6
    near = ((sum(a) + sum(b)) / 8, (sum(a + b + p)) / 8, (sum(a) / 4 + sum(b) / 2) / 2)
    names = ("a1", "a2", "a3", "a4", "b1", "b2", "p1", "p2")
    return Calculation(
        values=dict(zip(names, [*a, *b, *p], strict=True)),
        answer=answer,
        near=(
            Near(near[0], "PADの損失を0にした後、PADも含めた8か所で割っています。"),
            Near(near[1], "PADの位置の損失も足しています。"),
            Near(near[2], "文ごとの平均を平均しています。短い文の語が重く数えられます。"),
        ),
        steps=(
            Step("sum", "本物の語の損失の和は @{?}", round(sum(a) + sum(b), 4)),
            Step("count", "本物の語は @{?} 個", 6),
            Step("mean", "割って @{?}", round(answer, 4)),
        ),
    )


# -- decoding -----------------------------------------------------------------------------------


def _row(rng: np.random.Generator, top: int) -> list[float]:
    """Three probabilities in hundredths, all different; ``top`` hundredths is the largest."""
    rest = range(3, 100 - top - 2)
    seconds = [n for n in rest if n != 100 - top - n and max(n, 100 - top - n) < top]
    second = pick(rng, *seconds)
    row = [top, second, 100 - top - second]
    return [row[k] / 100 for k in rng.permutation(3)]


def seq2seq_beam_by_hand(rng: np.random.Generator) -> Calculation | None:
    """Two words, beam of 2: greedy ends lower, the word left out would have ended higher."""
    a, b = int(rng.integers(37, 43)), int(rng.integers(31, 36))
    first = [a / 100, b / 100, (100 - a - b) / 100]
    rows = [_row(rng, int(rng.integers(*way))) for way in ((38, 47), (50, 66), (75, 91))]
    ends = [round(p * max(row), 4) for p, row in zip(first, rows, strict=True)]
    greedy, answer, lost = ends
    if first[1] <= first[2] or not greedy + 0.007 < answer < lost - 0.007:
        return None
    top = max(rows[1])
    names = ("ax", "ay", "az", "bx", "by", "bz", "cx", "cy", "cz")
    values = {"pa": first[0], "pb": first[1], "pc": first[2]}
    values |= dict(zip(names, [x for row in rows for x in row], strict=True))
    return Calculation(
        values=values,
        answer=answer,
        near=(
            Near(greedy, "貪欲法の結果です。1語目がBの候補も残っています。"),
            Near(lost, "1語目がCの候補は、ビーム幅2では捨てられています。"),
            Near(top, "2語目の確率だけです。1語目の確率も掛けます。"),
        ),
        steps=(
            Step("keep", f"1語目は確率の大きいA（{first[0]:g}）とB（{first[1]:g}）を残す。"),
            Step(
                "a",
                f"Aの先の最大は ${first[0]:g}\\times{max(rows[0]):g}=$ @{{?}}",
                round(greedy, 4),
            ),
            Step("b", f"Bの先の最大は ${first[1]:g}\\times{top:g}=$ @{{?}}", round(answer, 4)),
            Step("best", "大きいほうは @{?}", round(answer, 4)),
        ),
    )


def seq2seq_length_norm(rng: np.random.Generator) -> Calculation | None:
    """Two finished candidates; the longer one wins once scores are divided by the length."""
    p = [tenths(rng, -1.2, -0.3) for _ in range(2)]
    q = [tenths(rng, -0.9, -0.1) for _ in range(4)]
    short, long = sum(p), sum(q)
    near = (short / 2, short, long)
    answer = long / 4
    if short <= long + 0.05 or answer <= short / 2:
        return None
    values = dict(zip(("p1", "p2", "q1", "q2", "q3", "q4"), [*p, *q], strict=True))
    return Calculation(
        values=values,
        answer=answer,
        near=(
            Near(
                near[0], "和の大きいPを選んでから割っています。割った得点はQの方が大きくなります。"
            ),
            Near(near[1], "正規化のない得点（和）で選んだ場合です。"),
            Near(near[2], "Qの和です。語数で割ります。"),
        ),
        steps=(
            Step("p", f"Pは ${short:.1f}\\div2=$ @{{?}}", round(short / 2, 4)),
            Step("q", f"Qは ${long:.1f}\\div4=$ @{{?}}", round(answer, 4)),
            Step("choose", "大きい（0に近い）ほうは @{?}", round(answer, 4)),
        ),
    )


def seq2seq_beam_candidates(rng: np.random.Generator) -> Calculation:
    """Candidates scored in T steps: V at first, then k V each."""
    v, k, t = int(pick(rng, 10, 20, 50)), int(pick(rng, 2, 3, 5)), int(pick(rng, 3, 4, 5))
    answer = v + (t - 1) * k * v
    return Calculation(
        values={"V": v, "k": k, "T": t},
        answer=answer,
        near=(
            Near(t * k * v, "1時刻目は、BOSからの1通りだけを延ばします。"),
            Near(t * v, "貪欲法の数です。2時刻目からは、残した候補ごとに延ばします。"),
            Near(v**t, "全ての系列を調べる数です。"),
        ),
        steps=(
            Step("first", "1時刻目は @{?} 個。", v),
            Step("each", f"2時刻目からは1時刻に ${k}\\times{v}=$ @{{?}} 個。", k * v),
            Step("total", f"${v}+{t - 1}\\times{k * v}=$ @{{?}} 個。", answer),
        ),
    )


def seq2seq_temperature(rng: np.random.Generator) -> Calculation | None:
    """softmax(z/τ) of the first of three logits."""
    z = [float(pick(rng, -1, 0, 1, 2, 3)) for _ in range(3)]
    tau = pick(rng, 0.5, 2.0, 4.0)
    answer = _softmax([x / tau for x in z])[0]
    plain = _softmax(z)[0]
    near = (plain, _softmax([x * tau for x in z])[0], plain / tau)
    if z[0] < max(z) or len(set(z)) < 3:
        return None
    powers = [round(math.exp(x / tau), 4) for x in z]
    return Calculation(
        values={"z1": z[0], "z2": z[1], "z3": z[2], "tau": tau},
        answer=answer,
        near=(
            Near(near[0], "温度を使わない（$\\tau=1$）確率です。"),
            Near(near[1], "ロジットに $\\tau$ を掛けています。割ります。"),
            Near(near[2], "softmaxの後で割っています。和が1になりません。"),
        ),
        steps=(
            Step(
                "scaled",
                f"ロジットを {tau:g} で割ると $({', '.join(f'{x / tau:g}' for x in z)})$。",
            ),
            Step("powers", f"指数関数の値は $({', '.join(f'{p:g}' for p in powers)})$。"),
            Step("p", "1つ目を和で割って @{?}", round(answer, 4)),
        ),
    )


def seq2seq_top_k(rng: np.random.Generator) -> Calculation | None:
    """Probability of the second word among the k best, renormalised."""
    parts = sorted((int(x) for x in rng.integers(1, 12, size=4)), reverse=True)
    last = 20 - sum(parts)
    if not 0 < last < parts[-1] or len(set(parts)) < 4:
        return None
    p = [x / 20 for x in [*parts, last]]
    k = int(pick(rng, 2, 3))
    kept = sum(p[:k])
    answer = p[1] / kept
    near = (p[1], 1 / k, p[0] / kept)
    return Calculation(
        values={"p1": p[0], "p2": p[1], "p3": p[2], "p4": p[3], "p5": p[4], "k": k},
        answer=answer,
        near=(
            Near(near[0], "割り直していません。残した語の確率の和を1にします。"),
            Near(near[1], "残した語から等しい確率で選ぶのではありません。"),
            Near(near[2], "1番目の語の確率です。"),
        ),
        steps=(
            Step("kept", f"上位 {k} 個の確率の和は @{{?}}", round(kept, 4)),
            Step("share", f"${p[1]:g}\\div{kept:.2f}=$ @{{?}}", round(answer, 4)),
        ),
    )


def seq2seq_top_p(rng: np.random.Generator) -> Calculation | None:
    """How many words a nucleus of p keeps: the fewest, by probability, whose sum reaches p."""
    parts = sorted((int(x) for x in rng.integers(1, 11, size=4)), reverse=True)
    parts.append(20 - sum(parts))
    p = float(pick(rng, 0.5, 0.6, 0.7, 0.8, 0.9))
    sums = [sum(parts[: n + 1]) for n in range(5)]
    if not 0 < parts[4] < parts[3] or len(set(parts)) < 5 or round(20 * p) in sums:
        return None
    kept = next(n for n, total in enumerate(sums, 1) if total > 20 * p)
    return Calculation(
        values={f"p{n}": x / 20 for n, x in enumerate(parts, 1)} | {"p": p},
        answer=kept,
        near=(
            Near(kept - 1, f"和が {p:g} に届く前で止めています。届かせる語も残します。"),
            Near(5, "全ての語を残しています。"),
        ),
        steps=(
            Step(
                "sums",
                "大きい順に足した和は " + "、".join(f"{n / 20:g}" for n in sums[:kept]) + "。",
            ),
            Step("kept", f"初めて {p:g} 以上になるのは @{{?}} 語目。", kept),
        ),
    )
