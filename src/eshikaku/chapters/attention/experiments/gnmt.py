"""Depth: as many layers on both sides as one likes, with residual connections or without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eshikaku.chapters.attention import interpreters
from eshikaku.experiments.declaration import (
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
    Toggle,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SMOOTH = 10


def run(settings: Settings, report: Report) -> Result:
    """Train A→B; the loss of each batch before its update."""
    seed, updates = settings["seed"], settings.get("updates", interpreters.DEEP_UPDATES)
    net = interpreters.deep(settings["layers"], settings["residual"], seed)
    losses: list[float] = []
    for step, loss in enumerate(interpreters.train_deep(net, seed, updates)):
        losses.append(loss)
        if not np.isfinite(loss):
            break
        report(step, updates, lambda: Result({"loss": np.array(losses)}))
    found = interpreters.measure(net, "ab", 100)
    return Result(
        {"loss": np.array(losses)},
        {
            "最後の25回の損失": float(np.mean(losses[-interpreters.LAST :])),
            "見せていない文の完全一致": f"{found.exact:.0%}",
            "正しい語": f"{found.words:.0%}",
            "パラメータ数": net.size,
        },
    )


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """The loss over updates, each run a line."""
    from eshikaku import plot

    ax = figure.subplots()
    for run_ in runs:
        data: dict[str, Any] = run_.result.data
        plot.loss_curve(ax, data["loss"], label=run_.label, smooth=SMOOTH, **run_.style)
    ax.set(
        title="深くすると、損失は早く下がるか",
        xlabel="更新回数", ylabel="損失（10回の移動平均）", ylim=(-0.1, 4.6),
    )  # fmt: skip
    ax.legend(loc="upper right")


def alt(run_: Run) -> str:
    """Where the curve ends."""
    losses = run_.result.data["loss"]
    last = float(np.mean(losses[-interpreters.LAST :])) if len(losses) else float("nan")
    return f"翻訳の損失の曲線。{run_.label}では最後の25回の平均が{last:.2f}。"


depth = Experiment(
    name="gnmt-depth",
    title="GNMTの深さ：残差接続は要るか",
    controls=(
        Slider("layers", "層の数（エンコーダ、デコーダそれぞれ）", 8, low=1, high=8, step=1,
               integer=True, unit="層"),
        Toggle("residual", "残差接続（3層目から）", True),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
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
    prediction=Prediction(
        {"residual": False}, ask="attention-gnmt-predict-01", reason="attention-gnmt-reason-01"
    ),
    full={"updates": 1000},
    short={"updates": 6},
    full_minutes=1,
    figsize=(6.6, 3.2),
)  # fmt: skip
