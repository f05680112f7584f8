"""``eshikaku doctor``: what is missing or wrong on this machine, and how to mend it.

Every check returns a :class:`Finding`; one that raises is a finding too. Exit status 1 where
something the course needs is missing; a missing torch or browser is only a hint.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import webbrowser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from eshikaku import course

GOOD, HINT, BAD = "○", "△", "×"
INSTALL = "`pip install -r requirements.lock` と `pip install --no-deps -e .` を実行してください。"


@dataclass(frozen=True)
class Finding:
    """One line of the report: 足りているか, and where not, what to do."""

    mark: str  # GOOD | HINT | BAD
    name: str
    said: str
    mend: str = ""


def report() -> int:
    """Print all findings; 1 where something needed is missing."""
    found = list(examine())
    for f in found:
        print(f"{f.mark} {f.name}: {f.said}")
        if f.mend:
            print(f"    → {f.mend}")
    bad = sum(f.mark == BAD for f in found)
    print(f"\n{bad} 件を直してください。" if bad else "\n学習を始められます。`eshikaku lab`")
    return 1 if bad else 0


def examine() -> Iterable[Finding]:
    """All checks, in the order in which they should be mended."""
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("Python", python),
        ("パッケージ", packages),
        ("PyTorch", torch),
        ("教材", materials),
        ("日本語フォント", font),
        ("ブラウザー", browser),
        ("学習記録", record),
        ("ノートの置き場所", work),
        ("カーネル", kernel),
        ("ポート", port),
    ]
    for name, check in checks:
        try:
            yield check()
        except ImportError as error:
            yield Finding(BAD, name, f"{error.name} を読み込めません。", INSTALL)
        except Exception as error:  # whatever it is, the report goes on and says it
            yield Finding(BAD, name, f"確認できません（{type(error).__name__}: {error}）")


def python() -> Finding:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    version = ".".join(map(str, sys.version_info[:3]))
    if Version(version) not in SpecifierSet(_metadata("Requires-Python")):
        return Finding(
            BAD,
            "Python",
            version,
            f"Python {_metadata('Requires-Python')} を入れ、.venv を作り直してください。",
        )
    return Finding(GOOD, "Python", f"{version}（{sys.prefix}）")


def packages() -> Finding:
    """Every dependency of pyproject.toml is there, in a version that serves."""
    from packaging.requirements import Requirement

    wrong = []
    count = 0
    for line in importlib.metadata.requires("eshikaku") or []:
        needed = Requirement(line)
        if needed.marker and not needed.marker.evaluate({"extra": ""}):
            continue
        count += 1
        try:
            version = importlib.metadata.version(needed.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{needed.name}（なし）")
            continue
        if not needed.specifier.contains(version, prereleases=True):
            wrong.append(f"{needed.name} {version}（必要: {needed.specifier}）")
    if wrong:
        return Finding(BAD, "パッケージ", "、".join(wrong), INSTALL)
    return Finding(GOOD, "パッケージ", f"{count} 個そろっています。")


def torch() -> Finding:
    from eshikaku.workspace import bootstrap

    version = bootstrap.installed()
    if bootstrap.is_enough(version):
        return Finding(GOOD, "PyTorch", str(version))
    return Finding(
        HINT,
        "PyTorch",
        f"{version or 'ありません'}。PyTorch と比べるセルと PyTorch の章だけが動きません。",
        "`python -m eshikaku.workspace.bootstrap` を実行してください（README の「PyTorch」）。",
    )


def materials() -> Finding:
    chapters = course.chapters()
    missing = [c.name for c in chapters if not c.notebook.exists()]
    if missing or not chapters:
        return Finding(
            BAD,
            "教材",
            f"ノートブックがありません: {'、'.join(missing) or '全部'}",
            "`git status` で消えたファイルを確かめ、`git checkout -- notebooks` で戻してください。",
        )
    return Finding(GOOD, "教材", f"{len(chapters)} 冊（{course.root()}）")


def font() -> Finding:
    """Draw Japanese and see whether a glyph was missing."""
    import io

    from eshikaku import plot

    figure = plot.figure(figsize=(1, 1))
    figure.text(0, 0.5, "忘却ゲート")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        figure.savefig(io.BytesIO(), format="png")
    if any("Glyph" in str(w.message) for w in said):
        return Finding(BAD, "日本語フォント", "図の日本語が□になります。", INSTALL)
    return Finding(GOOD, "日本語フォント", "図に日本語を描けます。")


def browser() -> Finding:
    try:
        return Finding(GOOD, "ブラウザー", _browser_name(webbrowser.get()))
    except webbrowser.Error:
        return Finding(
            HINT,
            "ブラウザー",
            "自動では開けません。",
            "`eshikaku lab` が表示する URL を、お使いのブラウザーで開いてください。",
        )


def _browser_name(found: webbrowser.BaseBrowser) -> str:
    return str(getattr(found, "name", "") or type(found).__name__)


def record() -> Finding:
    """The learner's record can be read and its folder written."""
    from eshikaku.record import home
    from eshikaku.record.locking import has_locks
    from eshikaku.record.store import Store

    problem = _unwritable(home())
    if problem:
        return Finding(
            BAD,
            "学習記録",
            f"{home()} に書き込めません。{problem}",
            "フォルダーの権限を直すか、ESHIKAKU_HOME に書き込めるフォルダーを指定してください。",
        )
    if not has_locks(home()):
        return Finding(
            HINT,
            "学習記録",
            f"{home()} のファイルシステムにはロックがありません。かわりの方法で記録します。",
            "ネットワークのフォルダーでは、ESHIKAKU_HOME にこのコンピューターのフォルダーを"
            "指定すると確実です。",
        )
    store = Store()
    count = len(store.events())
    if problems := store.problems:
        text = "".join(problem.message for problem in problems)
        return Finding(HINT, "学習記録", f"{count} 件を読みました。{text}", f"場所: {home()}")
    return Finding(GOOD, "学習記録", f"{count} 件（{home()}）")


def work() -> Finding:
    from eshikaku.record.locking import has_locks
    from eshikaku.workspace import copies

    problem = _unwritable(copies.workplace())
    if problem:
        return Finding(
            BAD,
            "ノートの置き場所",
            f"{copies.workplace()} に書き込めません。{problem}",
            "フォルダーの権限を直すか、ESHIKAKU_WORK に書き込めるフォルダーを指定してください。",
        )
    if not has_locks(copies.workplace()):
        return Finding(
            HINT,
            "ノートの置き場所",
            f"{copies.workplace()} のファイルシステムにはロックがありません。",
            "ESHIKAKU_WORK にこのコンピューターのフォルダーを指定すると確実です。",
        )
    free = shutil.disk_usage(_existing(copies.workplace())).free // 2**20
    if free < 200:
        return Finding(
            HINT, "ノートの置き場所", f"空きが {free} MB です。", "空きを増やしてください。"
        )
    return Finding(GOOD, "ノートの置き場所", str(copies.workplace()))


def kernel() -> Finding:
    """A kernel starts and runs this environment's Python."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    from jupyter_client.manager import start_new_kernel

    said: list[str] = []
    manager, client = start_new_kernel(
        startup_timeout=60, kernel_name="python3", stderr=subprocess.DEVNULL
    )
    try:
        client.execute_interactive(
            "import sys, eshikaku; print(sys.prefix)",
            timeout=60,
            output_hook=lambda m: said.append(str(m["content"].get("text", ""))),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    prefix = "".join(said).strip()
    if not prefix or Path(prefix) != Path(sys.prefix):
        return Finding(
            BAD,
            "カーネル",
            f"別の Python が使われます（{prefix or '応答なし'}）。",
            "`python -m ipykernel install --sys-prefix` を実行してください。",
        )
    return Finding(GOOD, "カーネル", "起動しました。")


def port() -> Finding:
    from eshikaku.workspace import lab

    if lab.find_running():
        return Finding(GOOD, "ポート", f"{lab.PORT}（JupyterLab が動いています）")
    free = lab.free_port(lab.PORT)
    if free != lab.PORT:
        return Finding(
            HINT,
            "ポート",
            f"{lab.PORT} は使用中です。{free} で開きます。",
            f"{lab.PORT} を使っているプログラムを終了すると、いつものポートで開きます。",
        )
    return Finding(GOOD, "ポート", f"{lab.PORT} を使えます。")


def _metadata(name: str) -> str:
    return str(importlib.metadata.metadata("eshikaku")[name])


def _unwritable(folder: Path) -> str:
    """Why nothing can be written there; empty where it can."""
    try:
        with tempfile.NamedTemporaryFile(dir=_existing(folder)):
            return ""
    except OSError as error:
        from eshikaku.record.files import reason

        return reason(error)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists (asking must not create it)."""
    while not folder.exists():
        folder = folder.parent
    return folder
