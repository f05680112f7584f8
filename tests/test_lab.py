"""``eshikaku lab``: the server it starts, where it writes, what it says."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from eshikaku import course
from eshikaku.workspace import lab


class TestLab:
    def test_free_port_is_kept_and_a_taken_one_passed_over(self) -> None:
        with socket.socket() as other:
            other.bind((lab.HOST, 0))
            other.listen()
            taken = other.getsockname()[1]
            assert lab.free_port(taken) > taken
        assert lab.free_port(taken) == taken

    def test_everything_jupyter_writes_lies_in_the_learners_folder(self, root: Path) -> None:
        lab.environment()
        for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
            assert Path(os.environ[f"JUPYTER_{name}"]).is_relative_to(root / "work")
        assert Path(os.environ["IPYTHONDIR"]).is_relative_to(root / "work")

    def test_settings_of_ours_are_japanese_and_silent(self) -> None:
        overrides = json.loads((course.root() / "settings" / "overrides.json").read_text())
        assert overrides["@jupyterlab/translation-extension:plugin"]["locale"] == "ja_JP"
        news = overrides["@jupyterlab/apputils-extension:notification"]
        assert news == {"fetchNews": "false", "checkForUpdates": False}
        schemas = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"
        for plugin, given in overrides.items():
            schema = json.loads((schemas / f"{plugin.replace(':', '/')}.json").read_text())
            assert set(given) <= set(schema["properties"]), plugin

    def test_lab_serves_the_copies_and_a_second_start_finds_it(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("ESHIKAKU_WORK", raising=False)
        with socket.socket() as taken:
            taken.bind((lab.HOST, 0))
            taken.listen()
            port = taken.getsockname()[1]
            command = [sys.executable, "-m", "eshikaku", "lab", "--no-browser", "--port", str(port)]
            server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
            try:
                said, url = _until_url(server)
                assert f"ポート {port} は" in said, "the port is taken, and that is said"
                token = url.split("token=")[1]
                base = url.split("/lab/")[0]
                assert "00_home.ipynb" in url
                contents = _get(f"{base}/api/contents?token={token}")
                assert "91_tiny.ipynb" in {c["name"] for c in contents["content"]}
                settings = _get(f"{base}/lab/api/settings?token={token}")["settings"]
                locale = next(
                    s for s in settings if s["id"].endswith("translation-extension:plugin")
                )
                assert locale["schema"]["properties"]["locale"]["default"] == "ja_JP"
                again = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
                assert again.returncode == 0 and "すでに動いています" in again.stdout
                assert token in again.stdout
            finally:
                server.terminate()
                server.wait(timeout=20)


def _until_url(server: subprocess.Popen[str]) -> tuple[str, str]:
    """What Lab said up to its address, once it answers there."""
    assert server.stdout is not None
    said = ""
    for line in server.stdout:
        said += line
        if line.strip().startswith("http://"):
            break
    assert "http://" in said, f"ended with {server.wait()} after {said!r}"
    url = said.split()[-1]
    for _ in range(100):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=5).close()
            return said, url
        time.sleep(0.2)
    raise AssertionError(f"no answer at {url}: {said}")


def _get(url: str) -> dict[str, list[dict[str, object]]]:  # type: ignore[type-arg]
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)  # type: ignore[no-any-return]
