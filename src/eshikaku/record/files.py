"""Writing a file whole or not at all, and why the system refused, in Japanese."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

SUFFIX = ".tmp"
_REASONS = {
    errno.ENOSPC: "ディスクに空きがありません。不要なファイルを消してください。",
    errno.EDQUOT: "ディスクの割り当てを使い切りました。不要なファイルを消してください。",
    errno.EFBIG: "ファイルの大きさが上限に達しました。",
    errno.EACCES: "書き込みの権限がありません。フォルダーの権限を確かめてください。",
    errno.EPERM: "書き込みの権限がありません。フォルダーの権限を確かめてください。",
    errno.EROFS: "書き込み禁止の場所です。"
    "ESHIKAKU_HOME（記録）か ESHIKAKU_WORK（ノート）で別の場所を指定してください。",
    errno.EISDIR: "同じ名前のフォルダーがあります。",
    errno.ENOTDIR: "途中に、フォルダーでなくファイルがあります。",
    errno.EEXIST: "フォルダーと同じ名前のファイルがあります。",
    errno.ENOENT: "ファイルかフォルダーがありません。",
    errno.EIO: "ディスクの読み書きに失敗しました。別のディスクにあるフォルダーを指定してください。",
}


def reason(error: OSError) -> str:
    """Why the system refused, in Japanese, with what the learner can do."""
    return _REASONS.get(error.errno or 0, f"{error.strerror or error}。")


def write_whole(path: Path, chunks: Iterable[bytes], mode: int = 0o666) -> None:
    """Write a file and wait until the disk has it; what stood there before stays until then.

    Raises:
        OSError: nothing was changed, and no draft is left.
    """
    draft = write_draft(path, chunks, mode)
    publish(draft, path)


def write_draft(path: Path, chunks: Iterable[bytes], mode: int = 0o666) -> Path:
    """The new content beside ``path``, to be put in its place by :func:`publish`.

    Raises:
        OSError: it can't be written; no draft is left.
    """
    draft = _target(path).with_name(path.name + SUFFIX)
    try:
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        discard(draft)
        raise
    return draft


def publish(draft: Path, path: Path) -> None:
    """Put a draft in its place, in one step.

    Raises:
        OSError: nothing was changed, and the draft is gone.
    """
    try:
        os.replace(draft, _target(path))
    except BaseException:
        discard(draft)
        raise
    sync_folder(_target(path).parent)


def discard(draft: Path) -> None:
    with suppress(OSError):
        draft.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows the names in a folder, where the system can be asked to."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network folders can't; the file's own content is safe
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _target(path: Path) -> Path:
    """Where a link leads: the link itself stays."""
    return Path(os.path.realpath(path))
