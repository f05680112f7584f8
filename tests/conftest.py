"""Fixtures every test shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty learner's record: no test reads or writes the real one."""
    place = tmp_path / "eshikaku-home"
    place.mkdir()
    monkeypatch.setenv("ESHIKAKU_HOME", str(place))
    yield place
