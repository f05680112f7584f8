"""The one reader of a chapter's text: front matter, blocks of text and code, parts.

A source is CommonMark with the code cells of MyST::

    ```{code-cell} ipython3
    :tags: [nbval-ignore-output]

    x = 1
    ```

Text is cut before every ``#``/``##``/``###`` heading and around a line that asks for an
exercise (``<!-- exercise: rnn-step -->``), never inside a fence. A part (部) begins at
``## A　順伝播`` (letter, ideographic space, title) and ends at the next ``## ``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eshikaku.course.place import CourseError

PART = re.compile(r"## (?P<id>[A-Z])　(?P<title>\S.*)")

_FRONT = re.compile(r"---\n(.*?)\n---\n", re.S)
_EXERCISE = re.compile(r"<!--\s*exercise:\s*(?P<id>[a-z0-9-]+)\s*-->")
_FENCE = re.compile(r"\s{0,3}(?P<mark>`{3,}|~{3,})(?P<info>.*)")
_HEADING = re.compile(r"#{1,3} ")
_OPTION = re.compile(r":(?P<name>[\w-]+):\s*(?P<value>.*)")


@dataclass(frozen=True)
class Block:
    """A piece of the text.

    Attributes:
        kind: ``text`` | ``code``.
        source: what is written, without fences and options.
        part: the letter of the part it stands in; ``""`` before the first and between parts.
        tags: of a code cell.
    """

    kind: str
    source: str
    part: str = ""
    tags: tuple[str, ...] = ()

    @property
    def exercise(self) -> str | None:
        """The id in a line that asks for an exercise."""
        match = _EXERCISE.fullmatch(self.source) if self.kind == "text" else None
        return match["id"] if match else None

    @property
    def heading(self) -> str:
        """The first line of a text that begins with a heading, else ``""``."""
        line = self.source.partition("\n")[0]
        return line if self.kind == "text" and _HEADING.match(line) else ""

    def arguments(self, verb: str) -> tuple[str, ...]:
        """The texts given to each call of ``verb``: the ids of ``quiz("a", "b")``."""
        return tuple(
            argument.value
            for call in self.calls()
            if isinstance(call.func, ast.Name) and call.func.id == verb
            for argument in call.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        )

    def calls(self) -> list[ast.Call]:
        """Every call in a code cell (none in a magic)."""
        try:
            tree = ast.parse(self.source) if self.kind == "code" else ast.Module([], [])
        except SyntaxError:  # a magic
            return []
        return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def front_matter(path: Path) -> dict[str, Any]:
    """The YAML front matter of a chapter's source.

    Raises:
        CourseError: there is none, or it is no YAML.
    """
    import yaml

    match = _FRONT.match(path.read_text(encoding="utf-8"))
    if not match:
        raise CourseError(f"{path}: no front matter")
    try:
        return yaml.safe_load(match[1]) or {}
    except yaml.YAMLError as error:
        raise CourseError(f"{path}: front matter is not valid YAML: {error}") from error


def blocks(path: Path) -> list[Block]:
    """The blocks of a chapter's source in order, each with its part."""
    found: list[Block] = []
    part = ""
    for block in parse(_FRONT.sub("", path.read_text(encoding="utf-8"), count=1)):
        if block.heading.startswith("## "):
            match = PART.match(block.source)
            part = match["id"] if match else ""
        found.append(replace(block, part=part))
    return found


def parse(text: str) -> Iterator[Block]:
    """The blocks of a text without front matter."""
    piece: list[str] = []
    code: list[str] | None = None
    fence = ""

    def flush() -> Iterator[Block]:
        joined = "\n".join(piece).strip()
        piece.clear()
        if joined:
            yield Block("text", joined)

    for line in text.splitlines():
        mark = _FENCE.match(line)
        if fence:
            closes = mark and mark["mark"].startswith(fence) and not mark["info"].strip()
            if closes and code is not None:
                yield _cell(code)
                code = None
            else:
                (piece if code is None else code).append(line)
            fence = "" if closes else fence
            continue
        alone = bool(_EXERCISE.fullmatch(line.strip()))
        cell = mark is not None and mark["info"].startswith("{code-cell}")
        if alone or cell or _HEADING.match(line):
            yield from flush()
        if mark:
            fence = mark["mark"]
            code = [] if cell else None
        if not cell:
            piece.append(line)
        if alone:
            yield from flush()
    yield from flush()


def owners(blocks: Sequence[Block], parts: Sequence[str]) -> list[str]:
    """For each block the part it is counted with: nothing of a chapter belongs to no part.

    ``parts`` are the letters of those in scope. The opening counts with the first, what stands
    between or after them (試験ではこう問われる, まとめ) with the last one before it. In a chapter
    without parts all is ``""``.
    """
    found: list[str] = []
    last = parts[0] if parts else ""
    for block in blocks:
        if block.part in parts:
            last = block.part
        found.append(block.part or last)
    return found


def _cell(lines: list[str]) -> Block:
    """A code cell: its options come first, one a line, then its code."""
    tags: tuple[str, ...] = ()
    start = 0
    for line in lines:
        option = _OPTION.fullmatch(line)
        if not option:
            break
        if option["name"] == "tags":
            tags = tuple(t.strip() for t in option["value"].strip("[] ").split(",") if t.strip())
        start += 1
    return Block("code", "\n".join(lines[start:]).strip("\n").rstrip(), tags=tags)
