"""Exercise rnn-loss: write the whole forward pass, output layer and loss over time included."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, bits, standard


def rnn_loss(x, t, W_x, W_h, b_h, W_y, b_y):
    """x: (T, N, D)、t: (T, N, K) → logits: (T, N, K)、loss: 数"""
    h = np.zeros((x.shape[1], W_h.shape[0]), x.dtype)  # h_0: (N, H)
    logits = []
    for x_t in x:  # (N, D)
        h = np.tanh(x_t @ W_x + h @ W_h + b_h)  # (N, H)
        logits.append(h @ W_y + b_y)  # (N, K)
    logits = np.stack(logits)  # (T, N, K)
    loss = np.mean(np.logaddexp(0, logits) - t * logits)
    return logits, loss


def alt_loss_all_steps_at_once(x, t, W_x, W_h, b_h, W_y, b_y):
    hs, h = [], np.zeros((x.shape[1], W_h.shape[1]), x.dtype)
    for a in x @ W_x + b_h:
        h = np.tanh(a + h @ W_h)
        hs.append(h)
    y = np.array(hs) @ W_y + b_y
    return y, (np.maximum(y, 0) - y * t + np.log1p(np.exp(-np.abs(y)))).mean()


def alt_loss_running_sum(x, t, W_x, W_h, b_h, W_y, b_y):
    T, N, _ = x.shape
    logits = np.empty((T, N, len(b_y)), x.dtype)
    h = np.zeros((N, len(b_h)), x.dtype)
    total = np.zeros((), x.dtype)
    for i in range(T):
        h = np.tanh(x[i] @ W_x + h @ W_h + b_h)
        logits[i] = h @ W_y + b_y
        sign = 1 - 2 * t[i]  # log(1 + e^{−a}) where t = 1, log(1 + e^{a}) where t = 0
        total = total + np.logaddexp(0, sign * logits[i]).mean()
    return logits, total / T


INPUTS = arrays(
    x="T N D", t=bits("T N K"), W_x="D H", W_h="H H", b_h="H", W_y="H K", b_y="K"
).with_sizes(T=(2, 5))

LOSS = Exercise(
    id="rnn-loss",
    title="出力層と、時刻をまたぐ損失",
    level=2,
    minutes=6,
    statement=r"""
系列全体の順伝播を書きます。$h_0=0$ から始め、各時刻で

$$h_t=\tanh(x_tW_x+h_{t-1}W_h+b_h),\qquad o_t=h_tW_y+b_y$$

を計算します。$o_t$ はロジット（$\sigma$ に入れる前の値）です。損失はすべての要素の平均です。

$$L=\frac1{TNK}\sum_{t,n,k}\Bigl[\log(1+e^{o_{tnk}})-t_{tnk}\,o_{tnk}\Bigr]$$

これは $-\bigl[t\log\sigma(o)+(1-t)\log(1-\sigma(o))\bigr]$ と同じ値です。
$\log(1+e^{o})$ は `np.logaddexp(0, o)` で計算すると、大きな $o$ でもあふれません。

ロジット $(T,N,K)$ と損失を、この順に返してください。
""",
    reference=rnn_loss,
    alternatives=[alt_loss_all_steps_at_once, alt_loss_running_sum],
    wrongs=[
        Edit(" + b_y", "", "出力層のバイアス b_y が足されていません。o_t = h_t W_y + b_y です。"),
        Edit(
            "np.mean(np.logaddexp(0, logits) - t * logits)",
            "np.mean(np.logaddexp(0, logits) - t * logits) * len(x)",
            "損失が時刻について和になっています。ここでは T についても平均をとります。",
        ),
        Edit(
            " + h @ W_h",
            "",
            "状態が次の時刻に渡っていません。計算した h を、次の時刻の h_{t-1} に使います。",
        ),
        Edit(
            "np.mean(np.logaddexp(0, logits) - t * logits)",
            "np.mean(np.logaddexp(0, logits[-1]) - t[-1] * logits[-1])",
            "損失が最後の時刻だけです。各時刻に正解があるので、すべての時刻を平均します。",
        ),
        Edit(
            "return logits,",
            "return 0.5 * (1 + np.tanh(0.5 * logits)),",
            "返す値が確率になっています。σ を通す前のロジットを返してください。",
        ),
        Edit(
            "loss = np.mean(np.logaddexp(0, logits) - t * logits)",
            "p = 0.5 * (1 + np.tanh(0.5 * logits))\n    loss = np.mean(np.logaddexp(0, p) - t * p)",
            "損失に確率を入れています。この式の o はロジットで、σ は式の中に含まれています。",
        ),
        Edit(
            "np.logaddexp(0, logits)",
            "np.log(1 + np.exp(logits))",
            "exp があふれています。log(1 + exp(o)) を np.logaddexp(0, o) に替えてください。",
        ),
        Edit(
            "np.stack(logits)",
            "np.tanh(np.stack(logits))",
            "出力層に tanh が入っています。tanh は隠れ層だけで、ロジットはそのままの値です。",
        ),
        Edit(
            "np.mean(",
            "-np.mean(",
            "損失の符号が逆です。正解に近いほど小さい、0以上の値になります。",
        ),
    ],
    checks=standard(INPUTS, returns=("logits", "loss")),
    hints=[
        "h を (N, H) の0で始め、for x_t in x: で1時刻ずつ進めます。",
        "各時刻の h @ W_y + b_y をリストに集め、最後に np.stack で (T, N, K) にします。",
        "loss = np.mean(np.logaddexp(0, logits) - t * logits) です。",
    ],
    syllabus=("3.5.i",),
    equivalent_mutants=[
        "h = np.zeros((x.shape[1], W_h.shape[1]), x.dtype)  # W_h is square",
        "h = np.zeros((x.shape[1], W_h.shape[-1]), x.dtype)  # W_h is square",
    ],
)
