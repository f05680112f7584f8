"""Exercise lstm-backward: write the backward pass of one step, up to the pre-activations."""

import numpy as np

from eshikaku.exercises import Edit, Exercise
from eshikaku.exercises.checks import arrays, derived, gradients, standard
from eshikaku.nn import sigmoid


def lstm_backward(dh, dc, c_prev, i, f, g, o):
    """dh, dc: この時刻の h と c に届いた勾配 (N, H) → da: (N, 4H)、dc_prev: (N, H)"""
    tanh_c = np.tanh(f * c_prev + i * g)  # (N, H)
    dc = dc + dh * o * (1 - tanh_c**2)  # c に届くすべて
    da_i = dc * g * i * (1 - i)
    da_f = dc * c_prev * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    da_o = dh * tanh_c * o * (1 - o)
    return np.concatenate([da_i, da_f, da_g, da_o], axis=1), dc * f


def alt_backward_filled(dh, dc, c_prev, i, f, g, o):
    N, H = dh.shape
    t = np.tanh(f * c_prev + i * g)
    total = dc + (dh * o) * (1 - t) * (1 + t)
    da = np.empty((N, 4 * H), dh.dtype)
    da[:, :H] = total * g
    da[:, H : 2 * H] = total * c_prev
    da[:, 3 * H :] = dh * t
    for k, gate in ((0, i), (1, f), (3, o)):
        da[:, k * H : (k + 1) * H] *= gate * (1 - gate)
    da[:, 2 * H : 3 * H] = total * i * (1 - g * g)
    return da, f * total


def alt_backward_stacked(dh, dc, c_prev, i, f, g, o):
    c = i * g + f * c_prev
    inner = dc + dh * o / np.cosh(np.clip(c, -300, 300).astype(np.float64)) ** 2
    inner = inner.astype(dh.dtype)
    factors = [g * (i - i**2), c_prev * (f - f**2), i - i * g**2]
    last = dh * np.tanh(c) * (o - o**2)
    return np.hstack([*(inner * k for k in factors), last]), inner * f


def _gate(k, squash):
    """The k-th slice of a, squashed."""

    def draw(args):
        return squash(np.split(args["a"], 4, axis=1)[k])

    return derived(draw)


ALL = arrays(
    a="N 4H",
    dh="N H",
    dc="N H",
    c_prev="N H",
    i=_gate(0, sigmoid),
    f=_gate(1, sigmoid),
    g=_gate(2, np.tanh),
    o=_gate(3, sigmoid),
)
INPUTS = ALL.only("dh", "dc", "c_prev", "i", "f", "g", "o")


def loss(a, dh, dc, c_prev, i, f, g, o):
    """Σ dh ⊙ h + dc ⊙ c: its gradients with respect to h and c are dh and dc."""
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    c = sigmoid(a_f) * c_prev + sigmoid(a_i) * np.tanh(a_g)
    return float(np.sum(dh * sigmoid(a_o) * np.tanh(c) + dc * c))


BACKWARD = Exercise(
    id="lstm-backward",
    title="LSTMの1時刻の逆伝播",
    level=3,
    minutes=9,
    statement=r"""
この時刻の $h_t$ に届いた勾配 `dh` と、次の時刻から $c_t$ に届いた勾配 `dc` を受け取り、
活性化前の値の勾配 `da` $(N,4H)$（$i,f,g,o$ の順）と、`dc_prev` $(N,H)$ をこの順に返してください。

$$c_t=f_t\odot c_{t-1}+i_t\odot g_t,\qquad h_t=o_t\odot\tanh(c_t)$$

`i`, `f`, `g`, `o` は活性化関数を通した後の値です。$\sigma'=s(1-s)$、$\tanh'=1-t^2$ を使います。
数値微分と比べて採点します。
""",
    reference=lstm_backward,
    alternatives=[alt_backward_filled, alt_backward_stacked],
    wrongs=[
        Edit(
            "dc = dc + dh",
            "dc = dh",
            "次の時刻から来た dc が使われていません。c_t には2つの道から勾配が届きます。",
        ),
        Edit(
            " + dh * o * (1 - tanh_c**2)",
            "",
            "h_t を通って c_t に届く勾配がありません。dh * o * (1 − tanh²c) を dc に足します。",
        ),
        Edit(
            "dh * o * (1 - tanh_c**2)",
            "dh * (1 - tanh_c**2)",
            "h_t から c_t へ戻るときに出力ゲート o が掛かっていません。",
        ),
        Edit(
            " * (1 - tanh_c**2)",
            "",
            "h_t から c_t へ戻るときに tanh の傾き (1 − tanh²c) が抜けています。",
        ),
        Edit(
            "axis=1), dc * f",
            "axis=1), dc",
            "dc_prev に f が掛かっていません。セルの経路に掛かる数は f そのものです。",
        ),
        Edit(
            "axis=1), dc * f",
            "axis=1), dc * f * (1 - f)",
            "dc_prev に掛かるのは f(1 − f) でなく f です。f は c_prev の係数です。",
        ),
        Edit(
            "dc * c_prev * f",
            "dc * (f * c_prev + i * g) * f",
            "da_f に c_t が使われています。f_t が掛かる相手は c_prev です。",
        ),
        Edit(
            {"dc * g * i": "dc * c_prev * i", "dc * c_prev * f": "dc * g * f"},
            message="da_i と da_f の相手が逆です。i の相手は g、f の相手は c_prev です。",
        ),
        Edit(
            "(1 - g**2)",
            "g * (1 - g)",
            "da_g の傾きがsigmoidのものです。g は tanh なので (1 − g²) です。",
        ),
        Edit(
            "dh * tanh_c * o",
            "dh * (f * c_prev + i * g) * o",
            "da_o に c がそのまま使われています。o の相手は tanh(c) です。",
        ),
        Edit(
            "dh * tanh_c * o",
            "dc * tanh_c * o",
            "da_o に dc を使っています。o は h_t の式だけに現れるので、dh を使います。",
        ),
        Edit(
            {" * i * (1 - i)": "", " * f * (1 - f)": "", " * (1 - g**2)": "", " * o * (1 - o)": ""},
            message="ゲートの値の勾配で止まっています。活性化関数の傾きも掛けて da にします。",
        ),
        Edit("[da_i, da_f,", "[da_f, da_i,", "並べる順が違います。i, f, g, o の順です。"),
    ],
    checks=[
        *standard(INPUTS, returns=("da", "dc_prev"), scales=()),
        gradients(ALL, loss, wrt=("a", "c_prev")),
    ],
    hints=[
        "まず c_t に届く勾配を全部足します。次の時刻からの dc と、h_t = o·tanh(c_t) を通る分です。",
        "c_t の式では、i の相手は g、f の相手は c_prev、g の相手は i です。o は h_t の式の中です。",
        "da_i = dc * g * i * (1 - i)。ほかも「届いた勾配 × 相手 × 傾き」です。dc_prev = dc * f。",
    ],
    names=("np", "sigmoid"),
    syllabus=("3.5.ii",),
)
