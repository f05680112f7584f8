"""The gate explorer: one cell with hand-made weights, and what each gate does to it."""

import numpy as np

from eshikaku import nn, plot
from eshikaku.experiments import Choice, Experiment, Prediction, Result, Slider, saying
from eshikaku.nn import Array

STEPS = 50
WRITE, READ, CLEAR = (3, 33), (23, 43), (29,)  # the steps that carry a mark
MARK = 12.0  # weight from a mark to its gate
GATE_FUNCTIONS = {
    "sigmoid": "sigmoid",
    "hard sigmoid": "hard_sigmoid",
    "tanh": "tanh",
    "ReLU": "relu",
}
CONTENT_FUNCTIONS = {"tanh": "tanh", "sigmoid": "sigmoid", "恒等": "identity"}
STAGES = {
    "CECだけ": "",
    "＋入力・出力ゲート": "io",
    "＋忘却ゲート（LSTM）": "iof",
}


def sequence() -> tuple[Array, dict[str, Array]]:
    """Values x_t (50,) and the marks: 0.9 is to be written at t = 3, −0.7 at t = 33.

    The other values are noise, 0.6 · U(−1, 1) and 0.15 to one side, that is to be ignored.
    """
    rng = np.random.default_rng(3)
    x = rng.uniform(-0.6, 0.6, STEPS) + 0.15
    x[WRITE[0] - 1], x[WRITE[1] - 1] = 0.9, -0.7
    marks = {"i": WRITE, "o": READ, "f": CLEAR}
    return x, {gate: np.isin(np.arange(1, STEPS + 1), at) for gate, at in marks.items()}


def run(settings, report):
    """Forward through 50 steps; a gate that the stage does not have is 1."""
    x, marks = sequence()
    sigma = nn.activation(settings["gate"]).f
    phi = nn.activation(settings["content"]).f
    signs = {"i": MARK, "o": MARK, "f": -MARK}  # the forget gate closes at its mark
    biases = {"i": settings["input"], "o": -5.0, "f": settings["forget"]}
    gates = {
        name: sigma(biases[name] + signs[name] * marks[name])
        if name in settings["stage"]
        else np.ones(STEPS)
        for name in "ifo"
    }
    g, c, cell = phi(1.5 * x), 0.0, np.empty(STEPS)
    for t in range(STEPS):
        c = gates["f"][t] * c + gates["i"][t] * g[t]
        cell[t] = c
    h = gates["o"] * phi(cell)
    # dc_T/dc_t: the product of the forget gates after t
    gradient = np.append(np.cumprod(gates["f"][:0:-1])[::-1], 1.0)
    asked = [int(t) - 1 for t in READ]
    return Result(
        {"x": x, "c": cell, "h": h, "gradient": gradient, **gates},
        {
            f"書いた直後の c（t={WRITE[0]}）": float(cell[WRITE[0] - 1]),
            f"t={READ[0]} の h": float(h[asked[0]]),
            f"t={READ[1]} の h": float(h[asked[1]]),
            f"f の積（t={WRITE[0] + 1}〜{READ[0]}）": float(
                np.prod(gates["f"][WRITE[0] : READ[0]])
            ),
        },
    )


GATES = {"f": "forget", "i": "input", "o": "output"}  # and their colours


