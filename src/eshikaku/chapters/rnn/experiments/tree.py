"""A formula in brackets: following the tree, and reading from the left."""

import numpy as np

from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, training
from eshikaku.models import recursive


def run(settings, curve):
    """Train on trees of n leaves; test on trees of twice as many."""
    rng, leaves, way = np.random.default_rng(settings["seed"]), settings["leaves"], settings["way"]
    net = recursive.TreeNet(16, rng)
    for accuracy in recursive.train(net, rng, curve.updates, leaves, way):
        curve.add(accuracy)
        curve.every(40, longer=lambda: recursive.right(net, 2 * leaves, way))
    return {
        "正解率（見せていない木）": recursive.right(net, leaves, way),
        "葉が2倍の木の正解率": recursive.right(net, 2 * leaves, way),
        "パラメータ数": net.size,
    }


tree = training(
    name="tree",
    title="木をたどるか、左から順に読むか：カッコのある論理式",
    controls=(
        Choice(
            "way",
            "まとめる順",
            "tree",
            options={"カッコのとおり（木）": "tree", "左から順に（鎖）": "chain"},
        ),
        Slider("leaves", "葉（0か1）の数", 4, low=3, high=8, step=1, integer=True),
        SEED,
    ),
    run=run,
    updates=400,
    what="論理式の正解率",
    panels=(
        Curves(
            "式の値を当てられるか",
            ylabel="正解率（直近10回の平均）",
            smooth=10,
            percent=True,
            axes={"ylim": (0, 1.05)},
        ),
        Curves(
            "葉が2倍の木でも当てられるか",
            ylabel="正解率",
            line="longer",
            percent=True,
            axes={"ylim": (0, 1.05)},
        ),
    ),
    look_for=(
        "$((1\\,0)(1\\,1))$ のような式の値を当てます。カッコ1組はNAND（両方が1のときだけ0、"
        "ほかは1）で、カッコの付け方は毎回違います。合成の重み $W$ は、どちらの順でも1つです。"
    ),
    seen=r"""
カッコのとおりにまとめると、400回の更新で全部当たり、学習していない2倍の長さの式も当たります。
どの節の計算も同じなので、1つの $W$ がNANDを覚えれば、木がどれだけ大きくても使えます。

左から順にまとめると、7割ほどで止まります。$((0\,0)\,1)=0$ と $(0\,(0\,1))=1$ のように、
同じ並びでもカッコで値が変わり、並びだけからは決まらないためです。
""",
    prediction=Prediction.of("rnn-tree", {"way": "chain"}, "most"),
    short={"updates": 30},
)
