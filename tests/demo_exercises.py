"""Small exercises, of each kind, on which the engine of exercises is tested."""

import math

import numpy as np

from eshikaku.exercises import Edit, Exercise, Wrong
from eshikaku.exercises.checks import arrays, gradients, holds, labels, standard

# --- blank: one affine map and tanh ---------------------------------------------------------


def dense(x, W, b):
    """全結合層と tanh。戻り値: (N, H)"""
    a = x @ W + b  # (N, H)
    return np.tanh(a)


def alt_dense_einsum(x, W, b):
    return np.tanh(np.einsum("nd,dh->nh", x, W) + b)


def alt_dense_loop(x, W, b):
    rows = []
    for row in x:
        rows.append(np.tanh(np.dot(row, W) + b))
    return np.stack(rows)


def wrong_dense_sigmoid(x, W, b):
    return 1 / (1 + np.exp(-(x @ W + b)))


def wrong_dense_no_bias(x, W, b):
    return np.tanh(x @ W)


def wrong_dense_bias_outside(x, W, b):
    return np.tanh(x @ W) + b


def wrong_dense_float32(x, W, b):
    return np.tanh(x @ W + b).astype(np.float32)


def wrong_dense_transposed(x, W, b):
    return np.tanh(x @ W.T + b)


def wrong_dense_in_place(x, W, b):
    W += 0.0
    b += 1.0
    return np.tanh(x @ W + b - 1.0)


DENSE_INPUTS = arrays(x="N D", W="D H", b="H")

DENSE = Exercise(
    id="demo-dense",
    title="全結合層",
    level=1,
    minutes=3,
    statement="空欄を埋めて $\\tanh(xW+b)$ を返してください。",
    reference=dense,
    blanks={"x @ W": "x @ ____", "np.tanh(a)": "____"},
    alternatives=[alt_dense_einsum, alt_dense_loop],
    wrongs=[
        Wrong(wrong_dense_sigmoid, "活性化がシグモイドです。ここでは tanh です。"),
        Wrong(wrong_dense_no_bias, "バイアス b が足されていません。"),
        Wrong(wrong_dense_bias_outside, "b は tanh の中で足します。"),
        Wrong(wrong_dense_float32, "結果を float32 に変えています。"),
        Wrong(wrong_dense_transposed, "W は (D, H) なので転置は要りません。"),
        Wrong(wrong_dense_in_place, "W と b を書き換えています。"),
    ],
    checks=standard(DENSE_INPUTS, returns=("h",)),
    hints=["形を書きます。", "x @ W + b です。"],
)

# --- write: softmax with cross-entropy --------------------------------------------------------


def cross_entropy(logits, t):
    """平均交差エントロピー。logits: (N, C)、t: (N,)、戻り値: float"""
    z = logits - logits.max(axis=1, keepdims=True)  # (N, C)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))  # (N, C)
    return -log_p[np.arange(len(t)), t].mean()


def alt_cross_entropy_loop(logits, t):
    total = 0.0
    for row, label in zip(logits, t, strict=True):
        top = np.max(row)
        total += top + np.log(np.sum(np.exp(row - top))) - row[label]
    return total / len(t)


def alt_cross_entropy_onehot(logits, t):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.sum(np.eye(logits.shape[1])[t] * log_p) / logits.shape[0]


def wrong_cross_entropy_overflow(logits, t):
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(t)), t]).mean()


def wrong_cross_entropy_sum(logits, t):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(t)), t].sum()


def wrong_cross_entropy_sign(logits, t):
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return log_p[np.arange(len(t)), t].mean()


def wrong_cross_entropy_axis(logits, t):
    z = logits - logits.max(axis=0, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=0, keepdims=True))
    return -log_p[np.arange(len(t)), t].mean()


def wrong_cross_entropy_epsilon(logits, t):
    z = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = z / z.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(t)), t] + 1e-7).mean()


CROSS_ENTROPY_INPUTS = arrays(logits="N C", t=labels("N", below="C"))

CROSS_ENTROPY = Exercise(
    id="demo-cross-entropy",
    title="交差エントロピー",
    level=2,
    minutes=8,
    statement="softmax と交差エントロピーをまとめて計算する関数を書いてください。",
    reference=cross_entropy,
    alternatives=[alt_cross_entropy_loop, alt_cross_entropy_onehot],
    wrongs=[
        Wrong(wrong_cross_entropy_overflow, "exp の前に最大値を引いていません。"),
        Wrong(wrong_cross_entropy_sum, "データ数で割っていません。"),
        Wrong(wrong_cross_entropy_sign, "マイナスが抜けています。"),
        Wrong(wrong_cross_entropy_axis, "正規化の軸が違います。クラスの軸は1です。"),
        Wrong(wrong_cross_entropy_epsilon, "log に 1e-7 を足すと大きな損失が頭打ちになります。"),
    ],
    checks=[
        *standard(CROSS_ENTROPY_INPUTS, returns=("loss",)),
        holds(
            CROSS_ENTROPY_INPUTS,
            lambda loss, logits, t: loss >= 0,
            name="符号",
            expected="損失は0以上",
            next_step="確率の対数は負です。",
        ),
    ],
    hints=["最大値を引きます。", "log-sum-exp を使います。"],
)

