"""Exercise seq2seq-greedy: write the decoding loop."""

from __future__ import annotations

import numpy as np

from eshikaku.exercises import Exercise, Wrong
from eshikaku.exercises.checks import arrays, standard
from eshikaku.exercises.inputs import Draw, Spec, integer


def greedy(c, E, W_x, W_h, W_y, b_y, limit):
    """c: (N, H)、E: (V, D) → 書いたID (T, N)。T ≦ limit、EOSの後はPAD"""
    raise NotImplementedError("ここを書いてください")


def reference_greedy(c, E, W_x, W_h, W_y, b_y, limit):
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


def _write(c, E, W_x, W_h, W_y, b_y, limit, *, first=1, feed=True, keep=True, pad=True,
           stop="all", carry=True):  # fmt: skip
    """The loop with one thing changed."""
    h, last = c, np.full(len(c), first)
    done, written = np.zeros(len(c), bool), []
    for _ in range(limit):
        new = np.tanh(E[last if feed else np.full(len(c), first)] @ W_x + h @ W_h)
        h = new if carry else c
        choice = (new @ W_y + b_y).argmax(axis=1)
        if not keep and (done | (choice == 2)).all():
            break
        last = np.where(done, 0, choice) if pad else choice
        written.append(last)
        done = done | (last == 2)
        if (stop == "all" and done.all()) or (stop == "any" and done.any()):
            break
    return np.stack(written) if written else np.zeros((0, len(c)), np.int64)


def wrong_greedy_always_bos(c, E, W_x, W_h, W_y, b_y, limit):
    return _write(c, E, W_x, W_h, W_y, b_y, limit, feed=False)


def wrong_greedy_starts_with_pad(c, E, W_x, W_h, W_y, b_y, limit):
    return _write(c, E, W_x, W_h, W_y, b_y, limit, first=0)


def wrong_greedy_goes_on_after_eos(c, E, W_x, W_h, W_y, b_y, limit):
    return _write(c, E, W_x, W_h, W_y, b_y, limit, pad=False)


def wrong_greedy_stops_at_the_first(c, E, W_x, W_h, W_y, b_y, limit):
    return _write(c, E, W_x, W_h, W_y, b_y, limit, stop="any")


def wrong_greedy_never_stops(c, E, W_x, W_h, W_y, b_y, limit):
    return _write(c, E, W_x, W_h, W_y, b_y, limit, stop="")


def wrong_greedy_forgets_the_state(c, E, W_x, W_h, W_y, b_y, limit):
    return _write(c, E, W_x, W_h, W_y, b_y, limit, carry=False)


def wrong_greedy_loses_the_last_step(c, E, W_x, W_h, W_y, b_y, limit):
    return _write(c, E, W_x, W_h, W_y, b_y, limit, keep=False)


def wrong_greedy_starts_from_zero(c, E, W_x, W_h, W_y, b_y, limit):
    return _write(np.zeros_like(c), E, W_x, W_h, W_y, b_y, limit)


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

GREEDY = Exercise(
    id="seq2seq-greedy",
    title="貪欲法の繰り返しを書く",
    kind="write",
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
    starter=greedy,
    reference=reference_greedy,
    alternatives=[alt_greedy_array, alt_greedy_row_by_row],
    wrongs=[
        Wrong(
            wrong_greedy_always_bos,
            "毎時刻BOSを入力しています。2時刻目からは、自分が書いた文字の埋め込みを入力します。",
        ),
        Wrong(wrong_greedy_starts_with_pad, "最初の入力がPAD（0）です。BOS（1）から始めます。"),
        Wrong(
            wrong_greedy_goes_on_after_eos,
            "EOSを書いた行が、その後も文字を書いています。書き終えた行はPADにします。",
        ),
        Wrong(
            wrong_greedy_stops_at_the_first,
            "1行でもEOSを書くと止まっています。ほかの行は書き終えていません。",
        ),
        Wrong(
            wrong_greedy_never_stops,
            "全部の行が書き終えても limit まで続けています。PADだけの時刻が余ります。",
        ),
        Wrong(
            wrong_greedy_forgets_the_state,
            "隠れ状態が次の時刻へ渡っていません。毎時刻 c から計算しています。",
        ),
        Wrong(
            wrong_greedy_loses_the_last_step,
            "最後の行がEOSを書いた時刻が、出力に入っていません。加えてから終わりを調べます。",
        ),
        Wrong(wrong_greedy_starts_from_zero, "最初の隠れ状態が0です。c から始めます。"),
    ],
    checks=standard(INPUTS, returns=("ids",)),
    hints=[
        "h と last（直前の文字）の2つを持ち回ります。最初は h = c、last = BOS です。",
        "done（EOSを書いた行）を真偽の配列で持ち、np.where(done, PAD, last) で書き換えます。",
        "加える → done を更新する → done.all() なら抜ける、の順です。最後に np.stack します。",
    ],
    inputs=INPUTS,
    syllabus=("3.5.iii",),
)
