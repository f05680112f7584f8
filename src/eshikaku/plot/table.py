"""A table of results: what a chapter's ``tables`` returns, before anything is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Table:
    """Cells are texts; the first column names the row.

    Attributes:
        caption: what was measured, with its unit; stands above.
        figure, alt: a picture of the same numbers, below.
        note: one sentence below the table.
        seeds: where they are not those of the whole file.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    seeds: Sequence[int] | str = ()
    figure: Figure | None = None
    alt: str = ""

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"a row needs {len(self.columns)} cells: {wrong[0]!r}")

    @property
    def text(self) -> str:
        """Where no HTML is shown: Markdown."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return "\n".join([self.caption, *("| " + " | ".join(line) + " |" for line in lines)])


def percents(shares: Iterable[float]) -> str:
    """Shares of several seeds in one cell: ``98 %、100 %``."""
    return "、".join(f"{share:.0%}".replace("%", " %") for share in shares)
