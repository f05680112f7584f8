"""What the learner runs: copies, the doctor, set-up of torch, the command."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from tests.tiny_course import make

from eshikaku import cli, course
from eshikaku.workspace import bootstrap, copies, doctor, lab


def edit(path: Path, source: str | None = None, output: str | None = None) -> None:
    """What a learner does to a copy in Lab."""
    notebook = nbformat.read(path, as_version=4)
    if source is not None:
        notebook.cells[0].source = source
    if output is not None:
        notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text=output)]
        notebook.cells[0].execution_count = 7
    notebook.metadata["language_info"] = {"name": "python", "version": "3.12.1"}
    nbformat.write(notebook, path)


def source_of(path: Path) -> str:
    return str(nbformat.read(path, as_version=4).cells[0].source)


class TestCopies:
    def test_first_start_copies_all_and_has_no_news(self, root: Path) -> None:
        assert copies.sync() == []
        made = sorted(p.name for p in (root / "work").glob("*.ipynb"))
        assert made == ["00_home.ipynb", "91_tiny.ipynb"]
        for name in made:
            assert (root / "work" / name).read_bytes() == (root / "notebooks" / name).read_bytes()

    def test_work_folder_elsewhere(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ESHIKAKU_WORK", str(tmp_path / "私の ノート"))
        copies.sync()
        assert (tmp_path / "私の ノート" / "91_tiny.ipynb").exists()
        assert not (root / "work").exists()

    def test_untouched_copy_is_refreshed_even_after_running(self, root: Path) -> None:
        copies.sync()
        here = root / "work" / "91_tiny.ipynb"
        edit(here, output="走らせた")
        make(root, "91_tiny", "x = 2")
        assert copies.sync() == ["91_tiny を新しい版に取り替えました。"]
        assert source_of(here) == "x = 2"
        assert copies.sync() == []

    def test_outputs_of_an_untouched_copy_stay_while_nothing_changed(self, root: Path) -> None:
        copies.sync()
        here = root / "work" / "91_tiny.ipynb"
        edit(here, output="走らせた")
        copies.sync()
        assert "走らせた" in here.read_text(encoding="utf-8")

    def test_touched_copy_is_kept_and_the_new_version_announced(self, root: Path) -> None:
        copies.sync()
        here = root / "work" / "91_tiny.ipynb"
        edit(here, source="x = 'mine'")
        make(root, "91_tiny", "x = 2")
        (news,) = copies.sync()
        beside = root / "work" / "91_tiny（新しい版）.ipynb"
        assert source_of(here) == "x = 'mine'"
        assert source_of(beside) == "x = 2"
        assert beside.name in news and "eshikaku reset 91" in news
        assert copies.sync() == [news], "told for as long as it lies there"
        assert copies.news() == [news]
        beside.unlink()
        assert copies.sync() == []

    def test_a_second_update_replaces_the_untouched_new_version(self, root: Path) -> None:
        copies.sync()
        edit(root / "work" / "91_tiny.ipynb", source="x = 'mine'")
        make(root, "91_tiny", "x = 2")
        copies.sync()
        make(root, "91_tiny", "x = 3")
        copies.sync()
        beside = sorted((root / "work").glob("91_tiny*新*"))
        assert [source_of(p) for p in beside] == ["x = 3"]
        edit(beside[0], source="x = 'mine, too'")
        make(root, "91_tiny", "x = 4")
        copies.sync()
        assert source_of(beside[0]) == "x = 'mine, too'"
        assert source_of(root / "work" / "91_tiny（新しい版2）.ipynb") == "x = 4"

    def test_new_outputs_upstream_do_not_disturb_a_touched_copy(self, root: Path) -> None:
        copies.sync()
        here = root / "work" / "91_tiny.ipynb"
        edit(here, source="x = 'mine'")
        make(root, "91_tiny", "x = 1", output="新しい出力")
        assert copies.sync() == []
        assert [p.name for p in (root / "work").glob("91*")] == ["91_tiny.ipynb"]

    def test_an_empty_last_cell_is_no_edit(self, root: Path) -> None:
        copies.sync()
        here = root / "work" / "91_tiny.ipynb"
        notebook = nbformat.read(here, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(""))
        nbformat.write(notebook, here)
        make(root, "91_tiny", "x = 2")
        copies.sync()
        assert source_of(here) == "x = 2"

    def test_a_new_chapter_is_announced_and_a_deleted_copy_comes_back(self, root: Path) -> None:
        copies.sync()
        make(root, "92_next", "y = 1")
        (root / "work" / "91_tiny.ipynb").unlink()
        assert copies.sync() == ["92_next が加わりました。"]
        assert (root / "work" / "91_tiny.ipynb").exists()

    @pytest.mark.parametrize("torn", ["", "{", '{"copies": {"91_tiny.ipynb": 1}, "news": []}'])
    def test_a_torn_manifest_loses_no_edit(self, root: Path, torn: str) -> None:
        copies.sync()
        edit(root / "work" / "91_tiny.ipynb", source="x = 'mine'")
        (root / "work" / ".eshikaku" / "copies.json").write_text(torn)
        copies.sync()
        assert source_of(root / "work" / "91_tiny.ipynb") == "x = 'mine'"
        assert source_of(root / "work" / "00_home.ipynb") == "x = 1"
        assert copies.sync() == copies.news()

    def test_a_broken_copy_is_kept(self, root: Path) -> None:
        copies.sync()
        here = root / "work" / "91_tiny.ipynb"
        here.write_text("{broken")
        make(root, "91_tiny", "x = 2")
        copies.sync()
        assert here.read_text() == "{broken"
        assert source_of(root / "work" / "91_tiny（新しい版）.ipynb") == "x = 2"

    def test_reset_gives_a_fresh_copy_and_a_backup(self, root: Path) -> None:
        copies.sync()
        here = root / "work" / "91_tiny.ipynb"
        edit(here, source="x = 'mine'")
        make(root, "91_tiny", "x = 2")
        copies.sync()
        fresh, backup = copies.reset("91")
        assert fresh == here and source_of(here) == "x = 2"
        assert backup is not None and source_of(backup) == "x = 'mine'"
        assert copies.news() == [] and not list((root / "work").glob("*新しい版*"))

    def test_reset_of_an_unknown_chapter_names_the_chapters(self, root: Path) -> None:
        with pytest.raises(course.CourseError, match="91_tiny"):
            copies.reset("77")

    def test_only_our_own_copies_are_trusted(self, root: Path) -> None:
        copies.sync()
        mine = make(root, "stranger", "import os")
        data = copies.jupyter_folders()["JUPYTER_DATA_DIR"]
        notary = NotebookNotary(data_dir=str(data))
        here = root / "work" / "91_tiny.ipynb"
        assert notary.check_signature(nbformat.read(here, as_version=4))
        assert not notary.check_signature(nbformat.read(mine, as_version=4))
        edit(here, output="<script>")
        assert not notary.check_signature(nbformat.read(here, as_version=4))
        notary.store.close()

    def test_what_another_program_saved_or_somebody_gave_is_named(self, root: Path) -> None:
        make(root, "91_tiny", "x = 1", output="text")
        copies.sync()
        here = root / "work" / "91_tiny.ipynb"
        notebook = nbformat.read(here, as_version=4)
        notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", {"text/html": "<b>"})]
        nbformat.write(notebook, here)
        for n, odd in enumerate(('{"text/html"', '{"text/html": 1}', '["text/html"]')):
            (root / "work" / f"broken{n}.ipynb").write_text(odd, encoding="utf-8")
        [news] = copies.sync()
        assert "91_tiny は、まだ信頼されていません" in news and "最初のセル" in news
        notary = NotebookNotary(data_dir=str(copies.jupyter_folders()["JUPYTER_DATA_DIR"]))
        notary.sign(nbformat.read(here, as_version=4))  # as Lab does when it saves
        notary.store.close()
        assert copies.sync() == []

    def test_the_tracked_notebooks_are_never_written(self, root: Path) -> None:
        before = {p: p.read_bytes() for p in (root / "notebooks").rglob("*") if p.is_file()}
        copies.sync()
        edit(root / "work" / "91_tiny.ipynb", source="x = 'mine'")
        copies.sync()
        copies.reset("91")
        assert before == {p: p.read_bytes() for p in (root / "notebooks").rglob("*") if p.is_file()}

    def test_unwritable_folder_is_said(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("ESHIKAKU_WORK", str(tmp_path / "file"))
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            assert cli.main(["lab", "--no-browser"]) == 1
        assert "エラー" in said.getvalue() and "doctor" in said.getvalue()


class TestDoctor:
    def test_it_reports_every_check_once(self, root: Path) -> None:
        names = [f.name for f in doctor.examine()]
        assert len(names) == len(set(names)) == 10

    def test_status_tells(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        good = doctor.Finding(doctor.GOOD, "x", "y")
        monkeypatch.setattr(doctor, "examine", lambda: [good])
        assert doctor.report() == 0
        bad = doctor.Finding(doctor.BAD, "x", "y", "z")
        monkeypatch.setattr(doctor, "examine", lambda: [good, bad])
        assert doctor.report() == 1

    def test_missing_torch_is_only_a_hint(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap, "installed", lambda: None)
        found = doctor.torch()
        assert found.mark == doctor.HINT and found.mend

    def test_missing_package_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            doctor.importlib.metadata, "requires", lambda _: ["numpy>=99", "no-such-thing>=1"]
        )
        found = doctor.packages()
        assert found.mark == doctor.BAD and "no-such-thing" in found.said and "numpy" in found.said

    def test_unwritable_record_is_bad_and_says_where(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("ESHIKAKU_HOME", str(tmp_path / "file" / "record"))
        found = doctor.record()
        assert found.mark == doctor.BAD and str(tmp_path / "file") in found.said

    def test_missing_japanese_font_is_seen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from matplotlib.figure import Figure

        from eshikaku import plot

        assert doctor.font().mark == doctor.GOOD

        def latin_only(figsize: tuple[float, float]) -> Figure:
            figure = Figure(figsize)
            text = figure.text
            figure.text = lambda *a, **k: text(*a, **k, family="DejaVu Sans")  # type: ignore[method-assign]
            return figure

        monkeypatch.setattr(plot, "figure", latin_only)
        assert doctor.font().mark == doctor.BAD

    def test_missing_notebook_is_named(self, root: Path) -> None:
        assert doctor.materials().mark == doctor.GOOD
        (root / "notebooks" / "91_tiny.ipynb").unlink()
        found = doctor.materials()
        assert found.mark == doctor.BAD and "91_tiny" in found.said

    def test_kernel_starts_here(self) -> None:
        assert doctor.kernel().mark == doctor.GOOD

    def test_a_failing_check_does_not_stop_the_others(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail() -> doctor.Finding:
            raise RuntimeError("壊れた")

        monkeypatch.setattr(doctor, "font", fail)
        found = {f.name: f for f in doctor.examine()}
        assert "壊れた" in found["日本語フォント"].said
        assert "ポート" in found


class TestTorch:
    @pytest.mark.parametrize(
        ("version", "enough"),
        [
            (None, False),
            ("2.5.1", False),
            ("2.6.0", True),
            ("2.13.0+cpu", True),
            ("3.0.0", True),
            ("2.10.0a0+git1234", True),
        ],
    )
    def test_what_is_kept(self, version: str | None, enough: bool) -> None:
        assert bootstrap.is_enough(version) is enough

    def test_a_torch_that_serves_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap, "installed", lambda: "2.6.0+cpu")
        monkeypatch.setattr(bootstrap.subprocess, "run", None)
        assert bootstrap.main([]) == 0

    def test_index_and_wheel_go_to_pip(self) -> None:
        assert bootstrap.pip_arguments(wheel="torch.whl") == ["install", "torch.whl"]
        plain = bootstrap.pip_arguments()
        assert plain[:2] == ["install", "-r"] and Path(plain[2]).name == bootstrap.PINS
        assert bootstrap.pip_arguments(index="file:///x")[-2:] == ["--extra-index-url", "file:///x"]

    def test_failure_does_not_stop_the_set_up_and_says_so(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(bootstrap, "installed", lambda: None)
        assert bootstrap.main(["--wheel", "/no/such/torch.whl"]) == 0
        assert "PyTorch を入れられませんでした" in capfd.readouterr().out


class TestCommand:
    def test_help_is_quick_and_brings_nothing_heavy(self) -> None:
        code = (
            "import sys, eshikaku.cli as c\n"
            "c.main([])\n"
            "heavy = {'torch', 'matplotlib', 'ipywidgets', 'jupyterlab', 'yaml', 'numpy'}\n"
            "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    def test_unknown_chapter_is_one_japanese_sentence(
        self, root: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(["reset", "77"]) == 1
        said = capsys.readouterr().err
        assert said.startswith("エラー: 章 '77' はありません") and said.count("\n") == 1

    def test_missing_package_points_to_the_doctor(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail(_: object) -> int:
            raise ModuleNotFoundError("no", name="jupyterlab")

        monkeypatch.setitem(cli._COMMANDS, "lab", fail)
        assert cli.main(["lab"]) == 1
        said = capsys.readouterr().err
        assert "jupyterlab" in said and "doctor" in said

    def test_what_follows_two_dashes_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[object] = []
        monkeypatch.setattr(lab, "launch", lambda *a: seen.append(a) or 0)
        assert cli.main(["lab", "--port", "9", "--no-browser", "--", "--x=1"]) == 0
        assert seen == [(9, False, ["--x=1"])]

    def test_record_goes_out_and_comes_in(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from eshikaku.record.events import Event
        from eshikaku.record.store import Store

        Store().append(Event(uuid="u-1", time="2026-01-01T00:00:00Z", kind="answer", id="rnn-x-01"))
        file = tmp_path / "記録.jsonl"
        assert cli.main(["export", str(file)]) == 0
        monkeypatch.setenv("ESHIKAKU_HOME", str(tmp_path / "other"))
        assert cli.main(["import", str(file)]) == 0
        assert "追加 1 件" in capsys.readouterr().out
        assert [e.uuid for e in Store().events()] == ["u-1"]
        assert cli.main(["import", str(tmp_path / "no-such-file")]) == 1
