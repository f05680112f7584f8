"""Depth: as many layers on both sides as one likes, with residual connections or without."""

from eshikaku.experiments import SEED, Curves, Prediction, Slider, Toggle, training
from eshikaku.models import interpreters


def run(settings, curve):
    """Train A→B; the loss of each batch before its update."""
    net = interpreters.deep(settings["layers"], settings["residual"], settings["seed"])
    for loss in interpreters.train_deep(net, settings["seed"], curve.updates):
        curve.add(loss)
    found = interpreters.measure(net, "ab", 100)
    return {
        "最後の25回の損失": curve.last(interpreters.LAST),
        "見せていない文の完全一致": f"{found.exact:.0%}",
        "正しい語": f"{found.words:.0%}",
        "パラメータ数": net.size,
    }


depth = training(
    name="gnmt-depth",
    title="GNMTの深さ：残差接続は要るか",
    controls=(
        Slider("layers", "層の数（エンコーダ、デコーダそれぞれ）", 8, low=1, high=8, step=1,
               integer=True, unit="層"),
        Toggle("residual", "残差接続（3層目から）", True),
        SEED,
    ),
    run=run,
    updates=interpreters.DEEP_UPDATES,
    what="翻訳の損失",
    panels=Curves(
        "深くすると、損失は早く下がるか",
        ylabel="損失（10回の移動平均）",
        smooth=10,
        axes={"ylim": (-0.1, 4.6)},
    ),
    figsize=(6.6, 3.6),
    look_for=(
        "A語からB語への翻訳を250回の更新で学習します。最後の損失と、学習に使っていない文の"
        "完全一致を見ます。論文の深さは8層＋8層です。"
    ),
    seen=r"""
8層で残差があると、250回で損失はほぼ0になり、見せていない文を正しく訳します。

残差を外すと、同じ8層で損失は1.2から1.6にとどまり、正しく訳せる文はありません。更新を4倍の1000回にしても
0.9ほどで、0%のままでした。層を重ねただけでは深さの利点が出ない、という論文の指摘は、この大きさでも見えます。

4層にしても同じ向きです。2層では、残差の有無で何も変わりません。残差は3層目から始まるためです。

ただし、この課題は1層でも100%解けます。ここで見えるのは「深くしても学習できるか」で、「深いほど訳がよい」ではありません。
""",
    prediction=Prediction.of("attention-gnmt", {"residual": False}, "worse"),
    full={"updates": 1000},
    short={"updates": 6},
    full_minutes=1,
)  # fmt: skip
