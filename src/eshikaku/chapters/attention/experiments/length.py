"""Copying digits, as in chapter 05: accuracy against length, with and without attention."""

from dataclasses import replace

import numpy as np

from eshikaku import plot
from eshikaku.chapters.attention import networks
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Toggle, saying, training

SIZES = {str(h): h for h in (16, 32, 64, 96)}
SCORES = {
    "論文のとおり": "",
    "内積": "dot",
    "√d で割った内積": "scaled",
    "general": "general",
    "加法": "additive",
}


def run(settings, curve):
    """Train on rows of 1 … 12 digits; accuracy by length, as it grows."""
    seed = settings["seed"]
    net = networks.translator(
        settings["kind"],
        networks.pairs("copies", seed),
        seed,
        hidden=settings["hidden"],
        score=settings["score"] or None,
        both=settings["both"],
    )
    curve.show(share=np.zeros(len(networks.COPY_LENGTHS)))
    for _ in networks.train(net, "copies", seed, curve.updates):
        if curve.done % 90 == 89:
            curve.show(share=networks.copied(net, 20))
        curve.add()
    shares = networks.copied(net)
    curve.show(share=shares)
    half = networks.COPY_LENGTHS[shares >= 0.5]
    return {
        "半分以上写せる最長": f"{half[-1]}桁" if len(half) else "なし",
        "12桁の正解率": float(shares[11]),
        "15桁の正解率": float(shares[14]),
        "パラメータ数": net.size,
    }


def unseen_lengths(ax, runs):
    """Marks the lengths that were not trained."""
    ax.axvspan(networks.LONGEST_COPY + 0.5, 15.5, color=plot.COLORS["grey"], alpha=0.15)
    ax.text(networks.LONGEST_COPY + 2, 1.09, "学習にない長さ", ha="center", va="center")
    ax.set_xticks(networks.COPY_LENGTHS)


length = training(
    name="length",
    title="長さと正解率：Attentionの有無で比べる",
    controls=(
        Choice("kind", "Attentionの形", "none", options=networks.KINDS),
        Choice("hidden", "隠れ状態の次元 H", 32, options=SIZES),
        Choice("score", "スコアの式（Attentionがあるとき）", "", options=SCORES),
        Toggle("both", "双方向のエンコーダ", False),
        replace(SEED, high=4),
    ),
    run=run,
    updates=networks.LESSONS["copies"].updates,
    panels=Curves(
        "桁が増えると正解率は落ちるか",
        ylabel="正解率（全桁が一致）",
        line="share",
        x=networks.COPY_LENGTHS,
        xlabel="入力の長さ（桁）",
        axes={"xlim": (0.5, 15.5), "ylim": (-0.03, 1.15)},
        extra=unseen_lengths,
    ),
    alt=saying(
        "入力の長さに対する正解率の折れ線。{label}では、半分以上写せる最長は"
        "{半分以上写せる最長}、12桁の正解率は{12桁の正解率:.0%}。"
    ),
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
    prediction=Prediction.of("attention-length", {"kind": "luong"}, "all"),
    short={"updates": 20},
    full={"updates": 4000},
    full_minutes=1,
)
