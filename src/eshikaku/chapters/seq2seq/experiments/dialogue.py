"""A dialogue whose answer was given some utterances ago: HRED and seq2seq side by side."""

from functools import partial
from typing import Any

import numpy as np

from eshikaku import plot
from eshikaku.experiments import BadSetting, Choice, Experiment, Prediction, Result, Slider, Text
from eshikaku.models import answering, conversation, decoding
from eshikaku.tasks import dialogues
from eshikaku.tasks.vocabulary import BOS

OPENING = "土曜日から三人でお願いします。登山です。"
ASKED = {
    "曜日を聞く": "day",
    "人数を聞く": "people",
    "目的を聞く": "purpose",
    "おすすめの場所を聞く": "place",
    "一日の過ごし方を聞く": "plan",
    "朝食を聞く": "breakfast",
}
VALUES = {"day": dialogues.DAYS, "people": dialogues.PEOPLE, "purpose": dialogues.PURPOSES}
SHORT_NAMES = {
    conversation.LAST: "seq2seq（直前だけ）",
    conversation.WHOLE: "seq2seq（全発話）",
    conversation.HIERARCHY: "HRED",
}


def run(settings, report):
    """Train both models (once a seed), then ask."""
    names = (settings["rival"], conversation.HIERARCHY)
    context, kind, booking = checked(settings)
    total = sum(settings.get("updates") or conversation.UPDATES[name] for name in names)
    report(0, total)
    done, models = 0, {}
    for name in names:
        for step in conversation.remembered(name, settings["seed"], settings.get("updates")):
            models[name] = step.model
            done += 1
            if done % 3 == 0:
                growing = partial(asked, dict(models), context, kind, booking)
                report(done, total, growing if done % 60 == 0 else None)
        models[name] = conversation.trained(name, settings["seed"], settings.get("updates"))
    result = asked(models, context, kind, booking)
    for _ in range(5):  # where both were trained before, nothing has been shown yet
        report(total, total, result)
    return result


def checked(settings):
    """What has been said so far, the kind of the question, and the booking.

    Raises:
        BadSetting: the opening can't be used.
    """
    try:
        booking = dialogues.told(settings["opening"])
    except ValueError as error:
        raise BadSetting(f"{error}例：「{OPENING}」") from error
    kind = settings["asked"]
    return dialogues.so_far(settings["opening"], kind, settings["between"]), kind, booking


def asked(models, context, kind, booking):
    """Probabilities of the answer's first word, and the greedy answers."""
    words = dialogues.vocabulary()
    known = dialogues.answers(kind, booking)
    firsts = VALUES.get(kind) or tuple(dict.fromkeys(text.split()[0] for text in known))
    source = dialogues.read([context])
    p, summary = [], {}
    for name, model in models.items():
        logits, _ = model.step(np.array([BOS]), model.start(source))
        all_p = np.exp(decoding.log_probabilities(logits))[0]
        p.append([all_p[words.ids[word]] for word in firsts])
        (text,) = answering.answer(model, [context])[0]
        fits = "合う" if text in known else "合わない"
        summary[SHORT_NAMES[name]] = f"「{text.replace(' ', '')}」（{fits}）"
    return Result(
        {
            "names": [SHORT_NAMES[name] for name in models],
            "firsts": list(firsts),
            "p": np.array(p),
            "right": [k for k, word in enumerate(firsts) if _fits(word, known)],
            "context": [u.replace(" ", "") for u in context],
        },
        summary,
    )


def _fits(word: str, known: dict[str, float]) -> bool:
    return any(text.split()[0] == word for text in known)


