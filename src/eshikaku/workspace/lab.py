"""Start JupyterLab on the learner's copy of 00_home.

One fixed port, because a browser keeps what a page stores per origin: answers given while no
kernel ran wait there. Lab's settings (Japanese, no news, no update check) come from the
checkout's ``settings/``, and everything Jupyter writes goes into the learner's folder, so that
neither the environment nor the home folder is changed.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import webbrowser
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from eshikaku import course
from eshikaku.workspace import copies, opening

PORT = 8896
HOST = "127.0.0.1"


def launch(port: int = PORT, browser: bool = True, extra: Sequence[str] = ()) -> int:
    """Bring the copies up to date and run Lab until it is stopped.

    Args:
        port: taken → the next free one, with a message.
        browser: open one.
        extra: further arguments for JupyterLab.

    Returns:
        The exit status.
    """
    environment()
    running = find_running()
    if running is not None:
        url = with_token(running["url"].rstrip("/") + _path(running["root_dir"]), running["token"])
        print(f"JupyterLab はすでに動いています。\n  {url}")
        if browser:
            webbrowser.open(url)
        return 0
    for sentence in copies.sync():
        print(f"お知らせ: {sentence}")
    given = traits(extra)
    wanted = _number(given.get("port")) or port
    free = free_port(wanted)
    if free != wanted:
        print(
            f"ポート {wanted} はほかのプログラムが使っているため、{free} で開きます。\n"
            "記録した解答はそのまま使えます。ただし、カーネルを動かさずに答えた分はブラウザーが"
            f"ポートごとに保存しているので、次に {wanted} で開いたときに取り込まれます。"
        )
    if "token" not in given:
        os.environ.setdefault("JUPYTER_TOKEN", secrets.token_hex(24))
    print("JupyterLab を起動しています……", flush=True)
    from jupyterlab.labapp import LabApp
    from tornado.ioloop import IOLoop

    loop = IOLoop.current()
    loop.add_callback(loop.add_callback, _started)  # the server itself listens in the first turn
    LabApp.launch_instance(command_line(free, browser, extra))
    return 0


def _started() -> None:
    """Say where the server is: what it says itself, whatever it was told."""
    from jupyter_server.serverapp import ServerApp

    server = ServerApp.instance()
    token = server.identity_provider.token
    addresses = [with_token(server.public_url, token)]
    if server.ip in ("", "*", "0.0.0.0", "::"):  # no address to go to
        elsewhere = urlsplit(server.connection_url).netloc
        addresses = [
            with_token(server.local_url, token),
            f"（ほかのコンピューターからは {elsewhere} につなぎます）",
        ]
    print("JupyterLab を開きました。", *(f"  {address}" for address in addresses), sep="\n")
    print(f"あなたのノート: {copies.workplace()}")
    print("終了するには、この画面で Ctrl+C を押します。", flush=True)


def environment() -> None:
    """Set the environment that the server and its kernels inherit."""
    os.environ["ESHIKAKU_WORK"] = str(copies.workplace())
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of this environment, whatever else is
    for name, folder in copies.jupyter_folders().items():
        folder.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(folder)
    opening.install(Path(os.environ["IPYTHONDIR"]))


def command_line(port: int, browser: bool, extra: Sequence[str]) -> list[str]:
    """JupyterLab's command line: what the learner gives replaces what we would."""
    given = traits(extra)
    ours = defaults(browser, given.get("root_dir") or given.get("notebook_dir"))
    chosen = [
        f"--{trait}={value}" for trait, value in ours.items() if trait.split(".")[1] not in given
    ]
    kept = [*extra]
    if "port" in given:  # checked already, and another one where it was taken
        kept = _without(kept, "port")
    return [*chosen, f"--ServerApp.port={port}", *kept]


def defaults(browser: bool, root: str | None = None) -> dict[str, str]:
    """Our values of JupyterLab's settings."""
    home = Path(root).expanduser().resolve() if root else copies.workplace()
    found = {
        "ServerApp.root_dir": str(home),
        "ServerApp.ip": HOST,
        "ServerApp.port_retries": "0",
        "ServerApp.answer_yes": "True",  # Ctrl+C once; notebooks save themselves
        "ServerApp.open_browser": str(browser),
        "LabApp.app_settings_dir": str(course.root() / "settings"),
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.news_url": "None",
        "LabApp.extension_manager": "readonly",
        "LanguageServerManager.autodetect": "False",  # it runs npm to look for servers
        "MappingKernelManager.transport_encryption": "auto",
        "LabApp.default_url": _path(str(home)),
        "Application.log_level": "ERROR",
    }
    if sys.platform != "win32" and os.geteuid() == 0:  # a container; the server hears loopback only
        found["ServerApp.allow_root"] = "True"
    return found


def traits(arguments: Sequence[str]) -> dict[str, str]:
    """The settings that JupyterLab's arguments set, by name alone (``port``), with their values.

    ``--ServerApp.port=9000``, ``--port 9000``, ``--no-browser`` and ``--debug`` are understood as
    JupyterLab understands them. A setting has one name in every class that has it.
    """
    from jupyterlab.labapp import LabApp

    found: dict[str, str] = {}
    for argument, after in pairwise([*arguments, ""]):
        if not argument.startswith("-"):
            continue
        name, equals, value = argument.lstrip("-").partition("=")
        if not equals and not after.startswith("-"):
            value = after
        if name in LabApp.flags and not equals:
            settings = LabApp.flags[name][0]
            found |= {trait: str(v) for held in settings.values() for trait, v in held.items()}
        else:
            found[_trait(name)] = value
    return found


def _trait(name: str) -> str:
    """``ip`` of ``ServerApp.ip`` and of the alias ``ip``."""
    from jupyterlab.labapp import LabApp

    return str(LabApp.aliases.get(name, name)).rpartition(".")[2]


def _without(arguments: Sequence[str], trait: str) -> list[str]:
    """The arguments but those that set a setting."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        name, equals, _ = argument.lstrip("-").partition("=")
        if skip and not argument.startswith("-"):
            skip = False
        elif argument.startswith("-") and _trait(name) == trait:
            skip = not equals
        else:
            skip = False
            kept.append(argument)
    return kept


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def free_port(port: int) -> int:
    """``port``, or the next one nobody listens on.

    Raises:
        CourseError: none of the next hundred is free.
    """
    for candidate in range(port, min(port + 100, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if sys.platform != "win32":  # there SO_REUSEADDR would steal a port in use
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, candidate))
            except OSError:
                continue
            return candidate
    raise course.CourseError(
        f"ポート {port}〜{port + 99} がすべて使用中です。"
        "`eshikaku lab --port 9000` のように指定してください。"
    )


def find_running() -> dict[str, Any] | None:
    """Our Lab that already serves this learner's folder."""
    from jupyter_server.serverapp import list_running_servers

    runtime = copies.jupyter_folders()["JUPYTER_RUNTIME_DIR"]  # nobody else's server is there
    return next((dict(server) for server in list_running_servers(str(runtime))), None)


def _path(root: str) -> str:
    """Where the learner's home is on a server of ``root``."""
    home = copies.workplace() / copies.HOME_NOTEBOOK
    known = (course.root() / "notebooks" / copies.HOME_NOTEBOOK).exists()
    if not known or not home.is_relative_to(root):
        return "/lab"
    return f"/lab/tree/{quote(home.relative_to(root).as_posix())}"


def with_token(url: str, token: str) -> str:
    """The address that lets one in; a server without a token has none to give."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({"token": token}) if token else ""))
