"""A tiny course on disk for tests of workspace and authoring: no real chapter is needed."""

from __future__ import annotations

from pathlib import Path

import nbformat

from eshikaku import course

HEAD = """---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
eshikaku:
  title: {title}
  syllabus: []
  parts:
  - {{id: A, title: はじめ, minutes: 1, scope: 出題対象}}
  - {{id: B, title: おまけ, minutes: 1, scope: 発展}}
---
"""

BODY = """
# 小さな章

本文です。

```{code-cell} ipython3
x = 1
x + 1
```

## A　はじめ

```python
## これは見出しではない
```

### 小見出し

```{code-cell} ipython3
lab.show_me()
```

## B　おまけ

発展の本文です。

```{code-cell} ipython3
:tags: [nbval-ignore-output]

import os

print(os.environ["ESHIKAKU_HOME"] != "", os.environ["ESHIKAKU_SYNC"])
```
"""

DEFINES_LAB = """
```{code-cell} ipython3
class lab:
    show_me = staticmethod(lambda: print("見えます"))
```
"""


def write(root: Path, name: str, body: str = BODY, title: str = "小さな章") -> Path:
    """Write one chapter's source into the course at ``root``."""
    path = root / "notebooks" / "source" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    if "lab." in body:
        body = DEFINES_LAB + body
    path.write_text(HEAD.format(title=title) + body, encoding="utf-8")
    forget()
    return path


def make(root: Path, name: str, *code: str, output: str = "") -> Path:
    """Write a made notebook with these code cells."""
    cells = [nbformat.v4.new_code_cell(c, id=f"c{n}") for n, c in enumerate(code)]
    if output:
        cells[0].outputs = [nbformat.v4.new_output("stream", text=output)]
    path = root / "notebooks" / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def forget() -> None:
    """Let the course be read again."""
    course.root.cache_clear()
    course.chapters.cache_clear()
