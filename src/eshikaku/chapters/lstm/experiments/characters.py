"""Gates over time: a model of letters reads the learner's own sentence."""

from functools import partial

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
from eshikaku.models import letters

DEFAULT = "俺は「寒い、眠い」と言った。"
SHOWN = {
    "セルの差（1文字目だけ替えた文との）": "difference",
    "セル c": "c",
    "忘却ゲート f": "f",
    "入力ゲート i": "i",
    "出力ゲート o": "o",
}
NAMES = {"difference": "c の差", "c": "c", "f": "f", "i": "i", "o": "o"}
GATES = "fio"


def run(settings, report):
    """Train (once a seed), then read the text letter by letter."""
    text = checked(settings["text"], settings["show"])
    total = letters.UPDATES + len(text)
    for step, net in enumerate(letters.training(settings["seed"])):
        if step % 5 == 0:
            growing = partial(view, net, text, settings["show"])
            report(step, total, growing if step % 40 == 0 else None)
    result = view(letters.trained(settings["seed"]), text, settings["show"])
    for k in range(len(text)):
        report(letters.UPDATES + k, total, partial(_first, result, k + 1))
    return result


def checked(text: str, show: str) -> str:
    """The text, if the model can read it.

    Raises:
        BadSetting: it cannot; the message says why.
    """
    if not 2 <= len(text) <= 40:
        raise BadSetting("2文字から40文字までの文を入れてください。")
    try:
        letters.encode(text)
    except ValueError as error:
        raise BadSetting(f"{error}。使えるのは {''.join(letters.ALPHABET)} です。") from error
    if show == "difference" and text[0] not in letters.SWAPPED:
        raise BadSetting("差を見るには、「私」か「俺」で始まる文にしてください。")
    return text


def view(net, text, show):
    """What `net` makes of the text; the cells that the first letter changes most come first."""
    p, trace = letters.read(net, text)
    change = np.zeros_like(trace["c"])
    if text[0] in letters.SWAPPED:
        change = letters.difference(net, text)
    order = np.argsort(-np.abs(change).mean(axis=0), kind="stable")
    values = change if show == "difference" else trace[show]
    low = int(np.argmin(p[1:])) + 1
    kept = int((np.abs(change) > 0.5).all(axis=0).sum())
    return Result(
        {"p": p, "values": values.T[order]},
        {
            "最も意外な文字": f"{low + 1}文字目の「{text[low]}」",
            "その確率": float(p[low]),
            "最後まで 0.5 以上違うセル": f"{kept} / {letters.HIDDEN}",
        },
    )


def _first(result, count):
    """The same, with only so many letters read."""
    data = {name: values.copy() for name, values in result.data.items()}
    for values in data.values():
        values[..., count:] = 0
    return Result(data, result.summary)


def draw(figure, runs):
    """Top: probability of each letter. Bottom: one row a cell, the most changed ones on top."""
    run_ = runs[-1]
    data, show, text = run_.result.data, run_.settings["show"], run_.settings["text"]
    top, bottom = figure.subplots(2, 1, height_ratios=(1, 3), sharex=True)
    at = np.arange(len(text))
    top.bar(at, data["p"], 0.7, color=plot.COLORS["good"])
    no = at[data["p"] < 0.05]
    top.plot(no, np.full(len(no), 0.12), "x", color=plot.COLORS["bad"], ms=9, mew=2)
    top.set(ylim=(0, 1.05), ylabel="確率", title="その文字を予測できていたか（×は0.05未満）")
    top.tick_params(labelbottom=False)
    gate = show in GATES
    shown = bottom.imshow(
        data["values"],
        aspect="auto",
        interpolation="nearest",
        cmap="cividis" if gate else "PuOr_r",
        vmin=0 if gate else -3,
        vmax=1 if gate else 3,
    )
    bottom.set_xticks(at, list(text), fontsize=13 if len(text) < 30 else 10)
    bottom.set(
        xlabel="読んだ文字",
        ylabel="セル（32個）",
        yticks=[],
        title=f"{NAMES[show]}：1文字目で変わるセルほど上",
    )
    for ax in (top, bottom):
        ax.grid(False)
    figure.subplots_adjust(left=0.08, right=0.89, top=0.93, bottom=0.11, hspace=0.28)
    box = bottom.get_position()
    place = figure.add_axes((0.91, box.y0, 0.016, box.height))
    figure.colorbar(shown, cax=place, label=NAMES[show])


characters = Experiment(
    name="characters",
    title="文を読むLSTMの中：最初の1文字はどこに残るか",
    controls=(
        Text(
            "text",
            "読ませる文",
            DEFAULT,
            help="使える語：私は 俺は 「」 、 寒い 暑い 眠い 遠い 忙しい 楽しい と言った …",
            examples=("私は手紙を書きました。", "俺は「暑い、暑い、楽しい、遠い」と言った。"),
            max_length=40,
        ),
        Choice("show", "見る値", "difference", options=SHOWN),
        Slider("seed", "乱数の種", 0, low=0, high=3, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "「{text}」の各文字に与えた確率の棒と、32個のセルの値の色の図。"
        "最も意外なのは{最も意外な文字}で確率{その確率:.2f}。"
    ),
    look_for=(
        "1文字目が「私」なら「言いました」、「俺」なら「言った」で終わる文を学習しました。"
        "上は各文字に与えた確率、下は1文字目だけを替えた文とのセルの差です。"
    ),
    seen=r"""
「私は…と言った。」にすると、確率が落ちるのは**「っ」だけ**です（0.99 → 0.00）。
引用の中の文字は変わらず、「っ」の次の「た」はまた0.99です。

下の図の一番上のセルは、文の最後まで色が変わりません。11文字前の1文字目を、このセルが運んでいます。
「忘却ゲート f」に切り替えると、この行は引用の間じゅう1に近い値です。書いたものを残し、
上書きしない動きを、
文末を当てるという目標だけから学びました。

引用を4語より長くすると（学習したのは4語まで）、正解率は種によって5割まで落ちます。
覚える長さは、学習データで決まります。
""",
    prediction=Prediction.of("lstm-characters", {"text": "私は「寒い、眠い」と言った。"}, "one"),
    overlay=False,
    figsize=(8.2, 4.8),
)
