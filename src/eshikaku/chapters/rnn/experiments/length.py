"""Length generalisation: the same weights at more steps than were trained."""

import numpy as np

from eshikaku import nn
from eshikaku.chapters.rnn import adder
from eshikaku.chapters.rnn.experiments.binary_addition import ACTIVATIONS
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, saying, training
from eshikaku.nn import Array

LENGTHS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
PASSED = range(7)  # places that a carry has been handed through
# where each activation learns, as the grid view shows
GOOD: dict[str, tuple[nn.Initialiser, float]] = {
    "tanh": (nn.xavier(), 1.0),
    "sigmoid": (nn.normal(1.0), 3.0),
    "relu": (nn.xavier(), 0.3),
}


def run(settings, curve):
    """10 000 sums of `bits` digits; then sums of other lengths with the same weights."""
    init, lr = GOOD[settings["activation"]]
    net = adder.Adder(
        16,
        np.random.default_rng(settings["seed"]),
        nonlinearity=settings["activation"],
        init=init,
    )
    curve.show(words=lambda: by_length(net, 100), passed=lambda: by_places_passed(net, 100))
    for loss in adder.train(net, lr, adder.batches(settings["seed"], settings["bits"])):
        curve.add(loss)
    words = by_length(net, 300)
    curve.show(words=words, passed=by_places_passed(net, 300))
    right = dict(zip(LENGTHS, map(float, words), strict=True))
    return {
        "最後の損失": curve.last(20),
        **{f"{n}桁すべて正解": right[n] for n in (8, 12, 64)},
    }


def by_length(net: adder.Adder, count: int) -> Array:
    """Share of sums with all digits right at each length, on `count` sums of each."""
    return np.array(
        [adder.right(net, *adder.held_out(count, n)).all(axis=0).mean() for n in LENGTHS]
    )


def by_places_passed(net: adder.Adder, count: int) -> Array:
    """Share of right digits after k places in a row that hand a carry through (a_t ≠ b_t)."""
    x, t = adder.held_out(count, 32)
    correct = adder.right(net, x, t)
    handed = x[..., 0] != x[..., 1]
    run_length = np.zeros(correct.shape, int)
    for step in range(1, len(x)):
        run_length[step] = np.where(handed[step - 1], run_length[step - 1] + 1, 0)
    return np.array([correct[run_length == k].mean() for k in PASSED])


def powers_of_two(ax, runs):
    """Ticks of the lengths, on a log axis."""
    ax.set_xscale("log", base=2)
    ax.set_xticks([2, 4, 8, 16, 32, 64], ["2", "4", "8", "16", "32", "64"])


length = training(
    name="length",
    title="学習より長い系列で使う",
    controls=(
        Slider("bits", "学習に使う桁数", 8, low=2, high=12, step=1, integer=True, unit="桁"),
        Choice("activation", "隠れ層の活性化関数", "tanh", options=ACTIVATIONS),
        SEED,
    ),
    run=run,
    updates=adder.SAMPLES // adder.BATCH,
    panels=(
        Curves(
            "学習より長い和を解けるか",
            ylabel="すべての桁が正解の割合",
            line="words",
            x=LENGTHS,
            xlabel="テストの桁数",
            axes={"ylim": (-0.04, 1.06)},
            extra=powers_of_two,
        ),
        Curves(
            "どの桁で間違えるか（32桁の和）",
            ylabel="その桁の正解率",
            line="passed",
            x=PASSED,
            xlabel="直前に a≠b の桁が続いた数",
            levels=[(0.5, "五分五分")],
            axes={"ylim": (0.4, 1.04)},
        ),
    ),
    alt=saying(
        "テストの桁数と全桁正解率の図。{bits}桁で学習したネットワークは、8桁で"
        "{8桁すべて正解:.0%}、12桁で{12桁すべて正解:.0%}、64桁で{64桁すべて正解:.0%}。"
    ),
    figsize=(8.4, 3.6),
    look_for=(
        "8桁で学習した重みを、そのまま2〜64桁に使います。左は全桁正解の割合、"
        "右は32桁の和で、$a\\ne b$ の桁が続いた直後の正解率です。"
    ),
    seen=r"""
8桁で学習したネットワークは64桁でも全問正解します。
重みの形に $T$ は入らないので、何も変えずに長い系列を読めます。

3桁で学習したネットワークは、3桁では全問正解でも、12桁では2〜3割しか全桁正解しません。
右の図が理由を示します。$a_t\ne b_t$ の桁は、来た繰り上がりをそのまま次へ渡します。
3桁の和では、渡す桁は多くて1桁です。ネットワークは短いあいだ覚えることしか学ばず、続くほど当たらなくなり、3桁続くとほぼ五分五分です。
8桁では6桁まで続くので、消えない状態を作る必要がありました。

「どんな長さでも動く」ことと「どんな長さでも正しい」ことは別です。後者は学習データに何が入っていたかで決まります。
""",
    prediction=Prediction.of("rnn-length", {"bits": 3}, "some"),
)
