"""The syllabus ledger: areas, mid areas, items and the contents they name.

Ids are those every question, part and result points at; the names are the course's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from eshikaku import course
from eshikaku.questions import reading
from eshikaku.questions.errors import BankError, suggestion


@dataclass(frozen=True)
class Item:
    """One item: ``3.5.ii`` ゲート機構.

    Attributes:
        scope: 出題対象 | 発展.
        named: contents the syllabus names under it; ``new``: those new in this version.
        also: other names a content goes by, where a text may use those.
        mid, area: the ids it belongs to.
    """

    id: str
    title: str
    scope: str
    named: tuple[str, ...]
    mid: str
    area: str
    new: tuple[str, ...] = ()
    note: str = ""
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def in_scope(self) -> bool:
        return self.scope == course.IN_SCOPE


@dataclass(frozen=True)
class Mid:
    """One mid area: ``3.5`` リカレントニューラルネットワーク."""

    id: str
    title: str
    area: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Area:
    """One area: ``3`` 深層学習の基礎.

    Attributes:
        mock: its questions among the 104 of a mock exam (no official split is published).
        mean: the published mean score of 2025#1 in percent (3 and 4 are published as one).
    """

    id: str
    title: str
    mock: int
    mean: int
    mids: tuple[Mid, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for mid in self.mids for item in mid.items)


@dataclass(frozen=True)
class Syllabus:
    """The whole of one version."""

    version: str
    since: str
    areas: tuple[Area, ...]

    @property
    def mids(self) -> tuple[Mid, ...]:
        return tuple(mid for area in self.areas for mid in area.mids)

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for area in self.areas for item in area.items)

    @property
    def by_id(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}

    def item(self, id: str) -> Item:
        """The item of an id.

        Raises:
            KeyError: with the nearest ids.
        """
        known = self.by_id
        if id not in known:
            raise KeyError(f"シラバスに {id!r} はありません。{suggestion(id, known)}")
        return known[id]


def load(path: Path | None = None) -> Syllabus:
    """The ledger ``quizzes/syllabus.yaml``, read once."""
    return _load(path or course.root() / "quizzes" / "syllabus.yaml")


@lru_cache(maxsize=4)
def _load(path: Path) -> Syllabus:
    data = reading.read(path)
    try:
        areas = tuple(
            Area(
                id=a["id"],
                title=a["title"],
                mock=a["mock"],
                mean=a["mean"],
                mids=tuple(_mid(m, a["id"]) for m in a["mids"]),
            )
            for a in data["areas"]
        )
        found = Syllabus(data["version"], data["since"], areas)
    except (KeyError, TypeError) as error:
        raise BankError(f"シラバスの形が違います: {error!r}", path=path) from error
    ids = [item.id for item in found.items]
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise BankError(f"同じidが2回あります: {', '.join(twice)}", path=path)
    return found


def _mid(raw: reading.Located, area: str) -> Mid:
    items = tuple(
        Item(
            id=i["id"],
            title=i["title"],
            scope=i["scope"],
            named=tuple(i["named"]),
            mid=raw["id"],
            area=area,
            new=tuple(i.get("new", ())),
            note=i.get("note", ""),
            also={name: tuple(names) for name, names in i.get("also", {}).items()},
        )
        for i in raw["items"]
    )
    return Mid(raw["id"], raw["title"], area, items)
