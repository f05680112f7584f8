"""The set-up: locks, pyproject, conda environment, Makefile and CI agree and name no registry."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from eshikaku import course
from eshikaku.workspace import bootstrap

ROOT = course.root()
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-torch.lock")
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "win32": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
    "darwin": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
}


@cache
def pyproject() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def project() -> dict[str, object]:
    return pyproject()["project"]  # type: ignore[return-value]


@cache
def environment() -> dict[str, object]:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def lines(name: str) -> list[Requirement]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [Requirement(x) for x in text.splitlines() if x.strip() and not x.startswith("#")]


def pins(name: str, python: str = "3.12", system: str = "linux") -> dict[str, str]:
    """Name → version as that Python on that system would install it."""
    where = {
        **SYSTEMS[system],
        "python_version": python,
        "python_full_version": f"{python}.9",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    found: dict[str, str] = {}
    for requirement in lines(name):
        if requirement.marker is None or requirement.marker.evaluate(where):
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", f"{name}: {requirement} is not pinned"
            key = canonicalize_name(requirement.name)
            assert key not in found, f"{name}: {key} twice on Python {python}, {system}"
            found[key] = specifier.version
    return found


everywhere = pytest.mark.parametrize(
    ("python", "system"), [(p, s) for p in PYTHONS for s in SYSTEMS]
)


@pytest.mark.parametrize("name", LOCKS)
def test_locks_hold_public_versions_only(name: str) -> None:
    for requirement in lines(name):
        assert requirement.url is None, requirement
        for specifier in requirement.specifier:
            assert "+" not in specifier.version and not Version(specifier.version).is_devrelease


@everywhere
def test_lock_serves_every_dependency_of_the_project(python: str, system: str) -> None:
    locked = pins("requirements.lock", python, system)
    for line in project()["dependencies"]:  # type: ignore[attr-defined]
        needed = Requirement(line)
        version = locked[canonicalize_name(needed.name)]
        assert needed.specifier.contains(version), f"{needed}: {version} is locked"


@everywhere
def test_developers_lock_adds_to_the_learners(python: str, system: str) -> None:
    learner = pins("requirements.lock", python, system)
    developer = pins("requirements-dev.lock", python, system)
    assert learner.items() <= developer.items()
    for line in project()["optional-dependencies"]["dev"]:  # type: ignore[index]
        needed = Requirement(line)
        assert needed.specifier.contains(developer[canonicalize_name(needed.name)])


def test_torch_is_pinned_apart_and_light() -> None:
    torch = pins(bootstrap.PINS)
    (needed,) = project()["optional-dependencies"]["torch"]  # type: ignore[index]
    assert Requirement(needed).specifier.contains(torch["torch"])
    assert bootstrap.is_enough(torch["torch"])
    assert f"torch>={bootstrap.NEEDED[0]}.{bootstrap.NEEDED[1]}" == needed
    for name in ("requirements.lock", "requirements-dev.lock"):
        heavy = [p for p in pins(name) if re.match(r"torch|nvidia|cuda|triton", p)]
        assert heavy == [], f"{name} would bring {heavy}"


def test_conda_environment_says_the_same() -> None:
    from_conda = {}
    from_pip: list[str] = []
    for entry in environment()["dependencies"]:  # type: ignore[attr-defined]
        if isinstance(entry, dict):
            from_pip = entry["pip"]
        else:
            match = re.fullmatch(r"([a-z-]+)(.*)", entry)
            assert match is not None
            from_conda[match[1]] = match[2]
    assert from_pip == ["-r requirements.lock", "-e ."]
    python = from_conda["python"].removeprefix("=")
    assert python in PYTHONS
    assert from_conda["numpy"] == f"={pins('requirements.lock', python)['numpy']}"
    torch = project()["optional-dependencies"]["torch"]  # type: ignore[index]
    assert [f"torch{from_conda['pytorch-cpu']}"] == torch


def test_every_import_of_the_package_is_declared() -> None:
    """What src/ imports comes with the standard library or a declared dependency.

    ``chosen``: extras, imported where they are there. ``optional``: what matplotlib, statsmodels
    and ipywidgets can't be without.
    """
    import ast
    import importlib.metadata
    import sys

    declared = {canonicalize_name(Requirement(d).name) for d in project()["dependencies"]}  # type: ignore[attr-defined]
    extras = project()["optional-dependencies"]  # type: ignore[index]
    chosen = {canonicalize_name(Requirement(e).name) for e in extras["torch"] + extras["text"]}
    optional = {"PIL", "cycler"} | {"scipy", "pandas"} | {"IPython", "traitlets"}
    owners = importlib.metadata.packages_distributions()
    unknown = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
            for top in {n.split(".")[0] for n in names} - {"eshikaku", "tests", ""}:
                owner = {canonicalize_name(o) for o in owners.get(top, [])}
                owner.add(canonicalize_name(top))
                if not (
                    owner & (declared | chosen) or top in sys.stdlib_module_names or top in optional
                ):
                    unknown.add(f"{path.relative_to(ROOT)}: {top}")
    assert unknown == set()


def tracked() -> list[Path]:
    """The files git knows (all files of the tree where this is no checkout)."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        return [p for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts]
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_names_a_registry() -> None:
    """A set-up that names a registry's host breaks behind a mirror; pip's own settings decide."""
    hosts = re.compile(
        rb"pypi\.org|pythonhosted\.org|download\.pytorch\.org|anaconda\.org|npmjs\.(org|com)"
        rb"|conda\.anaconda|deb\.debian\.org"
    )
    this = Path(__file__)
    named = [p for p in tracked() if p.is_file() and p != this and hosts.search(p.read_bytes())]
    assert named == []


