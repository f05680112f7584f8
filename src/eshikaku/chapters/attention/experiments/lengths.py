"""Copying digits, as in chapter 05: accuracy against length, with and without attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eshikaku.chapters.attention import networks
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

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES = {str(h): h for h in (16, 32, 64, 96)}
SCORES = {
    "論文のとおり": "",
    "内積": "dot",
    "√d で割った内積": "scaled",
    "general": "general",
    "加法": "additive",
}
EVERY = 90


def run(settings: Settings, report: Report) -> Result:
    """Train on rows of 1 … 12 digits; accuracy by length, as it grows."""
    seed, updates = settings["seed"], settings.get("updates", networks.LESSONS["copies"].updates)
    data = networks.pairs("copies", seed)
    net = networks.translator(
        settings["kind"],
        data,
        seed,
        hidden=settings["hidden"],
        score=settings["score"] or None,
        both=settings["both"],
    )
    shares = np.zeros(len(networks.COPY_LENGTHS))

    def so_far() -> Result:
        return Result({"share": shares})

    for step, _ in enumerate(networks.train(net, "copies", seed, updates), 1):
        if step % EVERY == 0 and step < updates:
            shares = networks.copied(net, 20)
        if step % 5 == 0:
            report(step, updates, so_far)
    shares = networks.copied(net)
    result = so_far()
    half = networks.COPY_LENGTHS[shares >= 0.5]
    result.summary = {
        "半分以上写せる最長": f"{half[-1]}桁" if len(half) else "なし",
        "12桁の正解率": float(shares[11]),
        "15桁の正解率": float(shares[14]),
        "パラメータ数": net.size,
    }
    return result


def draw(figure: Figure, runs: Sequence[Run]) -> None:
    """Accuracy against the number of digits, as chapter 05 draws it."""
    from eshikaku import plot

    ax = figure.subplots()
    longest = networks.LONGEST_COPY
    ax.axvspan(longest + 0.5, 15.5, color=plot.COLORS["grey"], alpha=0.15)
    for run_ in runs:
        data: dict[str, Any] = run_.result.data
        style = {**run_.style, "markevery": 1}
        ax.plot(networks.COPY_LENGTHS, data["share"], label=run_.label, **style)
    ax.text(longest + 2, 1.08, "学習にない長さ", ha="center", va="center", fontsize=10.5)
    ax.set(
        title="桁が増えると正解率は落ちるか",
        xlabel="入力の長さ（桁）", ylabel="正解率（全桁が一致）",
        xlim=(0.5, 15.5), ylim=(-0.03, 1.55), xticks=networks.COPY_LENGTHS,
        yticks=np.linspace(0, 1, 6),
    )  # fmt: skip
    ax.legend(loc="upper left")


def alt(run_: Run) -> str:
    """How far it copies."""
    found, share = run_.result.summary, run_.result.data["share"]
    return (
        f"入力の長さに対する正解率の折れ線。{run_.label}では、半分以上写せる最長は"
        f"{found.get('半分以上写せる最長', '測定中')}、12桁の正解率は{share[11]:.0%}。"
    )


length = Experiment(
    name="length",
    title="長さと正解率：Attentionの有無で比べる",
    controls=(
        Choice("kind", "Attentionの形", "none", options=networks.KINDS),
        Choice("hidden", "隠れ状態の次元 H", 32, options=SIZES),
        Choice("score", "スコアの式（Attentionがあるとき）", "", options=SCORES),
        Toggle("both", "双方向のエンコーダ", False),
        Slider("seed", "乱数の種", 0, low=0, high=4, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "05章と同じ課題です。1〜12桁の数字を書き写す学習をし、長さごとに、"
        "05章と同じ100個で測ります。既定は05章のモデル（Choの形、$H=32$）です。"
    ),
    seen=r"""
Attentionなしでは、5桁まで9割、7桁で半分を切り、11桁はほぼ0です（05章のとおり）。

LuongのAttentionを入れると、同じ $H=32$、同じ更新回数で、12桁まで99%以上です。
デコーダが見るのは $h_1,\dots,h_T$ の全部で、その数は入力とともに増えます。
12桁なら $12\times32$ 個の数です。Bahdanauの形でも12桁まで写せます。

スコアを「√d で割った内積」に替えると、この更新回数では6桁で半分になり、
Attentionなしと変わりません。学習前の状態の成分は標準偏差0.05ほどで、内積はもともと小さく、
割ると重みがほぼ一様のままになるためと考えられます。割らない内積なら12桁で94%でした（種0）。

14桁からは、Attentionがあっても落ちます。学習で見たのは12桁までで、13番目より先を
「見る」ことを学んでいません。**Attentionが除いたのはボトルネックで、長さの外挿ではありません。**
""",
    prediction=Prediction(
        {"kind": "luong"}, ask="attention-length-predict-01", reason="attention-length-reason-01"
    ),
    short={"updates": 20},
    full={"updates": 4000},
    full_minutes=1,
    figsize=(7.6, 3.8),
)
