"""Which tests run: ``pytest --chapter rnn``, ``pytest --changed``; and which run together.

A test belongs to the chapter whose file it stands in (``test_chapter_rnn.py``) or whose
declaration, bank, source or notebook it was parametrised with. With ``--dist loadgroup`` the
tests of one experiment or exercise stay on one worker, which runs its defaults once.

``--changed`` leaves out what has passed since anything it depends on changed
(:mod:`tests.changes`); what passed is kept in pytest's cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import changes

from eshikaku import course

PASSED, DEPENDS = "eshikaku/passed", "depends"
_seen: dict[str, str | None] = {}  # node → what it depended on; None where it failed

_OWN_FILE = re.compile(r"(?:test_chapter|keys)_(?P<stem>[a-z0-9_]+)\.py")
_NAME = re.compile(r"\d\d_(?P<stem>[a-z0-9_]+)")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--chapter",
        action="append",
        default=[],
        metavar="STEM",
        help="only the tests of this chapter (stem, number or name; may be given twice)",
    )
    parser.addoption(
        "--changed",
        action="store_true",
        help="leave out tests that passed since anything they depend on changed",
    )
    parser.addoption(
        "--seeds", type=int, metavar="N", help="draws of each exercise's test (a few by default)"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for value in parameters(item):
            group = declaration(value)
            if group:
                item.add_marker(pytest.mark.xdist_group(group))
                break
    try:
        wanted = {course.chapter(key).stem for key in config.getoption("--chapter")}
    except course.CourseError as error:
        raise pytest.UsageError(f"--chapter: {error}") from error
    if wanted:
        _keep(config, items, {id(item) for item in items if chapter_of(item) in wanted})
    if config.getoption("--changed"):
        _keep(config, items, _changed(config, items))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what passed and what failed, in whichever worker."""
    for name, value in report.user_properties:
        if name == DEPENDS:
            node, _, fingerprint = str(value).rpartition(" ")
            if report.failed:
                _seen[node] = None
            elif report.when == "call" and report.passed:
                _seen.setdefault(node, fingerprint)


def pytest_sessionfinish(session: pytest.Session) -> None:
    cache = getattr(session.config, "cache", None)
    if cache is None or not _seen or hasattr(session.config, "workerinput"):
        return
    known = {**cache.get(PASSED, {}), **_seen}
    cache.set(PASSED, {node: mark for node, mark in known.items() if mark})
    _seen.clear()


def _changed(config: pytest.Config, items: list[pytest.Item]) -> set[int]:
    """The items (by ``id``) whose fingerprint is not the one they passed with."""
    cache = getattr(config, "cache", None)
    known = cache.get(PASSED, {}) if cache else {}
    found, books = set(), set()
    for item in items:
        mark = changes.fingerprint(item.path, chapter_of(item))
        item.user_properties.append((DEPENDS, f"{item.nodeid} {mark}"))
        if known.get(item.nodeid) != mark:
            found.add(id(item))
            books.add(item.path)
    # the cells of a notebook run one after another or not at all
    whole = {id(i) for i in items if i.path.suffix == ".ipynb" and i.path in books}
    return found | whole


def _keep(config: pytest.Config, items: list[pytest.Item], kept: set[int]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = [item for item in items if id(item) in kept]


def chapter_of(item: pytest.Item) -> str | None:
    """The stem of the chapter that a test belongs to, if to one."""
    own = _OWN_FILE.fullmatch(item.path.name)
    found = _longest(own["stem"]) if own else _named(item.path)
    return found or next(filter(None, map(_stem, parameters(item))), None)


def parameters(item: pytest.Item) -> Iterator[Any]:
    """What a test was parametrised with, tuples opened."""
    call = getattr(item, "callspec", None)
    for value in call.params.values() if call else ():
        yield from value if isinstance(value, tuple) else (value,)


def declaration(value: Any) -> str | None:
    """``lstm/gates`` of an experiment, ``lstm-step`` of an exercise."""
    if type(value).__name__ == "Experiment":
        return str(value.key)
    return str(value.id) if type(value).__name__ == "Exercise" else None


def _stem(value: Any) -> str | None:
    if isinstance(value, course.Chapter):
        return value.stem
    if isinstance(value, Path):
        return _named(value)
    name = declaration(value) or (value if isinstance(value, str) else "")
    stems = {c.stem for c in course.chapters()}
    if name in stems:
        return name
    if "/" in name and name.partition("/")[0] in stems:
        return name.partition("/")[0]
    return _longest(name.replace("-", "_")) if declaration(value) else None


def _named(path: Path) -> str | None:
    """Of ``03_lstm.yaml``, ``03_lstm.ipynb``, …."""
    match = _NAME.fullmatch(path.stem)
    return match["stem"] if match else None


def _longest(name: str) -> str | None:
    """The longest stem that the name is or begins with: ``attention_gnmt`` → ``attention``."""
    stems = [c.stem for c in course.chapters() if f"{name}_".startswith(f"{c.stem}_")]
    return max(stems, key=len, default=None)
