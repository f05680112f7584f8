"""``eshikaku new 09 cnn --title 畳み込み``: the files of a chapter that runs and passes.

The chapter is a small whole one (one part, experiment, exercise, generator, four questions, its
keys and its test), to be replaced bit by bit. Its front matter says ``draft: true``: the quotas
of a finished chapter bind when that line goes. ``eshikaku check 09`` says what is lacking.
"""

from __future__ import annotations

import re
from pathlib import Path

from eshikaku import course
from eshikaku.authoring import coverage
from eshikaku.questions import syllabus

TEMPLATE = Path(__file__).parent / "template"
_NUMBER = re.compile(r"\d\d")
_STEM = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def files(number: str, stem: str) -> dict[Path, Path]:
    """Each file of a chapter with the template it begins as; paths within the checkout."""
    name = f"{number}_{stem}"
    places = {
        "source.md.in": f"notebooks/source/{name}.md",
        "bank.yaml.in": f"quizzes/{name}.yaml",
        "keys.py.in": f"tests/keys_{stem}.py",
        "test_chapter.py.in": f"tests/test_chapter_{stem}.py",
    }
    package = TEMPLATE / "package"
    for path in package.rglob("*.in"):
        within = path.relative_to(package).with_suffix("")
        places[str(path.relative_to(TEMPLATE))] = f"src/eshikaku/chapters/{stem}/{within}"
    return {Path(place): TEMPLATE / template for template, place in places.items()}


def write(number: str, stem: str, title: str, item: str = "") -> list[Path]:
    """Write the files of a new chapter.

    Args:
        item: the syllabus item it is about; without one the first in scope that no chapter has.

    Raises:
        CourseError: number or stem is taken or malformed, or there is no such item.
    """
    _refuse(number, stem, title)
    item = item or _untold()
    try:
        syllabus.load().item(item)
    except KeyError as error:
        raise course.CourseError(str(error.args[0])) from error
    words = {
        "__NN__": number,
        "__stem__": stem,
        "__id__": stem.replace("_", "-"),
        "__name__": f"{number}_{stem}",
        "__title__": title,
        "__item__": item,
    }
    token = re.compile("|".join(words))
    written = []
    for place, template in files(number, stem).items():
        path = course.root() / place
        if path.exists():
            raise course.CourseError(f"{place} がすでにあります。")
        written.append((path, token.sub(lambda m: words[m[0]], template.read_text("utf-8"))))
    for path, text in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    course.chapters.cache_clear()
    from eshikaku.authoring import minutes

    minutes.write(course.chapter(number))
    return [path for path, _ in written]


def main(number: str, stem: str, title: str, item: str = "") -> int:
    """Write the files and say what comes next."""
    for path in write(number, stem, title, item):
        print(path.relative_to(course.root()))
    print(
        f"\n次に: eshikaku notebooks {number}（ノートブックを作る）、"
        f"eshikaku check {number}（足りないものを見る）。\n"
        "書き方は docs/chapter-guide.md にあります。"
    )
    return 0


def _refuse(number: str, stem: str, title: str) -> None:
    if not _NUMBER.fullmatch(number):
        raise course.CourseError(f"章の番号は2桁の数字です（{number!r} が渡されました）。")
    if not _STEM.fullmatch(stem):
        raise course.CourseError(
            f"語幹は英小文字と数字を _ でつなぎます（例: object_detection）。渡されたもの: {stem!r}"
        )
    if not title.strip() or "\n" in title:
        raise course.CourseError("--title に1行の題を渡します。")
    for chapter in course.chapters():
        if chapter.number == number or chapter.stem == stem:
            raise course.CourseError(f"{chapter.name} がすでにあります。")
        one, other = sorted((f"{chapter.stem}_", f"{stem}_"), key=len)
        if other.startswith(one):
            raise course.CourseError(
                f"語幹 {stem} と {chapter.stem} は、問題やテストの名前で区別できません。"
            )


def _untold() -> str:
    items = syllabus.load().items
    return next(i.id for i in items if i.in_scope and not coverage.claiming(i))
