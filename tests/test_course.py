"""The course room: the reader of a chapter's text, and how declarations are handed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from eshikaku import course
from eshikaku.course import source
from eshikaku.exercises import Exercise
from eshikaku.experiments.declaration import Experiment

TEXT = """---
eshikaku: {title: 題, parts: []}
---
# 題

はじめ

## A　一つ目

````md
```{code-cell}
# これは例
```
## A　見出しではない
<!-- exercise: no -->
````

```{code-cell} ipython3
:tags: [nbval-ignore-output, other]

quiz("a-01",
     "a-02")
```
すぐ後の文
<!-- exercise: a-step -->
まだ続く

### 小見出し

~~~python
x = 1
~~~

## 試験では

```{code-cell} ipython3
%timeit quiz("magic")
```

## B　二つ目（発展）

おまけ

## 参考文献

本
"""


@pytest.fixture
def blocks(tmp_path: Path) -> list[source.Block]:
    path = tmp_path / "91_tiny.md"
    path.write_text(TEXT, encoding="utf-8")
    return source.blocks(path)


def test_text_is_cut_at_headings_cells_and_exercises_never_in_a_fence(
    blocks: list[source.Block],
) -> None:
    assert [(b.kind, b.part, b.source.splitlines()[0]) for b in blocks] == [
        ("text", "", "# 題"),
        ("text", "A", "## A　一つ目"),
        ("code", "A", 'quiz("a-01",'),
        ("text", "A", "すぐ後の文"),
        ("text", "A", "<!-- exercise: a-step -->"),
        ("text", "A", "まだ続く"),
        ("text", "A", "### 小見出し"),
        ("text", "", "## 試験では"),
        ("code", "", '%timeit quiz("magic")'),
        ("text", "B", "## B　二つ目（発展）"),
        ("text", "", "## 参考文献"),
    ]
    assert "```{code-cell}\n# これは例\n```" in blocks[1].source
    assert blocks[2].tags == ("nbval-ignore-output", "other")
    assert blocks[2].source == 'quiz("a-01",\n     "a-02")'


def test_a_block_says_what_it_asks_for(blocks: list[source.Block]) -> None:
    assert [b.exercise for b in blocks if b.exercise] == ["a-step"]
    assert [b.arguments("quiz") for b in blocks if b.kind == "code"] == [("a-01", "a-02"), ()]


def test_nothing_of_a_chapter_belongs_to_no_part(blocks: list[source.Block]) -> None:
    assert source.owners(blocks, ["A"]) == [*"AAAAAAAAA", "B", "A"]
    assert set(source.owners(blocks, [])) == {"", "A", "B"}


def test_a_chapter_hands_over_what_a_room_declares() -> None:
    chapter = course.chapter("gru")
    assert all(isinstance(x, Exercise) for x in chapter.declared("exercises", "Exercise"))
    assert len(chapter.declared("exercises", "Exercise")) == len(chapter.exercises()) >= 3
    assert all(isinstance(x, Experiment) for x in chapter.experiments().values())
    assert chapter.declared("no_such_room", "Exercise") == []


def test_the_course_brings_no_engine() -> None:
    import subprocess
    import sys

    code = (
        "import sys, eshikaku.course as c; c.chapters(); "
        "print([m for m in sys.modules if m.startswith('eshikaku.') and '.course' not in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_words_of_the_vocabulary_are_those_the_rooms_use() -> None:
    from eshikaku.exercises import report
    from eshikaku.questions import parameters, render
    from eshikaku.record import events

    assert set(report.STATUSES) == set(course.STATUSES)
    assert render.MODES is events.MODES is course.MODES
    assert parameters.FADES is course.FADES
