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
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from eshikaku import course
from eshikaku.workspace import copies

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
        url = _address(running["url"], running["token"])
        print(f"JupyterLab はすでに動いています。\n  {url}")
        if browser:
            webbrowser.open(url)
        return 0
    for sentence in copies.sync():
        print(f"お知らせ: {sentence}")
    free = free_port(port)
    if free != port:
        print(
            f"ポート {port} はほかのプログラムが使っているため、{free} で開きます。\n"
            "記録した解答はそのまま使えます。ただし、カーネルを動かさずに答えた分は"
            f"ブラウザーがポートごとに保存しているので、次に {port} で開いたときに取り込まれます。"
        )
    token = secrets.token_hex(24)
    os.environ["JUPYTER_TOKEN"] = token
    print(
        f"JupyterLab を開きます。\n  {_address(f'http://{HOST}:{free}/', token)}\n"
        f"あなたのノート: {copies.workplace()}\n終了するには、この画面で Ctrl+C を押します。",
        flush=True,
    )
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance([*arguments(free, browser), *extra])
    return 0


def environment() -> None:
    """Set the environment that the server and its kernels inherit."""
    os.environ["ESHIKAKU_WORK"] = str(copies.workplace())
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of this environment, whatever else is
    for name, folder in copies.jupyter_folders().items():
        folder.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(folder)


def arguments(port: int, browser: bool) -> list[str]:
    """JupyterLab's command line."""
    given = [
        f"--ServerApp.root_dir={copies.workplace()}",
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.answer_yes=True",  # Ctrl+C once; notebooks save themselves
        f"--ServerApp.open_browser={browser}",
        f"--LabApp.app_settings_dir={course.root() / 'settings'}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
        "--LanguageServerManager.autodetect=False",  # it runs npm to look for servers
        "--MappingKernelManager.transport_encryption=auto",
        f"--LabApp.default_url={_path()}",
        "--Application.log_level=ERROR",
    ]
    if sys.platform != "win32" and os.geteuid() == 0:  # a container; the server hears loopback only
        given.append("--ServerApp.allow_root=True")
    return given


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

    runtime = copies.jupyter_folders()["JUPYTER_RUNTIME_DIR"]
    for server in list_running_servers(str(runtime)):
        if Path(server["root_dir"]) == copies.workplace():
            return dict(server)
    return None


def _path() -> str:
    home = copies.HOME_NOTEBOOK
    return f"/lab/tree/{quote(home)}" if (course.root() / "notebooks" / home).exists() else "/lab"


def _address(base: str, token: str) -> str:
    return f"{base.rstrip('/')}{_path()}?{urlencode({'token': token})}"