# --- bug: backward of an affine map -----------------------------------------------------------


def affine_backward(dy, x, W):
    """アフィン変換の逆伝播。戻り値: dx (N, D), dW (D, H), db (H,)"""
    dx = dy @ W.T
    dW = x.T @ dy
    db = dy.sum(axis=0)
    return dx, dW, db


def alt_affine_backward_einsum(dy, x, W):
    return np.einsum("nh,dh->nd", dy, W), np.einsum("nd,nh->dh", x, dy), np.sum(dy, 0)


def alt_affine_backward_list(dy, x, W):
    return [np.dot(dy, W.T), np.dot(x.T, dy), np.add.reduce(dy)]


def wrong_affine_backward_no_sum(dy, x, W):
    return dy @ W.T, x.T @ dy, dy


def wrong_affine_backward_order(dy, x, W):
    return dy @ W.T, dy.sum(axis=0), x.T @ dy


def wrong_affine_backward_mean_w(dy, x, W):
    return dy @ W.T, x.T @ dy / len(x), dy.sum(axis=0)


def wrong_affine_backward_no_bias(dy, x, W):
    return dy @ W.T, x.T @ dy


AFFINE_ALL = arrays(x="N D", W="D H", b="H", dy="N H")
AFFINE_INPUTS = AFFINE_ALL.only("dy", "x", "W")

AFFINE = Exercise(
    id="demo-affine-backward",
    title="アフィン変換の逆伝播",
    level=2,
    minutes=5,
    statement="次の逆伝播には誤りが1つあります。",
    reference=affine_backward,
    bug=Edit("dy.sum(axis=0)", "dy.mean(axis=0)", "db はバッチの和です。平均ではありません。"),
    alternatives=[alt_affine_backward_einsum, alt_affine_backward_list],
    wrongs=[
        Wrong(wrong_affine_backward_no_sum, "db をバッチ軸で足してください。"),
        Wrong(wrong_affine_backward_order, "戻り値は dx, dW, db の順です。"),
        Wrong(wrong_affine_backward_mean_w, "dW をデータ数で割る必要はありません。"),
        Wrong(wrong_affine_backward_no_bias, "db も返してください。"),
    ],
    checks=[
        *standard(AFFINE_INPUTS, returns=("dx", "dW", "db")),
        gradients(
            AFFINE_ALL,
            lambda x, W, b, dy: np.sum(dy * (x @ W + b)),
            wrt=("x", "W", "b"),
        ),
    ],
    hints=["3つの勾配を1つずつ数値微分と比べます。", "db の行を見ます。"],
)

# --- a reference with a mutant that is right too ------------------------------------------------


def relu(x):
    """max(x, 0)"""
    return x * (x > 0)  # fmt: skip


def _relu_exercise(name: str, equivalent: list[str]) -> Exercise:
    inputs = arrays(x="N D")
    return Exercise(
        id=name,
        title="ReLU",
        level=1,
        minutes=1,
        statement="ReLU",
        reference=relu,
        blanks=("x * (x > 0)",),
        alternatives=[],
        wrongs=[],
        checks=standard(inputs),
        hints=[],
        equivalent_mutants=equivalent,
    )


RELU_SILENT = _relu_exercise("demo-relu-silent", [])
RELU_JUSTIFIED = _relu_exercise("demo-relu", ["return x * (x >= 0)  # x=0 ではどちらも0"])
RELU_STALE = _relu_exercise(
    "demo-relu-stale", ["return x * (x >= 0)  # 同じ", "return x * (x > 1)  # 誤った弁明"]
)

# --- an exercise as edits of its reference -------------------------------------------------------


def scaled(x, W):
    """x: (N, D)、W: (D, H) → (N, H)"""
    a = x @ W  # (N, H)
    return np.tanh(a) / len(W) ** 0.5


SCALED_INPUTS = arrays(x="N D", W="D H")

SCALED = Exercise(
    id="demo-scaled",
    title="積、tanh、割り算",
    level=1,
    minutes=2,
    statement="$\\tanh(xW)/\\sqrt D$ を返してください。",
    reference=scaled,
    blanks=("x @ W", "np.tanh(a)"),
    alternatives=[
        lambda x, W: np.tanh(np.dot(x, W)) * x.shape[1] ** -0.5,
        lambda x, W: np.tanh(np.einsum("nd,dh->nh", x, W)) / math.sqrt(len(W)),
    ],
    wrongs=[
        Edit("np.tanh(a)", "a", "tanh を通していません。"),
        Edit("len(W) ** 0.5", "len(W)", "√ がありません。"),
    ],
    checks=standard(SCALED_INPUTS, returns=("h",)),
    hints=["x @ W を先に計算します。", "np.tanh(a) です。"],
)
