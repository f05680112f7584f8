"""Where the course lies: the checkout with ``quizzes/`` and ``notebooks/``."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


class CourseError(Exception):
    """Something in the checkout is missing or malformed; the message says what and where."""


@lru_cache(maxsize=1)
def root() -> Path:
    """The checkout (``ESHIKAKU_ROOT`` overrides).

    Raises:
        CourseError: the folder holds no course.
    """
    given = os.environ.get("ESHIKAKU_ROOT")
    place = Path(given).expanduser().resolve() if given else Path(__file__).resolve().parents[3]
    if not (place / "notebooks" / "source").is_dir():
        raise CourseError(
            f"{place} はコースのフォルダーではありません（notebooks/source がありません）。"
            "README の手順でリポジトリを取得し、その中で実行してください。"
        )
    return place
