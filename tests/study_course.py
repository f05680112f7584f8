"""Two small chapters on disk, with banks, for the tests of the study room."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from eshikaku import course

_HEAD = """---
eshikaku:
  title: {title}
  syllabus: [{syllabus}]
  parts:
{parts}
---

# {title}
"""

ALPHA = """
## A　はじめ

```{code-cell} ipython3
skip_check("01A", "alpha-s-01", "alpha-s-02", "alpha-s-03", "alpha-s-04")
```

```python
quiz("not-a-cell")
## A　見出しではない
```

```{code-cell} ipython3
:tags: [nbval-ignore-output]

quiz(
    "alpha-a-01",
    "alpha-a-02",
)
```

<!-- exercise: alpha-step -->

## B　つぎ <で&す>

```{code-cell} ipython3
quiz("alpha-group-01")
```

## まとめ

```{code-cell} ipython3
%time quiz("magic")
```

```{code-cell} ipython3
quiz("alpha-after-01")
```

## C　おまけ

```{code-cell} ipython3
quiz("alpha-c-01")
```
"""

BETA = """
## A　あと

```{code-cell} ipython3
quiz("beta-a-01")
```
"""


def _options(right: bool = True) -> list[dict[str, Any]]:
    found = [{"key": key, "text": f"選択肢 {key}", "why": "理由"} for key in "abc"]
    return [{**found[0], "correct": True}, *found[1:]] if right else found


def _question(id: str, **more: Any) -> dict[str, Any]:
    scope = {} if more.get("scope") else {"syllabus": ["3.5.i"]}
    return {
        "id": id,
        "rev": 1,
        "type": "single",
        **scope,
        "skill": "concept",
        "level": 1,
        "stem": f"問題 {id} です。$x<y$",
        "explain": "解説",
        "refs": [{"paper": "P 2000"}],
        **({} if "type" in more else {"options": _options(not more.get("prediction"))}),
        **more,
    }


def _item(key: str) -> dict[str, Any]:
    return {
        "key": key,
        "type": "single",
        "skill": "code",
        "level": 1,
        "stem": f"小問 {key}",
        "options": _options(),
        "explain": "解説",
    }


_ALPHA = [
    *(_question(f"alpha-s-0{n}") for n in range(1, 5)),
    _question("alpha-a-01"),
    _question("alpha-a-02", syllabus=["3.2.i"]),
    _question("alpha-group-01", type="group", items=[_item(k) for k in ("one", "two", "three")]),
    _question("alpha-after-01"),
    _question("alpha-c-01", scope="発展"),
    _question("alpha-predict-01", prediction=True),
    _question("alpha-text-01", type="text", model_answer="答え", rubric=["書いた", "足した"]),
]
_BETA = [_question("beta-a-01", syllabus=["3.5.ii"])]


def _write_bank(path: Path, topic: str, questions: list[dict[str, Any]]) -> None:
    bank = {"schema": 1, "topic": topic, "questions": questions}
    text = yaml.dump(bank, Dumper=_Plain, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")


class _Plain(yaml.SafeDumper):
    """Writes equal lists out instead of pointing at the first."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write(root: Path) -> None:
    """Write the course into ``root`` (``ESHIKAKU_ROOT`` names it)."""
    real = course.root()
    source, quizzes = root / "notebooks" / "source", root / "quizzes"
    source.mkdir(parents=True)
    quizzes.mkdir()
    for name in ("schema.json", "syllabus.yaml"):
        shutil.copy(real / "quizzes" / name, quizzes / name)
    parts = (
        "  - {id: A, title: はじめ, minutes: 20, scope: 出題対象}\n"
        "  - {id: B, title: つぎ <で&す>, minutes: 30, scope: 出題対象}\n"
        "  - {id: C, title: おまけ, minutes: 10, scope: 発展}"
    )
    head = _HEAD.format(title="アルファ", syllabus="3.5.i", parts=parts)
    (source / "01_alpha.md").write_text(head + ALPHA, encoding="utf-8")
    parts = "  - {id: A, title: あと, minutes: 25, scope: 出題対象}"
    head = _HEAD.format(title="ベータ", syllabus="3.5.ii", parts=parts)
    (source / "02_beta.md").write_text(head + BETA, encoding="utf-8")
    _write_bank(quizzes / "01_alpha.yaml", "alpha", _ALPHA)
    _write_bank(quizzes / "02_beta.yaml", "beta", _BETA)


def rewrite(root: Path, id: str) -> None:
    """Give a question of 01_alpha another revision."""
    path = root / "quizzes" / "01_alpha.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"- id: {id}\n  rev: 1", f"- id: {id}\n  rev: 2"), "utf-8")


def forget() -> None:
    """Let the course be read again."""
    course.root.cache_clear()
    course.chapters.cache_clear()
