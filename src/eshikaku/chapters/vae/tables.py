"""The chapter's stored measurements as tables: ``results_table("06_vae", …)``."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from eshikaku.plot import Table

Stored = Mapping[str, Any]

_SOURCES = {"prior": "N(0, I)", "fitted": "z に合わせる", "test": "テスト画像"}


def bound(stored: Stored) -> Table:
    """The two terms of the bound by β and the size of z."""
    rows = []
    for r in stored["bound"]:
        bce, kl = np.mean(r["reconstruction"]), np.mean(r["kl"])
        used = "、".join(str(n) for n in r["alive"])
        rows.append(
            [f"{r['beta']:g}", str(r["size"]), f"{bce:.1f}", f"{kl:.1f}", f"{bce + kl:.1f}", used]
        )
    columns = ["β", "J", "復元", "KL", "−ELBO", "使われた次元（種ごと）"]
    return Table("変分下限の2つの項（テスト画像、3つの種の平均）", columns, rows)


def samples(stored: Stored) -> Table:
    """How near to the digits samples are."""
    rows = [
        [f"{r['size']}", r["model"], _SOURCES[r["source"]], f"{np.mean(r['distance']):.2f}",
         f"{np.mean(r['far']):.1%}".replace("%", " %"), f"{np.mean(r['sure']):.2f}"]
        for r in stored["samples"]
    ]  # fmt: skip
    columns = ["J", "モデル", "z の引き方", "学習画像までの距離", "遠いもの", "確信度"]
    return Table("標本の質（3つの種の平均）", columns, rows)


def answers(stored: Stored) -> Table:
    """HRED and VHRED by how they are asked."""
    table = stored["dialogues"]
    rows = []
    for r in table["ways"]:
        keys = ("fits", "different", "short", "length", "facts")
        fits, different, short, length, facts = (np.mean(r[key]) for key in keys)
        numbers = [
            f"{fits:.3f}",
            f"{different:.1f}",
            f"{short:.2f}",
            f"{length:.1f}",
            f"{facts:.2f}",
        ]
        rows.append([r["way"], *numbers])
    return Table(
        "開いた質問への答え（同じ文脈で20回、5つの種の平均）",
        ["答え方", "合う", "違う答え（20回中）", "「はい。」", "長さ（語）", "曜日などの正解率"],
        rows,
        seeds=table["seeds"],
    )


def trainings(stored: Stored) -> Table:
    """What annealing and word dropout do."""
    table = stored["dialogues"]
    rows = [
        [f"{r['annealing']}", f"{r['drop']}", f"{np.mean(r['kl']):.2f}",
         f"{np.mean(r['different']):.1f}（{min(r['different']):.1f}〜{max(r['different']):.1f}）",
         f"{np.mean(r['short']):.2f}"]
        for r in table["trainings"]
    ]  # fmt: skip
    return Table(
        "学習の方法を替えたVHRED（z を引いて貪欲法、5つの種の平均）",
        ["アニーリング", "単語ドロップアウト", "KL", "違う答え（範囲）", "「はい。」"],
        rows,
        seeds=table["seeds"],
    )
