"""Where the context goes in, which way the source is read, how much of the truth is fed back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eshikaku.chapters.seq2seq import translators
from eshikaku.experiments.declaration import (
    Choice,
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
    Toggle,
)
from eshikaku.models import training

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UPDATES, EVERY, TEST = 800, 40, 100
CONTEXTS = {"初期状態だけ（Sutskever 2014）": "initial", "毎時刻（Cho 2014）": "every"}


def run(settings: Settings, report: Report) -> Result:
    """Train on dates; the share of unseen dates written without a fault, as it grows."""
    plan = translators.Plan(
        "read",
        settings["seed"],
        context=settings["context"],
        reverse=settings["reverse"],
        ratio=settings["ratio"],
        updates=settings.get("updates", UPDATES),
    )
    report(0, plan.steps)
    test = translators.pairs("read", plan.seed, 300, "test")
    model, losses = translators.fresh(plan), []
    steps: list[int] = []
    found: list[float] = []

    def so_far() -> Result:
        return Result({"steps": np.array(steps), "accuracy": np.array(found)})

    for step, loss in enumerate(translators.train(plan, model)):
        losses.append(loss)
        if step % EVERY == EVERY - 1 and step + 1 < plan.steps:
            steps.append(step + 1)
            some = slice(0, TEST)
            found.append(training.accuracy(model, test.source[:, some], test.target[:, some]))
        if step % 5 == 0:
            report(step, plan.steps, so_far)
    steps.append(plan.steps)
    found.append(training.accuracy(model, test.source, test.target))
    result = so_far()
    result.summary = {
        "正解率（見せていない300の日付）": found[-1],
        "最後の20回の損失": float(np.mean(losses[-20:])),
        "パラメータ数": model.size,
    }
    return result


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Accuracy over updates."""
    ax = figure.subplots()
    for run_ in runs:
        data: dict[str, Any] = run_.result.data
        style = {**run_.style, "markevery": 3}
        ax.plot(data["steps"], data["accuracy"], label=run_.label, **style)
    ax.set(
        title="見せていない日付を、何回の更新で書けるようになるか",
        xlabel="更新回数",
        ylabel="正解率（全文字が一致）",
        xlim=(0, max(UPDATES, *(run_.settings.get("updates", 0) for run_ in runs)) + 5),
        ylim=(-0.03, 1.05),
    )
    ax.legend(loc="upper left")


def alt(run_: Run) -> str:
    """Where the curve ends."""
    accuracy = run_.result.data["accuracy"]
    last = accuracy[-1] if len(accuracy) else 0.0
    return f"日付の書き換えの正解率の曲線。{run_.label}では最後の正解率が{last:.0%}。"


variants = Experiment(
    name="variants",
    title="cの渡し方、入力の向き、教師強制の割合",
    controls=(
        Choice("context", "c をデコーダへ渡す所", "initial", options=CONTEXTS),
        Toggle("reverse", "入力を逆順に読む", False),
        Slider("ratio", "教師強制の割合", 1.0, low=0.0, high=1.0, step=0.25),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "3通りの書き方の日付をISO形式に書き換えます。隠れ状態は64、更新は800回です。"
        "教師強制の割合は、次の入力に正解を使う確率です。残りは自分の直前の出力を使います。"
    ),
    seen=r"""
既定では、800回の更新のあとも正解率は数%です。**$c$ を毎時刻渡す**と、どの種でも80%を超えました。
デコーダの状態が、書きながら $c$ を覚え続けなくて済みます。勾配も各時刻から $c$ へ直接届きます。
$c$ の大きさは同じで、増えるのはデコーダの重みの行です。

**逆順に読む**だけでも、多くの種で上がります。年が最後に読まれ、最初に書く年との間が縮まるためです。
ただし種による差が大きく、種0と1は6割近く、種4は2%でした。1回の学習では判断できません（本文に表があります）。

教師強制の割合を下げると、学習のはじめは自分の誤りを読み続けます。
""",
    prediction=Prediction(
        {"context": "every"}, ask="seq2seq-variants-predict-01", reason="seq2seq-variants-reason-01"
    ),
    short={"updates": 40},
    full={"updates": 3000},
    full_minutes=1,
    figsize=(7.6, 3.8),
)
