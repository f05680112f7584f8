"""Exercise bptt-clip: find the bug in gradient clipping."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, constant, holds, number, standard


def clip_gradients(dW_x, dW_h, db_h, max_norm):
    """全体のノルムが max_norm を超えたら縮めた勾配を返す"""
    grads = (dW_x, dW_h, db_h)
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    scale = min(1.0, max_norm / norm)
    return tuple(g * scale for g in grads)


def alt_clip_flat(dW_x, dW_h, db_h, max_norm):
    norm = np.linalg.norm(np.concatenate([dW_x.ravel(), dW_h.ravel(), db_h]))
    if norm <= max_norm:
        return dW_x, dW_h, db_h
    rate = max_norm / norm
    return dW_x * rate, dW_h * rate, db_h * rate


def alt_clip_divided(dW_x, dW_h, db_h, max_norm):
    squares = np.sum(dW_x**2) + np.sum(dW_h**2) + np.sum(db_h**2)
    over = max(1.0, float(np.sqrt(squares)) / max_norm)
    return [g / over for g in (dW_x, dW_h, db_h)]


def _norm(*grads):
    return np.sqrt(sum((g**2).sum() for g in grads))


INPUTS = arrays(dW_x="D H", dW_h="H H", db_h="H", max_norm=number(0.5, 8.0))
SHORT = INPUTS.with_specs(max_norm=constant(1000.0))
LONG = INPUTS.with_specs(max_norm=constant(0.5))


def kept_or_at_the_limit(output, dW_x, dW_h, db_h, max_norm):
    """Shorter gradients stay, longer ones end at the limit."""
    norm = _norm(dW_x, dW_h, db_h)
    return np.isclose(_norm(*output), min(norm, max_norm))


CLIP = Exercise(
    id="bptt-clip",
    title="クリッピングの誤りを直す",
    level=2,
    minutes=5,
    statement=r"""
ノルムによるクリッピングです。全てのパラメータの勾配を**1本のベクトル** $g$ と見て、
$\|g\|$ が `max_norm` を超えたときだけ、$g\leftarrow g\cdot\mathtt{max\_norm}/\|g\|$ とします。

このコードは動きますが、更新の向きが変わります。
直して、縮めた3つの勾配を組で返してください。受け取った配列は書き換えません。
""",
    reference=clip_gradients,
    bug=Edit(
        "    grads = (dW_x, dW_h, db_h)\n"
        "    norm = np.sqrt(sum((g**2).sum() for g in grads))\n"
        "    scale = min(1.0, max_norm / norm)\n"
        "    return tuple(g * scale for g in grads)",
        "    clipped = []\n"
        "    for g in (dW_x, dW_h, db_h):\n"
        "        norm = np.sqrt((g**2).sum())\n"
        "        scale = min(1.0, max_norm / norm)\n"
        "        clipped.append(g * scale)\n"
        "    return tuple(clipped)",
        "配列ごとのノルムで縮めています。倍率が配列ごとに違うので、全体の向きが変わります。",
    ),
    alternatives=[alt_clip_flat, alt_clip_divided],
    wrongs=[
        Edit(
            "min(1.0, max_norm / norm)",
            "max_norm / norm",
            "短い勾配まで max_norm に伸ばしています。超えたときだけ縮めます。",
        ),
        Edit(
            "g * scale for",
            "np.clip(g, -max_norm, max_norm) for",
            "成分ごとに切っています。それは値によるクリッピングで、向きが変わります。",
        ),
        Edit(
            "np.sqrt(sum((g**2).sum() for g in grads))",
            "sum((g**2).sum() for g in grads)",
            "平方根がありません。ノルムは2乗の和の平方根です。",
        ),
        Edit(
            "np.sqrt(sum((g**2).sum() for g in grads))",
            "sum(np.sqrt((g**2).sum()) for g in grads)",
            "配列ごとのノルムを足しています。2乗の和を全部足してから平方根をとります。",
        ),
        Edit(
            "np.sqrt(sum((g**2).sum() for g in grads))",
            "max(np.sqrt((g**2).sum()) for g in grads)",
            "最も長い配列のノルムを使っています。3つの2乗の和を全部足します。",
        ),
        Edit(
            "min(1.0", "max(1.0", "max で勾配を伸ばしています。倍率は1以下なので min(1.0, …) です。"
        ),
        Edit(
            {
                "for g in grads))": "for g in grads[:2]))",
                "return tuple(g * scale for g in grads)": "return dW_x * scale, dW_h * scale, db_h",
            },
            message="db_h が入っていません。3つの配列すべてが g です。",
        ),
        Edit(
            "return tuple(g * scale for g in grads)",
            "for g in grads:\n        g *= scale\n    return grads",
            "受け取った配列を *= で書き換えています。縮めた配列を新しく作って返します。",
        ),
    ],
    checks=[
        *standard(
            INPUTS,
            returns=("dW_x", "dW_h", "db_h"),
            cases={"max_norm より短いとき": SHORT, "max_norm より長いとき": LONG},
        ),
        holds(
            INPUTS,
            kept_or_at_the_limit,
            name="全体のノルム",
            expected="縮めた後の全体のノルムは、元のノルムと max_norm の小さい方",
            next_step="3つの配列の2乗の和をまとめて1つのノルムにします。",
        ),
        holds(
            SHORT,
            lambda output, *args: all(
                np.allclose(g, given) for g, given in zip(output, args, strict=False)
            ),
            name="短い勾配",
            expected="ノルムが max_norm 以下の勾配は変わらない",
            next_step="倍率は1を超えません。min(1.0, …) です。",
        ),
    ],
    hints=[
        "norm は何のノルムですか。3つの配列で値が違います。",
        "ノルムを for の外で1回だけ計算します。2乗の和を3つの配列で足します。",
        "norm = np.sqrt(sum((g**2).sum() for g in (dW_x, dW_h, db_h))) です。",
    ],
    syllabus=("3.2.ii", "3.5.i"),
)
