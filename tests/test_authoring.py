"""What authors run: the suite, the bank's statistics, measured tables, the kernel's environment."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from tests import tiny_course

from eshikaku import cli, course
from eshikaku.authoring import build, results, suite


class TestCommand:
    def test_broken_bank_is_said_with_file_and_line(
        self, root: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bank = root / "quizzes" / "91_tiny.yaml"
        bank.parent.mkdir()
        bank.write_text("schema: 1\ntopic: tiny\nquestions: [\n", encoding="utf-8")
        assert cli.main(["bank", "91"]) == 1
        said = capsys.readouterr().err
        assert said.startswith("エラー: ") and "91_tiny.yaml:" in said

    def test_suite_refuses_an_unknown_step(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["test", "everything"]) == 1
        assert "lint" in capsys.readouterr().err


class TestSuite:
    def test_a_failing_step_fails_the_suite_but_not_the_next(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        def commands(step: str, extra: list[str]) -> list[object]:
            code = f"print('{step}'); raise SystemExit({int(step == 'lint')})"
            return [(step, [sys.executable, "-c", code], dict(os.environ))]

        monkeypatch.setattr(suite, "_commands", commands)
        assert suite.run() == 1
        said = capfd.readouterr().out
        assert all(f"\n{step}\n" in said for step in suite.STEPS)
        assert "不合格　lint" in said and "合格　unit" in said
        assert suite.run(["unit"]) == 0

    def test_required_browser_is_not_skipped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(suite, "browser", lambda: None)
        monkeypatch.delenv("ESHIKAKU_REQUIRE_BROWSER", raising=False)
        assert suite._commands("browser", []) == []
        monkeypatch.setenv("ESHIKAKU_REQUIRE_BROWSER", "1")
        assert [name for name, _, _ in suite._commands("browser", [])] == [
            "browser",
            "browser, no network",
        ]


def test_results_say_what_they_were_measured_on(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Room:
        @staticmethod
        def make() -> dict[str, object]:
            return {"seeds": [0, 1, 2], "解けた割合": [1.0, 0.5]}

    monkeypatch.setattr(course.Chapter, "module", lambda self, room="": Room)
    assert results.make(["91"]) == 0
    written = json.loads((root / "notebooks" / "results" / "91_tiny.json").read_text("utf-8"))
    assert written["tables"]["seeds"] == [0, 1, 2]
    assert {"date", "python", "versions", "machine", "seconds", "command"} <= set(
        written["measured"]
    )
    assert "+" not in json.dumps(written["measured"]["versions"])


def test_kernel_environment_is_the_same_for_making_and_testing(tmp_path: Path) -> None:
    given = build.environment(str(tmp_path))
    assert given["ESHIKAKU_SYNC"] == "1" and given["PYTHONHASHSEED"] == "0"
    assert given["ESHIKAKU_HOME"] == str(tmp_path)


def test_a_missing_function_of_a_chapter_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_course.write(tmp_path, "91_tiny")  # a text without a package
    monkeypatch.setenv("ESHIKAKU_ROOT", str(tmp_path))
    tiny_course.forget()
    with pytest.raises(
        course.CourseError, match="figures has no function 'curve'; it has: nothing"
    ):
        course.chapter("91").figure("curve")
    tiny_course.forget()
    monkeypatch.undo()
    with pytest.raises(course.CourseError, match=r"'curve'; it has: .*accuracies"):
        course.chapter("gru").figure("curve")
