"""A lock that several kernels respect, also where the file system has none of its own."""

from __future__ import annotations

import errno
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

STALE_SECONDS = 60.0  # nobody holds the lock that long; who seems to was killed elsewhere
_UNSUPPORTED = frozenset(
    {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}
)


class LockTimeout(Exception):
    """Another program has held the lock for longer than one was willing to wait."""


@contextmanager
def locked(path: Path | str, timeout: float) -> Iterator[None]:
    """Hold the lock ``path`` for the ``with`` block.

    Network folders, some FUSE and container mounts refuse ``flock`` (ENOLCK, EOPNOTSUPP). There
    a file that must not yet exist, ``path`` + ``.held``, is the lock: every file system can
    create one exclusively.

    Raises:
        LockTimeout: it was not free within ``timeout`` seconds.
        OSError: nothing can be written there.
    """
    from filelock import FileLock, SoftFileLock, Timeout

    with ExitStack() as stack:
        try:
            try:
                with warnings.catch_warnings():  # of filelock's own way out, in English
                    warnings.simplefilter("ignore", UserWarning)
                    stack.enter_context(FileLock(path, timeout=timeout))
            except (OSError, NotImplementedError) as error:
                if isinstance(error, Timeout) or not lacks_locks(error):
                    raise
                _remove_stale(Path(f"{path}.held"))
                stack.enter_context(SoftFileLock(f"{path}.held", timeout=timeout))
        except Timeout as error:
            raise LockTimeout(f"{path} is held by another program") from error
        yield


def has_locks(folder: Path) -> bool:
    """Whether the file system of a folder knows locks: tried, not asked.

    The folder need not exist. Where nothing can be written the answer is yes: whoever writes
    there meets the real reason.
    """
    from filelock import FileLock

    while not folder.exists():
        folder = folder.parent
    try:
        with TemporaryDirectory(dir=folder) as here, warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            with FileLock(Path(here) / "lock", timeout=1):
                return not said  # else filelock took another way
    except (OSError, NotImplementedError) as error:
        return not lacks_locks(error)


def lacks_locks(error: Exception) -> bool:
    """Whether the error says that this file system knows no locks."""
    return isinstance(error, NotImplementedError) or (
        isinstance(error, OSError) and error.errno in _UNSUPPORTED
    )


def _remove_stale(marker: Path) -> None:
    """Whoever was killed while holding the file left it behind."""
    with suppress(FileNotFoundError):
        if time.time() - os.stat(marker).st_mtime > STALE_SECONDS:
            marker.unlink()