def draw(figure, runs):
    """Left: what has been said. Right: probabilities of the answer's first word."""
    data: dict[str, Any] = runs[-1].result.data
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.5))
    _dialogue(left, data["context"])
    firsts, count = [*data["firsts"], "ほか"], len(data["names"])
    at, width = np.arange(len(firsts)), 0.8 / count
    bars = ((plot.COLORS["grey"], "//"), (plot.COLORS["good"], ""))
    for k, (name, p) in enumerate(zip(data["names"], data["p"], strict=True)):
        heights = np.append(p, max(0.0, 1 - p.sum()))
        color, hatch = bars[name == "HRED"]
        right.bar(
            at + (k - (count - 1) / 2) * width, heights, width,
            label=name, color=color, hatch=hatch, edgecolor="white",
        )  # fmt: skip
    labels = [f"{w}\n○" if k in data["right"] else w for k, w in enumerate(firsts)]
    right.set_xticks(at, labels, fontsize=10)
    right.set(
        title="答えの最初の語の確率（○は文脈に合う語）",
        ylabel="確率",
        ylim=(0, 1.18),
        xlabel="最初の語",
    )
    right.set_yticks(np.linspace(0, 1, 6))
    right.grid(axis="x", visible=False)
    right.legend(loc="upper center", ncols=2)
    figure.subplots_adjust(left=0.02, right=0.985, top=0.9, bottom=0.2, wspace=0.12)


def _dialogue(ax: Any, context: list[str]) -> None:
    """The last utterances, guest and desk in turn; long dialogues lose their middle."""
    ax.set(title="ここまでの対話", xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")
    lines = [("客" if k % 2 == 0 else "宿", text) for k, text in enumerate(context)]
    if len(lines) > 9:
        lines = [*lines[:2], ("", f"（{len(lines) - 7}発話を省略）"), *lines[-5:]]
    height = 1 / 9
    for k, (who, text) in enumerate([*lines, ("宿", "？")]):
        y = 1 - (k + 0.5) * height
        ax.text(0.0, y, who, fontsize=11, va="center", color="#555555")
        ax.text(0.07, y, text, fontsize=11, va="center")


def alt(run_):
    """The answers."""
    found = run_.result.summary
    answers = "、".join(f"{name}は{said}" for name, said in found.items())
    return f"対話と、答えの最初の語の確率の棒グラフ。{run_.label}では、{answers}。"


dialogue = Experiment(
    name="dialogue",
    title="何発話も前に言ったことを答えられるか",
    controls=(
        Text(
            "opening",
            "客の最初の発話",
            OPENING,
            help=(
                "曜日（木〜月）、人数（二人〜六人）、目的（家族旅行・登山・歴史散策・写真撮影・"
                "食べ歩き）を1つずつ。"
            ),
            examples=("食べ歩きに行きます。日曜日から五人です。",),
            refused=("三人です。",),
            max_length=40,
        ),
        Choice("asked", "最後の質問", "day", options=ASKED),
        Slider("between", "間に挟む質問と答え", 1, low=0, high=7, step=1, integer=True, unit="組"),
        Choice(
            "rival",
            "比べるモデル",
            conversation.LAST,
            options={
                "seq2seq（直前の発話だけ）": conversation.LAST,
                "seq2seq（全発話を1つの文に）": conversation.WHOLE,
            },
        ),
        Slider("seed", "乱数の種", 0, low=0, high=3, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "旅館の受付の対話です。「何曜日でしたか。」の答えは、質問の文だけからは分かりません。"
        "右の棒で、どちらのモデルが文脈に合う語（○）に確率を集めるかを見ます。"
    ),
    seen=r"""
直前の発話だけを読むseq2seqは、5つの曜日に**およそ0.2ずつ**を与えます。質問の文には曜日がないからです。
HREDは、4発話前に聞いた曜日に確率を集めます。

質問を「一日の過ごし方を聞く」に変えると、HREDも「**はい。**」と答えます。
登山に合う場所を4つとも知っていて、それぞれに確率を分けているため、どの1つも「はい」を超えません。

全発話を1つの文にして読むseq2seqも、間が1組なら答えられます。
間を6〜7組に増やして比べてください（学習したのは1組まで）。
""",
    prediction=Prediction.of("seq2seq-dialogue", {"asked": "plan"}, "short"),
    overlay=False,
    short={"updates": 6},
    figsize=(9.2, 3.7),
)
