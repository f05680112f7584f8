"""The chapter's stored measurements as tables: ``results_table("13_cnn_models", …)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eshikaku.plot import Table


def degradation(stored: Mapping[str, Any]) -> Table:
    """Training accuracy by depth, plain and residual, the least and the most of the seeds."""
    table = stored["degradation"]
    depths = sorted({row["depth"] for row in table["rows"]})
    found = {(row["residual"], row["depth"]): row["right"] for row in table["rows"]}
    return Table(
        f"訓練データの正解率（{table['updates']}回の更新の、最後の{table['last']}回。最小〜最大）",
        ["ネットワーク", *(f"{depth}層" for depth in depths)],
        [
            [name, *(_range(found[residual, depth]) for depth in depths)]
            for name, residual in (("残差接続なし", False), ("残差接続あり", True))
        ],
        seeds=table["seeds"],
    )


def _range(values: list[float]) -> str:
    return f"{min(values):.0%}〜{max(values):.0%}".replace("%", " %")
