"""Where each output letter looks: the weights of a trained translator, on the reader's own text."""

from functools import partial

import numpy as np

from eshikaku import plot
from eshikaku.chapters.attention import networks
from eshikaku.experiments import BadSetting, Choice, Experiment, Prediction, Result, Slider, Text
from eshikaku.tasks.pairs import Pairs

KINDS = {k: v for k, v in networks.KINDS.items() if v != "none"}


def task_of(text: str) -> str:
    """Digits alone are read aloud; everything else is a date."""
    return "readings" if text.isascii() and text.isdigit() else "dates"


def run(settings, report):
    """Train (once for each task, kind and seed), then write and look."""
    text, kind, seed = settings["text"].strip(), settings["kind"], settings["seed"]
    task = task_of(text)
    data = networks.pairs(task, seed)
    checked(data, text, task)
    updates = settings.get("updates", networks.LESSONS[task].updates)
    total = updates + len(text)
    for step, net in enumerate(networks.growing(task, kind, seed, updates)):
        if step % 2 == 0:
            report(step, total, partial(view, net, data, text) if step % 60 == 0 else None)
    net = networks.trained(task, kind, seed, updates)
    result = view(net, data, text)
    for k in range(len(text)):
        report(total - len(text) + k, total, result)
    return result


def checked(data: Pairs, text: str, task: str) -> None:
    """Can the model read the text?

    Raises:
        BadSetting: it cannot; the message says why and what can be.
    """
    if not text:
        raise BadSetting(
            "日付（2024年5月3日、平成元年1月8日、May 3, 2024）か、6桁までの数を入れてください。"
        )
    try:
        data.read(text)
    except ValueError as error:
        use = (
            "6桁までの数" if task == "readings" else "2024年5月3日、令和6年5月3日、May 3, 2024 の形"
        )
        raise BadSetting(f"{error}。使えるのは、{use}です。") from error


def view(net, data, text):
    """What is written, and with which weights."""
    tokens, weights = networks.look(net, data, text)
    written = "".join(tokens[:-1] if tokens[-1] == data.target_words.tokens[2] else tokens)
    most = weights.max(axis=1)
    return Result(
        {"weights": weights, "tokens": tokens},
        {
            "書いたもの": written or "（何も書かない）",
            "最大の重みの平均": float(most.mean()),
            "最初の文字が見た所": f"{int(weights[0].argmax()) + 1}文字目の"
            f"「{text[int(weights[0].argmax())]}」",
        },
    )


def draw(figure, runs):
    """Columns: letters that were read. Rows: letters that are written."""
    run_ = runs[-1]
    weights, tokens = run_.result.data["weights"], run_.result.data["tokens"]
    text = run_.settings["text"].strip()
    ax = figure.subplots()
    figure.subplots_adjust(left=0.13, right=0.985, top=0.9, bottom=0.11)
    names = [t if len(t) == 1 else "終" for t in tokens]
    plot.heatmap(
        ax, weights, limits=(0, 1), xlabel="読んだ文字", ylabel="書いた文字", label="重み",
        xticks=["␣" if c == " " else c for c in text],
        yticks=names if len(names) <= 24 else ["" for _ in names],
    )  # fmt: skip
    if len(names) > 24:  # two letters a line would overlap: write every other one further left
        for row, name in enumerate(names):
            ax.text(
                -0.012 - 0.022 * (row % 2), row, name, ha="right", va="center",
                transform=ax.get_yaxis_transform(), fontsize=10,
            )  # fmt: skip
        ax.set_ylabel("書いた文字", labelpad=28)
    else:
        ax.tick_params(axis="y", labelsize=10)
    written = run_.result.summary["書いたもの"]
    written = written if len(written) <= 30 else written[:29] + "…"
    ax.set_title(f"どの文字を見て書いたか：{written}", fontsize=12)


def alt(run_):
    """What was written and how the weights run."""
    data, found = run_.result.data, run_.result.summary
    most = data["weights"].argmax(axis=1)
    steps = np.diff(most)
    backward = int((steps < 0).sum())
    return (
        f"「{run_.settings['text']}」から「{found['書いたもの']}」を書いたときの重みの図。"
        f"最も重い位置が左へ戻る所は{backward}か所。"
    )


alignment = Experiment(
    name="alignment",
    title="どこを見て書いたか：自分の入力で見る重み",
    controls=(
        Text(
            "text",
            "読ませる文（日付か、6桁までの数）",
            "2024年5月3日",
            examples=("平成元年1月8日", "September 17, 1998", "38604"),
            refused=("99999999", "こんにちは"),
            max_length=18,
        ),
        Choice("kind", "Attentionの形", "luong", options=KINDS),
        Slider("seed", "乱数の種", 0, low=0, high=2, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=alt,
    look_for=(
        "横が読んだ文字、縦が書いた文字です。1行の重みの和は1で、明るい所ほど重く見ています。"
        "明るい所が左上から右下へ進むか、戻るかを見ます。最初の実行では数秒の学習をします。"
    ),
    seen=r"""
既定の「2024年5月3日」では、明るい所はほぼ左上から右下へ進みます。

「May 3, 2024」にすると、最初の「2」を書くときに、後ろの「2024」へ飛びます。年を書き終えると、
先頭の「May」へ戻り、最後に「3」を見ます。語順が違っても、見る場所を変えるだけで訳せます。
どこを見るかは教えていません。正しい文字を書く損失だけから学びました。

数の「38604」では、読みの1文字目（さ、は、ろ、よ）で、対応する数字をはっきり見ます。
2文字目以降では、ほかの数字に重みが移ることがあります。「ろ」の次の「っ」を書くのに必要な情報は、
もうデコーダの状態の中にもあるためです。**重みが大きいことと、答えの根拠であることは同じではありません。**

Bahdanauの形でも書く文字は同じですが、重みはぼやけます。正解率は図の鮮明さと別のものです。
""",
    prediction=Prediction.of("attention-alignment", {"text": "May 3, 2024"}, "year"),
    short={"updates": 15},
    overlay=False,
    figsize=(7.6, 5.4),
)
