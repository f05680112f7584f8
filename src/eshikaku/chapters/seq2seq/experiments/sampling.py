"""Sampling from the same model: temperature and top-k."""

from collections import Counter
from functools import partial
from typing import Any

import numpy as np

from eshikaku import plot
from eshikaku.chapters.seq2seq.experiments.beams import checked
from eshikaku.experiments import Experiment, Prediction, Result, Slider, Text, saying
from eshikaku.models import decoding, translators
from eshikaku.tasks.vocabulary import BOS

DRAWS, LIMIT, SHOWN, FIRST = 200, 14, 8, 6
ALL = 20  # top-k at this position: every token


def run(settings, report):
    """Train (once a seed), then draw 200 answers."""
    plan = translators.Plan("write", settings["seed"], updates=settings.get("updates", 0))
    report(0, plan.steps)
    ids = checked(settings["date"], settings["seed"])
    total = plan.steps + DRAWS
    for step, model in translators.training(plan):
        if step % 5 == 0:
            growing = partial(drawn, model, ids, settings)
            report(step, total, growing if step % 100 == 0 else None)
    model = translators.trained(plan)
    for draws in range(20, DRAWS, 20):
        report(plan.steps + draws, total, partial(drawn, model, ids, settings, draws))
    return drawn(model, ids, settings)


def drawn(model, ids, settings, draws=DRAWS):
    """The distribution of the first token, and the answers by how often they came."""
    words = translators.lesson("write", settings["seed"]).target_words
    tau, top_k = settings["tau"], settings["top_k"]
    k = None if top_k >= ALL else top_k
    logits, _ = model.step(np.array([BOS]), model.start(ids))
    p = decoding.top(np.exp(decoding.log_probabilities(logits, tau)), k)[0]
    order = np.argsort(-np.exp(decoding.log_probabilities(logits))[0], kind="stable")[:FIRST]
    many = np.repeat(ids, draws, axis=1)
    rng = np.random.default_rng(settings["draw"])
    answers = decoding.sample(model, many, LIMIT, rng, temperature=tau, top_k=k)
    counts = Counter(words.texts(answers)).most_common()
    known = translators.right_writings(settings["date"])
    right = sum(n for text, n in counts if text in known)
    return Result(
        {
            "tokens": [words.tokens[j] for j in order],
            "first": p[order],
            "texts": [text for text, _ in counts[:SHOWN]],
            "counts": np.array([n for _, n in counts[:SHOWN]]),
            "known": [text in known for text, _ in counts[:SHOWN]],
        },
        {
            "正しい答えの割合": right / draws,
            "違う答えの種類": len(counts),
            "いちばん多い答え": f"{counts[0][0]}（{counts[0][1]}回）",
        },
    )


def draw(figure, runs):
    """Left: p of the first token. Right: the answers that came most often."""
    data: dict[str, Any] = runs[-1].result.data
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    at = np.arange(len(data["first"]))
    left.bar(at, data["first"], 0.6, color=plot.COLORS["prediction"])
    for k, value in zip(at, data["first"], strict=True):
        left.text(k, value + 0.015, f"{value:.2f}", ha="center", fontsize=10)
    left.set_xticks(at, data["tokens"], fontsize=13)
    left.set(title="最初の1文字の確率", xlabel="文字", ylabel="確率", ylim=(0, 1.12))
    rows = np.arange(len(data["counts"]))
    colors = [plot.COLORS["good" if known else "bad"] for known in data["known"]]
    right.barh(rows, data["counts"], color=colors, height=0.6)
    for k in rows:
        mark = "" if data["known"][k] else "　×"
        text = f"{data['texts'][k]}{mark}"
        right.text(
            data["counts"][k] + 3, k, f"{data['counts'][k]}　{text}", va="center", fontsize=10
        )
    right.set(
        title=f"{DRAWS}回のうち多かった答え（×は誤り）",
        xlabel="回数",
        xlim=(0, DRAWS * 1.75),
        yticks=[],
        ylim=(SHOWN - 0.4, -0.6),
    )
    right.set_xticks(range(0, DRAWS + 1, 50))
    right.grid(False)
    figure.subplots_adjust(left=0.08, right=0.98, top=0.9, bottom=0.15, wspace=0.1)


sampling = Experiment(
    name="sampling",
    title="温度とtop-k：答えのばらつきと誤り",
    controls=(
        Text(
            "date",
            "日付（ISO形式）",
            "2015-09-29",
            help="1990〜2049年で学習。",
            examples=("2024-05-03",),
            max_length=10,
        ),
        Slider("tau", "温度 τ", 1.0, low=0.1, high=3.0, step=0.1),
        Slider(
            "top_k",
            "top-k の k",
            ALL,
            low=1,
            high=ALL,
            step=1,
            integer=True,
            help="20で、すべての文字から選ぶ",
        ),
        Slider("draw", "サンプリングの種", 0, low=0, high=9, step=1, integer=True),
        Slider("seed", "学習の種", 0, low=0, high=4, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "最初の1文字の確率の棒と、200回のサンプリングで多かった答えの棒。{label}では"
        "正しい答えが{正しい答えの割合:.0%}、違う答えが{違う答えの種類}種類。"
    ),
    look_for=(
        "同じモデルから200回サンプリングします。青は正しい書き方、橙の×は誤りです。"
        "左は最初の1文字の確率、右は答えの回数です。"
    ),
    seen=r"""
$\tau=1$ では、学習データの割合に近い3通りの書き方が出ます。誤りは1割前後です。

$\tau=2$ にすると、**正しい答えは2〜3割に減ります**。1文字ごとの確率が平らになり、
10文字ほど続けて正しい文字を引き続けるのが難しくなるためです。
$\tau=0.3$ では誤りがほぼなくなり、答えの種類も減ります。$\tau\to0$ は貪欲法です。

$\tau=2$ のまま $k=2$ にすると、正しい答えは5〜7割に戻ります。
上位2文字に入らない文字は、もう選ばれません。
$k=1$ は、温度によらず貪欲法です。
""",
    prediction=Prediction.of("seq2seq-sampling", {"tau": 2.0}, "low"),
    overlay=False,
    short={"updates": 60},
    figsize=(9.2, 4.0),
)
