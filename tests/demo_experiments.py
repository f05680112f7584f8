"""Small experiments that try the engine: a training that can diverge, a live one, all controls.

``course(folder)`` writes a course of one chapter with the questions they ask.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eshikaku import plot
from eshikaku.experiments.declaration import (
    BadSetting,
    Choice,
    Experiment,
    Prediction,
    Report,
    Result,
    Run,
    Settings,
    Slider,
    Text,
    Toggle,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# -- a training of a few thousand steps; diverges where the rate is above 1 ----------------------


def _descend(settings: Settings, report: Report) -> Result:
    rng = np.random.default_rng(settings["seed"])
    x = rng.normal(size=200)
    speed = np.zeros_like(x)
    losses: list[float] = []
    steps = settings.get("steps", 3000)
    for step in range(steps):
        gradient = x + (0.1 * rng.normal(size=x.shape) if settings["noise"] else 0.0)
        speed = settings["momentum"] * speed - settings["rate"] * gradient
        x = x + speed
        losses.append(float(x @ x) / 2)
        if step % 50 == 0:
            report(step, steps, lambda: Result({"loss": np.array(losses)}))
        if not np.isfinite(losses[-1]):
            break
    return Result({"loss": np.array(losses)}, {"最後の損失": losses[-1], "更新": len(losses)})


def _draw_losses(figure: Figure, runs: Sequence[Run]) -> None:
    ax = figure.subplots()
    for run in runs:
        losses = np.maximum(run.result.data["loss"], 1e-12)
        plot.loss_curve(ax, losses, label=run.label, **run.style)
    ax.set_yscale("log")
    ax.set_ylim(1e-13, 1e6)
    ax.set(title="損失は下がるか", xlabel="更新回数", ylabel="損失")
    ax.legend(loc="upper right")


descent = Experiment(
    name="demo-descent",
    title="勾配降下：学習率で損失はどう変わるか",
    controls=(
        Slider("rate", "学習率", 0.01, low=1e-4, high=10.0, step=0.5, log=True),
        Slider("momentum", "慣性（モーメンタム）の係数", 0.0, low=0.0, high=0.95, step=0.05),
        Toggle("noise", "勾配に雑音を加える", False),
        Slider("seed", "乱数の種", 0, low=0, high=9, step=1, integer=True),
    ),
    run=_descend,
    draw=_draw_losses,
    alt=lambda run: f"損失の曲線。{run.label}では最後の損失が{run.result.data['loss'][-1]:.3g}。",
    look_for="損失 $\\frac12 x^\\top x$ が下がる速さを見ます。",
    seen="学習率が $2$ を超えると、1回の更新で $|x|$ が大きくなります。",
    prediction=Prediction(
        {"rate": 1.0}, ask="demo-predict-01", reason="demo-reason-01", came_true="a"
    ),
    full={"steps": 200_000},
    full_minutes=0.2,
    short={"steps": 400},
)


# -- a forward pass: every move draws -------------------------------------------------------------


def _wave(settings: Settings, report: Report) -> Result:
    t = np.linspace(0, 10, 300)
    y = settings["height"] * np.sin(settings["speed"] * t + settings["phase"])
    return Result({"t": t, "y": y}, {"最大": float(y.max())})


def _draw_wave(figure: Figure, runs: Sequence[Run]) -> None:
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    for run in runs:
        left.plot(run.result.data["t"], run.result.data["y"], label=run.label, **run.style)
        counts, edges = np.histogram(run.result.data["y"], bins=20, range=(-2, 2))
        right.stairs(counts, edges, color=run.style["color"], linewidth=2)
    left.set(title="波の形", xlabel="時刻 $t$", ylabel="$y_t$", ylim=(-2.6, 2.6))
    right.set(title="値の分布", xlabel="$y_t$", ylabel="個数", ylim=(0, 150))
    left.legend(loc="upper right")


wave = Experiment(
    name="demo-wave",
    title="波：速さと高さは独立か",
    controls=(
        Slider("speed", "速さ", 1.0, low=0.2, high=5.0, step=0.1, unit="rad/s"),
        Slider("height", "高さ", 1.0, low=0.0, high=2.0, step=0.05),
        Slider("phase", "位相", 0.0, low=-3.0, high=3.0, step=0.1, unit="rad"),
    ),
    run=_wave,
    draw=_draw_wave,
    alt=lambda run: f"正弦波。最大値は{run.result.summary['最大']:.2f}。",
    look_for="高さを動かしても、山と山の間隔は変わりません。",
    seen="速さは間隔を、高さは振れ幅を決めます。",
    live=True,
)


# -- every kind of control ------------------------------------------------------------------------


def _letters(settings: Settings, report: Report) -> Result:
    text = settings["text"] * settings["times"]
    if not text:
        raise BadSetting("文字を1つ以上入れてください。")
    if settings["break"]:
        raise RuntimeError("わざと起こしたエラー")
    for i in range(len(text)):
        names, counts = np.unique(list(text[: i + 1]), return_counts=True)
        report(i, len(text), Result({"names": names, "counts": counts}))
    if settings["order"] == "count":
        names = names[np.argsort(-counts)]
        counts = np.sort(counts)[::-1]
    return Result({"names": names, "counts": counts}, {"文字の種類": len(names)})


def _draw_letters(figure: Figure, runs: Sequence[Run]) -> None:
    ax = figure.subplots()
    data = runs[-1].result.data
    ax.bar(range(len(data["names"])), data["counts"], color=runs[-1].style["color"])
    ax.set_xticks(range(len(data["names"])), list(data["names"]))
    ax.set(title="文字は何回出るか", xlabel="文字", ylabel="回数")


letters = Experiment(
    name="demo-letters",
    title="文字を数える",
    controls=(
        Text("text", "数える文", "すもももももももものうち", examples=("あ", "abc abc")),
        Choice("order", "並べ方", "code", options={"文字コードの順": "code", "多い順": "count"}),
        Slider("times", "くり返し", 1, low=1, high=5, step=1, integer=True, unit="回"),
        Toggle("break", "エラーを起こす", False),
    ),
    run=_letters,
    draw=_draw_letters,
    alt=lambda run: f"棒グラフ。文字は{run.result.summary['文字の種類']}種類。",
    look_for="いちばん多い文字を見ます。",
    seen="「も」が最も多く出ます。",
    overlay=False,
    figsize=(7.2, 3.0),
)


# -- the course they stand in ---------------------------------------------------------------------

_SOURCE = """---
eshikaku:
  title: 実験の見本
  syllabus: []
  parts:
  - {id: A, title: 見本, minutes: 5}
