"""Install torch as lightly as the machine allows; never stop the rest of the set-up.

    python -m eshikaku.workspace.bootstrap [--index URL] [--wheel FILE_OR_URL]

A torch ≥ 2.6 that is already there is kept. Without torch everything works but the chapters
and cells that compare with it, and those say so.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import subprocess
import sys
from collections.abc import Sequence

from eshikaku import course

NEEDED = (2, 6)
PINS = "requirements-torch.lock"


def installed() -> str | None:
    """The version of the torch that is there, or ``None``."""
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return None


def is_enough(version: str | None) -> bool:
    """Whether a torch of this version serves the course."""
    if version is None:
        return False
    numbers = tuple(int(n) for n in version.split("+")[0].split(".")[:2])
    return numbers >= NEEDED


def pip_arguments(index: str = "", wheel: str = "") -> list[str]:
    """What pip is told to install: the wheel, or the pinned release (from ``index`` if given)."""
    if wheel:
        return ["install", wheel]
    pinned = ["install", "-r", str(course.root() / PINS)]
    return [*pinned, "--extra-index-url", index] if index else pinned


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eshikaku.workspace.bootstrap")
    parser.add_argument("--index", default="", help="TORCH_INDEX: パッケージ索引のURL")
    parser.add_argument("--wheel", default="", help="TORCH_WHEEL: wheelのファイルかURL")
    given = parser.parse_args(argv)
    version = installed()
    if is_enough(version):
        print(f"PyTorch {version} をそのまま使います。")
        return 0
    print("PyTorch を入れます（数分かかることがあります）。", flush=True)
    done = subprocess.run([sys.executable, "-m", "pip", *pip_arguments(given.index, given.wheel)])
    if done.returncode:
        print(
            "PyTorch を入れられませんでした。コースはこのまま使えます。"
            "PyTorch と比べるセルと PyTorch の章だけは、動かないことを表示します。\n"
            "あとで入れるには `make torch` を実行してください"
            "（索引やファイルの指定は README の「PyTorch」にあります）。"
        )
    return 0  # the rest of the set-up goes on


if __name__ == "__main__":
    raise SystemExit(main())
