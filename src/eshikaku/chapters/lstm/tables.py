"""The chapter's stored measurements as tables: ``results_table("03_lstm", …)``."""

from collections.abc import Mapping
from typing import Any

from eshikaku.chapters.lstm import figures
from eshikaku.plot import Table

Stored = Mapping[str, Any]


def recall(stored: Stored) -> Table:
    """The memory task by length: how many seeds solve it, and after how many updates."""
    table = stored["recall"]
    lengths = sorted({row["length"] for row in table["rows"]})
    names = dict.fromkeys(row["setting"] for row in table["rows"])
    cells = {(row["setting"], row["length"]): _solved(row) for row in table["rows"]}
    return Table(
        f"記憶課題を解けた種の数（{len(table['seeds'])}個中）。（ ）は解くまでの更新回数",
        ["ネットワーク", *(f"T = {t}" for t in lengths)],
        [[name, *(cells.get((name, t), "–") for t in lengths)] for name in names],
        seeds=table["seeds"],
        figure=figures.solved_fraction(table["rows"], len(table["seeds"])),
        alt="系列の長さと解けた割合の折れ線。バイアスln Tと−ln TのLSTMは200まで全部、"
        "単純RNNは20まで全部と50の半分、バイアス1のLSTMは10まで全部と20の一部を解く。",
    )


def _solved(row: Stored) -> str:
    return f"{row['solved']}" + (f"（{row['updates']}）" if row["solved"] else "")


def alarm(stored: Stored) -> Table:
    """Networks that ring ten steps later, with and without peepholes."""
    table = stored["alarm"]
    sizes = sorted({row["hidden"] for row in table["rows"]})
    found = {(row["peephole"], row["hidden"]): row["solved"] for row in table["rows"]}
    return Table(
        f"10時刻後に鳴らせたネットワークの数（{table['seeds']}個中）",
        ["のぞき穴", *(f"H = {h}" for h in sizes)],
        [
            [name, *(str(found[peephole, h]) for h in sizes)]
            for name, peephole in (("なし", False), ("あり", True))
        ],
        seeds=f"0〜{table['seeds'] - 1}",
    )


def ablation(stored: Stored) -> Table:
    """Errors of the sum that is added to, cleared and asked for."""
    table = stored["ablation"]
    rows = [
        [row["setting"], *(f"{m:.2f} ± {s:.2f}" for m, s in (row["short"], row["long"])),
         f"{row['silent'][0]:.3f}"]
        for row in table["rows"]
    ]  # fmt: skip
    return Table(
        "足す・消す・答える課題の誤差（平均 ± 標準偏差）",
        ["部品", "1〜30時刻", "271〜300時刻", "聞かれない時刻"],
        rows,
        seeds=table["seeds"],
    )
