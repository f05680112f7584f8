"""Fifty answers to one question: HRED, HRED with words drawn, VHRED with z drawn."""

from collections import Counter
from typing import Any

import numpy as np

from eshikaku import plot
from eshikaku.experiments import (
    BadSetting,
    Choice,
    Experiment,
    Prediction,
    Result,
    Slider,
    Text,
    saying,
)
from eshikaku.models import answering, conversation
from eshikaku.models.conversation import HIERARCHY, LATENT
from eshikaku.tasks import dialogues

OPENING = "土曜日から三人でお願いします。登山です。"
ASKED = {
    "おすすめの場所を聞く": "place",
    "一日の過ごし方を聞く": "plan",
    "朝食を聞く": "breakfast",
    "曜日を聞く": "day",
}
DRAWS, ROWS = 50, 7
OTHERS = ("そのほかの合う答え", "合わない答えの合計")
COLUMNS = ("HRED\n貪欲法", "HRED\n語を引く", "VHRED\nzを引く")


def run(settings, report):
    """Train both models (once a seed and a setting), then ask 50 times."""
    context, kind, booking = checked(settings)
    seed, updates = settings["seed"], settings.get("updates")
    how = {"annealing": settings["annealing"], "drop": settings["drop"]}
    total = sum(updates or conversation.UPDATES[name] for name in (HIERARCHY, LATENT))
    report(0, total)
    done = 0
    for name in (HIERARCHY, LATENT):
        for step in conversation.remembered(name, seed, updates, **how):
            done += 1
            if done % 3:
                continue
            growing = step.model if name == LATENT and done % 120 == 0 else None
            report(done, total, _now(settings, growing, context, kind, booking))
    plain = conversation.trained(HIERARCHY, seed, updates)
    latent = conversation.trained(LATENT, seed, updates, **how)
    result = asked(plain, latent, settings, context, kind, booking)
    for _ in range(5):  # where both were trained before, nothing has been shown yet
        report(total, total, result)
    return result


def _now(settings, latent, *question):
    """A function that gives the picture so far, or None."""
    if latent is None:
        return None
    plain = conversation.trained(HIERARCHY, settings["seed"], settings.get("updates"))
    return lambda: asked(plain, latent, settings, *question)


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
    return dialogues.so_far(settings["opening"], kind, 1), kind, booking


def asked(plain, latent, settings, context, kind, booking):
    """How often each answer came in each of the three ways."""
    known = dialogues.answers(kind, booking)
    ways: tuple[tuple[Any, str, dict[str, Any]], ...] = (
        (plain, answering.GREEDY, {}),
        (plain, answering.SAMPLE, {"temperature": settings["tau"]}),
        (latent, answering.LATENT, {}),
    )
    counts = []
    for model, way, options in ways:
        rng = np.random.default_rng([settings["seed"], 11])
        (texts,) = answering.answer(model, [context], way, draws=DRAWS, rng=rng, **options)
        counts.append(Counter(texts))
    fitting = [text for text in set().union(*counts) if text in known]
    shown = sorted(fitting, key=lambda t: (-max(c[t] for c in counts), t))[:ROWS]
    table = [[c[text] for c in counts] for text in shown]
    table.append([sum(c[text] for text in fitting if text not in shown) for c in counts])
    table.append([sum(n for text, n in c.items() if text not in known) for c in counts])
    _, logvar = latent.prior_of(dialogues.read([context]))
    return Result(
        {
            "texts": [*(text.replace(" ", "") for text in shown), *OTHERS],
            "table": np.array(table),
            "sigma": np.exp(logvar[0] / 2),
            "question": context[-1].replace(" ", ""),
        },
        {
            "VHREDの違う答え": len(counts[2]),
            "HRED（語を引く）の違う答え": len(counts[1]),
            "文脈に合う割合（HRED 語を引く）": _share(counts[1], known),
            "文脈に合う割合（VHRED）": _share(counts[2], known),
            "VHREDの「はい。」": f"{counts[2][dialogues.SHORT]}/{DRAWS}回",
        },
    )


