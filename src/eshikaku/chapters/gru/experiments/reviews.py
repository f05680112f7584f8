"""Review classification: word order needed, and then memory as well."""

import time

import numpy as np

from eshikaku.chapters.gru import networks
from eshikaku.experiments import SEED, Choice, Curves, Prediction, Slider, training
from eshikaku.tasks import reviews as tasks

TEST = 400


def run(settings, curve):
    """Train on the templates of training; accuracy on those of test."""
    seed, tail = settings["seed"], settings["tail"]
    data = tasks.make(np.random.default_rng([seed, 7]), networks.REVIEWS, tail=tail)
    test = tasks.make(np.random.default_rng([seed, 8]), TEST, "test", tail=tail)
    few = (test.ids[:, :100], test.labels[:100])
    net = networks.reader(settings["model"], seed, settings["keep"])
    began = time.perf_counter()
    batches = networks.batches(data.ids, data.labels, curve.updates)
    for _ in networks.train(net, 0.005, batches):
        curve.add()
        curve.every(15, accuracy=lambda: networks.right(net, *few).mean())
    seconds = time.perf_counter() - began
    curve.put(accuracy=networks.right(net, test.ids, test.labels).mean())
    timed = settings.get("timed")
    return {
        "正解率（見せていない型の文）": curve.last(line="accuracy"),
        "パラメータ数": net.size,
        "うち再帰層": net.rnn.size,
        "1000更新あたりの秒": f"{seconds / curve.updates * 1000:.0f}" if timed else "—",
    }


reviews = training(
    name="reviews",
    title="感想文の分類：語順が要る、記憶も要る",
    controls=(
        Choice("model", "ネットワーク", "GRU", options={k: k for k in networks.KINDS}),
        Slider("tail", "文末に足す無関係な文", 0, low=0, high=6, step=1, integer=True, unit="文"),
        Slider("keep", "残す側のバイアスの初期値", 0.0, low=0, high=4, step=0.5),
        SEED,
    ),
    run=run,
    updates=450,
    what="感想文の分類の正解率",
    panels=Curves(
        "bag-of-wordsの50%をいつ超えるか",
        ylabel="正解率（見せていない型の文）",
        line="accuracy",
        levels=[(0.5, "bag-of-words（50%）")],
        percent=True,
        axes={"ylim": (0.35, 1.03)},
    ),
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
    prediction=Prediction.of("gru-reviews", {"tail": 4}, "chance"),
    full={"updates": 1000},
    short={"updates": 60},
    full_minutes=1,
)