---
"""

_QUESTION = """
- id: demo-{name}-01
  rev: 1
  type: single
  scope: 発展
  skill: concept
  level: 1
  stem: |
    {stem}
  options:
  - key: a
    text: {a}
    correct: true
    why: 一次式で1より小さい倍率になります。
  - key: b
    text: {b}
    why: 倍率の符号が逆です。
  - key: c
    text: {c}
    why: 倍率は学習率で変わります。
  explain: |
    $x\\leftarrow(1-\\eta)x$ です。
  refs:
  - {{paper: 'Polyak, B. (1964). Some methods of speeding up the convergence.'}}
"""


def course(folder: Path) -> Path:
    """Write the course into ``folder``; it is named by ``ESHIKAKU_ROOT``."""
    here = Path(__file__).resolve().parents[1]
    (folder / "notebooks" / "source").mkdir(parents=True)
    (folder / "quizzes").mkdir()
    for name in ("schema.json", "syllabus.yaml"):
        if (here / "quizzes" / name).exists():
            shutil.copy(here / "quizzes" / name, folder / "quizzes")
    (folder / "notebooks" / "source" / "01_demo.md").write_text(_SOURCE, encoding="utf-8")
    predict = _QUESTION.format(
        name="predict",
        stem="学習率を1にすると損失はどうなりますか。",
        a="1回で0になる",
        b="増える",
        c="同じ",
    )
    reason = _QUESTION.format(
        name="reason", stem="なぜ1回で0になりましたか。", a="倍率が0", b="勾配が0", c="雑音"
    )
    text = f"schema: 1\ntopic: demo\nquestions:\n{predict}{reason}"
    (folder / "quizzes" / "01_demo.yaml").write_text(text, encoding="utf-8")
    return folder
