"""What authors run: the suite, the bank's statistics, measured tables, the kernel's environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests import changes, experiment_sweep, selection, test_bank_content, tiny_course

from eshikaku import cli, course
from eshikaku.authoring import build, complete, coverage, results, suite
from eshikaku.exercises.check import check
from eshikaku.experiments.execution import execute
from eshikaku.questions import bank, parameters, syllabus

TESTS = Path(__file__).parent


class TestCommand:
    def test_broken_bank_is_said_with_file_and_line(
        self, root: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = root / "quizzes" / "91_tiny.yaml"
        path.parent.mkdir()
        path.write_text("schema: 1\ntopic: tiny\nquestions: [\n", encoding="utf-8")
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


class TestSelection:
    """What ``--chapter`` chooses."""

    @pytest.mark.parametrize(
        ("file", "given", "chapter"),
        [
            ("test_chapter_gru.py", {}, "gru"),
            ("test_chapter_attention_gnmt.py", {}, "attention"),
            ("notebooks/03_lstm.ipynb", {}, "lstm"),
            ("test_bank_content.py", {"path": Path("quizzes/01_rnn.yaml"), "name": "x"}, "rnn"),
            ("test_experiments.py", {"chapter_name": "vae"}, "vae"),
            ("test_experiments.py", {"at": "99"}, None),
            ("test_nn.py", {"name": "gru"}, "gru"),
            ("test_nn.py", {}, None),
        ],
    )
    def test_a_test_belongs_to_the_chapter_it_is_about(
        self, file: str, given: dict[str, object], chapter: str | None
    ) -> None:
        item = SimpleNamespace(path=Path(file), callspec=SimpleNamespace(params=given))
        assert selection.chapter_of(item) == chapter

    def test_declarations_name_their_chapter_and_their_group(self) -> None:
        found = course.chapter("attention")
        exercise = next(iter(found.exercises().values()))
        experiment = next(iter(found.experiments().values()))
        for value in (exercise, (experiment, {"a": 1}), found, found.source):
            item = SimpleNamespace(path=Path("x.py"), callspec=SimpleNamespace(params={"x": value}))
            assert selection.chapter_of(item) == "attention"
        assert selection.declaration(experiment) == experiment.key
        assert selection.declaration(exercise) == exercise.id
        assert selection.declaration(found) is None

    def test_pytest_takes_the_option(self) -> None:
        command = [sys.executable, "-m", "pytest", "--collect-only", "--chapter", "03"]
        done = subprocess.run(
            [*command, "tests/test_style.py"], cwd=course.root(), capture_output=True, text=True
        )
        found = [line for line in done.stdout.splitlines() if "::" in line]
        assert found and all(line.endswith("[03_lstm]") for line in found), done.stdout

    def test_an_unknown_chapter_is_named(self) -> None:
        config = SimpleNamespace(getoption=lambda name: ["no_such"])
        with pytest.raises(pytest.UsageError, match="no_such"):
            selection.pytest_collection_modifyitems(config, [])


class TestChanges:
    """What ``--changed`` leaves out."""

    def test_a_test_depends_on_what_it_imports_and_not_on_more(self) -> None:
        names = {str(p.relative_to(changes.ROOT)) for p in changes.imported(TESTS / "test_nn.py")}
        assert {"tests/test_nn.py", "src/eshikaku/nn/gru.py", "src/eshikaku/__init__.py"} <= names
        assert not [n for n in names if n.startswith(("src/eshikaku/questions", "tests/test_bank"))]
        lab = {str(p.relative_to(changes.ROOT)) for p in changes.imported(TESTS / "test_lab.py")}
        assert "src/eshikaku/workspace/lab.py" in lab, "imports inside functions count too"

    def test_a_chapters_case_depends_on_that_chapter_alone(self) -> None:
        path = TESTS / "test_bank_content.py"
        of = {c: set(changes.files(path, c)) for c in ("gru", "lstm", None)}
        bank_of = {c: course.chapter(c).bank for c in ("gru", "lstm")}
        assert bank_of["gru"] in of["gru"] and bank_of["lstm"] not in of["gru"]
        assert set(bank_of.values()) <= of[None], "a test of the whole depends on every chapter"
        assert TESTS / "keys_gru.py" in of["gru"]

    def test_notebooks_and_the_browser_depend_on_the_engines(self) -> None:
        engine = changes.SRC / "eshikaku/questions/render.py"
        book = course.chapter("gru").notebook
        assert engine in changes.files(book, "gru")
        assert course.chapter("lstm").bank not in changes.files(book, "gru")
        assert course.chapter("lstm").bank in changes.files(TESTS / "browser/lab.py", None)

    def test_what_passed_is_left_out_until_it_changes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mark = {"a.py": "1", "b.py": "1", "01_rnn.ipynb": "1"}
        monkeypatch.setattr(changes, "fingerprint", lambda path, chapter: mark[path.name])
        monkeypatch.setattr(selection, "_seen", {})
        kept: dict[str, dict[str, str]] = {}
        cache = SimpleNamespace(get=lambda key, other: kept.get(key, other), set=kept.__setitem__)
        config = SimpleNamespace(cache=cache)

        def run(*failing: str) -> set[str]:
            """The names of the tests that ran; the failing ones failed."""
            names = ["a.py::x", "b.py::y", "01_rnn.ipynb::one", "01_rnn.ipynb::two"]
            items = [
                SimpleNamespace(nodeid=n, path=Path(n.partition(":")[0]), user_properties=[])
                for n in names
            ]
            chosen = selection._changed(config, items)
            for item in [i for i in items if id(i) in chosen]:
                bad = item.nodeid in failing
                for when in ("setup", "call", "teardown"):
                    report = SimpleNamespace(
                        user_properties=item.user_properties,
                        when=when,
                        failed=bad and when == "call",
                        passed=not (bad and when == "call"),
                    )
                    selection.pytest_runtest_logreport(report)
            selection.pytest_sessionfinish(SimpleNamespace(config=config))
            return {item.nodeid for item in items if id(item) in chosen}

        assert len(run("b.py::y", "01_rnn.ipynb::two")) == 4
        books = {"01_rnn.ipynb::one", "01_rnn.ipynb::two"}
        assert run() == {"b.py::y"} | books, "what failed runs again, a notebook as a whole"
        assert run() == set()
        mark["a.py"] = "2"
        assert run("a.py::x") == {"a.py::x"}
        mark["a.py"] = "1"
        assert run() == {"a.py::x"}, "a failure forgets that it passed before"


class TestCoverage:
    @pytest.mark.parametrize(
        ("names", "text", "times"),
        [
            (("mAP",), "heatmap と map（mAP）", 2),
            (("Faster R-CNN",), "faster r cnn、Faster R‑CNN", 2),
            (("Heの初期化", "He"), "the Heの初期化。Heを使う。hello", 2),
            (("ゲート",), "忘却ゲートとゲート", 2),
            (("デルタ", r"\delta"), r"$\delta_t$", 1),
        ],
    )
    def test_a_name_is_found_as_it_is_written(
        self, names: tuple[str, ...], text: str, times: int
    ) -> None:
        assert coverage._times(coverage._pattern(names), coverage._plain(text)) == times

    def test_what_there_is_and_what_there_is_not(self, capsys: pytest.CaptureFixture[str]) -> None:
        known = syllabus.load()
        gates = {c.name: c for c in coverage.of(known.item("3.5.ii"))}
        assert gates["LSTM"].sections[0].startswith("03")
        assert "lstm-step" in gates["LSTM"].exercises
        assert gates["忘却ゲート"].questions["formula"] > 0
        metrics = {c.name: c for c in coverage.of(known.item("2.1.xi"))}
        assert not metrics["混同行列"].sections and "部 なし" in str(metrics["混同行列"])
        assert coverage.claimed(known.item("2.1.xi")) == ["パープレキシティ"]
        assert cli.main(["bank", "--coverage", "04"]) == 0
        said = capsys.readouterr().out
        assert said.startswith("3.5.ii") and "1.2.ii" not in said


def test_numpy_and_torch_run_on_one_thread() -> None:
    import numpy as np
    import threadpoolctl
    import torch

    np.ones((2, 2)) @ np.ones((2, 2))
    assert {pool["num_threads"] for pool in threadpoolctl.threadpool_info()} == {1}
    assert torch.get_num_threads() == 1


def test_a_shell_of_a_test_writes_to_no_folder_of_the_user(root: Path) -> None:
    from IPython.paths import get_ipython_dir

    outside = Path(get_ipython_dir()).resolve()
    assert not outside.is_relative_to(course.root()) and outside != Path.cwd()


def test_an_unreadable_bank_stops_its_own_tests_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = test_bank_content.FILES[0]
    broken = tmp_path / "91_tiny.yaml"
    broken.write_text("schema: 1\ntopic: tiny\nquestions: [\n", encoding="utf-8")
    monkeypatch.setattr(test_bank_content, "FILES", [broken, good])
    monkeypatch.setattr(test_bank_content, "bank_at", bank.load)
    found = [case.values for case in test_bank_content.every_generator()]
    assert found[0] == (broken, test_bank_content.UNREAD)
    assert all(path == good for path, _ in found[1:]) and len(found) > 1
    with pytest.raises(bank.BankError, match="91_tiny"):
        test_bank_content.test_every_key_agrees_with_another_computation(*found[0])


class TestNewChapter:
    """What ``eshikaku new`` writes, in a course of its own."""

    @pytest.fixture
    def made(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[course.Chapter]:
        """A chapter just begun; its package is found like those of the checkout."""
        from eshikaku import chapters

        real = Path(__file__).parents[1]
        (root / "quizzes").mkdir()
        for name in ("schema.json", "syllabus.yaml"):
            shutil.copy(real / "quizzes" / name, root / "quizzes" / name)
        folder = root / "src" / "eshikaku" / "chapters"
        monkeypatch.setattr(chapters, "__path__", [*chapters.__path__, str(folder)])
        arguments = ["34", "two_words", "--title", "直線の章", "--syllabus", "3.1.ii"]
        assert cli.main(["new", *arguments]) == 0
        yield course.chapter("34")
        for name in [m for m in sys.modules if m.startswith("eshikaku.chapters.two_words")]:
            del sys.modules[name]
        del chapters.two_words  # type: ignore[attr-defined]

    def test_its_files_pass(self, made: course.Chapter, root: Path) -> None:
        from tests import test_bank_content, test_exercises, test_notebooks

        test_bank_content.test_the_linter_finds_nothing(made.bank)
        test_bank_content.test_values_keep_the_rules_for_every_seed(made.bank)
        test_notebooks.test_source_is_commonmark(made)
        test_notebooks.test_parts_of_the_front_matter_are_those_of_the_text(made)
        test_notebooks.test_code_cells_can_be_read_and_measured_ones_assert(made)
        test_notebooks.test_minutes_are_computed_and_small(made)
        (exercise,) = made.exercises().values()
        test_exercises.test_declaration_is_complete(exercise)
        assert check(exercise, exercise.starter).status == "untouched"
        for function in (exercise.reference, *exercise.alternatives):
            assert check(exercise, lambda *given, f=function: f(*given)).status == "passed"
        for wrong in exercise.misconceptions:
            told = check(exercise, lambda *given, f=wrong.function: f(*given))
            assert ("次に", wrong.message) in told.rows, str(told)
        (experiment,) = made.experiments().values()
        assert not experiment_sweep.drawn_badly(
            experiment,
            experiment_sweep.runs_of(
                experiment, (experiment.defaults(), execute(experiment, experiment.defaults()))
            ),
        )

    def test_its_code_is_formatted_and_its_own_tests_pass(
        self, made: course.Chapter, root: Path
    ) -> None:
        assert made.draft
        written = sorted(root.rglob("*.py"))
        assert {p.name for p in written} >= {"keys_two_words.py", "test_chapter_two_words.py"}
        ours = str(Path(__file__).parents[1] / "pyproject.toml")
        first = 'lint.isort.known-first-party=["eshikaku"]'  # by its place in a checkout
        for command in (["check", "--config", first], ["format", "--check"]):
            ruff = [sys.executable, "-m", "ruff", *command, "--config", ours]
            subprocess.run([*ruff, *map(str, written)], check=True)
        spaces: dict[str, object] = {}
        for name in ("keys_two_words", "test_chapter_two_words"):
            exec((root / "tests" / f"{name}.py").read_text("utf-8"), spaces)
        question = bank.load(made.bank).question("two-words-loss-01")
        shown = parameters.calculate(question, 3)
        again = spaces["INDEPENDENT"]["two_words_loss"](shown.values)  # type: ignore[index]
        assert again == pytest.approx(shown.answer)
        spaces["test_the_least_squares_line_is_the_best_of_all"]()  # type: ignore[operator]

    def test_check_says_what_it_lacks_and_nothing_that_it_has(
        self, made: course.Chapter, root: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        capsys.readouterr()
        assert cli.main(["check", "34"]) == 1
        said = capsys.readouterr().out
        assert "（下書き）" in said and "notebook missing" in said
        for lack in ("25個以上", "ない形式: 関数を書く、バグを探す", "順序回帰", "書き残した所"):
            assert lack in said
        assert "試験ではこう問われる" not in said and "keys_two_words" not in said
        text = made.source.read_text("utf-8").replace("## まとめ", "## おわり")
        made.source.write_text(text, "utf-8")
        made.bank.write_text("schema: 1\ntopic: two-words\nquestions: [\n", "utf-8")
        cli.main(["check", "34"])
        said = capsys.readouterr().out
        assert "✖ 文章　まとめ" in said and "✖ 読めない" in said and "34_two_words.yaml" in said

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["9", "cnn"], "2桁"),
            (["09", "CNN"], "語幹"),
            (["91", "cnn"], "91_tiny"),
            (["09", "tiny"], "91_tiny"),
            (["09", "tiny_more"], "区別できません"),
            (["09", "cnn", "--syllabus", "9.9"], "9.9"),
        ],
    )
    def test_what_cannot_be_a_chapter_is_refused_and_nothing_written(
        self, root: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        real = Path(__file__).parents[1]
        (root / "quizzes").mkdir()
        shutil.copy(real / "quizzes" / "syllabus.yaml", root / "quizzes")
        before = sorted(root.rglob("*"))
        assert cli.main(["new", *arguments, "--title", "題"]) == 1
        assert said in capsys.readouterr().err
        assert sorted(root.rglob("*")) == before


def test_the_checks_of_every_chapter_bind_only_where_a_chapter_lacks_something() -> None:
    """``eshikaku check`` on a finished chapter: no quota is broken that the tests keep."""
    for chapter in [c for c in course.chapters() if c.parts]:
        rooms = {f.room for f in complete.findings(chapter) if not f.good and f.binding}
        assert rooms <= {"ノート", "部"}, chapter.name
