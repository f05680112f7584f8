"""``hint`` and ``solution``: Markdown, so that JupyterLab typesets formulas and colours code."""

from __future__ import annotations

from dataclasses import dataclass

from eshikaku.exercises.declaration import Exercise
from eshikaku.exercises.source import shown_source


@dataclass(frozen=True)
class Shown:
    """A piece of Markdown shown as a cell's output."""

    markdown: str

    def __str__(self) -> str:
        return self.markdown

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return self.markdown


def hint(exercise: Exercise, number: int = 1) -> Shown:
    """The ``number``-th hint (1-based); past the last one, the last and the way to the solution."""
    count = len(exercise.hints)
    shown = min(max(number, 1), count)
    more = (
        f'次のヒント: `hint("{exercise.id}", {shown + 1})`'
        if shown < count
        else f'ヒントはこれで全部です。解答例: `solution("{exercise.id}")`'
    )
    head = f"**ヒント {shown}/{count}**　{exercise.title}"
    return Shown(f"{head}\n\n{exercise.hints[shown - 1].strip()}\n\n{more}")


def solution(exercise: Exercise) -> Shown:
    """The reference solution under the learner's function name."""
    code = shown_source(exercise.reference, exercise.function_name).rstrip()
    return Shown(
        f"**解答例**　{exercise.title}\n\n```python\n{code}\n```\n\n"
        "読んだら閉じて、何も見ずに書き直してください。"
        f'採点は `check("{exercise.id}", {exercise.function_name})` です。'
    )
