"""The command ``eshikaku``: arguments only; the work is done in the rooms.

Rooms are imported where they are used, so that ``eshikaku --help`` answers at once and
``eshikaku doctor`` works where half of the packages are missing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from eshikaku.course import CourseError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; an error the learner can mend is one Japanese sentence and status 1."""
    _utf8()
    arguments = list(sys.argv[1:] if argv is None else argv)
    extra: list[str] = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, extra = arguments[:cut], arguments[cut + 1 :]
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help()
        return 0
    given.extra = extra
    try:
        return int(_COMMANDS[given.command](given))
    except CourseError as error:
        print(f"エラー: {error}", file=sys.stderr)
    except ModuleNotFoundError as error:
        print(
            f"エラー: パッケージ {error.name} がありません。"
            "`eshikaku doctor` が不足と入れ方を表示します。",
            file=sys.stderr,
        )
    except OSError as error:
        print(f"エラー: {_refused(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        print("中断しました。", file=sys.stderr)
        return 130
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="eshikaku", description="E資格のノートブック教材")
    sub = parser.add_subparsers(dest="command", metavar="コマンド")

    lab = sub.add_parser("lab", help="JupyterLab で学習ホームを開く（-- の後は JupyterLab に渡す）")
    lab.add_argument("--port", type=int, default=None, help="ポート番号（既定 8896）")
    lab.add_argument("--no-browser", action="store_true", help="ブラウザーを開かない")

    sub.add_parser("doctor", help="環境の不足と直し方を表示する")

    reset = sub.add_parser("reset", help="章を新しい写しに戻す（いまの写しは backup に残す）")
    reset.add_argument("chapter", help="章の番号か名前: 03、lstm")

    export = sub.add_parser("export", help="学習記録を1つのファイルに書き出す")
    export.add_argument("file", type=Path)
    imports = sub.add_parser("import", help="書き出した学習記録を取り込む")
    imports.add_argument("file", type=Path)

    bank = sub.add_parser("bank", help="問題集の統計を表示する")
    bank.add_argument("chapters", nargs="*", help="章（省略するとすべて）")
    bank.add_argument(
        "--coverage",
        action="store_true",
        help="シラバスの内容ごとに、部・実験・問題・演習を表示する",
    )

    test = sub.add_parser("test", help="テストを実行する")
    test.add_argument("steps", nargs="*", help="一部だけ: lint unit notebooks browser")

    test.add_argument(
        "--changed", action="store_true", help="合格した後に、読むファイルが変わったテストだけ"
    )

    notebooks = sub.add_parser("notebooks", help="ソースからノートブックを作る")
    notebooks.add_argument("chapters", nargs="*", help="章（省略するとすべて）")
    notebooks.add_argument("--check", action="store_true", help="書き換えずに、ずれを調べる")
    notebooks.add_argument("--force", action="store_true", help="変わっていない章も実行する")

    new = sub.add_parser("new", help="新しい章のファイルを作る")
    new.add_argument("number", help="2桁の番号: 09")
    new.add_argument("stem", help="語幹: cnn")
    new.add_argument("--title", required=True, help="章の題")
    new.add_argument("--syllabus", default="", metavar="ID", help="シラバスの項目: 3.4.i")

    check = sub.add_parser("check", help="章に足りないものを数秒で表示する")
    check.add_argument("chapters", nargs="*", help="章（省略するとすべて）")

    results = sub.add_parser("results", help="時間のかかる表を作る")
    results.add_argument("chapters", nargs="*", help="章（省略するとすべて）")
    return parser


def _lab(given: argparse.Namespace) -> int:
    from eshikaku.workspace import lab

    return lab.launch(given.port or lab.PORT, not given.no_browser, given.extra)


def _doctor(given: argparse.Namespace) -> int:
    from eshikaku.workspace import doctor

    return doctor.report()


def _reset(given: argparse.Namespace) -> int:
    from eshikaku.workspace import copies

    fresh, backup = copies.reset(given.chapter)
    print(f"新しい写しを置きました: {fresh}")
    if backup:
        print(f"いままでの写し: {backup}")
    print("JupyterLab で開いている場合は、ノートブックを閉じて開き直してください。")
    return 0


def _export(given: argparse.Namespace) -> int:
    from eshikaku.record.store import Store
    from eshikaku.record.transfer import TransferError, export_record

    try:
        written = export_record(Store(), given.file)
    except TransferError as error:
        raise CourseError(str(error)) from error
    print(f"学習記録を {written} に書き出しました。")
    return 0


def _import(given: argparse.Namespace) -> int:
    from eshikaku.record.store import Store
    from eshikaku.record.transfer import TransferError, import_record

    try:
        done = import_record(Store(), given.file)
    except TransferError as error:
        raise CourseError(str(error)) from error
    print(f"学習記録を取り込みました。追加 {done.added} 件、すでにあるもの {done.known} 件。")
    for problem in done.problems:
        print(f"  {problem}")
    return 0


def _bank(given: argparse.Namespace) -> int:
    from eshikaku import course
    from eshikaku.questions import bank, lint
    from eshikaku.questions.errors import BankError

    chosen = [course.chapter(key) for key in given.chapters]
    try:
        if given.coverage:
            from eshikaku.authoring import coverage

            print(coverage.report(chosen))
            return 0
        questions = [q for c in chosen for q in bank.bank_of(c).questions] or bank.all_questions()
    except BankError as error:
        raise CourseError(str(error)) from error
    print(lint.statistics(questions))
    return 0


def _test(given: argparse.Namespace) -> int:
    from eshikaku.authoring import suite

    return suite.run(given.steps, given.extra, given.changed)


def _notebooks(given: argparse.Namespace) -> int:
    from eshikaku.authoring import build

    if given.check:
        return build.check(given.chapters)
    return build.make(given.chapters, force=given.force)


def _results(given: argparse.Namespace) -> int:
    from eshikaku.authoring import results

    return results.make(given.chapters)


def _new(given: argparse.Namespace) -> int:
    from eshikaku.authoring import new

    return new.main(given.number, given.stem, given.title, given.syllabus)


def _check(given: argparse.Namespace) -> int:
    from eshikaku.authoring import complete

    return complete.main(given.chapters)


_COMMANDS = {
    "lab": _lab,
    "doctor": _doctor,
    "reset": _reset,
    "export": _export,
    "import": _import,
    "bank": _bank,
    "test": _test,
    "notebooks": _notebooks,
    "results": _results,
    "new": _new,
    "check": _check,
}


def _refused(error: OSError) -> str:
    """What could not be read or written, and why."""
    from eshikaku.record.files import reason

    where = f"{error.filename}：" if error.filename else ""
    return f"{where}{reason(error)}\n`eshikaku doctor` で環境を確かめてください。"


def _utf8() -> None:
    """Let Japanese through on consoles of another encoding (Windows)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
