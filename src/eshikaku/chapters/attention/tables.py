"""The chapter's stored measurements as tables: ``results_table("07_attention", …)``."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from eshikaku.plot import Table, percents

Stored = Mapping[str, Any]

_DIGITS = (4, 6, 8, 10, 12, 13, 15)


def copies(stored: Stored) -> Table:
    """Digits copied, with and without attention."""
    rows = []
    for r in stored["copies"]:
        mean = np.mean(r["share"], axis=0)
        shares = [f"{mean[n - 1]:.0%}".replace("%", " %") for n in _DIGITS]
        rows.append([r["model"], *shares, f"{r['seconds']:.1f} 秒"])
    return Table(
        "書き写しの正解率（3つの種の平均。学習は1〜12桁）",
        ["モデル", *(f"{n}桁" for n in _DIGITS), "1つの種の時間"],
        rows,
    )


def translations(stored: Stored) -> Table:
    """Numbers and dates with each decoder and score."""
    return Table(
        "数の読みと日付の正解率（種ごと）",
        ["課題", "モデル", "更新", "正解率", "1つの種の時間"],
        [
            [r["task"], r["model"], f"{r['updates']}", percents(r["accuracy"]),
             f"{r['seconds']:.1f} 秒"]
            for r in stored["translations"]
        ],
    )  # fmt: skip


def depth(stored: Stored) -> Table:
    """Layers with and without residual connections."""
    rows = [
        [f"{r['layers']}層", "あり" if r["residual"] else "なし", f"{np.mean(r['loss']):.2f}",
         percents(r["exact"])]
        for r in stored["gnmt"]["depth"]
        if r["residual"] or r["layers"] > 2
    ]  # fmt: skip
    columns = ["層", "残差接続", "損失（平均）", "完全一致（種ごと）"]
    return Table("250回の更新の後の損失と完全一致", columns, rows)


def zero_shot(stored: Stored) -> Table:
    """Directions learnt and not learnt."""
    setups = stored["gnmt"]["zero_shot"]
    learnt = [np.minimum(r["ab"]["exact"], r["bc"]["exact"]) for r in setups]
    rows = [["A→BとB→C（低いほう）の完全一致", *map(percents, learnt)]]
    for name, way, key in (
        ("A→C　完全一致", "ac", "exact"),
        ("A→C　正しい語", "ac", "words"),
        ("A→C　C語の語", "ac", "language"),
        ("C→A　完全一致", "ca", "exact"),
        ("A→B→C（ピボット）　完全一致", "abc", "exact"),
    ):
        rows.append([name, *(percents(r[way][key]) for r in setups)])
    columns = ["測った方向", *(r["name"] for r in setups)]
    return Table("学習した方向（列）と、訳せた割合（種ごと）", columns, rows)
