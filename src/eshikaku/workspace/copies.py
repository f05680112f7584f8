"""The learner's copies: what a learner opens is never the tracked file.

Every start of Lab calls :func:`sync`. It copies each notebook of the course into the
learner's folder (``work/``, or ``ESHIKAKU_WORK``) and signs the copies it makes, and nothing
else, as trusted. A manifest, ``.eshikaku/copies.json``, remembers for each copy what was
delivered: a hash of the file and a hash of its *input cells* (type and source, in order).

A copy is *touched* when its input cells differ from the delivered ones. Outputs, execution
counts and metadata do not count: running a chapter or moving its sliders is not an edit
(answers and solved exercises are in the record, not in the file), while one changed character
in a cell, an added, moved or deleted cell is. So, when the course brings a new version,

- an untouched copy is replaced by it;
- a touched copy is kept as it is and the new version is laid beside it as
  ``01_rnn（新しい版）.ipynb``; :func:`news` announces it (00_home shows the news);
- where only outputs changed upstream, a touched copy is left alone without a word.

:func:`reset` gives a fresh copy of one chapter and keeps the old one in ``backup/``.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from eshikaku import course
from eshikaku.record import files
from eshikaku.record.locking import LockTimeout, has_locks, locked

HOME_NOTEBOOK = "00_home.ipynb"
_SIGNATURES = "nbsignatures.db"
_UNTRUSTED = (
    "{name} は、まだ信頼されていません（VS Code など、ほかのプログラムで保存したか、"
    "ほかの人から受け取ったノートです）。問題は読むだけの表示になります。解答するには、"
    "最初のセルと、問題のセルを実行してください。"
)
_NEW = "（新しい版{n}）"


@dataclass
class Delivery:
    """What was laid into the learner's folder under one name."""

    chapter: str  # the tracked file's stem: "01_rnn"
    file: str  # hash of the delivered file
    cells: str  # hash of its input cells


@dataclass
class Manifest:
    """Everything remembered about a learner's folder."""

    copies: dict[str, Delivery] = field(default_factory=dict)
    news: list[str] = field(default_factory=list)  # of the last start


def workplace() -> Path:
    """The learner's folder: ``ESHIKAKU_WORK``, or ``work/`` in the checkout."""
    given = os.environ.get("ESHIKAKU_WORK")
    return Path(given).expanduser().resolve() if given else course.root() / "work"


def private() -> Path:
    """Where the workspace keeps its own things: manifest, Jupyter's data, signatures."""
    return workplace() / ".eshikaku"


def sync() -> list[str]:
    """Bring the learner's copies up to date.

    Returns:
        The news of this start, one Japanese sentence each (see :func:`news`).

    Raises:
        OSError: the folder cannot be written.
    """
    with _locked():
        manifest = _load()
        first = not manifest.copies
        manifest.news = []
        unsigned = not (jupyter_folders()["JUPYTER_DATA_DIR"] / _SIGNATURES).exists()
        for tracked in sorted((course.root() / "notebooks").glob("*.ipynb")):
            said = _sync_one(tracked, manifest)
            if said and not first:
                manifest.news.append(said)
        if unsigned and not first:
            _sign_again(manifest)
        manifest.news += [_UNTRUSTED.format(name=name) for name in _untrusted(manifest)]
        _save(manifest)
    return news()


def news() -> list[str]:
    """What the learner should be told: the last start's news and new versions laid beside."""
    manifest = _load()
    waiting = [
        f"{d.chapter} に新しい版があります。あなたの版 {d.chapter}.ipynb は書き換えずに残し、"
        f"新しい版を {name} として横に置きました。"
        f"乗り換えるには `eshikaku reset {d.chapter[:2]}`（いまの版は backup に残ります）。"
        for name, d in sorted(manifest.copies.items())
        if name != f"{d.chapter}.ipynb" and (workplace() / name).exists()
    ]
    return [*manifest.news, *waiting]


