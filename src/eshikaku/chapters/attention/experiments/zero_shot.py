"""Zero-shot: the reader's own sentence in all three languages, one direction never trained."""

from functools import partial
from typing import Any

from eshikaku import plot
from eshikaku.experiments import BadSetting, Choice, Experiment, Prediction, Result, Slider, Text
from eshikaku.models import interpreters
from eshikaku.tasks import toy_languages as toy

DEFAULT = "akai inu ga neko wo mi ta"
FEW, _, MANY = interpreters.TRAININGS
TESTED = 100  # sentences
MEASURED = ("ab", "bc", "ac", "ca")


def run(settings, report):
    """Train (once for each training and seed), then translate into everything."""
    text, given = settings["text"].strip(), settings["training"]
    source = checked(text)
    updates = settings.get("updates", interpreters.UPDATES)
    total = updates + len(MEASURED) + 1
    for step, (net, _) in enumerate(interpreters.growing(given, settings["seed"], updates)):
        growing = partial(view, net, text, source, given)
        report(step, total, growing if step % 50 == 0 else None)
    net = interpreters.trained(given, settings["seed"], updates)
    result = view(net, text, source, given)
    found = {}
    for k, direction in enumerate(MEASURED):
        report(updates + k, total, result)
        found[direction] = interpreters.measure(net, direction, TESTED)
        name = f"{interpreters.arrow(direction)} 完全一致"
        result.summary[name] = f"{found[direction].exact:.0%}"
    report(updates + len(MEASURED), total, result)
    by_b = interpreters.pivot(net, "ac", count=TESTED)
    result.summary["A→C 正しい語"] = f"{found['ac'].words:.0%}"
    result.summary["A→C C語の語"] = f"{found['ac'].language:.0%}"
    result.summary["A→B→C 完全一致"] = f"{by_b.exact:.0%}"
    return result


def checked(text: str) -> str:
    """The language of the sentence.

    Raises:
        BadSetting: it is a sentence of none of the three; the message says why.
    """
    found = [toy.language_of(word) for word in text.split()]
    language = next((k for k in found if k), None)
    if language is None:
        examples = "、".join(
            f"「{toy.translate(DEFAULT, 'a', k)}」（{toy.NAMES[k]}）" for k in toy.LANGUAGES
        )
        raise BadSetting(f"3つの言語のどれかの文を入れてください。例：{examples}")
    try:
        toy.parse(text, language)
    except toy.UnknownSentence as error:
        raise BadSetting(str(error)) from error
    return language


def view(net, text, source, given):
    """The three translations with their weights."""
    trained = interpreters.TRAININGS[given]
    panels: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    for target in toy.LANGUAGES:
        read, written, weights = interpreters.look(net, text, target)
        said = [word for word in written if word in toy.words_of(toy.language_of(word) or "a")]
        answer = toy.translate(text, source, target).split()
        right = [k < len(answer) and word == answer[k] for k, word in enumerate(said)]
        panels.append(
            {
                "read": read, "written": written, "weights": weights, "right": right,
                "exact": said == answer, "learned": (source, target) in trained,
                "direction": interpreters.arrow((source, target)),
            }
        )  # fmt: skip
        summary[f"{toy.NAMES[target]}へ"] = " ".join(said) or "（何も書かない）"
    return Result({"panels": panels}, summary)


def draw(figure, runs):
    """One heat map for each target; wrong words are red and marked."""
    panels = runs[-1].result.data["panels"]
    axes = figure.subplots(1, len(panels))
    for ax, panel in zip(axes, panels, strict=True):
        written = ["〈終〉" if word.startswith("〈") else word for word in panel["written"]]
        names = [
            word if k >= len(panel["right"]) or panel["right"][k] else f"× {word}"
            for k, word in enumerate(written)
        ]
        ax.imshow(panel["weights"], vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        ax.set_xticks(range(len(panel["read"])), panel["read"], rotation=90)
        ax.set_yticks(range(len(names)), names)
        for label, name in zip(ax.get_yticklabels(), names, strict=True):
            if name.startswith("×"):
                label.set_color(plot.COLORS["bad"])
        ax.grid(False)
        kind = "学習した方向" if panel["learned"] else "学習していない方向"
        mark = "○ 正しい" if panel["exact"] else "× 違う"
        ax.set_title(f"{panel['direction']}　{mark}\n{kind}")
    axes[0].set_ylabel("書いた語（×は誤り）")
    axes[1].set_xlabel("読んだ語（先頭は目標トークン）")
    figure.subplots_adjust(left=0.135, right=0.99, top=0.84, bottom=0.26, wspace=0.54)


def alt(run_):
    """Which translations are right."""
    parts = [
        f"{p['direction']}（{'学習あり' if p['learned'] else '学習なし'}）は"
        f"{'正しい' if p['exact'] else '違う'}"
        for p in run_.result.data["panels"]
    ]
    return f"「{run_.settings['text']}」の3つの訳と、見た場所の重みの図。{'、'.join(parts)}。"


zero_shot = Experiment(
    name="zero-shot",
    title="ゼロショット翻訳：学習していない方向へ訳す",
    controls=(
        Text(
            "text",
            "訳す文（A語、B語、C語のどれか）",
            DEFAULT,
            examples=("the big bear does chase the bird", "nun helpi kato ruga urson"),
            refused=("inu ga inu wo mi ta", "こんにちは"),
            max_length=60,
        ),
        Choice(
            "training",
            "学習する方向",
            MANY,
            options={name: name for name in interpreters.TRAININGS},
        ),
        Slider("seed", "乱数の種", 1, low=0, high=2, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "A→CとC→Aは、どの設定でも学習しません。横が読んだ語、縦が書いた語、明るさは重みです。"
        "下の表の「A→C 完全一致」は、見せていない意味の文100個で測った値です。"
        "はじめの実行では10秒ほど学習します。"
    ),
    seen=r"""
7方向の学習（種1）では、A→Cは、100文のうち半分ほどを一字も違わずに訳しました。出力はすべてC語です。
意味まで合う語は9割近くあり、誤りの多くは1語の取り違えです。A→B→Cと2回訳すほうが正確です。

4方向だけにすると、A→Cの文は1つも当たりません。出力の99%以上が**B語**で、文としては正しいB語訳です。
目標トークンに従わず、「A語ならB語へ」だけを覚えています。B→Bを足した5方向では、C語の語が6〜9割に増えますが、
意味まで合う文は1割以下です。種によって大きく違います。

図の明るい所も変わります。4方向のA→Bでは、ほぼ語と語の対応です。7方向では、目標トークンの位置と
助詞の位置に集まり、対応にはなりません。双方向LSTMの状態は文全体の情報を運べるので、
見た位置の語だけを訳すとは限りません。
""",
    prediction=Prediction.of("attention-zero-shot", {"training": FEW}, "none"),
    full={"updates": 2000},
    short={"updates": 6},
    full_minutes=1,
    overlay=False,
    figsize=(8.8, 4.2),
)  # fmt: skip
