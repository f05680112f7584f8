"""``eshikaku lab``: the server it starts, where it writes, what it says."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
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

    def test_lab_serves_the_copies_and_a_second_start_finds_it(self, root: Path) -> None:
        with socket.socket() as taken:
            taken.bind((lab.HOST, 0))
            taken.listen()
            port = taken.getsockname()[1]
            with started("--port", str(port)) as (said, url):
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
                again = subprocess.run(
                    [*COMMAND, "--port", str(port)],
                    capture_output=True,
                    text=True,
                    encoding="utf-8",
                )
                assert again.returncode == 0 and "すでに動いています" in again.stdout
                assert url in again.stdout

    def test_what_the_learner_gives_replaces_ours_and_the_address_is_the_servers(
        self, root: Path, tmp_path: Path
    ) -> None:
        port = lab.free_port(18900)
        given = [
            "--ServerApp.ip=0.0.0.0",
            f"--ServerApp.port={port}",
            f"--ServerApp.root_dir={tmp_path}",
            "--ServerApp.base_url=/class/a/",
            "--IdentityProvider.token=secret",
            "--ServerApp.log_level=CRITICAL",
        ]
        with started("--", *given) as (said, url):
            place = f"http://127.0.0.1:{port}/class/a"
            assert url == f"{place}/lab/tree/course/work/00_home.ipynb?token=secret", said
            names = {c["name"] for c in _get(f"{place}/api/contents?token=secret")["content"]}
            assert "course" in names
            assert str(port) in said.replace(url, ""), "and how others come here"

    def test_the_address_is_said_when_the_server_answers(self, root: Path) -> None:
        with started("--port", str(lab.free_port(18930))) as (_, url):
            urllib.request.urlopen(url, timeout=20).close()  # at once: no second try


class TestArguments:
    @pytest.mark.parametrize(
        ("given", "gone"),
        [
            (["--ServerApp.ip=0.0.0.0"], "ip"),
            (["--ip", "0.0.0.0"], "ip"),
            (["--LabApp.ip=::"], "ip"),
            (["--notebook-dir=/x"], "root_dir"),
            (["--ServerApp.root_dir=/x"], "root_dir"),
            (["--log-level=DEBUG"], "log_level"),
            (["--ServerApp.log_level=10"], "log_level"),
            (["--debug"], "log_level"),
            (["--no-browser"], "open_browser"),
            (["-y"], "answer_yes"),
            (["--LabApp.default_url=/tree"], "default_url"),
            (["--allow-root"], "allow_root"),
        ],
    )
    def test_ours_gives_way(self, root: Path, given: list[str], gone: str) -> None:
        line = lab.command_line(9000, True, given)
        assert line[-len(given) :] == given
        ours = [a.split("=")[0].rpartition(".")[2] for a in line[: -len(given)]]
        assert gone not in ours
        plain = {a.split("=")[0] for a in lab.command_line(9000, True, [])}
        assert {a.split("=")[0] for a in line[: -len(given)]} == {
            a for a in plain if a.rpartition(".")[2] != gone
        }

    @pytest.mark.parametrize(
        "given", [["--port", "9001"], ["--ServerApp.port=9001"], ["--port=9001"]]
    )
    def test_one_port_only(self, root: Path, given: list[str]) -> None:
        line = lab.command_line(9002, True, [*given, "--ServerApp.certfile=x.pem"])
        assert [a for a in line if a.split("=")[0].endswith(("port", ".port"))] == [
            "--ServerApp.port=9002"
        ]
        assert "9001" not in line and "--ServerApp.certfile=x.pem" in line
        assert lab.traits(given) == {"port": "9001"}

    def test_home_where_the_root_has_it(self, root: Path, tmp_path: Path) -> None:
        def landing(*given: str) -> str:
            line = lab.command_line(9000, True, list(given))
            return next(a for a in line if "default_url" in a).split("=")[1]

        assert landing() == "/lab/tree/00_home.ipynb"
        assert landing(f"--ServerApp.root_dir={root}") == "/lab/tree/work/00_home.ipynb"
        assert landing(f"--ServerApp.root_dir={tmp_path / 'elsewhere'}") == "/lab"

    def test_a_token_goes_into_the_address_and_its_absence_does_not(self) -> None:
        assert lab.with_token("https://x:1/lab?token=...", "a b") == "https://x:1/lab?token=a+b"
        assert lab.with_token("http://x:1/lab?token=...", "") == "http://x:1/lab"


COMMAND = [sys.executable, "-m", "eshikaku", "lab", "--no-browser"]


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[tuple[str, str]]:
    """``eshikaku lab``: what it said, and its address."""
    server = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        assert server.stdout is not None
        said = url = ""
        for line in server.stdout:
            said += line
            url = url or next((word for word in line.split() if "://" in word), "")
            if "Ctrl+C" in line:
                break
        assert url, f"ended with {server.wait()} after {said!r}"
        yield said, url
    finally:
        server.terminate()
        server.wait(timeout=20)


def _get(url: str) -> dict[str, list[dict[str, object]]]:  # type: ignore[type-arg]
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)  # type: ignore[no-any-return]
