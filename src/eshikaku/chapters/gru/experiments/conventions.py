"""Weights trained in one form, read in another: what goes wrong, and what can be mended."""

from dataclasses import replace

import numpy as np

from eshikaku import nn
from eshikaku.chapters.gru import networks
from eshikaku.chapters.gru.experiments.gates import RESETS, UPDATES
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Toggle, saying, training
from eshikaku.tasks import reviews

STEPS = 250


def read_as(gru: nn.Layer, update: str, reset: str, flip: bool = False) -> nn.GRU:
    """A GRU of another form with the same numbers in its weights; `flip` negates those of z."""
    if not isinstance(gru, nn.GRU):
        raise TypeError(f"GRUではありません：{gru!r}")
    other = nn.GRU(
        gru.input_size,
        gru.hidden_size,
        np.random.default_rng(0),
        update=update,
        reset=reset,
        dtype=np.float32,
    ).load(gru.params)
    if flip:
        for value in other.gate("z").values():
            value *= -1
    return other


def run(settings, curve):
    """Train (keep, before), then read the weights in the form chosen."""
    seed = settings["seed"]
    test = reviews.make(np.random.default_rng([seed, 8]), 400, "test")
    curve.show(gap=np.zeros(reviews.MAX_LENGTH))
    net = networks.trained_reader("GRU", seed, curve.updates, lambda step: curve.add())
    other = read_as(net.rnn, settings["update"], settings["reset"], settings["flip"])
    with net.evaluation():
        x = net.read(test.ids)
        y = net.rnn(x)[0]
    h = other.eval()(x)[0]
    answers = net.out.eval()(h[-1]).argmax(axis=-1) == test.labels
    gap = np.abs(h - y).mean(axis=(1, 2))
    curve.show(gap=gap)
    return {"正解率": float(answers.mean()), "h のずれ（最後の時刻）": float(gap[-1])}


conventions = training(
    name="conventions",
    title="流儀を取り違えると：同じ重みを別の式で読む",
    controls=(
        Choice("update", "読むときの z の流儀", "keep", options=UPDATES),
        Choice("reset", "読むときのリセットの場所", "before", options=RESETS),
        Toggle("flip", "z の重みとバイアスの符号を反転", False),
        replace(SEED, high=4),
    ),
    run=run,
    updates=250,
    panels=Curves(
        "学習した流儀で読んだ状態から、どれだけずれるか",
        ylabel="|h のずれ| の平均",
        line="gap",
        x=range(1, reviews.MAX_LENGTH + 1),
        xlabel="時刻 t",
        axes={"ylim": (-0.03, 1.0)},
    ),
    alt=saying(
        "別の流儀で読んだGRUの状態のずれの折れ線。{label}では最後のずれが"
        "{h のずれ（最後の時刻）:.2f}、正解率が{正解率:.0%}。"
    ),
    short={"updates": 40},
    look_for=(
        "$z=1$ で残す、積の前にリセットする流儀で、感想文のGRUを学習します。"
        "その重みを別の式で読み、状態のずれと正解率を見ます。重みの数値は同じで、形も合います。"
    ),
    seen=r"""
リセットの場所を取り違えると、正解率は100%から90%弱に下がります。
候補の中だけの違いなので、状態は少しずつずれます。エラーは出ず、正解率も半分にはならないため、気づきにくい誤りです。

$z$ の流儀を取り違えると、残す時刻と書き換える時刻が逆になり、正解率は50%近くまで下がります。
このときは $z$ の重みとバイアスの符号を反転すると、ずれは丸め誤差だけになり、正解率も戻ります。
リセットの場所は、符号の反転では直りません。
""",
    prediction=Prediction.of("gru-conventions", {"reset": "after"}, "some"),
)
