"""The whole test suite in steps: what ``make test`` and ``eshikaku test`` run.

lint (ruff, types, arrows of the rooms) · unit (pytest) · notebooks (nbval on every notebook) ·
browser (real JupyterLab in Chromium). A failing step does not stop the next one; the summary
at the end names all that failed. Without Chromium the browser step is skipped with a word,
unless ``ESHIKAKU_REQUIRE_BROWSER=1``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from eshikaku import course
from eshikaku.authoring import build

NOTHING_TO_RUN = 5  # pytest collected nothing
STEPS = ("lint", "unit", "notebooks", "browser")
NBVAL = [
    *("-p", "tests.nbval_home", "--nbval", "--nbval-cell-timeout", str(build.CELL_SECONDS)),
    *("--nbval-sanitize-with", "tests/nbval.cfg"),
]
# An experiment's tests on one worker: its default run happens once in a session.
PARALLEL = ["-n", "2", "--dist", "loadgroup"]
# Loopback alone: a listener in the page would not see what server and kernel ask for.
OFFLINE = ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--"]
BROWSERS = ("chromium", "google-chrome")


def run(steps: Sequence[str] = (), extra: Sequence[str] = (), changed: bool = False) -> int:
    """Run the steps named (all without a name); ``extra`` goes to pytest.

    Args:
        changed: leave out tests that passed since anything they depend on changed.

    Raises:
        CourseError: a step has no such name, or a tool of the suite is not installed.
    """
    unknown = [s for s in steps if s not in STEPS]
    if unknown:
        raise course.CourseError(
            f"{unknown[0]} という段階はありません。あるのは {'、'.join(STEPS)} です。"
        )
    if any(shutil.which(tool, path=_path()) is None for tool in ("ruff", "mypy", "lint-imports")):
        raise course.CourseError(
            "テストの道具がありません。`pip install -r requirements-dev.lock` を実行してください。"
        )
    extra = [*extra, *(["--changed"] if changed else [])]
    good = {0, NOTHING_TO_RUN} if changed else {0}
    report: list[tuple[str, bool, float]] = []
    for step in steps or STEPS:
        for name, command, environment in _commands(step, list(extra)):
            print(f"== {name}", flush=True)
            began = time.perf_counter()
            done = subprocess.run(command, cwd=course.root(), env=environment)
            report.append((name, done.returncode in good, time.perf_counter() - began))
    print("\n== まとめ")
    for name, passed, seconds in report:
        print(f"{'合格' if passed else '不合格'}　{name}（{seconds:.0f} 秒）")
    return 0 if all(passed for _, passed, _ in report) else 1


def _commands(step: str, extra: list[str]) -> list[tuple[str, list[str], dict[str, str]]]:
    base = {**os.environ, **build.THREADS, "PATH": _path()}
    pytest = [sys.executable, "-m", "pytest", *extra]
    if step == "lint":
        return [
            ("ruff check", ["ruff", "check", "."], base),
            ("ruff format", ["ruff", "format", "--check", "."], base),
            ("mypy", ["mypy"], base),
            ("lint-imports", ["lint-imports", "--no-logo"], base),
        ]
    if step == "unit":
        return [
            (
                "pytest",
                [*pytest, *PARALLEL, "--durations=10", "--ignore=tests/browser", "tests"],
                base,
            )
        ]
    if step == "notebooks":
        books = sorted(str(p.relative_to(course.root())) for p in _notebooks())
        if not books:  # pytest would take that for "all tests"; the unit tests say they are missing
            return []
        parallel = ["-n", "2", "--dist", "loadfile"]
        return [("nbval", [*pytest, *NBVAL, *parallel, *books], base)]
    required = os.environ.get("ESHIKAKU_REQUIRE_BROWSER") == "1"
    if browser() is None and not required:
        print(
            "== browser: Chromium がないため省略します（ESHIKAKU_REQUIRE_BROWSER=1 で必須にします）"
        )
        return []
    commands = [("browser", [*pytest, "-m", "not offline", "tests/browser"], base)]
    if required or offline_works():
        inside = [*OFFLINE, *pytest, "-m", "offline", "tests/browser"]
        commands.append(("browser, no network", inside, base))
    else:
        print("== browser, no network: bubblewrap が使えないため省略します")
    return commands


def browser() -> str | None:
    """A Chromium that can be driven: ``ESHIKAKU_CHROMIUM``, or one on the path."""
    given = os.environ.get("ESHIKAKU_CHROMIUM")
    return given or next((found for b in BROWSERS if (found := shutil.which(b))), None)


def offline_works() -> bool:
    """Whether bubblewrap is there and may make a network namespace."""
    if shutil.which(OFFLINE[0]) is None:
        return False
    return subprocess.run([*OFFLINE, "true"], capture_output=True).returncode == 0


def _notebooks() -> list[Path]:
    return list((course.root() / "notebooks").glob("*.ipynb"))


def _path() -> str:
    """The path with this environment's tools first, whether it is activated or not."""
    return os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
