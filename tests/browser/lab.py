"""A real JupyterLab for browser tests.

    with lab(tmp_path, home=home) as server:
        server.write("a.ipynb", ["start('01_rnn')", "quiz('rnn-bias-01')"])
        notebook = server.open(page, "a.ipynb")
        notebook.run_all()

The server is a child process on a free port with its own empty settings, data and kernels of
this environment; ``page`` is a Playwright page. Lab's application object is exposed in the
page, so that commands are executed by name instead of by hunting through menus.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from eshikaku import course

KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}


@dataclass
class Lab:
    """A running server."""

    url: str
    root: Path
    process: subprocess.Popen[bytes]

    def write(self, name: str, cells: Sequence[str]) -> Path:
        """A notebook of code cells; a cell beginning with ``#%% md`` is Markdown."""
        import nbformat
        from nbformat import v4

        made = [
            v4.new_markdown_cell(text.removeprefix("#%% md").lstrip())
            if text.startswith("#%% md")
            else v4.new_code_cell(text)
            for text in cells
        ]
        notebook = v4.new_notebook(cells=made, metadata={"kernelspec": KERNELSPEC})
        path = self.root / name
        nbformat.write(notebook, path)
        return path

    def open(self, page: Page, name: str) -> Notebook:
        """Open the notebook in Lab and wait for its kernel."""
        page.goto(f"{self.url}/lab/tree/{name}?reset")
        notebook = Notebook(page, self, name)
        notebook.ready()
        return notebook


@dataclass
class Notebook:
    """The notebook that is open in ``page``."""

    page: Page
    lab: Lab
    name: str

    def ready(self, timeout: float = 60) -> None:
        """Wait until Lab, the notebook and its kernel are there."""
        self.page.wait_for_function(
            """() => {
              const panel = window.jupyterapp?.shell.currentWidget;
              const kernel = panel?.sessionContext?.session?.kernel;
              return panel?.content?.widgets?.length && kernel?.status === 'idle';
            }""",
            timeout=timeout * 1000,
        )

    def command(self, name: str, **args: Any) -> None:
        """Execute one of Lab's commands and wait until it is done."""
        self.page.evaluate(
            "([name, args]) => jupyterapp.commands.execute(name, args)", [name, args]
        )

    def run_all(self, timeout: float = 120) -> None:
        """Run every cell and wait until the kernel is idle again.

        Raises:
            AssertionError: a cell raised, or time is up.
        """
        self.page.evaluate(
            """([name, seconds]) => {
                 const late = (_, no) => setTimeout(no, seconds * 1000, new Error('time is up'));
                 return Promise.race([jupyterapp.commands.execute(name), new Promise(late)]);
               }""",
            ["notebook:run-all-cells", timeout],
        )
        self.ready(timeout)
        errors = self.outputs().locator("[data-mime-type='application/vnd.jupyter.error']")
        texts = errors.all_inner_texts()
        assert not texts, f"{self.name}: {texts}"

    def outputs(self) -> Locator:
        """The output areas of all cells."""
        return self.page.locator(".jp-Notebook .jp-OutputArea")

    def save(self) -> None:
        self.command("docmanager:save")

    def reload(self) -> None:
        """Reload the page: same server, same kernel."""
        self.page.goto(f"{self.lab.url}/lab/tree/{self.name}?reset")
        self.ready()

    def restart_kernel(self) -> None:
        """Restart without Lab's question."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
        self.ready()

    def shut_kernel_down(self) -> None:
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def lab(
    root: Path,
    home: Path,
    env: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
    timeout: float = 60,
    port: int | None = None,
) -> Iterator[Lab]:
    """A JupyterLab with ``root/notebooks`` as its folder, stopped at the end.

    Args:
        root: an empty folder: notebooks, settings and data go below it.
        home: the learner's record (``ESHIKAKU_HOME``).
        env: more environment for server and kernels.
        arguments: more arguments for the server.
        port: another than a free one, to come back to.
    """
    folder = root / "notebooks"
    folder.mkdir(exist_ok=True)
    port = port or free_port()
    places = {
        name: str(root / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
        )
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folder}",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        f"--LabApp.app_settings_dir={_settings(root)}",
        "--LabApp.extension_manager=readonly",
        *arguments,
    ]
    log = root / "lab.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **places, "ESHIKAKU_HOME": str(home), **(env or {})},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Lab(f"http://127.0.0.1:{port}", folder, process)
    try:
        _wait(server, log, timeout)
        yield server
    finally:
        _stop(process)


def _settings(root: Path) -> Path:
    """No questions about news and updates: they would cover what a test clicks on."""
    folder = root / "app-settings"
    folder.mkdir(exist_ok=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    whole = json.loads((course.root() / "settings" / "overrides.json").read_text(encoding="utf-8"))
    tracker = "@jupyterlab/notebook-extension:tracker"
    overrides = {"@jupyterlab/apputils-extension:notification": quiet, tracker: whole[tracker]}
    (folder / "overrides.json").write_text(json.dumps(overrides), encoding="utf-8")
    return folder


def _wait(server: Lab, log: Path, timeout: float) -> None:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise AssertionError(f"JupyterLab did not start:\n{log.read_text(errors='replace')}")
        try:
            with urllib.request.urlopen(f"{server.url}/api/status", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not answer:\n{log.read_text(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM lets the server stop its kernels; the group is killed if it does not end."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
