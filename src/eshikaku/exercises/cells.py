"""The notebook cells of an exercise, generated from its declaration.

Authoring puts them in the place of a line ``<!-- exercise: rnn-step -->`` of a chapter's source.
"""

from __future__ import annotations

import hashlib
from typing import Any

from eshikaku.exercises.declaration import KINDS, LEVELS, Exercise
from eshikaku.exercises.source import shown_source

Cell = dict[str, Any]

_LONGEST_ID = 64  # nbformat


def cells(exercise: Exercise) -> list[Cell]:
    """Statement, starter and check as nbformat cells (without outputs and counts)."""
    return [
        _cell(exercise, "markdown", "statement", _statement(exercise)),
        _cell(exercise, "code", "starter", shown_source(exercise.starter).rstrip()),
        _cell(exercise, "code", "check", f'check("{exercise.id}", {exercise.function_name})'),
    ]


def _statement(exercise: Exercise) -> str:
    stars = "★" * exercise.level + "☆" * (max(LEVELS) - exercise.level)
    head = f"{KINDS[exercise.kind]} ・ {stars} ・ 目安 {exercise.minutes}分"
    do = {
        "blank": "次のセルの `____` を埋めて実行し",
        "write": "次のセルの関数を書いて実行し",
        "bug": "次のセルの関数には誤りが1つあります。直して実行し",
    }[exercise.kind]
    return (
        f"### 演習　{exercise.title}\n\n{head}\n\n{exercise.statement.strip()}\n\n"
        f"{do}、その下のセルで採点してください。"
        f'ヒントは `hint("{exercise.id}")`、解答例は `solution("{exercise.id}")` です。'
    )


def _cell(exercise: Exercise, kind: str, role: str, source: str) -> Cell:
    name = f"exercise-{exercise.id}-{role}"
    if len(name) > _LONGEST_ID:
        digest = hashlib.sha256(exercise.id.encode()).hexdigest()[:16]
        name = f"exercise-{digest}-{role}"
    cell: Cell = {
        "cell_type": kind,
        "id": name,
        "metadata": {"eshikaku": {"exercise": exercise.id, "role": role}},
        "source": source,
    }
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell
