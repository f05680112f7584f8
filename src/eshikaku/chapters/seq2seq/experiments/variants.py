"""Where the context goes in, which way the source is read, how much of the truth is fed back."""

from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, Toggle, training
from eshikaku.models import translators
from eshikaku.models.training import accuracy

CONTEXTS = {"初期状態だけ（Sutskever 2014）": "initial", "毎時刻（Cho 2014）": "every"}


def run(settings, curve):
    """Train on dates; the share of unseen dates written without a fault, as it grows."""
    plan = translators.Plan(
        "read",
        settings["seed"],
        context=settings["context"],
        reverse=settings["reverse"],
        ratio=settings["ratio"],
        updates=curve.updates,
    )
    test = translators.pairs("read", plan.seed, 300, "test")
    model, few = translators.fresh(plan), (test.source[:, :100], test.target[:, :100])
    for loss in translators.train(plan, model):
        curve.add(loss)
        curve.every(40, accuracy=lambda: accuracy(model, *few))
    curve.put(accuracy=accuracy(model, test.source, test.target))
    return {
        "正解率（見せていない300の日付）": curve.last(line="accuracy"),
        "最後の20回の損失": curve.last(20),
        "パラメータ数": model.size,
    }


variants = training(
    name="variants",
    title="cの渡し方、入力の向き、教師強制の割合",
    controls=(
        Choice("context", "c をデコーダへ渡す所", "initial", options=CONTEXTS),
        Toggle("reverse", "入力を逆順に読む", False),
        Slider("ratio", "教師強制の割合", 1.0, low=0.0, high=1.0, step=0.25),
        SEED,
    ),
    run=run,
    updates=800,
    what="日付の書き換えの正解率",
    panels=Curves(
        "見せていない日付を、何回の更新で書けるようになるか",
        ylabel="正解率（全文字が一致）",
        line="accuracy",
        percent=True,
        axes={"ylim": (-0.03, 1.05)},
    ),
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
    prediction=Prediction.of("seq2seq-variants", {"context": "every"}, "most"),
    short={"updates": 40},
    full={"updates": 3000},
    full_minutes=1,
)
