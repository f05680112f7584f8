"""Review classification: word order needed, and then memory as well."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eshikaku.chapters.gru import networks
from eshikaku.experiments.declaration import (
    Choice,
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
)
from eshikaku.tasks import reviews as tasks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UPDATES, EVERY = 450, 15
TEST = 400


def run(settings: Settings, report: Report) -> Result:
    """Train on the templates of training; accuracy on those of test."""
    seed, tail = settings["seed"], settings["tail"]
    updates = settings.get("updates", UPDATES)
    data = tasks.make(np.random.default_rng([seed, 7]), networks.REVIEWS, tail=tail)
    test = tasks.make(np.random.default_rng([seed, 8]), TEST, "test", tail=tail)
    net = networks.reader(settings["model"], seed, settings["keep"])
    steps: list[int] = []
    found: list[float] = []

    def so_far() -> Result:
        return Result({"steps": np.array(steps), "accuracy": np.array(found)})

    began = time.perf_counter()
    batches = networks.batches(data.ids, data.labels, updates)
    for step, _ in enumerate(networks.train(net, 0.005, batches)):
        if step % EVERY == 0:
            steps.append(step)
            found.append(float(networks.right(net, test.ids[:, :100], test.labels[:100]).mean()))
        if step % 3 == 0:
            report(step, updates, so_far)
    seconds = time.perf_counter() - began
    answers = networks.right(net, test.ids, test.labels)
    steps.append(updates)
    found.append(float(answers.mean()))
    result = so_far()
    result.summary = {
        "正解率（見せていない型の文）": found[-1],
        "パラメータ数": net.size,
        "うち再帰層": net.rnn.size,
        "1000更新あたりの秒": f"{seconds / updates * 1000:.0f}" if settings.get("timed") else "—",
    }
    return result


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Accuracy on reviews of unseen templates over updates."""
    from eshikaku import plot

    ax = figure.subplots()
    for run_ in runs:
        data: dict[str, Any] = run_.result.data
        style = {**run_.style, "markevery": 2}
        ax.plot(data["steps"], data["accuracy"], label=run_.label, **style)
    ax.axhline(0.5, color=plot.COLORS["baseline"], linewidth=1.2, linestyle=":")
    ax.annotate(
        "bag-of-words（50%）", (1, 0.5), (-4, -14), ("axes fraction", "data"),
        textcoords="offset points", ha="right",
    )  # fmt: skip
    ax.set(
        title="bag-of-wordsの50%をいつ超えるか",
        xlabel="更新回数",
        ylabel="正解率（見せていない型の文）",
        ylim=(0.35, 1.03),
    )
    ax.legend(loc="center right")


def alt(run_: Run) -> str:
    """Where the curve ends."""
    accuracy = run_.result.data["accuracy"]
    last = accuracy[-1] if len(accuracy) else 0.5
    return f"感想文の分類の正解率の曲線。{run_.label}では最後の正解率が{last:.0%}。"


reviews = Experiment(
    name="reviews",
    title="感想文の分類：語順が要る、記憶も要る",
    controls=(
        Choice("model", "ネットワーク", "GRU", options={k: k for k in networks.KINDS}),
        Slider("tail", "文末に足す無関係な文", 0, low=0, high=6, step=1, integer=True, unit="文"),
        Slider("keep", "残す側のバイアスの初期値", 0.0, low=0, high=4, step=0.5),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "学習に使っていない型の感想文400件で、満足・不満を当てます。"
        "点線はbag-of-words（語の出現回数だけの分類器）の50%です。"
    ),
    seen=r"""
足す文がなければ、3つのネットワークはどれも、300回までの更新でほぼ100%に届きます。

無関係な文を3つ足すと、どれも50%のままです。足した文には満足・不満を決める語がありません。
答えが決まってから20語ほど保つ必要があり、$z\approx0.5$ では状態も勾配も届きません。

残す側のバイアスを2にすると、GRUは種0と1で100%になります。種2は450回の更新では60%でした。
""",
    prediction=Prediction(
        {"tail": 4}, ask="gru-reviews-predict-01", reason="gru-reviews-reason-01"
    ),
    full={"updates": 1000},
    short={"updates": 60},
    full_minutes=1,
    figsize=(7.6, 3.8),
)
