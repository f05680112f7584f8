"""Sources and notebooks: how cells are made, that both are in step, what notebooks may hold."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from tests import tiny_course

from eshikaku import course, optional
from eshikaku.authoring import build, lint, minutes, sources, suite
from eshikaku.authoring.sources import Cell
from eshikaku.course import source

CHAPTERS = course.chapters()
MAX_ALL = 16_000_000

each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[course.Chapter]:
    """One small chapter without a package of its own."""
    tiny_course.write(tmp_path / "course", "91_tiny")
    monkeypatch.setenv("ESHIKAKU_ROOT", str(tmp_path / "course"))
    tiny_course.forget()
    yield course.chapter("91")
    tiny_course.forget()


class TestCells:
    def test_text_is_cut_at_headings_but_not_in_fences(self, tiny: course.Chapter) -> None:
        texts = [c.source.splitlines()[0] for c in sources.cells(tiny) if c.kind == "markdown"]
        assert texts == [
            "# 小さな章",
            "## A　はじめ",
            "### 小見出し",
            "## B　おまけ",
            "発展の本文です。",
        ]

    def test_only_the_heading_of_an_advanced_part_is_folded(self, tiny: course.Chapter) -> None:
        folded = [c.source for c in sources.cells(tiny) if c.folded]
        assert folded == ["## B　おまけ"]
        node = next(c for c in sources.notebook(tiny).cells if c.source == "## B　おまけ")
        assert node.metadata["jp-MarkdownHeadingCollapsed"] is True

    def test_cells_that_only_show_hide_their_source(self, tiny: course.Chapter) -> None:
        hidden = {
            c.source: c.metadata.get("jupyter", {}).get("source_hidden", False)
            for c in sources.notebook(tiny).cells
            if c.cell_type == "code"
        }
        assert hidden["lab.show_me()"] is True
        assert hidden["x = 1\nx + 1"] is False

    @pytest.mark.parametrize(
        ("source", "hides"),
        [
            ('quiz("rnn-a-01", "rnn-b-01")', True),
            ('lab.gate()\nquiz("rnn-a-01")', True),
            ('skip_check("01A", "a")', True),
            ("progress()", True),
            ('check("rnn-step", rnn_step)', False),
            ('from eshikaku.notebook import quiz\nquiz("a")', False),
            ("x = lab.gate()", False),
            ("print(1)", False),
            ("other.gate()", False),
            ("%timeit x", False),
            ("# only a comment", False),
            ("", False),
        ],
    )
    def test_what_only_shows(self, source: str, hides: bool) -> None:
        assert sources.only_shows(source) is hides

    def test_ids_are_the_same_in_every_build_and_unique(self, tmp_path: Path) -> None:
        seen: dict[str, int] = {}
        same = [sources._identity(Cell("code", "x"), seen) for _ in range(3)]
        assert len(set(same)) == 3
        assert sources._identity(Cell("code", "x"), {}) == same[0]
        assert sources._identity(Cell("markdown", "x"), {}) != same[0]

    def test_an_exercise_line_becomes_its_cells(
        self, tiny: course.Chapter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tests import demo_exercises

        exercise = next(x for x in vars(demo_exercises).values() if type(x).__name__ == "Exercise")
        monkeypatch.setattr(course.Chapter, "exercises", lambda self: {exercise.id: exercise})
        tiny_course.write(
            course.root(), "91_tiny", f"\n前\n\n<!-- exercise: {exercise.id} -->\n\n後\n"
        )
        made = sources.cells(course.chapter("91"))
        kinds = [c.kind for c in made]
        assert kinds == ["markdown", "markdown", "code", "code", "markdown"]
        assert f'check("{exercise.id}"' in made[3].source and made[2].generated
        assert not any(c.hidden for c in made)

    def test_an_unknown_exercise_is_named_with_the_known_ones(self, tiny: course.Chapter) -> None:
        tiny_course.write(course.root(), "91_tiny", "\n<!-- exercise: no-such -->\n")
        with pytest.raises(course.CourseError, match="no-such"):
            sources.cells(course.chapter("91"))


class TestBuild:
    def test_made_kept_and_checked(self, tiny: course.Chapter) -> None:
        assert build.differences(tiny) == ["91_tiny: notebook missing; run `make notebooks`"]
        assert build.make_one(tiny) == "executed"
        first = tiny.notebook.read_text(encoding="utf-8")
        assert build.differences(tiny) == []
        assert build.make_one(tiny) == "unchanged"

        made = nbformat.reads(first, as_version=4)
        outputs = [o for c in made.cells if c.cell_type == "code" for o in c.outputs]
        assert any("True 1" in o.get("text", "") for o in outputs), "empty home, experiments inside"
        assert '"execution":' not in first and "version" not in made.metadata["language_info"]
        assert "jupytext" not in made.metadata, "no pairing"

        text = tiny.source.read_text(encoding="utf-8")
        tiny.source.write_text(text.replace("本文です。", "別の本文です。"), encoding="utf-8")
        assert build.differences(tiny) == [
            "91_tiny: cell 1 differs from its source: '# 小さな章\\n\\n別の本文です。'"
        ]
        assert build.make_one(tiny) == "text only"
        again = tiny.notebook.read_text(encoding="utf-8")
        assert "別の本文" in again
        assert again.replace("別の", "") != first, "ids follow the text"
        kept = nbformat.reads(again, as_version=4)
        assert [c.outputs for c in kept.cells if c.cell_type == "code"] == [
            c.outputs for c in made.cells if c.cell_type == "code"
        ]

        tiny.source.write_text(text.replace("x + 1", "x + 2"), encoding="utf-8")
        assert build.make_one(tiny) == "executed"
        assert '"3"' in tiny.notebook.read_text(encoding="utf-8")
        assert build.check(["91"]) == 0

    def test_a_failing_cell_is_said_and_the_old_notebook_stays(
        self, tiny: course.Chapter, capsys: pytest.CaptureFixture[str]
    ) -> None:
        build.make_one(tiny)
        before = tiny.notebook.read_bytes()
        text = tiny.source.read_text(encoding="utf-8")
        tiny.source.write_text(text.replace("x + 1", "1 / 0"), encoding="utf-8")
        assert build.make(["91"]) == 1
        said = capsys.readouterr().err
        assert "91_tiny" in said and "ZeroDivisionError" in said and "1 / 0" in said
        assert tiny.notebook.read_bytes() == before

    def test_widgets_leave_nothing_behind(self, tiny: course.Chapter) -> None:
        tiny_course.write(
            course.root(),
            "91_tiny",
            "\n```{code-cell} ipython3\nimport ipywidgets\n\nipywidgets.IntSlider()\n```\n",
        )
        build.make_one(course.chapter("91"))
        text = tiny.notebook.read_text(encoding="utf-8")
        assert "widget-view" not in text and "widget-state" not in text


class TestNbval:
    """nbval as ``make test`` calls it."""

    @pytest.fixture
    def made(self, tiny: course.Chapter) -> Path:
        tiny_course.write(
            course.root(),
            "91_tiny",
            "\n```{code-cell} ipython3\nimport os\n\n1 + 1\n```\n"
            "\n```{code-cell} ipython3\n"
            "from IPython.display import HTML\n\n"
            "home = os.environ['ESHIKAKU_HOME']\n"
            'picture = f\'<img alt="{home}"><span class="esk-measured">{home}</span>\'\n'
            "HTML(f'<p>実行: {picture}</p>')\n```\n"
            "\n```{code-cell} ipython3\n:tags: [nbval-ignore-output]\n\n"
            "print(home)\nassert not os.listdir(home)\n```\n"
            "\n```{code-cell} ipython3\nopen(os.path.join(home, 'record'), 'w').close()\n```\n",
        )
        build.make_one(course.chapter("91"))
        return tiny.notebook

    def run(self, *notebooks: Path) -> subprocess.CompletedProcess[str]:
        root = Path(__file__).parents[1]
        command = [sys.executable, "-m", "pytest", *suite.NBVAL, *map(str, notebooks)]
        return subprocess.run(command, cwd=root, capture_output=True, text=True)

    def test_pictures_and_measured_numbers_are_not_compared(self, made: Path) -> None:
        second = made.with_name("92_copy.ipynb")
        second.write_bytes(made.read_bytes())
        done = self.run(made, second)
        assert done.returncode == 0, done.stdout
        cells = sum(c.cell_type == "code" for c in nbformat.read(made, as_version=4).cells)
        assert f"{2 * cells} passed" in done.stdout, "every file meets an empty record"

    @pytest.mark.parametrize(("was", "now"), [('"2"', '"3"'), ("実行: ", "別: ")])
    def test_any_other_change_of_an_output_fails(self, made: Path, was: str, now: str) -> None:
        text = made.read_text(encoding="utf-8")
        notebook = nbformat.reads(text, as_version=4)
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                for kind, value in output.get("data", {}).items():
                    output["data"][kind] = value.replace(was.strip('"'), now.strip('"'))
        nbformat.write(notebook, made)
        assert self.run(made).returncode == 1


class TestLint:
    @pytest.mark.parametrize(
        "source",
        [
            "from time import perf_counter\nt = perf_counter()",
            "import timeit\ntimeit.timeit('x')",
            "loss = train(model)",
            "model.fit(x, y)",
            "for x in data:\n    optimizer.step()",
            "losses = [train_once(s) for s in range(3)]",
        ],
    )
    def test_training_and_timing_are_seen(self, source: str) -> None:
        assert lint.measured(source)

    @pytest.mark.parametrize(
        "source",
        [
            "def train(model):\n    for x in data:\n        optimizer.step()",
            "model.train()",
            "optimizer.step()",
            "y = rnn.forward(x)",
            "training = 3",
            "h = rnn_step(x, h)",
        ],
    )
    def test_what_measures_nothing_is_left_alone(self, source: str) -> None:
        assert not lint.measured(source)

    def test_a_function_that_trains_is_followed_over_cells(self) -> None:
        defined = Cell("code", "def go():\n    for _ in range(9):\n        optimizer.step()")
        bare = Cell("code", "go()")
        found = lint.findings([defined, bare])
        assert len(found) == 2 and "tag" in found[0] and "asserts" in found[1]
        good = Cell("code", "loss = go()", tags=[lint.IGNORE])
        claim = Cell("code", "assert loss < 1\nprint('合格')", tags=["verify"], hidden=True)
        assert lint.findings([defined, good, claim]) == []
        assert len(lint.findings([defined, good, Cell("code", "x = 1"), claim])) == 1

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("for x in y:\n    assert x", "assert"),
            ("if HAS_TORCH:\n    x = 1", "HAS_TORCH"),
            ("x = 1\nplot.show(f, alt='図')", "alt"),
        ],
    )
    def test_what_teaches_nothing_is_refused(self, code: str, words: str) -> None:
        (found,) = lint.findings([Cell("code", code)])
        assert words in found
        assert lint.findings([Cell("code", code, hidden=True)]) == []

    def test_a_cell_that_verifies_leaves_a_line(self) -> None:
        bare = Cell("code", "assert x", tags=["verify"], hidden=True)
        assert "合格" in lint.findings([bare])[0]

    def test_a_cell_too_long_to_read_is_refused(self) -> None:
        long = Cell("code", "\n".join(f"x{n} = {n}" for n in range(lint.MAX_LINES + 1)))
        assert "lines" in lint.findings([long])[0]
        commented = Cell("code", "\n\n".join("# x" for _ in range(50)))
        assert lint.findings([commented]) == []


class TestVerifying:
    """What only verifies is moved behind the cell it speaks of, and folded."""

    CODE = "x = f(\n    1)\nassert x > 0  # 正\n\nprint(x)\nassert (\n    x\n    < 9\n)"

    def test_asserts_are_moved_with_their_comments(self) -> None:
        shown, claims = sources.claims_apart(self.CODE)
        assert shown == "x = f(\n    1)\n\nprint(x)"
        assert claims == ["assert x > 0  # 正", "assert (", "    x", "    < 9", ")"]
        assert sources.claims_apart("for x in y:\n    assert x") == (
            "for x in y:\n    assert x",
            [],
        )
        assert sources.claims_apart("%time x") == ("%time x", [])

    def test_the_cell_behind_is_folded_and_says_how_many_held(self) -> None:
        block = source.Block("code", self.CODE, tags=(lint.IGNORE,))
        shown, claims = list(sources._code_cells(block))
        assert (shown.hidden, shown.tags) == (False, [lint.IGNORE])
        assert (claims.hidden, claims.tags) == (True, ["verify"])
        namespace = {"x": 3}
        exec(claims.source, namespace)
        assert "合格" in claims.source and "2つ" in claims.source
        with pytest.raises(AssertionError):
            exec(claims.source, {"x": 10})

    def test_an_assert_that_would_come_too_late_is_refused(self) -> None:
        late = "x = 1\nassert x == 1\nx, y = 2, 3"
        assert sources.asserted_late(late) == ["x"]
        with pytest.raises(course.CourseError, match="split the cell"):
            list(sources._code_cells(source.Block("code", late)))
        assert sources.asserted_late("x = 1\nassert x\ny = [x for x in z]") == []

    def test_what_needs_torch_stays_marked(self) -> None:
        block = source.Block("code", "import torch\n\ny = torch.ones(2)\nassert y.sum() == 2")
        _, claims = list(sources._code_cells(block))
        assert optional.uses_torch(claims.source)

    def test_a_tagged_cell_is_hidden_whole(self) -> None:
        (cell,) = sources._code_cells(source.Block("code", "print('合格')", tags=("verify",)))
        assert cell.hidden and cell.source == "print('合格')"


class TestWithoutTorch:
    @pytest.mark.parametrize(
        ("code", "needs"),
        [
            ("import torch", True),
            ("from torch.nn import Linear", True),
            ("y = torch.ones(2)", True),
            ("y = nn.to_torch(rnn)", False),
            ("# torch\nx = 1", False),
            ("if HAS_TORCH:\n    import torch", False),
            ("%time torch.ones(2)", False),
            ("x = (", False),
        ],
    )
    def test_cells_that_need_it_are_seen(self, code: str, needs: bool) -> None:
        assert optional.uses_torch(code) is needs

    def test_such_a_cell_becomes_the_notice(self) -> None:
        assert optional.skip(["x = 1\n"]) == ["x = 1\n"]
        (line,) = optional.skip(["import torch\n", "x = torch.ones(1)\n"])
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(line)
        assert printed.getvalue().strip() == optional.NO_TORCH

    def test_a_kernel_is_prepared_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shell = SimpleNamespace(input_transformers_cleanup=[])
        monkeypatch.setattr(optional, "HAS_TORCH", False)
        optional.prepare(shell)
        optional.prepare(shell)
        assert shell.input_transformers_cleanup == [optional.skip]
        monkeypatch.setattr(optional, "HAS_TORCH", True)
        there = SimpleNamespace(input_transformers_cleanup=[])
        optional.prepare(there)
        assert there.input_transformers_cleanup == []


class TestMinutes:
    def test_characters_are_the_japanese_that_is_read(self) -> None:
        assert minutes.characters("隠れ状態 $h_t$ は `tanh` です。") == 8
        assert minutes.characters("```python\n# 日本語\n```\n<details>\n折り畳み\n</details>") == 0
        assert minutes.characters("$$\n\\text{日本}\n$$") == 0

    def test_questions_are_read_from_the_calls(self) -> None:
        block = source.Block("code", 'quiz("a-01", "b-01")\nquiz("c-01")')
        assert block.arguments("quiz") == ("a-01", "b-01", "c-01")
        block = source.Block("code", 'skip_check("01A", "a-01")\nrecall("01_rnn")')
        assert block.arguments("quiz") == ()
        assert source.Block("code", "%timeit quiz(1)").arguments("quiz") == ()
        assert source.Block("text", 'quiz("a-01")').arguments("quiz") == ()

    def test_parts_add_up(self, tiny: course.Chapter) -> None:
        found = minutes.of(tiny)
        assert set(found) == {"A", "B"}, "nothing belongs to no part"
        assert found["A"].characters == len("小さな章本文です。はじめ小見出し")
        assert found["A"].lines == 2 + 2, "a class of two lines, x = 1 and x + 1"
        assert minutes.Minutes(400, 2, 10, 1, 2, 5.0).total == pytest.approx(
            1 + 1 + 1.5 + 6 + 3.4 + 5
        )


# What holds for every chapter of the course


@each_chapter
def test_notebook_is_in_step_with_its_source(chapter: course.Chapter) -> None:
    assert build.differences(chapter) == [], "run `make notebooks`"


@each_chapter
def test_code_cells_can_be_read_and_measured_ones_assert(chapter: course.Chapter) -> None:
    assert lint.findings(sources.cells(chapter)) == []


@each_chapter
def test_the_table_of_parts_comes_from_the_front_matter(chapter: course.Chapter) -> None:
    text = chapter.source.read_text(encoding="utf-8")
    assert text.count(sources.PARTS) == bool(chapter.parts)
    table = sources.parts_table(chapter)
    for part in chapter.parts:
        assert f"({course.link(chapter, part.heading)})" in table
        assert f"| {part.minutes}分 |" in table


@each_chapter
def test_minutes_are_computed_and_small(chapter: course.Chapter) -> None:
    found = minutes.of(chapter)
    wrong = []
    for part in chapter.parts:
        computed = found[part.id].total
        if abs(part.minutes - computed) > 0.1 * computed:
            wrong.append(f"{part.id}: {part.minutes} declared, computed {found[part.id]}")
        most = minutes.allowed(chapter)
        if part.scope == course.IN_SCOPE and computed > 1.1 * most:  # the estimate's own margin
            wrong.append(f"{part.id}: {computed:.0f} minutes are more than {most}")
    assert wrong == [], f"python -m eshikaku.authoring.minutes --write {chapter.number}"


@each_chapter
def test_parts_of_the_front_matter_are_those_of_the_text(chapter: course.Chapter) -> None:
    headings = [
        (match["id"], match["title"])
        for block in source.blocks(chapter.source)
        if (match := source.PART.match(block.heading))
    ]
    assert headings == [(p.id, p.title) for p in chapter.parts]
    scopes = [p.scope for p in chapter.parts]
    assert scopes == sorted(scopes, key=lambda s: s == course.ADVANCED), "発展 comes last"
    assert set(scopes) <= {course.IN_SCOPE, course.ADVANCED}


@each_chapter
def test_source_is_commonmark(chapter: course.Chapter) -> None:
    text = chapter.source.read_text(encoding="utf-8")
    fences = re.findall(r"^(?:```|~~~)(\{.*)$", text, re.M)
    assert {f.split("}")[0] for f in fences} <= {"{code-cell"}, "directives stay raw in Lab"
    assert not re.search(r"^:::", text, re.M)
    assert not re.search(r"\{(?:ref|eq|cite|term|doc|math)\}`", text)
    html = set(
        re.findall(r"<([a-z]+)[ >]", re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$", "", text, flags=re.S))
    )
    assert html <= {"details", "summary", "br"}
    front = course.front_matter(chapter.source)
    assert "formats" not in front.get("jupytext", {}), "no pairing"
    assert front["kernelspec"]["name"] == "python3"


@each_chapter
def test_notebook_holds_what_others_can_use(chapter: course.Chapter) -> None:
    text = chapter.notebook.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert len(text.encode()) <= build.MOST_BYTES
    assert "jupytext" not in notebook.metadata and "widgets" not in notebook.metadata
    assert notebook.metadata["kernelspec"] == sources.KERNEL
    written = [str(course.root()), str(Path.home()), tempfile.gettempdir(), "site-packages"]
    for n, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        outputs = json.dumps(cell.outputs, ensure_ascii=False)
        assert cell.source.strip(), f"cell {n} is empty"
        assert cell.execution_count, f"cell {n} was not run"
        assert not [p for p in written if p in outputs], f"cell {n} shows a path of one machine"
        assert not any(build.WIDGET in o.get("data", {}) for o in cell.outputs)
        kinds = [(o.output_type, o.get("name")) for o in cell.outputs]
        assert ("stream", "stderr") not in kinds, f"cell {n} writes to stderr: {outputs[:300]}"
        assert "error" not in [k for k, _ in kinds], f"cell {n} shows an error"


def test_notebooks_together_are_small() -> None:
    files = list((course.root() / "notebooks").glob("*.ipynb"))
    assert sum(p.stat().st_size for p in files) <= MAX_ALL
    assert {p.stem for p in files} == {c.name for c in CHAPTERS}, "each notebook has a source"
