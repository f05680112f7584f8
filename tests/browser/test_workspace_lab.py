"""``eshikaku lab`` in a real browser: Japanese, silent, trusted, and without any network."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request
from tests.browser.lab import Lab, Notebook, free_port

from eshikaku import course


@contextmanager
def eshikaku_lab(folder: Path) -> Iterator[tuple[Lab, str]]:
    """``eshikaku lab`` of a learner whose home is empty; its address with the token."""
    (folder / "home").mkdir()
    port = free_port()
    command = [sys.executable, "-m", "eshikaku", "lab", "--no-browser", "--port", str(port)]
    given = {
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "ESHIKAKU_WORK": str(folder / "work"),
    }
    server = subprocess.Popen(
        [*command, "--", "--LabApp.expose_app_in_browser=True"],
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        assert server.stdout is not None
        url = next(line.strip() for line in server.stdout if "http://" in line)
        _wait(url)
        yield Lab(url.split("/lab/")[0], folder / "work", server), url  # type: ignore[arg-type]
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(url: str) -> None:
    import time

    for _ in range(150):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no answer at {url}")


def follow(page: Page) -> list[str]:
    """Hosts other than the server that the page asks."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if not re.match(r"(?:https?|wss?)://127\.0\.0\.1[:/]|data:|blob:", request.url):
            asked.append(request.url)

    page.on("request", note)
    return asked


def test_lab_is_japanese_and_silent_and_trusts_its_copies(page: Page, tmp_path: Path) -> None:
    elsewhere = follow(page)
    with eshikaku_lab(tmp_path) as (server, url):
        page.goto(url)
        opened = Notebook(page, server, "00_home.ipynb")
        opened.ready()
        assert page.get_by_text("ファイル", exact=True).first.is_visible()
        assert page.locator(".Toastify__toast").count() == 0, "nothing pops up"
        assert page.evaluate("() => jupyterapp.shell.currentWidget.context.model.cells.length") > 1
        trusted = page.evaluate(
            "() => [...jupyterapp.shell.currentWidget.context.model.cells]"
            ".filter(c => c.type === 'code').every(c => c.trusted)"
        )
        assert trusted
    assert elsewhere == []
    left = {p.name for p in (tmp_path / "home").iterdir()} - {".cache", ".local"}
    assert left == set(), "Jupyter writes into the learner's folder only"
    assert not (tmp_path / "home" / ".local" / "share" / "jupyter").exists()


@pytest.mark.offline
def test_chapter_01_runs_without_any_network(page: Page, tmp_path: Path) -> None:
    if not _cut_off():
        pytest.skip("run by `eshikaku test browser` inside bubblewrap")
    elsewhere = follow(page)
    with eshikaku_lab(tmp_path) as (server, url):
        page.goto(url.replace("00_home.ipynb", course.chapter("01").notebook.name))
        opened = Notebook(page, server, course.chapter("01").notebook.name)
        opened.ready()
        opened.run_all()
        errors = page.locator(
            ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"
        )
        assert errors.all_inner_texts() == []
    assert elsewhere == []


def _cut_off() -> bool:
    """Whether there is no way out: no route, and so no name to look up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(
                ("192.0.2.1", 9)
            )  # a documentation address; a datagram's connect sends nothing
        except OSError:
            return True
    return False
