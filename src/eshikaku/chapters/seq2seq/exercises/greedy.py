"""Exercise seq2seq-greedy: write the decoding loop."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, constant, standard
from eshikaku.exercises.inputs import Draw, Spec, integer


def greedy(c, E, W_x, W_h, W_y, b_y, limit):
    """c: (N, H)、E: (V, D) → 書いたID (T, N)。T ≦ limit、EOSの後はPAD"""
    PAD, BOS, EOS = 0, 1, 2
    h, last = c, np.full(len(c), BOS)  # (N, H), (N,)
    done = np.zeros(len(c), bool)  # (N,)：EOSを書いた行
    written = []
    for _ in range(limit):
        h = np.tanh(E[last] @ W_x + h @ W_h)  # (N, H)
        last = (h @ W_y + b_y).argmax(axis=1)  # (N,)
        last = np.where(done, PAD, last)  # 書き終えた行はPAD
        written.append(last)
        done = done | (last == EOS)
        if done.all():
            break
    return np.stack(written)


def alt_greedy_array(c, E, W_x, W_h, W_y, b_y, limit):
    ids = np.zeros((limit, len(c)), np.int64)
    running = np.ones(len(c), bool)
    h, x, t = c, np.repeat(E[1:2], len(c), axis=0), 0
    while t < limit and running.any():
        h = np.tanh(x @ W_x + h @ W_h)
        choice = np.argmax(h @ W_y + b_y, axis=-1)
        ids[t, running] = choice[running]
        running &= ids[t] != 2
        x = E[ids[t]]
        t += 1
    return ids[:t]


def alt_greedy_row_by_row(c, E, W_x, W_h, W_y, b_y, limit):
    rows = []
    for h in c:
        row, last = [], 1
        while len(row) < limit and last != 2:
            h = np.tanh(E[last] @ W_x + h @ W_h)
            last = int((h @ W_y + b_y).argmax())
            row.append(last)
        rows.append(row)
    T = max(map(len, rows))
    return np.array([row + [0] * (T - len(row)) for row in rows]).T


def _tables(d: Draw) -> np.ndarray:
    """Embeddings that differ clearly."""
    return d.rng.normal(0, 1.5, d.shape("V D")).astype(d.dtype)


INPUTS = arrays(
    c="N H",
    E=Spec(_tables, frozenset("VD")),
    W_x="D H",
    W_h="H H",
    W_y="H V",
    b_y="V",
    limit=integer(5, 9),
).with_sizes(V=(4, 5), N=(3, 6))


def _with(shape, places):
    """Normal draws with these places set."""

    def sample(d: Draw):
        x = d.rng.normal(size=d.shape(shape))
        for place, value in places:
            x[place] = value
        return x.astype(d.dtype)

    return Spec(sample, frozenset(shape.split()))


# The first component of h shrinks by 0.7 a step, whatever is written, and a row writes EOS when
# it has become small: rows 0, 2, … at once, rows 1, 3, … some steps later, all before the limit.
FIRST, ODD = (slice(None), 0), (slice(1, None, 2), 0)
APART = INPUTS.with_specs(
    c=_with("N H", [(FIRST, 0.02), (ODD, 0.9)]),
    W_x=_with("D H", [(FIRST, 0.0)]),
    W_h=_with("H H", [(FIRST, 0.0), ((0, 0), 0.7)]),
    W_y=_with("H V", [((0, 2), -80.0)]),
    b_y=_with("V", [(2, 20.0)]),
    limit=constant(12),
)

GREEDY = Exercise(
    id="seq2seq-greedy",
    title="貪欲法の繰り返しを書く",
    level=2,
    minutes=8,
    statement=r"""
学習済みのデコーダ（単純RNN）から、1文字ずつ書き出す関数を書いてください。$c$ が最初の隠れ状態です。

$$h_t=\tanh(E[y_{t-1}]W_x+h_{t-1}W_h),\qquad y_t=\operatorname*{arg\,max}\,(h_tW_y+b_y)$$

- 最初の入力はBOS（1）です。次からは、自分が書いた文字を入力します。
- EOS（2）を書いた行は、その後の時刻にPAD（0）を並べます。EOSも出力に残します。
- **すべての行**がEOSを書いたら終わります。書かない行があれば、`limit` 時刻で終わります。
- 候補からPADやBOSを除く処理は要りません。
""",
    reference=greedy,
    alternatives=[alt_greedy_array, alt_greedy_row_by_row],
    wrongs=[
        Edit(
            "E[last]",
            "E[np.full(len(c), BOS)]",
            "毎時刻BOSを入力しています。2時刻目からは、自分が書いた文字の埋め込みを入力します。",
        ),
        Edit(
            "np.full(len(c), BOS)",
            "np.full(len(c), PAD)",
            "最初の入力がPAD（0）です。BOS（1）から始めます。",
        ),
        Edit(
            "        last = np.where(done, PAD, last)  # 書き終えた行はPAD\n",
            "",
            "EOSを書いた行が、その後も文字を書いています。書き終えた行はPADにします。",
        ),
        Edit(
            "done.all()",
            "done.any()",
            "1行でもEOSを書くと止まっています。ほかの行は書き終えていません。",
        ),
        Edit(
            "        if done.all():\n            break\n",
            "",
            "全部の行が書き終えても limit まで続けています。PADだけの時刻が余ります。",
        ),
        Edit(
            "h @ W_h",
            "c @ W_h",
            "隠れ状態が次の時刻へ渡っていません。毎時刻 c から計算しています。",
        ),
        Edit(
            "        written.append(last)\n"
            "        done = done | (last == EOS)\n"
            "        if done.all():\n"
            "            break\n",
            "        done = done | (last == EOS)\n"
            "        if done.all():\n"
            "            break\n"
            "        written.append(last)\n",
            "最後の行がEOSを書いた時刻が、出力に入っていません。加えてから終わりを調べます。",
        ),
        Edit(
            "h, last = c,", "h, last = np.zeros_like(c),", "最初の隠れ状態が0です。c から始めます。"
        ),
        Edit(
            "done.all()",
            "(last == EOS).all()",
            "全部の行が同じ時刻にEOSを書いたときしか止まりません。"
            "書き終えたかどうかは done に覚えています。",
        ),
    ],
    checks=standard(INPUTS, returns=("ids",), cases={"行ごとに違う時刻に書き終えるとき": APART}),
    hints=[
        "h と last（直前の文字）の2つを持ち回ります。最初は h = c、last = BOS です。",
        "done（EOSを書いた行）を真偽の配列で持ち、np.where(done, PAD, last) で書き換えます。",
        "加える → done を更新する → done.all() なら抜ける、の順です。最後に np.stack します。",
    ],
    syllabus=("3.5.iii",),
)
