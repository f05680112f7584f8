"""Which values of (N, C, H·W) share one mean: a block one turns."""

from eshikaku.chapters.cnn_models import block
from eshikaku.experiments import (
    Choice,
    Experiment,
    Prediction,
    Result,
    Slider,
)

SHAPE = (4, 6, 9)
KINDS = {"Batch": "batch", "Layer": "layer", "Instance": "instance", "Group": "group"}
GROUPS = {"1": 1, "2": 2, "3": 3, "6": 6}


def run(settings, report):
    """The values averaged together with the chosen one."""
    n, c = int(settings["image"]) - 1, int(settings["channel"]) - 1
    lit = block.sharing(settings["kind"], SHAPE, n, c, settings["groups"])
    N, C, P = SHAPE
    count = int(lit.sum())
    return Result(
        {"lit": lit, "turn": settings["turn"]},
        {
            "1つの平均に使う値": count,
            "平均の個数": N * C * P // count,
            "画像をまたぐか": "またぐ" if lit.any(axis=(1, 2)).sum() > 1 else "またがない",
        },
    )


def draw(figure, runs):
    """The block of the newest run."""
    data = runs[-1].result.data
    block.draw_block(figure.subplots(), data["lit"], data["turn"], "色の付いた値を一緒に平均する")
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.92)


def alt(run_):
    """How many values are lit."""
    found = run_.result.summary
    return (
        "4枚の画像、6チャネル、9か所の値を箱で表した図。色の付いた値は"
        f"{found['1つの平均に使う値']}個で、画像を{found['画像をまたぐか']}。"
    )


axes = Experiment(
    name="axes",
    title="正規化の軸：どの値を一緒に平均するか",
    controls=(
        Choice("kind", "正規化", "batch", options=KINDS),
        Choice("groups", "組の数 G（Groupだけで使う）", 3, options=GROUPS),
        Slider("image", "画像 n", 1, low=1, high=4, step=1, integer=True),
        Slider("channel", "チャネル c", 1, low=1, high=6, step=1, integer=True),
        Slider("turn", "箱の向き", -35, low=-55, high=55, step=5, integer=True, unit="度"),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "画像 $n$、チャネル $c$ の値と、同じ平均・分散を使う値に色が付きます。"
        "箱の向きも変えられます。"
    ),
    seen=r"""
Batchだけが、4枚の画像にまたがって色が付きます。1つの平均に $N\cdot HW=36$ 個の値を使います。

Layerでは1枚の画像の全部（54個）、Instanceでは1枚の1チャネル（9個）です。
Groupは、$G=1$ でLayerと、$G=6$ でInstanceと同じ範囲になります。
""",
    prediction=Prediction.of("cnn-models-axes", {"kind": "layer"}, "more"),
    live=True,
    overlay=False,
    figsize=(6.6, 4.2),
)
