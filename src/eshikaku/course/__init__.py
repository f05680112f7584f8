"""What the course consists of and where it lies; under all rooms, importing none.

- :mod:`~eshikaku.course.place`: the checkout (:func:`root`).
- :mod:`~eshikaku.course.vocabulary`: the words that records, questions and exercises share.
- :mod:`~eshikaku.course.source`: the one reader of a chapter's text.
- :mod:`~eshikaku.course.catalogue`: chapters and parts, and what a chapter declares.
"""

from eshikaku.course.catalogue import (
    Chapter,
    Part,
    chapter,
    chapters,
    exercise,
    heading_cell,
    link,
)
from eshikaku.course.place import CourseError, root
from eshikaku.course.source import front_matter
from eshikaku.course.vocabulary import ADVANCED, FADES, IN_SCOPE, MODES, STATUSES

__all__ = [
    "ADVANCED",
    "FADES",
    "IN_SCOPE",
    "MODES",
    "STATUSES",
    "Chapter",
    "CourseError",
    "Part",
    "chapter",
    "chapters",
    "exercise",
    "front_matter",
    "heading_cell",
    "link",
    "root",
]