def reset(key: str) -> tuple[Path, Path | None]:
    """Lay a fresh copy of a chapter (``03``, ``lstm`` or ``03_lstm``) into the learner's folder.

    Returns:
        The fresh copy, and the backup of the old one (``None`` where there was none).

    Raises:
        CourseError: there is no such chapter, or its notebook has not been made.
        OSError: the folder can't be written; nothing was changed.
    """
    tracked = course.chapter(key).notebook
    if not tracked.exists():
        raise course.CourseError(f"{tracked} がありません。`git pull` で取得し直してください。")
    here = workplace() / tracked.name
    with _locked():
        manifest = _load()
        manifest.copies[here.name] = Delivery(
            tracked.stem, _digest(tracked.read_bytes()), _cells(tracked)
        )
        beside = {name for name, d in manifest.copies.items() if _is_beside(name, d, tracked)}
        unedited = [n for n in beside if _is_as_delivered(workplace() / n, manifest.copies[n])]
        for name in beside:
            del manifest.copies[name]
        backup = _swap(tracked, here, manifest)
        for name in unedited:
            (workplace() / name).unlink(missing_ok=True)
    return here, backup


def _swap(tracked: Path, here: Path, manifest: Manifest) -> Path | None:
    """Everything is written first; then the fresh copy takes the place of the old one.

    Raises:
        OSError: nothing was changed.
    """
    drafts: list[Path] = []
    backup = None
    try:
        drafts.append(files.write_draft(here, [tracked.read_bytes()]))
        drafts.append(files.write_draft(_manifest_path(), [_text(manifest)]))
        _sign(tracked)  # the same content
        if here.exists():
            backup = _keep(here)
        files.publish(drafts[0], here)
    except BaseException:
        for draft in drafts:
            files.discard(draft)
        if backup is not None:
            files.discard(backup)
        raise
    files.publish(drafts[1], _manifest_path())
    return backup


def _keep(here: Path) -> Path:
    """The copy under a second name in ``backup/``, without writing it again where one can."""
    stamp = datetime.now().strftime("%Y-%m-%d_%H%M%S")
    folder = workplace() / "backup"
    folder.mkdir(exist_ok=True)
    names = (f"{here.stem}_{stamp}{n or ''}.ipynb" for n in count())
    backup = next(folder / name for name in names if not (folder / name).exists())
    try:
        os.link(here, backup)
    except OSError:  # no second names on this file system
        files.write_whole(backup, [here.read_bytes()])
    return backup


def _is_beside(name: str, delivery: Delivery, tracked: Path) -> bool:
    """Whether this is a new version of a chapter, laid beside the learner's copy."""
    return delivery.chapter == tracked.stem and name != tracked.name


def _is_as_delivered(path: Path, delivery: Delivery) -> bool:
    return path.exists() and _cells(path) == delivery.cells


def _sync_one(tracked: Path, manifest: Manifest) -> str | None:
    here = workplace() / tracked.name
    known = manifest.copies.get(tracked.name)
    file, cells = _digest(tracked.read_bytes()), _cells(tracked)
    if not here.exists():
        _deliver(tracked, here, manifest)
        return None if known else f"{tracked.stem} が加わりました。"
    if known and known.file == file:
        return None
    mine = _cells(here)
    if mine == cells:  # only outputs are new, or the learner has brought it up to date
        if known is None or mine == known.cells:
            _deliver(tracked, here, manifest)
        manifest.copies[tracked.name] = Delivery(tracked.stem, file, cells)
        return None
    if known and mine == known.cells:
        _deliver(tracked, here, manifest)
        return f"{tracked.stem} を新しい版に取り替えました。"
    if known and cells == known.cells:
        known.file = file
        return None
    _lay_beside(tracked, manifest)
    manifest.copies[tracked.name] = Delivery(tracked.stem, file, cells)
    return None  # news() tells it for as long as the new version lies there


def _lay_beside(tracked: Path, manifest: Manifest) -> None:
    """Put the new version next to the learner's, over an older untouched "new version"."""
    n = 1
    while True:
        beside = workplace() / f"{tracked.stem}{_NEW.format(n=n if n > 1 else '')}.ipynb"
        known = manifest.copies.get(beside.name)
        if not beside.exists() or (known and _cells(beside) == known.cells):
            _deliver(tracked, beside, manifest)
            return
        n += 1


def _deliver(tracked: Path, to: Path, manifest: Manifest) -> None:
    content = tracked.read_bytes()
    files.write_whole(to, [content])
    _sign(to)
    manifest.copies[to.name] = Delivery(tracked.stem, _digest(content), _cells(tracked))


