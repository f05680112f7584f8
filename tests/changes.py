"""What a test depends on: ``pytest --changed`` leaves out what passed since the last change.

A test depends on its file and all that it imports (``src/`` and ``tests/``, also inside
functions), on the files of the chapter it belongs to, and on the course's whole text where it
belongs to none and reads the course. Browser tests depend on everything. This is an author's
short cut, by what can be read in the code: CI runs all tests.
"""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from eshikaku import course

ROOT = Path(__file__).parents[1]
SRC, TESTS = ROOT / "src", ROOT / "tests"
ALWAYS = (
    "pyproject.toml",
    "requirements-dev.lock",
    "quizzes/schema.json",
    "quizzes/syllabus.yaml",
    "notebooks/source/notation.md",
    "tests/conftest.py",
)


def fingerprint(path: Path, chapter: str | None) -> str:
    """A hash of everything that a test in ``path``, about ``chapter``, depends on."""
    return _fingerprint(path, chapter)


@cache
def _fingerprint(path: Path, chapter: str | None) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in sorted(set(files(path, chapter))):
        digest.update(f"{file.relative_to(ROOT)}\0{_content(file)}\0".encode())
    return digest.hexdigest()


def files(path: Path, chapter: str | None) -> Iterator[Path]:
    """The files a test depends on."""
    yield from (ROOT / name for name in ALWAYS)
    if path.suffix == ".ipynb" or TESTS / "browser" in path.parents:
        engines = [p for p in tracked() if SRC in p.parents and "chapters" not in p.parts]
        yield from engines if path.suffix == ".ipynb" else tracked()
    else:
        yield from imported(path)
    if chapter is not None:
        yield from _of_chapter(course.chapter(chapter))
    elif SRC / "eshikaku/course/__init__.py" in _imports(path):
        yield from tracked()


def imported(path: Path) -> set[Path]:
    """The file and all of ours that it imports, with what lies beside them (styles, scripts)."""
    found, open_ = set[Path](), [path]
    while open_:
        here = open_.pop()
        if here not in found:
            found.add(here)
            open_ += _imports(here)
    rooms = {p.parent for p in found if SRC in p.parents}
    return found | {p for p in tracked() if p.suffix != ".py" and rooms & set(p.parents)}


@cache
def tracked() -> tuple[Path, ...]:
    """All files of the checkout but the ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(p for p in paths if p.is_file())


def _of_chapter(chapter: course.Chapter) -> Iterator[Path]:
    for path in (chapter.source, chapter.bank, chapter.results, chapter.notebook):
        if path.exists():
            yield path
    package = SRC / "eshikaku" / "chapters" / chapter.stem
    own = [*package.rglob("*.py"), *TESTS.glob(f"keys_{chapter.stem}.py")]
    for path in own:
        yield from imported(path)


@cache
def _content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    """Our files that a file names in its imports."""
    if path.suffix != ".py":
        return ()
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return tuple(p for name in sorted(names) for p in _files_of(name))


def _files_of(module: str) -> Iterable[Path]:
    """A module's file and the ``__init__`` files above it, where they are ours."""
    parts = module.split(".")
    places = [SRC.joinpath(*parts)] if parts[0] == "eshikaku" else []
    if parts[0] not in sys.stdlib_module_names:
        places += [ROOT.joinpath(*parts), TESTS.joinpath(*parts)]
    for place in places:
        for candidate in (place.with_suffix(".py"), place / "__init__.py"):
            if candidate.is_file():
                yield candidate
                above = candidate.parent
                while SRC / "eshikaku" in (above, *above.parents):
                    yield above / "__init__.py"
                    above = above.parent
