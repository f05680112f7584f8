"""Greedy and beam search on a model with more than one right answer: the search as a tree."""

from functools import partial
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
from eshikaku.models import decoding, translators
from eshikaku.tasks import places
from eshikaku.tasks.vocabulary import EOS

LIMIT = 14
TASKS = {"日付を人の書き方に": "write", "町名の読みを（約1分）": "name"}


def run(settings, report):
    """Train (once a seed), then search."""
    task = settings["task"]
    plan = translators.writer(task, settings["seed"], settings.get("updates", 0))
    report(0, plan.steps)
    ids = checked(settings["date"], settings["seed"], task)
    total = plan.steps + LIMIT
    for step, model in translators.training(plan):
        if step % 5 == 0:
            growing = partial(search, model, ids, settings)
            report(step, total, growing if step % 100 == 0 else None)
    model = translators.trained(plan)
    for t in range(1, LIMIT):
        report(plan.steps + t, total, partial(search, model, ids, settings, t))
    return search(model, ids, settings)


def checked(date: str, seed: int, task: str = "write") -> np.ndarray:
    """The ids (T, 1) of an ISO date, or of a name.

    Raises:
        BadSetting: it is none; the message says so.
    """
    if task == "name":
        try:
            if len(date) < 2:
                raise ValueError("短すぎます")
            return translators.lesson(task, seed).read(date)
        except ValueError as error:
            known = translators.lesson(task, seed).sources[:3]
            examples = "、".join(f"「{name}」" for name in known)
            raise BadSetting(
                f"町名を漢字2〜6文字で入れてください（{error}）。例：{examples}"
            ) from error
    try:
        translators.right_writings(date)
        return translators.lesson("write", seed).read(date)
    except ValueError as error:
        raise BadSetting(
            "実在する日付を年-月-日の形で入れてください（町名は「書かせるもの」を替えてから）。"
            "例：「2024-05-03」"
        ) from error


def search(model, ids, settings, limit=LIMIT):
    """The beam after each step up to `limit`, and its end."""
    width, alpha = settings["width"], settings["alpha"]
    task = settings["task"]
    words = translators.lesson(task, settings["seed"]).target_words
    beams = []
    for t in range(1, limit + 1):
        (found,) = decoding.beam(model, ids, width, t, alpha=alpha)
        beams.append(found)
        if all(h.ids[-1] == EOS for h in found):
            break
    known = translators.right_answers(task, settings["date"])
    texts = [words.decode(h.ids) for h in beams[-1]]
    note = {"注意": places.message()} if task == "name" and places.message() else {}
    best = beams[-1][0]
    return Result(
        {
            "beams": [[(h.ids, h.log_probability) for h in beam] for beam in beams],
            "tokens": words.tokens,
            "texts": texts,
            "p": np.exp([h.log_probability for h in beams[-1]]),
            "score": np.array([h.score for h in beams[-1]]),
            "known": [text in known if known else None for text in texts],
        },
        {
            "1位": texts[0],
            "1位の確率": float(np.exp(best.log_probability)),
            "書き方": known.get(texts[0], "正しくない" if known else "データにない町名"),
            "調べた候補の数": sum(len(beam) for beam in beams),
            **note,
        },
    )


def draw(figure, runs):
    """Left: what the beam holds after each step. Right: the hypotheses at the end."""
    data: dict[str, Any] = runs[-1].result.data
    left, right = figure.subplots(1, 2, width_ratios=(1.9, 1))
    _tree(left, data)
    p, rows = data["p"], np.arange(len(data["p"]))
    shades = {True: "good", False: "bad", None: "grey"}  # None: nobody knows
    colors = [plot.COLORS[shades[known]] for known in data["known"]]
    right.barh(rows, p, color=colors, height=0.42)
    for k in rows:
        mark = "（誤り）" if data["known"][k] is False else ""
        right.text(0, k - 0.3, f"{data['texts'][k]}{mark}", va="bottom", fontsize=10.5)
        right.text(p[k] + 0.01, k, f"{p[k]:.2f}", va="center", fontsize=10)
    right.set(
        title="最後に残った候補", xlabel="確率 p(y|x)", xlim=(0, 0.72), yticks=[],
        ylim=(max(len(p), 3) - 0.4, -0.85),
    )  # fmt: skip
    right.grid(False)
    figure.subplots_adjust(left=0.06, right=0.98, top=0.9, bottom=0.14, wspace=0.08)


