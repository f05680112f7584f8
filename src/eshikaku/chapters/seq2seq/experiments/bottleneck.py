"""The bottleneck: a row of digits has to pass through a vector of H numbers, however long it is."""

from functools import lru_cache

import numpy as np

from eshikaku import plot
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Toggle, saying, training
from eshikaku.models import training as loops
from eshikaku.models import translators
from eshikaku.models.seq2seq import Seq2seq
from eshikaku.tasks import numbers
from eshikaku.tasks.pairs import Pairs

LENGTHS = np.arange(1, 16)
EACH = 100


@lru_cache(maxsize=1)
def tests() -> tuple[Pairs, ...]:
    """100 rows of each length, none longer than three digits in the training."""
    rng = np.random.default_rng(2026)
    return tuple(
        numbers.copies(rng, EACH, "test", shortest=k, longest=k)
        if k > 3
        else numbers.copies(rng, EACH, shortest=k, longest=k)
        for k in map(int, LENGTHS)
    )


def by_length(model: Seq2seq, each: int = EACH) -> np.ndarray:
    """The share of rows copied without a fault, for each of `LENGTHS`."""
    return np.array(
        [loops.accuracy(model, t.source[:, :each], t.target[:, :each]) for t in tests()]
    )


def run(settings, curve):
    """Train on rows of 1 … 12 digits; accuracy by length, as it grows."""
    plan = translators.Plan(
        "copy",
        settings["seed"],
        hidden=settings["hidden"],
        context=settings["context"],
        reverse=settings["reverse"],
        updates=curve.updates,
    )
    model = translators.fresh(plan)
    curve.show(accuracy=lambda: by_length(model, 20))
    for _ in translators.train(plan, model):
        curve.add()
    accuracy = by_length(model)
    curve.show(accuracy=accuracy)
    half = LENGTHS[accuracy >= 0.5]
    return {
        "半分以上写せる最長": f"{half[-1]}桁" if len(half) else "なし",
        "c の大きさ": f"{plan.hidden} 個（長さによらない）",
        "12桁の正解率": float(accuracy[11]),
        "パラメータ数": model.size,
    }


def unseen_lengths(ax, runs):
    """Marks the lengths that were not trained."""
    grey = plot.COLORS["grey"]
    ax.axvspan(translators.LONGEST + 0.5, LENGTHS[-1] + 0.5, color=grey, alpha=0.15)
    ax.text(translators.LONGEST + 2, 1.09, "学習にない長さ", ha="center", va="center")
    ax.set_xticks(LENGTHS)


bottleneck = training(
    name="bottleneck",
    title="数字を写す：固定長のcに何桁入るか",
    controls=(
        Choice(
            "hidden", "隠れ状態 H（cの大きさ）", 32, options={str(h): h for h in (16, 32, 64, 96)}
        ),
        Choice(
            "context",
            "c をデコーダへ渡す所",
            "every",
            options={"初期状態だけ": "initial", "毎時刻": "every"},
        ),
        Toggle("reverse", "入力を逆順に読む", False),
        SEED,
    ),
    run=run,
    updates=translators.UPDATES["copy"],
    panels=Curves(
        "何桁まで、cだけを通して写せるか",
        ylabel="正解率（全桁が一致）",
        line="accuracy",
        x=LENGTHS,
        xlabel="入力の長さ（桁）",
        axes={"xlim": (0.5, LENGTHS[-1] + 0.5), "ylim": (-0.03, 1.15)},
        extra=unseen_lengths,
    ),
    alt=saying(
        "入力の長さと正解率の折れ線。{label}では、半分以上写せる最長は{半分以上写せる最長}。"
    ),
    look_for=(
        "1〜12桁の数字をそのまま書き写す課題を学習し、長さごとに、見せていない100個で測ります。"
        "覚える規則はありません。必要なのは、読んだものを $c$ に入れて渡すことだけです。"
    ),
    seen=r"""
$H=32$ では、4桁までは9割以上写せ、7桁で半分を切り、10桁はほとんど写せません。
$c$ はいつも32個の数です。長い入力も同じ大きさの $c$ を通ります。

$H=64$ にすると、半分の境目が2桁ほど右へ動きます。**2倍の $H$ で2倍の桁数にはなりません。**
どの $H$ でも、いつかは落ちます。長さが延びても $c$ は延びないからです。
逆順に読むとさらに2桁ほど延びますが、落ちることは変わりません。

更新を増やせば同じ $H$ でも桁は延びます。境目は容量だけでなく、学習のしやすさでも決まります。
""",
    prediction=Prediction.of("seq2seq-bottleneck", {"hidden": 64}, "some"),
    short={"updates": 25},
    full={"updates": 4000},
    full_minutes=1,
)
