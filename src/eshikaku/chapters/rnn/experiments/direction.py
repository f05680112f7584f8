"""Reading direction: what a second RNN from the end sees, and what a second layer does not."""

import numpy as np

from eshikaku import nn
from eshikaku.chapters.rnn import adder
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, Toggle, training
from eshikaku.models.heads import ManyToMany
from eshikaku.nn import Array
from eshikaku.tasks.addition import largest_first


def deep_adder(
    hidden_size: int, rng: np.random.Generator, layers: int, bidirectional: bool
) -> ManyToMany:
    """L recurrent layers, each in one direction or two, then one logit at every step."""
    width = hidden_size * (2 if bidirectional else 1)

    def layer(input_size: int) -> nn.Layer:
        one = nn.RNN(input_size, hidden_size, rng, dtype=np.float32)
        if not bidirectional:
            return one
        return nn.Bidirectional(one, nn.RNN(input_size, hidden_size, rng, dtype=np.float32))

    stack = nn.Stack(layer(2), *(layer(width) for _ in range(layers - 1)))
    return ManyToMany(stack, nn.Affine(width, 1, rng, dtype=np.float32))


def run(settings, curve):
    """Train on 8-digit sums in the chosen order; share of right digits for each place."""
    largest = settings["order"] == "largest"
    net = deep_adder(
        16,
        np.random.default_rng(settings["seed"]),
        settings["layers"],
        settings["bidirectional"],
    )
    flip = largest_first if largest else np.asarray
    x, t = (flip(a) for a in adder.held_out())

    def places() -> Array:
        found = adder.right(net, x, t).mean(axis=1)
        return found[::-1] if largest else found

    curve.show(places=places)
    data = ((flip(a), flip(b)) for a, b in adder.batches(settings["seed"]))
    for _ in adder.train(net, 1.0, data):
        curve.add()
    right = adder.right(net, x, t)
    return {
        "桁の正解率": float(right.mean()),
        "8桁すべて正解": float(right.all(axis=0).mean()),
        "パラメータ数": net.size,
    }


def alt(run_):
    """Right digits by place."""
    places = run_.result.data["places"]
    return (
        f"桁ごとの正解率の折れ線。{run_.label}では最下位の桁が{places[0]:.0%}、"
        f"5桁目が{places[4]:.0%}、平均{places.mean():.0%}。"
    )


direction = training(
    name="direction",
    title="読む向き：未来が要る足し算",
    controls=(
        Choice(
            "order",
            "桁を読む順",
            "lowest",
            options={"下の桁から": "lowest", "上の桁から": "largest"},
        ),
        Toggle("bidirectional", "双方向にする", False),
        Slider("layers", "層の数", 1, low=1, high=3, step=1, integer=True, unit="層"),
        SEED,
    ),
    run=run,
    updates=adder.SAMPLES // adder.BATCH,
    panels=Curves(
        "どの桁から当たらなくなるか",
        ylabel="正解率",
        line="places",
        x=range(1, adder.BITS + 1),
        xlabel="桁（1が最下位）",
        levels=[(0.5, "五分五分")],
        axes={"ylim": (0.4, 1.04)},
    ),
    alt=alt,
    figsize=(7.0, 3.6),
    look_for=(
        "上の桁から読むと、繰り上がりは未来から来ます。一方向・双方向・2層で、"
        "どの桁まで当たるかを比べます。"
    ),
    seen=r"""
下の桁から読めば、一方向でも全桁当たります。上の桁から読むと、一方向のネットワークは最下位だけ100%、
その1つ上が75%、4桁目より上は50%です。繰り上がりがまだ読んでいない下の桁から来るためです。

層を2つ、3つにしても変わりません。上の層も、時刻 $t$ では $x_1,\dots,x_t$ しか見ていません。
**双方向にすると100%に戻ります**。逆向きのRNNが下の桁から読み、繰り上がりを運びます。

75% は計算でも出ます。下から2桁目の繰り上がりは $a=b=1$ のとき、つまり確率 $1/4$ でしか来ないので、
「来ない」と答えれば75%当たります。
""",
    prediction=Prediction.of("rnn-direction", {"order": "largest"}, "low"),
)