def _tree(ax: Any, data: dict[str, Any]) -> None:
    """Nodes: hypothesis k after step t, its last token; edges: whom it continues."""
    places: dict[tuple[int, ...], tuple[int, int]] = {}
    final = [ids for ids, _ in data["beams"][-1]]
    for t, beam in enumerate(data["beams"], start=1):
        now = {}
        for k, (ids, _) in enumerate(beam):
            done = len(ids) < t
            parent = places.get(ids if done else ids[:-1], (0, 0))
            best = final[0][: len(ids)] == ids
            color = plot.COLORS["hidden" if best else "grey"]
            ax.plot((parent[0], t), (parent[1], k), color=color, linewidth=2.2 if best else 1)
            if not done:
                token = "終" if ids[-1] == EOS else data["tokens"][ids[-1]]
                ax.text(
                    t, k, token, ha="center", va="center", fontsize=12,
                    bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": color},
                )  # fmt: skip
            now[ids] = (t, k)
        places = now
    ax.set(
        title="時刻ごとに残した候補（太線が最後の1位）",
        xlabel="時刻 t（書いた文字の数）",
        ylabel="順位",
        xlim=(-0.4, len(data["beams"]) + 0.5),
        ylim=(max(len(b) for b in data["beams"]) - 0.4, -0.6),
    )
    ranks = range(max(len(b) for b in data["beams"]))
    ax.set_yticks(ranks, [f"{k + 1}" for k in ranks])
    ax.set_xticks(range(len(data["beams"]) + 1))
    ax.grid(False)


beams = Experiment(
    name="beams",
    title="ビーム幅を変える：貪欲法は何を見落とすか",
    controls=(
        Text(
            "date",
            "日付（ISO形式）か町名",
            "2015-09-29",
            help="日付は1990〜2049年で学習。町名は「書かせるもの」を替えてから。",
            examples=("2024-05-03", "1964-10-10"),
            refused=("2024-5-3", "三幸町"),
            max_length=10,
        ),
        Choice("task", "書かせるもの", "write", options=TASKS),
        Slider("width", "ビーム幅", 1, low=1, high=5, step=1, integer=True),
        Slider("alpha", "長さの正規化 α", 0.0, low=0.0, high=1.5, step=0.25),
        Slider("seed", "乱数の種", 0, low=0, high=4, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "ビームサーチの各時刻に残った候補の木と、最後の候補の確率の棒。{label}では"
        "1位が「{1位}」、確率{1位の確率:.2f}。"
    ),
    look_for=(
        "ISO形式の日付を、人が書く形に直すモデルです。学習データでは"
        "「2015年9月29日」が27%、「2015/9/29」が27%、「平成27年9月29日」が46%でした。正解は1つではありません。"
    ),
    seen=r"""
ビーム幅1（貪欲法）は「2…」から始めました。最初の1文字だけを比べると、「2」は $0.27+0.27=0.54$、
「平」は $0.46$ だからです。ところが「2」の先は2つに分かれ、どちらも0.27になります
（ここまでは学習データの割合。図の値はモデルの確率で、少しずれます）。

ビーム幅を2にすると「平」も残り、**確率の高い「平成27年9月29日」**が1位になります。
貪欲法は1時刻の確率を最大にしますが、系列の確率を最大にするとは限りません。

幅を5にしても1位は変わりません。3つの正解のほかは確率が低く、増やした枠を誤りが埋めます。
$\alpha$ を1にすると $\log p$ を文字数で割るので、長い書き方が有利になります。
""",
    prediction=Prediction.of("seq2seq-beams", {"width": 2}, "era"),
    overlay=False,
    short={"updates": 60},
    figsize=(9.4, 4.2),
)
