"""The chapter's stored measurements as tables: ``results_table("04_gru", …)``."""

from collections.abc import Mapping
from typing import Any

from eshikaku.chapters.gru import figures
from eshikaku.plot import Table, percents

Stored = Mapping[str, Any]


def accuracies(stored: Stored) -> Table:
    """Accuracy of three networks on each task."""
    rows = stored["rows"]
    return Table(
        "課題ごとのテストの正解率（種ごと）",
        ["課題", "ネットワーク", "正解率", "1つの種の時間"],
        [[r["task"], r["model"], percents(r["accuracy"]), f"{r['seconds']:.1f} 秒"] for r in rows],
        note="英文の出典を、語の回数だけの分類器（bag-of-words）で当てると "
        f"{stored['passages']['bag_of_words']:.0%}、最も多い組をいつも答えると "
        f"{stored['passages']['most_frequent']:.0%} です。".replace("%", " %"),
        figure=figures.accuracies(rows),
        alt="課題ごとの正解率の点。感想文は3つとも100%、無関係な文を足すとすべて50%。"
        "記憶課題T=100は、バイアス4.6ならLSTMとGRUの全種が100%。英文はGRU、LSTM、RNNの順。",
    )
