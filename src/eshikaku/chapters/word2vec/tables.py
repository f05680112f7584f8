"""The chapter's stored measurements as tables: ``results_table("08_word2vec", …)``."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from eshikaku.chapters.word2vec import figures
from eshikaku.plot import Table, percents

Stored = Mapping[str, Any]


def methods(stored: Stored) -> Table:
    """Analogies by method."""
    rows = stored["methods"]
    return Table(
        "首都の類推の正解率（種ごと）",
        ["方法", "正解率", "入れた語を除かない（平均）", "1つの種の時間"],
        [
            [r["method"], percents(r["accuracy"]), percents([np.mean(r["not_excluded"])]),
             f"{r['seconds']:.1f} 秒"]
            for r in rows
        ],
        figure=figures.methods(rows),
        alt="方法ごとの類推の正解率。数える方法はほぼ100%だが、共起の数とPPMIは、入れた語を除かないと0%。"
        "skip-gramの負例5は93%、CBOWの負例5は90%、softmaxのskip-gramは83%、CBOWは40%。",
    )  # fmt: skip


def longer(stored: Stored) -> Table:
    """More epochs."""
    return Table(
        "学習を延ばしたときの損失と正解率（3つの種の平均）",
        ["方法", "エポック", "損失", "正解率"],
        [
            [r["method"], " → ".join(map(str, r["epochs"])),
             f"{np.mean(r['loss_short']):.2f} → {np.mean(r['loss_long']):.2f}",
             f"{np.mean(r['short']):.0%} → {np.mean(r['long']):.0%}".replace("%", " %")]
            for r in stored["longer"]
        ],
    )  # fmt: skip


def powers(stored: Stored) -> Table:
    """The power of the noise distribution."""
    return Table(
        "負例を選ぶ確率の指数と、類推の正解率（種ごと）",
        ["指数", "正解率"],
        [[f"{r['power']:g}", percents(r["accuracy"])] for r in stored["powers"]],
    )


def ngrams(stored: Stored) -> Table:
    """Perplexity by n and by what smoothing adds."""
    rows = []
    for r in stored["ngrams"]:
        means = [
            f"{np.mean(p):.1f}" if None not in p else "∞" for p in zip(*r["test"], strict=True)
        ]
        rows.append([f"{r['k']:g}", *means])
    width = len(rows[0]) - 1
    return Table(
        "テストのパープレキシティ（3つの種の平均）",
        ["足す数 k", *(f"n = {n}" for n in range(1, width + 1))],
        rows,
    )