def _untrusted(manifest: Manifest) -> list[str]:
    """Notebooks whose questions are dead until they are run: saved elsewhere, or somebody's."""
    import sqlite3

    import nbformat
    from nbformat.sign import NotebookNotary

    delivered = {name: d.file for name, d in manifest.copies.items()}
    found = []
    notary = NotebookNotary(data_dir=str(jupyter_folders()["JUPYTER_DATA_DIR"]))
    try:
        for path in sorted(workplace().glob("*.ipynb")):
            content = path.read_bytes()
            if _digest(content) == delivered.get(path.name) or b'"text/html"' not in content:
                continue
            # No notebook any more has no questions either; and no start fails for a notice.
            with suppress(ValueError, AttributeError, nbformat.ValidationError, sqlite3.Error):
                notebook = nbformat.reads(content.decode(), as_version=4)
                if not notary.check_signature(notebook):
                    found.append(path.stem)
    finally:
        notary.store.close()
    return found


def _sign_again(manifest: Manifest) -> None:
    """The signatures are gone: trust again what lies there as it was delivered."""
    for name, delivery in manifest.copies.items():
        here = workplace() / name
        if here.exists() and _digest(here.read_bytes()) == delivery.file:
            _sign(here)


def _sign(path: Path) -> None:
    """Mark one copy as trusted, in the signature database that only our Lab reads.

    Raises:
        OSError: the database can't be written.
    """
    import sqlite3

    import nbformat
    from nbformat.sign import NotebookNotary

    data = jupyter_folders()["JUPYTER_DATA_DIR"]
    data.mkdir(parents=True, exist_ok=True)
    notary = NotebookNotary(data_dir=str(data))
    try:
        notary.sign(nbformat.read(path, as_version=4))
    except sqlite3.Error as error:
        raise OSError(errno.EIO, f"署名を保存できません（{error}）", str(data)) from error
    finally:
        notary.store.close()


def jupyter_folders() -> dict[str, Path]:
    """The folders Jupyter writes to, all inside the learner's folder: the home stays clean.

    Its databases need locks; where the learner's folder has none they lie in the temporary
    folder of this computer.
    """
    base = (private() if has_locks(private()) else _temporary()) / "jupyter"
    return {
        "JUPYTER_CONFIG_DIR": base / "config",
        "JUPYTER_DATA_DIR": base / "data",
        "JUPYTER_RUNTIME_DIR": base / "runtime",
        "IPYTHONDIR": base / "ipython",
    }


def _temporary() -> Path:
    """A folder of this learner's folder on this computer, closed to other users."""
    name = f"eshikaku-{_digest(str(workplace()).encode())[:16]}"
    folder = Path(tempfile.gettempdir()) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.name == "posix" and folder.stat().st_uid != os.getuid():
        raise OSError(errno.EPERM, "belongs to somebody else", str(folder))
    return folder


def _cells(path: Path) -> str:
    """Hash of the input cells; of the bytes where the file is no notebook (broken by an edit)."""
    content = path.read_bytes()
    try:
        cells = json.loads(content)["cells"]
        inputs = [[c["cell_type"], "".join(c["source"]).rstrip()] for c in cells]
    except (ValueError, KeyError, TypeError):
        return _digest(content)
    while inputs and not inputs[-1][1]:  # Lab adds an empty cell after Shift+Enter in the last
        inputs.pop()
    return _digest(json.dumps(inputs, ensure_ascii=False).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _locked() -> Iterator[None]:
    """One command at a time works on the learner's folder."""
    private().mkdir(parents=True, exist_ok=True)
    try:
        with locked(private() / "lock", timeout=30):
            yield
    except LockTimeout as error:
        raise course.CourseError(
            f"ほかの eshikaku が {workplace()} を使っています。終わるのを待って、"
            "もう一度実行してください。"
        ) from error


def _manifest_path() -> Path:
    return private() / "copies.json"


def _load() -> Manifest:
    path = _manifest_path()
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        copies = {name: Delivery(**d) for name, d in raw["copies"].items()}
        return Manifest(copies, list(raw["news"]))
    except FileNotFoundError:
        return Manifest()
    except (ValueError, KeyError, TypeError, AttributeError):
        # A torn manifest costs nothing: every copy then counts as unknown, so that one
        # equal to the course is adopted again and any other is kept.
        return Manifest()


def _save(manifest: Manifest) -> None:
    """Write the manifest where it has changed: a full disk stops nobody who has it all."""
    if not _manifest_path().exists() or manifest != _load():
        files.write_whole(_manifest_path(), [_text(manifest)])


def _text(manifest: Manifest) -> bytes:
    return json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
