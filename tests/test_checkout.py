"""A checkout has the repository's bytes, whatever git is told about line ends."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def git(*arguments: str, at: Path = ROOT) -> str:
    run = subprocess.run(["git", *arguments], cwd=at, capture_output=True, text=True, check=True)
    return run.stdout


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone as git for Windows makes it, of what is tracked here now."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout: the course was unpacked from an archive")
    place = tmp_path_factory.mktemp("windows") / "eshikaku"
    git("clone", "-q", "--no-checkout", "--depth=1", f"file://{ROOT}", str(place))
    git("config", "core.autocrlf", "true", at=place)
    git("config", "core.eol", "crlf", at=place)
    shutil.copy(ROOT / ".gitattributes", place / ".git" / "info" / "attributes")
    git("checkout", "-q", "HEAD", at=place)
    return place


def test_autocrlf_changes_no_byte(windows: Path) -> None:
    changed = [
        name
        for name in git("ls-files", "-z", at=windows).split("\0")
        if name and b"\r\n" in (windows / name).read_bytes() and not name.endswith((".bat", ".ps1"))
    ]
    assert [name for name in changed if not is_binary(windows / name)] == []
    assert git("status", "--porcelain", at=windows) == ""


def is_binary(path: Path) -> bool:
    return b"\0" in path.read_bytes()


def test_what_git_holds_has_plain_line_ends() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout: the course was unpacked from an archive")
    stored = [line.split()[0] for line in git("ls-files", "--eol").splitlines()]
    assert set(stored) <= {"i/lf", "i/-text", "i/none"}
