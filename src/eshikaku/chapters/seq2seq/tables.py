"""The chapter's stored measurements as tables: ``results_table("05_seq2seq", …)``."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from eshikaku.chapters.seq2seq import figures
from eshikaku.plot import Table, percents

Stored = Mapping[str, Any]


def forcing(stored: Stored) -> Table:
    """Accuracy by the share of teacher forcing."""
    return Table(
        "教師強制の割合と、見せていない日付の正解率（種ごと）",
        ["c の渡し方", "割合", "正解率"],
        [[r["model"], f"{r['ratio']:.1f}", percents(r["accuracy"])] for r in stored["forcing"]],
    )


def beams(stored: Stored) -> Table:
    """What wider beams find."""
    return Table(
        "ビーム幅と、1位の系列（200の日付の平均、種ごと）",
        ["幅", "log p", "和暦の割合", "正しい日付"],
        [
            [str(r["width"]), "、".join(f"{p:.2f}".replace("-", "−") for p in r["log_p"]),
             percents(r["era"]), percents(r["right"])]
            for r in stored["beams"]
        ],
    )  # fmt: skip


def bottleneck(stored: Stored) -> Table:
    """How many digits are copied, by the size of the context."""
    rows, lengths = stored["bottleneck"], stored["lengths"]
    shown = [n for n in (2, 4, 6, 8, 10, 12, 15) if n in lengths]
    return Table(
        "書き写しの正解率（3つの種の平均）と、半分以上写せる桁数（種ごと）",
        ["モデル", *(f"{n}桁" for n in shown), "半分以上写せる桁数"],
        [
            [r["model"],
             *(percents([np.mean(r["accuracy"], axis=0)[lengths.index(n)]]) for n in shown),
             "、".join(str(int(np.sum(np.array(a) >= 0.5))) for a in r["accuracy"])]
            for r in rows
        ],
        figure=figures.lengths(lengths, rows),
        alt="入力の長さと正解率。Hが16、32、64、96と大きいほど右で落ちるが、どれも12桁までに下がる。"
        "H=64を逆順に読むと2桁ほど延びる。",
    )  # fmt: skip


def variants(stored: Stored) -> Table:
    """Where the context goes."""
    return Table(
        "c の渡し方と、見せていない日付の正解率（種ごと）",
        ["モデル", "更新", "正解率", "パラメータ数"],
        [
            [r["model"], f"{r['updates']}", percents(r["accuracy"]), f"{r['parameters']:,}"]
            for r in stored["variants"]
        ],
    )


def tasks(stored: Stored) -> Table:
    """Longer tasks with rules."""
    return Table(
        "課題ごとの正解率（種ごと）",
        ["課題", "正解率", "パラメータ数", "1つの種の時間"],
        [
            [r["task"], percents(r["accuracy"]), f"{r['parameters']:,}", f"{r['seconds']:.0f} 秒"]
            for r in stored["tasks"]
        ],
    )


def places(stored: Stored) -> Table:
    """Readings of place names."""
    return Table(
        "町名の読み（種ごと）",
        ["ビーム幅", "1位が正しい", "候補のどれかが正しい", "文字誤り率（CER）"],
        [
            [str(r["width"]), *(percents(r[key]) for key in ("right", "among", "cer"))]
            for r in stored["places"]
        ],
    )


def dialogues(stored: Stored) -> Table:
    """Facts asked for after more and more turns."""
    table = stored["dialogues"]
    return Table(
        "何組目に聞くかと、正解率（5つの種の平均）",
        ["モデル", *(f"{d}組目" for d in table["distances"])],
        [[r["model"], *(f"{a:.2f}" for a in np.mean(r["facts"], axis=0))] for r in table["rows"]],
        seeds=table["seeds"],
    )


def open_questions(stored: Stored) -> Table:
    """Greedy answers to questions with many right ones."""
    table = stored["dialogues"]
    keys = ("fits", "short", "length", "distinct1", "distinct2")
    rows = []
    for r in table["rows"]:
        fits, short, length, one, two = (np.mean(r[key]) for key in keys)
        numbers = [f"{fits:.2f}", f"{short:.2f}", f"{length:.1f}", f"{one:.3f}", f"{two:.3f}"]
        rows.append([r["model"], *numbers])
    return Table(
        "開いた質問への貪欲法の答え（5つの種の平均）",
        ["モデル", "合う", "「はい。」", "長さ（語）", "distinct-1", "distinct-2"],
        rows,
        note="学習データでは、「はい。」が0.40、長さは5.0語です。",
        seeds=table["seeds"],
    )