def draw(figure, runs):
    """Top: values, cell, hidden state. Bottom: the three gates.

    It follows sliders: marks are ticks and names are plain text, as legends would cost half of the
    time.
    """
    data, colors = runs[-1].result.data, plot.COLORS
    top, bottom = figure.subplots(2, 1, height_ratios=(3, 2))
    t, right = np.arange(1, STEPS + 1), STEPS + 1.5
    reach = float(np.abs(data["c"]).max())
    limit = next((limit for limit in (1.6, 4.0) if reach < limit), 12.0)
    top.vlines(t, 0, data["x"], color="#AAAAAA", linewidth=5)
    cell = {"color": colors["cell"], "linewidth": 2.2}
    hidden = {"color": colors["hidden"], "linewidth": 1.4, "linestyle": "--"}
    top.plot(t, data["c"], **cell)
    top.plot(t, data["h"], **hidden)
    for k, (name, color) in enumerate(
        (
            ("― セル c", colors["cell"]),
            ("- - 隠れ状態 h", colors["hidden"]),
            ("▌ 入力 x", "#777777"),
        )
    ):
        top.text(right, limit * (0.75 - 0.3 * k), name, color=color)
    top.set_title("t=23 で正、t=43 で負の値を答えられるか")
    marks = {**dict.fromkeys(WRITE, "書く"), **dict.fromkeys(READ, "答える"), CLEAR[0]: "消す"}
    top.set_xticks(list(marks), [f"{step}\n{name}" for step, name in marks.items()])
    top.set_ylim(-limit, limit)
    out = any(np.any((data[n] < -0.05) | (data[n] > 1.05)) for n in "ifo")
    low, high = (-2.1, 2.1) if out else (-0.08, 1.08)
    for k, (name, label, color, dash) in enumerate(
        (
            ("f", "― 忘却 f", "forget", "-"),
            ("i", "- - 入力 i", "input", "--"),
            ("o", "･･･ 出力 o", "output", ":"),
        )
    ):
        bottom.plot(t, data[name], color=colors[color], linestyle=dash, linewidth=2.2)
        bottom.text(right, high - (0.25 + 0.25 * k) * (high - low), label, color=colors[color])
    bottom.set(ylim=(low, high), xticks=range(0, STEPS + 1, 10))
    bottom.set(xlabel="時刻 t", ylabel="ゲートの値")
    for ax in (top, bottom):
        ax.set_xlim(0, STEPS + 1)
    for ax, names in ((top, {"c": "cell", "h": "hidden"}), (bottom, GATES)):
        for name, color in names.items():
            plot.mark_cut(ax, t, data[name], colors[color], most=4)
    figure.subplots_adjust(left=0.08, right=0.84, top=0.92, bottom=0.12, hspace=0.38)


gate_explorer = Experiment(
    name="gate-explorer",
    title="ゲートを動かす：書く・残す・消す・答える",
    controls=(
        Choice("stage", "どこまで付けるか", "iof", options=STAGES),
        Slider("forget", "忘却ゲートのバイアス b_f", 5.0, low=-2.0, high=8.0, step=0.5),
        Slider("input", "入力ゲートのバイアス b_i", -5.0, low=-8.0, high=4.0, step=0.5),
        Choice("gate", "ゲートの関数", "sigmoid", options=GATE_FUNCTIONS),
        Choice("content", "候補とセルの関数", "tanh", options=CONTENT_FUNCTIONS),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "50時刻の入力、セル、隠れ状態と、3つのゲートの値の図。"
        "答える時刻の h は t=23 で{t=23 の h:.2f}、t=43 で{t=43 の h:.2f}。"
    ),
    look_for=(
        "手で重みを決めた1つのセルです。「書く」「消す」「答える」の目印が来た時刻だけ、"
        "対応するゲートが動きます。灰色は入力で、目印のない時刻の値は無視したいものです。"
    ),
    seen=r"""
$b_f=1$ では $f=\sigma(1)=0.73$ です。1時刻で27%が消えます。
20時刻後に残るのは $0.73^{20}=0.002$ で、
$t=23$ の $h_t$ はほぼ0です。**$f$ は時刻ごとに掛かる**ので、0.73は「7割残る」ではありません。

「どこまで付けるか」を切り替えると、部品が何を直すかが1つずつ見えます。

- **CECだけ**：雑音が毎時刻足され、$c_t$ は8を超えます。
  $h_t$ も全時刻で出続けます（入力重み衝突と出力重み衝突）。
- **＋入力・出力ゲート**：$t=23$ は正しく答えます。$t=33$ の $-0.78$ は古い $0.87$ に足され、
  $t=43$ は負になるはずが $+0.14$ です。消す手段がありません。
- **＋忘却ゲート**：$t=29$ で $c_t$ が0に戻り、$t=43$ は $-0.61$ です。

ゲートの関数をtanhにすると、閉じたはずのゲートが $-1$ になり、符号が反転して書き込まれます。
ReLUでは $f=5$ が20回掛かり、$c_t$ は $10^{13}$ 倍になります。割合を表すには、
0〜1に収まる関数が要ります。
hard sigmoidは $b_f\ge3$ でちょうど1になり、1時刻も減りません。代わりに傾きが0で、
そこからは学習できません。
""",
    prediction=Prediction.of("lstm-explorer", {"forget": 1.0}, "zero"),
    live=True,
    overlay=False,
    figsize=(7.8, 4.2),
)
