"""What every test shares: one thread, an empty record, nothing written outside a test's folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import tiny_course
from tests.selection import (  # noqa: F401  (hooks)
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_runtest_logreport,
    pytest_sessionfinish,
)

from eshikaku import course
from eshikaku.authoring import build

os.environ.update(build.THREADS)  # before anything imports NumPy or torch
_ipython = tempfile.TemporaryDirectory(prefix="eshikaku-ipython-")
os.environ["IPYTHONDIR"] = _ipython.name  # else a shell's history goes to the user's own


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty learner's record: no test reads or writes the real one."""
    place = tmp_path / "eshikaku-home"
    place.mkdir()
    monkeypatch.setenv("ESHIKAKU_HOME", str(place))
    yield place


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A course with two made notebooks, and an empty learner's folder."""
    from eshikaku.workspace import copies

    place = tmp_path / "course"
    for name in ("00_home", "91_tiny"):
        tiny_course.write(place, name)
        tiny_course.make(place, name, "x = 1")
    shutil.copytree(course.root() / "settings", place / "settings")
    monkeypatch.setenv("ESHIKAKU_ROOT", str(place))
    monkeypatch.delenv("ESHIKAKU_WORK", raising=False)
    for name in copies.jupyter_folders():  # lab.environment() sets them
        monkeypatch.setenv(name, "")  # so that what was there comes back
        monkeypatch.delenv(name)  # empty would mean the current folder
    tiny_course.forget()
    yield place
    tiny_course.forget()