def _share(counts: Counter[str], known: dict[str, float]) -> float:
    return sum(n for text, n in counts.items() if text in known) / DRAWS


def draw(figure, runs):
    """One row an answer, one column a way; the number says how often it came."""
    data: dict[str, Any] = runs[-1].result.data
    ax = figure.subplots()
    table = data["table"]
    shown = np.ma.masked_equal(table, 0)
    ax.imshow(shown, aspect="auto", cmap="Blues", vmin=0, vmax=DRAWS * 1.15)
    for (row, column), count in np.ndenumerate(table):
        if count:
            color = "white" if count > DRAWS * 0.6 else "black"
            ax.text(column, row, str(count), ha="center", va="center", color=color)
    for row, text in enumerate(data["texts"]):
        bad = text == OTHERS[-1]
        color = plot.COLORS["bad"] if bad else "black"
        ax.text(-0.62, row, text, ha="right", va="center", color=color)
        ax.text(-0.56, row, "×" if bad else "○", ha="center", va="center", color=color)
    ax.hlines(np.arange(1, len(table)) - 0.5, -0.5, 2.5, color="#DDDDDD", linewidth=0.8)
    ax.set_xticks(range(3), COLUMNS)
    ax.set_yticks([])
    ax.grid(False)
    ax.set(
        title=f"「{data['question']}」への{DRAWS}回",
        xlabel="答えの作り方",
        ylabel="答え（○は文脈に合う）",
    )
    ax.yaxis.set_label_coords(-0.7, 0.5)
    figure.subplots_adjust(left=0.45, right=0.98, top=0.91, bottom=0.19)


dialogue = Experiment(
    name="dialogue",
    title="同じ質問に50回答えさせる",
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
        Choice("asked", "最後の質問", "place", options=ASKED),
        Slider(
            "annealing",
            "βを0から1に上げる期間",
            0.25,
            low=0.0,
            high=0.5,
            step=0.25,
            help="学習全体に対する割合。0は最初からβ=1",
        ),
        Slider("drop", "単語ドロップアウト", 0.25, low=0.0, high=0.5, step=0.25),
        Slider("tau", "HREDの語を引く温度 τ", 1.0, low=0.25, high=1.5, step=0.25),
        Slider("seed", "乱数の種", 0, low=0, high=3, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "3つの作り方による50回の答えの回数の表。{label}では、VHREDの違う答えが"
        "{VHREDの違う答え}種類、文脈に合うのは{文脈に合う割合（VHRED）:.0%}。"
    ),
    look_for=(
        "旅館の受付の対話で、客の目的は最初の発話にだけ出ます。左の列は同じ答えの繰り返しです。"
        "中央は1語ずつ、右は $z$ を1回だけ引きます。種類の数と、○の割合を見ます。"
    ),
    seen=r"""
HREDの貪欲法は、50回とも「はい。」です。
VHREDは、$z$ を引くたびに答えが変わり、**6種類**が出ます（種0）。
どの場所も、最初の発話の目的に合います。

$\beta$ の期間と単語ドロップアウトを0にすると、VHREDの答えは「はい。」に戻ります
（種0で50回中49回）。
KLが0に近づき、$z$ が読まれなくなった**事後崩壊**です。種3では崩れ方が弱く、7種類が残ります。

HREDから1語ずつ引いても、答えはばらつきます。種類の数は**VHREDより多い**のですが、
×（目的に合わない場所）が混じります（種0で4%、種3で8%）。
温度を0.5に下げると、種0では×が消え、種類も4つに減ります。
""",
    prediction=Prediction.of("vae-dialogue", {"annealing": 0.0, "drop": 0.0}, "collapse"),
    overlay=False,
    short={"updates": 6},
    figsize=(7.2, 3.5),
)
