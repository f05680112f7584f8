"""The chapter's stored measurements as tables: ``results_table("02_bptt", …)``."""

from collections.abc import Mapping
from typing import Any

from eshikaku.plot import Table

Stored = Mapping[str, Any]

SOLVED = 0.9


def clipping(stored: Stored) -> Table:
    """Runs that solve the task, by the way of clipping."""
    table = stored["clipping"]
    names = list(next(iter(table.values())))
    rows = [[setup, *(_solved(runs[name]) for name in names)] for setup, runs in table.items()]
    return Table("クリッピングの方法と、正解率が90 %以上になった種の数", ["設定", *names], rows)


def initialisation(stored: Stored) -> Table:
    """Runs that solve the task, by the initial values and the length."""
    table = stored["initialisation"]
    lengths = list(next(iter(table.values())))
    rows = [[name, *(_solved(by[t]) for t in lengths)] for name, by in table.items()]
    columns = ["重みの初期値", *(f"T = {t}" for t in lengths)]
    return Table("系列の長さと、正解率が90 %以上になった種の数", columns, rows)


def _solved(right: list[float]) -> str:
    return f"{sum(a >= SOLVED for a in right)}/{len(right)}"