def test_nothing_generated_or_private_is_tracked() -> None:
    names = [p.relative_to(ROOT).as_posix() for p in tracked()]
    private = re.compile(r"(^|/)(work|\.venv|__pycache__|\.ipynb_checkpoints|.*\.egg-info)/")
    assert [n for n in names if private.search(n)] == []


def make(*arguments: str) -> str:
    """What make says, the same whether or not another make runs the tests."""
    outer = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    command = ["make", "--no-print-directory", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=outer, capture_output=True, text=True, check=True)
    return done.stdout


def test_make_help_lists_the_promised_commands() -> None:
    said = make("help")
    for target in ("lab", "test", "notebooks", "results", "bench", "lint", "clean"):
        assert re.search(rf"^  make {target} +\S", said, re.M), target


def test_make_never_touches_an_environment_that_is_ready(tmp_path: Path) -> None:
    """The second `make lab` installs nothing: its plan is one command."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    for name in ("bin/python", ".learner-ready", ".developer-ready"):
        (venv / name).touch()
    plan = make("-n", f"VENV={venv}", "lab")
    assert plan.strip() == f"{venv}/bin/python -m eshikaku lab"


def test_ci_installs_what_lacks_and_requires_the_browser() -> None:
    script = ROOT / ".ci" / "run"
    subprocess.run(["bash", "-n", str(script)], check=True)
    text = script.read_text(encoding="utf-8")
    assert "chromium" in text and "bubblewrap" in text
    assert "ESHIKAKU_REQUIRE_BROWSER=1" in text and "make test" in text
    assert script.stat().st_mode & 0o111
    assert text.rstrip().endswith("exec .ci/clean"), "the last word is the clean checkout's"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("", ""),
        ("profile_default/history.sqlite", "profile_default/"),
        ("notebooks/source/01_rnn.md", " M notebooks/source/01_rnn.md"),
        ("notebooks/source/09_cnn.md", "drafts"),
    ],
)
def test_ci_fails_where_the_tests_left_something(tmp_path: Path, change: str, said: str) -> None:
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    (tmp_path / "notebooks" / "source" / "01_rnn.md").write_text("---\n", encoding="utf-8")
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    if change:
        path = tmp_path / change
        path.parent.mkdir(exist_ok=True)
        path.write_text("eshikaku:\n  draft: true\n" if "09" in change else "x", "utf-8")
    command = [str(ROOT / ".ci" / "clean"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == bool(change), done.stdout + done.stderr
    assert said in done.stdout


@pytest.mark.parametrize(
    "name",
    ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))],
)
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for linked in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / name).parent / linked).exists(), f"{name} links to {linked}"


def test_credits_name_every_package_that_data_comes_from() -> None:
    credits = (ROOT / "docs" / "credits.md").read_text(encoding="utf-8")
    loaders = "".join(
        p.read_text(encoding="utf-8") for p in (ROOT / "src/eshikaku/tasks").glob("*.py")
    )
    optional = [name for extra in project()["optional-dependencies"].values() for name in extra]
    packages = {re.split(r"[<>=]", d)[0] for d in [*project()["dependencies"], *optional]}
    used = {name for name in packages if re.search(rf"(?<![\w-]){name}(?![\w-])", loaders)}
    assert {"statsmodels", "scikit-learn", "mlxtend", "babel", "num2words"} <= used
    assert not [name for name in used - {"numpy", "torch"} if f"`{name}`" not in credits]


def test_readme_keeps_its_promises() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for needed in ("make lab", "make test", "conda env create -f environment.yml", "eshikaku lab"):
        assert needed in text
    for needed in ("Linux", "Windows", "macOS", "TORCH_INDEX", "TORCH_WHEEL", "非公式", "JDLA"):
        assert needed in text


def test_licences_are_there() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "CC BY 4.0" in (ROOT / "LICENSE-text").read_text(encoding="utf-8")
    assert project()["license"] == "MIT AND CC-BY-4.0"
