"""Exercise seq2seq-beam: find the bug in one step of beam search."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, standard
from eshikaku.exercises.inputs import Draw, Spec, derived


def beam_step(log_p, step_log_p, done):
    """log_p: (K,)、step_log_p: (K, V)、done: (K,) → 親 (K,)、文字 (K,)、新しい log_p (K,)"""
    K, V = step_log_p.shape
    step = np.where(done[:, None], -np.inf, step_log_p)  # (K, V)：書き終えた候補は延ばさない
    step[done, 0] = 0.0  # 書き終えた候補は、PAD（0）だけを確率1で続ける
    total = log_p[:, None] + step  # (K, V)
    best = np.argsort(-total, axis=None)[:K]  # (K,)：平らにした番号
    return best // V, best % V, total.ravel()[best]


def alt_beam_step_lists(log_p, step_log_p, done):
    candidates = []
    for k in range(len(log_p)):
        if done[k]:
            candidates.append((log_p[k], k, 0))
        else:
            candidates += [(log_p[k] + s, k, v) for v, s in enumerate(step_log_p[k])]
    kept = sorted(candidates, key=lambda item: -item[0])[: len(log_p)]
    new, parent, token = zip(*kept, strict=True)
    return np.array(parent), np.array(token), np.array(new)


def alt_beam_step_partition(log_p, step_log_p, done):
    K, V = step_log_p.shape
    only_pad = np.where(np.arange(V) == 0, log_p.dtype.type(0), log_p.dtype.type(-np.inf))
    total = (log_p[:, None] + np.where(done[:, None], only_pad, step_log_p)).ravel()
    best = np.argpartition(-total, K - 1)[:K]
    best = best[np.argsort(-total[best])]
    parent, token = np.unravel_index(best, (K, V))
    return parent, token, total[best]


def _done(d: Draw) -> np.ndarray:
    """At least one finished and one unfinished hypothesis where there are two."""
    (K,) = d.shape("K")
    done = d.rng.random(K) < 0.4
    done[0], done[-1] = K > 1, False
    return done


def _log_softmax(a):
    shifted = a - a.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


INPUTS = (
    arrays(
        before="K",
        logits="K V",
        log_p=derived(lambda a: -np.sort(np.abs(a["before"])) * 0.5),
        step_log_p=derived(lambda a: _log_softmax(a["logits"])),
        done=Spec(_done, frozenset("K")),
    )
    .only("log_p", "step_log_p", "done")
    .with_sizes(K=(3, 5), V=(6, 9))
)


def _finished_last(behind):
    """The last hypothesis alone has ended; it is behind the others by so much."""
    return INPUTS.with_specs(
        log_p=derived(lambda a: -np.sort(np.abs(a["before"])) * 0.01 - behind * _last(a)),
        done=derived(_last),
    )


def _last(a):
    return np.arange(len(a["before"])) == len(a["before"]) - 1


BEAM = Exercise(
    id="seq2seq-beam",
    title="ビームサーチの1時刻：消える候補",
    level=2,
    minutes=7,
    statement=r"""
ビームサーチの1時刻です。$K$ 個の候補をそれぞれ $V$ 通りに延ばし、
$\log p$ の和の大きい順に $K$ 個を残します。
`done` は、EOSを書き終えた候補です。書き終えた候補は、**延ばさずにそのまま競わせます**
（文字はPAD（0）、$\log p$ は変わらない）。

動かすと、短い答えを書き終えた候補が次の時刻に必ず消えます。1か所を直してください。
""",
    reference=beam_step,
    bug=Edit(
        "    step[done, 0] = 0.0  # 書き終えた候補は、PAD（0）だけを確率1で続ける\n",
        "",
        "書き終えた候補の行が、すべて −∞ になっています。続き方を1つだけ残します："
        "PADを確率1（log p の増分 0）で。",
    ),
    alternatives=[alt_beam_step_lists, alt_beam_step_partition],
    wrongs=[
        Edit(
            "best // V, best % V",
            "best // K, best % K",
            "平らにした番号を K で割っています。1行の長さは V なので、親は // V、文字は % V です。",
        ),
        Edit(
            "log_p[:, None] + step",
            "step",
            "この時刻の log p だけで選んでいます。それまでの log_p を足した和で比べます。",
        ),
        Edit(
            {
                "np.where(done[:, None], -np.inf, step_log_p)": "step_log_p",
                "    step[done, 0] = 0.0  # 書き終えた候補は、PAD（0）だけを確率1で続ける\n": "",
            },
            message="書き終えた候補も延ばしています。EOSの後に文字は続きません。",
        ),
        Edit(
            "    best = np.argsort(-total, axis=None)[:K]  # (K,)：平らにした番号\n"
            "    return best // V, best % V, total.ravel()[best]",
            "    token, new = total.argmax(axis=1), total.max(axis=1)\n"
            "    order = np.argsort(-new)\n"
            "    return order, token[order], new[order]",
            "候補ごとに1つずつ選んでいます。K×V 個の全体から K 個を選びます。"
            "同じ親から2つ残ることもあります。",
        ),
        Edit("-total", "total", "小さい順に選んでいます。-total を並べ替えます。"),
        Edit(
            "log_p[:, None] + step",
            "np.exp(log_p[:, None] + step)",
            "確率に戻しています。長い系列では0に近づき、差が消えます。log p のまま返します。",
        ),
        Edit("best // V, best % V", "best % V, best // V", "親と文字の順が逆です。"),
        Edit(
            "    best = np.argsort(-total, axis=None)[:K]",
            "    first = np.where((step == 0) & done[:, None], -np.inf, -total)\n"
            "    best = np.argsort(first, axis=None)[:K]",
            "書き終えた候補を必ず残しています。log p が小さければ、延びた候補に負けて消えます。",
        ),
    ],
    checks=standard(
        INPUTS,
        returns=("parent", "token", "log_p"),
        cases={
            "書き終えた候補が負けるとき": _finished_last(60.0),
            "書き終えた候補が最後に残るとき": _finished_last(0.0),
        },
        ones=("K",),
    ),
    hints=[
        "done が True の行を追ってください。total のその行は、どうなっていますか。",
        "書き終えた候補の続きは1通りです。PADの列だけを、log p が変わらない値にします。",
        "total を計算する前に step[done, 0] = 0.0 を加えます。",
    ],
    syllabus=("3.5.iii",),
)
