"""A date of one's own, read by the model: what it writes, and how sure it is."""

from functools import partial

import numpy as np

from eshikaku import plot
from eshikaku.experiments import BadSetting, Experiment, Prediction, Result, Slider, Text, saying
from eshikaku.models import decoding, translators
from eshikaku.tasks.vocabulary import BOS, EOS

LIMIT = 11
SHOWN = "0123456789-"  # rows of the figure, and EOS below


def run(settings, report):
    """Train (once a seed), then read the text and write character by character."""
    plan = translators.Plan("read", settings["seed"], updates=settings.get("updates", 0))
    report(0, plan.steps)
    ids = checked(settings["text"], settings["seed"])
    total = plan.steps + LIMIT
    for step, model in translators.training(plan):
        if step % 5 == 0:
            report(step, total, partial(written, model, ids, settings["seed"]))
    model = translators.trained(plan)
    for t in range(1, LIMIT):
        report(plan.steps + t, total, partial(written, model, ids, settings["seed"], t))
    return written(model, ids, settings["seed"])


def checked(text: str, seed: int) -> np.ndarray:
    """The ids (T, 1) of the text.

    Raises:
        BadSetting: it cannot be read; the message says why.
    """
    if not text:
        raise BadSetting("日付を1文字以上入れてください。")
    try:
        return translators.lesson("read", seed).read(text)
    except ValueError as error:
        raise BadSetting(f"{error}。例：「令和6年5月3日」") from error


def written(model, ids, seed, limit=LIMIT):
    """Greedy decoding with the probabilities of every step."""
    words = translators.lesson("read", seed).target_words
    state, last, text, columns = model.start(ids), np.array([BOS]), "", []
    for _ in range(limit):
        logits, state = model.step(last, state)
        p = np.exp(decoding.log_probabilities(logits))[0]
        columns.append([p[words.ids[c]] for c in SHOWN] + [p[EOS]])
        last = p.argmax(keepdims=True)
        if last[0] == EOS:
            break
        text += words.tokens[int(last[0])]
    p = np.full((len(SHOWN) + 1, LIMIT), 0.0)
    p[:, : len(columns)] = np.array(columns).T
    best = p[:, : len(columns)].max(axis=0)
    low = int(best.argmin())
    return Result(
        {"p": p, "steps": len(columns), "written": text},
        {
            "出力": text or "（すぐにEOS）",
            "出力全体の確率": float(best.prod()),
            "いちばん迷った文字": f"{low + 1}文字目（確率 {best[low]:.2f}）",
        },
    )


def draw(figure, runs):
    """Columns: output steps; rows: characters; darkness: probability."""
    run_ = runs[-1]
    data = run_.result.data
    text = data["written"] + ("〈終〉" if data["steps"] > len(data["written"]) else "")
    ax = figure.subplots()
    picture = ax.imshow(data["p"], aspect="auto", cmap="cividis", vmin=0, vmax=1)
    ax.grid(False)
    names = [*data["written"], *(["〈終〉"] if text != data["written"] else [])]
    names += [""] * (LIMIT - len(names))
    ax.set_xticks(range(LIMIT), names, fontsize=13)
    ax.set_yticks(range(len(SHOWN) + 1), [*SHOWN, "〈終〉"], fontsize=10.5)
    for t in range(data["steps"]):
        k = int(data["p"][:, t].argmax())
        bright = data["p"][k, t] > 0.55
        ax.text(
            t, k, f"{data['p'][k, t]:.2f}", ha="center", va="center",
            fontsize=10, color="black" if bright else "white",
        )  # fmt: skip
    ax.set(
        title=f"「{run_.settings['text']}」→「{data['written']}」",
        xlabel="書いた文字（左から1文字ずつ）",
        ylabel="次の文字の候補",
    )
    figure.subplots_adjust(left=0.1, right=0.88, top=0.9, bottom=0.16)
    box = ax.get_position()
    bar = figure.add_axes((0.9, box.y0, 0.018, box.height))
    figure.colorbar(picture, cax=bar, label="確率")
    if not data["written"]:
        ax.plot([], color=plot.COLORS["grey"])


translate = Experiment(
    name="translate",
    title="自分の日付を読ませる",
    controls=(
        Text(
            "text",
            "読ませる日付",
            "令和6年5月3日",
            help="1873〜2049年の日付で学習。",
            examples=("昭和39年10月10日", "二〇二四年五月三日"),
            max_length=29,
        ),
        Slider("seed", "乱数の種", 0, low=0, high=4, step=1, integer=True),
    ),
    run=run,
    draw=draw,
    alt=saying(
        "「{text}」を読ませたときの、出力の各文字の確率の色の図。"
        "出力は「{出力}」、{いちばん迷った文字}。"
    ),
    look_for=(
        "「2024年5月3日」「令和6年5月3日」「二〇二四年五月三日」の3通りの書き方で学習したモデルです。"
        "1回目の実行では、学習の途中の出力も見えます。列が出力の1文字、色がその確率です。"
    ),
    seen=r"""
学習した3通りの書き方なら、学習に使っていない日付でも99%以上を正しく書きます。
「令和」から西暦の年を出すには足し算が要りますが、式は教えていません。

「2024/5/3」は、人には一番やさしい書き方です。モデルは3つの種とも間違えました。
「/」は学習に一度も現れず、その埋め込みは初期値のままです。月と日の区切りも読めません。

ほかに試すとよい入力：

- 「令和六年五月三日」：学習にない書き方ですが、3つの種とも正しく書きました。
- 「2024年2月31日」：そのまま2024-02-31と書きます。学んだのは書き換え方で、暦ではありません。
- 「2100年1月1日」：学習した年の範囲の外です。近い数字の並びに引き寄せられます。
""",
    prediction=Prediction.of("seq2seq-translate", {"text": "2024/5/3"}, "wrong"),
    overlay=False,
    short={"updates": 60},
    figsize=(8.0, 4.4),
)
