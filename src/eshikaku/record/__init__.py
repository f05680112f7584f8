"""The learner's record: events, the file they are appended to, what is replayed from it."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder of the learner's record: ``ESHIKAKU_HOME``, else the user's data folder."""
    given = os.environ.get("ESHIKAKU_HOME")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_data_path

    return user_data_path("eshikaku", appauthor=False)
