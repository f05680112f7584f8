"""A pytest plugin for nbval: every notebook meets an empty record, as in ``make notebooks``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from tests.selection import (  # noqa: F401  (hooks)
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_runtest_logreport,
    pytest_sessionfinish,
)

from eshikaku.authoring import build

_state: dict[str, object] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Before the first cell of a file, whose set-up starts the kernel."""
    if _state.get("path") == item.path:
        return
    folder = tempfile.TemporaryDirectory(prefix="eshikaku-nbval-")
    _state.update(path=item.path, folder=folder)  # the one before is removed
    os.environ.update(build.environment(str(Path(folder.name))))
